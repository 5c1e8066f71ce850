//! A request about a picture file in, its answer out: all that touches the bytes of an untrusted file and its pixels.
//!
//! It runs in the decoding child (`child`), or in this process where no child was arranged.

use std::time::SystemTime;

use serde::{Deserialize, Serialize};

use super::about::About;
use super::dicom::Tag;
use super::frame::{Frame, Values};
use super::source::Source;
use super::volume::Volume;
use super::{Fallible, dicom, guard, look, origin, raster, read, volume_file};

/// What is asked.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Request {
    pub(super) source: Source,
    pub(super) wish: Wish,
}

/// What is wanted of a file.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub(super) enum Wish {
    /// What it is.
    About,
    /// One of its frames (from 0).
    Frame {
        index: usize,
        /// With overlay planes drawn in.
        overlays: bool,
    },
    /// All slices at a point of time (from 0), of a file that is a volume.
    Volume { time: usize },
    /// Its header; with what identifies the patient only when `phi`.
    Tags { phi: bool },
}

/// What is answered.
#[derive(Debug, Serialize, Deserialize)]
pub(super) enum Answer {
    About(Box<About>),
    Frame(Box<Frame>, Sha256),
    Volume(Box<Volume>, Sha256),
    Tags(Vec<Tag>),
}

/// Lower-case hex SHA-256 of the file.
pub(super) type Sha256 = String;

impl Answer {
    /// The values in it, if there are any: they travel beside the rest.
    pub(super) fn values(&mut self) -> Option<&mut Values> {
        match self {
            Self::Frame(frame, _) => Some(&mut frame.values),
            Self::Volume(volume, _) => Some(&mut volume.values),
            Self::About(_) | Self::Tags(_) => None,
        }
    }
}

/// Answers requests; keeps the last file's bytes, since frames of one file are asked for one after the other.
#[derive(Default)]
pub(super) struct Service {
    last: Option<Held>,
}

struct Held {
    source: Source,
    modified: Option<SystemTime>,
    bytes: Vec<u8>,
    sha256: Option<Sha256>,
}

impl Service {
    /// Answers one request; a panic in a decoder is a sentence.
    pub(super) fn answer(&mut self, request: &Request) -> Fallible<Answer> {
        self.hold(&request.source)?;
        let held = self.last.as_mut().ok_or("cannot be read")?;
        let answer = guard::catch(|| held.answer(request.wish));
        if matches!(request.source, Source::Bytes { .. }) {
            self.last = None;
        }
        answer
    }

    /// Reads a file unless it is the one at hand and has not changed.
    fn hold(&mut self, source: &Source) -> Fallible<()> {
        let modified = modified(source);
        let is_held = self.last.as_ref().is_some_and(|held| {
            held.source == *source && held.modified == modified && modified.is_some()
        });
        if is_held {
            return Ok(());
        }
        // first let go of the one before: two large files need not fit together
        self.last = None;
        let bytes = source.bytes()?;
        self.last = Some(Held {
            source: source.clone(),
            modified,
            bytes,
            sha256: None,
        });
        Ok(())
    }
}

fn modified(source: &Source) -> Option<SystemTime> {
    let path = match source {
        Source::File(path) | Source::Member { archive: path, .. } => path,
        Source::Bytes { .. } => return None,
    };
    fs_err::metadata(path).ok()?.modified().ok()
}

impl Held {
    fn answer(&mut self, wish: Wish) -> Fallible<Answer> {
        match wish {
            Wish::About => Ok(Answer::About(Box::new(look::of_bytes(&self.bytes)?))),
            Wish::Tags { phi } => match read::kind(&self.bytes) {
                read::Kind::Dicom => Ok(Answer::Tags(dicom::File::read(&self.bytes)?.tags(phi)?)),
                _ => Err("has no DICOM header; only DICOM files have one".to_owned()),
            },
            Wish::Frame { index, overlays } => {
                let frame = self.frame(index, overlays)?;
                Ok(Answer::Frame(Box::new(frame), self.sha256()))
            }
            Wish::Volume { time } => {
                let volume = match read::kind(&self.bytes) {
                    read::Kind::Nifti => volume_file::volume(&self.bytes, &self.source, time)?,
                    _ => {
                        return Err(
                            "is not a volume in one file; open its folder as a series".to_owned()
                        );
                    }
                };
                Ok(Answer::Volume(Box::new(volume), self.sha256()))
            }
        }
    }

    fn frame(&self, index: usize, overlays: bool) -> Fallible<Frame> {
        match read::kind(&self.bytes) {
            read::Kind::Dicom => dicom::File::read(&self.bytes)?.frame(index, overlays),
            read::Kind::Raster(format) => raster::frame(&self.bytes, format, index),
            read::Kind::Nifti => volume_file::frame(&self.bytes, &self.source, index),
            read::Kind::Other(what) => Err(look::refused(what)),
        }
    }

    fn sha256(&mut self) -> Sha256 {
        let bytes = &self.bytes;
        self.sha256
            .get_or_insert_with(|| origin::sha256(bytes))
            .clone()
    }
}
