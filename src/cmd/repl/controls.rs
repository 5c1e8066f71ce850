//! `/compare`, `/blind` and `/paraphrase` in; the same question asked in other ways, and what that says of its answer, out.

use std::path::Path;
use std::sync::Arc;

use super::{Mode, Talk};
use crate::cmd::experiment::{Asking as Asked, Planned, Results, pieces};
use crate::cmd::prompting;
use crate::error::Failure;
use crate::experiment::control::{Controlled, controlled};
use crate::experiment::grid::Control as Cell;
use crate::experiment::row::{Boxed, Row};
use crate::experiment::score::Said;
use crate::experiment::{blocks, table};
use crate::judge::{Reader, tongue};
use crate::lab::{Answer, Asking, Control};
use crate::library::Use;
use crate::session::Stop;
use crate::settings::Lang;
use crate::tui::desk::{News, Way};
use crate::tui::grid as grid_pane;
use crate::{findings, words};

/// Rows that are told at once: each is read for its findings.
const BATCH: usize = 256;

/// A question that was asked, and what may be asked in its place.
struct Last {
    asking: Asking,
    paraphrases: Vec<String>,
}

impl Talk {
    /// Asks the last question again, with the pictures, with even grey in their place, and without them.
    pub(super) fn blind(&mut self) -> anyhow::Result<()> {
        let asked = self.last_asked("/blind")?;
        if self.lab.pictures().is_empty() {
            return Err(Failure::Usage("/blind: no picture is open".to_owned()).into());
        }
        let ways = [
            (None, "with the picture", "有图片"),
            (Some(Control::Blank), "even grey in its place", "以灰色代替"),
            (Some(Control::None), "without it", "没有图片"),
        ];
        let mut answers = Vec::new();
        for (control, en, zh) in ways {
            let heading = self.settings.lang.pick(en, zh).to_owned();
            let control = Asking {
                control,
                ..asked.asking.clone()
            };
            answers.push(self.asked_fresh(&heading, control)?);
        }
        let said: Vec<(Cell, &Answer)> = [Cell::None, Cell::Neutral, Cell::NoPicture]
            .into_iter()
            .zip(&answers)
            .collect();
        self.tell(&blind_verdict(&judged(&said), self.settings.lang))
    }

    /// Asks the last question in so many of its other words.
    pub(super) fn paraphrase(&mut self, wanted: Option<usize>) -> anyhow::Result<()> {
        let asked = self.last_asked("/paraphrase")?;
        if asked.paraphrases.is_empty() {
            let problem = "/paraphrase: the last question has no stored paraphrases; ask a prompt of the library that has (/use findings), \
                           or give your own words to /compare";
            return Err(Failure::Usage(problem.to_owned()).into());
        }
        let own = asked.asking.question.clone();
        if self.mode == Mode::Screen {
            return self.paraphrase_on_screen(&asked, wanted);
        }
        let mut answers = vec![self.asked_fresh(&own, asked.asking.clone())?];
        let others = asked.paraphrases.iter().filter(|it| **it != own);
        for other in others.take(wanted.unwrap_or(usize::MAX)) {
            let asking = Asking {
                control: Some(Control::Paraphrase),
                question: other.clone(),
                ..asked.asking.clone()
            };
            answers.push(self.asked_fresh(other, asking)?);
        }
        self.tell_flips(&answers)
    }

    /// Whether other words got another answer.
    fn tell_flips(&self, answers: &[Answer]) -> anyhow::Result<()> {
        let said: Vec<(Cell, &Answer)> = answers
            .iter()
            .enumerate()
            .map(|(number, it)| match number {
                0 => (Cell::None, it),
                number => (Cell::Paraphrase(number), it),
            })
            .collect();
        let flips = judged(&said);
        let (all, flips) = (flips.paraphrases, flips.flips);
        let lang = self.settings.lang;
        let verdict = if flips == 0 {
            lang.pick("stable", "稳定")
        } else {
            lang.pick("not stable", "不稳定")
        };
        let rate = flips as f64 / all.max(1) as f64;
        self.tell(&match lang {
            Lang::En => format!(
                "{verdict}: {flips} of {all} paraphrases say something else (flip rate {rate:.2})"
            ),
            Lang::Zh => format!("{verdict}:{all} 种说法中有 {flips} 种回答不同(翻转率 {rate:.2})"),
        })
    }

    /// Runs an experiment's file, or asks several questions about the open pictures and shows what differs from the first.
    pub(super) fn compare(&mut self, typed: &str) -> anyhow::Result<()> {
        if Path::new(typed).extension().is_some_and(|it| it == "toml") {
            return self.experiment(Path::new(typed));
        }
        let questions: Vec<&str> = typed
            .split('|')
            .map(str::trim)
            .filter(|it| !it.is_empty())
            .collect();
        if questions.len() < 2 {
            let problem = "/compare: give an experiment's file, or several questions, as in /compare Is there a nodule? | Any nodule?";
            return Err(Failure::Usage(problem.to_owned()).into());
        }
        if self.mode == Mode::Screen {
            let ways: Vec<(String, Asking)> = questions
                .iter()
                .map(|it| ((*it).to_owned(), Asking::of(it)))
                .collect();
            return self.compare_on_screen("/compare", ways).map(drop);
        }
        let mut answers = Vec::new();
        for question in &questions {
            answers.push(self.asked_fresh(question, Asking::of(question))?);
        }
        let lang = self.settings.lang;
        let first = &answers[0].text;
        for (number, answer) in (2..).zip(&answers[1..]) {
            let heading = match lang {
                Lang::En => format!("{number} beside 1:"),
                Lang::Zh => format!("第 {number} 个与第 1 个相比:"),
            };
            self.tell(&format!(
                "{heading} {}",
                difference(first, &answer.text, lang)
            ))?;
        }
        Ok(())
    }

    /// An experiment, in a lab of its own that shares the model; the conversation is as it was when it is over.
    fn experiment(&mut self, path: &Path) -> anyhow::Result<()> {
        let planned = Planned::read(path, &self.settings)?;
        let aside = self.lab.set_aside();
        let mut run = || -> anyhow::Result<String> {
            let grid = planned.grid(&self.lab, &self.settings)?;
            let to = path.with_extension("results.jsonl");
            let mut results = Results::open(&to)?;
            let screen = self.screen.clone();
            let tell = |it: grid_pane::Msg| screen.iter().for_each(|to| to(News::Grid(it.clone())));
            let plan = grid_pane::Plan::of(&planned.experiment, &grid, &to.display().to_string());
            tell(grid_pane::Msg::Plan(Box::new(plan)));
            for rows in results.rows.chunks(BATCH) {
                tell(grid_pane::Msg::Rows(
                    rows.iter().cloned().map(Arc::new).collect(),
                ));
            }
            let (lab, settings) = (&mut self.lab, &self.settings);
            let told = |it: Asked<'_>| tell(of_asking(&it));
            let ask = |cancel: &super::Cancel| {
                planned.ask(lab, settings, &grid, &mut results, (cancel, &told))
            };
            let is_whole = self.interrupt.during(ask)?;
            let report = planned.report(&grid, &results.rows);
            let figures = report
                .arms
                .iter()
                .map(|it| (it.name.clone(), it.figures.clone()));
            tell(grid_pane::Msg::Figures(figures.collect()));
            let is_stopped = !is_whole;
            tell(grid_pane::Msg::End { is_stopped });
            let mut text = table::text(&blocks::blocks(&report, false), crate::cmd::width());
            if !is_whole {
                text += settings.lang.pick(
                    "stopped; the same command goes on from here",
                    "已停止;同一命令可继续",
                );
            }
            Ok(text)
        };
        let told = run();
        self.lab.take_back(aside);
        self.lab.options = self.settings.options();
        self.lab.set_system(&self.settings.system);
        self.tell(told?.trim_end())
    }

    /// The same question in several words, each in a column of the grid.
    fn paraphrase_on_screen(&mut self, asked: &Last, wanted: Option<usize>) -> anyhow::Result<()> {
        let own = asked.asking.question.clone();
        let others = asked.paraphrases.iter().filter(|it| **it != own);
        let mut ways = vec![(own.clone(), asked.asking.clone())];
        ways.extend(others.take(wanted.unwrap_or(usize::MAX)).map(|it| {
            let asking = Asking {
                control: Some(Control::Paraphrase),
                question: it.clone(),
                ..asked.asking.clone()
            };
            (it.clone(), asking)
        }));
        let answers = self.compare_on_screen("/paraphrase", ways)?;
        self.tell_flips(&answers)
    }

    /// Asks in several ways, each in a column of the grid.
    fn compare_on_screen(
        &mut self,
        title: &str,
        ways: Vec<(String, Asking)>,
    ) -> anyhow::Result<Vec<Answer>> {
        let names: Vec<String> = (1..=ways.len()).map(|it| it.to_string()).collect();
        let columns: Vec<(&str, &str)> = names
            .iter()
            .zip(&ways)
            .map(|(name, way)| (name.as_str(), way.0.as_str()))
            .collect();
        let about: Vec<&str> = self
            .lab
            .pictures()
            .iter()
            .map(|it| it.picture.origin.name.as_str())
            .collect();
        let plan = grid_pane::Plan::line(title, &about.join(", "), &columns);
        self.news(News::Grid(grid_pane::Msg::Plan(Box::new(plan))));
        let mut answers = Vec::new();
        for (id, (_, asking)) in ways.into_iter().enumerate() {
            let id = id.to_string();
            self.news(News::Grid(grid_pane::Msg::Begin { id: id.clone() }));
            let answer = self.answer_in_cell(asking)?;
            if answer.stats.stop == Stop::Cancelled {
                self.news(News::Grid(grid_pane::Msg::End { is_stopped: true }));
                return Ok(answers);
            }
            let row = Row {
                id,
                question: answer.question.clone(),
                answer: Some(answer.text.clone()),
                boxes: boxed(&answer),
                ms: Some(answer.stats.total_ms),
                ..Row::default()
            };
            self.news(News::Grid(grid_pane::Msg::Row(Arc::new(row))));
            answers.push(answer);
        }
        self.news(News::Grid(grid_pane::Msg::End { is_stopped: false }));
        Ok(answers)
    }

    /// Asks without the earlier turns; the words go to the cell that is asked.
    fn answer_in_cell(&mut self, asking: Asking) -> anyhow::Result<Answer> {
        let screen = self.screen.clone();
        let lab = &mut self.lab;
        self.interrupt.during(|cancel| {
            let piece = |text: &str| News::Grid(grid_pane::Msg::Piece(text.to_owned()));
            let mut sink = pieces(|text| screen.iter().map(|to| to(piece(text))).collect());
            lab.ask_fresh(asking, cancel, &mut sink)
        })
    }

    /// Asks without the earlier turns, under a heading. A cancelled answer ends the whole command.
    fn asked_fresh(&mut self, heading: &str, asking: Asking) -> anyhow::Result<Answer> {
        let way = match asking.control {
            None => Way::Fresh,
            Some(Control::Blank) => Way::Blank,
            Some(Control::None) => Way::Sightless,
            Some(Control::Paraphrase) => Way::Paraphrase,
        };
        if self.mode == Mode::Screen {
            self.asks(&asking.question, way);
        } else {
            self.tell(&format!("· {heading}"))?;
        }
        let answer = self.answer(|lab, cancel, sink| lab.ask_fresh(asking, cancel, sink))?;
        if answer.stats.stop == Stop::Cancelled {
            return Err(Failure::Usage("stopped before all ways were asked".to_owned()).into());
        }
        Ok(answer)
    }

    /// The last question of the conversation, with the other words that the library has for it.
    fn last_asked(&self, command: &str) -> Result<Last, Failure> {
        let last = self.lab.conversation().turns.last();
        let last =
            last.ok_or_else(|| Failure::Usage(format!("{command}: nothing was asked yet")))?;
        let asking = Asking {
            before: last.before.clone(),
            ..Asking::of(&last.question)
        };
        let used = self
            .last_used
            .as_ref()
            .filter(|(question, _)| *question == last.question);
        let paraphrases = match used {
            None => Vec::new(),
            Some((_, wanted)) => self.paraphrases_of(wanted)?,
        };
        Ok(Last {
            asking,
            paraphrases,
        })
    }

    fn paraphrases_of(&self, wanted: &Use) -> Result<Vec<String>, Failure> {
        let heard: Vec<&str> = self
            .lab
            .conversation()
            .turns
            .iter()
            .map(|it| it.question.as_str())
            .collect();
        Ok(prompting::ready(&self.library, wanted, &self.settings, &heard)?.paraphrases)
    }
}

/// What happens in an experiment, for the grid.
fn of_asking(asking: &Asked<'_>) -> grid_pane::Msg {
    match asking {
        Asked::Begins(cell) => grid_pane::Msg::Begin {
            id: cell.id.clone(),
        },
        Asked::Piece(text) => grid_pane::Msg::Piece((*text).to_owned()),
        Asked::Answered(row) => grid_pane::Msg::Row(Arc::new((*row).clone())),
    }
}

/// What the answers say of the first of them.
fn judged(answers: &[(Cell, &Answer)]) -> Controlled {
    let boxes: Vec<Vec<Boxed>> = answers.iter().map(|(_, it)| boxed(it)).collect();
    let said: Vec<(Cell, Said<'_>)> = answers
        .iter()
        .zip(&boxes)
        .map(|((cell, answer), boxes)| {
            (
                *cell,
                Said {
                    text: &answer.text,
                    boxes,
                },
            )
        })
        .collect();
    controlled(said[0].1, &said[1..], None, &Reader)
}

fn boxed(answer: &Answer) -> Vec<Boxed> {
    let boxes = answer.boxes.iter().flat_map(|it| &it.boxes);
    boxes
        .map(|it| Boxed {
            label: it.label.clone(),
            square: Some(it.box_2d),
            pixels: Some(it.pixels),
        })
        .collect()
}

fn blind_verdict(found: &Controlled, lang: Lang) -> String {
    match found.used() {
        Some(true) => lang.pick("picture used: the answer is another one without it", "使用了图片:没有图片时回答不同"),
        Some(false) => lang.pick(
            "picture not used: the same is said without it; do not believe that it comes from the picture",
            "未使用图片:没有图片时回答相同,不要认为它来自图片",
        ),
        None => lang.pick("not decided", "无法判断"),
    }
    .to_owned()
}

/// What differs between two answers: by finding, and by word.
fn difference(first: &str, second: &str, lang: Lang) -> String {
    if first == second {
        return lang.pick("the same words", "文字相同").to_owned();
    }
    let differences = findings::compare(first, second);
    let mut lines: Vec<String> = differences
        .iter()
        .map(|it| it.sentence(tongue(lang)))
        .collect();
    if lines.is_empty() {
        lines.push(
            lang.pick("the same findings in other words", "所见相同,措辞不同")
                .to_owned(),
        );
    }
    lines.push(words::render(&words::diff(first, second)));
    lines.join("\n  ")
}
