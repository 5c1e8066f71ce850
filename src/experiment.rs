//! An experiment's file in, a grid of cells out; the cells' answers in, figures, tests and a report out. No model, no screen.
//!
//! An experiment asks the same cases in several ways and compares the ways with statistics. The road is straight:
//!
//! ```text
//! FILE.toml → file → Experiment → grid → [Cell] → (somebody asks) → row → [Row] ┐
//!                                                     expect → truth, score ────┴→ figures, paired, control → report → table, markdown, json
//! ```
//!
//! * `file` reads the experiment (with `fields`, and `manifest` for `cases_from`); it is strict: nothing is guessed, nothing ignored.
//! * `grid` makes the cells, in an order that shows the model each picture once. A cell's id is the SHA-256 of everything that
//!   decides its answer, so a run that was cut short goes on where it stopped, and a changed question is asked anew.
//! * `row` is one line of the results file. `truth` and `words` read answers, `score` marks them.
//! * `figures` (with `interval`) and `paired` are the statistics, `control` the two controls: blind and paraphrase.
//! * `report` puts it together once, `blocks` into tables and lists; `table` writes these as plain text, `markdown` as Markdown,
//!   `json` everything as JSON. `progress` says how long it will take.
//!
//! What an experiment cannot know comes from outside: what stands beside its file ([`Beside`]), the laboratory it is to run
//! in ([`World`]), and who can read findings ([`Judge`]). So everything here is a pure function of what is passed in.
//!
//! # The file
//!
//! Paths are relative to the file. Whatever is not named here is refused.
//!
//! ```toml
//! title = "Two ways to ask for an effusion"
//! baseline = "short"             # the variant that the others are compared with; without it, the first
//!                                # or { variant = "short", view = "lung" }, { results = "OLD.jsonl", variant = "short" },
//!                                # { session = "FILE.jsonl" }: answers that are pinned
//! seeds = [0, 1, 2]              # sampling seeds; at temperature 0 only the first is run. Without it: [0]
//! cases_from = "cases.csv"       # more cases, from .csv or .jsonl; see `manifest`
//!
//! [settings]                     # any setting of medlab, for every variant (the seed has its own place above)
//! temperature = 0
//!
//! [[variant]]                    # at least one: a way to ask
//! name = "short"
//! text = "Is there {finding}?"   # {finding} is a variable; {{finding}} would be those letters
//! paraphrases = ["Do you see {finding}?", "Any {finding}?"]   # for the paraphrase control
//!
//! [[variant]]
//! name = "library"
//! prompt = "yes-no"              # a prompt of the library, instead of text
//! vars = { style = "terse" }     # its variables; a variable is set by the variant or by the case, not by both
//! system = "You are an expert radiologist."
//! settings = { max-new-tokens = 64 }
//!
//! [[view]]                       # optional: every case is asked once a view; any setting of how pictures are looked at
//! name = "lung"
//! window = "lung"
//!
//! [[case]]
//! name = "effusion"              # without it: the case's place, "case 1"
//! pictures = ["sample:cxr-effusion"]         # or one text; [] asks without a picture
//! vars = { finding = "a pleural effusion" }
//! region = "…"                   # or window, slices, …: any setting of how pictures are looked at
//! prior = "…"                    # a prior report, or a list; prior_file = "old.txt" reads one
//! expect = "yes"                 # yes, no, uncertain; any other text is what the answer should say
//! # or expect = { answer = "yes", says = ["right pleural effusion"], not = ["pneumothorax"] }
//! #    expect = { choice = "B", choices = { A = "left", B = "right" } }    # or choices = ["left", "right"]
//! #    expect = { text = "A small right effusion." }
//! #    expect = { boxes = [{ label = "nodule", box = [y0, x0, y1, x1] }] }      # 0..=1000 of the square, as the model says
//! #    expect = { boxes = [{ label = "nodule", pixels = [y0, x0, y1, x1] }] }   # pixels of the picture
//!
//! [controls]
//! blind = true                   # ask again with a neutral picture, and with none
//! paraphrase = 5                 # ask again in so many other words
//! ```

pub mod blocks;
mod case;
pub mod control;
mod cues;
mod fields;
pub mod figures;
pub mod file;
pub mod grid;
pub mod interval;
pub mod json;
mod manifest;
pub mod markdown;
pub mod paired;
pub mod progress;
pub mod report;
pub mod row;
pub mod score;
pub mod table;
pub mod truth;
pub mod words;

use std::collections::BTreeMap;

use row::Boxed;
use truth::Verdict;

/// Names and their values: variables of a prompt, or settings as they would be typed.
pub type Pairs = BTreeMap<String, String>;

/// What the file says.
#[derive(Debug, Clone, PartialEq)]
pub struct Experiment {
    /// Its title, "" for none.
    pub title: String,
    /// What the arms are compared with; `None` is the first arm.
    pub baseline: Option<Baseline>,
    /// Sampling seeds, at least one.
    pub seeds: Vec<u64>,
    /// Settings of every variant.
    pub settings: Pairs,
    /// Ways to ask, at least one; names are unique.
    pub variants: Vec<Variant>,
    /// Ways to look at the pictures; none means once, as the cases say. Names are unique.
    pub views: Vec<View>,
    /// What is asked about, at least one; names are unique.
    pub cases: Vec<Case>,
    /// Which controls are run.
    pub controls: Controls,
}

/// What the arms are compared with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Baseline {
    /// An arm of this experiment: indices of the variant, and of the view (`None` is the first, where there are views).
    Arm(usize, Option<usize>),
    /// Answers of an earlier run, by the names of its cases.
    Results {
        /// The results file, as written.
        file: String,
        /// Which of its variants; `None` when it has only one.
        variant: Option<String>,
    },
    /// Answers of a session, as written.
    Session(String),
}

/// A way to ask.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Variant {
    /// Its name.
    pub name: String,
    /// What is asked.
    pub ask: Ask,
    /// Variables.
    pub vars: Pairs,
    /// Settings; `system` among them.
    pub settings: Pairs,
    /// The same in other words; variables are filled in here too.
    pub paraphrases: Vec<String>,
}

/// What is asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ask {
    /// These words.
    Text(String),
    /// A prompt of the library.
    Prompt(String),
}

/// A way to look at the pictures.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct View {
    /// Its name.
    pub name: String,
    /// Settings of how pictures are looked at.
    pub settings: Pairs,
}

/// What is asked about.
#[derive(Debug, Clone, PartialEq)]
pub struct Case {
    /// Its name.
    pub name: String,
    /// Files, folders, `sample:NAME`, as written.
    pub pictures: Vec<String>,
    /// Variables.
    pub vars: Pairs,
    /// Texts of prior reports.
    pub priors: Vec<String>,
    /// Settings of how pictures are looked at.
    pub settings: Pairs,
    /// The truth.
    pub expect: Option<Expect>,
}

/// The truth about a case; at least one of its fields is there.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Expect {
    /// The answer to a yes/no question.
    pub answer: Option<Verdict>,
    /// The one of several answers.
    pub choice: Option<Choice>,
    /// What the answer should say: compared word by word.
    pub text: Option<String>,
    /// What the answer must state.
    pub says: Vec<String>,
    /// What the answer must not state.
    pub denies: Vec<String>,
    /// Where findings are; `Some` of none: the answer should have no box.
    pub boxes: Option<Vec<Boxed>>,
}

/// The one of several answers that is right.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice {
    /// Its index.
    pub right: usize,
    /// All of them, at least two.
    pub options: Vec<Choosable>,
}

/// An answer that can be chosen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choosable {
    /// What it is called: a letter, or the answer itself.
    pub key: String,
    /// What it says, where that is not its key.
    pub text: Option<String>,
}

/// Which controls are run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Controls {
    /// Ask with a neutral picture of equal size, and without a picture.
    pub blind: bool,
    /// Ask in so many other words.
    pub paraphrase: usize,
}

/// What stands beside an experiment's file, and which settings there are.
pub trait Beside {
    /// The text of a file, its name relative to the experiment's.
    ///
    /// # Errors
    /// Says in half a sentence why there is none (`no such file`).
    fn read(&self, name: &str) -> Result<String, String>;

    /// Whether a setting may be changed for an answer, and to this value.
    ///
    /// # Errors
    /// Says in half a sentence what is possible, with the nearest name for a name that there is not.
    fn check_setting(&self, key: &str, value: &str) -> Result<(), String>;
}

/// The laboratory that an experiment is to run in.
pub trait World {
    /// Who answers: everything about the model that decides an answer (hashes of weights and tokenizer, quantisation, device).
    fn model(&self) -> String;

    /// The settings in force that decide an answer, before the experiment's; without the seed.
    fn settings(&self) -> Pairs;

    /// Lower-case hex SHA-256 of a picture's bytes (of a series: of its files'), its source as the case has it.
    ///
    /// # Errors
    /// Says in half a sentence why it cannot be read.
    fn picture(&self, source: &str) -> Result<String, String>;

    /// A prompt of the library, filled in with the variables of the variant (each must be one of the prompt's) and of the case
    /// (those that the prompt does not have are for other variants).
    ///
    /// # Errors
    /// Says in half a sentence what is wrong: an unknown name, a variable missing or too many.
    fn prompt(&self, name: &str, of_variant: &Pairs, of_case: &Pairs) -> Result<Asked, String>;

    /// The same in other words, as many as are stored, in their order; none when none are.
    ///
    /// # Errors
    /// As `prompt`.
    fn paraphrases(
        &self,
        ask: &Ask,
        of_variant: &Pairs,
        of_case: &Pairs,
    ) -> Result<Vec<String>, String>;
}

/// A prompt that is filled in.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Asked {
    /// What stands before the pictures, "" for nothing.
    pub before: String,
    /// The question.
    pub question: String,
    /// Settings that the prompt brings; `system` among them.
    pub settings: Pairs,
}

/// Who can read findings and boxes.
pub trait Judge {
    /// Whether a text states a finding (`right pleural effusion`, `no pneumothorax`), and why, in words.
    fn says(&self, text: &str, claim: &str) -> (bool, String);

    /// Whether two texts state the same findings.
    fn same(&self, before: &str, after: &str) -> bool;

    /// What differs between the findings of two texts, a phrase each (`lost: right pleural effusion`); none when nothing does.
    fn differences(&self, before: &str, after: &str) -> Vec<String>;

    /// The words that differ, in one line of plain text (`no [-small-] {+large+} effusion`).
    fn word_difference(&self, before: &str, after: &str) -> String;

    /// Intersection over union of two boxes `[y0, x0, y1, x1]`.
    fn iou(&self, a: [f64; 4], b: [f64; 4]) -> f64;
}
