//! Keys in, text and caret out: `|` stands for the caret.

use super::editor::{Editor, Go, SpanKind};
use crate::settings::Lang;

/// A text with `|` for the caret.
fn editor(text: &str) -> Editor {
    let caret = text.find('|').unwrap();
    Editor::with(&text.replacen('|', "", 1), caret)
}

fn shown(editor: &Editor) -> String {
    let mut text = editor.text().to_owned();
    text.insert(editor.caret(), '|');
    text
}

#[track_caller]
fn check(before: &str, act: impl Fn(&mut Editor), after: &str) {
    let mut editor = editor(before);
    let whole = editor.text().to_owned();
    act(&mut editor);
    assert_eq!(shown(&editor), after, "from {before:?}");
    while editor.undo() {}
    assert_eq!(editor.text(), whole, "undone");
    while editor.redo() {}
    assert_eq!(editor.text(), after.replacen('|', "", 1), "done again");
}

fn go(go: Go) -> impl Fn(&mut Editor) {
    move |it| {
        it.go(go, Lang::En, 10);
    }
}

#[test]
fn the_caret_moves_by_what_is_seen() {
    check("a|", go(Go::Left), "|a");
    check("|a", go(Go::Left), "|a");
    check("e\u{301}|x", go(Go::Left), "|e\u{301}x");
    check(
        "|👩\u{200d}⚕\u{fe0f}x",
        go(Go::Right),
        "👩\u{200d}⚕\u{fe0f}|x",
    );
    check("左肺|", go(Go::Left), "左|肺");
    check("one two|", go(Go::WordLeft), "one |two");
    check("one two  |", go(Go::WordLeft), "one |two  ");
    check("|one, two", go(Go::WordRight), "one|, two");
    check("one|, two", go(Go::WordRight), "one, two|");
    check("左肺清晰|", go(Go::WordLeft), "左肺清|晰");
    check("a\nbc|d\ne", go(Go::LineStart), "a\n|bcd\ne");
    check("a\nb|cd\ne", go(Go::LineEnd), "a\nbcd|\ne");
    check("a\nb|", go(Go::Start), "|a\nb");
    check("|a\nb", go(Go::End), "a\nb|");
}

#[test]
fn the_caret_moves_by_rows_and_keeps_its_column() {
    check("abcdef\nab\nabcd|ef", go(Go::Up), "abcdef\nab|\nabcdef");
    let twice = |it: &mut Editor| {
        it.go(Go::Up, Lang::En, 10);
        it.go(Go::Up, Lang::En, 10);
    };
    check("abcdef\nab\nabcd|ef", twice, "abcd|ef\nab\nabcdef");
    check("one two three four|", go(Go::Up), "one two| three four");
    check("one |two three four", go(Go::Down), "one two thre|e four");
    check("左肺左肺左\n左|肺", go(Go::Up), "左|肺左肺左\n左肺");
    check("左肺左肺左\na|bc", go(Go::Up), "|左肺左肺左\nabc");
}

#[test]
fn text_is_erased_cut_and_put_back() {
    check("ab|c", Editor::erase, "a|c");
    check("ab|c", Editor::delete, "ab|");
    check("|c", Editor::erase, "|c");
    check("e\u{301}|", Editor::erase, "|");
    check("one two|", |it| it.cut(Go::WordLeft, Lang::En), "one |");
    check(
        "a\none |two\nb",
        |it| it.cut(Go::LineStart, Lang::En),
        "a\n|two\nb",
    );
    check(
        "a\none |two\nb",
        |it| it.cut(Go::LineEnd, Lang::En),
        "a\none |\nb",
    );
    let moved = |it: &mut Editor| {
        it.cut(Go::WordLeft, Lang::En);
        it.go(Go::Start, Lang::En, 10);
        it.yank();
    };
    check("one two|", moved, "two|one ");
}

#[test]
fn undo_takes_back_a_word_at_a_time() {
    let mut it = Editor::default();
    for letter in "one two".chars() {
        it.insert(&letter.to_string());
    }
    it.erase();
    it.erase();
    let mut steps = vec![shown(&it)];
    while it.undo() {
        steps.push(shown(&it));
    }
    assert_eq!(steps, ["one t|", "one two|", "one |", "|"]);
    assert!(it.redo() && it.redo());
    assert_eq!(shown(&it), "one two|");
    it.insert("!");
    assert!(!it.redo());
}

fn with_paste() -> Editor {
    let mut it = editor("see | now");
    let kind = SpanKind::Paste {
        lines: 3,
        letters: 5,
    };
    it.insert_span("x\ny\nz", kind);
    it
}

#[test]
fn a_folded_paste_is_one_for_the_keys() {
    let mut it = with_paste();
    assert_eq!(it.shown(Lang::En, 80).text(), "see [Pasted 3 lines] now");
    assert_eq!(it.shown(Lang::Zh, 80).text(), "see [已粘贴 3 行] now");
    it.go(Go::Left, Lang::En, 80);
    assert_eq!(shown(&it), "see |x\ny\nz now");
    it.go(Go::Right, Lang::En, 80);
    assert_eq!(shown(&it), "see x\ny\nz| now");
    it.go(Go::LineStart, Lang::En, 80);
    assert_eq!(it.caret(), 0);
    it.go(Go::WordRight, Lang::En, 80);
    it.go(Go::WordRight, Lang::En, 80);
    assert_eq!(shown(&it), "see x\ny\nz| now");
    it.go(Go::WordLeft, Lang::En, 80);
    assert_eq!(shown(&it), "see |x\ny\nz now");
    it.delete();
    assert_eq!((it.text(), it.spans().len()), ("see  now", 0));
    it.undo();
    assert_eq!((it.text(), it.spans().len()), ("see x\ny\nz now", 1));
    it.go(Go::Start, Lang::En, 80);
    it.insert("!!");
    assert_eq!(it.spans()[0].at, 6..11);
    it.undo();
    assert_eq!(it.spans()[0].at, 4..9);
    it.click(0, 7, Lang::En, 80);
    assert_eq!(it.caret(), 4);
    assert_eq!(it.unfold(), Ok(()));
    assert_eq!(it.shown(Lang::En, 80).text(), "see x\ny\nz now");
    let long = "line\n".repeat(20_000);
    it.replace(&long);
    assert_eq!(it.shown(Lang::En, 80).text(), "[Pasted 20000 lines]");
    assert_eq!(it.unfold(), Err(100_000));
}

#[test]
fn the_caret_is_where_it_is_drawn() {
    let check = |text: &str, width: usize, expected: (usize, usize)| {
        let it = editor(text);
        assert_eq!(
            it.shown(Lang::En, width).place(it.caret()),
            expected,
            "{text:?} at {width}"
        );
    };
    check("|", 10, (0, 0));
    check("左肺|", 10, (0, 4));
    check("e\u{301}|", 10, (0, 1));
    check("one two three|", 8, (1, 5));
    check("one two |three", 8, (1, 0));
    check("one two| three", 8, (0, 7));
    check("abcd|", 4, (0, 4));
    check("a\n|", 4, (1, 0));
    check("a   |", 2, (0, 2));
    check("\t|x", 10, (0, 4));
}

#[test]
fn any_keys_leave_text_and_spans_whole() {
    let mut state = 1_u64;
    let mut below = |most: usize| {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        usize::try_from(state >> 33).unwrap() % most
    };
    let goes = [
        Go::Left,
        Go::Right,
        Go::WordLeft,
        Go::WordRight,
        Go::LineStart,
        Go::LineEnd,
        Go::Up,
        Go::Down,
        Go::Start,
        Go::End,
    ];
    for _ in 0..300 {
        let mut it = with_paste();
        let mut texts = Vec::new();
        for _ in 0..60 {
            match below(12) {
                0..4 => {
                    it.go(goes[below(10)], Lang::Zh, 7);
                }
                4 => {
                    it.insert(["a", " ", "\n", "左", "\u{301}", "👩\u{200d}", "⚕", "\t"][below(8)]);
                }
                5 => it.insert_span("@R1", SpanKind::Name),
                6 => it.erase(),
                7 => it.delete(),
                8 => it.cut(goes[below(10)], Lang::En),
                9 => it.yank(),
                10 => {
                    it.undo();
                }
                _ => {
                    it.redo();
                }
            }
            assert!(it.text().is_char_boundary(it.caret()));
            for span in it.spans() {
                let found = &it.text()[span.at.clone()];
                assert!(found == "@R1" || found == "x\ny\nz", "{found:?}");
                assert!(it.caret() <= span.at.start || it.caret() >= span.at.end);
            }
            let shown = it.shown(Lang::En, 7);
            let (row, column) = shown.place(it.caret());
            assert!(row < shown.rows().len() && column <= 7);
            texts.push(it.text().to_owned());
        }
        while it.undo() {}
        assert_eq!(it.text(), "see  now");
    }
}
