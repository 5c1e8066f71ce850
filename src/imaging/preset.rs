//! A word from the command line or a key in, which window is meant out: presets, percentiles, the file's own, numbers.

use std::fmt;
use std::str::FromStr;

use super::Fallible;
use super::window::{Function, Window};
use crate::nearest::nearest;

/// A window that radiologists know by name; CT in HU only.
#[derive(Debug, PartialEq)]
pub struct Preset {
    /// What it is called here.
    pub name: &'static str,
    /// What else it answers to.
    pub aliases: &'static [&'static str],
    /// Middle, HU.
    pub center: f64,
    /// Extent, HU.
    pub width: f64,
}

/// The presets in the order of their keys: the first is on key 3, the seventh on key 9.
///
/// The numbers are those most viewers agree on; where they differ (OHIF, Weasis, 3D Slicer, textbooks), the middle.
pub const PRESETS: &[Preset] = &[
    preset("soft-tissue", &["soft", "st", "abdomen"], 40.0, 400.0),
    preset("lung", &["lungs"], -600.0, 1500.0),
    preset("mediastinum", &["chest"], 50.0, 350.0),
    preset("bone", &["bones"], 400.0, 2000.0),
    preset("brain", &["head"], 40.0, 80.0),
    preset("stroke", &[], 40.0, 40.0),
    preset("liver", &[], 90.0, 150.0),
    preset("subdural", &["sdh"], 75.0, 215.0),
    preset("stroke-hard", &[], 32.0, 8.0),
    preset("liver-plain", &[], 30.0, 150.0),
    preset("angio", &["cta"], 300.0, 600.0),
    preset("pe", &["pulmonary-embolism"], 100.0, 700.0),
    preset("temporal-bone", &["temporal"], 600.0, 2800.0),
];

/// The preset that CT gets when neither the person nor the file says anything.
pub(super) const DEFAULT: &Preset = &PRESETS[0];

const fn preset(
    name: &'static str,
    aliases: &'static [&'static str],
    center: f64,
    width: f64,
) -> Preset {
    Preset {
        name,
        aliases,
        center,
        width,
    }
}

impl Preset {
    /// Its window.
    pub fn window(&self) -> Window {
        Window::new(self.center, self.width, Function::Linear)
            .expect("every preset is at least 8 wide")
    }
}

/// Three windows of CT, shown as red, green and blue: what `MedGemma` was trained on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ThreeWindows {
    /// `MedGemma` 1.5, as its CT notebook has it: wide, soft tissue, brain.
    MedGemma15,
    /// `MedGemma` 1, as its report has it: the first is 2250 wide around -100.
    MedGemma1,
}

impl ThreeWindows {
    /// From black to white, HU, for red, green and blue.
    pub fn ends(self) -> [[f32; 2]; 3] {
        let wide = match self {
            Self::MedGemma15 => [-1024.0, 1024.0],
            Self::MedGemma1 => [-1225.0, 1025.0],
        };
        [wide, [-135.0, 215.0], [0.0, 80.0]]
    }
}

/// Which window is wanted.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum WindowChoice {
    /// The file's window of this number, from 1.
    File(usize),
    /// The file's lookup table (`VOILUTSequence`) of this number, from 1.
    Lut(usize),
    /// A preset; CT in HU only.
    Preset(&'static Preset),
    /// Centre and width as numbers.
    Numbers(Window),
    /// From one percentile to another, 0 to 100.
    Percentiles([f64; 2]),
    /// From the smallest value to the largest, fractions cut; over the volume, when there is one.
    Full,
    /// The same over the volume only and rounded, value for value as `MedGemma`'s server does with MR.
    VolumeMinMax,
    /// Three windows in three colours; CT in HU only.
    Three(ThreeWindows),
}

/// The percentiles of `auto`.
pub const PERCENTILES: [f64; 2] = [1.0, 99.0];

/// Words that are not presets, as they are listed when a word is not known.
const WORDS: &[&str] = &[
    "file",
    "lut",
    "auto",
    "full",
    "minmax-volume",
    "rgb",
    "rgb-1",
];

impl WindowChoice {
    /// What a key means: 0 percentiles, 1 and 2 the file's first two windows, 3 to 9 the first seven presets.
    pub fn by_key(key: char) -> Option<Self> {
        match key.to_digit(10)? as usize {
            0 => Some(Self::Percentiles(PERCENTILES)),
            n @ 1..=2 => Some(Self::File(n)),
            n => PRESETS.get(n - 3).map(Self::Preset),
        }
    }

    /// The percentiles that a [`super::range::Range`] for this choice must have.
    pub fn percentiles(&self) -> [f64; 2] {
        match self {
            Self::Percentiles(percent) => *percent,
            _ => PERCENTILES,
        }
    }
}

impl FromStr for WindowChoice {
    type Err = String;

    /// Upper and lower case, `_` and spaces for `-` are taken alike.
    fn from_str(text: &str) -> Fallible<Self> {
        if let Some((center, width)) = text.split_once('/') {
            return numbers(center, width);
        }
        let word = text.trim().to_lowercase().replace(['_', ' '], "-");
        if let Some((word, rest)) = word.split_once(':') {
            return match word {
                "file" => Ok(Self::File(number_from_1(rest, "file:2")?)),
                "lut" => Ok(Self::Lut(number_from_1(rest, "lut:2")?)),
                "auto" => percentiles(rest).map(Self::Percentiles),
                _ => Err(unknown(text, word)),
            };
        }
        let preset = PRESETS
            .iter()
            .find(|it| it.name == word || it.aliases.contains(&word.as_str()));
        match (word.as_str(), preset) {
            (_, Some(preset)) => Ok(Self::Preset(preset)),
            ("file", _) => Ok(Self::File(1)),
            ("lut", _) => Ok(Self::Lut(1)),
            ("auto", _) => Ok(Self::Percentiles(PERCENTILES)),
            ("full", _) => Ok(Self::Full),
            ("minmax-volume", _) => Ok(Self::VolumeMinMax),
            ("rgb", _) => Ok(Self::Three(ThreeWindows::MedGemma15)),
            ("rgb-1", _) => Ok(Self::Three(ThreeWindows::MedGemma1)),
            _ => Err(unknown(text, &word)),
        }
    }
}

impl fmt::Display for WindowChoice {
    /// What can be typed to mean it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(1) => f.write_str("file"),
            Self::File(n) => write!(f, "file:{n}"),
            Self::Lut(1) => f.write_str("lut"),
            Self::Lut(n) => write!(f, "lut:{n}"),
            Self::Preset(preset) => f.write_str(preset.name),
            Self::Numbers(window) => write!(f, "{}/{}", window.center, window.width),
            Self::Percentiles(PERCENTILES) => f.write_str("auto"),
            Self::Percentiles([low, high]) => write!(f, "auto:{low}-{high}"),
            Self::Full => f.write_str("full"),
            Self::VolumeMinMax => f.write_str("minmax-volume"),
            Self::Three(ThreeWindows::MedGemma15) => f.write_str("rgb"),
            Self::Three(ThreeWindows::MedGemma1) => f.write_str("rgb-1"),
        }
    }
}

/// `LINEAR`, as viewers do; below a width of 1, where the standard has no `LINEAR`, `LINEAR_EXACT`.
fn numbers(center: &str, width: &str) -> Fallible<WindowChoice> {
    let number = |text: &str| text.trim().parse::<f64>().ok();
    let window = number(center).zip(number(width)).and_then(|(c, w)| {
        let function = if w < 1.0 {
            Function::LinearExact
        } else {
            Function::Linear
        };
        Window::new(c, w, function)
    });
    window.map(WindowChoice::Numbers).ok_or_else(|| {
        format!(
            "{:?} is no window: give its centre and its width, which is above 0, as in 40/400 or -600/1500",
            format!("{center}/{width}")
        )
    })
}

/// `2-98`, or `2` for as much at both ends.
fn percentiles(text: &str) -> Fallible<[f64; 2]> {
    let number = |text: &str| text.parse::<f64>().ok();
    let ends = match text.split_once('-') {
        Some((low, high)) => number(low).zip(number(high)),
        None => number(text).map(|low| (low, 100.0 - low)),
    };
    ends.filter(|(low, high)| 0.0 <= *low && low < high && *high <= 100.0)
        .map(|(low, high)| [low, high])
        .ok_or_else(|| {
            format!(
                "{:?} are no percentiles: give two from 0 to 100, the lower first, as in auto:2-98, or one for both ends, as in auto:0.5",
                format!("auto:{text}")
            )
        })
}

fn number_from_1(text: &str, example: &str) -> Fallible<usize> {
    text.parse()
        .ok()
        .filter(|n| *n >= 1)
        .ok_or_else(|| format!("{text:?} is no number from 1 up, as in {example}"))
}

fn unknown(text: &str, word: &str) -> String {
    let aliases = PRESETS.iter().flat_map(|it| it.aliases);
    let names: Vec<&str> = PRESETS.iter().map(|it| it.name).collect();
    let known = names.iter().chain(aliases).chain(WORDS).copied();
    let hint =
        nearest(word, known).map_or_else(String::new, |near| format!("did you mean {near}? "));
    format!(
        "no window is called {text:?}; {hint}give centre/width as in 40/400, file, file:2, lut, auto, auto:2-98, full, \
         minmax-volume, rgb, rgb-1, or for CT one of {}",
        names.join(" ")
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(typed: &str, shown: &str) {
        let choice: WindowChoice = typed.parse().unwrap();
        assert_eq!(choice.to_string(), shown, "{typed}");
        assert_eq!(shown.parse(), Ok(choice), "{shown} read again");
    }

    #[track_caller]
    fn check_refused(typed: &str, expected: &str) {
        let problem = typed.parse::<WindowChoice>().unwrap_err();
        assert!(problem.contains(expected), "{typed}: {problem}");
        assert!(problem.len() < 350 && !problem.contains('\n'), "{problem}");
    }

    #[test]
    fn what_is_typed_is_what_is_shown() {
        for word in [
            "file",
            "file:2",
            "lut",
            "lut:3",
            "auto",
            "full",
            "rgb",
            "rgb-1",
            "minmax-volume",
        ] {
            check(word, word);
        }
        for preset in PRESETS {
            check(preset.name, preset.name);
            for alias in preset.aliases {
                check(alias, preset.name);
            }
        }
        check(" Soft_Tissue ", "soft-tissue");
        check("temporal bone", "temporal-bone");
        check("40/400", "40/400");
        check("-600/1500", "-600/1500");
        check("0.25/0.5", "0.25/0.5");
        check("+40 / 400.0", "40/400");
        check("file:1", "file");
        check("auto:0.5", "auto:0.5-99.5");
        check("auto:1-99", "auto");
        check("auto:2-98", "auto:2-98");
        check("auto:0.1", "auto:0.1-99.9");
    }

    #[test]
    fn numbers_are_centre_and_width() {
        let Ok(WindowChoice::Numbers(window)) = "-600/1500".parse() else {
            panic!("no numbers")
        };
        assert_eq!((window.center, window.width), (-600.0, 1500.0));
        assert_eq!(window.function, Function::Linear);
        let Ok(WindowChoice::Numbers(window)) = "0.5/0.25".parse() else {
            panic!("no numbers")
        };
        assert_eq!(window.function, Function::LinearExact);
    }

    #[test]
    fn what_is_not_known_is_answered_with_the_choices() {
        check_refused("lunge", "did you mean lung? give centre/width");
        check_refused("sotf-tissue", "did you mean soft-tissue?");
        check_refused("rbg", "did you mean rgb?");
        check_refused("xyzzy-window", "called \"xyzzy-window\"; give centre/width");
        check_refused("", "no window is called \"\"");
        check_refused("lung:2", "did you mean lung?");
        check_refused("40/0", "is no window");
        check_refused("40/-400", "is no window");
        check_refused("x/400", "is no window");
        check_refused("nan/400", "is no window");
        check_refused("40/inf", "is no window");
        check_refused("40/400/2", "is no window");
        check_refused("file:0", "no number from 1 up");
        check_refused("file:-1", "no number from 1 up");
        check_refused("lut:x", "no number from 1 up");
        check_refused("auto:50", "no percentiles");
        check_refused("auto:98-2", "no percentiles");
        check_refused("auto:-1-99", "no percentiles");
        check_refused("auto:nan", "no percentiles");
        check_refused("auto:1-101", "no percentiles");
    }

    #[test]
    fn keys_in_the_order_of_the_presets() {
        let keys: Vec<String> = ('0'..='9')
            .map(|key| WindowChoice::by_key(key).unwrap().to_string())
            .collect();
        assert_eq!(
            keys.join(" "),
            "auto file file:2 soft-tissue lung mediastinum bone brain stroke liver"
        );
        assert_eq!(WindowChoice::by_key('a'), None);
    }

    #[test]
    fn no_name_is_given_twice() {
        let mut names: Vec<&str> = PRESETS
            .iter()
            .flat_map(|it| it.aliases.iter().chain([&it.name]))
            .chain(WORDS)
            .copied()
            .collect();
        let n = names.len();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), n);
    }

    #[test]
    fn stroke_is_narrow_and_lung_is_wide() {
        let of = |name: &str| PRESETS.iter().find(|it| it.name == name).unwrap().window();
        assert_eq!(of("stroke-hard").to_string(), "window 32/8");
        assert_eq!(of("lung").to_string(), "window -600/1500");
        assert_eq!(of("temporal-bone").to_string(), "window 600/2800");
        assert_eq!(DEFAULT.window().to_string(), "window 40/400");
    }
}
