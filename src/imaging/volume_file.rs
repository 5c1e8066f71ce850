//! A NIfTI or ANALYZE file's bytes and where they came from in; header facts, slices and volumes out, pairs put together.

use std::borrow::Cow;
use std::io::Cursor;

use super::about::{About, BurnedIn, Ids};
use super::frame::Frame;
use super::nifti::{self, Header, Kind, Nifti};
use super::origin::Format;
use super::source::Source;
use super::volume::Volume;
use super::{Fallible, axes, guard};

/// A file whose bytes are there already; the values of a pair are read for it.
type InMemory<'a> = Nifti<Cursor<Cow<'a, [u8]>>>;

/// Opens it; the other file of a pair is looked for beside it.
fn open<'a>(bytes: &'a [u8], source: &Source) -> Fallible<InMemory<'a>> {
    match nifti::sniff(bytes) {
        Some(Kind::PairHeader) => {
            let values = partner(source)?;
            nifti::open_pair(
                Cursor::new(Cow::Borrowed(bytes)),
                Cursor::new(Cow::Owned(values)),
            )
        }
        _ => nifti::open(Cursor::new(Cow::Borrowed(bytes))),
    }
}

/// The bytes of the values that belong to a header of its own.
fn partner(source: &Source) -> Fallible<Vec<u8>> {
    let alone =
        "is only the header of a pair: its values are in an .img file, which must lie beside it";
    let others: Vec<Source> = match source {
        Source::File(path) => nifti::partners(path)
            .into_iter()
            .map(Source::File)
            .collect(),
        Source::Member { archive, name } => nifti::partners(name.as_ref())
            .into_iter()
            .map(|other| Source::Member {
                archive: archive.clone(),
                name: other.to_string_lossy().into_owned(),
            })
            .collect(),
        Source::Bytes { .. } => Vec::new(),
    };
    others
        .iter()
        .find_map(|other| other.bytes().ok())
        .ok_or_else(|| alone.to_owned())
}

/// What is known of it; `bytes` may be only the first of the file.
pub(super) fn about(bytes: &[u8]) -> Fallible<About> {
    let head = nifti::head(bytes)?;
    let header = Header::parse(&head)?;
    let [width, height, slices] = header.size;
    let times = header.volumes();
    guard::slices(slices, times)?;
    Ok(About {
        format: Format::Nifti,
        width,
        height,
        frames: slices * times,
        slices,
        grey: !header.datatype.is_colour(),
        modality: None,
        unit: None,
        view: Vec::new(),
        image_type: Vec::new(),
        ids: Ids::default(),
        place: super::plane::place(&header.grid.steps, header.grid.origin, header.grid.placed),
        places: (0..slices)
            .map(|k| {
                let at = axes::along(header.grid.origin, k as f64, header.grid.steps[2]);
                super::plane::place(&header.grid.steps, at, header.grid.placed)
            })
            .collect(),
        frame_ms: None,
        burned_in: BurnedIn::No,
        notes: Vec::new(),
    })
}

/// A stored slice (from 0), all points of time one after the other.
pub(super) fn frame(bytes: &[u8], source: &Source, index: usize) -> Fallible<Frame> {
    let mut file = open(bytes, source)?;
    let slices = file.header().size[2];
    let frames = slices * file.header().volumes();
    if index >= frames {
        return Err(format!(
            "has {frames} slices, there is no slice {}",
            index + 1
        ));
    }
    file.slice(index % slices, index / slices)
}

/// The volume at a point of time (from 0).
pub(super) fn volume(bytes: &[u8], source: &Source, time: usize) -> Fallible<Volume> {
    open(bytes, source)?.volume(time)
}
