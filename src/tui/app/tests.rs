//! Keys, clicks and what the laboratory tells in; what the screen asks for, and how it stands then, out.

use std::time::Instant;

use crossterm::event::{Event as TermEvent, KeyCode, KeyEvent, KeyModifiers};
use ratatui::buffer::Buffer;
use ratatui::layout::Size;

use super::layers::Layer;
use super::{App, Begin, Effect, Job, Msg};
use crate::cli::Flags;
use crate::context::SlotUse;
use crate::library::Library;
use crate::preprocess::{Fit, Prepared, PreprocessConfig};
use crate::session::v1::{Boxed, Boxes};
use crate::session::{Event, Stats, Stop};
use crate::settings::{Lang, Settings};
use crate::tokenizer::Voice;
use crate::tui::desk::{self, Answered, Asked, Budget, News, Order, Ready, State, Way};
use crate::tui::keymap::Key;
use crate::tui::layout::Pane;
use crate::tui::picture::loader::{LoaderMsg, Request};
use crate::tui::picture::tests::{caps, decoded, opened, series};
use crate::tui::talk::message::{Body, Message};
use crate::tui::terminal::probe::Protocol;

/// A screen, a clock, and whoever opens pictures at once.
pub(super) struct Bench {
    pub(super) app: App,
    pub(super) now: Instant,
    /// The last question that was sent to the laboratory.
    asked: String,
    /// Turns that were asked.
    turn: usize,
}

impl Bench {
    /// With a file of nine slices named, and nothing known of a model.
    pub(super) fn new(width: u16, height: u16) -> Self {
        Self::with(width, height, &[])
    }

    /// The same with these of the environment, settings (`MEDLAB_…`) among them.
    pub(super) fn with(width: u16, height: u16, env: &[(&str, &str)]) -> Self {
        let value = |name: &str| {
            let found = env.iter().find(|it| it.0 == name);
            found.map(|it| it.1.to_owned())
        };
        let env = env
            .iter()
            .map(|it| (it.0.to_owned(), it.1.to_owned()))
            .collect();
        let app = App::new(Begin {
            caps: caps(Protocol::Kitty),
            size: Size { width, height },
            files: vec!["data/chest.dcm".to_owned()],
            history: vec!["What is seen?".to_owned()],
            settings: Settings::gather(&Flags::default(), &value).unwrap(),
            keys: Ok(Vec::new()),
            env,
            library: Library::built_in(),
            folder: "/data".into(),
        });
        let mut bench = Self {
            app,
            now: Instant::now(),
            asked: String::new(),
            turn: 0,
        };
        let effects = bench.app.begin(bench.now);
        bench.serve(effects);
        bench
    }

    /// The same with a model and the picture open in the laboratory.
    pub(super) fn ready(width: u16, height: u16) -> Self {
        let mut bench = Self::new(width, height);
        bench.play("@ready @state @idle");
        bench
    }

    pub(super) fn send(&mut self, msg: Msg) -> Vec<String> {
        let effects = self.app.update(msg, self.now);
        self.serve(effects)
    }

    pub(super) fn news(&mut self, news: News) -> Vec<String> {
        self.send(Msg::News(Box::new(news)))
    }

    /// What has to be done, in words; what the loader does is done at once.
    fn serve(&mut self, effects: Vec<Effect>) -> Vec<String> {
        let mut said = Vec::new();
        for effect in effects {
            match effect {
                Effect::Load(Request::Open { pane, id, name, .. }) => {
                    said.push(format!("open {name} in {pane}"));
                    let reel = series("chest.dcm", 9, 0.0, true);
                    let msg = opened(pane, id, "chest.dcm", reel);
                    said.extend(self.send(Msg::Loader(LoaderMsg::Pane(Box::new(msg)))));
                }
                Effect::Load(Request::Frame(want)) => {
                    let msg = Box::new(decoded(&want));
                    said.extend(self.send(Msg::Loader(LoaderMsg::Pane(msg))));
                }
                Effect::Order(Order::Line(line)) => {
                    self.asked.clone_from(&line);
                    said.push(format!("line {line}"));
                }
                other => said.extend(words(other)),
            }
        }
        said
    }

    /// Does steps: names of keys, `=typed_text`, and what the laboratory tells (`@ready`); what has to be done then.
    pub(super) fn play(&mut self, steps: &str) -> Vec<String> {
        let steps = steps.split_whitespace();
        let steps = steps.flat_map(|it| {
            let effects = self.step(it);
            // a region is drawn on what was seen
            let mut buf = Buffer::empty(self.app.area);
            self.app.paint(&mut buf, self.now);
            effects
        });
        steps.collect()
    }

    fn step(&mut self, step: &str) -> Vec<String> {
        if let Some(text) = step.strip_prefix('=') {
            return text.chars().flat_map(|it| self.letter(it)).collect();
        }
        if let Some(name) = step.strip_prefix('@') {
            let news = self.told(name);
            return self.news(news);
        }
        let key = Key::parse(step).unwrap().event();
        self.send(Msg::Event(TermEvent::Key(key)))
    }

    fn letter(&mut self, letter: char) -> Vec<String> {
        let code = KeyCode::Char(if letter == '_' { ' ' } else { letter });
        let key = KeyEvent::new(code, KeyModifiers::NONE);
        self.send(Msg::Event(TermEvent::Key(key)))
    }

    /// What the laboratory tells, by a name.
    fn told(&mut self, name: &str) -> News {
        let asked = |turn, question: &str, way| {
            let question = question.to_owned();
            News::Asked(Asked {
                turn,
                question,
                way,
            })
        };
        match name {
            "ready" => News::Ready(model()),
            "none" => News::NoModel("the weights of model-4b are not there".to_owned()),
            "state" => News::State(Box::new(State {
                lang: Some(self.app.settings.lang),
                ..state(self.turn)
            })),
            "asked" => {
                self.turn += 1;
                asked(self.turn, &self.asked, Way::Plain)
            }
            "retried" => {
                self.turn += 1;
                asked(self.turn, "Again?", Way::Retry(self.turn - 1))
            }
            "piece" => News::Event(Event::Piece {
                id: 7,
                text: "There is **no** effusion. ".to_owned(),
                voice: Voice::Answer,
                logprob: -0.25,
            }),
            "done" => News::Event(Event::Done(stats(Stop::EndOfTurn))),
            "stopped" => News::Event(Event::Done(stats(Stop::Cancelled))),
            "answered" => News::Answered(Box::new(answered(self.turn))),
            "undone" => News::Undone(self.turn),
            "budget" => News::Budget(Ok(budget())),
            "over" => News::Budget(Err("the question does not fit the window".to_owned())),
            "idle" => News::Idle,
            "begin" => News::Begin(Vec::new()),
            "empty" => News::Story(Vec::new()),
            other => panic!("nobody tells {other}"),
        }
    }

    /// Who has the keys, what lies over the panes, and what is written.
    pub(super) fn stands(&self) -> String {
        let pane = match self.app.wish.focus {
            Pane::Rail => "rail",
            Pane::Picture => "picture",
            Pane::Talk => "talk",
            Pane::Input => "input",
        };
        let layers = self.app.layers.iter().map(|it| match it {
            Layer::Pick(_) => "list",
            Layer::Text(_) => "text",
            Layer::Paper(_) => "paper",
            Layer::Line(..) => "line",
            Layer::Confirm(..) => "confirm",
            Layer::Grid => "grid",
        });
        let mut all: Vec<&str> = vec![pane];
        all.extend(layers);
        let written = self.app.input.editor().text();
        format!("{}: {written}", all.join(" > "))
            .trim_end()
            .to_owned()
    }

    /// The conversation, an entry a line.
    pub(super) fn talk(&self) -> Vec<String> {
        self.app.talk.entries().iter().map(shown).collect()
    }

    pub(super) fn waiting(&self) -> &[String] {
        self.app.input.queue().waiting()
    }
}

fn shown(message: &Message) -> String {
    let undone = if message.is_undone { " (undone)" } else { "" };
    let text = message.copy();
    match &message.body {
        Body::Question(_) => format!("> {text}{undone}"),
        Body::Answer(answer) => match answer.end() {
            Some(end) => format!("< {text} {end:?}{undone}"),
            None => format!("< {text}…{} {undone}", answer.phase())
                .trim_end()
                .to_owned(),
        },
        Body::Remark(..) => format!("# {text}"),
        Body::Picture(_) => format!("@ {text}"),
    }
}

/// Effects in words; none for what only wakes, measures or remembers.
fn words(effect: Effect) -> Option<String> {
    Some(match effect {
        Effect::Wake(_)
        | Effect::Load(Request::Prefetch(..) | Request::Measure { .. })
        | Effect::Order(Order::Budget(_))
        | Effect::Job(Job::Remember(_) | Job::Recent) => return None,
        Effect::Order(order) => ordered(order),
        Effect::Stop => "stop".to_owned(),
        Effect::Load(Request::Again(_)) => "open it anew".to_owned(),
        Effect::Load(Request::Forget(pane)) => format!("forget {pane}"),
        Effect::Load(_) => return None,
        Effect::Job(job) => job_words(&job),
        Effect::Copy(text) => format!("copy {text}"),
        Effect::Title(title) => format!("title {title}"),
        Effect::Mouse(on) => format!("mouse {on}"),
        Effect::Redraw => "redraw".to_owned(),
        Effect::Suspend => "suspend".to_owned(),
        Effect::Editor(text) => format!("editor {text}"),
        Effect::Session(path) => format!("session {path:?}"),
        Effect::Quit => "quit".to_owned(),
    })
}

fn ordered(order: Order) -> String {
    let pairs = |view: &[(String, String)]| {
        let known = view.iter().filter(|it| !is_default(it));
        let all: Vec<String> = known.map(|it| format!("{}={}", it.0, it.1)).collect();
        all.join(" ")
    };
    match order {
        Order::All(orders) => {
            let all: Vec<String> = orders.into_iter().map(ordered).collect();
            all.join("; ")
        }
        Order::Look { source, view } => format!("look {source} {}", pairs(&view)),
        Order::Crop { source, view } => format!("crop {source} {}", pairs(&view)),
        Order::Line(line) => format!("line {line}"),
        Order::Prior { date, text } => format!("prior {date:?} {text:?}"),
        Order::Edit { turn, question } => format!("edit {turn} {question}"),
        order => format!("{order:?}").to_ascii_lowercase(),
    }
}

fn job_words(job: &Job) -> String {
    let name = format!("{job:?}");
    let end = name.find(|it: char| !it.is_alphanumeric());
    let name = name[..end.unwrap_or(name.len())].to_ascii_lowercase();
    match job {
        Job::Play(session) => format!("job play {session}"),
        Job::Branch { turn, .. } => format!("job branch {turn:?}"),
        Job::Find { picture, .. } => format!("job find {picture}"),
        _ => format!("job {name}"),
    }
}

fn is_default((key, value): &(String, String)) -> bool {
    let known = crate::imaging::view::KEYS.iter();
    known.into_iter().any(|it| it.0 == key && it.1 == value)
}

pub(super) fn model() -> Ready {
    Ready {
        name: "phantom".to_owned(),
        device: "cpu".to_owned(),
        quant: String::new(),
        is_phantom: true,
        tokens_per_picture: 256,
        preprocess: std::sync::Arc::new(PreprocessConfig {
            size: 896,
            rescale: 1.0 / 255.0,
            mean: [0.5; 3],
            std: [0.5; 3],
        }),
    }
}

fn picture() -> desk::Picture {
    desk::Picture {
        id: 1,
        source: "data/chest.dcm".to_owned(),
        name: "chest.dcm".to_owned(),
        role: None,
        view: Vec::new(),
        slice: Some((5, 9)),
        window: "40/400".to_owned(),
        size: (64, 64),
        cropped: None,
        prepared: std::sync::Arc::new(Prepared {
            size: 1,
            values: vec![0.0; 3],
            rgb: vec![0; 3],
            sha256: "5".repeat(64),
            chain: Vec::new(),
            fit: Fit::Pad,
        }),
        chain: vec!["read 64 × 64 HU".to_owned(), "window 40/400".to_owned()],
        sha256: "4".repeat(64),
        is_new: true,
    }
}

pub(super) fn state(turns: usize) -> State {
    let settings = Settings::gather(&Flags::default(), &|_| None).unwrap();
    State {
        pictures: vec![picture()],
        last_turn: Some(turns).filter(|it| *it > 0),
        turns,
        session: Some("/s/2026-11-24-chest.jsonl".into()),
        is_recorded: true,
        settings: settings.origins,
        lang: Some(Lang::En),
        ..State::default()
    }
}

fn stats(stop: Stop) -> Stats {
    Stats {
        prompt_tokens: 300,
        image_tokens: 256,
        reused_tokens: 20,
        new_tokens: 12,
        vision_ms: 900.0,
        prefill_ms: 100.0,
        first_token_ms: 1200.0,
        total_ms: 2000.0,
        tokens_per_s: 14.5,
        stop,
    }
}

fn answered(turn: usize) -> Answered {
    Answered {
        turn,
        stats: stats(Stop::EndOfTurn),
        boxes: Some(Boxes {
            turn,
            boxes: vec![Boxed {
                label: "nodule".to_owned(),
                box_2d: [100.0, 200.0, 300.0, 400.0],
                picture: 1,
                pixels: [6.0, 13.0, 19.0, 26.0],
            }],
            remarks: vec!["a box was cut at the picture's edge".to_owned()],
        }),
        remarks: vec!["the answer ends in the middle of a list".to_owned()],
    }
}

pub(super) fn budget() -> Budget {
    let slots = [
        ("system", 20),
        ("question", 9),
        ("pictures", 260),
        ("turns", 400),
    ];
    Budget {
        slots: slots
            .into_iter()
            .map(|(slot, tokens)| SlotUse { slot, tokens })
            .collect(),
        dropped: vec!["turn 1 (120 tokens) does not fit".to_owned()],
        room: 1359,
        ctx: 2048,
    }
}

/// With a model ready: after these steps this was asked for, and the screen stands like this.
#[track_caller]
pub(super) fn check(steps: &str, expected: &[&str], stands: &str) -> Bench {
    let mut bench = Bench::ready(120, 40);
    then(&mut bench, steps, expected, stands);
    bench
}

/// The same on a screen where something happened already.
#[track_caller]
pub(super) fn then(bench: &mut Bench, steps: &str, expected: &[&str], stands: &str) {
    let effects = bench.play(steps);
    assert_eq!(effects, expected, "{steps}");
    assert_eq!(bench.stands(), stands, "{steps}");
}

/// A question that was answered.
pub(super) const TURN: &str = "=Any_effusion? enter @asked @piece @done @answered @state @idle";
