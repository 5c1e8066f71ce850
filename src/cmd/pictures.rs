//! Names of pictures and settings in, open pictures out, with remarks about what was chosen and progress while it takes long.

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

use super::progress::Progress;
use super::remark;
use crate::error::Failure;
use crate::imaging::{self, Opened, Picture, Watch};
use crate::settings::Settings;

/// Opens everything, or nothing.
pub(super) fn open(names: &[String], settings: &Settings) -> anyhow::Result<Vec<Picture>> {
    open_until(names, settings, &AtomicBool::new(false))
}

/// Opens everything, or nothing; once `cancel` is set it fails with `Failure::Interrupted`.
pub(super) fn open_until(
    names: &[String],
    settings: &Settings,
    cancel: &AtomicBool,
) -> anyhow::Result<Vec<Picture>> {
    let mut pictures = Vec::new();
    for name in names {
        let Opened {
            pictures: opened,
            notes,
        } = match open_one(name, settings, cancel) {
            Err(_) if cancel.load(Ordering::SeqCst) => return Err(Failure::Interrupted.into()),
            opened => opened?,
        };
        for note in notes {
            remark(&format!("{}: {note}", name_of(&opened, name)));
        }
        pictures.extend(opened);
    }
    Ok(pictures)
}

/// Opens what one name stands for.
fn open_one(
    name: &str,
    settings: &Settings,
    cancel: &AtomicBool,
) -> Result<Opened, imaging::Error> {
    let progress = Mutex::new(Progress::new(settings.lang));
    let view = settings.options().view;
    let tell = |done, total| {
        if let Ok(mut progress) = progress.lock() {
            progress.slices(done, total);
        }
    };
    let watch = Watch {
        progress: &tell,
        cancel,
    };
    imaging::open_as(name, &view, watch)
}

/// What a picture is called, without its folder.
fn name_of(opened: &[Picture], name: &str) -> String {
    opened
        .first()
        .map_or_else(|| name.to_owned(), |it| it.origin.name.clone())
}

/// `R1: 900 pixels, 858.31 mm², mean 77.98 HU …`
pub(super) fn region_line(picture: &Picture) -> Option<String> {
    let (region, measured) = picture.region.as_ref().zip(picture.measured.as_ref())?;
    let slice = picture
        .slice
        .map_or_else(String::new, |(n, _)| format!(" in slice {n}"));
    Some(format!("R1 {region}{slice}: {measured}"))
}
