//! Settings, the terminal's background and the environment in, the theme out: colours, or none, and which signs.

use crate::settings::Lang;
use crate::tui::theme::{ASCII, Symbols, THEMES, Theme, UNICODE};

/// Values of the setting `theme`.
pub const THEME_VALUES: [&str; 5] = ["auto", "dark", "light", "contrast", "none"];

/// Values of the setting `symbols`.
pub const SYMBOLS_VALUES: [&str; 3] = ["auto", "unicode", "ascii"];

/// The setting `theme`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Wanted {
    /// What suits the terminal's background.
    #[default]
    Auto,
    /// The theme of this name, one of [`THEMES`].
    Named(&'static str),
}

/// The setting `symbols`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Signs {
    /// What the locale can write.
    #[default]
    Auto,
    /// Unicode.
    Unicode,
    /// ASCII.
    Ascii,
}

/// How the screen looks, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Look {
    /// The theme's name, one of [`THEMES`].
    pub name: &'static str,
    /// The theme with its signs.
    pub theme: Theme,
    /// Why it is this theme.
    pub why: Why,
}

/// Why it is this theme.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Why {
    /// `NO_COLOR` is set: whatever else is said.
    NoColour,
    /// The setting says so.
    Setting,
    /// The terminal says what its background is.
    Background,
    /// The environment (`COLORFGBG`) says what the background is.
    Environment,
    /// Nobody says what the background is.
    Unknown,
}

impl Why {
    /// Half a sentence.
    pub fn text(self, lang: Lang) -> &'static str {
        let (en, zh) = match self {
            Self::NoColour => ("NO_COLOR is set", "NO_COLOR 已设置"),
            Self::Setting => ("the setting says so", "由设置指定"),
            Self::Background => ("the terminal's background", "依终端背景"),
            Self::Environment => ("COLORFGBG names the background", "由 COLORFGBG 指明背景"),
            Self::Unknown => (
                "the terminal does not tell its background",
                "终端未告知背景",
            ),
        };
        lang.pick(en, zh)
    }
}

impl Wanted {
    /// The value of the setting; `None` when it is not possible.
    pub fn parse(text: &str) -> Option<Self> {
        if text == "auto" {
            return Some(Self::Auto);
        }
        THEMES.into_iter().find(|it| *it == text).map(Self::Named)
    }
}

impl Signs {
    /// The value of the setting; `None` when it is not possible.
    pub fn parse(text: &str) -> Option<Self> {
        match text {
            "auto" => Some(Self::Auto),
            "unicode" => Some(Self::Unicode),
            "ascii" => Some(Self::Ascii),
            _ => None,
        }
    }

    /// The signs, by the environment where the setting leaves it open.
    pub fn choose(self, env: &dyn Fn(&str) -> Option<String>) -> Symbols {
        let is_unicode = match self {
            Self::Auto => writes_unicode(env),
            Self::Unicode => true,
            Self::Ascii => false,
        };
        if is_unicode { UNICODE } else { ASCII }
    }
}

impl Look {
    /// Chooses. `is_light` is what the terminal answered, `None` before it did; ask again when it has.
    pub fn choose(
        wanted: Wanted,
        signs: Signs,
        is_light: Option<bool>,
        env: &dyn Fn(&str) -> Option<String>,
    ) -> Self {
        let of_background = |is_light| if is_light { "light" } else { "dark" };
        let (name, why) = match wanted {
            _ if !wants_colours(env) => ("none", Why::NoColour),
            Wanted::Named(name) => (name, Why::Setting),
            Wanted::Auto => match (is_light, environment_is_light(env)) {
                (Some(is_light), _) => (of_background(is_light), Why::Background),
                (None, Some(is_light)) => (of_background(is_light), Why::Environment),
                (None, None) => ("dark", Why::Unknown),
            },
        };
        let theme = Theme::named(name).expect("the names are those of themes");
        Self {
            name,
            theme: theme.with(signs.choose(env)),
            why,
        }
    }

    /// What the key for the next theme asks for; without colours there is one only.
    pub fn next(&self) -> Wanted {
        if self.why == Why::NoColour {
            return Wanted::Named("none");
        }
        let here = THEMES.iter().position(|it| *it == self.name);
        let next = here.map_or(0, |it| (it + 1) % THEMES.len());
        Wanted::Named(THEMES.get(next).copied().unwrap_or("dark"))
    }

    /// What a person is told after the switch.
    pub fn say(&self, lang: Lang) -> String {
        let why = self.why.text(lang);
        match lang {
            Lang::En => format!("theme: {} ({why})", self.name),
            Lang::Zh => format!("主题：{}（{why}）", self.name),
        }
    }
}

/// `NO_COLOR` counts when it is not empty (<https://no-color.org>).
fn wants_colours(env: &dyn Fn(&str) -> Option<String>) -> bool {
    env("NO_COLOR").is_none_or(|it| it.is_empty())
}

/// `COLORFGBG=15;0`: the last number is the background's colour. 7 and 9 ..= 15 are light; rxvt and Konsole set it.
fn environment_is_light(env: &dyn Fn(&str) -> Option<String>) -> Option<bool> {
    let value = env("COLORFGBG")?;
    let last = value.rsplit(';').next()?;
    let colour: u8 = last.parse().ok().filter(|it| *it < 16)?;
    Some(colour == 7 || colour > 8)
}

/// Whether the locale can write Unicode: the first of `LC_ALL`, `LC_CTYPE` and `LANG` that is set names UTF-8. Where none is set, as
/// in many containers, what is attached is nearly always a terminal that can, except for those named here.
fn writes_unicode(env: &dyn Fn(&str) -> Option<String>) -> bool {
    let names = ["LC_ALL", "LC_CTYPE", "LANG"];
    let locale = names
        .iter()
        .find_map(|it| env(it).filter(|it| !it.is_empty()));
    let term = env("TERM").unwrap_or_default();
    let is_old = term == "dumb" || term.starts_with("vt1") || term.starts_with("vt2");
    locale.map_or(!is_old, |it| {
        let it = it.to_ascii_lowercase();
        it.contains("utf-8") || it.contains("utf8")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chosen(wanted: &str, is_light: Option<bool>, env: &[(&str, &str)]) -> Look {
        let look = |name: &str| {
            let found = env.iter().find(|it| it.0 == name);
            found.map(|it| it.1.to_owned())
        };
        Look::choose(Wanted::parse(wanted).unwrap(), Signs::Auto, is_light, &look)
    }

    #[track_caller]
    fn check(wanted: &str, is_light: Option<bool>, env: &[(&str, &str)], expected: (&str, Why)) {
        let look = chosen(wanted, is_light, env);
        assert_eq!((look.name, look.why), expected);
    }

    #[test]
    fn the_theme_suits_the_background() {
        check("auto", Some(true), &[], ("light", Why::Background));
        check("auto", Some(false), &[], ("dark", Why::Background));
        check("auto", None, &[], ("dark", Why::Unknown));
        check(
            "auto",
            None,
            &[("COLORFGBG", "0;15")],
            ("light", Why::Environment),
        );
        check(
            "auto",
            None,
            &[("COLORFGBG", "15;default;0")],
            ("dark", Why::Environment),
        );
        check(
            "auto",
            None,
            &[("COLORFGBG", "0;default")],
            ("dark", Why::Unknown),
        );
        check(
            "auto",
            None,
            &[("COLORFGBG", "0;8")],
            ("dark", Why::Environment),
        );
        check(
            "auto",
            Some(false),
            &[("COLORFGBG", "0;15")],
            ("dark", Why::Background),
        );
    }

    #[test]
    fn a_setting_counts_more_than_the_background_and_no_color_more_than_all() {
        check("contrast", Some(true), &[], ("contrast", Why::Setting));
        check("none", Some(true), &[], ("none", Why::Setting));
        check("light", None, &[("NO_COLOR", "1")], ("none", Why::NoColour));
        check(
            "auto",
            Some(true),
            &[("NO_COLOR", "0")],
            ("none", Why::NoColour),
        );
        check(
            "auto",
            Some(true),
            &[("NO_COLOR", "")],
            ("light", Why::Background),
        );
    }

    #[track_caller]
    fn check_signs(signs: Signs, env: &[(&str, &str)], is_unicode: bool) {
        let look = |name: &str| {
            let found = env.iter().find(|it| it.0 == name);
            found.map(|it| it.1.to_owned())
        };
        let expected = if is_unicode { UNICODE } else { ASCII };
        assert_eq!(signs.choose(&look), expected, "{env:?}");
    }

    #[test]
    fn signs_are_what_the_locale_can_write() {
        check_signs(Signs::Auto, &[("LANG", "en_US.UTF-8")], true);
        check_signs(Signs::Auto, &[("LANG", "zh_CN.utf8")], true);
        check_signs(Signs::Auto, &[("LANG", "de_DE.ISO-8859-1")], false);
        check_signs(
            Signs::Auto,
            &[("LANG", "en_US.UTF-8"), ("LC_ALL", "C")],
            false,
        );
        check_signs(
            Signs::Auto,
            &[("LC_ALL", ""), ("LC_CTYPE", "C.UTF-8"), ("LANG", "C")],
            true,
        );
        check_signs(Signs::Auto, &[], true);
        check_signs(Signs::Auto, &[("TERM", "vt100")], false);
        check_signs(Signs::Auto, &[("TERM", "vt220"), ("LANG", "C.UTF-8")], true);
        check_signs(Signs::Ascii, &[("LANG", "en_US.UTF-8")], false);
        check_signs(Signs::Unicode, &[("LANG", "C")], true);
    }

    #[test]
    fn the_key_goes_through_all_themes_and_comes_back() {
        let mut look = chosen("auto", Some(true), &[]);
        let mut seen = Vec::new();
        for _ in 0..THEMES.len() {
            let Wanted::Named(name) = look.next() else {
                panic!("a theme has a name");
            };
            seen.push(name);
            look = chosen(name, Some(true), &[]);
        }
        assert_eq!(seen, ["contrast", "none", "dark", "light"]);
        let none = chosen("auto", None, &[("NO_COLOR", "1")]);
        assert_eq!(none.next(), Wanted::Named("none"));
        assert_eq!(none.say(Lang::En), "theme: none (NO_COLOR is set)");
    }

    #[test]
    fn every_value_of_the_settings_is_understood() {
        assert!(THEME_VALUES.iter().all(|it| Wanted::parse(it).is_some()));
        assert!(SYMBOLS_VALUES.iter().all(|it| Signs::parse(it).is_some()));
        assert_eq!(Wanted::parse("blue"), None);
        assert_eq!(Signs::parse("emoji"), None);
    }
}
