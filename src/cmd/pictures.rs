//! Names of pictures and settings in, open pictures out, with remarks about what was chosen and progress while it takes long.

use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

use super::progress::Progress;
use super::remark;
use crate::error::Failure;
use crate::imaging::{self, Opened, Picture, Watch};
use crate::lab::Named;
use crate::settings::Settings;

/// Opens everything, or nothing.
pub(super) fn open(names: &[String], settings: &Settings) -> anyhow::Result<Vec<Named>> {
    open_until(names, settings, &AtomicBool::new(false))
}

/// Opens everything, or nothing; once `cancel` is set it fails with `Failure::Interrupted`.
pub(super) fn open_until(
    names: &[String],
    settings: &Settings,
    cancel: &AtomicBool,
) -> anyhow::Result<Vec<Named>> {
    let mut all = Vec::new();
    for typed in names {
        let (role, name) = role_and_name(typed);
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
        all.push(Named {
            role: role.map(str::to_owned),
            path: path_of(name).filter(|_| settings.record_paths),
            ..Named::of(name, opened)
        });
    }
    Ok(all)
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

/// `prior:old.png` and `current:new.png`: what the model is told before a picture, and the name. A file that is really called
/// so comes first.
fn role_and_name(typed: &str) -> (Option<&str>, &str) {
    const ROLES: [&str; 2] = ["prior", "current"];
    match typed.split_once(':') {
        Some((role, name)) if ROLES.contains(&role) && !Path::new(typed).exists() => {
            (Some(role), name)
        }
        _ => (None, typed),
    }
}

/// The whole path of a file or folder; `None` for a sample.
fn path_of(name: &str) -> Option<String> {
    let path = fs_err::canonicalize(name).ok()?;
    Some(path.display().to_string())
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
