//! The pane as a person meets it: messages and keys in, screens out.

use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::buffer::CellWidth as _;
use ratatui::layout::{Position, Rect};
use ratatui::style::Modifier;

use super::message::{End, Figures, Level, Message, Note};
use super::{Effect, Msg, Talk};
use crate::settings::Lang;
use crate::tokenizer::Voice;
use crate::tui::theme::{ASCII, Theme};

/// A pane of this size.
pub(super) fn pane(width: u16, height: u16) -> Talk {
    let mut talk = Talk::new(Lang::En);
    talk.update(Msg::Resize(width, height));
    talk
}

/// Takes several messages; the effects of all.
pub(super) fn take(talk: &mut Talk, msgs: impl IntoIterator<Item = Msg>) -> Vec<Effect> {
    msgs.into_iter().flat_map(|it| talk.update(it)).collect()
}

/// A question and its whole answer.
pub(super) fn asked(turn: usize, question: &str, answer: &str) -> Vec<Msg> {
    let mut msgs = vec![
        Msg::Add(Message::question(turn, question, Vec::new())),
        Msg::Add(Message::answer(turn)),
    ];
    msgs.extend(said(answer));
    msgs.push(Msg::End(End::Whole, None));
    msgs
}

/// Pieces as a tokenizer might make them: words with the blank before them, Chinese characters one by one.
pub(super) fn said(text: &str) -> Vec<Msg> {
    let mut pieces: Vec<String> = Vec::new();
    for letter in text.chars() {
        match pieces.last_mut() {
            Some(last) if letter.is_ascii_alphanumeric() && last.is_ascii() => last.push(letter),
            _ => pieces.push(letter.to_string()),
        }
    }
    pieces
        .iter()
        .map(|it| piece(it, Voice::Answer, -0.01))
        .collect()
}

/// A token.
pub(super) fn piece(text: &str, voice: Voice, logprob: f32) -> Msg {
    Msg::Piece {
        text: text.to_owned(),
        voice,
        logprob,
    }
}

/// The screen as text, blanks at the ends of rows taken off, and where the cursor is.
pub(super) fn screen(talk: &Talk, theme: &Theme) -> (String, Option<Position>) {
    let (terminal, cursor) = drawn(talk, theme);
    let buffer = terminal.backend().buffer();
    let row = |y| -> String {
        let (mut row, mut x) = (String::new(), 0);
        while x < buffer.area.width {
            let sign = buffer[(x, y)].symbol();
            row.push_str(sign);
            x += sign.cell_width().max(1);
        }
        row.trim_end().to_owned()
    };
    let rows: Vec<String> = (0..buffer.area.height).map(row).collect();
    (rows.join("\n"), cursor)
}

/// What is drawn, cell by cell.
pub(super) fn drawn(talk: &Talk, theme: &Theme) -> (Terminal<TestBackend>, Option<Position>) {
    let (width, height) = talk.size;
    let mut terminal = Terminal::new(TestBackend::new(width, height)).unwrap();
    let mut cursor = None;
    let area = Rect::new(0, 0, width, height);
    terminal
        .draw(|frame| cursor = talk.view(theme, area, frame.buffer_mut()))
        .unwrap();
    (terminal, cursor)
}

/// A letter for the modifiers of each cell: what a terminal without colour shows.
pub(super) fn modifiers(talk: &Talk, theme: &Theme) -> String {
    let (terminal, _) = drawn(talk, theme);
    let buffer = terminal.backend().buffer();
    let letter = |it: Modifier| {
        [
            (Modifier::REVERSED, 'R'),
            (Modifier::BOLD | Modifier::UNDERLINED, 'h'),
            (Modifier::BOLD | Modifier::ITALIC, 'x'),
            (Modifier::BOLD, 'b'),
            (Modifier::ITALIC, 'i'),
            (Modifier::UNDERLINED, 'u'),
            (Modifier::CROSSED_OUT, 's'),
            (Modifier::DIM, 'd'),
        ]
        .iter()
        .find(|(which, _)| it.contains(*which))
        .map_or('.', |it| it.1)
    };
    let row = |y| -> String {
        (0..buffer.area.width)
            .map(|x| letter(buffer[(x, y)].modifier))
            .collect()
    };
    (0..buffer.area.height)
        .map(row)
        .collect::<Vec<_>>()
        .join("\n")
}

pub(super) fn plain() -> Theme {
    Theme::named("none").unwrap()
}

pub(super) fn ascii() -> Theme {
    plain().with(ASCII)
}

/// A conversation with one of everything.
pub(super) fn everything(width: u16, height: u16, lang: Lang) -> Talk {
    let mut talk = pane(width, height);
    talk.update(Msg::Lang(lang));
    let (question, answer) = match lang {
        Lang::En => (ENGLISH_QUESTION, ENGLISH_ANSWER),
        Lang::Zh => (CHINESE_QUESTION, CHINESE_ANSWER),
    };
    take(
        &mut talk,
        [Msg::Add(Message::picture(
            "chest.dcm",
            "40/400 (lung)",
            "12/120",
        ))],
    );
    take(
        &mut talk,
        [Msg::Add(Message::question(1, question, vec![]))],
    );
    take(&mut talk, [Msg::Add(Message::answer(1))]);
    let thinking = ["Compare", " both", " lungs", "."];
    take(
        &mut talk,
        thinking.map(|it| piece(it, Voice::Thinking, -0.2)),
    );
    take(&mut talk, said(answer));
    let figures = Figures {
        new_tokens: 212,
        tokens_per_s: 31.42,
        first_token_ms: 830.0,
    };
    talk.update(Msg::End(End::Whole, Some(figures)));
    let dropped = match lang {
        Lang::En => "left out the oldest of 3 earlier questions and its answer (120 tokens)",
        Lang::Zh => "省略了最早的一问一答（120 个词元）",
    };
    let remark = Message::remark(Some(2), Level::Dropped, dropped);
    let again = Message::question(2, question, vec![Note::Fresh, Note::Blank]);
    take(
        &mut talk,
        [
            Msg::Add(remark),
            Msg::Add(again),
            Msg::Add(Message::answer(2)),
        ],
    );
    take(&mut talk, said("**No** effu"));
    talk
}

const ENGLISH_QUESTION: &str = "Is there a pleural effusion?\nName the side.";

const ENGLISH_ANSWER: &str = "\
## Findings

There is **no** pleural effusion on the *left*; on the right the costophrenic angle is ***blunted***, see `R1`.

1. Heart: normal size
2. Lungs:
   - left: clear
   - right: small effusion, about ~2 cm
> Research only.

| Side | Depth |
|:-----|------:|
| right | 2.1 cm |
| left | 0 |

```json
[
  {\"box_2d\": [612, 80, 905, 420], \"label\": \"effusion\"}
]
```
See [the paper](https://example.org/a_b_c).";

const CHINESE_QUESTION: &str = "有无胸腔积液？\n请说明部位。";

const CHINESE_ANSWER: &str = "\
## 影像所见

**左侧：**未见积液；右侧肋膈角变钝，考虑*少量*积液，见`R1`。

1. 心影：大小正常
2. 肺野：
   - 左肺：清晰
   - 右肺：少量积液，约2 cm（前次为3 cm）

| 部位 | 深度 |
|---|---:|
| 右侧 | 2.1 cm |

```json
[{\"box_2d\": [612, 80, 905, 420], \"label\": \"积液\"}]
```";
