//! A case's fields in, the case with its truth out: of the experiment's own file or of a manifest alike.

use super::fields::{Fields, Kind, Node, Problem};
use super::file::{LONGEST_TEXT, MOST_PICTURES, looks, named};
use super::row::Boxed;
use super::truth::Verdict;
use super::words::fold;
use super::{Beside, Case, Choice, Choosable, Expect};

/// A case of the experiment's own file, or of a manifest; without a name it is called by its place.
pub(super) fn case(place: usize, node: &Node, beside: &dyn Beside) -> Result<Case, Problem> {
    let fields = named(node, &format!("case {place}"))?;
    let name = fields.words("name")?;
    let Some(pictures) = fields.texts("pictures")? else {
        return Err(fields.problem(
            "has no pictures; give pictures = [\"…\"], or pictures = [] to ask without one",
        ));
    };
    if pictures.len() > MOST_PICTURES {
        let count = pictures.len();
        return Err(fields.problem(&format!(
            "has {count} pictures; {MOST_PICTURES} are possible"
        )));
    }
    let mut priors = fields.texts("prior")?.unwrap_or_default();
    for name in fields.texts("prior_file")?.unwrap_or_default() {
        let report = beside.read(&name).map_err(|problem| {
            fields.problem(&format!("has the prior_file {name:?}: {problem}"))
        })?;
        if report.trim().is_empty() {
            return Err(fields.problem(&format!("has the prior_file {name:?}, which is empty")));
        }
        priors.push(report);
    }
    for prior in &priors {
        short(&fields, "prior report", prior.clone())?;
    }
    let case = Case {
        name: name.unwrap_or_else(|| format!("case {place}")),
        pictures,
        vars: fields.map("vars")?,
        priors,
        settings: looks(&fields, beside)?,
        expect: expect(&fields)?,
    };
    fields.finish()?;
    Ok(case)
}

fn expect(case: &Fields<'_>) -> Result<Option<Expect>, Problem> {
    let Some(entry) = case.get("expect") else {
        return Ok(None);
    };
    let what = format!("expect of {}", case.what);
    if let Kind::Text(text) = &entry.node.kind {
        if text.trim().is_empty() {
            return Err(case.problem("has an empty expect; write the truth, or leave it out"));
        }
        return Ok(Some(plain(short(case, "expect", text.clone())?)));
    }
    let Ok(fields) = Fields::of(&what, &entry.node) else {
        return Err(case.wrong(entry, "text or a table"));
    };
    let answer = fields.words("answer")?.map(|text| {
        Verdict::typed(&text).ok_or_else(|| {
            fields.problem(&format!(
                "has the answer {text:?}; give yes, no or uncertain"
            ))
        })
    });
    let text = fields.words("text")?;
    let expect = Expect {
        answer: answer.transpose()?,
        choice: choice(&fields)?,
        text: text.map(|it| short(&fields, "text", it)).transpose()?,
        says: fields.texts("says")?.unwrap_or_default(),
        denies: fields.texts("not")?.unwrap_or_default(),
        boxes: boxes(&fields)?,
    };
    fields.finish()?;
    if expect == Expect::default() {
        return Err(fields.problem("is empty; give answer, choice, text, says, not or boxes"));
    }
    Ok(Some(expect))
}

/// What a bare text means: yes, no and uncertain are answers, everything else is what the answer should say.
fn plain(text: String) -> Expect {
    match Verdict::typed(&text) {
        Some(answer) => Expect {
            answer: Some(answer),
            ..Expect::default()
        },
        None => Expect {
            text: Some(text),
            ..Expect::default()
        },
    }
}

fn choice(fields: &Fields<'_>) -> Result<Option<Choice>, Problem> {
    let choices = fields.get("choices");
    let Some(right) = fields.words("choice")? else {
        return match choices {
            None => Ok(None),
            Some(_) => Err(fields.problem("has choices and no choice; say which is right")),
        };
    };
    let Some(entry) = choices else {
        return Err(fields.problem(&format!(
            "has the choice {right:?} and no choices; give choices = [\"…\", \"…\"]"
        )));
    };
    let options: Vec<Choosable> = match &entry.node.kind {
        Kind::Table(_) => fields
            .pairs("choices")?
            .into_iter()
            .map(|(key, text, _)| Choosable {
                key,
                text: Some(text),
            })
            .collect(),
        _ => fields
            .texts("choices")?
            .unwrap_or_default()
            .into_iter()
            .map(|key| Choosable { key, text: None })
            .collect(),
    };
    let same = |a: &str, b: &str| fold(a.trim()) == fold(b.trim());
    let twice = options.iter().enumerate().find(|(index, it)| {
        options[..*index]
            .iter()
            .any(|before| same(&before.key, &it.key))
    });
    if let Some((_, twice)) = twice {
        return Err(fields.problem(&format!("has the choice {:?} twice", twice.key)));
    }
    if options.len() < 2 {
        return Err(fields.problem("has fewer than two choices"));
    }
    let place = options.iter().position(|it| {
        same(&it.key, &right) || it.text.as_deref().is_some_and(|text| same(text, &right))
    });
    let Some(right) = place else {
        let keys: Vec<&str> = options.iter().map(|it| it.key.as_str()).collect();
        return Err(fields.problem(&format!(
            "has the choice {right:?}, which is none of {}",
            keys.join(", ")
        )));
    };
    Ok(Some(Choice { right, options }))
}

fn boxes(fields: &Fields<'_>) -> Result<Option<Vec<Boxed>>, Problem> {
    let Some(entry) = fields.get("boxes") else {
        return Ok(None);
    };
    let Kind::List(nodes) = &entry.node.kind else {
        return Err(fields.wrong(entry, "a list of { label, box }"));
    };
    let boxes = nodes.iter().map(|node| {
        let one = Fields::of(&format!("a box of {}", fields.what), node)?;
        let boxed = Boxed {
            label: one.text("label")?.unwrap_or_default(),
            square: edges(&one, "box")?,
            pixels: edges(&one, "pixels")?,
        };
        one.finish()?;
        match (boxed.square, boxed.pixels) {
            (Some(edges), None) if edges.iter().all(|it| *it <= 1000.0) => Ok(boxed),
            (Some(_), None) => Err(one.problem(
                "reaches beyond 1000; box is in 0..=1000 of the square, write pixels = […] for pixels of the picture",
            )),
            (None, Some(_)) => Ok(boxed),
            (None, None) => Err(one.problem("has no edges; give box = [y0, x0, y1, x1]")),
            (Some(_), Some(_)) => Err(one.problem("has both box and pixels; give one of them")),
        }
    });
    boxes.collect::<Result<_, _>>().map(Some)
}

fn edges(fields: &Fields<'_>, key: &'static str) -> Result<Option<[f64; 4]>, Problem> {
    let Some(entry) = fields.get(key) else {
        return Ok(None);
    };
    let wanted = "[y0, x0, y1, x1] with y0 below y1 and x0 below x1";
    let Kind::List(nodes) = &entry.node.kind else {
        return Err(fields.wrong(entry, wanted));
    };
    let numbers: Vec<f64> = nodes
        .iter()
        .filter_map(|node| match &node.kind {
            Kind::Number(text) => text.parse().ok(),
            _ => None,
        })
        .filter(|it: &f64| it.is_finite() && *it >= 0.0)
        .collect();
    match <[f64; 4]>::try_from(numbers) {
        Ok([y0, x0, y1, x1]) if nodes.len() == 4 && y0 < y1 && x0 < x1 => {
            Ok(Some([y0, x0, y1, x1]))
        }
        _ => Err(fields.problem(&format!("has a {key} that is none; give {wanted}"))),
    }
}

/// A text that is not too long.
pub(super) fn short(fields: &Fields<'_>, key: &str, text: String) -> Result<String, Problem> {
    if text.len() > LONGEST_TEXT {
        let size = text.len();
        return Err(fields.problem(&format!(
            "has a {key} of {size} bytes; {LONGEST_TEXT} are possible"
        )));
    }
    Ok(text)
}
