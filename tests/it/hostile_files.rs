//! Nothing in, files that lie about their size, their depth or their contents out: bombs of every kind we know of.

use std::io::Write as _;

use flate2::{Compress, Compression, FlushCompress, Status};

/// A file that is to end in a sentence with these words; `None` where a picture is right too.
pub(crate) struct Hostile {
    pub(crate) name: &'static str,
    pub(crate) bytes: Vec<u8>,
    pub(crate) says: Option<&'static str>,
}

/// What the header of a made DICOM file says of its picture.
#[derive(Clone, Copy)]
pub(crate) struct Says<'a> {
    pub(crate) syntax: &'a str,
    pub(crate) rows: u16,
    pub(crate) columns: u16,
    pub(crate) samples: u16,
    pub(crate) allocated: u16,
    pub(crate) stored: u16,
    pub(crate) signed: bool,
    pub(crate) photometric: &'a str,
}

impl Says<'_> {
    pub(crate) const GREY: Self = Self {
        syntax: "1.2.840.10008.1.2.1",
        rows: 16,
        columns: 16,
        samples: 1,
        allocated: 8,
        stored: 8,
        signed: false,
        photometric: "MONOCHROME2",
    };
}

/// An element in explicit little endian; `len` is what it says of its length.
pub(crate) fn element(tag: (u16, u16), vr: &str, value: &[u8], len: u32) -> Vec<u8> {
    let mut out = tag.0.to_le_bytes().to_vec();
    out.extend(tag.1.to_le_bytes());
    out.extend(vr.as_bytes());
    if matches!(vr, "OB" | "OW" | "SQ" | "UN" | "UT" | "OF" | "UC") {
        out.extend([0, 0]);
        out.extend(len.to_le_bytes());
    } else {
        out.extend(u16::try_from(len).unwrap().to_le_bytes());
    }
    out.extend(value);
    out
}

fn honest(tag: (u16, u16), vr: &str, value: &[u8]) -> Vec<u8> {
    let mut value = value.to_vec();
    if value.len() % 2 == 1 {
        value.push(if vr == "UI" { 0 } else { b' ' });
    }
    let len = u32::try_from(value.len()).unwrap();
    element(tag, vr, &value, len)
}

fn start(syntax: &str) -> Vec<u8> {
    let named = honest((2, 0x10), "UI", syntax.as_bytes());
    let mut file = vec![0; 128];
    file.extend(b"DICM");
    let len = u32::try_from(named.len()).unwrap();
    file.extend(honest((2, 0), "UL", &len.to_le_bytes()));
    file.extend(named);
    file
}

/// The attributes of a picture, without its pixels; `more` goes in between.
pub(crate) fn header(says: &Says<'_>, more: &[u8]) -> Vec<u8> {
    let short = |element: u16, value: u16| honest((0x28, element), "US", &value.to_le_bytes());
    [
        honest((8, 0x60), "CS", b"OT"),
        more.to_vec(),
        short(2, says.samples),
        honest((0x28, 4), "CS", says.photometric.as_bytes()),
        short(0x10, says.rows),
        short(0x11, says.columns),
        short(0x100, says.allocated),
        short(0x101, says.stored),
        short(0x102, says.stored - 1),
        short(0x103, u16::from(says.signed)),
    ]
    .concat()
}

/// A file with one compressed frame.
pub(crate) fn compressed(says: &Says<'_>, more: &[u8], frame: &[u8]) -> Vec<u8> {
    let item = |bytes: &[u8]| {
        let mut even = bytes.to_vec();
        even.resize(even.len().next_multiple_of(2), 0);
        let len = u32::try_from(even.len()).unwrap().to_le_bytes();
        [b"\xfe\xff\0\xe0".as_slice(), &len, &even].concat()
    };
    let pixels = [&item(&[])[..], &item(frame), b"\xfe\xff\xdd\xe0\0\0\0\0"].concat();
    [
        start(says.syntax),
        header(says, more),
        element((0x7fe0, 0x10), "OB", &pixels, u32::MAX),
    ]
    .concat()
}

/// A file with so many bytes of uncompressed pixels.
fn native(says: &Says<'_>, more: &[u8], pixels: usize) -> Vec<u8> {
    [
        start(says.syntax),
        header(says, more),
        honest((0x7fe0, 0x10), "OB", &vec![0; pixels]),
    ]
    .concat()
}

/// So many MiB of zeros as a deflate stream, after `first`: one MiB is compressed, the rest repeats it.
fn zeros(first: &[u8], mib: usize) -> Vec<u8> {
    let mut packer = Compress::new(Compression::best(), false);
    let mut pack = |bytes: &[u8], flush| {
        let mut out = Vec::with_capacity(bytes.len() + 1024);
        let status = packer.compress_vec(bytes, &mut out, flush).unwrap();
        assert!(matches!(status, Status::Ok | Status::StreamEnd));
        out
    };
    let mut out = pack(first, FlushCompress::Full);
    let block = pack(&vec![0; 1 << 20], FlushCompress::Full);
    for _ in 0..mib {
        out.extend(&block);
    }
    out.extend(pack(&[], FlushCompress::Finish));
    out
}

/// Sequences in sequences; of unknown length, or each of the length that is right for it.
fn nested(depth: usize, known: bool) -> Vec<u8> {
    let level = |behind: usize| {
        let behind = if known {
            u32::try_from(behind * 20).unwrap()
        } else {
            u32::MAX
        };
        let item = [b"\xfe\xff\0\xe0".as_slice(), &behind.to_le_bytes()].concat();
        element((8, 0x1140), "SQ", &item, behind.saturating_add(8))
    };
    (0..depth).rev().flat_map(level).collect()
}

fn jpeg_2000(width: u32, height: u32, tile: u32, components: u16) -> Vec<u8> {
    let mut siz = b"\xff\x4f\xff\x51".to_vec();
    siz.extend((38 + 3 * components).to_be_bytes());
    siz.extend([0, 0]);
    for number in [width, height, 0, 0, tile, tile, 0, 0] {
        siz.extend(number.to_be_bytes());
    }
    siz.extend(components.to_be_bytes());
    siz.extend([7, 1, 1].repeat(components.into()));
    // one layer, five levels, blocks of 64x64; no quantisation; a tile part of no data
    siz.extend(b"\xff\x52\0\x0c\0\0\0\x01\0\x05\x04\x04\0\x01");
    siz.extend(
        b"\xff\x5c\0\x13\x40\x40\x48\x48\x50\x48\x48\x50\x48\x48\x50\x48\x48\x50\x48\x48\x50",
    );
    siz.extend(b"\xff\x90\0\x0a\0\0\0\0\0\0\0\x01\xff\x93\x80\x80\x80\x80\xff\xd9");
    siz
}

/// A JPEG whose frame is so large, with enough of a scan to begin it.
fn jpeg(mark: u8, width: u16, height: u16) -> Vec<u8> {
    let mut out = b"\xff\xd8\xff\xdb\0\x43\0".to_vec();
    out.extend([1; 64]);
    out.extend([0xff, mark, 0, 11, 8]);
    out.extend(height.to_be_bytes());
    out.extend(width.to_be_bytes());
    out.extend([1, 1, 0x11, 0]);
    // one code of one bit, for the constant and for the rest: no difference, end of block
    out.extend(b"\xff\xc4\0\x14\0\x01\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0");
    out.extend(b"\xff\xc4\0\x14\x10\x01\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0");
    out.extend(b"\xff\xda\0\x08\x01\x01\0\0\x3f\0");
    out
}

/// JPEG-LS that is one long run: 127 times the context's largest code.
fn jpeg_ls(width: u16, height: u16, data: usize) -> Vec<u8> {
    let mut out = b"\xff\xd8\xff\xf7\0\x0b\x08".to_vec();
    out.extend(height.to_be_bytes());
    out.extend(width.to_be_bytes());
    out.extend(b"\x01\x01\x11\0\xff\xda\0\x08\x01\x01\0\0\0\0");
    // a stuffed bit follows every 0xff: 0x7f leaves it 0
    out.extend([0xff, 0x7f].repeat(data / 2));
    out.extend(b"\xff\xd9");
    out
}

/// RLE segments that are one run after the other.
fn rle(segments: usize, bytes_each: usize) -> Vec<u8> {
    let mut out = u32::try_from(segments).unwrap().to_le_bytes().to_vec();
    for i in 0..15 {
        let at = if i < segments { 64 + i * bytes_each } else { 0 };
        out.extend(u32::try_from(at).unwrap().to_le_bytes());
    }
    out.extend([0x81, 0].repeat(segments * bytes_each / 2));
    out
}

fn nifti(size: [i16; 4], values: usize) -> Vec<u8> {
    let mut out = vec![0; 352];
    out[..4].copy_from_slice(&348_i32.to_le_bytes());
    let dim = [4, size[0], size[1], size[2], size[3], 1, 1, 1];
    for (i, number) in dim.iter().enumerate() {
        out[40 + 2 * i..42 + 2 * i].copy_from_slice(&number.to_le_bytes());
    }
    out[70..72].copy_from_slice(&4_i16.to_le_bytes());
    out[72..74].copy_from_slice(&16_i16.to_le_bytes());
    for i in 0..8 {
        out[76 + 4 * i..80 + 4 * i].copy_from_slice(&1_f32.to_le_bytes());
    }
    out[108..112].copy_from_slice(&352_f32.to_le_bytes());
    out[344..348].copy_from_slice(b"n+1\0");
    out.resize(352 + values, 0);
    out
}

fn gzip(deflated: &[u8]) -> Vec<u8> {
    [b"\x1f\x8b\x08\0\0\0\0\0\0\xff", deflated, &[0; 8]].concat()
}

fn png(width: u32, height: u32, colour: u8, bits: u8, mib: usize) -> Vec<u8> {
    let chunk = |kind: &[u8], data: &[u8]| {
        let body = [kind, data].concat();
        let mut sum = flate2::Crc::new();
        sum.update(&body);
        let len = u32::try_from(data.len()).unwrap();
        [&len.to_be_bytes()[..], &body, &sum.sum().to_be_bytes()].concat()
    };
    let size = [width.to_be_bytes(), height.to_be_bytes()].concat();
    let head = [&size[..], &[bits, colour, 0, 0, 0]].concat();
    let pixels = [b"\x78\xda", &zeros(&[], mib)[..]].concat();
    [
        b"\x89PNG\r\n\x1a\n".to_vec(),
        chunk(b"IHDR", &head),
        chunk(b"IDAT", &pixels),
        chunk(b"IEND", b""),
    ]
    .concat()
}

/// A GIF of this many frames of one pixel on a large screen.
fn gif(side: u16, frames: usize) -> Vec<u8> {
    let size = [side.to_le_bytes(), side.to_le_bytes()].concat();
    let frame = b"\x2c\0\0\0\0\x01\0\x01\0\0\x02\x02\x44\x01\0";
    let head = [b"GIF89a", &size[..], b"\x80\0\0\0\0\0\xff\xff\xff"].concat();
    [head, frame.repeat(frames), b"\x3b".to_vec()].concat()
}

/// A TIFF of one strip: sizes and the strip's length as given, and the directory pointing to itself where `loops`.
fn tiff(side: u32, strip: u32, loops: bool) -> Vec<u8> {
    let entries: [(u16, u16, u32); 8] = [
        (256, 4, side),
        (257, 4, side),
        (258, 3, 8),
        (259, 3, 1),
        (262, 3, 1),
        (273, 4, 8),
        (278, 4, side),
        (279, 4, strip),
    ];
    let mut out = b"II*\0\x08\0\0\0\x08\0".to_vec();
    for (tag, kind, value) in entries {
        out.extend(tag.to_le_bytes());
        out.extend(kind.to_le_bytes());
        out.extend(1_u32.to_le_bytes());
        out.extend(value.to_le_bytes());
    }
    out.extend(if loops { 8_u32 } else { 0 }.to_le_bytes());
    out
}

/// An archive of members: name, how they are packed, what the header says they unpack to.
pub(crate) fn zip(members: &[(&str, &[u8])]) -> Vec<u8> {
    let mut writer = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (name, bytes) in members {
        let options = zip::write::SimpleFileOptions::default();
        writer.start_file(*name, options).unwrap();
        writer.write_all(bytes).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

/// An archive whose one member is 3 GB of zeros and is said to be `says` bytes.
fn zip_bomb(says: u32) -> Vec<u8> {
    let (name, packed) = (b"a.dcm", zeros(b"", 3000));
    let lens = [u32::try_from(packed.len()).unwrap(), says];
    let lens = lens.map(u32::to_le_bytes).concat();
    let common = [
        b"\x14\0\0\0\x08\0\0\0\x21\0\0\0\0\0".as_slice(),
        &lens,
        b"\x05\0\0\0",
    ]
    .concat();
    let local = [b"PK\x03\x04", &common[..], name, &packed].concat();
    let entry = [b"PK\x01\x02\x14\0".as_slice(), &common, &[0; 14], name].concat();
    let at = [entry.len(), local.len()].map(|len| u32::try_from(len).unwrap().to_le_bytes());
    let end = [b"PK\x05\x06\0\0\0\0\x01\0\x01\0", &at.concat()[..], &[0; 2]].concat();
    [local, entry, end].concat()
}

/// Every bomb.
pub(crate) fn all() -> Vec<Hostile> {
    let kinds = [
        lengths,
        deflated,
        frames_that_lie,
        frames_out_of_nothing,
        volumes,
        rasters,
        archives,
    ];
    kinds.iter().flat_map(|kind| kind()).collect()
}

fn file(name: &'static str, bytes: Vec<u8>, says: impl Into<Option<&'static str>>) -> Hostile {
    Hostile {
        name,
        bytes,
        says: says.into(),
    }
}

fn lengths() -> Vec<Hostile> {
    let of = |inside: &[u8]| native(&Says::GREY, inside, 256);
    let long = |vr: &str, tag| of(&element(tag, vr, b"", 0xffff_fffe));
    let inside = element((0x28, 0x1203), "OW", b"", 0xffff_fff0);
    let item = [b"\xfe\xff\0\xe0\xff\xff\xff\xff".as_slice(), &inside].concat();
    let hidden = of(&element((0x28, 0x3010), "SQ", &item, u32::MAX));
    let frames = |count: &[u8]| of(&honest((0x28, 8), "IS", count));
    let says = "declares 4294967294 bytes";
    vec![
        file("nested_sq_20000", of(&nested(20_000, false)), "64 deep"),
        file("nested_sq_known_20000", of(&nested(20_000, true)), None),
        file("len_bomb_ut", long("UT", (8, 0x2111)), says),
        file("len_bomb_ow", long("OW", (0x28, 0x1201)), says),
        file("len_bomb_un", long("UN", (9, 0x1001)), says),
        file("len_bomb_inside", hidden, "declares 4294967280 bytes"),
        file("frames_2e9", frames(b"2000000000"), "2000000000 frames"),
        file("frames_negative", frames(b"-2147483648"), None),
    ]
}

fn deflated() -> Vec<Hostile> {
    let says = Says {
        syntax: "1.2.840.10008.1.2.1.99",
        ..Says::GREY
    };
    let of = |first: &[u8]| [start(says.syntax), zeros(first, 3000)].concat();
    let text = element((8, 0x2111), "UT", b"", 0xbb80_0000);
    let pixels = element((0x7fe0, 0x10), "OW", b"", 0xffff_fffe);
    let picture = [header(&says, &[]), pixels].concat();
    vec![
        file("deflate_bomb_text", of(&text), "declares 3145728000 bytes"),
        file("deflate_bomb_pixels", of(&picture), "512 MiB"),
    ]
}

const RLE: &str = "1.2.840.10008.1.2.5";
const BASELINE: &str = "1.2.840.10008.1.2.4.50";
const JPEG_LS: &str = "1.2.840.10008.1.2.4.80";
const JPEG_2000: &str = "1.2.840.10008.1.2.4.90";

fn square(syntax: &str, side: u16) -> Says<'_> {
    Says {
        syntax,
        rows: side,
        columns: side,
        ..Says::GREY
    }
}

/// Frames that are not what the header says.
fn frames_that_lie() -> Vec<Hostile> {
    let of = |syntax, frame: &[u8]| compressed(&square(syntax, 16), &[], frame);
    let frames = honest((0x28, 8), "IS", b"2000000000");
    let many = compressed(&square(RLE, 16), &frames, &rle(1, 4));
    let lie = |mark| of(BASELINE, &jpeg(mark, 65_500, 65_500));
    let siz = |side, components| of(JPEG_2000, &jpeg_2000(side, side, side, components));
    vec![
        file("jpeg_dims_lie", lie(0xc0), "65500x65500"),
        file("jpeg_progressive_lie", lie(0xc2), "65500x65500"),
        file("rle_2e9_frames", many, "2000000000 frames"),
        file("j2k_siz_lie", siz(60_000, 1), "60000x60000"),
        file("j2k_many_components", siz(16, 16_384), "16384 components"),
    ]
}

/// Frames as large as they are read at all, from as little as it takes.
fn frames_out_of_nothing() -> Vec<Hostile> {
    let side = 9_999;
    let of = |syntax, frame: &[u8]| compressed(&square(syntax, side), &[], frame);
    let wide = u32::from(side);
    let colour = Says {
        samples: 3,
        photometric: "RGB",
        ..square(RLE, side)
    };
    let colours = compressed(&colour, &[], &rle(3, 1_600_000));
    vec![
        file(
            "j2k_many_tiles",
            of(JPEG_2000, &jpeg_2000(wide, wide, 1, 1)),
            None,
        ),
        file(
            "j2k_no_data",
            of(JPEG_2000, &jpeg_2000(wide, wide, wide, 1)),
            None,
        ),
        file("jpeg_most", of(BASELINE, &whole_jpeg(side)), None),
        file(
            "jpeg_ls_most",
            of(JPEG_LS, &jpeg_ls(side, side, 2 * usize::from(side))),
            None,
        ),
        file("rle_most", of(RLE, &rle(1, 1_600_000)), None),
        file("rle_most_colour", colours, None),
    ]
}

/// Blocks that are all the same, two bits each.
fn whole_jpeg(side: u16) -> Vec<u8> {
    let scan = vec![0; usize::from(side).div_ceil(8).pow(2) / 4 + 1];
    [jpeg(0xc0, side, side), scan, b"\xff\xd9".to_vec()].concat()
}

fn volumes() -> Vec<Hostile> {
    let wide = nifti([16_000, 16_000, 16_000, 16_000], 0);
    vec![
        file(
            "nifti_huge",
            nifti([16_000, 16_000, 30_000, 30_000], 1000),
            None,
        ),
        file(
            "nifti_many_slices",
            nifti([1, 1, 30_000, 1], 1000),
            "30000 slices",
        ),
        file(
            "nifti_many_times",
            nifti([1, 1, 10_000, 30_000], 1000),
            "30000 points of time",
        ),
        file("nifti_negative", nifti([-5, 16, 16, 1], 1000), None),
        file("nifti_gz_bomb", gzip(&zeros(&wide, 3000)), None),
        file(
            "nifti_gz_most",
            gzip(&zeros(&nifti([10_000, 10_000, 2, 1], 0), 400)),
            None,
        ),
        file("gz_bomb_of_nothing", gzip(&zeros(b"", 3000)), None),
    ]
}

fn rasters() -> Vec<Hostile> {
    vec![
        file("jpeg_raster_lie", jpeg(0xc0, 65_500, 65_500), "too large"),
        file("jpeg_raster_most", whole_jpeg(9_999), None),
        file("png_grey_most", png(9_999, 9_999, 0, 8, 96), None),
        file("png_rgba16_most", png(8_000, 8_000, 6, 16, 490), None),
        file("png_more_than_said", png(16, 16, 0, 8, 3000), None),
        file("gif_many_frames", gif(9_000, 50_000), None),
        file("tiff_large", tiff(9_999, 100, false), None),
        file("tiff_strip", tiff(64, u32::MAX, false), None),
        file("tiff_loop", tiff(8, 64, true), None),
    ]
}

fn archives() -> Vec<Hostile> {
    let deep = zip(&[("inner.zip", &zip(&[("a", b"x")]))]);
    let up = zip(&[
        ("../../../etc/passwd.dcm", b"x"),
        ("/etc/passwd", b"y"),
        ("C:\\..\\x", b"z"),
    ]);
    vec![
        file("zip_bomb_honest", zip_bomb(3000 << 20), "no picture among"),
        file("zip_bomb_lies", zip_bomb(1000), None),
        file("zip_in_zip", deep, "zip archive inside a zip archive"),
        file("zip_dots", up, "no picture among"),
    ]
}

/// One sentence without the file's name at its front: lower case, no line break, no full stop, not endless.
#[track_caller]
pub(crate) fn check_sentence(of: &str, problem: &str) {
    let begins = problem.chars().next().is_some_and(char::is_lowercase);
    let is_one = !problem.chars().any(char::is_control) && !problem.ends_with('.');
    let length = problem.chars().count();
    assert!(
        begins && is_one && (10..400).contains(&length),
        "{of}: {problem:?}"
    );
    assert!(!problem.contains("panicked"), "{of}: {problem:?}");
}
