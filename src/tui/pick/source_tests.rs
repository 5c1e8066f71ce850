//! Folders and sessions as they may be in, what a browser is told out.

use std::cell::RefCell;
use std::ffi::OsStr;

use super::*;
use crate::session::search::Kind as Found;

static NEVER: AtomicBool = AtomicBool::new(false);

fn session(title: &str, questions: &[(&str, &str)]) -> String {
    let mut lines = vec![
        r#"{"version":1,"lab":"0.1.0","id":"0123456789abcdef","started":"2026-11-24T15:06:00Z","model":{"name":"phantom"},"template":"gemma3/1","settings":{}}"#.to_owned(),
    ];
    lines.push(format!(r#"[0,"title",{{"text":"{title}"}}]"#));
    lines.extend(questions.iter().map(|it| it.0.to_owned()));
    lines.join("\n") + "\n"
}

#[test]
fn folders_come_first_and_numbers_count_by_value() {
    let dir = tempfile::tempdir().unwrap();
    for name in [
        "IM10.dcm",
        "im2.dcm",
        "IM1.dcm",
        "b.png",
        ".hidden",
        "胸片.png",
    ] {
        fs::write(dir.path().join(name), "x").unwrap();
    }
    fs::create_dir(dir.path().join("z-folder")).unwrap();
    let listing = folder(dir.path(), Lang::En, &NEVER).unwrap();
    let names: Vec<&OsStr> = listing
        .entries
        .iter()
        .map(|it| it.name.as_os_str())
        .collect();
    assert_eq!(
        names,
        [
            "z-folder",
            ".hidden",
            "b.png",
            "IM1.dcm",
            "im2.dcm",
            "IM10.dcm",
            "胸片.png"
        ]
    );
    assert_eq!(listing.entries[0].kind, Kind::Folder);
    assert!(!listing.is_cut && listing.problem.is_none());
}

#[cfg(unix)]
#[test]
fn links_are_what_they_lead_to_and_nobody_waits_for_a_pipe() {
    use std::os::unix::ffi::OsStrExt as _;
    use std::os::unix::fs::symlink;
    use std::os::unix::net::UnixListener;
    let dir = tempfile::tempdir().unwrap();
    let at = |name: &str| dir.path().join(name);
    fs::create_dir(at("folder")).unwrap();
    symlink(at("folder"), at("to-folder")).unwrap();
    symlink(at("nowhere"), at("to-nowhere")).unwrap();
    symlink(at("round"), at("round")).unwrap();
    let _socket = UnixListener::bind(at("socket")).unwrap();
    fs::write(dir.path().join(OsStr::from_bytes(b"\xff.png")), "x").unwrap();
    let listing = folder(dir.path(), Lang::En, &NEVER).unwrap();
    let kinds: Vec<_> = listing
        .entries
        .iter()
        .map(|it| (it.name.to_string_lossy().into_owned(), it.kind))
        .collect();
    let expected = [
        ("folder", Kind::Folder),
        ("to-folder", Kind::Folder),
        ("\u{fffd}.png", Kind::File),
        ("round", Kind::Other),
        ("socket", Kind::Other),
        ("to-nowhere", Kind::Other),
    ];
    assert_eq!(kinds, expected.map(|(name, kind)| (name.to_owned(), kind)));
}

#[test]
fn a_folder_that_is_not_there_is_a_sentence() {
    let listing = folder(Path::new("/nowhere/at/all"), Lang::Zh, &NEVER).unwrap();
    assert_eq!(listing.problem.as_deref(), Some("没有该文件夹"));
    assert!(folder(Path::new("/"), Lang::En, &AtomicBool::new(true)).is_none());
}

#[test]
fn a_huge_folder_is_cut() {
    let dir = tempfile::tempdir().unwrap();
    for number in 0..=ENTRIES {
        fs::write(dir.path().join(format!("{number}.png")), "").unwrap();
    }
    let listing = folder(dir.path(), Lang::En, &NEVER).unwrap();
    assert_eq!((listing.entries.len(), listing.is_cut), (ENTRIES, true));
    assert_eq!(listing.entries[10].name, "10.png");
}

#[test]
fn long_numbers_are_sorted_by_value_too() {
    let mut names = [
        "a10b",
        "a9",
        "A2",
        "a010",
        "a00",
        "a1.2.10",
        "a1.2.9",
        "x",
        "1".repeat(255).leak(),
        "2",
    ];
    names.sort_by_key(|it| sort_key(it));
    let long: &str = "1".repeat(255).leak();
    assert_eq!(
        names,
        [
            "2", long, "a00", "a1.2.9", "a1.2.10", "A2", "a9", "a010", "a10b", "x"
        ]
    );
}

/// What is told, in words.
fn told(msgs: &[Msg]) -> Vec<String> {
    let words = |msg: &Msg| match msg {
        Msg::News(News::Sessions { rows, is_last }) => {
            let about = |it: &SessionRow| match &it.about {
                None => "?".to_owned(),
                Some(Ok(about)) => format!("{} {} turns", about.title, about.turns),
                Some(Err(problem)) => problem.clone(),
            };
            let rows = rows.iter().map(|it| format!("{}: {}", it.name, about(it)));
            format!("{} {is_last}", rows.collect::<Vec<_>>().join(" | "))
        }
        Msg::News(News::Hits { path, hits, .. }) => {
            let line = |it: &crate::session::search::Hit| {
                let parts = it.line.iter().map(|it| it.text.as_str());
                format!(
                    "{}{}",
                    if it.kind == Found::Title {
                        "title "
                    } else {
                        ""
                    },
                    parts.collect::<String>()
                )
            };
            let lines: Vec<String> = hits.iter().map(line).collect();
            format!("{}: {}", name(path), lines.join(" | "))
        }
        Msg::News(News::Searched { query }) => format!("searched {query}"),
        other => format!("{other:?}"),
    };
    msgs.iter().map(words).collect()
}

fn folder_of_sessions() -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| fs::write(dir.path().join(name), text).unwrap();
    write("first.jsonl", &session("Pleural effusion", &[]));
    write("second.jsonl", &session("胸腔积液", &[]));
    write("broken.jsonl", "no session");
    write(".lock.jsonl", "");
    write("notes.txt", "");
    let old = SystemTime::UNIX_EPOCH + std::time::Duration::from_mins(1);
    let file = fs::File::options()
        .append(true)
        .open(dir.path().join("second.jsonl"))
        .unwrap();
    file.set_modified(old).unwrap();
    dir
}

#[test]
fn sessions_are_told_at_once_and_then_what_is_in_them() {
    let dir = folder_of_sessions();
    let mut msgs = Vec::new();
    sessions(dir.path(), Lang::En, &NEVER, &mut |it| msgs.push(it)).unwrap();
    let told = told(&msgs);
    assert_eq!(told.len(), 2, "{told:?}");
    assert!(told[0].ends_with("second: ? false"), "{told:?}");
    assert!(
        told[1].contains("first: Pleural effusion 0 turns"),
        "{told:?}"
    );
    assert!(
        told[1].ends_with("second: 胸腔积液 0 turns true"),
        "{told:?}"
    );
    let Msg::News(News::Sessions { rows, .. }) = &msgs[1] else {
        panic!("these are sessions");
    };
    assert_eq!(rows[2].changed, "1970-01-01 00:01");
    let broken = rows.iter().find(|it| it.name == "broken").unwrap();
    assert!(matches!(broken.about, Some(Err(_))));
}

#[test]
fn a_folder_that_is_not_there_has_no_sessions() {
    let mut msgs = Vec::new();
    sessions(Path::new("/nowhere"), Lang::En, &NEVER, &mut |it| {
        msgs.push(it);
    })
    .unwrap();
    assert_eq!(told(&msgs), [" true"]);
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("file");
    fs::write(&file, "").unwrap();
    assert!(sessions(&file, Lang::En, &NEVER, &mut |_| {}).is_err());
}

#[test]
fn words_are_looked_for_in_every_session_until_it_is_cancelled() {
    let dir = folder_of_sessions();
    let paths: Vec<PathBuf> = ["first", "broken", "nowhere", "second"]
        .map(|it| dir.path().join(format!("{it}.jsonl")))
        .to_vec();
    let look = |typed: &str, cancel: &AtomicBool| {
        let msgs = RefCell::new(Vec::new());
        search(typed, &paths, cancel, &mut |it| msgs.borrow_mut().push(it));
        told(&msgs.into_inner())
    };
    assert_eq!(
        look("EFFUSION pleural", &NEVER),
        ["first: title Pleural effusion", "searched EFFUSION pleural"]
    );
    assert_eq!(
        look("积液", &NEVER),
        ["second: title 胸腔积液", "searched 积液"]
    );
    assert_eq!(
        look("\"effusion pleural\"", &NEVER),
        ["searched \"effusion pleural\""]
    );
    assert_eq!(look("  ", &NEVER), ["searched   "]);
    assert!(look("积液", &AtomicBool::new(true)).is_empty());
}

#[test]
fn a_session_is_read_from_its_beginning() {
    let dir = folder_of_sessions();
    let text = |name: &str| {
        let lines = conversation(&dir.path().join(name), Lang::En, &NEVER).unwrap();
        let lines: Vec<String> = lines.iter().map(|it| it.text().to_owned()).collect();
        lines.join("\n")
    };
    assert!(text("first.jsonl").starts_with("Pleural effusion\nsession first\n"));
    assert!(!text("broken.jsonl").is_empty());
    assert!(text("nowhere.jsonl").contains("there is no such session"));
    let path = dir.path().join("first.jsonl");
    assert!(conversation(&path, Lang::En, &AtomicBool::new(true)).is_none());
}

#[test]
fn a_recorded_conversation_is_shown() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("sessions");
    let entry = folder.join("chinese.jsonl");
    let lines = conversation(&entry, Lang::Zh, &NEVER).unwrap();
    let texts: Vec<&str> = lines.iter().map(Line::text).collect();
    assert!(
        texts.iter().any(|it| it.starts_with("第 1 轮")),
        "{texts:?}"
    );
}
