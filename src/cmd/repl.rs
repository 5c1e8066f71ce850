//! Lines in, answers out, one lab all the while: a conversation at a terminal, or a script from a pipe.

use std::collections::BTreeMap;
use std::io::{BufReader, IsTerminal as _, Write as _};
use std::path::PathBuf;
use std::sync::Arc;

use serde_json::json;

use super::output::{Screen, answer_json, json_line};
use super::recording::Recording;
use super::{pictures, prior, prompting, remark, remarks, say};
use crate::cli::ReplArgs;
use crate::command::{self, COMMANDS, Do, Text};
use crate::error::Failure;
use crate::lab::{Answer, Asking, Lab};
use crate::library::{Library, Use};
use crate::repl::preview::Way;
use crate::repl::{Input, Line, Lines, Script, budget};
use crate::session::safe::printable;
use crate::session::v1::{Boxes, Record, Set};
use crate::session::{Sink, Stop};
use crate::settings::{Lang, Settings, history_path};
use crate::terminal::{Interrupt, has_colours, terminal_answers};
use crate::tui::desk::{News, Way as Asked};

mod annotate;
mod branching;
mod controls;
mod looking;
mod prompts;
mod screen;

pub(super) use screen::Front;

/// Who reads the answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mode {
    /// A person at a terminal.
    Terminal,
    /// Whatever reads plain text.
    Script,
    /// A program: one JSON line for each answer and each failure.
    Json,
    /// The full screen, which is told everything as data.
    Screen,
}

/// A lab all the while: one run of the REPL, or of the full screen.
pub(super) struct Talk {
    lab: Lab,
    settings: Settings,
    interrupt: Interrupt,
    mode: Mode,
    way: Way,
    library: Library,
    /// Where pictures of a session are looked for.
    folders: Vec<PathBuf>,
    /// The last question that was made from a prompt, and from which.
    last_used: Option<(String, Use)>,
    /// Places in pictures that the last answer with such speaks of.
    boxes: Option<Boxes>,
    /// What was typed to open pictures, and the ids of those that are open of it.
    groups: Vec<(String, Vec<u32>)>,
    /// The turn that was answered last, and its answer, until it is undone.
    answered: Option<(usize, String)>,
    /// Who is told instead of standard output, on the full screen.
    screen: Option<Arc<dyn Fn(News) + Send + Sync>>,
    /// What was sent for the last answers, on the full screen.
    kept: BTreeMap<usize, screen::Kept>,
}

/// Whether to go on.
#[derive(Debug, PartialEq, Eq)]
enum Next {
    Read,
    Leave,
}

impl ReplArgs {
    /// Talks until the end of the input.
    ///
    /// # Errors
    /// When it cannot begin, was interrupted, or some lines of a script failed.
    pub fn run(self, mut settings: Settings) -> anyhow::Result<()> {
        let is_terminal = std::io::stdin().is_terminal() && std::io::stdout().is_terminal();
        let mode = match (self.json, is_terminal) {
            (true, _) => Mode::Json,
            (false, true) => Mode::Terminal,
            (false, false) => Mode::Script,
        };
        let recording = Recording {
            session: self.session.as_deref(),
            by_default: mode == Mode::Terminal,
            folders: &self.folders,
        };
        let begun = recording.begin(&mut settings)?;
        let pictures = pictures::open(&self.files, &settings)?;
        // The terminal is asked before the editor reads the keyboard, and once.
        let (way, trouble) = match mode {
            Mode::Terminal => Way::choose(
                settings.graphics,
                &|name| std::env::var(name).ok(),
                &terminal_answers,
            ),
            Mode::Script | Mode::Json | Mode::Screen => (Way::None, None),
        };
        if let Some(trouble) = trouble {
            remark(trouble);
        }
        let interrupt = Interrupt::install()?;
        let lab = begun.start(&settings)?;
        let library = prompting::library(&settings);
        let mut talk = Talk {
            lab,
            library,
            folders: self.folders.clone(),
            last_used: None,
            boxes: None,
            settings,
            interrupt,
            mode,
            way,
            groups: Vec::new(),
            answered: None,
            screen: None,
            kept: BTreeMap::new(),
        };
        let mut input = talk.input()?;
        talk.take_all(&self.files, pictures)?;
        talk.until_the_end(&mut input)
    }
}

impl Talk {
    fn input(&self) -> anyhow::Result<Input> {
        if self.mode != Mode::Terminal {
            return Ok(Input::Script(Script::new(Box::new(BufReader::new(
                std::io::stdin(),
            )))));
        }
        let (lines, trouble) =
            Lines::open(history_path(), self.library.clone(), self.settings.lang)?;
        if let Some(trouble) = trouble {
            remark(&trouble);
        }
        let (en, zh) = (
            "type a question, or /help; Ctrl-C stops an answer, Ctrl-D leaves",
            "输入问题,或 /help;Ctrl-C 停止回答,Ctrl-D 退出",
        );
        remark(self.settings.lang.pick(en, zh));
        Ok(Input::Terminal(Box::new(lines)))
    }

    fn until_the_end(&mut self, input: &mut Input) -> anyhow::Result<()> {
        let (mut n_items, mut n_failed) = (0, 0);
        loop {
            let (plain, styled) = self.prompt();
            let line = input.next(&plain, &styled)?;
            let done = match line {
                Line::End => break,
                Line::Dropped => continue,
                Line::Unreadable(problem) => Err(Failure::Usage(problem.to_owned()).into()),
                Line::Text(text) => self.line(&text),
            };
            n_items += 1;
            if let Some(trouble) = self.lab.journal().take_trouble() {
                remark(&trouble);
            }
            match done {
                Ok(Next::Read) => {}
                Ok(Next::Leave) => break,
                Err(error) if is_final(&error) => return Err(error),
                Err(error) => {
                    n_failed += 1;
                    self.complain(&error, input.line())?;
                }
            }
        }
        let is_script = self.mode != Mode::Terminal;
        if is_script && n_failed > 0 {
            Err(Failure::Some(n_failed, n_items).into())
        } else {
            Ok(())
        }
    }

    fn line(&mut self, text: &str) -> anyhow::Result<Next> {
        let Some(meant) = command::parse(text)? else {
            return Ok(Next::Read);
        };
        match meant {
            Do::Quit => return Ok(Next::Leave),
            Do::Ask(question) => {
                self.asks(&question, Asked::Plain);
                self.answer(|lab, cancel, sink| lab.ask(&question, cancel, sink))?;
            }
            Do::AskFresh(question) => {
                let asking = Asking::of(&question);
                self.asks(&question, Asked::Fresh);
                self.answer(|lab, cancel, sink| lab.ask_fresh(asking, cancel, sink))?;
            }
            Do::Use(typed) => self.use_prompt(&typed)?,
            Do::Prompts => self.list_prompts()?,
            Do::Compare(typed) => self.compare(&typed)?,
            Do::Blind => self.blind()?,
            Do::Paraphrase(wanted) => self.paraphrase(wanted)?,
            Do::Retry => {
                self.asks_again();
                self.answer(|lab, cancel, sink| lab.retry(cancel, sink))?;
            }
            Do::Open(files) => self.open(&files)?,
            Do::Pictures => self.list_pictures()?,
            Do::Close(number) => self.close(number)?,
            Do::View(number) => self.view(number)?,
            Do::Look(key, value) => self.look(key, &value)?,
            Do::Prior(text) => self.prior(text)?,
            Do::System(text) => self.system(text)?,
            Do::Set(key, value) => self.set(&key, &value)?,
            Do::Settings => self.list_settings()?,
            Do::Reset => {
                self.lab.reset();
                self.groups.clear();
                self.answered = None;
            }
            Do::Undo => self.undo()?,
            Do::Branch(turn) => self.branch(turn)?,
            Do::Annotate(annotation) => self.annotate(annotation)?,
            Do::Replay(session) => self.replay(&session)?,
            Do::Context => self.context()?,
            Do::Help(name) => self.help(name.as_deref())?,
        }
        Ok(Next::Read)
    }

    /// Asks, while whoever is in front of it is told: the words as they come, and then what to know of them.
    fn answer(
        &mut self,
        ask: impl FnOnce(&mut Lab, &Cancel, &mut dyn Sink) -> anyhow::Result<Answer>,
    ) -> anyhow::Result<Answer> {
        let answer = match self.screen.clone() {
            Some(screen) => self.answer_on_screen(&screen, ask)?,
            None => self.answer_in_lines(ask)?,
        };
        self.answered = Some((answer.turn, answer.text.clone()));
        if let Some(boxes) = answer.boxes.clone().filter(|_| self.mode == Mode::Terminal) {
            self.show_boxes(boxes)?;
        }
        let settings = &self.settings;
        let is_stopped = answer.stats.stop == Stop::Cancelled;
        match self.mode {
            Mode::Terminal if is_stopped => remark(settings.lang.pick("stopped", "已停止")),
            Mode::Terminal => remark(&speed(&answer, settings.lang)),
            Mode::Script | Mode::Json if is_stopped => return Err(Failure::Interrupted.into()),
            Mode::Script | Mode::Json | Mode::Screen => {}
        }
        Ok(answer)
    }

    fn answer_in_lines(
        &mut self,
        ask: impl FnOnce(&mut Lab, &Cancel, &mut dyn Sink) -> anyhow::Result<Answer>,
    ) -> anyhow::Result<Answer> {
        let mut out = std::io::stdout();
        let (lab, settings) = (&mut self.lab, &self.settings);
        let is_json = self.mode == Mode::Json;
        let answer = self.interrupt.during(|cancel| {
            let mut screen = Screen::new((!is_json).then_some(&mut out as _), settings, cancel);
            let answer = ask(lab, cancel, &mut screen)?;
            screen.finish(answer)
        })?;
        if is_json {
            out.write_all(json_line(&answer_json(&answer, lab, settings)).as_bytes())?;
            out.flush()?;
        } else {
            for text in remarks(&answer, settings) {
                remark(&text);
            }
        }
        Ok(answer)
    }

    /// Draws what fills the window, and says what the next question would leave out of it.
    fn context(&self) -> anyhow::Result<()> {
        let fitted = self.lab.budget("?")?;
        self.tell(&budget::draw(&fitted.slots, self.settings.ctx))?;
        fitted.dropped.iter().try_for_each(|it| self.tell(it))
    }

    fn prior(&mut self, text: Text) -> anyhow::Result<()> {
        match text {
            Text::Clear => {
                self.lab.clear_prior();
                Ok(())
            }
            Text::Show => match self.lab.conversation().priors.as_slice() {
                [] => {
                    let lang = self.settings.lang;
                    self.tell(lang.pick("there is no prior report", "没有既往报告"))
                }
                priors => self.tell(&prior::listed(priors)),
            },
            Text::New(text) => {
                let report = prior::of_line(&text)?;
                match report.date {
                    Some(date) => self.lab.add_prior(Some(&date), &report.text),
                    None => self.lab.set_prior(&report.text),
                }
            }
        }
    }

    fn system(&mut self, text: Text) -> anyhow::Result<()> {
        match text {
            Text::Clear => self.set("system", ""),
            Text::New(text) => self.set("system", &text),
            Text::Show if self.settings.system.is_empty() => self.tell(
                self.settings
                    .lang
                    .pick("there is no system text", "没有系统文本"),
            ),
            Text::Show => self.tell(&self.settings.system),
        }
    }

    fn set(&mut self, key: &str, value: &str) -> anyhow::Result<()> {
        self.settings.set(key, value)?;
        self.keep_setting(key);
        self.lab.options = self.settings.options();
        self.lab.set_system(&self.settings.system);
        Ok(())
    }

    /// Records a setting that answers or pictures depend on.
    fn keep_setting(&mut self, key: &str) {
        if let Some(value) = self.settings.recorded().remove(key) {
            let key = key.to_owned();
            self.lab.journal().keep(Record::Set(Set { key, value }));
        }
    }

    fn list_settings(&self) -> anyhow::Result<()> {
        let row =
            |it: &crate::settings::Origin| format!("{:<20} {:<12} {}", it.key, it.value, it.place);
        let rows: Vec<String> = self.settings.origins.iter().map(row).collect();
        self.tell(&rows.join("\n"))
    }

    fn undo(&mut self) -> anyhow::Result<()> {
        let undone = self.lab.undo().map(|_| ());
        self.answered = None;
        undone.ok_or_else(|| Failure::Usage("/undo: nothing was asked yet".to_owned()).into())
    }

    fn help(&self, name: Option<&str>) -> anyhow::Result<()> {
        let commands = match name {
            Some(name) => std::slice::from_ref(command::find(name)?),
            None => COMMANDS,
        };
        let rows: Vec<_> = commands
            .iter()
            .map(|it| it.help(self.settings.lang))
            .collect();
        let widest = rows
            .iter()
            .map(|it| it.0.chars().count())
            .max()
            .unwrap_or(0);
        let lines: Vec<String> = rows
            .iter()
            .map(|(usage, text)| format!("{usage:widest$}  {text}"))
            .collect();
        self.tell(&lines.join("\n"))
    }

    /// What a command says: beside the answers at a terminal, else on standard error.
    fn tell(&self, text: &str) -> anyhow::Result<()> {
        match self.mode {
            Mode::Terminal => writeln!(std::io::stdout(), "{}", printable(text))?,
            Mode::Script | Mode::Json => say(text),
            Mode::Screen => self.news(News::Told(text.to_owned())),
        }
        Ok(())
    }

    fn complain(&self, error: &anyhow::Error, line: Option<usize>) -> anyhow::Result<()> {
        let text = format!("{error:#}");
        match (self.mode, line) {
            (Mode::Screen, _) => self.news(News::Failed(text)),
            (Mode::Json, line) => {
                let object = json!({ "error": text, "line": line });
                let mut out = std::io::stdout();
                out.write_all(json_line(&object).as_bytes())?;
                out.flush()?;
            }
            (_, Some(line)) => say(&format!("medlab: line {line}: {text}")),
            (_, None) => say(&text),
        }
        Ok(())
    }

    fn prompt(&self) -> (String, String) {
        let plain = match (self.lab.pictures().len(), self.settings.lang) {
            (0, _) => "medlab> ".to_owned(),
            (n, Lang::Zh) => format!("medlab ({n} 张图片)> "),
            (1, _) => "medlab (1 picture)> ".to_owned(),
            (n, _) => format!("medlab ({n} pictures)> "),
        };
        let styled = if has_colours() {
            format!("\x1b[1m{plain}\x1b[0m")
        } else {
            plain.clone()
        };
        (plain, styled)
    }
}

type Cancel = std::sync::Arc<std::sync::atomic::AtomicBool>;

/// Whether there is no use in reading on: nobody reads, or somebody pressed Ctrl-C in a script.
fn is_final(error: &anyhow::Error) -> bool {
    is_interrupted(error) || crate::error::exit_code(error) == 0
}

fn is_interrupted(error: &anyhow::Error) -> bool {
    matches!(error.downcast_ref(), Some(Failure::Interrupted))
}

fn speed(answer: &Answer, lang: Lang) -> String {
    let stats = &answer.stats;
    let (tokens, first, speed) = (stats.new_tokens, stats.first_token_ms, stats.tokens_per_s);
    match lang {
        Lang::Zh => format!("{tokens} 个词元 · 首个 {first:.0} 毫秒 · {speed:.0} 词元/秒"),
        Lang::En => {
            format!("{tokens} tokens · the first after {first:.0} ms · {speed:.0} tokens/s")
        }
    }
}
