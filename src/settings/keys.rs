//! A setting's name in, its row out: default, values to offer, and whether it can change while the model is loaded.

use crate::error::Failure;
use crate::imaging::view;
use crate::nearest::nearest;

/// One setting.
#[derive(Debug)]
pub struct Key {
    /// Its name, in flags, file and `/set`.
    pub name: &'static str,
    /// Its default as text.
    pub default: &'static str,
    /// Values to offer when completing.
    pub values: &'static [&'static str],
    /// Whether it can change while the model is loaded.
    pub live: bool,
}

/// Every setting, in the order in which they are shown.
pub const KEYS: &[Key] = &[
    fixed("model", "phantom", &["phantom"]),
    fixed("device", "auto", &["auto", "cpu"]),
    fixed("quant", "none", &["none", "q8", "q4"]),
    fixed("fit", "pad", &["pad", "stretch"]),
    live("ctx", "2048", &["2048", "4096", "8192"]),
    live("system", "", &[]),
    live("max-new-tokens", "512", &["64", "256", "512"]),
    live("temperature", "0", &["0", "0.7", "1"]),
    live("top-k", "off", &["off"]),
    live("top-p", "off", &["off"]),
    live("min-p", "off", &["off"]),
    live("repetition-penalty", "1", &["1", "1.1"]),
    live("seed", "0", &["0"]),
    live("thinking", "hide", &["hide", "show"]),
    live("lang", "auto", &["auto", "en", "zh"]),
    fixed(
        "graphics",
        "auto",
        &["auto", "kitty", "iterm", "sixel", "blocks", "ascii", "none"],
    ),
    fixed(
        "theme",
        "auto",
        &["auto", "dark", "light", "contrast", "none"],
    ),
    fixed("symbols", "auto", &["auto", "unicode", "ascii"]),
    fixed("mouse", "on", &["on", "off"]),
    fixed("sessions", "", &[]),
    fixed("record", "on", &["on", "off"]),
    fixed("record-paths", "off", &["on", "off"]),
    of_view(0),
    of_view(1),
    of_view(2),
    of_view(3),
    of_view(4),
    of_view(5),
    of_view(6),
    of_view(7),
    of_view(8),
    of_view(9),
    of_view(10),
];

/// A setting of how pictures are looked at, as `imaging` lists them.
const fn of_view(index: usize) -> Key {
    let (name, default, values) = view::KEYS[index];
    live(name, default, values)
}

const fn live(name: &'static str, default: &'static str, values: &'static [&'static str]) -> Key {
    Key {
        name,
        default,
        values,
        live: true,
    }
}

const fn fixed(name: &'static str, default: &'static str, values: &'static [&'static str]) -> Key {
    Key {
        name,
        default,
        values,
        live: false,
    }
}

impl Key {
    /// The setting of this name.
    ///
    /// # Errors
    /// When there is none; names the nearest.
    pub fn find(name: &str) -> Result<&'static Self, Failure> {
        KEYS.iter().find(|it| it.name == name).ok_or_else(|| {
            let names: Vec<&str> = KEYS.iter().map(|it| it.name).collect();
            let hint = match nearest(name, names.iter().copied()) {
                Some(near) => format!("did you mean {near}?"),
                None => format!("the settings are {}", names.join(", ")),
            };
            Failure::Usage(format!("no setting is called {name:?}; {hint}"))
        })
    }

    /// Whether an answer or a picture depends on it, beside the model.
    pub(super) fn is_recorded(&self) -> bool {
        const OTHERS: [&str; 11] = [
            "model",
            "device",
            "quant",
            "thinking",
            "graphics",
            "theme",
            "symbols",
            "mouse",
            "sessions",
            "record",
            "record-paths",
        ];
        !OTHERS.contains(&self.name)
    }

    /// `MEDLAB_TOP_K` for `top-k`.
    pub fn env(&self) -> String {
        format!("MEDLAB_{}", self.name.to_uppercase().replace('-', "_"))
    }
}
