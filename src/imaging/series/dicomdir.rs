//! A DICOMDIR in, the files that it lists out: those that are really in its folder (PS3.10 clause 8).
//!
//! A file's name in the index leads to what lies in the DICOMDIR's own folder or to nothing.

use std::collections::{HashMap, HashSet};
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};

use super::gather::Gathered;
use super::records::Index;
use crate::imaging::source::Source;
use crate::imaging::{Fallible, read};

/// `MediaStorageDirectoryStorage`.
const DIRECTORY_CLASS: &[u8] = b"1.2.840.10008.1.3.10";
/// Whether a file begins like a DICOMDIR: its meta group names the class of directories.
pub(super) fn is_index(head: &[u8]) -> bool {
    let is_dicom = head.get(128..132) == Some(b"DICM");
    let mut class = head.windows(DIRECTORY_CLASS.len() + 1);
    is_dicom
        && class.any(|it| {
            let (uid, behind) = it.split_at(DIRECTORY_CLASS.len());
            uid == DIRECTORY_CLASS && !behind.iter().any(|b| b.is_ascii_digit() || *b == b'.')
        })
}

/// The files that an index lists and that are there; what is not there is among the skipped.
///
/// # Errors
/// When it cannot be read or lists nothing.
pub(super) fn files(path: &Path) -> Fallible<Gathered> {
    let bytes = read::file(path)?;
    let index = Index::read(&bytes);
    let mut gathered = Gathered::default();
    let name = path.to_string_lossy();
    if index.is_cut {
        gathered.skip_one(&name, "is damaged: only what could be read of it was used");
    }
    let found = index.in_order();
    if found.records.iter().all(|record| record.file.is_none()) {
        return Err(
            "is an index (DICOMDIR) that lists nothing: name its folder instead".to_owned(),
        );
    }
    if let Some(why) = found.note() {
        gathered.skip_one(&name, &why);
    }
    let mut folder = Folder::of(path)?;
    let mut met = HashSet::new();
    for record in found.records {
        let Some(id) = &record.file else {
            continue;
        };
        if !met.insert(id.clone()) {
            continue;
        }
        match folder.find(id) {
            Ok(_) if !record.in_use => {
                gathered.skip_one(last(id), "is marked as deleted in the index");
            }
            Ok(found) => gathered.files.push(Source::File(found)),
            Err(why) => gathered.skip_one(last(id), why),
        }
    }
    Ok(gathered)
}

fn last(id: &[String]) -> &str {
    id.last().map_or("", String::as_str)
}

/// Finds files in the DICOMDIR's folder by names that may differ in case.
struct Folder {
    root: PathBuf,
    /// Its path without links.
    real: PathBuf,
    /// Names on disk by what they are without case and decoration.
    listed: HashMap<PathBuf, HashMap<String, OsString>>,
}

impl Folder {
    fn of(index: &Path) -> Fallible<Self> {
        let root = match index.parent() {
            Some(folder) if !folder.as_os_str().is_empty() => folder,
            _ => Path::new("."),
        };
        Ok(Self {
            root: root.to_owned(),
            real: root.canonicalize().map_err(|error| read::because(&error))?,
            listed: HashMap::new(),
        })
    }

    /// The path of a file by the parts of its name.
    fn find(&mut self, id: &[String]) -> Result<PathBuf, &'static str> {
        const OUTSIDE: &str =
            "is listed in the index, but its name leads out of the folder of the DICOMDIR";
        const MISSING: &str = "is listed in the index, but missing";
        if id.iter().any(|part| !is_plain(part)) {
            return Err(OUTSIDE);
        }
        let mut path = self.root.clone();
        for part in id {
            let name = self.name_on_disk(&path, part).ok_or(MISSING)?;
            path.push(name);
        }
        match path.canonicalize() {
            Ok(real) if !real.starts_with(&self.real) => Err(OUTSIDE),
            Ok(real) if real.is_file() => Ok(path),
            Ok(_) => Err("is listed in the index, but is not a regular file"),
            Err(_missing) => Err(MISSING),
        }
    }

    fn name_on_disk(&mut self, folder: &Path, part: &str) -> Option<OsString> {
        if !self.listed.contains_key(folder) {
            self.listed.insert(folder.to_owned(), list(folder));
        }
        let names = self.listed.get(folder)?;
        names.get(part).or_else(|| names.get(&bare(part))).cloned()
    }
}

/// The names in a folder: as they are, and without case and decoration where no other is called so.
fn list(folder: &Path) -> HashMap<String, OsString> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let mut names: Vec<OsString> = entries.map(|entry| entry.file_name()).collect();
    names.sort();
    let mut found = HashMap::new();
    for name in &names {
        found.insert(name.to_string_lossy().into_owned(), name.clone());
    }
    for name in names {
        found.entry(bare(&name.to_string_lossy())).or_insert(name);
    }
    found
}

/// A name without what file systems of discs add to it (ISO 9660 versions, final points) and in one case.
fn bare(name: &str) -> String {
    let name = name.strip_suffix(";1").unwrap_or(name);
    name.trim_end_matches('.').to_ascii_lowercase()
}

/// A part of a path that names something in its folder and nothing else.
fn is_plain(part: &str) -> bool {
    part != "." && part != ".." && !part.contains(['/', '\\', ':', '\0'])
}

#[cfg(test)]
mod tests {
    use super::super::records::tests::{Written, chain, index};
    use super::*;

    /// A folder with a DICOMDIR of these records and these files on disk.
    fn disc(records: &[Written<'_>], on_disk: &[&str]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        let disc = folder.path().join("disc");
        fs::create_dir(&disc).unwrap();
        fs::write(disc.join("DICOMDIR"), index(records)).unwrap();
        for name in on_disk {
            let path = disc.join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, "x").unwrap();
        }
        folder
    }

    #[track_caller]
    fn check(folder: &tempfile::TempDir, expected: &[&str], skipped: &[(&str, &str)]) {
        let disc = folder.path().join("disc");
        let found = files(&disc.join("DICOMDIR")).unwrap();
        let below = |source: &Source| match source {
            Source::File(path) => path
                .strip_prefix(&disc)
                .unwrap()
                .to_string_lossy()
                .into_owned(),
            other => panic!("{other:?}"),
        };
        assert_eq!(found.files.iter().map(below).collect::<Vec<_>>(), expected);
        assert_eq!(found.skipped.len(), skipped.len(), "{:?}", found.skipped);
        for ((name, why), (expected, because)) in found.skipped.iter().zip(skipped) {
            assert_eq!(name, expected);
            assert!(why.contains(because), "{why}");
        }
    }

    #[test]
    fn an_index_is_known_by_its_class() {
        let bytes = index(&chain(&["IM1"]));
        assert!(is_index(&bytes));
        assert!(!is_index(&bytes[1..]));
        let mut other = bytes;
        let at = other
            .windows(20)
            .position(|it| it == DIRECTORY_CLASS)
            .unwrap();
        other[at + 19] = b'1';
        assert!(!is_index(&other));
    }

    #[test]
    fn files_are_found_whatever_their_case_and_decoration() {
        let records = chain(&[
            "DICOM\\IM1",
            "DICOM\\IM2",
            "DICOM\\IM3",
            "DICOM\\IM4",
            "DICOM\\IM5",
        ]);
        let it = disc(
            &records,
            &[
                "dicom/IM1",
                "dicom/im2",
                "dicom/IM3.;1",
                "dicom/im4.",
                "dicom/other",
            ],
        );
        check(
            &it,
            &["dicom/IM1", "dicom/im2", "dicom/IM3.;1", "dicom/im4."],
            &[("IM5", "listed in the index, but missing")],
        );
        // the name itself comes before those that are nearly it
        check(
            &disc(&chain(&["IM1"]), &["IM1", "im1", "IM1."]),
            &["IM1"],
            &[],
        );
        // and a name is listed once
        check(&disc(&chain(&["IM1", "IM1"]), &["IM1"]), &["IM1"], &[]);
    }

    #[test]
    fn no_name_leads_out_of_the_folder() {
        let records = chain(&[
            "..\\secret",
            "A\\..\\..\\secret",
            ".\\IM1",
            "C:\\IM1",
            "/etc/passwd",
            "IM1",
        ]);
        let it = disc(&records, &["IM1", "A/IM2"]);
        fs::write(it.path().join("secret"), "x").unwrap();
        check(
            &it,
            &["IM1"],
            &[
                ("secret", "leads out of the folder"),
                ("secret", "leads out of the folder"),
                ("IM1", "leads out of the folder"),
                ("IM1", "leads out of the folder"),
                ("passwd", "missing"),
            ],
        );
    }

    #[cfg(unix)]
    #[test]
    fn no_link_leads_out_of_the_folder() {
        use std::os::unix::fs::symlink;
        let it = disc(&chain(&["OUT", "UP\\secret", "IN"]), &["IM1"]);
        let disc = it.path().join("disc");
        fs::write(it.path().join("secret"), "x").unwrap();
        symlink(it.path().join("secret"), disc.join("OUT")).unwrap();
        symlink(it.path(), disc.join("UP")).unwrap();
        symlink(disc.join("IM1"), disc.join("IN")).unwrap();
        check(
            &it,
            &["IN"],
            &[
                ("OUT", "leads out of the folder"),
                ("secret", "leads out of the folder"),
            ],
        );
    }

    #[test]
    fn deleted_and_irregular_entries_are_left_out() {
        let mut records = chain(&["IM1", "IM2", "A"]);
        records[1].in_use = false;
        let it = disc(&records, &["IM1", "IM2", "A/IM3"]);
        check(
            &it,
            &["IM1"],
            &[("IM2", "deleted"), ("A", "not a regular file")],
        );
    }

    #[test]
    fn an_empty_index_is_a_sentence() {
        let it = disc(&[], &["IM1"]);
        let problem = files(&it.path().join("disc/DICOMDIR")).unwrap_err();
        assert!(problem.contains("lists nothing"), "{problem}");
    }
}
