//! Questions, what is done with their turns, and what the laboratory tells in; orders and the conversation out.

use super::tests::{Bench, TURN, budget, check, then};
use crate::tui::desk::News;

#[test]
fn a_question_goes_to_the_model_and_its_answer_grows() {
    let mut bench = check("=Any_effusion? enter", &["line Any effusion?"], "input:");
    assert!(bench.app.input.is_busy());
    bench.play("@asked");
    assert_eq!(bench.talk(), ["@ chest.dcm", "> Any effusion?", "< …"]);
    bench.play("@piece @piece");
    assert_eq!(
        bench.talk()[2],
        "< There is **no** effusion. There is **no** effusion.…"
    );
    bench.play("@done @answered @state @idle");
    assert_eq!(
        &bench.talk()[2..],
        [
            "< There is **no** effusion. There is **no** effusion. Whole",
            "# the answer ends in the middle of a list",
            "# a box was cut at the picture's edge"
        ]
    );
    assert!(!bench.app.input.is_busy());
    then(
        &mut bench,
        "alt-y",
        &["copy There is **no** effusion. There is **no** effusion."],
        "input:",
    );
}

#[test]
fn the_model_gets_what_is_on_the_screen() {
    // window, then slice: settings first, then the question
    check(
        "alt-1 =3 alt-3 =Well? enter",
        &["look data/chest.dcm window=lung slices=5; line Well?"],
        "input:",
    );
    check(
        "alt-1 down esc =Well? enter",
        &["look data/chest.dcm slices=6; line Well?"],
        "input:",
    );
    check("alt-1 down up esc =Well? enter", &["line Well?"], "input:");
    let mut bench = check(
        "alt-1 =i esc =Well? enter",
        &["look data/chest.dcm invert=on slices=5; line Well?"],
        "input:",
    );
    assert_eq!(
        bench.talk()[1],
        "# the model gets the picture as it is on the screen now"
    );
    then(
        &mut bench,
        "@idle @asked @done @idle =More? enter",
        &["line More?"],
        "input:",
    );
}

#[test]
fn a_region_is_sent_by_its_name() {
    let drawn = || {
        let mut bench = Bench::ready(120, 40);
        bench.play("alt-1 =r enter esc esc");
        bench
    };
    let mut bench = drawn();
    let [y0, x0, y1, x1] = bench.app.viewer.region_mentions()[0].model;
    assert!(y0 < y1 && x0 < x1 && y1 <= 1000 && x1 <= 1000);
    let effects = bench.play("=Is_@R1_dense? enter");
    let [line] = &effects[..] else {
        panic!("{effects:?}")
    };
    let box_of = format!("[{y0}, {x0}, {y1}, {x1}]\nIs region R1 dense?");
    assert!(
        line.starts_with("line ") && line.ends_with(&box_of),
        "{line}"
    );
    // on choice its crop goes with it, at the slice and in the window that are seen
    let mut bench = drawn();
    bench.play("alt-1 =3 alt-3");
    let effects = bench.play("=Is_@R1-crop_dense? enter");
    let orders: Vec<&str> = effects[0].split("; ").collect();
    let [look, crop, line] = orders[..] else {
        panic!("{effects:?}")
    };
    assert_eq!(look, "look data/chest.dcm window=lung slices=5");
    for part in [
        "crop data/chest.dcm ",
        "window=lung",
        "slices=5",
        "region=",
        "crop=on",
    ] {
        assert!(crop.contains(part), "{part}: {crop}");
    }
    assert!(line.ends_with(&box_of), "{line}");
    check("=Is_@R1_dense? enter", &["line Is @R1 dense?"], "input:");
    check(
        "=Is_@chest.dcm_normal? enter",
        &["line Is picture 1 normal?"],
        "input:",
    );
    check(
        "=@chest.dcm_正常吗? enter",
        &["line 图片 1 正常吗?"],
        "input:",
    );
}

#[test]
fn what_is_typed_meanwhile_waits() {
    let mut bench = check(
        "=One? enter @asked @piece =Two? enter =Three? enter",
        &["line One?"],
        "input:",
    );
    assert_eq!(bench.waiting(), ["Two?", "Three?"]);
    then(&mut bench, "@done @idle", &["line Two?"], "input:");
    assert_eq!(bench.waiting(), ["Three?"]);
    // a stop holds what waits, until somebody says so
    then(&mut bench, "@asked esc @stopped @idle", &["stop"], "input:");
    assert_eq!(bench.waiting(), ["Three?"]);
    then(&mut bench, "enter", &["line Three?"], "input:");
}

#[test]
fn a_question_before_the_model_is_there_can_be_stopped_too() {
    let mut bench = Bench::new(120, 40);
    then(&mut bench, "=One? enter", &["line One?"], "input:");
    bench.play("@ready @begin @state @idle @asked @piece");
    assert!(bench.app.input.is_busy());
    then(&mut bench, "esc", &["stop"], "input:");
}

#[test]
fn stopping_is_seen_at_once() {
    let mut bench = check("=One? enter @asked esc", &["line One?", "stop"], "input:");
    assert_eq!(bench.talk()[2], "< …stopping");
    bench.play("@stopped @idle");
    assert_eq!(bench.talk()[2], "<  Stopped");
    // wherever the keys are
    check(
        "=One? enter @asked alt-2 ctrl-c",
        &["line One?", "stop"],
        "talk:",
    );
    check(
        "=One? enter @asked alt-1 ctrl-c",
        &["line One?", "stop"],
        "picture:",
    );
    check(
        "=One? enter @asked =x ctrl-c ctrl-c",
        &["line One?", "stop"],
        "input:",
    );
}

#[test]
fn a_question_is_asked_again_in_other_words() {
    let answered = || {
        let mut bench = Bench::ready(120, 40);
        bench.play(TURN);
        bench
    };
    let mut bench = answered();
    then(
        &mut bench,
        "alt-2 =kkkk enter =e",
        &[],
        "input: Any effusion?",
    );
    then(
        &mut bench,
        "backspace =_left? enter",
        &["edit 1 Any effusion left?"],
        "input:",
    );
    // left, or thrown away, nothing is edited
    let mut bench = answered();
    then(
        &mut bench,
        "alt-2 =kkkk enter =e esc =New? enter",
        &["line New?"],
        "input:",
    );
    let mut bench = answered();
    then(
        &mut bench,
        "alt-2 =kkkk enter =e ctrl-c =New? enter",
        &["line New?"],
        "input:",
    );
    let mut bench = answered();
    then(
        &mut bench,
        "alt-2 =kkkk enter =e ctrl-u =/pictures enter",
        &["line /pictures"],
        "input:",
    );
}

#[test]
fn what_can_be_done_with_a_turn() {
    #[track_caller]
    fn check(steps: &str, expected: &[&str], stands: &str) {
        let mut bench = Bench::ready(120, 40);
        bench.play(TURN);
        bench.play("alt-2 =kkk enter");
        then(&mut bench, steps, expected, stands);
    }
    check("=r", &["line /retry"], "talk:");
    check("=r @retried esc esc", &["line /retry"], "input:");
    check("=r @retried alt-3 esc", &["line /retry", "stop"], "input:");
    check("=b", &["line /branch 1"], "talk:");
    check("=f", &["line /ask-fresh Any effusion?"], "talk:");
    check("=g", &["line /blind"], "talk:");
    check("=v", &["sent(1)"], "talk:");
    check("=c", &["copy There is **no** effusion."], "talk:");
    check("=x", &[], "talk > line:");
    check(
        "=x =no_effusion enter",
        &["about(1)", "line /expect no effusion"],
        "talk:",
    );
    check(
        "=n =too_short enter",
        &["about(1)", "line /note too short"],
        "talk:",
    );
    check("=n enter", &[], "talk > line:");
    check("=n esc", &[], "talk:");
    check("=d =1 enter", &[], "talk > text:");
    check("=d =1 enter esc", &[], "talk:");
    check("=d =one enter", &[], "talk:");
    check("=d =7 enter", &[], "talk:");
    check("esc esc esc", &[], "input:");
    check("=p", &["top { turn: 1, token: 0, message: 2 }"], "talk:");
}

#[test]
fn an_earlier_turn_is_asked_again_by_its_words() {
    let mut bench = Bench::ready(120, 40);
    bench.play(TURN);
    bench.play(&TURN.replace("Any", "Big"));
    bench.play("alt-2 home =j");
    then(
        &mut bench,
        "=j enter =r",
        &["edit 1 Any effusion?"],
        "talk:",
    );
}

#[test]
fn what_is_sent_can_be_read_before() {
    let mut bench = check("=Why? alt-c", &["preview(\"why?\")"], "input: Why?");
    let sent = News::Sent(Ok(crate::tui::sheets::build::Sent {
        ctx: 2048,
        slots: budget().slots,
        dropped: Vec::new(),
        room: 1359,
        parts: Vec::new(),
    }));
    bench.news(sent);
    then(&mut bench, "", &[], "input > text: Why?");
    then(&mut bench, "=/ =chest enter esc esc", &[], "input: Why?");
    let mut bench = Bench::new(120, 40);
    then(&mut bench, "alt-c", &[], "input > text:");
}

#[test]
fn no_model_is_said_and_pictures_are_still_there() {
    let mut bench = Bench::new(120, 40);
    bench.play("@none @idle");
    let why = "# the weights of model-4b are not there";
    assert_eq!(bench.talk(), [why]);
    then(&mut bench, "=Why? enter", &[], "input:");
    assert_eq!(bench.talk(), [why, why]);
    assert!(!bench.app.input.is_busy());
    then(&mut bench, "alt-1 down", &[], "picture:");
    then(&mut bench, "alt-e", &[], "picture:");
    then(
        &mut bench,
        "alt-3 =/pictures enter",
        &["line /pictures"],
        "input:",
    );
}

#[test]
fn what_does_not_fit_is_said_before_it_is_sent() {
    let mut bench = check("@budget", &[], "input:");
    assert_eq!(bench.app.dropped, ["turn 1 (120 tokens) does not fit"]);
    bench.play("@over");
    assert!(bench.app.too_much.is_some());
    bench.play("@budget");
    assert!(bench.app.too_much.is_none());
}
