//! An experiment and the laboratory it is to run in, in; its cells out, in the order in which they are best asked.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::{self, Write as _};
use std::path::Path;

use sha2::{Digest, Sha256};

use super::{Ask, Asked, Case, Experiment, Pairs, Variant, World};

/// The most cells of a grid.
pub const MOST_CELLS: usize = 100_000;

/// One question to be asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cell {
    /// Lower-case hex SHA-256 of everything that decides the answer: two cells with one id have one answer.
    pub id: String,
    /// Index of the variant.
    pub variant: usize,
    /// Index of the view, where there are views.
    pub view: Option<usize>,
    /// Index of the case.
    pub case: usize,
    /// The sampling seed.
    pub seed: u64,
    /// Which control it is, if one.
    pub control: Control,
    /// What stands before the pictures, "" for nothing.
    pub before: String,
    /// The question, filled in.
    pub question: String,
    /// Settings to change for it, the seed left out.
    pub settings: Pairs,
}

/// Which control a cell is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Control {
    /// None: the question itself.
    None,
    /// The pictures are replaced by neutral ones of equal size.
    Neutral,
    /// The pictures are left out.
    NoPicture,
    /// The question is asked in other words; which, from 1.
    Paraphrase(usize),
}

impl fmt::Display for Control {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::None => Ok(()),
            Self::Neutral => f.write_str("neutral"),
            Self::NoPicture => f.write_str("no-picture"),
            Self::Paraphrase(number) => write!(f, "paraphrase-{number}"),
        }
    }
}

/// The cells, and what is to be known about them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grid {
    /// In the order to ask them: case by case and view by view, so that each picture is shown once; blind ones last.
    pub cells: Vec<Cell>,
    /// What is not asked, and why, a sentence each.
    pub notes: Vec<String>,
}

/// Makes the grid: variants × views × cases × seeds, and the controls (with the first seed).
///
/// At temperature 0 seeds do not matter, so only the first is asked, and it is no part of the id.
///
/// # Errors
/// When a picture cannot be read, a prompt not filled in, a variable is missing or not used, or there are too many cells.
pub fn cells(experiment: &Experiment, world: &dyn World) -> Result<Grid, String> {
    let controls = experiment.controls;
    let each = experiment.seeds.len() + controls.paraphrase + 2 * usize::from(controls.blind);
    let most = [
        experiment.cases.len(),
        experiment.views.len().max(1),
        experiment.variants.len(),
        each,
    ]
    .iter()
    .fold(1_usize, |product, it| product.saturating_mul(*it));
    if most > MOST_CELLS {
        return Err(format!(
            "the grid has {most} cells and {MOST_CELLS} are possible; leave out cases, views, variants, seeds or controls"
        ));
    }
    for variant in &experiment.variants {
        check_used(variant)?;
    }
    let mut maker = Maker {
        experiment,
        world,
        model: world.model(),
        settings: world.settings(),
        hashes: BTreeMap::new(),
        notes: BTreeSet::new(),
        paraphrased: false,
    };
    let mut cells = Vec::with_capacity(most);
    for case in 0..experiment.cases.len() {
        maker.case(case, &mut cells)?;
    }
    if controls.paraphrase > 0 && !maker.paraphrased {
        return Err(
            "controls ask for paraphrases and no variant has any; list them in paraphrases = [\"…\"]".to_owned(),
        );
    }
    Ok(Grid {
        cells,
        notes: maker.notes.into_iter().map(|it| it.1).collect(),
    })
}

/// Where a source is that stands in a file in `folder`: samples and absolute paths are where they are.
pub fn locate(folder: &Path, source: &str) -> String {
    if source.starts_with("sample:") || Path::new(source).is_absolute() {
        return source.to_owned();
    }
    folder.join(source).to_string_lossy().into_owned()
}

/// Refuses a variable that a variant's words do not use.
fn check_used(variant: &Variant) -> Result<(), String> {
    let Ask::Text(text) = &variant.ask else {
        return Ok(());
    };
    let texts = std::iter::once(text).chain(&variant.paraphrases);
    let used: BTreeSet<&str> = texts
        .flat_map(|it| parts(it))
        .filter_map(|it| match it {
            Part::Variable(name) => Some(name),
            Part::Words(_) => None,
        })
        .collect();
    match variant.vars.keys().find(|it| !used.contains(it.as_str())) {
        None => Ok(()),
        Some(name) => Err(format!(
            "variant {:?} sets the variable {name}, and its text has no {{{name}}}",
            variant.name
        )),
    }
}

/// What grows while cells are made.
struct Maker<'a> {
    experiment: &'a Experiment,
    world: &'a dyn World,
    model: String,
    settings: Pairs,
    /// SHA-256 of the pictures that were looked at.
    hashes: BTreeMap<&'a str, String>,
    /// Sentences, each once, in the order of what they are about.
    notes: BTreeSet<(usize, String)>,
    /// Whether any variant had a paraphrase.
    paraphrased: bool,
}

/// What the cells of a variant, a view and a case have in common.
struct Common {
    variant: usize,
    view: Option<usize>,
    case: usize,
    /// What stands before the pictures.
    before: String,
    /// Settings to change.
    changes: Pairs,
    /// At temperature 0.
    greedy: bool,
}

impl<'a> Maker<'a> {
    fn case(&mut self, case: usize, cells: &mut Vec<Cell>) -> Result<(), String> {
        let experiment = self.experiment;
        let views: Vec<Option<usize>> = match experiment.views.len() {
            0 => vec![None],
            count => (0..count).map(Some).collect(),
        };
        let asked: Vec<Asked> = experiment
            .variants
            .iter()
            .map(|variant| self.asked(variant, &experiment.cases[case]))
            .collect::<Result<_, _>>()?;
        for view in views {
            let mut blind = Vec::new();
            for (variant, asked) in asked.iter().enumerate() {
                let common = self.common(variant, view, case, asked);
                self.plain(&common, &asked.question, cells)?;
                self.paraphrases(&common, &asked.question, cells)?;
                self.blind(&common, &asked.question, &mut blind)?;
            }
            cells.append(&mut blind);
        }
        Ok(())
    }

    /// A variant's question about a case.
    fn asked(&self, variant: &Variant, case: &Case) -> Result<Asked, String> {
        let asked = match &variant.ask {
            Ask::Text(text) => fill(text, &variant.vars, &case.vars).map(|question| Asked {
                question,
                ..Asked::default()
            }),
            Ask::Prompt(name) => self.world.prompt(name, &variant.vars, &case.vars),
        };
        asked.map_err(|problem| {
            format!(
                "variant {:?} and case {:?}: {problem}",
                variant.name, case.name
            )
        })
    }

    fn common(&self, variant: usize, view: Option<usize>, case: usize, asked: &Asked) -> Common {
        let experiment = self.experiment;
        let of_view = view.map(|it| &experiment.views[it].settings);
        let layers = [
            Some(&experiment.settings),
            Some(&asked.settings),
            Some(&experiment.cases[case].settings),
            of_view,
            Some(&experiment.variants[variant].settings),
        ];
        let mut changes = Pairs::new();
        for layer in layers.into_iter().flatten() {
            changes.extend(
                layer
                    .iter()
                    .map(|(key, value)| (key.clone(), value.clone())),
            );
        }
        let temperature = changes
            .get("temperature")
            .or_else(|| self.settings.get("temperature"));
        let greedy = temperature.is_some_and(|it| it.trim().parse() == Ok(0.0));
        Common {
            variant,
            view,
            case,
            before: asked.before.clone(),
            changes,
            greedy,
        }
    }

    /// The question itself, once a seed.
    fn plain(
        &mut self,
        common: &Common,
        question: &str,
        cells: &mut Vec<Cell>,
    ) -> Result<(), String> {
        let seeds = &self.experiment.seeds;
        let asked = if common.greedy { 1 } else { seeds.len() };
        if asked < seeds.len() {
            let name = &self.experiment.variants[common.variant].name;
            let (first, all) = (seeds[0], seeds.len());
            self.notes.insert((
                common.variant,
                format!("variant {name:?} is asked at temperature 0, where seeds do not matter: only seed {first} of {all}"),
            ));
        }
        for &seed in &seeds[..asked] {
            let cell = self.cell(common, question.to_owned(), seed, Control::None)?;
            cells.push(cell);
        }
        Ok(())
    }

    fn paraphrases(
        &mut self,
        common: &Common,
        question: &str,
        cells: &mut Vec<Cell>,
    ) -> Result<(), String> {
        let wanted = self.experiment.controls.paraphrase;
        if wanted == 0 {
            return Ok(());
        }
        let variant = &self.experiment.variants[common.variant];
        let vars = &self.experiment.cases[common.case].vars;
        let mut stored = if variant.paraphrases.is_empty() {
            self.world.paraphrases(&variant.ask, &variant.vars, vars)
        } else {
            let texts = variant.paraphrases.iter();
            texts.map(|it| fill(it, &variant.vars, vars)).collect()
        }
        .map_err(|problem| format!("paraphrases of variant {:?}: {problem}", variant.name))?;
        let mut seen = BTreeSet::from([question.to_owned()]);
        stored.retain(|it| seen.insert(it.clone()));
        if stored.len() < wanted {
            let (name, count) = (&variant.name, stored.len());
            self.notes.insert((
                common.variant,
                format!(
                    "variant {name:?} has {count} of the {wanted} paraphrases that were asked for"
                ),
            ));
        }
        for (number, text) in (1..=wanted).zip(stored) {
            self.paraphrased = true;
            let seed = self.experiment.seeds[0];
            cells.push(self.cell(common, text, seed, Control::Paraphrase(number))?);
        }
        Ok(())
    }

    fn blind(
        &mut self,
        common: &Common,
        question: &str,
        cells: &mut Vec<Cell>,
    ) -> Result<(), String> {
        if !self.experiment.controls.blind {
            return Ok(());
        }
        let case = &self.experiment.cases[common.case];
        if case.pictures.is_empty() {
            let place = self.experiment.variants.len() + common.case;
            let note = format!("case {:?} has no picture, so no blind control", case.name);
            self.notes.insert((place, note));
            return Ok(());
        }
        for control in [Control::Neutral, Control::NoPicture] {
            let seed = self.experiment.seeds[0];
            cells.push(self.cell(common, question.to_owned(), seed, control)?);
        }
        Ok(())
    }

    fn cell(
        &mut self,
        common: &Common,
        question: String,
        seed: u64,
        control: Control,
    ) -> Result<Cell, String> {
        let key = self.key(common, &question, seed, control)?;
        Ok(Cell {
            id: hex(&Sha256::digest(key.as_bytes())),
            variant: common.variant,
            view: common.view,
            case: common.case,
            seed,
            control,
            before: common.before.clone(),
            question,
            settings: common.changes.clone(),
        })
    }

    /// Everything that decides an answer, as text: a line a thing, each value as a JSON string, so that no value can look like
    /// another line.
    fn key(
        &mut self,
        common: &Common,
        question: &str,
        seed: u64,
        control: Control,
    ) -> Result<String, String> {
        let case = &self.experiment.cases[common.case];
        let mut key = String::from("medlab cell 1\n");
        let mut line = |name: &str, value: &str| {
            writeln!(key, "{name} {}", serde_json::Value::from(value))
                .expect("a String takes every write");
        };
        line("model", &self.model);
        for (name, value) in overlay(&self.settings, &common.changes) {
            line(&format!("setting {}", serde_json::Value::from(name)), value);
        }
        if !common.greedy {
            line("seed", &seed.to_string());
        }
        for prior in &case.priors {
            line("prior", prior);
        }
        let shown = match control {
            Control::Neutral => "neutral",
            Control::NoPicture => "none",
            Control::None | Control::Paraphrase(_) => "as given",
        };
        line("pictures", shown);
        if control != Control::NoPicture {
            for source in &case.pictures {
                line("picture", self.hash(case, source)?);
            }
        }
        if !common.before.is_empty() {
            line("before", &common.before);
        }
        line("question", question);
        Ok(key)
    }

    fn hash(&mut self, case: &Case, source: &'a str) -> Result<&str, String> {
        if !self.hashes.contains_key(source) {
            let hash = self.world.picture(source).map_err(|problem| {
                format!("case {:?}: the picture {source:?}: {problem}", case.name)
            })?;
            self.hashes.insert(source, hash);
        }
        Ok(&self.hashes[source])
    }
}

/// The settings in force and what changes them, by name.
fn overlay<'a>(under: &'a Pairs, over: &'a Pairs) -> BTreeMap<&'a str, &'a str> {
    let both = under.iter().chain(over);
    both.map(|(name, value)| (name.as_str(), value.as_str()))
        .collect()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut hex, byte| {
        write!(hex, "{byte:02x}").expect("a String takes every write");
        hex
    })
}

/// Fills the variables of a text in.
///
/// `{name}` is a variable (a letter, then letters, digits, `-` and `_`), `{{name}}` is those letters; other braces stay.
///
/// # Errors
/// When there is no such variable.
pub fn fill(text: &str, of_variant: &Pairs, of_case: &Pairs) -> Result<String, String> {
    let mut filled = String::with_capacity(text.len());
    for part in parts(text) {
        match part {
            Part::Words(words) => filled.push_str(words),
            Part::Variable(name) => {
                let value = of_variant.get(name).or_else(|| of_case.get(name));
                let missing = || {
                    format!(
                        "the text asks for {{{name}}}, and no variable is called so; add vars = {{ {name} = \"…\" }}"
                    )
                };
                filled.push_str(value.ok_or_else(missing)?);
            }
        }
    }
    Ok(filled)
}

/// A piece of a text with variables.
enum Part<'a> {
    /// As it stands.
    Words(&'a str),
    /// To be filled in.
    Variable(&'a str),
}

fn parts(text: &str) -> Vec<Part<'_>> {
    let mut parts = Vec::new();
    let mut done = 0;
    for (at, _) in text.match_indices('{') {
        let behind = &text[at + 1..];
        if at < done {
            continue;
        }
        if let Some(name) = behind.strip_prefix('{').and_then(|it| closed(it, "}}")) {
            parts.push(Part::Words(&text[done..=at]));
            parts.push(Part::Words(&behind[1..name.len() + 2]));
            done = at + name.len() + 4;
        } else if let Some(name) = closed(behind, "}") {
            parts.push(Part::Words(&text[done..at]));
            parts.push(Part::Variable(name));
            done = at + name.len() + 2;
        }
    }
    parts.push(Part::Words(&text[done..]));
    parts
}

/// The name that a text begins with, if `end` stands behind it.
fn closed<'a>(text: &'a str, end: &str) -> Option<&'a str> {
    name_at(text).filter(|name| text[name.len()..].starts_with(end))
}

/// The name that a text begins with.
fn name_at(text: &str) -> Option<&str> {
    if !text.starts_with(|c: char| c.is_alphabetic()) {
        return None;
    }
    let end = text
        .find(|c: char| !(c.is_alphanumeric() || c == '_' || c == '-'))
        .unwrap_or(text.len());
    Some(&text[..end])
}
