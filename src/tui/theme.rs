//! A theme's name in, every style and symbol of the screen out: dark, light, high contrast, without colour; Unicode or ASCII.
//!
//! Colours are the terminal's own sixteen, so that a person's palette holds and a terminal without more shows them. No
//! meaning is carried by colour alone: what must be told apart differs in a modifier, a symbol, or a word too.

use ratatui::style::{Color, Modifier, Style};

/// Every style of the screen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Theme {
    /// Ordinary text.
    pub text: Style,
    /// What is beside the point: counts, hints, marks.
    pub dim: Style,
    /// What wants to be seen first: names, the caret.
    pub accent: Style,
    /// Titles of panes and popups.
    pub title: Style,
    /// Borders.
    pub border: Style,
    /// Borders of the pane that has the keys.
    pub border_focus: Style,
    /// The line of a list or menu that is chosen.
    pub chosen: Style,
    /// The mark beside a chosen message.
    pub chosen_mark: Style,
    /// A person's own words.
    pub user: Style,
    /// What the model thought.
    pub thinking: Style,
    /// What was undone.
    pub undone: Style,
    /// Remarks of the program.
    pub remark: Style,
    /// What should be looked at.
    pub warning: Style,
    /// What went wrong.
    pub failure: Style,
    /// What went well.
    pub success: Style,
    /// Headings of an answer.
    pub heading: Style,
    /// Bold in an answer; patched over the text's style.
    pub strong: Style,
    /// Italic in an answer; patched over the text's style.
    pub emphasis: Style,
    /// Struck out in an answer; patched over the text's style.
    pub strike: Style,
    /// Code, and names in the input.
    pub code: Style,
    /// Addresses.
    pub link: Style,
    /// Bars, bullets and numbers of lists, rules.
    pub furniture: Style,
    /// Names in JSON.
    pub key: Style,
    /// Texts in JSON.
    pub string: Style,
    /// Numbers in JSON.
    pub number: Style,
    /// Numbers of boxes.
    pub box_number: Style,
    /// A place that a search found; patched over the text's style.
    pub hit: Style,
    /// The place that the search stands at; patched over the text's style.
    pub hit_here: Style,
    /// How sure the model was of a token, from sure to a guess; patched over the text's style.
    pub tint: [Style; 4],
    /// The token whose probabilities are shown; patched over the text's style.
    pub token_here: Style,
    /// What is folded into one word in the input.
    pub fold: Style,
    /// What stands in an empty input.
    pub placeholder: Style,
    /// Segments of the context gauge, in turn.
    pub slots: [Style; 2],
    /// The gauge's free room.
    pub free: Style,
    /// The gauge when more is asked for than fits.
    pub over: Style,
    /// Signs.
    pub symbols: Symbols,
}

/// The signs of the screen, each one cell wide.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Symbols {
    /// Before a person's words, and before the input.
    pub user: &'static str,
    /// Before the model's words.
    pub model: &'static str,
    /// Before a picture that was opened.
    pub picture: &'static str,
    /// Before a remark.
    pub remark: &'static str,
    /// Before a warning.
    pub warning: &'static str,
    /// Before what went wrong.
    pub failure: &'static str,
    /// Before what was left out.
    pub dropped: &'static str,
    /// At the end of what is being written.
    pub caret: &'static str,
    /// Beside what is chosen.
    pub bar: &'static str,
    /// Before what is folded.
    pub folded: &'static str,
    /// Before what is unfolded.
    pub unfolded: &'static str,
    /// Before items of lists, by depth.
    pub bullets: [&'static str; 3],
    /// Beside quotations and code.
    pub beside: &'static str,
    /// A piece of a horizontal rule.
    pub rule: &'static str,
    /// There is more below.
    pub below: &'static str,
    /// There is more above.
    pub above: &'static str,
    /// Where the view is in the whole.
    pub thumb: &'static str,
    /// The rest of the whole.
    pub track: &'static str,
    /// Something was cut.
    pub ellipsis: &'static str,
    /// Between the gauge's segments.
    pub between: &'static str,
    /// A piece of the gauge's free room.
    pub free: &'static str,
    /// A piece of a bar.
    pub full: &'static str,
    /// Corners and sides of a box: top left, top right, bottom left, bottom right, horizontal, vertical.
    pub frame: [&'static str; 6],
}

/// Signs for terminals and fonts with Unicode.
pub const UNICODE: Symbols = Symbols {
    user: "❯",
    model: "●",
    picture: "▣",
    remark: "·",
    warning: "!",
    failure: "✗",
    dropped: "✂",
    caret: "▌",
    bar: "▌",
    folded: "▸",
    unfolded: "▾",
    bullets: ["•", "◦", "▪"],
    beside: "│",
    rule: "─",
    below: "↓",
    above: "↑",
    thumb: "┃",
    track: " ",
    ellipsis: "…",
    between: "│",
    free: "·",
    full: "█",
    frame: ["╭", "╮", "╰", "╯", "─", "│"],
};

/// Signs for everything else: ASCII only.
pub const ASCII: Symbols = Symbols {
    user: ">",
    model: "*",
    picture: "#",
    remark: "-",
    warning: "!",
    failure: "x",
    dropped: "-",
    caret: "_",
    bar: "|",
    folded: "+",
    unfolded: "-",
    bullets: ["-", "-", "-"],
    beside: "|",
    rule: "-",
    below: "v",
    above: "^",
    thumb: "#",
    track: " ",
    ellipsis: "~",
    between: "|",
    free: ".",
    full: "#",
    frame: ["+", "+", "+", "+", "-", "|"],
};

const fn fg(color: Color) -> Style {
    Style::new().fg(color)
}

const PLAIN: Style = Style::new();
const BOLD: Style = PLAIN.add_modifier(Modifier::BOLD);
const DIM: Style = PLAIN.add_modifier(Modifier::DIM);
const REVERSED: Style = PLAIN.add_modifier(Modifier::REVERSED);
const ITALIC: Style = PLAIN.add_modifier(Modifier::ITALIC);
const UNDERLINED: Style = PLAIN.add_modifier(Modifier::UNDERLINED);

/// Without colour: modifiers only.
const NONE: Theme = Theme {
    text: PLAIN,
    dim: DIM,
    accent: BOLD,
    title: BOLD,
    border: DIM,
    border_focus: BOLD,
    chosen: REVERSED,
    chosen_mark: BOLD,
    user: BOLD,
    thinking: DIM,
    undone: DIM,
    remark: DIM,
    warning: BOLD,
    failure: BOLD.add_modifier(Modifier::UNDERLINED),
    success: BOLD,
    heading: BOLD.add_modifier(Modifier::UNDERLINED),
    strong: BOLD,
    emphasis: ITALIC,
    strike: PLAIN.add_modifier(Modifier::CROSSED_OUT),
    code: PLAIN,
    link: UNDERLINED,
    furniture: DIM,
    key: BOLD,
    string: PLAIN,
    number: PLAIN,
    box_number: BOLD,
    hit: UNDERLINED.add_modifier(Modifier::BOLD),
    hit_here: REVERSED,
    tint: [
        PLAIN,
        DIM,
        UNDERLINED,
        UNDERLINED.add_modifier(Modifier::BOLD),
    ],
    token_here: REVERSED,
    fold: REVERSED,
    placeholder: DIM,
    slots: [REVERSED, PLAIN],
    free: DIM,
    over: BOLD.add_modifier(Modifier::REVERSED),
    symbols: UNICODE,
};

/// Blue and white on a dark background.
const DARK: Theme = Theme {
    accent: fg(Color::LightBlue).add_modifier(Modifier::BOLD),
    title: fg(Color::LightBlue).add_modifier(Modifier::BOLD),
    dim: fg(Color::DarkGray),
    border: fg(Color::DarkGray),
    border_focus: fg(Color::LightBlue).add_modifier(Modifier::BOLD),
    chosen_mark: fg(Color::LightBlue).add_modifier(Modifier::BOLD),
    user: fg(Color::LightBlue).add_modifier(Modifier::BOLD),
    thinking: fg(Color::Gray).add_modifier(Modifier::DIM),
    remark: fg(Color::Gray).add_modifier(Modifier::DIM),
    warning: fg(Color::LightYellow).add_modifier(Modifier::BOLD),
    failure: fg(Color::LightRed).add_modifier(Modifier::BOLD),
    success: fg(Color::LightGreen).add_modifier(Modifier::BOLD),
    heading: fg(Color::LightBlue).add_modifier(Modifier::BOLD),
    code: fg(Color::LightCyan),
    link: fg(Color::LightCyan).add_modifier(Modifier::UNDERLINED),
    furniture: fg(Color::Blue),
    key: fg(Color::LightBlue),
    string: fg(Color::LightCyan),
    number: fg(Color::White),
    box_number: fg(Color::LightBlue).add_modifier(Modifier::BOLD),
    hit_here: fg(Color::Black)
        .bg(Color::LightYellow)
        .add_modifier(Modifier::BOLD),
    tint: [
        PLAIN,
        fg(Color::LightCyan).add_modifier(Modifier::DIM),
        fg(Color::LightYellow).add_modifier(Modifier::UNDERLINED),
        fg(Color::LightRed).add_modifier(Modifier::BOLD.union(Modifier::UNDERLINED)),
    ],
    fold: fg(Color::LightCyan).add_modifier(Modifier::REVERSED),
    placeholder: fg(Color::DarkGray),
    slots: [
        Style::new().fg(Color::White).bg(Color::Blue),
        Style::new().fg(Color::Black).bg(Color::Cyan),
    ],
    free: fg(Color::DarkGray),
    over: Style::new()
        .fg(Color::White)
        .bg(Color::Red)
        .add_modifier(Modifier::BOLD),
    ..NONE
};

/// Blue and white on a light background.
const LIGHT: Theme = Theme {
    accent: fg(Color::Blue).add_modifier(Modifier::BOLD),
    title: fg(Color::Blue).add_modifier(Modifier::BOLD),
    dim: fg(Color::DarkGray),
    border: fg(Color::Gray),
    border_focus: fg(Color::Blue).add_modifier(Modifier::BOLD),
    chosen_mark: fg(Color::Blue).add_modifier(Modifier::BOLD),
    user: fg(Color::Blue).add_modifier(Modifier::BOLD),
    thinking: fg(Color::DarkGray),
    remark: fg(Color::DarkGray),
    warning: fg(Color::Magenta).add_modifier(Modifier::BOLD),
    failure: fg(Color::Red).add_modifier(Modifier::BOLD),
    success: fg(Color::Green).add_modifier(Modifier::BOLD),
    heading: fg(Color::Blue).add_modifier(Modifier::BOLD),
    code: fg(Color::Blue),
    link: fg(Color::Blue).add_modifier(Modifier::UNDERLINED),
    furniture: fg(Color::Blue),
    key: fg(Color::Blue),
    string: fg(Color::Magenta),
    number: fg(Color::Black),
    box_number: fg(Color::Blue).add_modifier(Modifier::BOLD),
    hit_here: fg(Color::White)
        .bg(Color::Magenta)
        .add_modifier(Modifier::BOLD),
    tint: [
        PLAIN,
        fg(Color::Blue).add_modifier(Modifier::DIM),
        fg(Color::Magenta).add_modifier(Modifier::UNDERLINED),
        fg(Color::Red).add_modifier(Modifier::BOLD.union(Modifier::UNDERLINED)),
    ],
    fold: fg(Color::Blue).add_modifier(Modifier::REVERSED),
    placeholder: fg(Color::DarkGray),
    slots: [
        Style::new().fg(Color::White).bg(Color::Blue),
        Style::new().fg(Color::Black).bg(Color::Cyan),
    ],
    free: fg(Color::DarkGray),
    over: Style::new()
        .fg(Color::White)
        .bg(Color::Red)
        .add_modifier(Modifier::BOLD),
    ..NONE
};

/// Nothing faint: full white, few colours, everything doubled by a modifier.
const CONTRAST: Theme = Theme {
    text: fg(Color::White).bg(Color::Black),
    dim: fg(Color::White),
    border: fg(Color::White),
    border_focus: fg(Color::LightYellow).add_modifier(Modifier::BOLD),
    chosen: Style::new()
        .fg(Color::Black)
        .bg(Color::White)
        .add_modifier(Modifier::BOLD),
    chosen_mark: fg(Color::LightYellow).add_modifier(Modifier::BOLD),
    accent: fg(Color::LightCyan).add_modifier(Modifier::BOLD),
    title: fg(Color::LightCyan).add_modifier(Modifier::BOLD),
    user: fg(Color::LightCyan).add_modifier(Modifier::BOLD),
    thinking: fg(Color::White).add_modifier(Modifier::ITALIC),
    undone: fg(Color::White).add_modifier(Modifier::CROSSED_OUT),
    remark: fg(Color::White),
    warning: fg(Color::LightYellow).add_modifier(Modifier::BOLD),
    failure: fg(Color::LightRed).add_modifier(Modifier::BOLD.union(Modifier::UNDERLINED)),
    success: fg(Color::LightGreen).add_modifier(Modifier::BOLD),
    heading: fg(Color::LightCyan).add_modifier(Modifier::BOLD.union(Modifier::UNDERLINED)),
    code: fg(Color::LightYellow),
    link: fg(Color::LightCyan).add_modifier(Modifier::UNDERLINED),
    furniture: fg(Color::White),
    key: fg(Color::LightCyan).add_modifier(Modifier::BOLD),
    string: fg(Color::LightYellow),
    number: fg(Color::White),
    box_number: fg(Color::LightYellow).add_modifier(Modifier::BOLD),
    hit: UNDERLINED.add_modifier(Modifier::BOLD),
    hit_here: Style::new()
        .fg(Color::Black)
        .bg(Color::LightYellow)
        .add_modifier(Modifier::BOLD),
    tint: [
        PLAIN,
        fg(Color::LightCyan).add_modifier(Modifier::ITALIC),
        fg(Color::LightYellow).add_modifier(Modifier::UNDERLINED),
        fg(Color::LightRed).add_modifier(Modifier::BOLD.union(Modifier::UNDERLINED)),
    ],
    placeholder: fg(Color::White).add_modifier(Modifier::ITALIC),
    slots: [
        Style::new().fg(Color::Black).bg(Color::White),
        Style::new().fg(Color::White).bg(Color::Blue),
    ],
    free: fg(Color::White),
    over: Style::new()
        .fg(Color::White)
        .bg(Color::Red)
        .add_modifier(Modifier::BOLD),
    ..NONE
};

/// The names that [`Theme::named`] knows.
pub const THEMES: [&str; 4] = ["dark", "light", "contrast", "none"];

impl Theme {
    /// The theme of this name (`dark`, `light`, `contrast`, `none`), with Unicode's signs; `None` when there is none.
    pub fn named(name: &str) -> Option<Self> {
        match name {
            "dark" => Some(DARK),
            "light" => Some(LIGHT),
            "contrast" => Some(CONTRAST),
            "none" => Some(NONE),
            _ => None,
        }
    }

    /// The same with other signs.
    #[must_use]
    pub fn with(self, symbols: Symbols) -> Self {
        Self { symbols, ..self }
    }
}

#[cfg(test)]
mod tests {
    use ratatui::buffer::CellWidth as _;

    use super::*;

    /// What is left of a style on a terminal without colour.
    fn grey(style: Style) -> (Modifier, bool) {
        (
            style.add_modifier,
            style.bg.is_some_and(|it| it != Color::Black),
        )
    }

    #[test]
    fn what_must_be_told_apart_differs_without_colour() {
        for name in THEMES {
            let theme = Theme::named(name).unwrap();
            let sets: [&[Style]; 5] = [
                &theme.tint,
                &[theme.text, theme.hit, theme.hit_here],
                &[theme.text, theme.chosen],
                &[theme.text, theme.strong, theme.emphasis, theme.strike],
                &[theme.text, theme.heading],
            ];
            for set in sets {
                let looks: Vec<_> = set.iter().map(|it| grey(*it)).collect();
                let is_new = |at: usize| !looks[..at].contains(&looks[at]);
                assert!((0..looks.len()).all(is_new), "{name}: {looks:?}");
            }
        }
    }

    #[test]
    fn without_colour_there_is_none() {
        let shown = format!("{:?}", Theme::named("none").unwrap());
        for style in shown
            .split("Style")
            .filter(|it| it.contains("Color") || it.contains("fg"))
        {
            assert!(
                !style.contains("fg: Some") && !style.contains("bg: Some"),
                "{style}"
            );
        }
        assert!(
            !shown.contains(".blue()") && !shown.contains(".on_"),
            "{shown}"
        );
    }

    #[test]
    fn every_sign_is_one_cell_wide_and_the_plain_ones_are_ascii() {
        for (symbols, is_ascii) in [(UNICODE, false), (ASCII, true)] {
            let shown = format!("{symbols:?}");
            let signs: Vec<&str> = shown.split('"').skip(1).step_by(2).collect();
            assert_eq!(signs.len(), 30);
            for sign in signs {
                assert_eq!(sign.cell_width(), 1, "{sign:?}");
                assert!(!is_ascii || sign.is_ascii(), "{sign:?}");
            }
        }
    }

    #[test]
    fn an_unknown_name_is_no_theme() {
        assert_eq!(Theme::named("blue"), None);
    }
}
