//! Experiments from file to report: what a file may say, which cells it makes, what is resumed, and what the report says.

mod file;
mod grid;
mod manifest;
mod report;
mod results;
mod score;

use medlab::experiment::Ask;
use medlab::experiment::Asked;
use medlab::experiment::Beside;
use medlab::experiment::Experiment;
use medlab::experiment::Judge;
use medlab::experiment::Pairs;
use medlab::experiment::World;
use medlab::experiment::file::parse;
use medlab::experiment::grid::fill;
use medlab::nearest::nearest;
use std::collections::BTreeMap;

/// Files beside the experiment, and a handful of settings.
#[derive(Default)]
struct Files(BTreeMap<&'static str, String>);

impl Beside for Files {
    fn read(&self, name: &str) -> Result<String, String> {
        self.0.get(name).cloned().ok_or("no such file".to_owned())
    }

    fn check_setting(&self, key: &str, value: &str) -> Result<(), String> {
        const KEYS: [&str; 8] = [
            "temperature",
            "top-k",
            "system",
            "window",
            "region",
            "crop",
            "max-new-tokens",
            "slices",
        ];
        if !KEYS.contains(&key) {
            let hint = nearest(key, KEYS).map(|it| format!("; did you mean {it}?"));
            return Err(format!("no such setting{}", hint.unwrap_or_default()));
        }
        if key == "temperature" && value.parse::<f64>().is_err() {
            return Err(format!("{value:?} is not possible; give a number"));
        }
        Ok(())
    }
}

/// A laboratory with one prompt, whose pictures are what they are called.
struct Here {
    model: &'static str,
    temperature: &'static str,
}

const HERE: Here = Here {
    model: "phantom",
    temperature: "0",
};

impl World for Here {
    fn model(&self) -> String {
        self.model.to_owned()
    }

    fn settings(&self) -> Pairs {
        pairs(&[("temperature", self.temperature), ("ctx", "2048")])
    }

    fn picture(&self, source: &str) -> Result<String, String> {
        if source.contains("missing") {
            return Err("no such file".to_owned());
        }
        Ok(format!("hash of {source}"))
    }

    fn prompt(&self, name: &str, of_variant: &Pairs, of_case: &Pairs) -> Result<Asked, String> {
        if name != "yes-no" {
            return Err(format!("no prompt is called {name:?}"));
        }
        Ok(Asked {
            before: String::new(),
            question: fill("Answer yes or no: {finding}?", of_variant, of_case)?,
            settings: pairs(&[("system", "Be brief."), ("top-k", "5")]),
        })
    }

    fn paraphrases(&self, ask: &Ask, _: &Pairs, _: &Pairs) -> Result<Vec<String>, String> {
        Ok(match ask {
            Ask::Prompt(_) => vec!["Say yes or no.".to_owned()],
            Ask::Text(_) => Vec::new(),
        })
    }
}

fn pairs(all: &[(&str, &str)]) -> Pairs {
    all.iter()
        .map(|(key, value)| ((*key).to_owned(), (*value).to_owned()))
        .collect()
}

/// Reads findings as a child would: it is stated when its words stand there without "no" before them.
struct Child;

impl Judge for Child {
    fn says(&self, text: &str, claim: &str) -> (bool, String) {
        let stated = text.contains(claim) && !text.contains(&format!("no {claim}"));
        let why = if stated {
            "its words stand there"
        } else {
            "they do not"
        };
        (stated, why.to_owned())
    }

    fn same(&self, before: &str, after: &str) -> bool {
        self.differences(before, after).is_empty()
    }

    fn differences(&self, before: &str, after: &str) -> Vec<String> {
        let of = |finding: &&str| self.says(before, finding).0 != self.says(after, finding).0;
        let changed = ["effusion", "nodule", "积液"].into_iter().filter(of);
        changed.map(|it| format!("changed: {it}")).collect()
    }

    fn word_difference(&self, before: &str, after: &str) -> String {
        format!("[-{before}-] {{+{after}+}}")
    }

    fn iou(&self, a: [f64; 4], b: [f64; 4]) -> f64 {
        let side = |i: usize| (a[i + 2].min(b[i + 2]) - a[i].max(b[i])).max(0.0);
        let area = |it: [f64; 4]| (it[2] - it[0]) * (it[3] - it[1]);
        let both = side(0) * side(1);
        both / (area(a) + area(b) - both)
    }
}

const LEAST: &str = "
[[variant]]
name = \"short\"
text = \"Is there {finding}?\"
[[case]]
pictures = \"sample:cxr\"
vars = { finding = \"an effusion\" }
";

fn experiment(text: &str) -> Experiment {
    parse(text, &Files::default()).unwrap()
}
