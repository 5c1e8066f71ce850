//! A folder, a session's file or words in; rows, places and lines for a picker out. All that reads a disk is here.
//!
//! These are for a thread of their own: each looks at `cancel` between two files, and stops. What is too much is left out,
//! and the picker says so.

use std::ffi::OsString;
use std::fs::{self, FileType};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::SystemTime;

use super::item::{Face, Line};
use super::msg::{Msg, News};
use crate::session::Error;
use crate::session::contents::Contents;
use crate::session::export::leaf::{Leaf, Leaves, Wish, cover};
use crate::session::outline::Outline;
use crate::session::search::{Query, search as look_through};
use crate::session::store::{ENDING, name};
use crate::settings::Lang;

/// The most names of a folder that are looked at.
const NAMES: usize = 20_000;

/// The most entries of a folder that are listed.
pub const ENTRIES: usize = 5_000;

/// The most sessions that are listed.
pub const SESSIONS: usize = 2_000;

/// Sessions that are read before they are told.
const AT_ONCE: usize = 16;

/// The most places of one session that are told.
const PLACES: usize = 100;

/// The most lines of a preview.
pub const LINES: usize = 500;

/// A session, as the browser lists it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionRow {
    /// Its file.
    pub path: PathBuf,
    /// What it is called: its file without folder and ending.
    pub name: String,
    /// When it was changed last, to the minute, in UTC; "" when nobody knows.
    pub changed: String,
    /// What is in it; `None` while nobody has looked yet. An error is one sentence.
    pub about: Option<Result<About, String>>,
}

/// What is in a session.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct About {
    /// Its title, or its first question.
    pub title: String,
    /// The model as it was last.
    pub model: String,
    /// Questions that were ever asked.
    pub turns: usize,
    /// Pictures that were ever opened.
    pub pictures: usize,
    /// Whether it is damaged, or ends in the middle of a line.
    pub is_damaged: bool,
}

/// What is in a folder.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Listing {
    /// The folder.
    pub folder: PathBuf,
    /// Folders, then files, each in the order of their names, numbers in them by value.
    pub entries: Vec<Entry>,
    /// Whether there is more in it than is listed.
    pub is_cut: bool,
    /// Why it cannot be listed.
    pub problem: Option<String>,
}

/// Something in a folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Its name, as it is.
    pub name: OsString,
    /// What it is.
    pub kind: Kind,
}

/// What an entry of a folder is; a link is what it leads to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// A folder.
    Folder,
    /// A file.
    File,
    /// Anything else: a device, a pipe, a link that leads nowhere.
    Other,
}

/// Tells the sessions of a folder, the one that was changed last first: at once that they are there, then what is in them.
///
/// # Errors
/// When the folder cannot be listed; one that is not there has none.
pub fn sessions(
    folder: &Path,
    lang: Lang,
    cancel: &AtomicBool,
    tell: &mut dyn FnMut(Msg),
) -> Result<(), String> {
    let rows = |rows, is_last| Msg::News(News::Sessions { rows, is_last });
    let (mut paths, is_cut) = match session_files(folder, cancel) {
        Ok(found) => found,
        Err(error) => {
            tell(rows(Vec::new(), true));
            return Err(error.to_string());
        }
    };
    let mut found: Vec<SessionRow> = Vec::new();
    paths.sort_by(|a, b| (b.1, &a.0).cmp(&(a.1, &b.0)));
    let n_left_out = paths.len().saturating_sub(SESSIONS);
    for (path, changed) in paths.into_iter().take(SESSIONS) {
        found.push(SessionRow {
            name: name(&path),
            path,
            changed: changed.map_or_else(String::new, minutes),
            about: None,
        });
    }
    tell(rows(found.clone(), found.is_empty()));
    if is_cut || n_left_out > 0 {
        let note = match lang {
            Lang::En => format!(
                "only the {} sessions that were changed last are listed",
                found.len()
            ),
            Lang::Zh => format!("仅列出最近更改的 {} 个会话", found.len()),
        };
        tell(Msg::Say(note));
    }
    let n_parts = found.len().div_ceil(AT_ONCE);
    for (part, some) in found.chunks_mut(AT_ONCE).enumerate() {
        for row in &mut *some {
            if cancel.load(Ordering::Relaxed) {
                return Ok(());
            }
            let outline = Outline::read(&row.path);
            row.about = Some(outline.map(About::of).map_err(|it| it.problem));
        }
        tell(rows(some.to_vec(), part + 1 == n_parts));
    }
    Ok(())
}

impl About {
    fn of(outline: Outline) -> Self {
        Self {
            title: outline.title(),
            turns: outline.turns,
            pictures: outline.pictures,
            is_damaged: outline.is_torn || outline.damage.is_some(),
            model: outline.model.name,
        }
    }
}

type Dated = (PathBuf, Option<SystemTime>);

/// The files of sessions in a folder, and whether some were not looked at.
fn session_files(folder: &Path, cancel: &AtomicBool) -> Result<(Vec<Dated>, bool), Error> {
    if !folder.exists() {
        return Ok((Vec::new(), false));
    }
    let failed = |error: std::io::Error| Error::io(&folder.display().to_string(), &error);
    let mut files = Vec::new();
    for (number, entry) in fs_err::read_dir(folder).map_err(failed)?.enumerate() {
        if number >= NAMES || cancel.load(Ordering::Relaxed) {
            return Ok((files, true));
        }
        let entry = entry.map_err(failed)?;
        let path = entry.path();
        let is_session = path.extension().is_some_and(|it| it == ENDING);
        if is_session && !name(&path).starts_with('.') {
            let changed = entry.metadata().and_then(|it| it.modified()).ok();
            files.push((path, changed));
        }
    }
    Ok((files, false))
}

/// `2026-11-24 15:06`, in UTC.
fn minutes(time: SystemTime) -> String {
    let date = humantime::format_rfc3339_seconds(time).to_string();
    date.replacen('T', " ", 1).chars().take(16).collect()
}

/// Looks for words in sessions, in this order, and tells the places of each session that has some, then that it is over.
pub fn search(typed: &str, paths: &[PathBuf], cancel: &AtomicBool, tell: &mut dyn FnMut(Msg)) {
    let has_quotes = typed.contains(['"', '“', '”']);
    let words: Vec<String> = if has_quotes {
        vec![typed.to_owned()]
    } else {
        typed.split_whitespace().map(str::to_owned).collect()
    };
    let query = Query::of(&words);
    for path in query.iter().flat_map(|_| paths) {
        if cancel.load(Ordering::Relaxed) {
            return;
        }
        let found = query.as_ref().and_then(|it| look_through(path, it).ok());
        let mut hits = found.map(|it| it.hits).unwrap_or_default();
        hits.truncate(PLACES);
        if !hits.is_empty() {
            tell(Msg::News(News::Hits {
                query: typed.to_owned(),
                path: path.clone(),
                hits,
            }));
        }
    }
    tell(Msg::News(News::Searched {
        query: typed.to_owned(),
    }));
}

/// A session as it is read, from its beginning, at most [`LINES`] lines; `None` when it was cancelled.
pub fn conversation(path: &Path, lang: Lang, cancel: &AtomicBool) -> Option<Vec<Line>> {
    let mut lines = Vec::new();
    match read_conversation(path, lang, cancel, &mut lines) {
        Ok(true) => {}
        Ok(false) => return None,
        Err(error) => lines.push(Line::new(Face::Warning, &error.problem)),
    }
    if lines.len() > LINES {
        lines.truncate(LINES);
        let more = lang.pick("(there is more)", "（后面还有）");
        lines.push(Line::new(Face::Dim, more));
    }
    Some(lines)
}

/// Whether it was not cancelled.
fn read_conversation(
    path: &Path,
    lang: Lang,
    cancel: &AtomicBool,
    lines: &mut Vec<Line>,
) -> Result<bool, Error> {
    let wish = Wish {
        lang,
        all: false,
        turn: None,
        thinking: false,
    };
    let mut contents = Contents::open(path)?;
    if cancel.load(Ordering::Relaxed) {
        return Ok(false);
    }
    let cover = cover(&contents, &name(path), wish);
    lines.extend(Line::all(Face::Heading, &cover.title).take(3));
    for fact in &cover.facts {
        lines.extend(Line::all(Face::Dim, fact));
    }
    let mut leaves = Leaves::of(&mut contents, wish);
    while let Some(leaf) = leaves.next_leaf()? {
        if cancel.load(Ordering::Relaxed) {
            return Ok(false);
        }
        turn(&leaf, lang, lines);
        if lines.len() > LINES {
            return Ok(true);
        }
    }
    let hidden = cover.hidden.iter();
    lines.extend(hidden.flat_map(|it| Line::all(Face::Dim, it)));
    Ok(true)
}

fn turn(leaf: &Leaf, lang: Lang, lines: &mut Vec<Line>) {
    let marks = match leaf.marks.join(", ") {
        marks if marks.is_empty() => marks,
        marks => format!(" ({marks})"),
    };
    let heading = match lang {
        Lang::En => format!("turn {}{marks}", leaf.number),
        Lang::Zh => format!("第 {} 轮{marks}", leaf.number),
    };
    lines.push(Line::default());
    lines.push(Line::new(Face::Heading, &heading));
    let pictures = leaf.pictures.iter().map(|it| &it.line);
    for text in leaf.news.iter().chain(pictures) {
        lines.extend(Line::all(Face::Dim, text));
    }
    lines.extend(Line::all(Face::User, leaf.question.trim_matches('\n')));
    lines.extend(Line::all(Face::Text, leaf.answer.trim_matches('\n')));
    for text in &leaf.facts {
        lines.extend(Line::all(Face::Dim, text));
    }
}

/// What is in a folder: at most [`ENTRIES`] entries of the first 20 000 names; `None` when it was cancelled.
pub fn folder(folder: &Path, lang: Lang, cancel: &AtomicBool) -> Option<Listing> {
    let mut listing = Listing {
        folder: folder.to_owned(),
        ..Listing::default()
    };
    let entries = match fs_err::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) => {
            listing.problem = Some(because(&error, lang));
            return Some(listing);
        }
    };
    let mut all: Vec<(Kind, String, OsString)> = Vec::new();
    for (number, entry) in entries.enumerate() {
        if cancel.load(Ordering::Relaxed) {
            return None;
        }
        listing.is_cut = number >= NAMES;
        if listing.is_cut {
            break;
        }
        match entry {
            Ok(entry) => {
                let kind = entry
                    .file_type()
                    .map_or(Kind::Other, |it| kind(it, &entry.path()));
                let name = entry.file_name();
                all.push((kind, sort_key(&name.to_string_lossy()), name));
            }
            Err(error) => {
                listing.problem = Some(because(&error, lang));
                break;
            }
        }
    }
    all.sort();
    listing.is_cut |= all.len() > ENTRIES;
    let kept = all.into_iter().take(ENTRIES);
    listing.entries = kept.map(|(kind, _, name)| Entry { name, kind }).collect();
    Some(listing)
}

/// Why a folder cannot be listed, without its name, which is in the title.
fn because(error: &io::Error, lang: Lang) -> String {
    let (en, zh) = match error.kind() {
        io::ErrorKind::NotFound => ("there is no such folder", "没有该文件夹"),
        io::ErrorKind::PermissionDenied => ("permission denied", "没有权限"),
        io::ErrorKind::NotADirectory => ("this is no folder", "这不是文件夹"),
        kind => return kind.to_string(),
    };
    lang.pick(en, zh).to_owned()
}

fn kind(about: FileType, path: &Path) -> Kind {
    let about = if about.is_symlink() {
        fs::metadata(path).ok().map(|it| it.file_type())
    } else {
        Some(about)
    };
    match about {
        Some(it) if it.is_dir() => Kind::Folder,
        Some(it) if it.is_file() => Kind::File,
        _ => Kind::Other,
    }
}

/// A name as it is sorted: letter case does not count, and each number has its length before it, so that `IM2` comes before `IM10`.
fn sort_key(name: &str) -> String {
    let mut key = String::with_capacity(name.len() + 4);
    let mut rest = name;
    while let Some(letter) = rest.chars().next() {
        if !letter.is_ascii_digit() {
            key.extend(letter.to_lowercase());
            rest = &rest[letter.len_utf8()..];
            continue;
        }
        let end = rest.find(|it: char| !it.is_ascii_digit());
        let (digits, after) = rest.split_at(end.unwrap_or(rest.len()));
        let digits = digits.trim_start_matches('0');
        let length = u32::try_from(digits.len()).unwrap_or(u32::MAX);
        key.push('0');
        key.push(char::from_u32(u32::from('0') + length.min(0x200)).unwrap_or('0'));
        key.push_str(digits);
        rest = after;
    }
    key
}

#[cfg(test)]
#[path = "source_tests.rs"]
mod tests;
