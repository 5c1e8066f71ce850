//! Rules of the house that no linter knows: first lines, lengths, depth, and which layer may know which.

use std::path::{Path, PathBuf};

/// A file of ours: its path from the top of the repository, and its text.
struct File {
    path: String,
    text: String,
}

/// A layer, what its files may not mention, and why.
const ARROWS: &[(&str, &[&str], &str)] = &[
    (
        "imaging",
        &[
            "candle",
            "safetensors",
            "crate::model",
            "crate::engine",
            "crate::preprocess",
            "crate::prompt",
            "crate::tokenizer",
            "crate::session",
            "crate::lab",
            "crate::cmd",
            "crate::cli",
            "crate::settings",
            "crate::repl",
            "viuer",
        ],
        "pictures know no tensors and nobody above them",
    ),
    (
        "model",
        &[
            "tokenizers",
            "crate::tokenizer",
            "crate::prompt",
            "crate::context",
            "crate::imaging",
            "crate::session",
            "crate::engine",
            "crate::lab",
            "crate::cmd",
            "crate::cli",
            "crate::settings",
            "crate::terminal",
            "crate::repl",
        ],
        "the model knows no text, no picture, no terminal and no session",
    ),
    (
        "preprocess",
        &[
            "crate::model",
            "crate::engine",
            "crate::prompt",
            "crate::tokenizer",
            "crate::session",
            "crate::lab",
            "crate::cmd",
        ],
        "it stands between pictures and tensors, and knows nobody else",
    ),
    (
        "tokenizer",
        &[
            "candle",
            "crate::model",
            "crate::engine",
            "crate::imaging",
            "crate::session",
            "crate::lab",
            "crate::cmd",
        ],
        "words know no tensors and no pictures",
    ),
    (
        "prompt",
        &[
            "candle",
            "crate::imaging",
            "crate::model",
            "crate::session",
            "crate::lab",
            "crate::cmd",
        ],
        "turns and ids only",
    ),
    (
        "session",
        &[
            "candle",
            "crate::engine",
            "crate::imaging",
            "crate::cmd",
            "crate::repl",
            "crate::terminal",
            "viuer",
            "rustyline",
            "indicatif",
        ],
        "a session knows no screen",
    ),
    (
        "engine",
        &[
            "crate::lab",
            "crate::cmd",
            "crate::cli",
            "crate::settings",
            "crate::repl",
            "crate::terminal",
            "crate::imaging",
        ],
        "the engine takes what is prepared and asks nobody above it",
    ),
    (
        "context",
        &[
            "candle",
            "crate::lab",
            "crate::cmd",
            "crate::settings",
            "crate::repl",
            "crate::terminal",
        ],
        "pure",
    ),
    (
        "lab",
        &[
            "candle",
            "crate::cmd",
            "crate::cli",
            "crate::settings",
            "crate::repl",
            "crate::terminal",
        ],
        "below every front end",
    ),
];

/// Who may speak to standard output and standard error.
const SPEAKERS: &[&str] = &[
    "src/cmd.rs",
    "src/cmd/",
    "src/imaging/child.rs", // answers its parent
    "src/repl/preview.rs",
    "src/terminal.rs",
    "src/tui/terminal/",
];
/// Who may derive serde: the readers of a checkpoint's JSON, and what travels between the program and its decoding child.
const SERDE: &[&str] = &[
    "src/model/config.rs",
    "src/imaging/about.rs",
    "src/imaging/dicom/tags.rs",
    "src/imaging/frame.rs",
    "src/imaging/origin.rs",
    "src/imaging/service.rs",
    "src/imaging/source.rs",
    "src/imaging/volume.rs",
    "src/imaging/window.rs",
    "src/session/v1/",
    "src/experiment/row.rs",
];

#[test]
fn every_file_begins_with_what_it_is() {
    let bad = rust_files().filter(|it| {
        let first = it.text.lines().next().unwrap_or_default();
        let sentence = first.strip_prefix("//! ").unwrap_or_default();
        sentence.len() < 20 || !sentence.ends_with(['.', ':'])
    });
    assert_none(
        bad.map(|it| it.path),
        "the first line is no `//! ` sentence saying what comes in and what goes out",
    );
}

#[test]
fn no_file_is_too_long() {
    let bad = rust_files().filter(|it| it.text.lines().count() > 600);
    assert_none(
        bad.map(|it| format!("{}: {} lines", it.path, it.text.lines().count())),
        "longer than 600 lines",
    );
}

#[test]
fn folders_are_two_deep() {
    let bad =
        rust_files().filter(|it| it.path.starts_with("src/") && it.path.matches('/').count() > 3);
    assert_none(bad.map(|it| it.path), "deeper than src/a/b/c.rs");
}

#[test]
fn no_layer_knows_one_above_it() {
    let files: Vec<File> = rust_files().collect();
    let mut bad = Vec::new();
    for (layer, forbidden, why) in ARROWS {
        let (alone, folder) = (format!("src/{layer}.rs"), format!("src/{layer}/"));
        let own: Vec<&File> = files
            .iter()
            .filter(|it| it.path == alone || it.path.starts_with(&folder))
            .collect();
        assert!(
            !own.is_empty(),
            "there is no layer {layer}; the table is out of date"
        );
        for file in own {
            let lines = code(&file.text);
            let hits = lines
                .iter()
                .flat_map(|line| forbidden.iter().filter(move |it| mentions(line, it)));
            bad.extend(hits.map(|word| format!("{}: {word} ({why})", file.path)));
        }
    }
    assert_none(bad.into_iter(), "a layer knows what it must not");
}

#[test]
fn only_commands_and_sinks_print() {
    let words = [
        "println!",
        "print!",
        "eprintln!",
        "eprint!",
        "io::stdout",
        "io::stderr",
        "dbg!",
    ];
    let quiet =
        rust_files().filter(|it| it.path.starts_with("src/") && !is_listed(&it.path, SPEAKERS));
    let bad = quiet.flat_map(|it| {
        let lines = code(&it.text);
        let hits: Vec<String> = words
            .iter()
            .filter(|word| lines.iter().any(|line| mentions(line, word)))
            .map(|word| format!("{}: {word}", it.path))
            .collect();
        hits
    });
    assert_none(bad, "only src/cmd and what it shows things with may print");
}

#[test]
fn serde_is_derived_at_the_boundary_only() {
    let inner =
        rust_files().filter(|it| it.path.starts_with("src/") && !is_listed(&it.path, SERDE));
    let derives = |line: &&str| {
        line.contains("derive(") && (line.contains("Serialize") || line.contains("Deserialize"))
    };
    let bad = inner.filter(|it| code(&it.text).iter().any(|line| derives(&line.as_str())));
    assert_none(
        bad.map(|it| it.path),
        "derives serde; convert at the boundary instead",
    );
}

#[test]
fn no_file_names_the_place_it_was_made_at() {
    let place = ["/wo", "rk/"].concat();
    let bad = all_files().filter(|it| it.text.contains(&place));
    assert_none(
        bad.map(|it| it.path),
        "names a folder that exists on one machine only",
    );
}

#[test]
fn the_map_lists_every_module() {
    let map = read("src/lib.rs");
    let modules = rust_files().filter_map(|it| {
        let name = it
            .path
            .strip_prefix("src/")?
            .strip_suffix(".rs")?
            .to_owned();
        (!name.contains('/') && name != "lib" && name != "main").then_some(name)
    });
    let missing = modules.filter(|name| !map.contains(&format!("pub mod {name};")));
    assert_none(missing, "src/lib.rs does not list it");
}

fn assert_none(bad: impl Iterator<Item = String>, rule: &str) {
    let bad: Vec<String> = bad.collect();
    assert!(bad.is_empty(), "{rule}:\n  {}", bad.join("\n  "));
}

/// The lines that are no comments, up to the unit tests.
fn code(text: &str) -> Vec<String> {
    let lines = text
        .lines()
        .take_while(|line| !line.starts_with("#[cfg(test)]"));
    lines
        .filter(|line| !line.trim_start().starts_with("//"))
        .map(str::to_owned)
        .collect()
}

/// Whether a line has a word, not as the end of a longer one (`println!` in `eprintln!`).
fn mentions(line: &str, word: &str) -> bool {
    line.match_indices(word).any(|(at, _)| {
        let before = line[..at].chars().next_back();
        !before.is_some_and(|it| it.is_alphanumeric() || it == '_')
    })
}

fn is_listed(path: &str, list: &[&str]) -> bool {
    list.iter()
        .any(|it| path == *it || (it.ends_with('/') && path.starts_with(it)))
}

fn rust_files() -> impl Iterator<Item = File> {
    all_files().filter(|it| Path::new(&it.path).extension().is_some_and(|it| it == "rs"))
}

/// Every text file of ours.
fn all_files() -> impl Iterator<Item = File> {
    let mut paths = Vec::new();
    for top in ["src", "tests", "benches", "tools", ".ci"] {
        walk(&root().join(top), &mut paths);
    }
    paths.extend(
        [
            "README.md",
            "BENCHMARKS.md",
            "Cargo.toml",
            ".clippy.toml",
            ".deny.toml",
        ]
        .map(|it| root().join(it)),
    );
    paths.into_iter().filter_map(|path| {
        let text = fs_err::read_to_string(&path).ok()?; // not text: weights, pictures
        let path = path.strip_prefix(root()).ok()?.to_str()?.replace('\\', "/");
        Some(File { path, text })
    })
}

fn walk(folder: &Path, paths: &mut Vec<PathBuf>) {
    for entry in fs_err::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            walk(&path, paths);
        } else {
            paths.push(path);
        }
    }
}

fn read(path: &str) -> String {
    fs_err::read_to_string(root().join(path)).unwrap()
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}
