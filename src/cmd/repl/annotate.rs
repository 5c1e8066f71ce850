//! What somebody says about an answer in, a record of it out; and a recorded session played into the conversation.

use super::super::again;
use super::super::replay::into_conversation;
use super::{Mode, Talk};
use crate::command::Annotation;
use crate::error::Failure;
use crate::session::check::{Answer, boxes_of, claims, judge};
use crate::session::v1::{Expect, Note, Record, Text, Verdict};
use crate::tui::desk::News;

impl Talk {
    /// Keeps what is said about the last answer, or about the session; of an expectation it tells whether it holds now.
    pub(super) fn annotate(&mut self, annotation: Annotation) -> anyhow::Result<()> {
        if self.lab.journal().path().is_none() {
            let problem = "this conversation is not recorded, so that there is nothing to write it into; start with --session NAME";
            return Err(Failure::Usage(problem.to_owned()).into());
        }
        let expect = match annotation {
            Annotation::Says(text) => Expect {
                says: Some(text),
                ..Expect::default()
            },
            Annotation::Not(text) => Expect {
                not: Some(text),
                ..Expect::default()
            },
            Annotation::Place(place) => Expect {
                place: Some(place),
                ..Expect::default()
            },
            Annotation::Note(text) => {
                let turn = self.about();
                self.kept(Record::Note(Note { turn, text }));
                return Ok(());
            }
            Annotation::Verdict(grade, text) => {
                let turn = self.asked("verdict")?;
                self.kept(Record::Verdict(Verdict { turn, grade, text }));
                return Ok(());
            }
            Annotation::Title(text) => {
                self.kept(Record::Title(Text { text }));
                return Ok(());
            }
        };
        let turn = self.asked("expect")?;
        let expect = Expect { turn, ..expect };
        let holds = self.judged(&expect);
        self.kept(Record::Expect(expect));
        self.tell(&holds)
    }

    /// Whether an expectation holds of the answer that it is about.
    fn judged(&self, expect: &Expect) -> String {
        let lang = self.settings.lang;
        let text = self.answered.as_ref().map(|(_, text)| text.as_str());
        let turns = &self.lab.conversation().turns;
        let text = text.or_else(|| turns.last().map(|it| it.answer.as_str()));
        let boxes = text.map(boxes_of).unwrap_or_default();
        let answer = text.map(|text| Answer {
            text,
            boxes: &boxes,
        });
        let tongue = crate::judge::tongue(lang);
        let says = |answer: &str, claim: &str| again::says(answer, claim, tongue);
        let judged = claims(expect)
            .iter()
            .map(|claim| judge(claim, answer, &says))
            .find(|it| !it.holds);
        match judged {
            None => lang
                .pick("kept; it holds now", "已记录;目前成立")
                .to_owned(),
            Some(judged) => {
                let not = lang.pick("kept; it does not hold now", "已记录;目前不成立");
                format!("{not}: {}", judged.reason)
            }
        }
    }

    fn kept(&mut self, record: Record) {
        self.lab.journal().keep(record);
        self.lab.journal().sync();
    }

    /// The turn that was answered last, also one that is no part of the conversation.
    fn about(&self) -> Option<usize> {
        let last = self.answered.as_ref().map(|(turn, _)| *turn);
        last.or_else(|| self.lab.last_turn())
    }

    fn asked(&self, command: &str) -> Result<usize, Failure> {
        let problem = || Failure::Usage(format!("/{command}: nothing was asked yet"));
        self.about().ok_or_else(problem)
    }

    /// Plays a session; Ctrl-C ends the playing, or the script.
    pub(super) fn replay(&self, session: &str) -> anyhow::Result<()> {
        if self.mode == Mode::Json {
            let problem = "/replay: plays for people; start without --json";
            return Err(Failure::Usage(problem.to_owned()).into());
        }
        if self.mode == Mode::Screen {
            self.news(News::Replay(session.to_owned()));
            return Ok(());
        }
        let is_terminal = self.mode == Mode::Terminal;
        let (way, settings) = (self.way, &self.settings);
        let played = self
            .interrupt
            .during(|cancel| into_conversation(session, is_terminal, way, settings, cancel));
        if played? {
            return Ok(());
        }
        if !is_terminal {
            return Err(Failure::Interrupted.into());
        }
        super::remark(settings.lang.pick("stopped", "已停止"));
        Ok(())
    }
}
