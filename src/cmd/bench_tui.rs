//! This program and a link's speed in, how quick its interface is at the other end out, with the budget beside each figure.
//!
//! It starts itself in a pseudo-terminal and plays a kitty that answers at once. `signs` is all it knows of the interface.

use std::ffi::OsString;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::Args;
use serde_json::json;

use super::output::json_pretty;

mod figures;

mod link;

mod make;

mod measures;

mod played;

mod signs;

use figures::{Figure, Row, percentile};
use link::Speed;
use make::Length;
use measures::{Answering, Bench};
use signs::MEDLAB;

/// How `bench --tui` measures.
#[derive(Debug, Args)]
pub struct BenchTui {
    /// Measures the full-screen interface, in a terminal that is played, instead of the model
    #[arg(long)]
    pub tui: bool,
    /// Columns and rows of that terminal
    #[arg(long, value_name = "COLSxROWS", default_value = "200x60", value_parser = size, requires = "tui")]
    pub size: (u16, u16),
    /// Bytes a second that the link to it takes [default: no limit]
    #[arg(long, value_name = "BYTES/S", value_parser = clap::value_parser!(u32).range(1000..), requires = "tui")]
    pub rate: Option<u32>,
    /// Milliseconds there and back
    #[arg(long, value_name = "MS", default_value_t = 0, value_parser = clap::value_parser!(u16).range(..=10_000), requires = "tui")]
    pub rtt: u16,
}

fn size(text: &str) -> Result<(u16, u16), String> {
    let parsed = text
        .split_once('x')
        .and_then(|it| Some((it.0.parse().ok()?, it.1.parse().ok()?)));
    parsed
        .filter(|it| it.0 > 0 && it.1 > 0)
        .ok_or_else(|| "expected columns and rows, such as 200x60".to_owned())
}

const fn row(key: &'static str, name: &'static str, budget: Option<f64>) -> Row {
    Row { key, name, budget }
}

const FIRST_PAINT: Row = row("first_paint_ms", "exec to first paint, ms", Some(50.0));
const FIRST_PICTURE: Row = row(
    "first_picture_ms",
    "exec to first picture complete, ms",
    None,
);
const KEY_IDLE: [Row; 3] = [
    row("key_idle_p50_ms", "key to its letter, idle, p50, ms", None),
    row(
        "key_idle_p95_ms",
        "key to its letter, idle, p95, ms",
        Some(16.0),
    ),
    row(
        "key_idle_p99_ms",
        "key to its letter, idle, p99, ms",
        Some(33.0),
    ),
];
const KEY_ANSWERING: [Row; 3] = [
    row(
        "key_answering_p50_ms",
        "key while the model answers, p50, ms",
        None,
    ),
    row(
        "key_answering_p95_ms",
        "key while the model answers, p95, ms",
        Some(16.0),
    ),
    row(
        "key_answering_p99_ms",
        "key while the model answers, p99, ms",
        Some(33.0),
    ),
];
const KEY_LONG: [Row; 3] = [
    row(
        "key_long_p50_ms",
        "key under 10 000 rows of conversation, p50, ms",
        None,
    ),
    row(
        "key_long_p95_ms",
        "key under 10 000 rows of conversation, p95, ms",
        Some(16.0),
    ),
    row(
        "key_long_p99_ms",
        "key under 10 000 rows of conversation, p99, ms",
        Some(33.0),
    ),
];
const TOKEN: Row = row("bytes_per_token", "bytes a token, median", Some(64.0));
const SCROLLED: Row = row(
    "bytes_per_token_scrolled",
    "bytes a token where the conversation scrolls, mean",
    None,
);
const IDLE: Row = row("idle_bytes_per_s", "idle, bytes/s", Some(0.0));
const DRAFT: Row = row(
    "draft_bytes",
    "512 × 512 slice, draft, largest, bytes",
    Some(60e3),
);
const FIRST_MS: Row = row(
    "slice_ms",
    "512 × 512 slice, key to the first of it, p95, ms",
    Some(33.0),
);
const FULL: Row = row(
    "full_bytes",
    "512 × 512 slice, full, largest, bytes",
    Some(320e3),
);
const FULL_MS: Row = row("full_ms", "512 × 512 slice, key to full, median, ms", None);
const CANCEL: Row = row(
    "cancel_ms",
    "cancel to the word for it, slowest, ms",
    Some(50.0),
);
const MEMORY: Row = row(
    "interface_mb",
    "memory beside the same model without a screen, MB",
    Some(60.0),
);
const RESIDENT: Row = row("rss_mb", "memory of the process, MB", None);
const PEAK: Row = row("peak_mb", "memory of the process at most, MB", None);
const RESUME: Row = row(
    "resume_100mb_ms",
    "exec to a letter typed under a 100 MB session, ms",
    Some(300.0),
);

/// One number of many.
type Of = fn(&[f64]) -> Option<f64>;

/// Everything that was measured, as it comes.
struct Figures(Vec<Figure>);

impl Figures {
    /// One figure of many values, or why there are none.
    fn add(&mut self, row: Row, values: &Result<Vec<f64>, String>, of: Of) {
        let nothing = || "nothing was measured".to_owned();
        let value = values
            .as_ref()
            .map_err(Clone::clone)
            .and_then(|it| of(it).ok_or_else(nothing));
        let n = values.as_ref().map_or(0, Vec::len);
        self.0.push(Figure { row, value, n });
    }

    fn add_keys(&mut self, rows: [Row; 3], values: &Result<Vec<f64>, String>) {
        let of: [Of; 3] = [
            |it| percentile(it, 50),
            |it| percentile(it, 95),
            |it| percentile(it, 99),
        ];
        for (row, of) in rows.into_iter().zip(of) {
            self.add(row, values, of);
        }
    }
}

fn median(values: &[f64]) -> Option<f64> {
    percentile(values, 50)
}

/// Where there are two kinds, frames that scroll and frames that do not, no middle one tells.
fn mean(values: &[f64]) -> Option<f64> {
    (!values.is_empty()).then(|| values.iter().sum::<f64>() / values.len() as f64)
}

fn largest(values: &[f64]) -> Option<f64> {
    percentile(values, 100)
}

/// Measures this program; `model` is the settings of the model as arguments, `repeats` how often it is started.
///
/// # Errors
/// When there is no pseudo-terminal, or nowhere to write files to. What cannot be measured is a row that says why.
pub(super) fn run(
    args: &BenchTui,
    model: &[OsString],
    repeats: usize,
    as_json: bool,
) -> anyhow::Result<()> {
    report(&std::env::current_exe()?, args, model, repeats, as_json)
}

/// The same for any program.
pub(super) fn report(
    program: &Path,
    args: &BenchTui,
    model: &[OsString],
    repeats: usize,
    as_json: bool,
) -> anyhow::Result<()> {
    let folder = Folder::new()?;
    let speed = Speed {
        rate: args.rate.map(f64::from),
        rtt: Duration::from_millis(args.rtt.into()),
    };
    let bench = Bench {
        program,
        signs: &MEDLAB,
        arguments: model,
        size: args.size,
        speed,
        folder: &folder.0,
        repeats,
    };
    let figures = measure(&bench);
    let mut out = std::io::stdout().lock();
    if as_json {
        let object = json!({
            "size": [args.size.0, args.size.1],
            "rate": args.rate,
            "rtt_ms": args.rtt,
            "repeats": repeats,
            "figures": figures::object(&figures),
        });
        out.write_all(json_pretty(&object).as_bytes())?;
    } else {
        out.write_all(figures::table(&figures).as_bytes())?;
    }
    Ok(())
}

/// A folder for files, gone with the bench.
struct Folder(PathBuf);

impl Folder {
    fn new() -> anyhow::Result<Self> {
        let name = format!("medlab-bench-{}", std::process::id());
        let path = std::env::temp_dir().join(name);
        fs_err::create_dir(&path)?;
        Ok(Self(path))
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // the system clears its temporary folder
        let _ = fs_err::remove_dir_all(&self.0);
    }
}

fn told<T>(result: anyhow::Result<T>) -> Result<T, String> {
    result.map_err(|error| format!("{error:#}"))
}

/// All figures, in the order of the table.
fn measure(bench: &Bench<'_>) -> Vec<Figure> {
    let mut out = Figures(Vec::new());
    let starts = told(bench.start_times());
    out.add(FIRST_PAINT, &starts.clone().map(|it| it.0), median);
    out.add(FIRST_PICTURE, &starts.map(|it| it.1), median);
    out.add_keys(KEY_IDLE, &told(bench.idle_keys(120)));
    let answering = told(bench.answering(120));
    let [keys, bytes, scrolled] = [
        |it: Answering| it.key_ms,
        |it: Answering| it.bytes_a_token,
        |it: Answering| it.bytes_scrolled,
    ]
    .map(|of| answering.clone().map(of));
    out.add_keys(KEY_ANSWERING, &keys);
    long(bench, &mut out);
    out.add(TOKEN, &bytes, median);
    out.add(SCROLLED, &scrolled, mean);
    out.add(IDLE, &told(bench.idle().map(|it| vec![it])), median);
    steps(bench, &mut out);
    out.add(CANCEL, &told(bench.cancel()), largest);
    let memory = told(bench.memory());
    let of = |pick: fn([f64; 3]) -> f64| memory.clone().map(|it| vec![pick(it)]);
    out.add(MEMORY, &of(|it| (it[0] - it[2]).max(0.0)), median);
    out.add(RESIDENT, &of(|it| it[0]), median);
    out.add(PEAK, &of(|it| it[1]), median);
    out.0
}

fn steps(bench: &Bench<'_>, out: &mut Figures) {
    let steps = make::series(bench.folder).and_then(|it| bench.steps(&it));
    let steps = told(steps.map(|it| [it.draft_bytes, it.first_ms, it.full_bytes, it.full_ms]));
    let of = |nth: usize| steps.clone().map(|it| it[nth].clone());
    out.add(DRAFT, &of(0), largest);
    out.add(FIRST_MS, &of(1), |it| percentile(it, 95));
    out.add(FULL, &of(2), largest);
    out.add(FULL_MS, &of(3), median);
}

/// Under long sessions that are made of a recorded one.
fn long(bench: &Bench<'_>, out: &mut Figures) {
    let path = bench.folder.join("long.jsonl");
    let recorded = told(make::record(
        bench.program,
        bench.signs,
        bench.arguments,
        bench.folder,
    ));
    let made = |length| {
        let recorded = recorded.clone()?;
        told(make::long(&recorded, &path, length))
    };
    let keys = made(Length::Rows(10_000)).and_then(|_| told(bench.keys_in(&path, 120)));
    out.add_keys(KEY_LONG, &keys);
    let times = made(Length::Bytes(100_000_000)).and_then(|_| told(bench.resumed(&path)));
    out.add(RESUME, &times, median);
}

#[cfg(test)]
mod tests {
    use super::signs::Signs;
    use super::*;

    #[test]
    fn a_size_is_columns_and_rows() {
        assert_eq!(size("200x60"), Ok((200, 60)));
        for wrong in ["", "200", "x60", "0x5", "200x", "1x70000"] {
            assert!(size(wrong).is_err(), "{wrong}");
        }
    }

    /// Letters, a picture of one pixel, then what is typed, until Ctrl-Q.
    const SCRIPT: &str = "stty raw -echo; printf '\\033[?1049hresearch only'; \
        printf '\\033_Ga=T,f=24,i=1,s=1,v=1;AAAA\\033\\\\\\033[5;1H'; \
        while c=$(dd bs=1 count=1 2>/dev/null); [ \"$c\" != \"$(printf '\\021')\" ]; do printf '%s' \"$c\"; done; \
        printf '\\033[?1049l'";

    const SHELL: Signs = Signs {
        arguments: &["-c", SCRIPT],
        picture: "",
        to_input: &[],
        ..MEDLAB
    };

    #[test]
    fn a_small_program_is_started_typed_into_and_left() {
        let folder = Folder::new().unwrap();
        let bench = |speed| Bench {
            program: Path::new("/bin/sh"),
            signs: &SHELL,
            arguments: &[],
            size: (80, 24),
            speed,
            folder: &folder.0,
            repeats: 2,
        };
        let (paints, pictures) = bench(Speed::default()).start_times().unwrap();
        assert_eq!((paints.len(), pictures.len()), (2, 2));
        assert!(
            paints
                .iter()
                .zip(&pictures)
                .all(|it| *it.0 > 0.0 && it.0 <= it.1)
        );
        let keys = bench(Speed::default()).idle_keys(5).unwrap();
        assert_eq!(keys.len(), 5);
        assert_eq!(bench(Speed::default()).idle().unwrap().to_string(), "0");
        // a link's time there and back is in every key
        let rtt = Duration::from_millis(60);
        let rate = Some(50e3);
        let keys = bench(Speed { rate, rtt }).idle_keys(2).unwrap();
        assert!(keys.iter().all(|it| *it >= 60.0), "{keys:?}");
    }
}
