//! An RLE frame in (PS3.5 Annex G), its samples out: one run-length segment a byte of every sample's bytes.

use super::{ColourOf, Expected, Fallible, Samples, Values};

/// Bytes of the frame's header: the number of segments and fifteen offsets, 32 bits each (G.5).
const HEADER: usize = 64;

/// Most bytes that one byte of a segment can stand for: a run of 128 takes two.
const MOST_FROM_ONE_BYTE: usize = 64;

/// Decodes one frame.
pub(super) fn decode(bytes: &[u8], expected: &Expected) -> Fallible<Samples> {
    if !matches!(expected.bits_allocated, 8 | 16 | 32) {
        return Err(format!(
            "is RLE with {} bits allocated, only 8, 16 and 32 are read",
            expected.bits_allocated
        ));
    }
    let samples = expected.samples()?;
    let pixels = samples / expected.components;
    let segments = segments(bytes, expected)?;
    if let Some(short) = segments
        .iter()
        .find(|segment| segment.len().saturating_mul(MOST_FROM_ONE_BYTE) < pixels)
    {
        return Err(too_short(short.len(), pixels));
    }
    let mut notes = Vec::new();
    let values = if expected.bits_allocated == 32 {
        let push = |value: u32, byte: u8| value << 8 | u32::from(byte);
        Values::Wide(weave(&segments, expected, push, &mut notes)?)
    } else {
        let push = |value: u16, byte: u8| value << 8 | u16::from(byte);
        Values::Narrow(weave(&segments, expected, push, &mut notes)?)
    };
    Ok(Samples {
        width: expected.width,
        height: expected.height,
        components: expected.components,
        bits: expected.bits_allocated,
        values,
        signed: expected.signed,
        colour: ColourOf::AsHeader,
        notes,
    })
}

fn too_short(segment: usize, pixels: usize) -> String {
    format!(
        "holds a truncated RLE frame: a segment of {segment} bytes cannot give the {pixels} that the header asks for"
    )
}

/// The frame's segments: most significant byte first, component after component (G.2).
fn segments<'a>(bytes: &'a [u8], expected: &Expected) -> Fallible<Vec<&'a [u8]>> {
    let number = |at: usize| {
        bytes
            .get(at..at + 4)
            .and_then(|four| <[u8; 4]>::try_from(four).ok())
            .and_then(|four| usize::try_from(u32::from_le_bytes(four)).ok())
    };
    let (Some(count), true) = (number(0), bytes.len() >= HEADER) else {
        return Err(format!(
            "holds a truncated RLE frame: {} bytes, its header alone needs {HEADER}",
            bytes.len()
        ));
    };
    let needed = expected.bits_allocated as usize / 8 * expected.components;
    if count != needed {
        return Err(format!(
            "holds an RLE frame of {count} segments, {} samples of {} bits a pixel need {needed}",
            expected.components, expected.bits_allocated
        ));
    }
    if needed > HEADER / 4 - 1 {
        return Err(format!(
            "needs {needed} RLE segments, there are at most 15 in a frame"
        ));
    }
    let offsets: Vec<usize> = (1..=count)
        .map(|i| number(i * 4).unwrap_or_default())
        .chain([bytes.len()])
        .collect();
    if offsets[0] < HEADER {
        return Err(format!(
            "holds a damaged RLE frame: its first segment is said to begin at byte {}, inside the header",
            offsets[0]
        ));
    }
    offsets
        .windows(2)
        .map(|pair| {
            bytes.get(pair[0]..pair[1]).ok_or_else(|| {
                format!(
                    "holds a damaged RLE frame: a segment is said to lie from byte {} to {} of {}",
                    pair[0],
                    pair[1],
                    bytes.len()
                )
            })
        })
        .collect()
}

/// Unpacks every segment into its component's samples; `push` appends a byte to a sample.
fn weave<T: Copy + Default>(
    segments: &[&[u8]],
    expected: &Expected,
    push: impl Fn(T, u8) -> T,
    notes: &mut Vec<String>,
) -> Fallible<Vec<T>> {
    let components = expected.components;
    let bytes_a_sample = segments.len() / components;
    let mut plane = vec![0; expected.width * expected.height];
    let mut values = vec![T::default(); plane.len() * components];
    for (i, segment) in segments.iter().enumerate() {
        if unpack(segment, &mut plane)? && notes.is_empty() {
            notes
                .push("an RLE segment holds more than the frame: the rest was left out".to_owned());
        }
        let component = i / bytes_a_sample;
        if components == 1 {
            for (value, byte) in values.iter_mut().zip(&plane) {
                *value = push(*value, *byte);
            }
        } else {
            for (pixel, byte) in values.chunks_exact_mut(components).zip(&plane) {
                pixel[component] = push(pixel[component], *byte);
            }
        }
    }
    Ok(values)
}

/// Unpacks one segment (G.3.2) and says whether it held more than `out` takes.
fn unpack(segment: &[u8], out: &mut [u8]) -> Fallible<bool> {
    let whole = out.len();
    let mut at = 0;
    let mut rest = segment;
    while at < whole {
        let room = whole - at;
        let packed = match rest {
            // -128: nothing
            [128, more @ ..] => Some((0, 0, more)),
            // a literal run of head + 1 bytes
            [head @ 0..128, more @ ..] => {
                let run = usize::from(*head) + 1;
                more.get(..run.min(room)).map(|literal| {
                    out[at..at + literal.len()].copy_from_slice(literal);
                    (literal.len(), run, more.get(run..).unwrap_or_default())
                })
            }
            // one byte, 257 - head times
            [head, byte, more @ ..] => {
                let run = 257 - usize::from(*head);
                let used = run.min(room);
                out[at..at + used].fill(*byte);
                Some((used, run, more))
            }
            [] | [_] => None,
        };
        let Some((used, run, more)) = packed else {
            return Err(too_short(segment.len(), whole));
        };
        at += used;
        if used < run {
            return Ok(true);
        }
        rest = more;
    }
    // a segment has an even number of bytes
    Ok(rest.len() > 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn header(offsets: &[u32]) -> Vec<u8> {
        let mut bytes = u32::try_from(offsets.len()).unwrap().to_le_bytes().to_vec();
        bytes.extend(offsets.iter().flat_map(|offset| offset.to_le_bytes()));
        bytes.resize(HEADER, 0);
        bytes
    }

    fn expected(width: usize, height: usize, components: usize, bits: u32) -> Expected {
        Expected {
            width,
            height,
            components,
            bits_allocated: bits,
            bits_stored: bits,
            signed: false,
            photometric_is_rgb: components == 3,
        }
    }

    #[track_caller]
    fn check(segment: &[u8], size: usize, bytes: Option<(&[u8], bool)>) {
        let mut out = vec![0xee; size];
        let more = unpack(segment, &mut out).ok();
        assert_eq!(
            more.map(|more| (out.as_slice(), more)),
            bytes,
            "{segment:?}"
        );
    }

    #[test]
    fn packed_bytes() {
        check(&[2, 7, 8, 9], 3, Some((&[7, 8, 9], false)));
        check(&[254, 5], 3, Some((&[5, 5, 5], false)));
        check(&[128, 255, 4, 128, 0, 1], 3, Some((&[4, 4, 1], false)));
        // a padding byte is no more, two bytes are
        check(&[254, 5, 0], 3, Some((&[5, 5, 5], false)));
        check(&[254, 5, 0, 0], 3, Some((&[5, 5, 5], true)));
        // runs over the end
        check(&[250, 5], 3, Some((&[5, 5, 5], true)));
        check(&[4, 1, 2, 3, 4, 5], 3, Some((&[1, 2, 3], true)));
        // segments that end too early
        for short in [&[][..], &[2, 7, 8], &[254], &[255, 3], &[128, 128], &[0]] {
            check(short, 3, None);
        }
    }

    #[test]
    fn bytes_of_a_sample_come_highest_first_and_components_side_by_side() {
        let mut frame = header(&[64, 66]);
        frame.extend([255, 0x12, 1, 0x34, 0x35]);
        let samples = decode(&frame, &expected(2, 1, 1, 16)).unwrap();
        assert_eq!(samples.values, Values::Narrow(vec![0x1234, 0x1235]));

        let mut frame = header(&[64, 66, 68, 70]);
        frame.extend([0, 0x12, 0, 0x34, 0, 0x56, 0, 0x78]);
        let samples = decode(&frame, &expected(1, 1, 1, 32)).unwrap();
        assert_eq!(samples.values, Values::Wide(vec![0x1234_5678]));

        let mut frame = header(&[64, 66, 68]);
        frame.extend([255, 1, 255, 2, 1, 3, 4]);
        let samples = decode(&frame, &expected(2, 1, 3, 8)).unwrap();
        assert_eq!(samples.values, Values::Narrow(vec![1, 2, 3, 1, 2, 4]));
    }

    #[test]
    fn damaged_frames_are_refused() {
        let refused = |frame: &[u8], expected: &Expected, word: &str| {
            let problem = decode(frame, expected).unwrap_err();
            assert!(problem.contains(word), "{problem}");
        };
        let two = expected(2, 1, 1, 8);
        refused(&[1; 63], &two, "truncated");
        refused(&header(&[64]), &two, "truncated");
        refused(&header(&[60]), &two, "inside the header");
        refused(&header(&[65]), &two, "damaged");
        refused(&header(&[64, 60]), &expected(2, 1, 1, 16), "damaged");
        refused(&header(&[64, 64]), &two, "2 segments");
        refused(&header(&[64; 16]), &expected(1, 1, 4, 32), "at most 15");
        refused(&header(&[64]), &expected(2, 1, 1, 1), "1 bits");
        let mut small = header(&[64]);
        small.extend([129; 100]);
        refused(&small, &expected(10_000, 10_000, 1, 8), "cannot give");
    }
}
