//! The surface against a terminal that is played: what it was sent, shows, and still keeps.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use base64::Engine as _;
use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};

use super::kitty::CHUNK;
use super::*;
use crate::settings::Graphics;
use crate::tui::terminal::probe::{Environment, Probe, Screen};
use crate::tui::terminal::replies::Reply;
use crate::tui::terminal::writer::Wrote;

#[path = "order_tests.rs"]
mod order;

const SCREEN: Rect = Rect::new(0, 0, 120, 40);

fn caps(graphics: Graphics, pairs: &[(&str, &str)]) -> Caps {
    let get = |name: &str| {
        pairs
            .iter()
            .find(|it| it.0 == name)
            .map(|it| it.1.to_owned())
    };
    let screen = Screen {
        columns: 120,
        rows: 40,
        pixels: (960, 640),
    };
    let mut probe = Probe::new(graphics, Environment::read(&get), screen);
    probe.hear(&Reply::Attributes(vec![62]));
    probe.caps()
}

/// A picture in a terminal: what it was sent as.
#[derive(Debug, Clone, PartialEq)]
struct Kept {
    width: u32,
    height: u32,
    grey: Vec<u8>,
}

/// As much of kitty as the protocol needs.
#[derive(Debug, Default)]
struct Kitty {
    loading: Option<(u32, String)>,
    images: BTreeMap<u32, Kept>,
    placed: BTreeMap<u32, String>,
    transmissions: usize,
    deletions: usize,
    chunk_sizes: Vec<usize>,
}

impl Kitty {
    fn read(&mut self, bytes: &[u8]) {
        let text = String::from_utf8(bytes.to_vec()).unwrap();
        let text = unwrapped(&text);
        let mut rest = text.as_str();
        while let Some(begin) = rest.find("\x1b_G") {
            let command = &rest[begin + 3..];
            let end = command.find("\x1b\\").expect("every command ends");
            self.obey(&command[..end]);
            rest = &command[end + 2..];
        }
    }

    fn obey(&mut self, command: &str) {
        let (keys, payload) = command.split_once(';').unwrap_or((command, ""));
        let keys: BTreeMap<&str, &str> = keys
            .split(',')
            .filter_map(|it| it.split_once('='))
            .collect();
        let id = keys.get("i").map(|it| it.parse::<u32>().unwrap());
        assert!(
            self.loading.is_none() || !keys.contains_key("a"),
            "a command inside data: {command:.40}"
        );
        match (keys.get("a").copied(), id) {
            (Some("t"), Some(id)) => {
                assert_eq!((keys["f"], keys["q"]), ("100", "2"));
                assert!(
                    !self.placed.contains_key(&id),
                    "what is on the screen is not overwritten"
                );
                self.loading = Some((id, String::new()));
                self.transmissions += 1;
                self.chunk(&keys, payload);
            }
            (None, None) => self.chunk(&keys, payload),
            (Some("p"), Some(id)) => {
                assert!(self.images.contains_key(&id), "placed without data");
                self.placed.insert(id, command.to_owned());
            }
            (Some("d"), Some(id)) => {
                self.placed.remove(&id);
                if keys["d"] == "I" {
                    assert!(self.images.remove(&id).is_some(), "deleted twice");
                    self.deletions += 1;
                }
            }
            _ => panic!("unknown: {command:.60}"),
        }
    }

    fn chunk(&mut self, keys: &BTreeMap<&str, &str>, payload: &str) {
        self.chunk_sizes.push(payload.len());
        let (id, mut data) = self.loading.take().expect("a chunk of something");
        data += payload;
        if keys["m"] == "1" {
            self.loading = Some((id, data));
            return;
        }
        let png = base64::engine::general_purpose::STANDARD
            .decode(data)
            .unwrap();
        let picture = image::load_from_memory(&png).unwrap();
        let image::DynamicImage::ImageLuma8(grey) = picture else {
            panic!("not grey: {:?}", picture.color());
        };
        let kept = Kept {
            width: grey.width(),
            height: grey.height(),
            grey: grey.into_raw(),
        };
        self.images.insert(id, kept);
    }

    fn source(&self) -> [u32; 4] {
        let command = self.placed.values().next().expect("something is placed");
        ["x", "y", "w", "h"].map(|key| {
            let key = format!(",{key}=");
            let at = command.find(&key).unwrap() + key.len();
            command[at..].split(',').next().unwrap().parse().unwrap()
        })
    }
}

/// Takes tmux's wrapping away, as tmux does.
fn unwrapped(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(begin) = rest.find("\x1bPtmux;") {
        out += &rest[..begin];
        let mut inner = rest[begin + 7..].char_indices().peekable();
        let mut end = None;
        while let Some((at, c)) = inner.next() {
            match (c, inner.peek().map(|it| it.1)) {
                ('\x1b', Some('\x1b')) => {
                    out.push('\x1b');
                    inner.next();
                }
                ('\x1b', _) => {
                    end = Some(begin + 7 + at + 2);
                    break;
                }
                _ => out.push(c),
            }
        }
        rest = &rest[end.expect("tmux's command ends")..];
    }
    out + rest
}

/// A surface, its writer, and the terminal.
struct Bench {
    surface: Surface,
    writer: TtyWriter,
    woken: Receiver<()>,
    kitty: Kitty,
    buffer: Buffer,
    now: Instant,
    bytes: usize,
    /// Bytes a second that the link takes, where it takes time.
    rate: Option<f64>,
}

impl Bench {
    fn new(caps: Caps) -> Self {
        let (wake, woken) = channel();
        let wake = std::sync::Mutex::new(wake);
        let wake: Wake = Arc::new(move || {
            let _ = wake.lock().unwrap().send(());
        });
        Self {
            surface: Surface::new(caps, wake),
            writer: TtyWriter::new(),
            woken,
            kitty: Kitty::default(),
            buffer: Buffer::empty(SCREEN),
            now: Instant::now(),
            bytes: 0,
            rate: None,
        }
    }

    /// One frame, read by the terminal, which acknowledges what it is asked to. Its bytes.
    ///
    /// The writer's thread is always ahead: it sends whatever there is before the frame has ended.
    fn frame(&mut self, wanted: &[Wanted]) -> Vec<u8> {
        self.buffer = Buffer::empty(SCREEN);
        for wanted in wanted {
            wanted.mark(&mut self.buffer);
            self.buffer.set_string(
                wanted.fit.cells.x,
                wanted.fit.cells.y,
                "a b",
                ratatui::style::Style::new(),
            );
        }
        self.surface
            .draw(wanted, &mut self.buffer, &self.writer, self.now);
        self.writer.set_synchronised(false);
        let (mut bytes, mut wrote) = self.writer.drain();
        self.writer.end_frame();
        let rest = self.writer.drain();
        bytes.extend(rest.0);
        wrote.extend(rest.1);
        self.bytes += bytes.len();
        if let Some(rate) = self.rate {
            self.now += Duration::from_secs_f64(bytes.len() as f64 / rate);
        }
        self.kitty.read(&bytes);
        for wrote in wrote {
            if let Wrote::Upload(nth) = wrote {
                self.surface.uploaded(nth, self.now);
            }
        }
        if bytes.windows(4).any(|it| it == ACKNOWLEDGE) {
            self.surface.acknowledged(self.now);
        }
        bytes
    }

    /// Frames until nothing more happens. Their bytes.
    fn settle(&mut self, wanted: &[Wanted]) -> usize {
        let before = self.bytes;
        let (mut n_quiet, until) = (0, Instant::now() + Duration::from_secs(20));
        while n_quiet < 3 {
            let n_bytes = self.frame(wanted).len();
            let is_busy = self.surface.panes.iter().any(Pane::is_busy);
            n_quiet = if is_busy || n_bytes > 0 {
                0
            } else {
                n_quiet + 1
            };
            if is_busy {
                let _ = self.woken.recv_timeout(Duration::from_millis(20));
            }
            assert!(Instant::now() < until, "it never ends");
        }
        while self.woken.try_recv().is_ok() {}
        self.bytes - before
    }
}

fn shown(pane: u8, key: u64, quality: Quality, zoom: f64, pixels: Pixels) -> Wanted {
    let room = Rect::new(2, 1, 64, 32);
    let zoom = Zoom {
        factor: zoom,
        centre: None,
    };
    let cell = CellSize::measured(8, 16).unwrap();
    let fit = Fit::new((pixels.width(), pixels.height()), 1.0, zoom, room, cell).unwrap();
    Wanted {
        pane,
        key,
        group: 0,
        fit,
        quality,
        make: Arc::new(move || pixels.clone()),
    }
}

/// An ellipse with structures in it and noise of this standard deviation, as a slice of a head has.
fn phantom(n: usize, deviation: f64, mut seed: u64) -> Pixels {
    let mut noise = || {
        // the sum of twelve is near to a normal distribution of deviation 1
        let mut sum = -6.0;
        for _ in 0..12 {
            seed = seed
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            sum += f64::from(u32::try_from(seed >> 33).unwrap()) / f64::from(1_u32 << 31);
        }
        sum * deviation
    };
    let ellipses = [
        (0.0, 0.0, 0.69, 0.92, 200.0),
        (0.0, -0.02, 0.66, 0.87, -120.0),
        (0.22, 0.0, 0.11, 0.31, -40.0),
        (-0.22, 0.0, 0.16, 0.41, -40.0),
        (0.0, 0.35, 0.21, 0.25, 30.0),
        (0.0, -0.6, 0.05, 0.05, 60.0),
    ];
    let mut bytes = Vec::with_capacity(n * n);
    for row in 0..n {
        for column in 0..n {
            let at = |it: usize| it as f64 / n as f64 * 2.0 - 1.0;
            let (x, y) = (at(column), at(row));
            let inside = ellipses
                .iter()
                .filter(|it| ((x - it.0) / it.2).powi(2) + ((y - it.1) / it.3).powi(2) < 1.0);
            let value: f64 = inside.map(|it| it.4).sum::<f64>() + 10.0 * x + noise();
            bytes.push(u8::try_from(fit::whole(value.clamp(0.0, 255.0))).unwrap());
        }
    }
    Pixels::new(n, n, Kind::Grey, bytes).unwrap()
}

const KITTY: &[(&str, &str)] = &[("TERM", "xterm-kitty")];
const TMUX: &[(&str, &str)] = &[("TERM", "tmux-256color"), ("TMUX", "/tmp/t,1,0")];

#[test]
fn pixels_arrive_as_they_are_in_chunks_that_the_protocol_allows() {
    for (graphics, env) in [(Graphics::Auto, KITTY), (Graphics::Kitty, TMUX)] {
        let mut bench = Bench::new(caps(graphics, env));
        let pixels = phantom(512, 8.0, 1);
        bench.settle(&[shown(0, 1, Quality::Full, 1.0, pixels.clone())]);
        let kept: Vec<&Kept> = bench.kitty.images.values().collect();
        assert_eq!(kept.len(), 1);
        assert_eq!((kept[0].width, kept[0].height), (512, 512));
        assert!(kept[0].grey == pixels.bytes(), "every pixel");
        let (last, others) = bench.kitty.chunk_sizes.split_last().unwrap();
        assert!(others.iter().all(|it| *it == CHUNK) && *last <= CHUNK);
        assert_eq!(bench.surface.shown(0), Some((1, Quality::Full)));
    }
}

#[test]
fn the_same_picture_in_the_same_place_is_no_byte() {
    for (graphics, env) in [
        (Graphics::Auto, KITTY),
        (Graphics::Kitty, TMUX),
        (Graphics::Sixel, KITTY),
        (Graphics::Iterm, KITTY),
    ] {
        let mut bench = Bench::new(caps(graphics, env));
        let wanted = shown(0, 1, Quality::Full, 1.0, phantom(128, 8.0, 1));
        assert!(bench.settle(std::slice::from_ref(&wanted)) > 1000);
        let picture = bench.buffer.clone();
        for _ in 0..3 {
            assert_eq!(
                bench.settle(std::slice::from_ref(&wanted)),
                0,
                "{graphics:?}"
            );
            assert!(bench.buffer == picture, "and no cell");
        }
        let draft = Wanted {
            quality: Quality::Draft,
            ..wanted
        };
        assert_eq!(
            bench.settle(&[draft]),
            0,
            "what is full is not sent as a draft"
        );
    }
}

#[test]
fn each_picture_deletes_the_one_it_replaces_and_stands_before_that_goes() {
    for (graphics, env) in [(Graphics::Auto, KITTY), (Graphics::Kitty, TMUX)] {
        let mut bench = Bench::new(caps(graphics, env));
        for key in 1..=20 {
            bench.settle(&[shown(0, key, Quality::Full, 1.0, phantom(64, 8.0, key))]);
            assert_eq!(bench.kitty.images.len(), 1, "after {key}");
            assert_eq!(bench.kitty.placed.len(), 1);
        }
        assert_eq!((bench.kitty.transmissions, bench.kitty.deletions), (20, 19));
        bench.surface.retire(0, &bench.writer);
        bench.frame(&[]);
        assert_eq!(bench.kitty.deletions, 20);
        assert!(bench.kitty.images.is_empty() && bench.kitty.placed.is_empty());
    }
}

#[test]
fn zooming_and_hiding_cost_a_few_bytes_where_the_terminal_has_the_pixels() {
    let mut bench = Bench::new(caps(Graphics::Auto, KITTY));
    let pixels = phantom(512, 8.0, 1);
    let wanted = |zoom| [shown(0, 1, Quality::Full, zoom, pixels.clone())];
    bench.settle(&wanted(1.0));
    assert_eq!(bench.kitty.source(), [0, 0, 512, 512]);
    let n_bytes = bench.settle(&wanted(2.0));
    assert!(n_bytes < 120, "{n_bytes}");
    assert_eq!(bench.kitty.source(), [128, 128, 256, 256]);
    let n_bytes = bench.settle(&[]);
    assert!(n_bytes < 60 && bench.kitty.placed.is_empty(), "{n_bytes}");
    let n_bytes = bench.settle(&wanted(2.0));
    assert!(n_bytes < 120 && bench.kitty.placed.len() == 1, "{n_bytes}");
    assert_eq!(bench.kitty.transmissions, 1);
}

#[test]
fn in_tmux_cells_stand_for_the_picture_and_letters_stay() {
    let mut bench = Bench::new(caps(Graphics::Kitty, TMUX));
    let wanted = shown(0, 1, Quality::Full, 1.0, phantom(64, 8.0, 1));
    bench.settle(std::slice::from_ref(&wanted));
    let cells = wanted.fit.cells;
    let symbol = |x: u16, y: u16| {
        bench.buffer[(cells.x + x, cells.y + y)]
            .symbol()
            .chars()
            .collect::<Vec<_>>()
    };
    assert_eq!(symbol(0, 0), ['a']);
    assert_eq!(symbol(1, 0), [' ']);
    assert_eq!(
        symbol(3, 0).len(),
        4,
        "begins anew after letters: row, column, id"
    );
    assert_eq!(symbol(4, 0).len(), 1);
    assert_eq!((symbol(0, 1).len(), symbol(1, 1).len()), (4, 1));
    assert!(bench.buffer.content().iter().all(|it| it.symbol() != HOLE));
}

#[test]
fn an_inline_picture_is_drawn_behind_letters_and_goes_when_it_is_not_wanted() {
    use ratatui::buffer::CellDiffOption::{AlwaysUpdate, Skip};
    for graphics in [Graphics::Sixel, Graphics::Iterm] {
        let mut bench = Bench::new(caps(graphics, KITTY));
        let wanted = shown(0, 1, Quality::Full, 1.0, phantom(64, 8.0, 1));
        bench.frame(std::slice::from_ref(&wanted));
        bench.woken.recv_timeout(Duration::from_secs(5)).unwrap();
        let bytes = bench.frame(std::slice::from_ref(&wanted));
        let at = wanted.fit.cells.as_position();
        assert!(bytes.starts_with(format!("\x1b[{};{}H\x1b", at.y + 1, at.x + 1).as_bytes()));
        assert_eq!(
            bench.buffer[at].diff_option, AlwaysUpdate,
            "a letter comes after the picture"
        );
        assert_eq!(
            bench.buffer[Position::new(at.x + 9, at.y)].diff_option,
            Skip
        );
        assert!(bench.frame(&[]).is_empty());
        assert_eq!(
            bench.buffer[Position::new(at.x + 9, at.y)].diff_option,
            AlwaysUpdate,
            "drawn over"
        );
        assert_eq!(bench.surface.shown(0), None);
    }
}

#[test]
fn blocks_and_letters_are_cells_and_no_bytes_of_their_own() {
    for graphics in [Graphics::Blocks, Graphics::Ascii] {
        let mut bench = Bench::new(caps(graphics, &[("TERM", "xterm")]));
        let wanted = shown(0, 1, Quality::Full, 1.0, phantom(64, 8.0, 1));
        assert_eq!(bench.settle(std::slice::from_ref(&wanted)), 0);
        let middle = &bench.buffer[Position::new(2 + 32, 1 + 16)];
        assert_ne!(middle.symbol(), HOLE);
        assert!(middle.symbol() != " " || middle.bg != ratatui::style::Color::Reset);
        bench.frame(&[Wanted {
            group: 1,
            key: 2,
            ..wanted
        }]);
        let middle = &bench.buffer[Position::new(2 + 32, 1 + 16)];
        assert_eq!(
            (middle.symbol(), middle.bg),
            (" ", ratatui::style::Color::Reset),
            "never in place of another"
        );
    }
}

#[test]
fn another_terminal_gets_the_picture_in_its_own_way_and_the_old_one_is_freed() {
    let mut bench = Bench::new(caps(Graphics::Auto, KITTY));
    let wanted = [shown(0, 1, Quality::Full, 1.0, phantom(64, 8.0, 1))];
    bench.settle(&wanted);
    bench
        .surface
        .set_caps(caps(Graphics::Blocks, KITTY), &bench.writer);
    bench.settle(&wanted);
    assert!(bench.kitty.images.is_empty());
    assert_eq!(bench.surface.shown(0), Some((1, Quality::Full)));
}

#[test]
fn a_slice_costs_no_more_than_its_budget() {
    for deviation in [0.0, 8.0, 20.0] {
        let pixels = phantom(512, deviation, 1);
        let mut bench = Bench::new(caps(Graphics::Auto, KITTY));
        bench.settle(&[shown(0, 1, Quality::Full, 1.0, phantom(64, 1.0, 3))]);
        let draft = bench.settle(&[shown(0, 2, Quality::Draft, 1.0, pixels.clone())]);
        let full = bench.settle(&[shown(0, 2, Quality::Full, 1.0, pixels)]);
        assert!(
            draft <= 60_000 && full <= 320_000,
            "noise {deviation}: {draft} {full}"
        );
    }
}

#[test]
fn a_draft_rests_for_120_ms_and_a_first_picture_is_full() {
    let begin = Instant::now();
    let at = |ms| begin + Duration::from_millis(ms);
    let mut pace = Pace::default();
    assert_eq!(pace.quality(1, at(0)), Quality::Full);
    assert_eq!(pace.wakes_at(), None);
    assert_eq!(
        pace.quality(2, at(500)),
        Quality::Full,
        "a single step after a rest"
    );
    assert_eq!(pace.quality(2, at(520)), Quality::Full, "and it stays full");
    assert_eq!(pace.wakes_at(), None);
    assert_eq!(pace.quality(3, at(550)), Quality::Draft);
    assert_eq!(pace.quality(4, at(600)), Quality::Draft);
    assert_eq!(pace.wakes_at(), Some(at(720)));
    assert_eq!(pace.quality(4, at(719)), Quality::Draft);
    assert_eq!(pace.quality(4, at(720)), Quality::Full);
    assert_eq!(pace.wakes_at(), None);
}
