//! The text of an experiment's file in, the experiment out, or the first problem in one sentence with its line.

use std::collections::HashSet;

use toml::de::DeTable;

use super::case::{case, short};
use super::fields::{Fields, Kind, Node, Spot, at, value};
use super::{Ask, Baseline, Beside, Case, Controls, Experiment, Pairs, Variant, View, manifest};
use crate::imaging::view;

pub use super::fields::Problem;

/// The longest file of an experiment, in bytes.
pub const LONGEST: usize = 1 << 20;
/// The most cases.
pub const MOST_CASES: usize = 10_000;
/// The most variants, and the most views.
pub const MOST_WAYS: usize = 100;
/// The most seeds.
pub const MOST_SEEDS: usize = 1000;
/// The most paraphrases that are asked.
pub const MOST_PARAPHRASES: usize = 100;
/// The most pictures of a case.
pub const MOST_PICTURES: usize = 64;
/// The longest text of a question, a prior report or a truth, in bytes.
pub const LONGEST_TEXT: usize = 1 << 18;

/// Reads an experiment.
///
/// # Errors
/// The first problem: what it is, what was expected, what to do.
pub fn parse(text: &str, beside: &dyn Beside) -> Result<Experiment, Problem> {
    if text.len() > LONGEST {
        let size = text.len();
        return Err(at(
            1,
            format!(
                "an experiment of {size} bytes is too long; put its cases into a file and name it in cases_from"
            ),
        ));
    }
    let lines = LineStarts::of(text);
    let table = DeTable::parse(text).map_err(|err| {
        let line = lines.line(err.span().map_or(0, |it| it.start));
        at(line, format!("this is not TOML: {}", err.message()))
    })?;
    let entries = Node::entries(table.get_ref(), &|place| lines.line(place));
    let fields = Fields::new("the experiment", 1, &entries);
    let variants = tables(&fields, "variant", |place, node| {
        variant(place, node, beside)
    })?;
    let views = tables(&fields, "view", |place, node| view_of(place, node, beside))?;
    let mut cases = tables(&fields, "case", |place, node| case(place, node, beside))?;
    if let Some(name) = fields.words("cases_from")? {
        let line = fields.get("cases_from").map_or(1, |it| it.line);
        cases.extend(manifest::cases(&name, line, cases.len(), beside)?);
    }
    check(&variants, &views, &cases)?;
    let experiment = Experiment {
        title: fields.text("title")?.unwrap_or_default(),
        baseline: baseline(&fields, &variants, &views)?,
        seeds: seeds(&fields)?,
        settings: settings(&fields, "settings", beside)?,
        controls: controls(&fields)?,
        variants: variants.into_iter().map(|it| it.1).collect(),
        views: views.into_iter().map(|it| it.1).collect(),
        cases: cases.into_iter().map(|it| it.1).collect(),
    };
    fields.finish()?;
    Ok(experiment)
}

/// Where each line begins, to find a place's line quickly.
struct LineStarts(Vec<usize>);

impl LineStarts {
    fn of(text: &str) -> Self {
        let ends = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n');
        Self(ends.map(|(place, _)| place).collect())
    }

    fn line(&self, place: usize) -> usize {
        self.0.partition_point(|end| *end < place) + 1
    }
}

/// A thing and where it begins.
pub(super) type Placed<T> = (Spot, T);

/// Every table of a list, read by `one`, which gets what to call it and its place, from 1.
fn tables<T>(
    fields: &Fields<'_>,
    key: &'static str,
    one: impl Fn(usize, &Node) -> Result<T, Problem>,
) -> Result<Vec<Placed<T>>, Problem> {
    let Some(entry) = fields.get(key) else {
        return Ok(Vec::new());
    };
    let Kind::List(nodes) = &entry.node.kind else {
        return Err(at(
            entry.line,
            format!(
                "{key} is {}; write [[{key}]] above each",
                entry.node.kind.name()
            ),
        ));
    };
    let most = if key == "case" { MOST_CASES } else { MOST_WAYS };
    if nodes.len() > most {
        let count = nodes.len();
        return Err(at(
            entry.line,
            format!("the experiment has {count} of {key}; {most} are possible"),
        ));
    }
    (1..)
        .zip(nodes)
        .map(|(place, node)| Ok((Spot::here(node.line), one(place, node)?)))
        .collect()
}

fn variant(place: usize, node: &Node, beside: &dyn Beside) -> Result<Variant, Problem> {
    let fields = named(node, &format!("variant {place}"))?;
    let Some(name) = fields.words("name")? else {
        return Err(fields.problem("has no name; give each variant a name of its own"));
    };
    let ask = match (fields.words("text")?, fields.words("prompt")?) {
        (Some(text), None) => Ask::Text(short(&fields, "text", text)?),
        (None, Some(prompt)) => Ask::Prompt(prompt),
        (None, None) => {
            return Err(fields.problem(
                "asks nothing; give text = \"…\", or prompt = \"…\" with the name of a prompt",
            ));
        }
        (Some(_), Some(_)) => {
            return Err(fields.problem("has both a text and a prompt; give one of them"));
        }
    };
    let mut set = settings(&fields, "settings", beside)?;
    if let Some(system) = fields.text("system")? {
        if set.contains_key("system") {
            return Err(fields.problem("has a system text twice; leave it out of its settings"));
        }
        check_setting(&fields, "system", &system, fields.line, beside)?;
        set.insert("system".to_owned(), system);
    }
    let variant = Variant {
        name,
        ask,
        vars: fields.map("vars")?,
        settings: set,
        paraphrases: fields.texts("paraphrases")?.unwrap_or_default(),
    };
    fields.finish()?;
    Ok(variant)
}

/// The fields of a table that may have a name; it is called by it.
pub(super) fn named<'a>(node: &'a Node, what: &str) -> Result<Fields<'a>, Problem> {
    let mut fields = Fields::of(what, node)?;
    if let Some(name) = fields.text("name")? {
        let kind = what.split(' ').next().unwrap_or(what);
        fields.what = format!("{kind} {name:?}");
    }
    Ok(fields)
}

fn view_of(place: usize, node: &Node, beside: &dyn Beside) -> Result<View, Problem> {
    let fields = named(node, &format!("view {place}"))?;
    let Some(name) = fields.words("name")? else {
        return Err(fields.problem("has no name; give each view a name of its own"));
    };
    let settings = looks(&fields, beside)?;
    fields.finish()?;
    Ok(View { name, settings })
}

/// The settings of how pictures are looked at that stand in a table itself.
pub(super) fn looks(fields: &Fields<'_>, beside: &dyn Beside) -> Result<Pairs, Problem> {
    let mut settings = Pairs::new();
    for (key, ..) in view::KEYS {
        let Some(entry) = fields.get(key) else {
            continue;
        };
        let Some(value) = value(&entry.node) else {
            return Err(fields.wrong(entry, "text, a number, true or false"));
        };
        check_setting(fields, key, &value, entry.line, beside)?;
        settings.insert(key.to_owned(), value);
    }
    Ok(settings)
}

fn settings(fields: &Fields<'_>, key: &'static str, beside: &dyn Beside) -> Result<Pairs, Problem> {
    let mut settings = Pairs::new();
    for (name, value, line) in fields.pairs(key)? {
        if name == "seed" {
            return Err(at(
                line,
                "seed is no setting of an experiment; write seeds = [0, 1] at the top of the file",
            ));
        }
        check_setting(fields, &name, &value, line, beside)?;
        settings.insert(name, value);
    }
    Ok(settings)
}

fn check_setting(
    fields: &Fields<'_>,
    key: &str,
    value: &str,
    line: usize,
    beside: &dyn Beside,
) -> Result<(), Problem> {
    beside
        .check_setting(key, value)
        .map_err(|problem| at(line, format!("{key} of {}: {problem}", fields.what)))
}

fn seeds(fields: &Fields<'_>) -> Result<Vec<u64>, Problem> {
    let Some(entry) = fields.get("seeds") else {
        return Ok(vec![0]);
    };
    let wanted = "a list of whole numbers from 0, each once";
    let Kind::List(nodes) = &entry.node.kind else {
        return Err(fields.wrong(entry, wanted));
    };
    let mut seeds: Vec<u64> = Vec::new();
    for node in nodes {
        let seed = match &node.kind {
            Kind::Number(text) => text.parse().ok(),
            _ => None,
        };
        match seed.filter(|it| !seeds.contains(it)) {
            Some(seed) if seeds.len() < MOST_SEEDS => seeds.push(seed),
            Some(_) => {
                return Err(at(node.line, format!("more than {MOST_SEEDS} seeds")));
            }
            None => {
                let shown = value(node).unwrap_or_else(|| node.kind.name().to_owned());
                return Err(at(
                    node.line,
                    format!("seeds has {shown} in it; give {wanted}"),
                ));
            }
        }
    }
    if seeds.is_empty() {
        return Err(at(entry.line, format!("seeds is empty; give {wanted}")));
    }
    Ok(seeds)
}

fn controls(fields: &Fields<'_>) -> Result<Controls, Problem> {
    let Some(entry) = fields.get("controls") else {
        return Ok(Controls::default());
    };
    let controls = Fields::of("controls", &entry.node)?;
    let blind = controls.truth("blind")?;
    let paraphrase = match controls.get("paraphrase") {
        None => 0,
        Some(entry) => match &entry.node.kind {
            Kind::Number(text) => text.parse().ok().filter(|it| *it <= MOST_PARAPHRASES),
            _ => None,
        }
        .ok_or_else(|| {
            at(
                entry.line,
                format!("paraphrase of controls says how many; give a whole number up to {MOST_PARAPHRASES}"),
            )
        })?,
    };
    controls.finish()?;
    Ok(Controls { blind, paraphrase })
}

fn baseline(
    fields: &Fields<'_>,
    variants: &[Placed<Variant>],
    views: &[Placed<View>],
) -> Result<Option<Baseline>, Problem> {
    let Some(entry) = fields.get("baseline") else {
        return Ok(None);
    };
    let variant_of = |name: &str| {
        let names = variants.iter().map(|(_, it)| it.name.as_str());
        find(entry.line, "variant", name, names)
    };
    if let Kind::Text(name) = &entry.node.kind {
        return Ok(Some(Baseline::Arm(variant_of(name)?, None)));
    }
    let Ok(pinned) = Fields::of("baseline", &entry.node) else {
        return Err(fields.wrong(
            entry,
            "the name of a variant, { results = \"…\" } or { session = \"…\" }",
        ));
    };
    let (results, session) = (pinned.words("results")?, pinned.words("session")?);
    let (variant, view) = (pinned.words("variant")?, pinned.words("view")?);
    pinned.finish()?;
    match (results, session, variant, view) {
        (Some(file), None, variant, None) => Ok(Some(Baseline::Results { file, variant })),
        (None, Some(file), None, None) => Ok(Some(Baseline::Session(file))),
        (None, None, Some(variant), view) => {
            let names = || views.iter().map(|(_, it)| it.name.as_str());
            let view = view.map(|name| find(entry.line, "view", &name, names()));
            Ok(Some(Baseline::Arm(
                variant_of(&variant)?,
                view.transpose()?,
            )))
        }
        _ => Err(at(
            entry.line,
            "baseline is neither one nor the other; give variant (and view), results (and variant), or session",
        )),
    }
}

fn find<'a>(
    line: usize,
    what: &str,
    name: &str,
    names: impl Iterator<Item = &'a str> + Clone,
) -> Result<usize, Problem> {
    if let Some(place) = names.clone().position(|it| it == name) {
        return Ok(place);
    }
    let near = crate::nearest::nearest(name, names.clone());
    let hint = match near {
        Some(near) => format!("did you mean {near}?"),
        None => format!("there is {}", names.collect::<Vec<_>>().join(", ")),
    };
    Err(at(
        line,
        format!("baseline names the {what} {name:?}, which is none; {hint}"),
    ))
}

/// What no field alone can know: that there is something to ask, that names are unique, that nothing is said twice.
fn check(
    variants: &[Placed<Variant>],
    views: &[Placed<View>],
    cases: &[Placed<Case>],
) -> Result<(), Problem> {
    if variants.is_empty() {
        let problem = "the experiment has no variant; write [[variant]] with a name and a text";
        return Err(at(1, problem));
    }
    if cases.is_empty() {
        let problem = "the experiment has no case; write [[case]] with pictures, or cases_from";
        return Err(at(1, problem));
    }
    if cases.len() > MOST_CASES {
        let count = cases.len();
        let problem = format!("the experiment has {count} cases; {MOST_CASES} are possible");
        return Err(at(1, problem));
    }
    unique(
        "variant",
        variants.iter().map(|(spot, it)| (spot, it.name.as_str())),
    )?;
    unique(
        "view",
        views.iter().map(|(spot, it)| (spot, it.name.as_str())),
    )?;
    unique(
        "case",
        cases.iter().map(|(spot, it)| (spot, it.name.as_str())),
    )?;
    said_once(variants, views, cases)
}

fn unique<'a>(what: &str, names: impl Iterator<Item = (&'a Spot, &'a str)>) -> Result<(), Problem> {
    let mut seen = HashSet::new();
    for (spot, name) in names {
        if !seen.insert(name) {
            return Err(spot.problem(format!(
                "two {what}s are called {name:?}; give each a name of its own"
            )));
        }
    }
    Ok(())
}

/// Whatever two of variant, view and case set both would have a winner that one has to know.
fn said_once(
    variants: &[Placed<Variant>],
    views: &[Placed<View>],
    cases: &[Placed<Case>],
) -> Result<(), Problem> {
    let both = |a: &Pairs, b: &Pairs| a.keys().find(|key| b.contains_key(*key)).cloned();
    let clash = |spot: &Spot, key: String, one: String, other: String| {
        Err(spot.problem(format!(
            "{key} is set by {one} and by {other}; set it in one of them"
        )))
    };
    let of_variant = |it: &Variant| format!("variant {:?}", it.name);
    let of_view = |it: &View| format!("view {:?}", it.name);
    for (spot, view) in views {
        for (_, variant) in variants {
            if let Some(key) = both(&variant.settings, &view.settings) {
                return clash(spot, key, of_variant(variant), of_view(view));
            }
        }
    }
    for (spot, case) in cases {
        let name = || format!("case {:?}", case.name);
        for (_, variant) in variants {
            let key =
                both(&variant.vars, &case.vars).or_else(|| both(&variant.settings, &case.settings));
            if let Some(key) = key {
                return clash(spot, key, of_variant(variant), name());
            }
        }
        for (_, view) in views {
            if let Some(key) = both(&view.settings, &case.settings) {
                return clash(spot, key, of_view(view), name());
            }
        }
    }
    Ok(())
}
