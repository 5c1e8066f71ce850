//! Flags, environment and settings file in, `Settings` out, each value with where it came from; decided once, here.
//!
//! A setting is one row of [`KEYS`]: its name is the flag (`--top-k`), the key of the file (`top-k`), the word
//! after `/set` in the REPL, and, in capitals after `MEDLAB_`, the environment variable (`MEDLAB_TOP_K`).

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use crate::cli::Flags;
use crate::context::Language;
use crate::engine::{Quant, Sampling, Source};
use crate::error::Failure;
use crate::imaging::{View, view};
use crate::lab::Options;
use crate::preprocess::Fit;
use crate::tui::look;
use etcetera::BaseStrategy;

mod file;

mod keys;

pub use file::keys_of;
pub use keys::{KEYS, Key};

use file::read_file;

/// What the program was asked to be.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Where the model is.
    pub model: Source,
    /// Where to compute.
    pub device: Device,
    /// How the weights are kept.
    pub quant: Quant,
    /// Tokens of the context window.
    pub ctx: usize,
    /// How tokens are chosen.
    pub sampling: Sampling,
    /// At most so many tokens an answer.
    pub max_new_tokens: usize,
    /// System text, "" for none.
    pub system: String,
    /// Whether the model's thinking is seen.
    pub thinking: Thinking,
    /// Language to answer in; `Auto` is the question's.
    pub language: Language,
    /// Language of notices and of the REPL's help.
    pub lang: Lang,
    /// How a picture becomes square.
    pub fit: Fit,
    /// How pictures are looked at: window, slices, plane, region.
    pub view: View,
    /// How the terminal shows pictures.
    pub graphics: Graphics,
    /// The colours of the full screen.
    pub theme: look::Wanted,
    /// The signs of the full screen.
    pub symbols: look::Signs,
    /// Whether clicks and the wheel come to the full screen.
    pub mouse: bool,
    /// Where sessions are kept; `None` without a home folder.
    pub sessions: Option<PathBuf>,
    /// Whether a conversation at a terminal is recorded.
    pub record: bool,
    /// Whether sessions say where pictures lie.
    pub record_paths: bool,
    /// The language that the environment speaks: what `lang = auto` means.
    spoken: Lang,
    /// The value of each key as text, and where it came from, in the order of [`KEYS`].
    pub origins: Vec<Origin>,
}

/// Where to compute.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Device {
    /// The best there is.
    Auto,
    /// The processor.
    Cpu,
}

/// Whether the model's thinking is seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Thinking {
    /// Kept (for JSON) and not shown.
    Hide,
    /// Shown dimmed, apart from the answer.
    Show,
}

/// How the terminal shows pictures.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Graphics {
    /// The best it has.
    Auto,
    /// The kitty graphics protocol.
    Kitty,
    /// iTerm2's inline pictures.
    Iterm,
    /// Sixel.
    Sixel,
    /// Coloured half blocks.
    Blocks,
    /// Letters by brightness.
    Ascii,
    /// Not at all.
    None,
}

/// Language of notices and of the REPL's help.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lang {
    /// English.
    En,
    /// Chinese.
    Zh,
}

impl Lang {
    /// The one of two texts that is in this language.
    pub fn pick<'a>(self, en: &'a str, zh: &'a str) -> &'a str {
        match self {
            Self::En => en,
            Self::Zh => zh,
        }
    }
}

/// A setting's text and where it came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin {
    /// The setting's name.
    pub key: &'static str,
    /// Its value as text.
    pub value: String,
    /// Where that was written.
    pub place: Place,
}

/// Where a value was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// Nowhere.
    Default,
    /// In the settings file, at this line.
    File(PathBuf, usize),
    /// In the environment, in this variable.
    Env(String),
    /// On the command line.
    Flag,
    /// Typed in the REPL after `/set`.
    Set,
    /// As it was in the session that goes on.
    Session,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => write!(f, "default"),
            Self::File(path, line) => write!(f, "{}:{line}", path.display()),
            Self::Env(name) => write!(f, "{name}"),
            Self::Flag => write!(f, "flag"),
            Self::Set => write!(f, "/set"),
            Self::Session => write!(f, "session"),
        }
    }
}

impl Settings {
    /// From the flags, the environment (`env` looks a variable up) and the settings file.
    ///
    /// # Errors
    /// When a value is not one of those possible, or the file cannot be read or has an unknown key.
    pub fn gather(flags: &Flags, env: &dyn Fn(&str) -> Option<String>) -> Result<Self, Failure> {
        let written = read_file(&config_path(flags, env))?;
        let mut settings = Self::default_with(env);
        for key in KEYS {
            let (value, place) = if let Some(text) = flags.typed(key.name) {
                (text.to_owned(), Place::Flag)
            } else if let Some(text) = env(&key.env()) {
                (text, Place::Env(key.env()))
            } else if let Some(entry) = written.iter().find(|it| it.key == key.name) {
                (
                    entry.value.clone(),
                    Place::File(entry.path.clone(), entry.line),
                )
            } else {
                continue;
            };
            settings.change(key, &value, place)?;
        }
        Ok(settings)
    }

    /// Changes one setting while the program runs (`/set`).
    ///
    /// # Errors
    /// When there is no such setting, it cannot change while the model is loaded, or the value is not possible.
    pub fn set(&mut self, name: &str, value: &str) -> Result<(), Failure> {
        let key = Key::find(name)?;
        if !key.live {
            return Err(Failure::Usage(format!(
                "{name} cannot change while the model is loaded; start again with --{name}"
            )));
        }
        self.change(key, value, Place::Set)
    }

    /// Every setting that an answer or a picture depends on, as text: what a session records.
    pub fn recorded(&self) -> BTreeMap<String, String> {
        let origins = self.origins.iter();
        let matter = origins.filter(|it| Key::find(it.key).is_ok_and(Key::is_recorded));
        matter
            .map(|it| (it.key.to_owned(), it.value.clone()))
            .collect()
    }

    /// Takes the settings of a session that goes on, but not in place of flags; returns what flags say otherwise.
    ///
    /// # Errors
    /// When a value is not possible here.
    pub fn resume(
        &mut self,
        of_session: &BTreeMap<String, String>,
    ) -> Result<Vec<Origin>, Failure> {
        let mut otherwise = Vec::new();
        for key in KEYS.iter().filter(|it| it.is_recorded()) {
            let now = self.origins.iter().find(|it| it.key == key.name).cloned();
            let is_flag = now.as_ref().is_some_and(|it| it.place == Place::Flag);
            match of_session.get(key.name) {
                Some(value) if is_flag => otherwise.extend(now.filter(|it| it.value != *value)),
                Some(value) => self.change(key, value, Place::Session)?,
                None => {}
            }
        }
        Ok(otherwise)
    }

    fn change(&mut self, key: &'static Key, value: &str, place: Place) -> Result<(), Failure> {
        apply(self, key.name, value).map_err(|problem| {
            let named = match &place {
                Place::Default | Place::Flag => format!("--{}", key.name),
                Place::Set | Place::Session => key.name.to_owned(),
                Place::Env(_) | Place::File(..) => format!("{place}: {}", key.name),
            };
            Failure::Usage(format!("{named}: {value:?} is not possible; {problem}"))
        })?;
        let origin = Origin {
            key: key.name,
            value: value.to_owned(),
            place,
        };
        match self.origins.iter_mut().find(|it| it.key == key.name) {
            Some(slot) => *slot = origin,
            None => self.origins.push(origin),
        }
        Ok(())
    }

    /// The settings that the lab takes.
    pub fn options(&self) -> Options {
        Options {
            ctx: self.ctx,
            sampling: self.sampling.clone(),
            max_new_tokens: self.max_new_tokens,
            fit: self.fit,
            view: View {
                fit: self.fit,
                ..self.view.clone()
            },
            language: self.language,
        }
    }

    fn default_with(env: &dyn Fn(&str) -> Option<String>) -> Self {
        let spoken = language_of(env);
        let origins = KEYS.iter().map(|key| Origin {
            key: key.name,
            value: key.default.to_owned(),
            place: Place::Default,
        });
        Self {
            model: Source::Phantom,
            device: Device::Auto,
            quant: Quant::None,
            ctx: 2048,
            sampling: Sampling::default(),
            max_new_tokens: 512,
            system: String::new(),
            thinking: Thinking::Hide,
            language: Language::Auto,
            lang: spoken,
            spoken,
            fit: Fit::Pad,
            view: View::default(),
            graphics: Graphics::Auto,
            theme: look::Wanted::Auto,
            symbols: look::Signs::Auto,
            mouse: true,
            sessions: data_path().map(|it| it.join("sessions")),
            record: true,
            record_paths: false,
            origins: origins.collect(),
        }
    }
}

/// The settings file, and whether it was named (then it must exist).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigPath {
    /// Where it is, or would be; `None` without a home folder.
    pub path: Option<PathBuf>,
    /// Named by `--config` or `MEDLAB_CONFIG`.
    pub named: bool,
}

/// Where the settings file is.
pub fn config_path(flags: &Flags, env: &dyn Fn(&str) -> Option<String>) -> ConfigPath {
    let named = flags
        .config
        .clone()
        .or_else(|| env("MEDLAB_CONFIG").map(PathBuf::from));
    if named.is_some() {
        return ConfigPath {
            path: named,
            named: true,
        };
    }
    let base = etcetera::choose_base_strategy().ok();
    ConfigPath {
        path: base.map(|it| it.config_dir().join("medlab/config.toml")),
        named: false,
    }
}

/// Where the program keeps what it needs again and nobody made: history, log, reports; `None` without a home folder.
pub fn state_folder() -> Option<PathBuf> {
    let base = etcetera::choose_base_strategy().ok()?;
    let folder = base.state_dir().unwrap_or_else(|| base.data_dir());
    Some(folder.join("medlab"))
}

/// Where the REPL keeps its history; `None` without a home folder.
pub fn history_path() -> Option<PathBuf> {
    Some(state_folder()?.join("history.txt"))
}

/// Where a person's own prompts are; `None` without a home folder.
pub fn prompts_path() -> Option<PathBuf> {
    let base = etcetera::choose_base_strategy().ok()?;
    Some(base.config_dir().join("medlab/prompts"))
}

/// Where the program keeps what a person made with it; `None` without a home folder.
pub fn data_path() -> Option<PathBuf> {
    let base = etcetera::choose_base_strategy().ok()?;
    Some(base.data_dir().join("medlab"))
}

const TOKENS: &str = "give a whole number from 1 to 131072";
const SHARE: &str = "give a number above 0 and up to 1, or off";

const SWITCH: &[(&str, bool)] = &[("on", true), ("off", false)];

const GRAPHICS: &[(&str, Graphics)] = &[
    ("auto", Graphics::Auto),
    ("kitty", Graphics::Kitty),
    ("iterm", Graphics::Iterm),
    ("sixel", Graphics::Sixel),
    ("blocks", Graphics::Blocks),
    ("ascii", Graphics::Ascii),
    ("none", Graphics::None),
];

/// Takes a setting's text, or says in half a sentence what is possible.
fn apply(settings: &mut Settings, name: &str, text: &str) -> Result<(), String> {
    let tokens = |text| number(text, |it| (1..=131_072).contains(it), TOKENS);
    let share = |text| unless_off(text, |it| *it > 0.0 && *it <= 1.0, SHARE);
    let sampling = &mut settings.sampling;
    match name {
        "model" => settings.model = model(text)?,
        "device" => {
            settings.device = one_of(text, &[("auto", Device::Auto), ("cpu", Device::Cpu)])?;
        }
        "quant" => {
            settings.quant = one_of(
                text,
                &[("none", Quant::None), ("q8", Quant::Q8), ("q4", Quant::Q4)],
            )?;
        }
        _ if view::KEYS.iter().any(|(key, ..)| *key == name) => settings.view.set(name, text)?,
        "fit" => settings.fit = one_of(text, &[("pad", Fit::Pad), ("stretch", Fit::Stretch)])?,
        "ctx" => settings.ctx = tokens(text)?,
        "system" => text.clone_into(&mut settings.system),
        "max-new-tokens" => settings.max_new_tokens = tokens(text)?,
        "temperature" => {
            let possible = "give a number from 0 (greedy) to 10";
            sampling.temperature = number(text, |it| (0.0..=10.0).contains(it), possible)?;
        }
        "top-k" => {
            sampling.top_k = unless_off(text, |it| *it >= 1, "give a whole number from 1, or off")?;
        }
        "top-p" => sampling.top_p = share(text)?,
        "min-p" => sampling.min_p = share(text)?,
        "repetition-penalty" => {
            let possible = "give a number from 0.1 to 10; 1 is none";
            sampling.repetition_penalty = number(text, |it| (0.1..=10.0).contains(it), possible)?;
        }
        "seed" => sampling.seed = number(text, |_| true, "give a whole number from 0")?,
        "thinking" => {
            settings.thinking =
                one_of(text, &[("hide", Thinking::Hide), ("show", Thinking::Show)])?;
        }
        "lang" => {
            let choices = [
                ("auto", (Language::Auto, settings.spoken)),
                ("en", (Language::English, Lang::En)),
                ("zh", (Language::Chinese, Lang::Zh)),
            ];
            (settings.language, settings.lang) = one_of(text, &choices)?;
        }
        "graphics" => settings.graphics = one_of(text, GRAPHICS)?,
        "theme" | "symbols" | "mouse" => screen(settings, name, text)?,
        "sessions" if text.is_empty() => return Err("give a folder".to_owned()),
        "sessions" => settings.sessions = Some(PathBuf::from(text)),
        "record" => settings.record = one_of(text, SWITCH)?,
        "record-paths" => settings.record_paths = one_of(text, SWITCH)?,
        other => unreachable!("{other} is in the table"),
    }
    Ok(())
}

/// The same for settings of the full screen.
fn screen(settings: &mut Settings, name: &str, text: &str) -> Result<(), String> {
    let of = |values: &[&str]| possible(values);
    match name {
        "theme" => {
            let theme = look::Wanted::parse(text).ok_or_else(|| of(&look::THEME_VALUES));
            settings.theme = theme?;
        }
        "symbols" => {
            let symbols = look::Signs::parse(text).ok_or_else(|| of(&look::SYMBOLS_VALUES));
            settings.symbols = symbols?;
        }
        _ => settings.mouse = one_of(text, SWITCH)?,
    }
    Ok(())
}

fn model(text: &str) -> Result<Source, String> {
    match text {
        "phantom" => Ok(Source::Phantom),
        folder if Path::new(folder).is_dir() => Ok(Source::Folder(PathBuf::from(folder))),
        _ => Err("give phantom, or a folder that holds a Gemma 3 checkpoint".to_owned()),
    }
}

/// The language that the environment speaks.
fn language_of(env: &dyn Fn(&str) -> Option<String>) -> Lang {
    let named = ["LC_ALL", "LC_MESSAGES", "LANG"]
        .iter()
        .find_map(|name| env(name).filter(|it| !it.is_empty()));
    if named.is_some_and(|it| it.starts_with("zh")) {
        Lang::Zh
    } else {
        Lang::En
    }
}

fn one_of<T: Copy>(text: &str, choices: &[(&str, T)]) -> Result<T, String> {
    choices
        .iter()
        .find(|(name, _)| *name == text)
        .map(|(_, value)| *value)
        .ok_or_else(|| {
            let names: Vec<&str> = choices.iter().map(|(name, _)| *name).collect();
            possible(&names)
        })
}

/// `give a, b or c`.
fn possible(names: &[&str]) -> String {
    let (last, others) = names.split_last().expect("a setting has a choice");
    format!("give {} or {last}", others.join(", "))
}

fn number<T: FromStr>(
    text: &str,
    is_possible: impl Fn(&T) -> bool,
    possible: &str,
) -> Result<T, String> {
    text.trim()
        .parse()
        .ok()
        .filter(is_possible)
        .ok_or_else(|| possible.to_owned())
}

fn unless_off<T: FromStr>(
    text: &str,
    is_possible: impl Fn(&T) -> bool,
    possible: &str,
) -> Result<Option<T>, String> {
    if text == "off" {
        Ok(None)
    } else {
        number(text, is_possible, possible).map(Some)
    }
}
