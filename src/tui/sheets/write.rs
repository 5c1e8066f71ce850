//! What keys do to a text that is written, in; the text changed out: the same in every sheet that has one.

use crate::settings::Lang;
use crate::tui::input::editor::{Editor, Go, SEEN_MOST, SpanKind};
use crate::tui::input::paste;

use super::{Binding, When, row};

/// A change of a text, or of where the caret is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Write {
    /// A character was typed.
    Insert(String),
    /// Text was pasted.
    Paste(String),
    /// Move the caret.
    Go(Go),
    /// Erase the character before the caret.
    Erase,
    /// Erase the character after it.
    Delete,
    /// Cut up to where a movement would lead.
    Cut(Go),
    /// Put back what was cut.
    Yank,
    /// Take back the last change.
    Undo,
    /// Make it again.
    Redo,
}

/// A text that somebody changes; what it was at the beginning cannot be undone.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Written {
    editor: Editor,
    first: String,
    has_lines: bool,
}

impl Written {
    /// A text to be changed; `has_lines` when it may have more than one.
    pub fn new(text: &str, has_lines: bool) -> Self {
        let text = clean(text, has_lines);
        let mut editor = Editor::default();
        editor.replace(&text);
        Self {
            editor,
            first: text,
            has_lines,
        }
    }

    /// The editor.
    pub fn editor(&self) -> &Editor {
        &self.editor
    }

    /// The whole text.
    pub fn text(&self) -> &str {
        self.editor.text()
    }

    /// Whether it is not what it was.
    pub fn is_changed(&self) -> bool {
        self.editor.text() != self.first
    }

    /// Puts another text in the place of everything.
    pub fn replace(&mut self, text: &str) {
        self.editor.replace(&clean(text, self.has_lines));
    }

    /// Puts the caret at a row and column of the shown text.
    pub fn click(&mut self, (row, column): (usize, usize), lang: Lang, width: usize) {
        self.editor.click(row, column, lang, width);
    }

    /// Changes it; `width` in columns. Whether the text is another now.
    pub fn take(&mut self, write: Write, lang: Lang, width: usize) -> bool {
        let editor = &mut self.editor;
        let is_change = !matches!(write, Write::Go(_));
        match write {
            Write::Insert(text) | Write::Paste(text) => {
                let text = clean(&text, self.has_lines);
                if text.len() > SEEN_MOST || text.len() + editor.text().len() > SEEN_MOST {
                    // each key would feel a text that is so long
                    let kind = SpanKind::of(&text);
                    editor.insert_span(&text, kind);
                } else {
                    editor.insert(&text);
                }
            }
            Write::Go(go) => {
                editor.go(go, lang, width);
            }
            Write::Erase => editor.erase(),
            Write::Delete => editor.delete(),
            Write::Cut(go) => editor.cut(go, lang),
            Write::Yank => editor.yank(),
            Write::Undo => self.undo(),
            Write::Redo => {
                editor.redo();
            }
        }
        is_change
    }

    fn undo(&mut self) {
        if self.first.is_empty() {
            self.editor.undo();
            return;
        }
        // the first change of all put the text there that was to be changed
        let before = self.editor.clone();
        self.editor.undo();
        if !self.editor.clone().undo() && self.editor.is_empty() {
            self.editor = before;
        }
    }
}

/// Harmless text; on one line where there is only one.
fn clean(text: &str, has_lines: bool) -> String {
    let mut text = paste::clean(text);
    if text.len() > paste::LONGEST {
        text.truncate(text.floor_char_boundary(paste::LONGEST));
    }
    if has_lines {
        return text;
    }
    text.replace(['\n', '\t'], " ")
}

use Write::{Cut, Delete, Erase, Redo, Undo, Yank};

/// The keys of a text that is written, in every sheet.
pub const KEYS: &[Binding<Write>] = &[
    row(
        "left ctrl-b",
        When::Writing,
        Write::Go(Go::Left),
        ("left", "左移"),
    ),
    row(
        "right ctrl-f",
        When::Writing,
        Write::Go(Go::Right),
        ("right", "右移"),
    ),
    row(
        "ctrl-left alt-b alt-left",
        When::Writing,
        Write::Go(Go::WordLeft),
        ("word left", "左移一词"),
    ),
    row(
        "ctrl-right alt-f alt-right",
        When::Writing,
        Write::Go(Go::WordRight),
        ("word right", "右移一词"),
    ),
    row(
        "home ctrl-a",
        When::Writing,
        Write::Go(Go::LineStart),
        ("beginning of the line", "行首"),
    ),
    row(
        "end ctrl-e",
        When::Writing,
        Write::Go(Go::LineEnd),
        ("end of the line", "行尾"),
    ),
    row(
        "ctrl-home",
        When::Writing,
        Write::Go(Go::Start),
        ("beginning of the text", "文首"),
    ),
    row(
        "ctrl-end",
        When::Writing,
        Write::Go(Go::End),
        ("end of the text", "文末"),
    ),
    row(
        "backspace ctrl-h",
        When::Writing,
        Erase,
        ("erase", "删除前一字"),
    ),
    row(
        "delete ctrl-d",
        When::Writing,
        Delete,
        ("erase what follows", "删除后一字"),
    ),
    row(
        "ctrl-w alt-backspace",
        When::Writing,
        Cut(Go::WordLeft),
        ("cut the word before", "剪切前一词"),
    ),
    row(
        "ctrl-u",
        When::Writing,
        Cut(Go::LineStart),
        ("cut to the beginning of the line", "剪切到行首"),
    ),
    row(
        "ctrl-k",
        When::Writing,
        Cut(Go::LineEnd),
        ("cut to the end of the line", "剪切到行尾"),
    ),
    row(
        "ctrl-y",
        When::Writing,
        Yank,
        ("put back what was cut", "粘回"),
    ),
    row("ctrl-_ alt-u", When::Writing, Undo, ("undo", "撤销")),
    row("alt-_ alt-r", When::Writing, Redo, ("redo", "重做")),
];
