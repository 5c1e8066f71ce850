//! A zip archive in, its members that may be pictures, and what each of them is, out; nothing is written anywhere.
//!
//! A member is unpacked no further than its header reaches. What is refused is said: encrypted members, archives inside the
//! archive, members that unpack to far more than they take. A member's name is only ever a name.

use std::fs::File;
use std::io::{BufReader, Read, Seek, SeekFrom};
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};

use glob::Pattern;
use rayon::prelude::*;

use super::gather::{Gathered, MAX_FILES, is_hidden, is_pattern};
use super::natural;
use crate::imaging::about::About;
use crate::imaging::source::Source;
use crate::imaging::watch::{STOPPED, Watch};
use crate::imaging::{Fallible, guard, look, origin, read};

/// How many of a member's first bytes are read, until its header is whole.
const HEADS: [u64; 3] = [64 << 10, 4 << 20, guard::MAX_FILE_BYTES];
/// Most bytes that all members together are unpacked to in one scan.
const MAX_UNPACKED: u64 = 16 << 30;
/// A member of more than this …
const SUSPECT_BYTES: u64 = 16 << 20;
/// … that is this many times smaller in the archive is nothing but one value over and over.
const MAX_RATIO: u64 = 1000;

type Archive = zip::ZipArchive<BufReader<File>>;

/// Whether a file begins like a zip archive, with or without members.
pub(super) fn is_archive(head: &[u8]) -> bool {
    head.starts_with(b"PK\x03\x04") || head.starts_with(b"PK\x05\x06")
}

/// The members of an archive that may be pictures: all, those in a folder, the one of this name, or those that a pattern names.
///
/// # Errors
/// When the archive cannot be read, holds too much, or has nothing of that name.
pub(super) fn members(path: &Path, wanted: Option<&str>) -> Fallible<Gathered> {
    let mut archive = open(path)?;
    let wanted = wanted.map(Wanted::new).transpose()?;
    let mut gathered = Gathered::default();
    let mut names = Vec::new();
    let mut met = false;
    for index in 0..archive.len() {
        let Ok(member) = archive.by_index_raw(index) else {
            gathered.skip_one("one of its members", "has a damaged header in the archive");
            continue;
        };
        let Ok(name) = member.name().map(std::borrow::Cow::into_owned) else {
            gathered.skip_one("one of its members", "has a name that cannot be read");
            continue;
        };
        if member.is_dir() || wanted.as_ref().is_some_and(|wanted| !wanted.takes(&name)) {
            continue;
        }
        met = true;
        match refused(&name, &member) {
            Some(why) => gathered.skip_one(&name, why),
            None => names.push(name),
        }
    }
    if let Some(Wanted { name, .. }) = wanted.filter(|_| !met) {
        return Err(format!("has no member '{}'", origin::printable(&name)));
    }
    names.sort_by(|a, b| natural::compare(a, b));
    gathered
        .files
        .extend(names.into_iter().map(|name| Source::Member {
            archive: path.to_owned(),
            name,
        }));
    Ok(gathered)
}

/// Which members are meant.
struct Wanted {
    name: String,
    pattern: Option<Pattern>,
}

impl Wanted {
    fn new(name: &str) -> Fallible<Self> {
        let pattern = is_pattern(name)
            .then(|| Pattern::new(name))
            .transpose()
            .map_err(|error| format!("is no pattern for members of an archive: {error}"))?;
        Ok(Self {
            name: name.to_owned(),
            pattern,
        })
    }

    fn takes(&self, member: &str) -> bool {
        let in_folder = member
            .strip_prefix(self.name.trim_end_matches('/'))
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
        in_folder || self.pattern.as_ref().is_some_and(|it| it.matches(member))
    }
}

/// Why a member is not looked at.
fn refused<R: Read + Seek>(name: &str, member: &zip::read::ZipFile<'_, R>) -> Option<&'static str> {
    let (packed, unpacked) = (member.compressed_size(), member.size());
    if name
        .split('/')
        .any(|part| is_hidden(part) || part == "__MACOSX")
    {
        return Some("is hidden");
    }
    if member.is_symlink() {
        return Some("is a link inside an archive, which is not followed");
    }
    if member.encrypted() {
        return Some("is encrypted: unpack the archive with its password first");
    }
    if unpacked > guard::MAX_FILE_BYTES {
        return Some("is too large: more than 512 MiB when unpacked");
    }
    if unpacked > SUSPECT_BYTES && unpacked / MAX_RATIO > packed {
        return Some("is not unpacked: it is more than 1000 times larger than in the archive");
    }
    None
}

/// Looks at members of one archive, in parallel; answers are in the order of `names`.
///
/// `looked` is called once a member.
pub(super) fn about(
    path: &Path,
    names: &[&str],
    looked: &(dyn Fn() + Sync),
    watch: Watch<'_>,
) -> Vec<Fallible<About>> {
    let left = AtomicU64::new(MAX_UNPACKED);
    // every share reads the archive's directory anew: few shares
    let shares = rayon::current_num_threads().min(4);
    let share = names.len().div_ceil(shares).max(1);
    names
        .par_chunks(share)
        .flat_map_iter(|names| {
            let mut archive = open(path);
            names
                .iter()
                .map(|name| {
                    let about = match &mut archive {
                        Ok(_) if watch.is_stopped() => Err(STOPPED.to_owned()),
                        Ok(archive) => one(archive, name, &left),
                        Err(problem) => Err(problem.clone()),
                    };
                    looked();
                    about
                })
                .collect::<Vec<_>>()
        })
        .collect()
}

fn one(archive: &mut Archive, name: &str, left: &AtomicU64) -> Fallible<About> {
    let mut member = archive
        .by_name(name)
        .map_err(|error| format!("cannot be unpacked: {}", origin::reason(&error)))?;
    let mut one = None;
    let mut bytes = Vec::new();
    let mut last = Err("is an empty file, expected a picture".to_owned());
    for most in HEADS {
        if most == guard::MAX_FILE_BYTES {
            one.get_or_insert_with(look::large);
        }
        let before = bytes.len() as u64;
        (&mut member)
            .take(most.saturating_sub(before))
            .read_to_end(&mut bytes)
            .map_err(|error| read::because(&error))?;
        if is_archive(&bytes) {
            return Err("is a zip archive inside a zip archive: unpack it first".to_owned());
        }
        spend(left, bytes.len() as u64 - before)?;
        last = guard::catch(|| look::of_bytes(&bytes));
        let is_hopeless = matches!(read::kind(&bytes), read::Kind::Other(_));
        if last.is_ok() || is_hopeless || (bytes.len() as u64) < most {
            break;
        }
    }
    last
}

/// Counts unpacked bytes.
fn spend(left: &AtomicU64, bytes: u64) -> Fallible<()> {
    let spent = left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| {
        left.checked_sub(bytes)
    });
    match spent {
        Ok(_) => Ok(()),
        Err(_) => {
            Err("is not looked at: the archive's members unpack to more than 16 GiB".to_owned())
        }
    }
}

fn open(path: &Path) -> Fallible<Archive> {
    let file = File::open(path).map_err(|error| read::because(&error))?;
    let mut file = BufReader::new(file);
    if let Some(count) = announced(&mut file)
        && count > MAX_FILES as u64
    {
        return Err(format!(
            "is too large: {count} files in the archive, at most {MAX_FILES} are looked at"
        ));
    }
    let damaged = |error: zip::result::ZipError| {
        format!("is a damaged zip archive: {}", origin::reason(&error))
    };
    let archive = Archive::new(file).map_err(damaged)?;
    match archive.len() {
        count if count > MAX_FILES => Err(format!(
            "is too large: {count} files in the archive, at most {MAX_FILES} are looked at"
        )),
        _ => Ok(archive),
    }
}

/// How many members the end of a large archive announces (APPNOTE 4.3.14; small ones hold 65 535 at most), read before the
/// directory itself is: its size is what a hostile archive would have us remember.
fn announced(file: &mut (impl Read + Seek)) -> Option<u64> {
    const LONGEST_END: u64 = 22 + 65_535 + 20 + 56;
    let len = file.seek(SeekFrom::End(0)).ok()?;
    file.seek(SeekFrom::Start(len.saturating_sub(LONGEST_END)))
        .ok()?;
    let mut tail = Vec::new();
    file.take(LONGEST_END).read_to_end(&mut tail).ok()?;
    file.rewind().ok()?;
    let mark = tail.windows(4).rposition(|four| four == b"PK\x06\x06")?;
    let eight = tail.get(mark + 32..mark + 40)?.try_into().ok()?;
    Some(u64::from_le_bytes(eight))
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use zip::write::SimpleFileOptions;

    use super::*;

    /// An archive of these members, in a folder that is removed with the first value.
    fn archive(members: &[(&str, &[u8])]) -> (tempfile::TempDir, std::path::PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("study.zip");
        let mut writer = zip::ZipWriter::new(File::create(&path).unwrap());
        for (name, bytes) in members {
            writer
                .start_file(*name, SimpleFileOptions::default())
                .unwrap();
            writer.write_all(bytes).unwrap();
        }
        writer.finish().unwrap();
        (folder, path)
    }

    fn names(gathered: &Gathered) -> Vec<String> {
        gathered.files.iter().map(Source::name).collect()
    }

    #[test]
    fn members_are_listed_in_natural_order_without_hidden_ones() {
        let (_folder, path) = archive(&[
            ("a/IM10", b"x"),
            ("a/IM9", b"x"),
            ("a/.DS_Store", b"x"),
            ("__MACOSX/IM9", b"x"),
            ("b/IM1", b"x"),
        ]);
        let all = members(&path, None).unwrap();
        assert_eq!(names(&all), ["IM9", "IM10", "IM1"]);
        assert_eq!(all.skipped.len(), 2);
        assert_eq!(names(&members(&path, Some("a")).unwrap()), ["IM9", "IM10"]);
        assert_eq!(names(&members(&path, Some("a/IM9")).unwrap()), ["IM9"]);
        assert_eq!(names(&members(&path, Some("*/IM1")).unwrap()), ["IM1"]);
        assert!(
            members(&path, Some("a/IM"))
                .unwrap_err()
                .contains("no member 'a/IM'")
        );
    }

    #[test]
    fn a_name_is_only_a_name() {
        let (_folder, path) =
            archive(&[("../../../etc/\u{1b}[2Jpasswd", b"x"), ("/abs/IM1", b"x")]);
        let all = members(&path, None).unwrap();
        assert_eq!(names(&all), ["\\u{1b}[2Jpasswd", "IM1"]);
    }

    #[test]
    fn what_unpacks_to_too_much_is_left_packed() {
        let zeros = vec![0; 17 << 20];
        let (_folder, path) = archive(&[("bomb", &zeros), ("small", &zeros[..1 << 20])]);
        let all = members(&path, None).unwrap();
        assert_eq!(names(&all), ["small"]);
        assert!(
            all.skipped[0].1.contains("1000 times larger"),
            "{:?}",
            all.skipped
        );
    }

    #[test]
    fn encrypted_members_are_left_out_with_the_reason() {
        let (_folder, path) = archive(&[("a", b"x"), ("b", b"x")]);
        let mut bytes = std::fs::read(&path).unwrap();
        // general purpose flag, bit 0, in the directory's entry of the second member
        let entry = bytes
            .windows(4)
            .rposition(|four| four == b"PK\x01\x02")
            .unwrap();
        bytes[entry + 8] |= 1;
        std::fs::write(&path, &bytes).unwrap();
        let all = members(&path, None).unwrap();
        assert_eq!(names(&all), ["a"]);
        assert!(all.skipped[0].1.contains("encrypted"));
    }

    #[test]
    fn an_archive_in_an_archive_is_not_unpacked() {
        let (_folder, path) = archive(&[
            ("inner.zip", b"PK\x03\x04 and so on"),
            ("note.txt", b"nothing to see"),
        ]);
        let looked = std::sync::atomic::AtomicU32::new(0);
        let count = || {
            looked.fetch_add(1, Ordering::Relaxed);
        };
        let names = ["inner.zip", "note.txt", "gone"];
        let abouts = about(&path, &names, &count, Watch::default());
        let problems: Vec<String> = abouts.into_iter().map(Result::unwrap_err).collect();
        assert!(
            problems[0].contains("zip archive inside a zip archive"),
            "{problems:?}"
        );
        assert!(problems[1].contains("text file"), "{problems:?}");
        assert!(problems[2].contains("cannot be unpacked"), "{problems:?}");
        assert_eq!(looked.into_inner(), 3);
    }

    #[test]
    fn what_all_members_unpack_to_is_counted() {
        let left = AtomicU64::new(100);
        assert!(spend(&left, 60).is_ok());
        assert!(spend(&left, 41).unwrap_err().contains("16 GiB"));
        assert!(spend(&left, 40).is_ok());
        assert!(spend(&left, 1).is_err());
    }

    #[test]
    fn the_number_of_members_is_judged_before_they_are_read() {
        let mut end = b"PK\x06\x06".to_vec();
        end.extend([0; 28]);
        end.extend(3_000_000_000_u64.to_le_bytes());
        end.extend([0; 80]);
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("many.zip");
        std::fs::write(&path, end).unwrap();
        let problem = members(&path, None).unwrap_err();
        assert!(problem.contains("3000000000 files"), "{problem}");
    }

    #[test]
    fn damaged_archives_are_a_sentence() {
        let (_folder, path) = archive(&[
            ("a", b"some bytes that are long enough to be packed"),
            ("b", b"x"),
        ]);
        let whole = std::fs::read(&path).unwrap();
        for end in 0..whole.len() {
            std::fs::write(&path, &whole[..end]).unwrap();
            assert!(members(&path, None).is_err(), "{end}");
        }
        for at in 0..whole.len() {
            let mut bytes = whole.clone();
            bytes[at] ^= 0x81;
            std::fs::write(&path, &bytes).unwrap();
            let Ok(all) = members(&path, None) else {
                continue;
            };
            let names: Vec<&str> = all.files.iter().filter_map(member_name).collect();
            assert_eq!(
                about(&path, &names, &|| {}, Watch::default()).len(),
                names.len()
            );
        }
    }

    fn member_name(source: &Source) -> Option<&str> {
        match source {
            Source::Member { name, .. } => Some(name),
            _ => None,
        }
    }
}
