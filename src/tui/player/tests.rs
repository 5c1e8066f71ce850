//! Sessions in files, keys and time in; what the panes are told, and the control line, out.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use ratatui::buffer::{Buffer, CellWidth as _};
use ratatui::layout::Rect;

use crate::session::read::Reader;
use crate::session::v1::{self, Done, Head, Opening, Part, Piece, Record, Shown, Text, Turn, Undo};
use crate::settings::Lang;
use crate::tui::talk::message::Body;
use crate::tui::talk::{self, Talk};
use crate::tui::theme::{ASCII, Theme};

use super::marks::Marks;
use super::source::{BYTES, RECORDS, Source};
use super::{Effect, KEYS, Msg, Player, Seek, State};

/// A session on disk, and somebody who reads it when asked.
struct Stage {
    player: Player,
    source: Source,
    path: PathBuf,
    _folder: tempfile::TempDir,
    now: Instant,
    wake: Option<Instant>,
    /// What the conversation was told.
    talk: Talk,
    log: Vec<String>,
    most_held: usize,
}

impl Stage {
    fn new(records: &[(f64, Record)], tail: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("s.jsonl");
        let mut text = v1::head_line(&Head {
            version: 1,
            ..Head::default()
        });
        for (delay, record) in records {
            text += &v1::line(*delay, record);
        }
        text += tail;
        std::fs::write(&path, text).unwrap();
        let mut talk = Talk::new(Lang::En);
        talk.update(talk::Msg::Resize(60, 30));
        let mut stage = Self {
            player: Player::new("s\u{1b}[31m", Lang::En),
            source: Source::new(Reader::open(&path).unwrap().without_prompts()),
            path,
            _folder: folder,
            now: Instant::now(),
            wake: None,
            talk,
            log: Vec::new(),
            most_held: 0,
        };
        stage.tell(Msg::Begin);
        stage
    }

    fn marks(&mut self) {
        let mut reader = Reader::open(&self.path).unwrap();
        self.tell(Msg::Marks(Marks::read(&mut reader)));
    }

    fn tell(&mut self, msg: Msg) {
        let mut waiting = self.player.update(msg, self.now);
        // what is read is answered at once, as a fast disk would
        while !waiting.is_empty() {
            let mut next = Vec::new();
            for effect in std::mem::take(&mut waiting) {
                next.extend(self.heed(effect));
            }
            self.most_held = self.most_held.max(self.player.held());
            waiting = next;
        }
    }

    fn heed(&mut self, effect: Effect) -> Vec<Effect> {
        match effect {
            Effect::Talk(msg) => {
                self.log.extend(said(&msg));
                self.talk.update(msg);
            }
            Effect::Show { picture, opening } => {
                self.log.push(format!("show {picture} {}", opening.name));
            }
            Effect::Boxes(it) => self.log.push(format!("boxes {}", it.boxes.len())),
            Effect::Close(it) => self.log.push(format!("close {it:?}")),
            Effect::Wake(at) if at <= self.now => {
                return self.player.update(Msg::Wake, self.now);
            }
            Effect::Wake(at) => self.wake = Some(at),
            Effect::Read { ticket, from } => {
                let chunk = self.source.chunk(ticket, from);
                assert!(chunk.records.len() <= RECORDS);
                return self.player.update(Msg::Chunk(chunk), self.now);
            }
            Effect::Branch { turn } => self.log.push(format!("branch {turn}")),
            Effect::Leave => self.log.push("leave".to_owned()),
        }
        Vec::new()
    }

    /// Lets time pass, waking it when it wants.
    fn pass(&mut self, ms: u64) {
        let end = self.now + Duration::from_millis(ms);
        while let Some(at) = self.wake.filter(|it| *it <= end) {
            self.wake = None;
            self.now = self.now.max(at);
            self.tell(Msg::Wake);
        }
        self.now = end;
    }

    #[track_caller]
    fn check(&mut self, expected: &[&str]) {
        assert_eq!(std::mem::take(&mut self.log), expected);
    }

    /// Everything that the conversation has.
    fn whole(&self) -> Vec<String> {
        self.talk.entries().iter().map(shown).collect()
    }

    fn line(&self, width: u16, lang: Lang, theme: &Theme) -> String {
        let area = Rect::new(0, 0, width, 1);
        let mut buf = Buffer::empty(area);
        self.player.view(theme, lang, area, &mut buf);
        let (mut row, mut x) = (String::new(), 0);
        while x < width {
            let sign = buf[(x, 0)].symbol();
            row.push_str(sign);
            x += sign.cell_width().max(1);
        }
        row.trim_end().to_owned()
    }
}

fn shown(message: &crate::tui::talk::message::Message) -> String {
    let undone = if message.is_undone { " (undone)" } else { "" };
    match &message.body {
        Body::Question(_) => format!("> {}{undone}", message.copy()),
        Body::Answer(answer) => format!("< {} {:?}{undone}", message.copy(), answer.end()),
        Body::Remark(..) => format!("# {}", message.copy()),
        Body::Picture(_) => format!("@ {}", message.copy()),
    }
}

fn said(msg: &talk::Msg) -> Vec<String> {
    match msg {
        talk::Msg::Add(it) => vec![shown(it)],
        talk::Msg::AddAll(all) => vec![format!("all {}", all.len())],
        talk::Msg::Piece { text, voice, .. } => vec![format!("{voice:?} {text}")],
        talk::Msg::Phase(_) => Vec::new(),
        talk::Msg::End(end, figures) => vec![format!("end {end:?} {}", figures.is_some())],
        talk::Msg::Undone { turn, .. } => vec![format!("undone {turn}")],
        talk::Msg::Clear => vec!["clear".to_owned()],
        other => vec![format!("{other:?}")],
    }
}

fn piece(text: &str, part: Option<Part>) -> Record {
    Record::Piece(Piece {
        text: text.to_owned(),
        part,
        logprob: -0.5,
        ..Piece::default()
    })
}

fn turn(n: usize) -> Record {
    Record::Turn(Box::new(Turn {
        n,
        question: format!("Question {n}?"),
        ..Turn::default()
    }))
}

fn done() -> Record {
    Record::Done(Done {
        stop: "end_of_turn".to_owned(),
        ..Done::default()
    })
}

fn open(name: &str, ids: &[u32]) -> Record {
    Record::Open(Opening {
        name: name.to_owned(),
        path: None,
        pictures: ids
            .iter()
            .map(|id| Shown {
                id: *id,
                ..Shown::default()
            })
            .collect(),
    })
}

/// A picture, and so many turns of four seconds each, a word a second.
fn turns(n: usize) -> Vec<(f64, Record)> {
    let mut all = vec![(0.0, open("a.png", &[1]))];
    for n in 1..=n {
        all.push((1.0, turn(n)));
        all.push((1.0, piece("No", None)));
        all.push((1.0, piece(" effusion.", None)));
        all.push((1.0, done()));
    }
    all
}

#[test]
fn it_plays_at_the_pace_of_the_record() {
    let mut stage = Stage::new(&turns(1), "");
    stage.check(&["clear", "close None", "@ a.png", "show 1 a.png"]);
    stage.pass(999);
    stage.check(&[]);
    stage.pass(1);
    stage.check(&["> Question 1?", "<  None"]);
    stage.pass(1000);
    stage.check(&["Answer No"]);
    stage.pass(2000);
    stage.check(&["Answer  effusion.", "end Whole true"]);
    assert_eq!(stage.player.state(), State::Over);
    assert_eq!(stage.player.name(), "s\\u{1b}[31m");
}

#[test]
fn speed_and_the_longest_pause_decide_how_long_is_waited() {
    let mut stage = Stage::new(
        &[(0.0, turn(1)), (8.0, piece("a", None)), (8.0, done())],
        "",
    );
    stage.log.clear();
    stage.pass(1999);
    stage.check(&[]);
    stage.pass(1);
    stage.check(&["Answer a"]);
    // four times as fast: half a second instead of two
    stage.tell(Msg::Faster(true));
    stage.tell(Msg::Faster(true));
    assert!((stage.player.speed() - 4.0).abs() < f64::EPSILON);
    stage.pass(499);
    stage.check(&[]);
    stage.pass(1);
    stage.check(&["end Whole true"]);
    for _ in 0..20 {
        stage.tell(Msg::Faster(false));
        stage.tell(Msg::Longer(true));
    }
    assert!((stage.player.speed() - 0.25).abs() < f64::EPSILON);
    assert!((stage.player.longest_pause() - 30.0).abs() < f64::EPSILON);
    assert!(
        (stage.player.seconds().0 - 16.0).abs() < 1e-6,
        "as if it had waited for all of it"
    );
}

#[test]
fn a_pause_does_not_count_and_a_step_is_one_record() {
    let mut stage = Stage::new(&turns(1), "");
    stage.log.clear();
    stage.pass(600);
    stage.tell(Msg::Toggle);
    assert_eq!(stage.player.state(), State::Paused);
    stage.wake = None;
    stage.pass(60_000);
    stage.check(&[]);
    stage.tell(Msg::Toggle);
    stage.pass(399);
    stage.check(&[]);
    stage.pass(1);
    stage.check(&["> Question 1?", "<  None"]);
    stage.tell(Msg::Step);
    stage.check(&["Answer No"]);
    assert_eq!(stage.player.state(), State::Paused);
    stage.pass(60_000);
    stage.check(&[]);
    for _ in 0..5 {
        stage.tell(Msg::Step);
    }
    stage.check(&["Answer  effusion.", "end Whole true"]);
    assert_eq!(stage.player.state(), State::Over);
}

#[test]
fn a_slow_parent_is_not_made_up_for_by_haste() {
    let mut stage = Stage::new(&turns(1), "");
    stage.log.clear();
    // nobody woke it for ten seconds: one record, and then the pace goes on
    stage.now += Duration::from_secs(10);
    stage.tell(Msg::Wake);
    stage.check(&["> Question 1?", "<  None"]);
    stage.pass(749);
    stage.check(&[]);
    stage.pass(1);
    stage.check(&["Answer No"]);
}

#[test]
fn turns_are_sought_forwards_and_backwards() {
    let mut stage = Stage::new(&turns(5), "");
    stage.marks();
    stage.log.clear();
    assert_eq!(stage.player.turn(), (0, Some(5)));
    stage.tell(Msg::Seek(Seek::Next));
    stage.check(&["all 2"]);
    stage.pass(1000);
    stage.check(&["Answer No"]);
    stage.tell(Msg::Seek(Seek::Next));
    stage.check(&["Answer  effusion.", "end Whole true", "all 2"]);
    stage.tell(Msg::Toggle);
    stage.tell(Msg::Seek(Seek::Turn(4)));
    stage.tell(Msg::Wake);
    assert_eq!(stage.player.turn(), (4, Some(5)));
    assert_eq!(stage.whole().len(), 1 + 2 * 4);
    stage.tell(Msg::Seek(Seek::Previous));
    assert_eq!(stage.player.turn(), (3, Some(5)));
    assert_eq!(
        stage.whole().len(),
        1 + 2 * 3,
        "everything before is there again"
    );
    // an answer that goes on for a while is begun again
    stage.tell(Msg::Toggle);
    stage.pass(2500);
    stage.log.clear();
    stage.tell(Msg::Seek(Seek::Previous));
    assert_eq!(stage.player.turn(), (3, Some(5)));
    assert_eq!(stage.whole().last().unwrap(), "<  None");
    stage.tell(Msg::Seek(Seek::End));
    assert_eq!(stage.player.state(), State::Over);
    assert_eq!(stage.whole().len(), 11);
    stage.tell(Msg::Seek(Seek::Next));
    assert_eq!(stage.player.state(), State::Over);
    stage.tell(Msg::Seek(Seek::Start));
    assert_eq!(stage.whole(), ["@ a.png"]);
    stage.tell(Msg::Seek(Seek::Turn(99)));
    assert_eq!(stage.whole(), ["@ a.png"]);
    // space at the end plays again
    stage.tell(Msg::Seek(Seek::End));
    stage.tell(Msg::Toggle);
    assert_eq!(stage.whole(), ["@ a.png"]);
    assert_eq!(stage.player.state(), State::Playing);
}

#[test]
fn a_long_session_is_never_held_and_only_some_turns_before_are_shown_again() {
    let mut stage = Stage::new(&turns(2000), "");
    stage.marks();
    stage.tell(Msg::Seek(Seek::End));
    assert_eq!(stage.player.state(), State::Over);
    assert!(stage.most_held < RECORDS + 64, "{}", stage.most_held);
    let whole = stage.whole();
    assert_eq!(whole.len(), 1 + 2 * super::BACK);
    assert_eq!(whole[0], "# 1980 turns before are not shown here");
    assert_eq!(whole[1], "> Question 1981?");
    assert!(stage.log.contains(&"show 1 a.png".to_owned()));
    stage.tell(Msg::Seek(Seek::Turn(1000)));
    stage.tell(Msg::Wake);
    assert_eq!(stage.player.turn().0, 1000);
    assert_eq!(stage.whole().last().unwrap(), "<  None");
}

#[test]
fn the_end_is_reached_before_anybody_knows_where_turns_are() {
    let mut stage = Stage::new(&turns(500), "");
    stage.tell(Msg::Seek(Seek::Next));
    stage.tell(Msg::Seek(Seek::End));
    assert_eq!(stage.player.state(), State::Over);
    assert_eq!(stage.whole().len(), 1 + 2 * 500);
    assert!(stage.most_held < RECORDS + 64);
}

#[test]
fn a_chunk_that_was_asked_for_before_a_seek_is_not_played() {
    let mut stage = Stage::new(&turns(2), "");
    let old = stage.source.chunk(1, None);
    stage.tell(Msg::Seek(Seek::Start));
    let held = stage.player.held();
    stage.tell(Msg::Chunk(old));
    assert_eq!(stage.player.held(), held);
}

#[test]
fn what_happens_beside_answers_is_told() {
    let records = vec![
        (0.0, piece("nobody asked", None)),
        (0.0, open("series", &[1, 2, 3])),
        (0.0, open("nothing", &[])),
        (0.0, turn(1)),
        (0.0, piece("hm", Some(Part::Thinking))),
        (0.0, piece("\u{1b}]0;x\u{7}", None)),
        (0.0, turn(2)),
        (
            0.0,
            Record::Failed(Text {
                text: "out of memory".to_owned(),
            }),
        ),
        (0.0, Record::Undo(Undo { turn: 2 })),
        (0.0, Record::Close(v1::Close { picture: 1 })),
        (
            0.0,
            Record::Title(Text {
                text: "t\u{202e}".to_owned(),
            }),
        ),
        (0.0, Record::Other("new".to_owned(), serde_json::json!({}))),
        (0.0, Record::Reset),
    ];
    let mut stage = Stage::new(&records, "");
    stage.check(&[
        "clear",
        "close None",
        "@ series (3 pictures)",
        "show 1 series",
        "> Question 1?",
        "<  None",
        "Thinking hm",
        "Answer \u{1b}]0;x\u{7}",
        "end Cut false",
        "> Question 2?",
        "<  None",
        "end Failed(\"out of memory\") false",
        "undone 2",
        "close Some(1)",
        "# title: t\\u{202e}",
        "# new",
        "# everything forgotten: turns, prior reports and pictures",
        "close None",
    ]);
    let undone: Vec<_> = stage
        .whole()
        .into_iter()
        .filter(|it| it.contains("(undone)"))
        .collect();
    assert_eq!(undone.len(), 2);
    let whole = stage.whole();
    stage.marks();
    stage.tell(Msg::Seek(Seek::Start));
    assert_eq!(
        stage.whole(),
        whole,
        "at once or one by one, it is the same"
    );
}

#[test]
fn sought_or_played_the_conversation_is_the_same() {
    let mut played = Stage::new(&turns(3), "");
    played.pass(60_000);
    let mut sought = Stage::new(&turns(3), "");
    sought.tell(Msg::Seek(Seek::End));
    assert_eq!(played.whole(), sought.whole());
    assert_eq!(played.whole().len(), 7);
}

#[test]
fn damage_and_a_torn_end_are_told_where_they_are() {
    let mut stage = Stage::new(&turns(1), "[0.0, \"piece\", {\"te");
    stage.pass(9000);
    assert_eq!(stage.player.state(), State::Over);
    let said = stage
        .whole()
        .into_iter()
        .filter(|it| it.contains("cut off in the middle"));
    assert_eq!(said.count(), 1);
    let mut stage = Stage::new(&turns(1), "[nonsense]\n[0.0, \"reset\", {}]\n");
    stage.marks();
    stage.pass(9000);
    assert_eq!(stage.player.state(), State::Damaged);
    stage.tell(Msg::Wake);
    stage.tell(Msg::Step);
    let said = stage
        .whole()
        .into_iter()
        .filter(|it| it.contains("line 7 is damaged"));
    assert_eq!(said.count(), 1);
    stage.tell(Msg::Seek(Seek::Turn(1)));
    assert_eq!(stage.player.turn().0, 1);
}

#[test]
fn an_empty_session_is_over_at_once() {
    let mut stage = Stage::new(&[], "");
    assert_eq!(stage.player.state(), State::Over);
    stage.marks();
    for binding in KEYS {
        let again = match &binding.msg {
            Msg::Seek(it) => Msg::Seek(*it),
            Msg::Toggle => Msg::Toggle,
            Msg::Step => Msg::Step,
            Msg::Branch => Msg::Branch,
            _ => Msg::Wake,
        };
        stage.tell(again);
    }
    assert_eq!(stage.whole(), Vec::<String>::new());
    assert_eq!(
        stage
            .line(60, Lang::En, &Theme::named("none").unwrap())
            .split(' ')
            .next(),
        Some("over")
    );
}

#[test]
fn it_branches_after_the_turn_that_is_on_the_screen() {
    let mut stage = Stage::new(&turns(3), "");
    stage.log.clear();
    stage.tell(Msg::Branch);
    stage.check(&[]);
    stage.pass(5000);
    stage.log.clear();
    stage.tell(Msg::Branch);
    stage.check(&["branch 2"]);
    stage.tell(Msg::Leave);
    stage.check(&["leave"]);
    assert_eq!(stage.player.state(), State::Paused);
}

#[test]
fn a_chunk_ends_at_many_bytes_and_has_at_least_one_record() {
    let long = "x".repeat(usize::try_from(BYTES).unwrap() + 1);
    let records = vec![(0.0, piece(&long, None)); 3];
    let mut stage = Stage::new(&records, "");
    let chunk = stage.source.chunk(9, None);
    assert_eq!(chunk.records.len(), 1);
    assert_eq!(stage.player.state(), State::Over);
}

#[test]
fn every_delay_is_bounded_whatever_a_file_says() {
    let records = vec![(1e300, turn(1)), (f64::MAX, done())];
    let mut stage = Stage::new(&records, "");
    stage.marks();
    stage.pass(4000);
    assert_eq!(stage.player.state(), State::Over);
    let (played, all) = stage.player.seconds();
    assert!((played - 4.0).abs() < 1e-6 && (all.unwrap() - 4.0).abs() < 1e-6);
}

#[test]
fn the_control_line_says_where_it_is() {
    let none = Theme::named("none").unwrap();
    let mut stage = Stage::new(&turns(4), "");
    insta::assert_snapshot!(stage.line(80, Lang::En, &none), @"playing ────────────────────────────────────────────  0:00  1x  pauses up to 2 s");
    stage.marks();
    stage.pass(6500);
    let mut all = Vec::new();
    for width in [120, 80, 40, 12, 3] {
        for lang in [Lang::En, Lang::Zh] {
            all.push(stage.line(width, lang, &none));
        }
    }
    stage.tell(Msg::Toggle);
    all.push(stage.line(60, Lang::En, &none.clone().with(ASCII)));
    assert!(all.last().unwrap().is_ascii());
    insta::assert_snapshot!(all.join("\n"));
    for width in 0..90 {
        for height in 0..2 {
            let area = Rect::new(0, 0, width, height);
            stage
                .player
                .view(&none, Lang::Zh, area, &mut Buffer::empty(area));
        }
    }
}

#[test]
fn every_key_has_words_in_both_languages_and_no_key_is_there_twice() {
    let mut seen = Vec::new();
    for binding in KEYS {
        assert!(
            !binding.en.is_empty() && !binding.zh.is_ascii(),
            "{}",
            binding.keys
        );
        seen.extend(binding.keys.split(' '));
    }
    let n = seen.len();
    seen.sort_unstable();
    seen.dedup();
    assert_eq!(seen.len(), n);
}
