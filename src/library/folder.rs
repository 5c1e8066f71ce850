//! A folder of prompt files in; the prompts that are in it, and one sentence for each file that is none, out.

use std::collections::BTreeMap;
use std::io::{ErrorKind, Read as _};
use std::path::{Path, PathBuf};

use super::file::{self, Kind, name_of};
use super::table::Trouble;
use super::{Place, Possible, Problem, Prompt};

/// The largest file, in bytes. A prompt is a page of text.
const LARGEST: u64 = 256 * 1024;

/// The most files of a folder that are read.
const MOST: usize = 1000;

/// Reads the files `*.toml` and `*.md` of a folder, by name; hidden files, `README.md` and folders are passed over. A
/// folder that does not exist has none.
pub(super) fn read(folder: &Path, possible: Possible<'_>) -> (Vec<Prompt>, Vec<Problem>) {
    let mut problems = Vec::new();
    let whole = |file: &Path, problem: String| Problem {
        file: file.to_owned(),
        line: None,
        problem,
    };
    let mut files = match files(folder) {
        Ok(files) => files,
        Err(err) if err.kind() == ErrorKind::NotFound => return (Vec::new(), problems),
        Err(err) => {
            let problem = format!("the folder cannot be read: {}", reason(&err));
            problems.push(whole(folder, problem));
            return (Vec::new(), problems);
        }
    };
    files.sort();
    if files.len() > MOST {
        let problem = format!(
            "there are {} prompt files; only the first {MOST} by name are read",
            files.len()
        );
        problems.push(whole(folder, problem));
        files.truncate(MOST);
    }
    let mut prompts: BTreeMap<String, Prompt> = BTreeMap::new();
    for path in files {
        let Some((name, kind)) = name_of(&path) else {
            let problem = "its name is no text; use lower-case words with dashes".to_owned();
            problems.push(whole(&path, problem));
            continue;
        };
        if let Some(first) = prompts.get(name) {
            let other = match &first.place {
                Place::Own { file, .. } => file.file_name().unwrap_or_default().to_string_lossy(),
                Place::BuiltIn => "the built-in one".into(),
            };
            let problem = format!("the name {name:?} is taken by {other}; rename one of the two");
            problems.push(whole(&path, problem));
            prompts.remove(name);
            continue;
        }
        match one(&path, name, kind, possible) {
            Ok(prompt) => {
                prompts.insert(name.to_owned(), prompt);
            }
            Err(Trouble { line, problem }) => problems.push(Problem {
                file: path,
                line,
                problem,
            }),
        }
    }
    (prompts.into_values().collect(), problems)
}

/// The files of a folder that look like prompts.
fn files(folder: &Path) -> std::io::Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for entry in fs_err::read_dir(folder)? {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let extension = path.extension().unwrap_or_default();
        let looks = extension == "toml" || extension == "md";
        let passed_over = name.starts_with('.') || name.eq_ignore_ascii_case("readme.md");
        if looks && !passed_over && !path.is_dir() {
            files.push(path);
        }
    }
    Ok(files)
}

fn one(path: &Path, name: &str, kind: Kind, possible: Possible<'_>) -> Result<Prompt, Trouble> {
    let text = text(path).map_err(|problem| Trouble {
        line: None,
        problem,
    })?;
    let mut prompt = file::read(name, kind, &text, possible)?;
    prompt.place = Place::Own {
        file: path.to_owned(),
        replaces: false,
    };
    Ok(prompt)
}

/// The text of a file of moderate length; nothing that could make a reader wait (a pipe, a device) is opened.
fn text(path: &Path) -> Result<String, String> {
    let cannot = |err: std::io::Error| format!("cannot be read: {}", reason(&err));
    let about = fs_err::metadata(path).map_err(cannot)?;
    if !about.is_file() {
        return Err("is no ordinary file; put the prompt into one".to_owned());
    }
    let file = fs_err::File::open(path).map_err(cannot)?;
    let mut bytes = Vec::new();
    file.take(LARGEST + 1)
        .read_to_end(&mut bytes)
        .map_err(cannot)?;
    if bytes.len() as u64 > LARGEST {
        return Err(format!(
            "is larger than {} KiB; a prompt is a page of text",
            LARGEST / 1024
        ));
    }
    let text = String::from_utf8(bytes).ok();
    text.ok_or_else(|| "is not UTF-8 text; save it with the encoding UTF-8".to_owned())
}

/// What the system says, without the path that stands in front of the sentence already.
fn reason(err: &std::io::Error) -> String {
    match err.kind() {
        ErrorKind::NotFound => "it is not there; a link to it may be broken".to_owned(),
        ErrorKind::PermissionDenied => {
            "reading is not permitted; change its permissions".to_owned()
        }
        kind => kind.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::library::Library;
    use crate::library::tests::anything;
    use crate::settings::Lang;

    struct Folder(tempfile::TempDir);

    impl Folder {
        fn new(files: &[(&str, &[u8])]) -> Self {
            let folder = tempfile::tempdir().unwrap();
            for (name, bytes) in files {
                fs_err::write(folder.path().join(name), bytes).unwrap();
            }
            Self(folder)
        }

        #[track_caller]
        fn check_problems(&self, expected: &[(&str, &str)]) -> Library {
            let library = Library::open(self.0.path(), &anything);
            let found: Vec<String> = library.problems().iter().map(ToString::to_string).collect();
            let place = self.0.path().to_string_lossy();
            let expected: Vec<String> = expected
                .iter()
                .map(|(file, problem)| format!("{place}/{file}{problem}"))
                .collect();
            assert_eq!(found, expected);
            library
        }
    }

    #[test]
    fn own_files_join_the_built_in_ones() {
        let folder = Folder::new(&[
            ("zz.toml", b"text = 'a'"),
            ("findings.md", b"My own words."),
            ("README.md", b"# {{not a prompt"),
            (".hidden.toml", b"no"),
            ("notes.txt", b"no"),
        ]);
        fs_err::create_dir(folder.0.path().join("folder.md")).unwrap();
        let library = folder.check_problems(&[]);
        assert_eq!(
            library.prompts().len(),
            Library::built_in().prompts().len() + 1
        );
        let own = library.find("findings").unwrap();
        assert_eq!(own.wording(Lang::En).text, "My own words.");
        let place = |name: &str| library.find(name).unwrap().place.words(Lang::En);
        let file = folder.0.path().join("findings.md");
        assert_eq!(
            place("findings"),
            format!("{}, in place of the built-in one", file.display())
        );
        assert!(place("zz").ends_with("/zz.toml"));
        assert_eq!(place("localize"), "built in");
        let names: Vec<&str> = library.rows(Lang::En).iter().map(|it| it.name).collect();
        assert!(names.is_sorted());
    }

    #[test]
    fn a_folder_that_is_not_there_has_no_prompts_and_no_problems() {
        let library = Library::open(Path::new("/nowhere/at all"), &anything);
        assert_eq!(library.problems(), []);
        assert_eq!(library.prompts(), Library::built_in().prompts());
    }

    #[test]
    fn a_folder_that_is_a_file_is_one_sentence() {
        let folder = Folder::new(&[("a.toml", b"text = 'a'")]);
        let file = folder.0.path().join("a.toml");
        let library = Library::open(&file, &anything);
        let found = library.problems()[0].to_string();
        assert_eq!(
            found,
            format!(
                "{}: the folder cannot be read: not a directory",
                file.display()
            )
        );
    }

    #[test]
    fn a_broken_file_is_reported_and_hides_no_other() {
        let large = vec![b'#'; 256 * 1024 + 1];
        let folder = Folder::new(&[
            ("a.toml", b"text = 'fine'"),
            ("Big-Name.toml", b"text = 'a'"),
            ("binary.md", b"\xff\xfe\x00"),
            ("findings.toml", b"\n\ntext = '{{x}}'"),
            ("large.toml", &large),
            ("twice.md", b"a"),
            ("twice.toml", b"text = 'b'"),
        ]);
        let link = std::os::unix::fs::symlink("nothing", folder.0.path().join("link.toml"));
        link.unwrap();
        let library = folder.check_problems(&[
            (
                "Big-Name.toml",
                ": \"Big-Name\" is no name of a prompt; use lower-case words with dashes, as in chest-findings",
            ),
            ("binary.md", ": is not UTF-8 text; save it with the encoding UTF-8"),
            ("findings.toml", ":3: text uses {{x}}, which is not declared; add [variables.x]"),
            ("large.toml", ": is larger than 256 KiB; a prompt is a page of text"),
            ("link.toml", ": cannot be read: it is not there; a link to it may be broken"),
            ("twice.toml", ": the name \"twice\" is taken by twice.md; rename one of the two"),
        ]);
        assert!(library.find("a").is_ok());
        // no built-in prompt and no other file silently stands in
        for name in ["findings", "twice"] {
            let problem = library.find(name).unwrap_err().to_string();
            assert!(problem.contains(&format!("/{name}.toml")), "{problem}");
            assert!(library.prompts().iter().all(|it| it.name != name));
        }
    }

    #[test]
    fn an_unknown_name_gets_a_hint() {
        let library = Library::built_in();
        let check = |name: &str, end: &str| {
            let found = library.find(name).unwrap_err().to_string();
            assert_eq!(found, format!("no prompt is called {name:?}; {end}"));
        };
        check("localise", "did you mean localize?");
        check("finding", "did you mean findings?");
        let names: Vec<&str> = library
            .prompts()
            .iter()
            .map(|it| it.name.as_str())
            .collect();
        let all = format!("there are {}", names.join(", "));
        check("", &all);
        check("\u{1b}[2J zzzzzzzzz", &all);
    }

    #[test]
    fn a_pipe_is_not_waited_for() {
        let folder = Folder::new(&[]);
        let pipe = folder.0.path().join("pipe.toml");
        let made = std::process::Command::new("mkfifo")
            .arg(&pipe)
            .status()
            .unwrap();
        assert!(made.success());
        folder.check_problems(&[(
            "pipe.toml",
            ": is no ordinary file; put the prompt into one",
        )]);
    }

    #[test]
    fn a_crowd_of_files_is_cut_off_and_said() {
        let folder = Folder::new(&[]);
        for index in 0..1001 {
            fs_err::write(folder.0.path().join(format!("p{index:04}.md")), "a").unwrap();
        }
        let library = Library::open(folder.0.path(), &anything);
        let place = folder.0.path().display();
        assert_eq!(
            library.problems()[0].to_string(),
            format!("{place}: there are 1001 prompt files; only the first 1000 by name are read")
        );
        assert!(library.find("p0999").is_ok());
        assert!(library.find("p1000").is_err());
    }

    #[test]
    fn a_place_is_named_safely() {
        let file = PathBuf::from("/a\u{1b}[2J/b.md");
        let problem = Problem {
            file: file.clone(),
            line: Some(2),
            problem: "x".to_owned(),
        };
        assert_eq!(problem.to_string(), "/a\\u{1b}[2J/b.md:2: x");
        let place = Place::Own {
            file,
            replaces: true,
        };
        assert_eq!(place.words(Lang::Zh), "/a\\u{1b}[2J/b.md(替代内置提示)");
    }
}
