//! Pictures that a session records in, the same pictures out, opened again: found by name, proved by their hashes.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::Opened;
use crate::imaging::{self, Picture, View, Watch};
use crate::preprocess::{self, Fit, PreprocessConfig};
use crate::session::Error;
use crate::session::v1::{Opening, Shown};

/// No more names than this are looked at below the folders.
const MOST_NAMES: usize = 50_000;

/// Where pictures are looked for.
#[derive(Debug, Clone, Default)]
pub struct Places {
    /// Folders, searched with everything below them.
    pub deep: Vec<PathBuf>,
    /// Folders in which a file may lie by its own name.
    pub flat: Vec<PathBuf>,
}

/// What became of a picture that was looked for.
#[derive(Debug)]
pub enum Found {
    /// The same file gives the same pixels.
    Same(Opened),
    /// The same file gives other pixels: it is prepared in another way than then.
    OtherPixels(Opened),
    /// A file of this name has other bytes.
    OtherFile,
    /// There is no such file.
    Nowhere,
}

/// Opens the pictures of a session again, those of `wanted` ids; by id.
///
/// # Errors
/// When the work is stopped, or a recorded view is not one that this program knows.
pub fn reopen(
    openings: &[Opening],
    wanted: &[u32],
    places: &Places,
    config: &PreprocessConfig,
    watch: Watch<'_>,
) -> Result<BTreeMap<u32, Found>, Error> {
    let mut listing = Listing::new(&places.deep);
    let mut found = BTreeMap::new();
    for opening in openings {
        let is_wanted = opening.pictures.iter().any(|it| wanted.contains(&it.id));
        if !is_wanted {
            continue;
        }
        let view = view_of(opening)?;
        let candidates = candidates(opening, places, &mut listing);
        let (source, pictures) = match first_of(opening, &candidates, &view, watch)? {
            Ok(found) => found,
            Err(missing) => {
                let ids = opening.pictures.iter().map(|it| it.id);
                found.extend(ids.map(|id| (id, missing.found())));
                continue;
            }
        };
        for (shown, picture) in opening.pictures.iter().zip(pictures) {
            let prepared = preprocess::prepare(&picture, config, view.fit);
            let opened = Opened {
                id: shown.id,
                role: shown.role.clone(),
                source: source.to_owned(),
                picture,
                prepared: Arc::new(prepared),
            };
            found.insert(shown.id, judged(shown, opened));
        }
    }
    Ok(found)
}

/// Looks for the pictures of a session by name and hash, for somebody who only wants to see them: no model is needed. What it
/// learns of the folders serves every opening.
pub struct Finder<'a> {
    places: &'a Places,
    listing: Listing,
}

impl<'a> Finder<'a> {
    /// Looks in these places.
    pub fn new(places: &'a Places) -> Self {
        let listing = Listing::new(&places.deep);
        Self { places, listing }
    }

    /// Opens again what was opened then; `None` when the same files are not there.
    ///
    /// # Errors
    /// When the work is stopped, or the recorded view is not one that this program knows.
    pub fn find(
        &mut self,
        opening: &Opening,
        watch: Watch<'_>,
    ) -> Result<Option<Vec<Picture>>, Error> {
        let view = view_of(opening)?;
        let candidates = candidates(opening, self.places, &mut self.listing);
        let found = first_of(opening, &candidates, &view, watch)?;
        Ok(found.ok().map(|it| it.1))
    }
}

impl Finder<'_> {
    /// What opens again what was opened then, and how; `None` when the same files are not there.
    ///
    /// # Errors
    /// As `find`.
    pub fn source(
        &mut self,
        opening: &Opening,
        watch: Watch<'_>,
    ) -> Result<Option<(String, View)>, Error> {
        let view = view_of(opening)?;
        let candidates = candidates(opening, self.places, &mut self.listing);
        let found = first_of(opening, &candidates, &view, watch)?;
        Ok(found.ok().map(|it| (it.0.to_owned(), view)))
    }
}

/// Why there are no pictures.
#[derive(Debug, Clone, Copy)]
enum Missing {
    OtherFile,
    Nowhere,
}

impl Missing {
    fn found(self) -> Found {
        match self {
            Self::OtherFile => Found::OtherFile,
            Self::Nowhere => Found::Nowhere,
        }
    }
}

/// The first candidate that has the recorded hashes, and its pictures.
fn first_of<'a>(
    opening: &Opening,
    candidates: &'a [String],
    view: &View,
    watch: Watch<'_>,
) -> Result<Result<(&'a str, Vec<Picture>), Missing>, Error> {
    let mut missing = Missing::Nowhere;
    for candidate in candidates {
        match imaging::open_as(candidate, view, watch) {
            Ok(opened) if are_of(&opened.pictures, opening) => {
                return Ok(Ok((candidate, opened.pictures)));
            }
            _ if watch.is_stopped() => {
                return Err(Error::new(&opening.name, "was stopped before it was open"));
            }
            Ok(_) => missing = Missing::OtherFile,
            Err(_) => {}
        }
    }
    Ok(Err(missing))
}

/// The first picture that is not as it was, as a sentence.
///
/// # Errors
/// When there is one.
pub fn all_same(
    openings: &[Opening],
    found: BTreeMap<u32, Found>,
) -> Result<Vec<(u32, Opened)>, Error> {
    found
        .into_iter()
        .map(|(id, found)| match found {
            Found::Same(opened) => Ok((id, opened)),
            not_same => Err(Error::new(&name_of(openings, id), problem(&not_same))),
        })
        .collect()
}

/// What is wrong with a picture that was looked for, behind its name.
pub fn problem(found: &Found) -> &'static str {
    match found {
        Found::Same(_) => "is the same",
        Found::OtherPixels(_) => {
            "is the same file, and this medlab prepares it in another way than the one that recorded the session"
        }
        Found::OtherFile => {
            "is another file than the one in the session (its SHA-256 differs); say where that one is with --pictures DIR"
        }
        Found::Nowhere => {
            "belongs to the session and was not found; say where it is with --pictures DIR"
        }
    }
}

/// The name that a picture was opened by.
pub fn name_of(openings: &[Opening], id: u32) -> String {
    let of = openings
        .iter()
        .find(|it| it.pictures.iter().any(|picture| picture.id == id));
    of.map_or_else(|| format!("picture {id}"), |it| it.name.clone())
}

fn judged(shown: &Shown, opened: Opened) -> Found {
    if opened.prepared.sha256 == shown.pixels_sha256 {
        Found::Same(opened)
    } else {
        Found::OtherPixels(opened)
    }
}

pub(crate) fn are_of(pictures: &[Picture], opening: &Opening) -> bool {
    let hashes = opening.pictures.iter().map(|it| &it.file_sha256);
    pictures.iter().map(|it| &it.origin.sha256).eq(hashes)
}

/// How the pictures of an opening were looked at.
pub(crate) fn view_of(opening: &Opening) -> Result<View, Error> {
    let mut view = View::default();
    let Some(first) = opening.pictures.first() else {
        return Ok(view);
    };
    let unknown = |problem: String| Error::new(&opening.name, &problem);
    for (key, value) in &first.view {
        view.set(key, value).map_err(|problem| {
            unknown(format!(
                "was looked at with {key} {value:?}, which is not possible here: {problem}"
            ))
        })?;
    }
    view.fit = match first.fit.as_str() {
        "pad" => Fit::Pad,
        "stretch" => Fit::Stretch,
        other => {
            return Err(unknown(format!(
                "was made square by {other:?}, which this medlab does not know"
            )));
        }
    };
    Ok(view)
}

/// Names to try, the likeliest first.
fn candidates(opening: &Opening, places: &Places, listing: &mut Listing) -> Vec<String> {
    let name = &opening.name;
    if name.starts_with("sample:") {
        return vec![name.clone()];
    }
    let mut paths: Vec<PathBuf> = opening.path.iter().map(PathBuf::from).collect();
    // a name is only ever a name
    if Path::new(name).components().count() == 1 {
        paths.extend(places.flat.iter().map(|it| it.join(name)));
        paths.extend(listing.named(name));
    }
    paths.retain(|it| it.exists());
    if let Some(first) = opening.pictures.first() {
        paths.extend(listing.hashed(&first.file_sha256));
    }
    paths.iter().map(|it| it.display().to_string()).collect()
}

/// What lies below some folders, listed once, hashed only when nothing else helps.
struct Listing {
    folders: Vec<PathBuf>,
    names: Option<Vec<PathBuf>>,
    hashes: Option<BTreeMap<String, PathBuf>>,
}

impl Listing {
    fn new(folders: &[PathBuf]) -> Self {
        Self {
            folders: folders.to_vec(),
            names: None,
            hashes: None,
        }
    }

    fn all(&mut self) -> &[PathBuf] {
        let folders = &self.folders;
        self.names.get_or_insert_with(|| {
            let mut names = folders.clone();
            let mut next = 0;
            while next < names.len() && names.len() < MOST_NAMES {
                let entries = fs_err::read_dir(&names[next]);
                // links are not followed: they may go in a circle
                let below = entries.into_iter().flatten().flatten();
                let mut below: Vec<PathBuf> = below.map(|it| it.path()).collect();
                below.sort();
                names.extend(below.into_iter().filter(|it| !it.is_symlink()));
                next += 1;
            }
            names
        })
    }

    fn named(&mut self, name: &str) -> Vec<PathBuf> {
        let is_named = |path: &&PathBuf| path.file_name().is_some_and(|it| it == name);
        self.all().iter().filter(is_named).cloned().collect()
    }

    fn hashed(&mut self, sha256: &str) -> Option<PathBuf> {
        if self.hashes.is_none() {
            let files = self.all().iter().filter(|it| it.is_file());
            let hashed = files.filter_map(|path| {
                let hash = imaging::sha256_of_file(path).ok()?;
                Some((hash, path.clone()))
            });
            self.hashes = Some(hashed.collect());
        }
        self.hashes.as_ref()?.get(sha256).cloned()
    }
}
