//! A NIfTI or ANALYZE file in, its volumes and stored slices out: values in f32, places in LPS.
//!
//! The header is read and checked first, nothing is allocated before the file is known to be able to hold what it says,
//! and only the bytes that are asked for are read or inflated. Facts: `nifti1.h`, `nifti2.h`; the reader that the
//! values are compared with is nibabel.

use std::ffi::OsStr;
use std::io::{Cursor, Read, Seek};
use std::path::{Path, PathBuf};

use super::Fallible;
use super::axes;
use super::frame::{Frame, NamedWindow, Place, Scale, Values};
use super::plane;
use super::volume::Volume;
use super::window::Window;
use stream::{Source, Span};
use unit::Look;

mod datatype;
mod fields;
mod header;
mod place;
mod stream;
mod unit;

pub use header::Header;
pub use place::Grid;

/// What the first bytes of a file are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Header and values in one file (`.nii`, `.nii.gz`).
    Single,
    /// The header of a pair (`.hdr` beside `.img`), NIfTI or ANALYZE.
    PairHeader,
}

/// Decides by a file's bytes, of which the first 4 KiB are enough, plain or gzip; `None` when it is no such file.
pub fn sniff(bytes: &[u8]) -> Option<Kind> {
    let mut source = Source::new(Cursor::new(bytes)).ok()?;
    let head = source.head(fields::BYTES_1, fields::BYTES_2).ok()?;
    let pair = header::is_pair(&head)?;
    Some(if pair { Kind::PairHeader } else { Kind::Single })
}

/// As many of the first bytes as a header has, unpacked if they are gzip.
///
/// # Errors
/// When there are not so many, or they cannot be unpacked.
pub fn head(bytes: &[u8]) -> Fallible<Vec<u8>> {
    Source::new(Cursor::new(bytes))?.head(fields::BYTES_1, fields::BYTES_2)
}

/// Where the other file of a pair may lie: the `.img` of a `.hdr` or the `.hdr` of an `.img`, each also with `.gz`, in
/// the order in which they are to be tried; none when the name is not one of a pair.
pub fn partners(path: &Path) -> Vec<PathBuf> {
    let Some(name) = path.file_name().and_then(OsStr::to_str) else {
        return Vec::new();
    };
    let is_gzip = name.len() > 3 && name.is_char_boundary(name.len() - 3) && {
        name[name.len() - 3..].eq_ignore_ascii_case(".gz")
    };
    let stem = if is_gzip {
        &name[..name.len() - 3]
    } else {
        name
    };
    let Some((stem, ending)) = stem.rsplit_once('.') else {
        return Vec::new();
    };
    let other = match ending {
        "hdr" => "img",
        "HDR" => "IMG",
        "img" => "hdr",
        "IMG" => "HDR",
        _ => return Vec::new(),
    };
    let (plain, gzip) = (format!("{stem}.{other}"), format!("{stem}.{other}.gz"));
    let names = if is_gzip {
        [gzip, plain]
    } else {
        [plain, gzip]
    };
    names.map(|name| path.with_file_name(name)).to_vec()
}

/// An open file: its header is read, its values are not.
#[derive(Debug)]
pub struct Nifti<R> {
    header: Header,
    values: Source<R>,
}

/// Opens a `.nii` or `.nii.gz`; for bytes in memory pass a [`Cursor`].
///
/// # Errors
/// When it is no NIfTI file, one of a pair, damaged, cut short, too large, or of a datatype that is not read.
pub fn open<R: Read + Seek>(file: R) -> Fallible<Nifti<R>> {
    let mut source = Source::new(file)?;
    let header = Header::parse(&source.head(fields::BYTES_1, fields::BYTES_2)?)?;
    if header.pair {
        return Err(
            "is only the header of a pair: its values are in an .img file, which must lie beside it".to_owned(),
        );
    }
    checked(header, source)
}

/// Opens a pair: the header (`.hdr`) and the values (`.img`); either may be gzip.
///
/// # Errors
/// As [`open`].
pub fn open_pair<H: Read + Seek, R: Read + Seek>(header: H, values: R) -> Fallible<Nifti<R>> {
    let head = Source::new(header)?.head(fields::BYTES_1, fields::BYTES_2)?;
    let header = Header::parse(&head)?;
    if !header.pair {
        return Err(
            "holds header and values in one file, expected the header of a pair".to_owned(),
        );
    }
    checked(header, Source::new(values)?)
}

fn checked<R: Read + Seek>(mut header: Header, values: Source<R>) -> Fallible<Nifti<R>> {
    values.check_room(header.end())?;
    if values.is_gzip() {
        header.chain.push("gzip".to_owned());
    }
    Ok(Nifti { header, values })
}

impl<R: Read + Seek> Nifti<R> {
    /// What the header says.
    pub fn header(&self) -> &Header {
        &self.header
    }

    /// The volume at a point of time, counted from 0; components follow as further times: that of time `t` and
    /// component `c` is number `c * times + t`. The unit is HU where the values of a file of one volume are those of
    /// a CT (the rule is in `nifti/unit.rs`), else open.
    ///
    /// # Errors
    /// When there is no such volume, or the file is cut short or damaged.
    pub fn volume(&mut self, time: usize) -> Fallible<Volume> {
        let header = &self.header;
        let at = header.offset + self.first_byte(time)?;
        let is_last = time + 1 == header.volumes();
        let span = Span {
            at,
            bytes: header.volume_bytes(),
            is_last,
        };
        let values = self.read(span)?;
        let header = &self.header;
        let mut chain = header.chain.clone();
        chain.extend(self.which(time));
        let mut scale = self.scale();
        if let Values::Grey(values) = &values {
            let look = Look::new(values);
            chain.extend(look.notes());
            if !header.labels && header.volumes() == 1 && look.is_hounsfield(values) {
                chain.push("HU, judged by the values".to_owned());
                scale.unit = Some("HU".to_owned());
            }
        }
        Ok(Volume {
            size: header.size,
            values,
            scale,
            steps: header.grid.steps,
            origin: header.grid.origin,
            placed: header.grid.placed,
            chain,
        })
    }

    /// The stored slice `k` of a volume, as it lies in the file (mostly upside down): columns, then rows.
    ///
    /// Its unit is never judged: one slice does not show enough.
    ///
    /// # Errors
    /// When there is no such slice, or the file is cut short or damaged.
    pub fn slice(&mut self, k: usize, time: usize) -> Fallible<Frame> {
        let [width, height, slices] = self.header.size;
        if k >= slices {
            return Err(format!("has no slice {}: the last is {slices}", k + 1));
        }
        let bytes = (width * height * self.header.datatype.bytes()) as u64;
        let at = self.header.offset + self.first_byte(time)? + k as u64 * bytes;
        // the checksum is worth reading on only where everything is read anyway
        let is_last = time + 1 == self.header.volumes() && k + 1 == slices;
        let values = self.read(Span { at, bytes, is_last })?;
        let mut chain = self.header.chain.clone();
        chain.extend(self.which(time));
        chain.push(format!("stored slice {}/{slices}", k + 1));
        Ok(Frame {
            width,
            height,
            values,
            scale: self.scale(),
            place: self.place(k),
            chain,
        })
    }

    /// Bytes of values before those of a volume.
    fn first_byte(&self, time: usize) -> Fallible<u64> {
        let volumes = self.header.volumes();
        if time >= volumes {
            return Err(format!(
                "has no point of time {}: the last is {volumes}",
                time + 1
            ));
        }
        Ok(time as u64 * self.header.volume_bytes())
    }

    fn read(&mut self, span: Span) -> Fallible<Values> {
        let Header {
            datatype,
            big_endian,
            rescale,
            ..
        } = self.header;
        let voxels =
            usize::try_from(span.bytes).map_or(usize::MAX, |bytes| bytes / datatype.bytes());
        if datatype.is_colour() {
            let mut rgb = reserved(voxels.saturating_mul(3))?;
            self.values
                .read(span, &mut |bytes| datatype.colour(bytes, &mut rgb))?;
            return Ok(Values::Rgb(rgb));
        }
        let mut grey = reserved(voxels)?;
        self.values.read(span, &mut |bytes| {
            datatype.grey(bytes, big_endian, rescale, &mut grey);
        })?;
        Ok(Values::Grey(grey))
    }

    /// `time 3/20, component 1/2`, where there is a choice.
    fn which(&self, time: usize) -> Option<String> {
        let Header {
            times, components, ..
        } = self.header;
        let (component, time) = (time / times + 1, time % times + 1);
        match (times, components) {
            (1, 1) => None,
            (_, 1) => Some(format!("time {time}/{times}")),
            (1, _) => Some(format!("component {component}/{components}")),
            _ => Some(format!(
                "time {time}/{times}, component {component}/{components}"
            )),
        }
    }

    fn scale(&self) -> Scale {
        let Header {
            datatype,
            rescale,
            cal,
            ..
        } = self.header;
        let window = cal.and_then(|[low, high]| Window::between(low, high));
        Scale {
            windows: window
                .filter(|_| !datatype.is_colour())
                .map(|window| NamedWindow {
                    name: "cal".to_owned(),
                    window,
                })
                .into_iter()
                .collect(),
            possible: datatype.possible(rescale),
            ..Scale::default()
        }
    }

    fn place(&self, k: usize) -> Place {
        let Grid {
            steps,
            origin,
            placed,
        } = self.header.grid;
        plane::place(&steps, axes::along(origin, k as f64, steps[2]), placed)
    }
}

/// An empty vector with room, or a sentence when there is none.
fn reserved<T>(length: usize) -> Fallible<Vec<T>> {
    let mut room = Vec::new();
    room.try_reserve_exact(length)
        .map_err(|error| format!("is too large: {length} values: {error}"))?;
    Ok(room)
}

#[cfg(test)]
mod tests;
