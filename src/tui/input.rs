//! Keys and pastes in, questions and commands out: the line that a person writes on, pure state, `update` and a view.
//!
//! Whatever is written is whole in the text, also what is shown folded. After each `Effect::Enter` the line holds the
//! model for busy until it is told `Msg::Idle`; what is entered meanwhile waits in a queue that can be seen.

use crate::settings::Lang;

pub mod editor;

pub mod shown;

mod edits;

pub mod history;

pub mod paste;

pub mod complete;

pub mod queue;

mod keys;

mod msg;

mod view;

#[cfg(test)]
mod tests;

#[cfg(test)]
mod editor_tests;

#[cfg(test)]
mod screens_tests;

pub use keys::{Binding, KEYS, When};
pub use msg::{Edit, Effect, Entered, Msg, Notice, QueueMsg};

use complete::{Command, Completion, Known, Name, What};
use editor::{Editor, Go, SpanKind};
use history::{History, Lookup};
use queue::Queue;

/// The input.
#[derive(Debug)]
pub struct Input {
    editor: Editor,
    history: History,
    known: Known,
    completion: Option<Completion>,
    lookup: Option<Lookup>,
    offer: Option<Offer>,
    queue: Queue,
    /// Whether the model answers, or a command is being done.
    is_busy: bool,
    /// Cells across, and rows at most.
    size: (u16, u16),
    /// Rows of the text, and the first that is seen.
    n_rows: usize,
    top: usize,
    lang: Lang,
}

/// A pasted path that may become a picture.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Offer {
    /// The path.
    path: String,
    /// How it was pasted.
    pasted: String,
    /// Whether there is such a file; before that is known nothing is offered.
    is_file: bool,
}

impl Input {
    /// An empty input with its commands and earlier inputs (the oldest first).
    pub fn new(lang: Lang, commands: Vec<Command>, history: &[String]) -> Self {
        Self {
            editor: Editor::default(),
            history: History::new(history),
            known: Known {
                commands,
                names: Vec::new(),
            },
            completion: None,
            lookup: None,
            offer: None,
            queue: Queue::default(),
            is_busy: false,
            size: (80, 10),
            n_rows: 1,
            top: 0,
            lang,
        }
    }

    /// These are the commands, in the reader's language.
    pub fn set_commands(&mut self, commands: Vec<Command>) {
        self.known.commands = commands;
    }

    /// What is written.
    pub fn editor(&self) -> &Editor {
        &self.editor
    }

    /// What waits.
    pub fn queue(&self) -> &Queue {
        &self.queue
    }

    /// What could be completed.
    pub fn completion(&self) -> Option<&Completion> {
        self.completion.as_ref()
    }

    /// Whether something is being answered or done.
    pub fn is_busy(&self) -> bool {
        self.is_busy
    }

    /// Takes what happened, and says what somebody else has to do.
    pub fn update(&mut self, msg: Msg) -> Vec<Effect> {
        let effects = self.take(msg);
        self.settle();
        effects
    }

    /// Brings the caret's row into sight, with as little movement as that takes.
    fn settle(&mut self) {
        let shown = self.editor.shown(self.lang, self.columns());
        let (caret, _) = shown.place(self.editor.caret());
        self.n_rows = shown.rows().len();
        self.top = view::first_row(self.top, caret, self.n_rows, self.text_rows());
    }

    fn take(&mut self, msg: Msg) -> Vec<Effect> {
        if let Some(effects) = self.while_looking(&msg) {
            return effects;
        }
        match msg {
            Msg::Resize(width, most) => self.size = (width, most),
            Msg::Lang(lang) => self.lang = lang,
            Msg::Insert(text) => self.insert(&paste::clean(&text)),
            Msg::Paste(text) => return self.paste(&text),
            Msg::Newline => self.insert("\n"),
            Msg::Enter => return self.enter(),
            Msg::Tab => return self.tab(true),
            Msg::BackTab => return self.tab(false),
            Msg::Escape => return self.escape(),
            Msg::Interrupt => return self.interrupt(),
            Msg::Go(go) => self.go(go),
            Msg::Edit(edit) => return self.edit(edit),
            Msg::Lookup => {
                self.completion = None;
                self.lookup = Some(Lookup::begin(&self.editor));
            }
            Msg::Queue(msg) => self.queue_msg(msg),
            Msg::OpenEditor => return vec![Effect::OpenEditor(self.editor.text().to_owned())],
            Msg::Edited(text) => {
                self.editor
                    .replace(paste::clean(&text).trim_end_matches('\n'));
                self.changed();
                self.completion = None;
            }
            Msg::Busy => self.is_busy = true,
            Msg::Idle => {
                self.is_busy = false;
                return self.next_waiting();
            }
            Msg::Names(names) => {
                self.known.names = names.into_iter().map(Name::harmless).collect();
                self.complete();
            }
            Msg::Values {
                command,
                typed,
                list,
            } => self.values(&command, &typed, list),
            Msg::Checked { path, is_file } => self.checked(&path, is_file),
            Msg::Click(column, row) => self.click(column, row),
        }
        Vec::new()
    }

    /// What keys do while earlier inputs are looked through; `None` when they do what they always do.
    fn while_looking(&mut self, msg: &Msg) -> Option<Vec<Effect>> {
        let mut lookup = self.lookup.take()?;
        let query = lookup.query().to_owned();
        match msg {
            Msg::Insert(text) | Msg::Paste(text) => {
                let text = paste::clean(text);
                let text = text.lines().next().unwrap_or("");
                lookup.look_for(query + text, &self.history, &mut self.editor);
            }
            Msg::Edit(Edit::Erase) => {
                let mut query = query;
                query.pop();
                lookup.look_for(query, &self.history, &mut self.editor);
            }
            Msg::Lookup => lookup.older(&self.history, &mut self.editor),
            Msg::Escape | Msg::Interrupt => {
                lookup.cancel(&mut self.editor);
                return Some(Vec::new());
            }
            Msg::Enter | Msg::Tab => return Some(Vec::new()),
            Msg::Go(_) | Msg::Edit(_) | Msg::Newline | Msg::BackTab | Msg::OpenEditor => {
                return None;
            }
            _ => {
                self.lookup = Some(lookup);
                return Some(self.aside(msg));
            }
        }
        self.lookup = Some(lookup);
        Some(Vec::new())
    }

    /// What is no key does not end the looking.
    fn aside(&mut self, msg: &Msg) -> Vec<Effect> {
        let lookup = self.lookup.take();
        let effects = self.take(msg.clone());
        self.lookup = lookup;
        effects
    }

    /// Columns of text.
    fn columns(&self) -> usize {
        view::columns(self.size.0)
    }

    fn insert(&mut self, text: &str) {
        self.editor.insert(text);
        self.changed();
        self.complete();
    }

    /// The text is another one now.
    fn changed(&mut self) {
        self.history.leave();
        self.queue.leave();
        let pasted = |it: &Offer| self.editor.text().contains(&it.pasted);
        self.offer = self.offer.take().filter(pasted);
    }

    fn complete(&mut self) {
        self.completion = self.known.complete(self.editor.text(), self.editor.caret());
    }

    fn paste(&mut self, text: &str) -> Vec<Effect> {
        if text.len() > paste::LONGEST {
            return vec![Effect::Say(Notice::TooLong(text.len()))];
        }
        let text = paste::clean(text);
        if let Some(path) = paste::path(&text) {
            let pasted = text.trim().to_owned();
            self.editor.insert(&pasted);
            self.changed();
            self.completion = None;
            self.offer = Some(Offer {
                path: path.clone(),
                pasted,
                is_file: false,
            });
            return vec![Effect::Check(path)];
        }
        match paste::fold(&text) {
            Some(kind) => self.editor.insert_span(&text, kind),
            None => self.editor.insert(&text),
        }
        self.changed();
        self.completion = None;
        Vec::new()
    }

    fn checked(&mut self, path: &str, is_file: bool) {
        self.offer = self.offer.take().filter(|it| it.path != path || is_file);
        if let Some(offer) = self.offer.as_mut().filter(|it| it.path == path) {
            offer.is_file = is_file;
        }
    }

    /// The offer, if there is one to take.
    fn offered(&self) -> Option<&Offer> {
        self.offer.as_ref().filter(|it| it.is_file)
    }

    /// Takes the pasted path out of the text, and opens the file.
    fn attach(&mut self) -> Vec<Effect> {
        let Some(offer) = self.offer.take() else {
            return Vec::new();
        };
        if let Some(at) = self.editor.text().find(&offer.pasted) {
            let end = at + offer.pasted.len();
            self.editor.complete(at..end, "", None);
        }
        vec![Effect::Attach(offer.path)]
    }

    fn enter(&mut self) -> Vec<Effect> {
        if let Some(completion) = self.completion.take()
            && completion.at.is_some()
        {
            return Vec::new();
        }
        if self.queue.at().is_some() {
            self.queue_msg(QueueMsg::Take);
            return Vec::new();
        }
        let is_path = |it: &Offer| self.editor.text().trim() == it.pasted;
        if self.offered().is_some_and(is_path) {
            return self.attach();
        }
        if is_unfinished(self.editor.text()) && self.editor.caret() == self.editor.text().len() {
            self.editor.erase();
            self.editor.insert("\n");
            self.changed();
            return Vec::new();
        }
        if self.editor.text().trim().is_empty() {
            self.queue.is_held = false;
            return if self.is_busy {
                Vec::new()
            } else {
                self.next_waiting()
            };
        }
        self.send()
    }

    /// Sends what is written, or lets it wait.
    fn send(&mut self) -> Vec<Effect> {
        let text = self.editor.take();
        self.offer = None;
        let is_new = self.history.add(&text);
        let mut effects = Vec::from_iter(is_new.then(|| Effect::Remember(text.clone())));
        if !self.is_busy {
            self.queue.is_held = false;
            effects.push(self.entered(text));
        } else if self.known.is_instant(&text) {
            effects.push(Effect::Run(text));
        } else {
            self.queue.add(text);
        }
        effects
    }

    fn entered(&mut self, text: String) -> Effect {
        self.is_busy = true;
        let names = self.known.named(&text);
        Effect::Enter(Entered { text, names })
    }

    fn next_waiting(&mut self) -> Vec<Effect> {
        let next = self.queue.release();
        next.map(|it| self.entered(it)).into_iter().collect()
    }

    fn tab(&mut self, down: bool) -> Vec<Effect> {
        if self.completion.is_none() {
            if self.offered().is_some() {
                return self.attach();
            }
            self.complete();
        }
        let Some(mut completion) = self.completion.take() else {
            let asked = self.known.asks(self.editor.text(), self.editor.caret());
            let ask = |(command, typed)| Effect::AskValues { command, typed };
            return asked.map(ask).into_iter().collect();
        };
        let range = completion.range();
        completion.step(down);
        let word = completion
            .at
            .and_then(|it| completion.list.get(it))
            .map(|it| it.word.clone());
        let word = word.unwrap_or_default();
        let kind = (completion.what == What::Name).then_some(SpanKind::Name);
        self.editor.complete(range, &word, kind);
        if completion.list.len() == 1 {
            self.editor.insert(" ");
            self.complete();
        } else {
            self.completion = Some(completion);
        }
        self.history.leave();
        Vec::new()
    }

    fn values(&mut self, command: &str, typed: &str, list: Vec<complete::Candidate>) {
        let asked = self.known.asks(self.editor.text(), self.editor.caret());
        if asked != Some((command.to_owned(), typed.to_owned())) || list.is_empty() {
            return;
        }
        let list = list
            .into_iter()
            .map(complete::Candidate::harmless)
            .collect();
        self.completion = Some(Completion {
            what: What::Value(command.to_owned()),
            start: self.editor.caret() - typed.len(),
            typed: typed.to_owned(),
            list,
            at: None,
        });
    }

    fn escape(&mut self) -> Vec<Effect> {
        if let Some(completion) = self.completion.take() {
            if completion.at.is_some() {
                self.editor
                    .complete(completion.range(), &completion.typed, None);
            }
            return Vec::new();
        }
        if self.offered().is_some() {
            self.offer = None;
            return Vec::new();
        }
        if self.queue.leave() {
            return Vec::new();
        }
        if self.is_busy {
            return self.cancel();
        }
        vec![Effect::Leave]
    }

    /// Stops the answer; what waits does not follow by itself, since whoever stops wants to look first.
    fn cancel(&mut self) -> Vec<Effect> {
        self.queue.is_held = !self.queue.waiting().is_empty();
        vec![Effect::Cancel]
    }

    fn interrupt(&mut self) -> Vec<Effect> {
        self.completion = None;
        if !self.editor.is_empty() {
            self.editor.replace("");
            self.changed();
            return Vec::new();
        }
        if self.is_busy {
            return self.cancel();
        }
        vec![Effect::Interrupt]
    }

    fn go(&mut self, go: Go) {
        let down = match (go, &mut self.completion) {
            (Go::Up, Some(_)) => Some(false),
            (Go::Down, Some(_)) => Some(true),
            _ => None,
        };
        if let Some(down) = down {
            self.tab(down);
            return;
        }
        self.completion = None;
        if self.queue.at().is_some() {
            match go {
                Go::Up => return self.queue.up(),
                Go::Down => return self.queue.down(),
                _ => {
                    self.queue.leave();
                }
            }
        }
        let width = self.columns();
        if self.editor.go(go, self.lang, width) {
            return;
        }
        match go {
            Go::Up => {
                self.history.previous(&mut self.editor);
            }
            Go::Down => {
                self.history.next(&mut self.editor);
            }
            _ => {}
        }
    }

    fn edit(&mut self, edit: Edit) -> Vec<Effect> {
        let mut effects = Vec::new();
        match edit {
            Edit::Erase => self.editor.erase(),
            Edit::Delete => self.editor.delete(),
            Edit::Cut(go) => self.editor.cut(go, self.lang),
            Edit::Yank => self.editor.yank(),
            Edit::Undo => {
                self.editor.undo();
            }
            Edit::Redo => {
                self.editor.redo();
            }
            Edit::Unfold => {
                let problem = self.editor.unfold().err();
                effects.extend(problem.map(|it| Effect::Say(Notice::StaysFolded(it))));
            }
        }
        self.changed();
        match edit {
            Edit::Erase | Edit::Delete => self.complete(),
            _ => self.completion = None,
        }
        effects
    }

    fn queue_msg(&mut self, msg: QueueMsg) {
        match msg {
            QueueMsg::Up => self.queue.up(),
            QueueMsg::Down => self.queue.down(),
            QueueMsg::Remove => drop(self.queue.take()),
            QueueMsg::Take => {
                let Some(text) = self.queue.take() else {
                    return;
                };
                // What is written waits in its place: nothing is lost.
                let written = self.editor.text().to_owned();
                self.editor.replace(&text);
                self.changed();
                if !written.trim().is_empty() {
                    self.queue.add(written);
                }
            }
        }
    }

    fn click(&mut self, column: u16, row: u16) {
        self.completion = None;
        if let Some((row, column)) = self.text_at(column, row) {
            let width = self.columns();
            self.editor.click(row, column, self.lang, width);
        }
    }
}

/// Whether more is to come: the text ends with a backslash that is not itself escaped.
fn is_unfinished(text: &str) -> bool {
    text.bytes().rev().take_while(|it| *it == b'\\').count() % 2 == 1
}
