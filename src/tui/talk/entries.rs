//! Messages in, their sheets and heights out: drawn when they are looked at, forgotten when they are far away.
//!
//! The height of a message is known once it was drawn at the width of the pane, and guessed from its length before. So a
//! long session costs nothing to open, to resize or to look at but what is on the screen.

use std::collections::VecDeque;

use super::message::{End, Figures, Look, Message, Writer};
use super::sheet::Sheet;
use crate::settings::Lang;
use crate::tokenizer::Voice;

/// Sheets that are kept.
const KEPT: usize = 192;

/// The messages of a conversation.
#[derive(Debug)]
pub struct Entries {
    list: Vec<Entry>,
    look: Look,
    /// Those that have a sheet, the longest unused first.
    drawn: VecDeque<usize>,
    live: Option<Live>,
}

#[derive(Debug)]
struct Entry {
    message: Message,
    sheet: Option<Box<Sheet>>,
    /// Rows at the width of the pane.
    height: Option<usize>,
}

/// The answer that is being given.
#[derive(Debug)]
struct Live {
    index: usize,
    writer: Writer,
}

impl Entries {
    /// None yet.
    pub fn new(look: Look) -> Self {
        Self {
            list: Vec::new(),
            look,
            drawn: VecDeque::new(),
            live: None,
        }
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.list.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// A message.
    pub fn get(&self, index: usize) -> Option<&Message> {
        self.list.get(index).map(|it| &it.message)
    }

    /// The messages in order.
    pub fn iter(&self) -> impl Iterator<Item = &Message> {
        self.list.iter().map(|it| &it.message)
    }

    /// The answer that is being given: an index.
    pub fn live(&self) -> Option<usize> {
        self.live.as_ref().map(|it| it.index)
    }

    /// How wide they are drawn, and in which language.
    pub fn look(&self) -> Look {
        self.look
    }

    /// The sheet of a message that was drawn and not yet forgotten.
    pub fn sheet(&self, index: usize) -> Option<&Sheet> {
        self.list.get(index)?.sheet.as_deref()
    }

    /// Adds a message at the end.
    pub fn push(&mut self, message: Message) {
        if message.as_answer().is_some_and(|it| it.end().is_none()) {
            self.live = Some(Live {
                index: self.list.len(),
                writer: Writer::default(),
            });
        }
        self.list.push(Entry {
            message,
            sheet: None,
            height: None,
        });
    }

    /// Forgets everything.
    pub fn clear(&mut self) {
        *self = Self::new(self.look);
    }

    /// Adds a token to the answer that is being given; its index.
    pub fn piece(&mut self, text: &str, voice: Voice, logprob: f32) -> Option<usize> {
        let index = self.live()?;
        self.list
            .get_mut(index)?
            .message
            .as_answer_mut()?
            .push(text, voice, logprob);
        self.redraw_live();
        Some(index)
    }

    /// Ends the answer that is being given; its index.
    pub fn finish(&mut self, end: End, figures: Option<Figures>) -> Option<usize> {
        let index = self.live.take()?.index;
        self.change(index, |it| {
            if let Some(answer) = it.as_answer_mut() {
                answer.finish(end, figures);
            }
        });
        Some(index)
    }

    /// Says what is done before the first token of the answer that is being given.
    pub fn phase(&mut self, phase: &str) -> Option<usize> {
        let index = self.live()?;
        self.list
            .get_mut(index)?
            .message
            .as_answer_mut()?
            .set_phase(phase);
        self.redraw_live();
        Some(index)
    }

    /// Changes a message; it is drawn anew.
    pub fn change(&mut self, index: usize, change: impl FnOnce(&mut Message)) {
        let Some(entry) = self.list.get_mut(index) else {
            return;
        };
        change(&mut entry.message);
        entry.height = None;
        let was_drawn = entry.sheet.take().is_some();
        self.restart_live(index);
        if was_drawn {
            self.drawn.retain(|it| *it != index);
            self.draw(index);
        }
    }

    /// Changes how they look; all are drawn anew when they are looked at.
    pub fn set_look(&mut self, look: Look) {
        if look == self.look {
            return;
        }
        self.look = look;
        for entry in &mut self.list {
            entry.sheet = None;
            entry.height = None;
        }
        self.drawn.clear();
        if let Some(index) = self.live() {
            self.restart_live(index);
        }
    }

    /// The rows of a message; it is drawn for it if it was not.
    pub fn height(&mut self, index: usize) -> usize {
        if let Some(height) = self.list.get(index).and_then(|it| it.height) {
            return height;
        }
        self.draw(index);
        self.list.get(index).and_then(|it| it.height).unwrap_or(0)
    }

    /// The rows of a message, guessed if it was never drawn.
    pub fn guess(&self, index: usize) -> usize {
        let width = usize::from(self.look.width.max(1));
        self.list
            .get(index)
            .map_or(0, |it| it.height.unwrap_or(2 + it.message.length() / width))
    }

    /// Draws a message if it is not drawn.
    pub fn draw(&mut self, index: usize) {
        let look = self.look;
        let is_live = self.live() == Some(index);
        let Some(entry) = self.list.get_mut(index).filter(|it| it.sheet.is_none()) else {
            return;
        };
        entry.sheet = Some(Box::default());
        self.drawn.push_back(index);
        if is_live {
            return self.redraw_live();
        }
        let sheet = entry.sheet.get_or_insert_default();
        entry.message.write(look.lang, sheet);
        sheet.lay(look.width);
        entry.height = Some(sheet.rows().len());
    }

    /// Brings the sheet of the answer that is being given up to date.
    fn redraw_live(&mut self) {
        let look = self.look;
        let Some(live) = &mut self.live else {
            return;
        };
        let Some(entry) = self.list.get_mut(live.index) else {
            return;
        };
        // Far away from the screen it is drawn when it is looked at.
        let (Some(answer), Some(sheet)) = (entry.message.as_answer(), &mut entry.sheet) else {
            entry.height = None;
            live.writer = Writer::default();
            return;
        };
        live.writer
            .write(answer, look.lang, Some(look.width), sheet);
        sheet.gap();
        sheet.lay(look.width);
        entry.height = Some(sheet.rows().len());
    }

    fn restart_live(&mut self, index: usize) {
        if let Some(live) = self.live.as_mut().filter(|it| it.index == index) {
            live.writer = Writer::default();
        }
    }

    /// Forgets sheets that were not needed for long, but for those of the range.
    pub fn forget(&mut self, keep: std::ops::Range<usize>) {
        for _ in KEPT..self.drawn.len() {
            let Some(index) = self.drawn.pop_front() else {
                return;
            };
            if keep.contains(&index) || self.live() == Some(index) {
                self.drawn.push_back(index);
            } else if let Some(entry) = self.list.get_mut(index) {
                entry.sheet = None;
            }
        }
    }

    /// The text of a message as it is seen, drawn or not.
    pub fn seen<T>(&self, index: usize, look_at: impl FnOnce(&str) -> T) -> Option<T> {
        let entry = self.list.get(index)?;
        if let Some(sheet) = &entry.sheet {
            return Some(look_at(sheet.text()));
        }
        let mut sheet = Sheet::default();
        entry.message.write(self.look.lang, &mut sheet);
        Some(look_at(sheet.text()))
    }

    /// The language of the program's own words.
    pub fn lang(&self) -> Lang {
        self.look.lang
    }
}
