//! What a fuzz target got in, a crash for the fuzzer out unless it is a picture or one clear sentence.

use std::panic::PanicHookInfo;
use std::sync::Once;

use medlab::imaging::{self, Error, Picture};

/// Crates whose panics are no news: they are answered with a sentence, and run in a process of their own.
const FOREIGN: [&str; 3] = ["/openjp2-", "/jpeg2k-", "/tiff-"];

/// Opens bytes, and holds the answer to what every answer has to be; a panic on the way is a crash.
///
/// # Panics
/// When it is not.
pub fn open(name: &str, bytes: &[u8]) {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        // the first decoder sets a hook that is silent about panics in decoders: ours comes after it
        judge(imaging::decode("first", b""));
        std::panic::set_hook(Box::new(crash));
    });
    judge(imaging::decode(name, bytes));
}

fn crash(info: &PanicHookInfo<'_>) {
    let place = info.location().map_or("", |place| place.file());
    if !FOREIGN.iter().any(|crate_| place.contains(crate_)) {
        eprintln!("{info}");
        std::process::abort();
    }
}

fn judge(answer: Result<Picture, Error>) {
    match answer {
        Ok(picture) => assert_eq!(picture.rgb.len(), picture.width * picture.height * 3),
        Err(error) => {
            let problem = error.problem;
            let is_one = !problem.chars().any(char::is_control) && !problem.ends_with('.');
            assert!(is_one && !problem.is_empty(), "{problem:?} is no sentence");
        }
    }
}

/// Transfer syntaxes with a decoder of ours or of others.
const SYNTAXES: [&str; 8] = [
    "1.2.840.10008.1.2.5",
    "1.2.840.10008.1.2.4.50",
    "1.2.840.10008.1.2.4.51",
    "1.2.840.10008.1.2.4.57",
    "1.2.840.10008.1.2.4.80",
    "1.2.840.10008.1.2.4.81",
    "1.2.840.10008.1.2.4.90",
    "1.2.840.10008.1.2.4.201",
];

/// A DICOM file around a compressed frame. Of the seven bytes before the frame the first is the transfer syntax, then come
/// columns and rows (two bytes each, low byte first, cut to 511), flags (1 colour, 2 signed, 4 sixteen bits, 8 thirty-two), bits stored.
pub fn wrapped(bytes: &[u8]) -> Option<Vec<u8>> {
    let ([syntax, c0, c1, r0, r1, flags, bits], frame) = bytes.split_first_chunk::<7>()?;
    let syntax = SYNTAXES[usize::from(*syntax) % SYNTAXES.len()];
    let side = |low, high| u16::from_le_bytes([low, high]) & 511;
    let allocated = match flags & 12 {
        0 => 8,
        4 => 16,
        _ => 32,
    };
    let stored = (u16::from(*bits) % allocated) + 1;
    let samples = if flags & 1 == 1 { 3 } else { 1 };
    let photometric: &[u8] = if samples == 3 {
        b"RGB "
    } else {
        b"MONOCHROME2 "
    };
    let mut file = vec![0; 128];
    file.extend(b"DICM");
    let mut uid = syntax.as_bytes().to_vec();
    uid.resize(uid.len().next_multiple_of(2), 0);
    element(&mut file, (2, 0x10), *b"UI", &uid);
    let short = |element: u16, value: u16| {
        let mut out = Vec::new();
        self::element(&mut out, (0x28, element), *b"US", &value.to_le_bytes());
        out
    };
    let attributes = [
        short(2, samples),
        short(0x10, side(*r0, *r1)),
        short(0x11, side(*c0, *c1)),
        short(0x100, allocated),
        short(0x101, stored),
        short(0x102, stored - 1),
        short(0x103, u16::from(flags & 2 == 2)),
    ];
    file.extend(&attributes[0]);
    element(&mut file, (0x28, 4), *b"CS", photometric);
    file.extend(attributes[1..].concat());
    file.extend(b"\xe0\x7f\x10\0OB\0\0\xff\xff\xff\xff\xfe\xff\0\xe0\0\0\0\0\xfe\xff\0\xe0");
    file.extend(u32::try_from(frame.len()).ok()?.to_le_bytes());
    file.extend(frame);
    file.extend(b"\xfe\xff\xdd\xe0\0\0\0\0");
    Some(file)
}

/// Appends an element in explicit little endian.
fn element(file: &mut Vec<u8>, (group, element): (u16, u16), vr: [u8; 2], value: &[u8]) {
    file.extend(group.to_le_bytes());
    file.extend(element.to_le_bytes());
    file.extend(vr);
    let len = u16::try_from(value.len()).expect("the values above are short");
    file.extend(len.to_le_bytes());
    file.extend(value);
}
