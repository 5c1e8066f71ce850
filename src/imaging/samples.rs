//! The name of an embedded drawing in, its PNG and its truth out.

use std::sync::LazyLock;

use super::Fallible;

/// A drawing that ships inside the program, with its truth.
#[derive(Debug, Clone, Copy)]
pub struct Sample {
    /// `cxr-effusion` …
    pub name: &'static str,
    /// What is really in it, one line of English.
    pub truth: &'static str,
}

macro_rules! drawings {
    ($($name:literal)*) => {
        [$(($name, include_bytes!(concat!("samples/", $name, ".png")).as_slice())),*]
    };
}

/// Names and PNG files, in the order in which they are listed.
const DRAWINGS: [(&str, &[u8]); 12] = drawings![
    "cxr-normal" "cxr-effusion" "cxr-nodule" "cxr-consolidation" "cxr-pneumothorax" "cxr-cardiomegaly"
    "cxr-prior" "cxr-current" "ct-nodule" "ct-ground-glass" "head-lesion" "head-shift"
];

/// `NAME<TAB>what is in it`, one line a drawing.
const TRUTH: &str = include_str!("samples/truth.tsv");

/// The embedded drawings.
pub fn samples() -> &'static [Sample] {
    static SAMPLES: LazyLock<Vec<Sample>> = LazyLock::new(|| {
        DRAWINGS
            .iter()
            .map(|(name, _)| Sample {
                name,
                truth: truth(name).expect("truth.tsv has a line for every drawing"),
            })
            .collect()
    });
    &SAMPLES
}

fn truth(name: &str) -> Option<&'static str> {
    TRUTH
        .lines()
        .filter_map(|line| line.split_once('\t'))
        .find_map(|(of, truth)| (of == name).then_some(truth.trim_end()))
}

/// The name of a drawing, if there is one of this name.
pub(super) fn named(name: &str) -> Fallible<&'static str> {
    let found = DRAWINGS.iter().find(|(of, _)| *of == name);
    found.map(|(of, _)| *of).ok_or_else(|| {
        let names: Vec<_> = DRAWINGS.iter().map(|(name, _)| *name).collect();
        format!("no such sample, expected one of {}", names.join(" "))
    })
}

/// The PNG file of a drawing.
pub(super) fn bytes(name: &str) -> Option<&'static [u8]> {
    DRAWINGS
        .iter()
        .find_map(|(of, png)| (*of == name).then_some(*png))
}
