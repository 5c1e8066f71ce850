//! Keys in, one finished input out: editing, history and completion through `rustyline`.

use std::path::PathBuf;

use rustyline::completion::{Completer, FilenameCompleter, Pair};
use rustyline::error::ReadlineError;
use rustyline::highlight::Highlighter;
use rustyline::hint::Hinter;
use rustyline::history::FileHistory;
use rustyline::validate::{ValidationContext, ValidationResult, Validator};
use rustyline::{Cmd, CompletionType, Config, Context, Editor, Helper, KeyEvent};

use crate::command::{COMMANDS, Completion, find};
use crate::imaging;
use crate::library::Library;
use crate::settings::{KEYS, Key, Lang};

/// The line editor of a terminal.
pub struct Lines {
    editor: Editor<Guide, FileHistory>,
    history: Option<PathBuf>,
}

/// What came from the keyboard.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Line {
    /// Enter: a question or a command, possibly of several lines.
    Text(String),
    /// Something that cannot be a question, and why.
    Unreadable(&'static str),
    /// Ctrl-C: forget what was typed.
    Dropped,
    /// Ctrl-D: leave.
    End,
}

impl Lines {
    /// Opens the editor on the terminal; the second part says why the history is not kept, if it is not.
    ///
    /// # Errors
    /// When there is no terminal to edit on.
    pub fn open(
        history: Option<PathBuf>,
        library: Library,
        lang: Lang,
    ) -> anyhow::Result<(Self, Option<String>)> {
        let config = Config::builder()
            .history_ignore_space(true)
            .completion_type(CompletionType::List)
            .auto_add_history(false)
            .build();
        let mut editor = Editor::with_config(config)?;
        editor.set_helper(Some(Guide::new(library, lang)));
        editor.bind_sequence(KeyEvent::ctrl('J'), Cmd::Newline);
        let mut lines = Self { editor, history };
        let trouble = lines
            .remember()
            .err()
            .map(|err| format!("the history is not kept: {err:#}"));
        if trouble.is_some() {
            lines.history = None;
        }
        Ok((lines, trouble))
    }

    /// The next input; asks with the prompt.
    ///
    /// # Errors
    /// When the terminal is gone.
    pub fn next(&mut self, plain: &str, styled: &str) -> anyhow::Result<Line> {
        match self.editor.readline(&(plain, styled)) {
            Ok(text) => {
                self.editor.add_history_entry(&text)?;
                if let Some(path) = &self.history {
                    self.editor.append_history(path)?;
                }
                Ok(Line::Text(join(&text)))
            }
            Err(ReadlineError::Interrupted) => Ok(Line::Dropped),
            Err(ReadlineError::Eof) => Ok(Line::End),
            Err(err) => Err(err.into()),
        }
    }

    fn remember(&mut self) -> anyhow::Result<()> {
        let Some(path) = &self.history else {
            return Ok(());
        };
        if let Some(folder) = path.parent() {
            fs_err::create_dir_all(folder)?;
        }
        if path.exists() {
            self.editor.load_history(path)?;
        } else {
            self.editor.save_history(path)?;
        }
        Ok(())
    }
}

/// Whether more is to come: the text ends with a backslash that is not itself escaped.
pub(super) fn is_unfinished(text: &str) -> bool {
    text.chars().rev().take_while(|it| *it == '\\').count() % 2 == 1
}

/// Lines that ended with a backslash, without it.
pub(super) fn join(text: &str) -> String {
    text.replace("\\\n", "\n")
}

/// What somebody who types can be offered.
pub struct Guide {
    files: FilenameCompleter,
    library: Library,
    lang: Lang,
}

impl Helper for Guide {}
impl Highlighter for Guide {}

impl Hinter for Guide {
    type Hint = String;
}

impl Validator for Guide {
    fn validate(&self, typed: &mut ValidationContext<'_>) -> rustyline::Result<ValidationResult> {
        let is_whole = !is_unfinished(typed.input());
        Ok(if is_whole {
            ValidationResult::Valid(None)
        } else {
            ValidationResult::Incomplete
        })
    }
}

/// The editor counts candidates in 16 bits.
const MOST: usize = 2000;

impl Completer for Guide {
    type Candidate = Pair;

    fn complete(
        &self,
        line: &str,
        pos: usize,
        _: &Context<'_>,
    ) -> rustyline::Result<(usize, Vec<Pair>)> {
        let (start, mut offers) = self.offers(&line[..pos])?;
        offers.retain(|it| !it.display.chars().any(char::is_control));
        offers.truncate(MOST);
        Ok((start, offers))
    }
}

impl Guide {
    /// Knows the commands, the samples, the files of the disk, and these prompts.
    pub fn new(library: Library, lang: Lang) -> Self {
        Self {
            files: FilenameCompleter::new(),
            library,
            lang,
        }
    }

    /// What the end of a typed text may become: where the word begins, and for each what is put there and what is shown.
    pub fn complete_end(&self, typed: &str) -> (usize, Vec<(String, String)>) {
        // a folder that cannot be read offers nothing
        let (start, mut offers) = self.offers(typed).unwrap_or((typed.len(), Vec::new()));
        offers.retain(|it| !it.display.chars().any(char::is_control));
        offers.truncate(MOST);
        let offers = offers.into_iter().map(|it| (it.replacement, it.display));
        (start, offers.collect())
    }

    /// Where the word to complete begins, and what it may become.
    fn offers(&self, typed: &str) -> rustyline::Result<(usize, Vec<Pair>)> {
        let Some(command) = typed.strip_prefix('/') else {
            return Ok((typed.len(), Vec::new()));
        };
        let Some((name, rest)) = command.split_once(char::is_whitespace) else {
            return Ok((
                0,
                matching(typed, COMMANDS.iter().map(|it| format!("/{} ", it.name))),
            ));
        };
        let start = typed.rfind(char::is_whitespace).map_or(0, |it| it + 1);
        let word = &typed[start..];
        let nothing = Ok((start, Vec::new()));
        match find(name).map_or(Completion::Nothing, |it| it.completion) {
            Completion::Nothing => nothing,
            Completion::Clear => Ok((start, matching(word, ["clear".to_owned()]))),
            Completion::Verdict => {
                let grades = ["good", "bad"].map(str::to_owned);
                Ok((start, matching(word, grades)))
            }
            Completion::Commands => Ok((
                start,
                matching(word, COMMANDS.iter().map(|it| it.name.to_owned())),
            )),
            Completion::View(key) => {
                let values = Key::find(key).map_or(&[] as &[&str], |key| key.values);
                let values = values.iter().map(|value| (*value).to_owned());
                Ok((start, matching(word, values)))
            }
            Completion::Settings => Ok((start, matching(word, settings(rest)))),
            Completion::Prompts => {
                let (at, offers) = self.library.complete(rest, self.lang);
                let pairs = offers.into_iter().map(|it| Pair {
                    display: it.shown,
                    replacement: it.replacement,
                });
                Ok((typed.len() - rest.len() + at, pairs.collect()))
            }
            Completion::FileOrClear => self.files(typed, start, ["clear".to_owned()]),
            Completion::Pictures => self.files(
                typed,
                start,
                imaging::samples()
                    .iter()
                    .map(|it| format!("sample:{}", it.name)),
            ),
        }
    }

    /// Some names, then files.
    fn files(
        &self,
        typed: &str,
        start: usize,
        names: impl IntoIterator<Item = String>,
    ) -> rustyline::Result<(usize, Vec<Pair>)> {
        let named = matching(&typed[start..], names);
        let (path_start, paths) = self.files.complete_path(typed, typed.len())?;
        if named.is_empty() {
            return Ok((path_start, paths));
        }
        let paths = if path_start == start {
            paths
        } else {
            Vec::new()
        };
        Ok((start, named.into_iter().chain(paths).collect()))
    }
}

fn settings(rest: &str) -> Vec<String> {
    let live = |key: &&Key| key.live;
    match rest.trim_start().split_once(char::is_whitespace) {
        None => KEYS
            .iter()
            .filter(live)
            .map(|it| format!("{} ", it.name))
            .collect(),
        Some((name, _)) => Key::find(name).map_or_else(
            |_| Vec::new(),
            |it| it.values.iter().map(ToString::to_string).collect(),
        ),
    }
}

fn matching(word: &str, offers: impl IntoIterator<Item = String>) -> Vec<Pair> {
    let pair = |it: String| Pair {
        display: it.trim_end().to_owned(),
        replacement: it,
    };
    offers
        .into_iter()
        .filter(|it| it.starts_with(word))
        .map(pair)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(typed: &str, start: usize, expected: &[&str]) {
        let guide = Guide {
            files: FilenameCompleter::new(),
            library: Library::built_in(),
            lang: Lang::En,
        };
        let (at, offers) = guide.offers(typed).unwrap();
        let offers: Vec<&str> = offers.iter().map(|it| it.replacement.as_str()).collect();
        assert_eq!((at, offers.as_slice()), (start, expected), "{typed:?}");
    }

    #[test]
    fn completion_follows_the_tables() {
        check("Where is", 8, &[]);
        check("/re", 0, &["/region ", "/reset ", "/retry ", "/replay "]);
        check("/verdict g", 9, &["good"]);
        check("/help und", 6, &["undo"]);
        check("/set top", 5, &["top-k ", "top-p "]);
        check("/set thinking s", 14, &["show"]);
        check("/set quant ", 11, &["none", "q8", "q4"]);
        check("/system c", 8, &["clear"]);
        check("/use loc", 5, &["localize "]);
        check("/use localize o", 14, &["object="]);
        check("/open sample:cxr-eff", 6, &["sample:cxr-effusion"]);
    }

    #[test]
    fn files_complete_with_blanks_and_quotes() {
        let folder = tempfile::tempdir().unwrap();
        fs_err::write(folder.path().join("my film.png"), "").unwrap();
        let path = folder.path().display();
        check(
            &format!("/open {path}/my"),
            6,
            &[&format!("{path}/my\\ film.png")],
        );
        check(
            &format!("/prior \"{path}/my f"),
            8,
            &[&format!("{path}/my film.png")],
        );
    }

    #[test]
    fn a_trailing_backslash_asks_for_more() {
        assert!(is_unfinished("one\\") && !is_unfinished("one\\\\") && !is_unfinished("one"));
        assert_eq!(join("one\\\ntwo\nthree"), "one\ntwo\nthree");
    }
}
