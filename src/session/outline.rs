//! A session's file in, a quick look at it out: what a list shows. Pieces are counted, not read.

use std::path::Path;

use super::error::Error;
use super::read::Reader;
use super::story::one_line;
use super::v1::{Head, Model, Record};

/// What a list shows of a session.
#[derive(Debug, Default)]
pub struct Outline {
    /// What it was made with.
    pub head: Head,
    /// The model as it was last.
    pub model: Model,
    /// What it is called, if it was given a title.
    pub title: Option<String>,
    /// Its first question.
    pub question: Option<String>,
    /// Questions that were ever asked.
    pub turns: usize,
    /// Tokens that were ever said.
    pub tokens: usize,
    /// Pictures that were ever opened.
    pub pictures: usize,
    /// The names of those that are open, in order: one for all pictures of a series.
    pub open: Vec<String>,
    /// Seconds from its first line to its last.
    pub seconds: f64,
    /// Records of kinds that this program does not know.
    pub unknown: usize,
    /// Whether the file ends in the middle of a line.
    pub is_torn: bool,
    /// Why nothing is known behind some line.
    pub damage: Option<Error>,
}

impl Outline {
    /// Looks at a session. One that is damaged is looked at up to there.
    ///
    /// # Errors
    /// When there is none, or it is no session that this program knows.
    pub fn read(path: &Path) -> Result<Self, Error> {
        let mut reader = Reader::open(path)?;
        let head = reader.head().clone();
        let mut outline = Self {
            model: head.model.clone(),
            head,
            ..Self::default()
        };
        let mut open = Vec::new();
        outline.damage = outline.look(&mut reader, &mut open).err();
        outline.is_torn = reader.is_torn();
        for (_, name) in open {
            if outline.open.last() != Some(&name) {
                outline.open.push(name);
            }
        }
        Ok(outline)
    }

    /// `open`: the ids of the pictures that are open, and the name that each was opened by.
    fn look(&mut self, reader: &mut Reader, open: &mut Vec<(u32, String)>) -> Result<(), Error> {
        while let Some(parts) = reader.next_parts()? {
            self.seconds += parts.delay;
            if parts.kind == "piece" {
                self.tokens += 1;
                continue;
            }
            match parts.record_without_prompt() {
                Ok(record) => self.take(record, open),
                Err(problem) => return Err(reader.damaged(&problem)),
            }
        }
        Ok(())
    }

    fn take(&mut self, record: Record, open: &mut Vec<(u32, String)>) {
        match record {
            Record::Resume(resume) => self.model = resume.model,
            Record::Open(opening) => {
                self.pictures += opening.pictures.len();
                let ids = opening.pictures.iter().map(|it| it.id);
                open.extend(ids.map(|id| (id, opening.name.clone())));
            }
            Record::Close(close) => open.retain(|(id, _)| *id != close.picture),
            Record::Reset => open.clear(),
            Record::Turn(turn) => {
                self.turns += 1;
                self.question.get_or_insert(turn.question);
            }
            Record::Title(title) => self.title = Some(title.text),
            Record::Other(..) => self.unknown += 1,
            _ => {}
        }
    }

    /// What stands for the session where there is little room: its title, or its first question, on one line.
    pub fn title(&self) -> String {
        let title = self.title.as_ref().filter(|it| !it.trim().is_empty());
        let title = title.or(self.question.as_ref());
        title.map_or_else(String::new, |it| one_line(it))
    }
}
