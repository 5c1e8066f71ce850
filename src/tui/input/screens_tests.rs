//! What the input looks like.

use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::buffer::CellWidth as _;
use ratatui::layout::{Position, Rect};

use super::tests::{input, paste};
use super::{Input, Msg, QueueMsg};
use crate::settings::Lang;
use crate::tui::theme::Theme;

/// The input at the bottom of a screen, a `^` under the cursor's row.
pub(super) fn screen(input: &mut Input, width: u16, height: u16, lang: Lang) -> String {
    input.update(Msg::Resize(width, (height / 2).max(1)));
    input.update(Msg::Lang(lang));
    let theme = Theme::named("none").unwrap();
    let mut terminal = Terminal::new(TestBackend::new(width, height)).unwrap();
    let rows = input.height().min(height);
    let area = Rect::new(0, height - rows, width, rows);
    let above = Rect::new(0, 0, width, height - rows);
    let mut cursor = None;
    terminal
        .draw(|frame| cursor = input.view(&theme, area, above, frame.buffer_mut()))
        .unwrap();
    let buffer = terminal.backend().buffer();
    let mut screen = String::new();
    for y in 0..height {
        let (mut row, mut x) = (String::new(), 0);
        while x < width {
            row.push_str(buffer[(x, y)].symbol());
            x += buffer[(x, y)].symbol().cell_width().max(1);
        }
        screen += row.trim_end();
        screen.push('\n');
        if let Some(Position { x, .. }) = cursor.filter(|it| it.y == y) {
            screen += &" ".repeat(usize::from(x));
            screen += "^\n";
        }
    }
    screen
}

#[test]
fn an_empty_input_says_what_can_be_done() {
    insta::assert_snapshot!(screen(&mut input("|"), 60, 3, Lang::En), @"

    ❯ Ask about the picture; / for commands, @ for pictures
      ^
    ");
    insta::assert_snapshot!(screen(&mut input("|"), 30, 3, Lang::Zh), @"

    ❯ 就图片提问；/ 命令，@ 图片
      ^
    ");
}

#[test]
fn the_cursor_is_at_the_caret_also_in_chinese_and_wrapped() {
    insta::assert_snapshot!(screen(&mut input("双肺野清|晰"), 20, 3, Lang::Zh), @"


    ❯ 双肺野清晰
              ^
    ");
    insta::assert_snapshot!(screen(&mut input("双肺野清晰，未见|积液。"), 15, 5, Lang::Zh), @"



    ❯ 双肺野清晰，
      未见积液。
          ^
    ");
    insta::assert_snapshot!(screen(&mut input("one two three\nfour|"), 12, 6, Lang::En), @"



    ❯ one two
      three
      four
          ^
    ");
}

#[test]
fn completions_stand_over_the_input() {
    let mut it = input("|");
    it.update(Msg::Insert("/".to_owned()));
    it.update(Msg::Tab);
    insta::assert_snapshot!(screen(&mut it, 40, 7, Lang::En), @"


    ▸ /open     FILE…  open pictures
      /window   WINDOW  another window
      /context  what fills the context wind…
      /retry    ask the last question again
    ❯ /open
           ^
    ");
    let mut it = input("Look at |");
    it.update(Msg::Insert("@".to_owned()));
    insta::assert_snapshot!(screen(&mut it, 30, 6, Lang::En), @"


      @chest.dcm  ellipse, 32 x 2…
      @R1         ellipse, 32 x 2…
      @R2         ellipse, 32 x 2…
    ❯ Look at @
               ^
    ");
}

#[test]
fn what_waits_and_what_is_offered_stands_over_the_text() {
    let mut it = input("|");
    for text in ["one", "two\nlines", "three", "four", "five"] {
        it.update(Msg::Insert(text.to_owned()));
        it.update(Msg::Enter);
    }
    it.update(Msg::Queue(QueueMsg::Up));
    it.update(Msg::Queue(QueueMsg::Up));
    insta::assert_snapshot!(screen(&mut it, 40, 14, Lang::En), @"









      waits 1: two (+1 lines)
      waits 2: three
    ▸ waits 3: four
      1 more wait
    ❯ Enter lets a question wait, Esc stop…
      ^
    ");
    it.update(Msg::Escape);
    it.update(Msg::Escape);
    it.update(paste("/data/胸片.png"));
    it.update(Msg::Checked {
        path: "/data/胸片.png".to_owned(),
        is_file: true,
    });
    insta::assert_snapshot!(screen(&mut it, 40, 14, Lang::Zh), @"







      排队 1: two（另 1 行）
      排队 2: three
      排队 3: four
      1 条还在排队
      已停止：按回车继续提问
      /data/胸片.png: 按 Tab 作为图片打开
    ❯ /data/胸片.png
                    ^
    ");
}

#[test]
fn a_long_text_scrolls_to_the_caret_and_a_paste_is_folded() {
    let mut it = input("a\nb\nc\nd\ne\n|");
    it.update(paste(&"x\n".repeat(312)));
    insta::assert_snapshot!(screen(&mut it, 30, 6, Lang::En), @"



    ❯ d
      e
      [Pasted 312 lines]
                        ^
    ");
    it.update(Msg::Lookup);
    it.update(Msg::Insert("fir".to_owned()));
    insta::assert_snapshot!(screen(&mut it, 30, 6, Lang::En), @"




      earlier input with: fir
    ❯ first
           ^
    ");
}

#[test]
fn an_area_too_small_for_anything_is_not_a_panic() {
    for width in 0..12 {
        for height in 0..6 {
            let mut it = input("双肺野清晰 one|");
            it.update(Msg::Insert("\n@".to_owned()));
            it.update(Msg::Enter);
            it.update(Msg::Insert("@".to_owned()));
            it.update(Msg::Tab);
            it.update(paste(&"y\n".repeat(20)));
            screen(&mut it, width, height, Lang::Zh);
            it.update(Msg::Click(width, height));
        }
    }
}
