//! A name as it was typed in (a file, a folder, a DICOMDIR, a pattern, a zip archive), the files it stands for out.
//!
//! Only names and the first bytes of what is named are looked at; what the files are, [`super::scan`] finds out. Every walk is
//! bounded in depth and number, goes into no folder twice, and tells what it left out.

use std::collections::HashSet;
use std::fs::{self, FileType};
use std::path::{Component, Path, PathBuf};

use glob::{MatchOptions, Pattern};

use super::{Watch, archive, dicomdir, natural};
use crate::imaging::source::Source;
use crate::imaging::{Fallible, origin, read};

/// Most files that one name stands for, and most members of an archive.
pub(super) const MAX_FILES: usize = 100_000;
/// Folders inside each other that are gone into.
const MAX_DEPTH: usize = 32;
/// Most names of files and folders that are looked at.
const MAX_ENTRIES: usize = 1_000_000;
/// Most reasons that are kept one by one.
const MAX_SKIPPED: usize = 10_000;
/// What is read of a named file to find archives and indexes.
const HEAD: u64 = 1024;

/// What a name stands for.
#[derive(Debug, Default)]
pub struct Gathered {
    /// Files that may be pictures; names are in natural order, one folder after the other.
    pub files: Vec<Source>,
    /// What was left out, and what is odd about an index or a search that ended early: a printable name without its folder,
    /// and why.
    pub skipped: Vec<(String, String)>,
}

impl Gathered {
    pub(super) fn skip_one(&mut self, name: &str, why: &str) {
        if self.skipped.len() < MAX_SKIPPED {
            self.skipped.push((origin::file_name(name), why.to_owned()));
        }
    }

    fn skip(&mut self, path: &Path, why: &str) {
        self.skip_one(&path.to_string_lossy(), why);
    }

    /// Keeps each file once.
    pub(super) fn once(&mut self) {
        let mut met = HashSet::new();
        self.files.retain(|source| match source {
            Source::File(path) => met.insert((
                path.canonicalize().unwrap_or_else(|_| path.clone()),
                String::new(),
            )),
            Source::Member { archive, name } => met.insert((archive.clone(), name.clone())),
            Source::Bytes { .. } => true,
        });
    }

    pub(super) fn append(&mut self, other: Self) {
        self.files.extend(other.files);
        self.skipped.extend(other.skipped);
    }
}

/// What a name on the command line stands for: one file, a folder with everything below it, a DICOMDIR (the files that it
/// lists), a zip archive, `archive.zip!member`, or a pattern (`*`, `?`, `[…]` within a name, `**` for folders at any depth).
/// A file or folder of exactly that name comes first, whatever characters are in it.
///
/// The watch is told how many names were looked at and how many files were found.
///
/// # Errors
/// When there is no such file, the archive or the index cannot be read, or nothing matches.
pub fn gather(name: &str, watch: Watch<'_>) -> Fallible<Gathered> {
    let mut search = Search::new(name, watch);
    let path = Path::new(name);
    if fs::symlink_metadata(path).is_ok() {
        search.named(path)?;
        return Ok(search.found);
    }
    if let Some((archive, member)) = member_of(name) {
        return match read::head(archive, HEAD)? {
            head if archive::is_archive(&head) => archive::members(archive, Some(member)),
            _ => Err("is no zip archive with a member behind '!'".to_owned()),
        };
    }
    if !is_pattern(name) {
        // the reason why it is not there
        return match fs::metadata(path) {
            Err(error) => Err(read::because(&error)),
            Ok(_) => Err("changed while it was looked at: try again".to_owned()),
        };
    }
    search.pattern(name)?;
    Ok(search.found)
}

/// The two halves of `archive.zip!member`.
fn member_of(name: &str) -> Option<(&Path, &str)> {
    let mut halves = name
        .match_indices('!')
        .map(|(at, _)| (Path::new(&name[..at]), &name[at + 1..]));
    halves.find(|(archive, member)| !member.is_empty() && archive.is_file())
}

/// Whether a name is meant as a pattern, unless there is a file of exactly this name.
pub fn is_pattern(name: &str) -> bool {
    name.contains(['*', '?', '[']) && Pattern::new(name).is_ok()
}

/// Whether a file stands for other files: a zip archive, a DICOMDIR. False for what cannot be read.
pub fn holds_many(path: &Path) -> bool {
    read::head(path, HEAD).is_ok_and(|head| archive::is_archive(&head) || dicomdir::is_index(&head))
}

/// Whether a file or folder of this name does not show itself.
pub(super) fn is_hidden(name: &str) -> bool {
    name.starts_with('.') && name != "." && name != ".."
}

struct Search<'a> {
    /// The name that was typed in.
    name: &'a str,
    found: Gathered,
    looked_at: usize,
    /// Folders and files that were met, by their real path.
    met: HashSet<PathBuf>,
    is_full: bool,
    watch: Watch<'a>,
}

impl<'a> Search<'a> {
    fn new(name: &'a str, watch: Watch<'a>) -> Self {
        Self {
            name,
            found: Gathered::default(),
            looked_at: 0,
            met: HashSet::new(),
            is_full: false,
            watch,
        }
    }

    /// Counts a name; false once there were too many.
    fn counts(&mut self) -> bool {
        self.looked_at += 1;
        (self.watch.progress)(self.looked_at, self.found.files.len());
        if self.watch.is_stopped() {
            // whoever searches asks why
            return false;
        }
        let full = match (self.looked_at, self.found.files.len()) {
            (entries, _) if entries > MAX_ENTRIES => format!("{MAX_ENTRIES} names were looked at"),
            (_, files) if files >= MAX_FILES => format!("{MAX_FILES} files were found"),
            _ => return true,
        };
        if !self.is_full {
            let why = format!("was not searched to its end: {full}; name a folder further down");
            self.found.skip_one(self.name, &why);
        }
        self.is_full = true;
        false
    }

    /// A file or folder that was named itself, or by a pattern.
    fn named(&mut self, path: &Path) -> Fallible<()> {
        let about = fs::metadata(path).map_err(|error| match fs::symlink_metadata(path) {
            Ok(_) => "is a link to nothing".to_owned(),
            Err(_) => read::because(&error),
        })?;
        if about.is_dir() {
            self.folder(path, 0);
            return Ok(());
        }
        if !about.is_file() {
            return Err(
                "is not a regular file, expected a picture: save it to a file first".to_owned(),
            );
        }
        if !self.counts() {
            return Ok(());
        }
        let head = read::head(path, HEAD).unwrap_or_default();
        if archive::is_archive(&head) {
            self.found.append(archive::members(path, None)?);
        } else if dicomdir::is_index(&head) {
            self.found.append(dicomdir::files(path)?);
        } else {
            self.file(path, path.canonicalize());
        }
        Ok(())
    }

    /// Takes a file, unless another name of it was met before.
    fn file(&mut self, path: &Path, real: std::io::Result<PathBuf>) {
        match real {
            Ok(real) => {
                if self.met.insert(real) {
                    self.found.files.push(Source::File(path.to_owned()));
                }
            }
            Err(error) => self.found.skip(path, &read::because(&error)),
        }
    }

    /// Everything in a folder, `depth` folders below the one that was named.
    fn folder(&mut self, folder: &Path, depth: usize) {
        let Some((real, entries)) = self.entries(folder) else {
            return;
        };
        let mut folders = Vec::new();
        for (path, kind) in entries {
            if !self.counts() {
                return;
            }
            let name = path.file_name().unwrap_or_default();
            if is_hidden(&name.to_string_lossy()) {
                self.found.skip(&path, "is hidden");
                continue;
            }
            match followed(&path, kind) {
                What::File if kind.is_symlink() => self.file(&path, path.canonicalize()),
                What::File => self.file(&path, Ok(real.join(name))),
                What::Folder => folders.push(path),
                What::Nothing => self.found.skip(&path, "is a link to nothing"),
                What::Else => self.found.skip(&path, "is not a regular file"),
            }
        }
        for path in folders {
            if depth >= MAX_DEPTH {
                self.found
                    .skip(&path, &format!("lies more than {MAX_DEPTH} folders deep"));
            } else {
                self.folder(&path, depth + 1);
            }
        }
    }

    /// What is in a folder that was not met before, in natural order, and the folder's real path.
    fn entries(&mut self, folder: &Path) -> Option<(PathBuf, Vec<(PathBuf, FileType)>)> {
        let listed = folder
            .canonicalize()
            .and_then(|real| Ok((real, fs::read_dir(folder)?)));
        let (real, listed) = match listed {
            Ok(it) => it,
            Err(error) => {
                self.found.skip(folder, &read::because(&error));
                return None;
            }
        };
        if !self.met.insert(real.clone()) {
            return None;
        }
        let most = MAX_ENTRIES.saturating_sub(self.looked_at) + 1;
        let mut entries: Vec<(PathBuf, FileType)> = listed
            .filter_map(|entry| entry.and_then(|it| Ok((it.path(), it.file_type()?))).ok())
            .take(most)
            .collect();
        entries
            .sort_by(|(a, _), (b, _)| natural::compare(&a.to_string_lossy(), &b.to_string_lossy()));
        Some((real, entries))
    }

    /// Everything that a pattern names.
    fn pattern(&mut self, name: &str) -> Fallible<()> {
        let parts = parts(name)?;
        let mut matched = Vec::new();
        self.expand(PathBuf::new(), &parts, 0, &mut matched);
        if matched.is_empty() {
            return Err("no file matches".to_owned());
        }
        for path in matched {
            if let Err(why) = self.named(&path) {
                self.found.skip(&path, &why);
            }
        }
        Ok(())
    }

    /// Appends what the parts of a pattern name below a folder.
    fn expand(&mut self, below: PathBuf, parts: &[Part], depth: usize, matched: &mut Vec<PathBuf>) {
        let Some((part, rest)) = parts.split_first() else {
            matched.push(below);
            return;
        };
        if depth > MAX_DEPTH || self.is_full {
            return;
        }
        match part {
            Part::Plain(name) => {
                let path = below.join(name);
                if fs::symlink_metadata(&path).is_ok() {
                    self.expand(path, rest, depth, matched);
                }
            }
            Part::Wild(pattern) => {
                let mut children = self.children(&below);
                children.retain(|(_, name)| pattern.matches_with(name, OPTIONS));
                for (path, _) in children {
                    self.expand(path, rest, depth, matched);
                }
            }
            Part::AnyDepth => {
                self.expand(below.clone(), rest, depth, matched);
                let is_walked = |(path, name): &(PathBuf, String)| {
                    fs::symlink_metadata(path).is_ok_and(|it| it.is_dir()) && !is_hidden(name)
                };
                for (path, _) in self.children(&below).into_iter().filter(is_walked) {
                    self.expand(path, parts, depth + 1, matched);
                }
            }
        }
    }

    /// Paths and names in a folder, in natural order; none where it cannot be listed.
    fn children(&mut self, folder: &Path) -> Vec<(PathBuf, String)> {
        let here = if folder.as_os_str().is_empty() {
            Path::new(".")
        } else {
            folder
        };
        let mut children = Vec::new();
        for entry in fs::read_dir(here).into_iter().flatten().flatten() {
            if !self.counts() {
                break;
            }
            let name = entry.file_name();
            children.push((folder.join(&name), name.to_string_lossy().into_owned()));
        }
        children.sort_by(|(_, a), (_, b)| natural::compare(a, b));
        children
    }
}

/// `*` does not stand for the point of a hidden name.
const OPTIONS: MatchOptions = MatchOptions {
    case_sensitive: true,
    require_literal_separator: true,
    require_literal_leading_dot: true,
};

/// A pattern's part between two separators.
enum Part {
    Plain(PathBuf),
    Wild(Pattern),
    AnyDepth,
}

fn parts(name: &str) -> Fallible<Vec<Part>> {
    let mut parts: Vec<Part> = Vec::new();
    for component in Path::new(name).components() {
        let text = component.as_os_str().to_string_lossy();
        let part = match component {
            Component::Normal(_) if text == "**" => Part::AnyDepth,
            Component::Normal(_) if is_pattern(&text) => Part::Wild(
                Pattern::new(&text)
                    .map_err(|error| format!("is no file, and no pattern: {}", error.msg))?,
            ),
            other => Part::Plain(PathBuf::from(other.as_os_str())),
        };
        let again = matches!(
            (&part, parts.last()),
            (Part::AnyDepth, Some(Part::AnyDepth))
        );
        if !again {
            parts.push(part);
        }
    }
    Ok(parts)
}

/// What a name in a folder leads to.
enum What {
    File,
    Folder,
    Nothing,
    Else,
}

fn followed(path: &Path, kind: FileType) -> What {
    let kind = match kind.is_symlink().then(|| fs::metadata(path)) {
        None => kind,
        Some(Ok(about)) => about.file_type(),
        Some(Err(_)) => return What::Nothing,
    };
    match kind {
        kind if kind.is_file() => What::File,
        kind if kind.is_dir() => What::Folder,
        _ => What::Else,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A folder with these files, each with its name as its content.
    fn folder(files: &[&str]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        for name in files {
            let path = folder.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, name).unwrap();
        }
        folder
    }

    fn gathered(folder: &tempfile::TempDir, name: &str) -> Fallible<Gathered> {
        gather(folder.path().join(name).to_str().unwrap(), Watch::default())
    }

    /// What a name below a folder stands for: paths below the folder.
    #[track_caller]
    fn check(folder: &tempfile::TempDir, name: &str, expected: &[&str]) -> Vec<(String, String)> {
        let found = gathered(folder, name).unwrap();
        let below = |source: &Source| match source {
            Source::File(path) => path
                .strip_prefix(folder.path())
                .unwrap()
                .to_string_lossy()
                .into_owned(),
            other => panic!("{other:?}"),
        };
        assert_eq!(
            found.files.iter().map(below).collect::<Vec<_>>(),
            expected,
            "{name}"
        );
        found.skipped
    }

    #[test]
    fn a_folder_is_searched_to_its_bottom_in_natural_order() {
        let it = folder(&["IM10", "IM9", "b/IM1", "a/deep/IM2", "a/IM3"]);
        let skipped = check(&it, "", &["IM9", "IM10", "a/IM3", "a/deep/IM2", "b/IM1"]);
        assert_eq!(skipped, []);
        check(&it, "a/", &["a/IM3", "a/deep/IM2"]);
        check(&it, "b/IM1", &["b/IM1"]);
    }

    #[test]
    fn hidden_files_and_folders_are_left_out_and_named() {
        let it = folder(&["IM1", ".DS_Store", ".git/objects/ab"]);
        let skipped = check(&it, "", &["IM1"]);
        let hidden = |name: &str| (name.to_owned(), "is hidden".to_owned());
        assert_eq!(skipped, [hidden(".DS_Store"), hidden(".git")]);
        // unless it is named
        check(&it, ".git", &[".git/objects/ab"]);
    }

    #[test]
    fn patterns_match_names_and_folders() {
        let it = folder(&[
            "s1/IM1",
            "s1/IM2",
            "s1/note",
            "s2/IM1",
            "s2/sub/IM7",
            "s10/IM1",
            ".hidden/IM1",
        ]);
        check(&it, "s1/IM*", &["s1/IM1", "s1/IM2"]);
        check(&it, "s?/IM[12]", &["s1/IM1", "s1/IM2", "s2/IM1"]);
        check(&it, "*/IM1", &["s1/IM1", "s2/IM1", "s10/IM1"]);
        check(&it, "**/IM1", &["s1/IM1", "s2/IM1", "s10/IM1"]);
        check(&it, "s2/**", &["s2/IM1", "s2/sub/IM7"]);
        check(&it, "**/sub/*", &["s2/sub/IM7"]);
        check(&it, "s*0", &["s10/IM1"]);
        check(&it, ".h*/*", &[".hidden/IM1"]);
        assert_eq!(gathered(&it, "x*").unwrap_err(), "no file matches");
        // no pattern, so the name of a file, which is not there
        assert_eq!(gathered(&it, "s1/[IM").unwrap_err(), "no such file");
    }

    #[test]
    fn a_file_of_exactly_this_name_comes_first() {
        let it = folder(&["IM[1]", "IM1", "a!b"]);
        check(&it, "IM[1]", &["IM[1]"]);
        check(&it, "a!b", &["a!b"]);
        assert_eq!(gathered(&it, "IM7").unwrap_err(), "no such file");
        assert!(
            gathered(&it, "IM1!x")
                .unwrap_err()
                .contains("is no zip archive")
        );
    }

    #[test]
    fn folders_below_the_limit_are_left_out_and_named() {
        let deep: String = (0..40).map(|_| "d/").collect();
        let it = folder(&[
            &format!("{deep}IM1"),
            &format!("{}IM2", &deep[..2 * MAX_DEPTH]),
        ]);
        let skipped = check(&it, "", &[&format!("{}IM2", &deep[..2 * MAX_DEPTH])]);
        assert_eq!(
            skipped,
            [("d".to_owned(), "lies more than 32 folders deep".to_owned())]
        );
    }

    #[test]
    fn progress_counts_names_and_files() {
        let it = folder(&["IM1", "IM2", ".x"]);
        let told = std::sync::Mutex::new(Vec::new());
        let progress = |looked, found| told.lock().unwrap().push((looked, found));
        let watch = Watch::default().with(&progress);
        gather(it.path().to_str().unwrap(), watch).unwrap();
        assert_eq!(told.into_inner().unwrap(), [(1, 0), (2, 0), (3, 1)]);
    }

    #[test]
    fn a_search_ends_at_its_limit_and_says_so() {
        let it = folder(&["IM1", "IM2", "IM3"]);
        let mut search = Search::new("scans", Watch::default());
        search.looked_at = MAX_ENTRIES - 2;
        search.named(it.path()).unwrap();
        assert_eq!(search.found.files.len(), 2);
        let [(name, why)] = search.found.skipped.as_slice() else {
            panic!("{:?}", search.found.skipped);
        };
        assert_eq!(name, "scans");
        assert!(
            why.contains("not searched to its end: 1000000 names"),
            "{why}"
        );
    }

    #[cfg(unix)]
    #[test]
    fn links_are_followed_but_never_twice() {
        use std::os::unix::fs::symlink;
        let it = folder(&["a/IM1", "b/IM2"]);
        let path = |name: &str| it.path().join(name);
        symlink(it.path(), path("a/up")).unwrap();
        symlink(path("b"), path("a/side")).unwrap();
        symlink(path("b/IM2"), path("b/copy")).unwrap();
        symlink("nowhere", path("b/dangling")).unwrap();
        let skipped = check(&it, "", &["a/IM1", "a/side/IM2"]);
        assert_eq!(
            skipped,
            [("dangling".to_owned(), "is a link to nothing".to_owned())]
        );
        check(&it, "**/IM2", &["b/IM2"]);
        assert_eq!(
            gathered(&it, "b/dangling").unwrap_err(),
            "is a link to nothing"
        );
    }

    #[cfg(unix)]
    #[test]
    fn what_is_no_regular_file_is_left_alone() {
        let it = folder(&["IM1"]);
        let _socket = std::os::unix::net::UnixListener::bind(it.path().join("s")).unwrap();
        let skipped = check(&it, "", &["IM1"]);
        assert_eq!(
            skipped,
            [("s".to_owned(), "is not a regular file".to_owned())]
        );
        assert!(
            gathered(&it, "s")
                .unwrap_err()
                .contains("not a regular file")
        );
    }
}
