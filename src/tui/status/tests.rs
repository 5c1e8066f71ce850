//! What happened in, the status line at many widths out.

use std::time::{Duration, Instant};

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::{Busy, Model, Msg, Notice, Notices, Status, Weight};
use crate::session::{Event, Stats, Stop};
use crate::settings::Lang;
use crate::tokenizer::Voice;
use crate::tui::talk::wrap;
use crate::tui::testing::{rows_of, theme};

fn stats() -> Stats {
    Stats {
        prompt_tokens: 700,
        image_tokens: 256,
        reused_tokens: 512,
        new_tokens: 34,
        vision_ms: 0.0,
        prefill_ms: 300.0,
        first_token_ms: 1234.0,
        total_ms: 4000.0,
        tokens_per_s: 12.34,
        stop: Stop::EndOfTurn,
    }
}

fn phantom() -> Model {
    Model {
        name: "phantom".to_owned(),
        device: "cpu".to_owned(),
        quant: "none".to_owned(),
        is_phantom: true,
    }
}

fn status(more: Vec<Msg>) -> Status {
    let now = Instant::now();
    let mut status = Status {
        mouse_key: "F12".to_owned(),
        ..Status::default()
    };
    let model = Model {
        name: "medgemma-4b-it".to_owned(),
        device: "cpu".to_owned(),
        quant: "q8".to_owned(),
        is_phantom: false,
    };
    let msgs = [
        Msg::Model(model),
        Msg::Event(Event::Done(stats())),
        Msg::Protocol("kitty"),
        Msg::Sent(81_234, Some(Duration::from_millis(40))),
        Msg::RoundTrip(Duration::from_millis(35)),
        Msg::Session(Some("2026-11-24-first-look".to_owned())),
    ];
    for msg in msgs.into_iter().chain(more) {
        status.update(msg, now);
    }
    status
}

fn shown(status: &Status, width: u16, height: u16, looks: (&str, Lang)) -> String {
    let mut buf = Buffer::empty(Rect::new(0, 0, width, height));
    let area = buf.area;
    status.view(&theme(looks.0), looks.1, area, &mut buf);
    rows_of(&buf)
}

fn at_widths(status: &Status, looks: (&str, Lang)) -> String {
    let lines = [200, 160, 120, 100, 80, 60, 40, 30].map(|it| shown(status, it, 1, looks));
    lines.join("\n")
}

fn reading() -> Msg {
    Msg::Event(Event::Prefill {
        done: 400,
        total: 900,
    })
}

#[test]
fn a_quiet_line() {
    insta::assert_snapshot!(at_widths(&status(vec![]), ("none", Lang::En)), @"
        ● rec 2026-11-24-first-look · medgemma-4b-it cpu q8 · 12.3 tok/s · first token 1.2 s · cache 512/700 + picture                         kitty · 82 KB 40 ms RTT 35 ms · research only · not for diagnosis
        ● rec 2026-11-24-first-look · medgemma-4b-it cpu q8 · 12.3 tok/s · first token 1.2 s · cache 512/700 + picture     RTT 35 ms · research only · not for diagnosis
        ● rec 2026-11-24-first-look · medgemma-4b-it cpu q8 · 12.3 tok/s · first token 1.2 s   research only · not for diagnosis
        ● rec 2026-11-24-first-look · medgemma-4b-it cpu q8 · 12.3 tok/s   research only · not for diagnosis
        ● rec · medgemma-4b-it cpu q8 · 12.3 tok/s     research only · not for diagnosis
        ● rec · medgemma-4b-it · 12.3 tok/s        not for diagnosis
        medgemma-4b-it         not for diagnosis
        12.3 tok/s   not for diagnosis
        ");
    insta::assert_snapshot!(at_widths(&status(vec![]), ("none", Lang::Zh)), @"
        ● 记录 2026-11-24-first-look · medgemma-4b-it cpu q8 · 12.3 词元/秒 · 首词元 1.2 秒 · 缓存 512/700 + 图片                                      kitty · 82 KB 40 毫秒 RTT 35 毫秒 · 仅供研究 · 不用于诊断
        ● 记录 2026-11-24-first-look · medgemma-4b-it cpu q8 · 12.3 词元/秒 · 首词元 1.2 秒 · 缓存 512/700 + 图片            kitty · RTT 35 毫秒 · 仅供研究 · 不用于诊断
        ● 记录 2026-11-24-first-look · medgemma-4b-it cpu q8 · 12.3 词元/秒 · 首词元 1.2 秒        kitty · 仅供研究 · 不用于诊断
        ● 记录 2026-11-24-first-look · medgemma-4b-it cpu q8 · 12.3 词元/秒    kitty · 仅供研究 · 不用于诊断
        ● 记录 · medgemma-4b-it cpu q8 · 12.3 词元/秒      kitty · 仅供研究 · 不用于诊断
        medgemma-4b-it cpu q8 · 12.3 词元/秒   仅供研究 · 不用于诊断
        medgemma-4b-it     仅供研究 · 不用于诊断
        medgemma-4b-it      不用于诊断
        ");
}

#[test]
fn a_busy_line_of_the_phantom() {
    let busy = status(vec![
        Msg::Model(phantom()),
        Msg::Session(None),
        Msg::MouseOff(true),
        reading(),
    ]);
    insta::assert_snapshot!(at_widths(&busy, ("none", Lang::En)), @"
        reading 400/900 · mouse off (F12) · not recorded · phantom cpu · 12.3 tok/s · first token 1.2 s · cache 512/700 + picture   RTT 35 ms · phantom: knows drawings only · research only · not for diagnosis
        reading 400/900 · mouse off (F12) · not recorded · phantom cpu · 12.3 tok/s · cache 512/700     phantom: knows drawings only · research only · not for diagnosis
        reading 400/900 · mouse off · phantom · 12.3 tok/s      phantom: knows drawings only · research only · not for diagnosis
        reading 400/900 · mouse off (F12) · phantom cpu · 12.3 tok/s       drawings only · not for diagnosis
        reading 400/900 · mouse off (F12) · phantom    drawings only · not for diagnosis
        reading 400/900    kitty · drawings only · not for diagnosis
        400/900     drawings · not for diagnosis
          drawings · not for diagnosis
        ");
    insta::assert_snapshot!(at_widths(&busy, ("ascii", Lang::En)), @"
        reading 400/900 - mouse off (F12) - not recorded - phantom cpu - 12.3 tok/s - first token 1.2 s - cache 512/700 + picture   RTT 35 ms - phantom: knows drawings only - research only - not for diagnosis
        reading 400/900 - mouse off (F12) - not recorded - phantom cpu - 12.3 tok/s - cache 512/700     phantom: knows drawings only - research only - not for diagnosis
        reading 400/900 - mouse off - phantom - 12.3 tok/s      phantom: knows drawings only - research only - not for diagnosis
        reading 400/900 - mouse off (F12) - phantom cpu - 12.3 tok/s       drawings only - not for diagnosis
        reading 400/900 - mouse off (F12) - phantom    drawings only - not for diagnosis
        reading 400/900    kitty - drawings only - not for diagnosis
        400/900     drawings - not for diagnosis
          drawings - not for diagnosis
        ");
    insta::assert_snapshot!(at_widths(&busy, ("none", Lang::Zh)), @"
        读取 400/900 · 鼠标已关 (F12) · 未记录 · phantom cpu · 12.3 词元/秒 · 首词元 1.2 秒 · 缓存 512/700 + 图片                kitty · 82 KB 40 毫秒 RTT 35 毫秒 · phantom：只认识图画 · 仅供研究 · 不用于诊断
        读取 400/900 · 鼠标已关 (F12) · 未记录 · phantom cpu · 12.3 词元/秒 · 首词元 1.2 秒 · 缓存 512/700 + 图片    kitty · phantom：只认识图画 · 仅供研究 · 不用于诊断
        读取 400/900 · 鼠标已关 (F12) · 未记录 · phantom cpu · 12.3 词元/秒          phantom：只认识图画 · 仅供研究 · 不用于诊断
        读取 400/900 · 鼠标已关 (F12) · phantom · 12.3 词元/秒   phantom：只认识图画 · 仅供研究 · 不用于诊断
        读取 400/900 · 鼠标已关 (F12) · phantom · 12.3 词元/秒   只认识图画 · 不用于诊断
        读取 400/900 · 鼠标已关 · phantom    只认识图画 · 不用于诊断
        读取 400/900     只认识图画 · 不用于诊断
        400/900    仅图画 · 不用于诊断
        ");
}

#[test]
fn a_line_with_a_notice() {
    let sentence = "the file ct/0007.dcm is cut short: 512 rows expected, 511 found".to_owned();
    let told = status(vec![Msg::Say(Weight::Failure, sentence), reading()]);
    insta::assert_snapshot!(at_widths(&told, ("none", Lang::En)), @"
        reading 400/900 · ✗ the file ct/0007.dcm is cut short: 512 rows expected, 511 found · ● rec 2026-11-24-first-look · medgemma-4b-it cpu q8 · 12.3 tok/s     RTT 35 ms · research only · not for diagnosis
        reading 400/900 · ✗ the file ct/0007.dcm is cut short: 512 rows expected, 511 found · ● rec · medgemma-4b-it · 12.3 tok/s      research only · not for diagnosis
        reading 400/900 · ✗ the file ct/0007.dcm is cut short: 512 rows expected, 511 found · medgemma-4b-it   not for diagnosis
        400/900 · ✗ the file ct/0007.dcm is cut short: 512 rows expected, 511 found        not for diagnosis
        ✗ the file ct/0007.dcm is cut short: 512 rows expected, 511 f… not for diagnosis
        ✗ the file ct/0007.dcm is cut short: 512…  not for diagnosis
        ✗ the file ct/0007.dc… not for diagnosis
        ✗ the file…  not for diagnosis
        ");
}

#[test]
fn two_lines_where_there_is_room() {
    let told = status(vec![
        Msg::Say(Weight::Info, "sent to terminal: 214 characters".to_owned()),
        reading(),
    ]);
    insta::assert_snapshot!(shown(&told, 120, 2, ("none", Lang::En)), @"
        reading 400/900 · sent to terminal: 214 characters · ● rec 2026-11-24-first-look           kitty · 82 KB 40 ms RTT 35 ms
        medgemma-4b-it cpu q8 · 12.3 tok/s · first token 1.2 s · cache 512/700 + picture       research only · not for diagnosis
        ");
    insta::assert_snapshot!(shown(&told, 60, 2, ("none", Lang::Zh)), @"
        读取 400/900 · sent to terminal: 214 characters · ● 记录
        medgemma-4b-it cpu q8 · 12.3 词元/秒   仅供研究 · 不用于诊断
        ");
}

#[test]
fn that_it_is_for_research_only_is_always_said() {
    let long = "很长的句子".repeat(90);
    let mut all = status(vec![
        Msg::Model(phantom()),
        Msg::MouseOff(true),
        Msg::Say(Weight::Failure, long),
        reading(),
    ]);
    for busy in [
        Busy::Idle,
        Busy::Cancelling,
        Busy::Answering(usize::MAX),
        Busy::Reading(usize::MAX, usize::MAX),
    ] {
        all.busy = busy;
        for width in 30..=220 {
            for height in [1, 2] {
                let en = shown(&all, width, height, ("none", Lang::En));
                assert!(
                    en.contains("not for diagnosis") && en.contains("drawings"),
                    "{width}: {en}"
                );
                let zh = shown(&all, width, height, ("none", Lang::Zh));
                assert!(
                    zh.contains("不用于诊断") && zh.contains("图画"),
                    "{width}: {zh}"
                );
            }
        }
    }
}

#[test]
fn no_width_is_too_narrow_to_be_drawn() {
    let all = status(vec![Msg::Model(phantom()), Msg::MouseOff(true), reading()]);
    for width in 0..250_u16 {
        for height in 0..3 {
            let rows = shown(&all, width, height, ("none", Lang::Zh));
            assert!(rows.lines().all(|it| wrap::width(it) <= usize::from(width)));
        }
    }
}

fn piece() -> Msg {
    Msg::Event(Event::Piece {
        id: 1,
        text: "a".to_owned(),
        voice: Voice::Answer,
        logprob: 0.0,
    })
}

#[track_caller]
fn check_busy(msgs: &[Msg], expected: Busy) {
    assert_eq!(status(msgs.to_vec()).busy, expected);
}

#[test]
fn what_goes_on_is_what_happened_last() {
    let vision = Msg::Event(Event::Vision { done: 3, total: 12 });
    let done = Msg::Event(Event::Done(stats()));
    check_busy(&[], Busy::Idle);
    check_busy(&[Msg::Event(Event::Loading(0.57))], Busy::Loading(57));
    check_busy(&[Msg::Event(Event::Loading(f32::NAN))], Busy::Loading(0));
    check_busy(&[Msg::Event(Event::Loading(-3.0))], Busy::Loading(0));
    check_busy(
        &[
            Msg::Event(Event::Loading(0.5)),
            Msg::Event(Event::Loading(1.0)),
        ],
        Busy::Idle,
    );
    check_busy(std::slice::from_ref(&vision), Busy::Looking(3, 12));
    check_busy(&[vision.clone(), reading()], Busy::Reading(400, 900));
    check_busy(&[reading(), piece(), piece()], Busy::Answering(2));
    check_busy(
        &[reading(), piece(), done.clone(), piece()],
        Busy::Answering(1),
    );
    check_busy(&[reading(), Msg::Cancelling, piece()], Busy::Cancelling);
    check_busy(&[reading(), Msg::Cancelling, done.clone()], Busy::Idle);
    check_busy(
        &[
            reading(),
            Msg::Cancelling,
            Msg::Event(Event::Failed(String::new())),
        ],
        Busy::Idle,
    );
    check_busy(&[done, Msg::Cancelling], Busy::Idle);
}

#[test]
fn an_answer_of_one_token_has_no_speed() {
    let one = Stats {
        tokens_per_s: 0.0,
        first_token_ms: f64::NAN,
        prompt_tokens: 0,
        ..stats()
    };
    let line = shown(
        &status(vec![Msg::Event(Event::Done(one))]),
        200,
        1,
        ("none", Lang::En),
    );
    assert!(
        !line.contains("tok/s") && !line.contains("first token") && !line.contains("cache"),
        "{line}"
    );
}

#[test]
fn names_cannot_steer_the_terminal() {
    let evil = "\u{1b}[2J\u{9b}x\u{202e}".to_owned();
    let model = Model {
        name: evil.clone(),
        device: evil.clone(),
        quant: evil.clone(),
        is_phantom: false,
    };
    let all = status(vec![
        Msg::Model(model),
        Msg::Session(Some(evil.clone())),
        Msg::Say(Weight::Info, evil),
    ]);
    let line = shown(&all, 250, 1, ("none", Lang::En));
    assert!(
        !line.contains(|it: char| it.is_control() || it == '\u{202e}'),
        "{line}"
    );
    assert!(line.contains("\\u{1b}[2J"), "{line}");
}

fn said(notices: &Notices) -> &str {
    notices.shown().map_or("", |it| it.text.as_str())
}

#[test]
fn notices_come_and_go_one_after_another() {
    let begin = Instant::now();
    let at = |ms| begin + Duration::from_millis(ms);
    let mut notices = Notices::default();
    let notice = |text: &str| Notice::new(Weight::Info, text);
    notices.say(notice("one"), begin);
    assert_eq!(
        (said(&notices), notices.next_change()),
        ("one", Some(at(2650)))
    );
    assert!(!notices.tick(at(2649)));
    notices.say(notice("two"), at(100));
    notices.say(notice("two"), at(200));
    notices.say(notice("three"), at(300));
    assert_eq!(
        (said(&notices), notices.next_change()),
        ("one", Some(at(1500)))
    );
    assert!(notices.tick(at(1500)));
    assert_eq!(said(&notices), "two");
    assert!(notices.tick(at(3000)));
    assert_eq!(
        (said(&notices), notices.next_change()),
        ("three", Some(at(3000 + 2750)))
    );
    notices.say(notice("three"), at(5000));
    assert_eq!(
        notices.next_change(),
        Some(at(5000 + 2750)),
        "said again is shown again"
    );
    assert!(notices.tick(at(9000)));
    assert_eq!((said(&notices), notices.next_change()), ("", None));
    assert!(!notices.tick(at(9001)));
}

#[test]
fn failures_stay_longer_and_are_not_thrown_away() {
    let begin = Instant::now();
    let mut notices = Notices::default();
    notices.say(Notice::new(Weight::Failure, "it broke"), begin);
    assert_eq!(
        notices.next_change(),
        Some(begin + Duration::from_millis(5800))
    );
    notices.say(Notice::new(Weight::Failure, "it broke again"), begin);
    for n in 0..100 {
        notices.say(Notice::new(Weight::Info, &n.to_string()), begin);
    }
    notices.dismiss(begin);
    assert_eq!(said(&notices), "it broke again");
    notices.dismiss(begin);
    assert_eq!(said(&notices), "85");
}
