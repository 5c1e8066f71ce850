//! Hostile files in, one sentence or a picture out: through the decoding child, within bounds of memory and of time.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use medlab::imaging;
use rustix::process::{Pid, Signal, kill_process};

use crate::hostile_files::{self, Hostile, check_sentence};
use crate::imaging::images;

/// Memory of the program and its decoding child together, in KiB: 1 GB.
const MOST_MEMORY: u64 = 1_000_000_000 / 1024;
/// Time for one file: on the clock, or of computing where the machine is busy with something else.
const MOST_TIME: Duration = Duration::from_secs(5);
/// The clock of /proc, in ticks a second: the same on every Linux.
const TICKS: u64 = 100;

/// Runs a test of this module in a process of its own, where files are opened by a child; true inside of it.
///
/// What [`imaging::isolate`] decides holds for a process: the other tests stay without a child.
fn alone(test: &str) -> bool {
    const INSIDE: &str = "MEDLAB_TEST_ALONE";
    if std::env::var_os(INSIDE).is_some() {
        imaging::isolate(env!("CARGO_BIN_EXE_medlab").into());
        return true;
    }
    let ran = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", &format!("hostile::{test}"), "--nocapture"])
        .env(INSIDE, "1")
        .output()
        .unwrap();
    let (out, err) = (
        String::from_utf8_lossy(&ran.stdout),
        String::from_utf8_lossy(&ran.stderr),
    );
    assert!(
        ran.status.success() && out.contains("1 passed"),
        "{out}{err}"
    );
    println!("{out}");
    false
}

/// A process as /proc shows it.
#[derive(Debug, Clone, Copy)]
struct Process {
    pid: i32,
    parent: i32,
    cpu: Duration,
    /// Resident memory now and at its highest, KiB.
    memory: u64,
    peak: u64,
}

impl Process {
    fn of(pid: i32) -> Option<Self> {
        let text = |name: &str| fs_err::read_to_string(format!("/proc/{pid}/{name}")).ok();
        let (stat, status) = (text("stat")?, text("status")?);
        let fields: Vec<u64> = stat
            .rsplit(')')
            .next()?
            .split_whitespace()
            .map(|field| field.parse().unwrap_or_default())
            .collect();
        let kib = |key: &str| {
            let line = status.lines().find_map(|line| line.strip_prefix(key));
            let number = line.and_then(|line| line.split_whitespace().next()?.parse().ok());
            number.unwrap_or_default()
        };
        Some(Self {
            pid,
            parent: i32::try_from(*fields.get(1)?).ok()?,
            cpu: Duration::from_millis((fields.get(11)? + fields.get(12)?) * 1000 / TICKS),
            memory: kib("VmRSS:"),
            peak: kib("VmHWM:"),
        })
    }

    fn own() -> Self {
        Self::of(i32::try_from(std::process::id()).unwrap()).unwrap()
    }
}

/// The decoding children of this process.
fn children() -> Vec<Process> {
    let own = i32::try_from(std::process::id()).unwrap();
    let pids = fs_err::read_dir("/proc").unwrap().filter_map(|entry| {
        let name = entry.ok()?.file_name();
        name.to_str()?.parse::<i32>().ok()
    });
    pids.filter_map(Process::of)
        .filter(|it| it.parent == own)
        .collect()
}

/// The only child.
fn child() -> Process {
    let all = children();
    assert_eq!(all.len(), 1, "{all:?}");
    all[0]
}

/// What opening a file cost.
#[derive(Debug, Default, Clone, Copy)]
struct Cost {
    wall: Duration,
    cpu: Duration,
    /// Highest resident memory of this process and its children together, KiB, as it was sampled.
    together: u64,
    /// Highest of one child.
    child: u64,
}

/// Opens something while another thread looks at what it costs.
fn cost<T>(open: impl FnOnce() -> T) -> (T, Cost) {
    let (before, begin) = (Process::own().cpu, Instant::now());
    let done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let watch = scope.spawn(|| watch(&done));
        let opened = open();
        let wall = begin.elapsed();
        done.store(true, Ordering::Relaxed);
        let mut cost = watch.join().unwrap();
        cost.wall = wall;
        cost.cpu += Process::own().cpu.saturating_sub(before);
        (opened, cost)
    })
}

/// Samples until it is done.
fn watch(done: &AtomicBool) -> Cost {
    let mut cost = Cost::default();
    let begin: Vec<Process> = children();
    let mut seen: Vec<Process> = Vec::new();
    loop {
        let last = done.load(Ordering::Relaxed);
        let now = children();
        let together = Process::own().memory + now.iter().map(|it| it.memory).sum::<u64>();
        cost.together = cost.together.max(together);
        for process in now {
            cost.child = cost.child.max(process.peak);
            seen.retain(|it| it.pid != process.pid);
            seen.push(process);
        }
        if last {
            break;
        }
        std::thread::sleep(Duration::from_millis(4));
    }
    let at_begin = |pid| {
        begin
            .iter()
            .find(|it| it.pid == pid)
            .map_or(Duration::ZERO, |it| it.cpu)
    };
    cost.cpu = seen
        .iter()
        .map(|it| it.cpu.saturating_sub(at_begin(it.pid)))
        .sum();
    cost
}

/// Everything that opens a file looks at it: the header alone, what is in it, its pixels.
fn open(path: &Path) -> Result<imaging::Picture, String> {
    let name = path.to_str().unwrap();
    for listed in [
        imaging::list(name),
        imaging::header(name, true).map(|_| Vec::new()),
    ] {
        if let Err(error) = listed {
            check_sentence(name, &error.problem);
        }
    }
    imaging::open(name).map_err(|error| error.problem)
}

/// Opens a file, and holds the answer and what it cost to their bounds.
fn check(path: &Path, says: Option<&str>) {
    let name = path.file_name().unwrap().to_str().unwrap();
    let (answer, cost) = cost(|| open(path));
    let said = match &answer {
        Ok(picture) => format!("a picture of {}x{}", picture.width, picture.height),
        Err(problem) => problem.clone(),
    };
    println!("{name}: {cost:?}: {said}");
    match (&answer, says) {
        (Err(problem), says) => {
            check_sentence(name, problem);
            assert!(
                problem.contains(says.unwrap_or_default()),
                "{name}: {problem} lacks {says:?}"
            );
        }
        (Ok(picture), None) => assert_eq!(picture.rgb.len(), picture.width * picture.height * 3),
        (Ok(_), Some(says)) => panic!("{name}: {said}, expected '{says}'"),
    }
    assert!(cost.together < MOST_MEMORY, "{name}: {cost:?}");
    assert!(cost.wall.min(cost.cpu) < MOST_TIME, "{name}: {cost:?}");
}

#[test]
fn hostile_fixtures_end_in_a_sentence_within_bounds() {
    if !alone("hostile_fixtures_end_in_a_sentence_within_bounds") {
        return;
    }
    let mut files: Vec<PathBuf> = fs_err::read_dir(images().join("hostile"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    files.sort();
    assert!(files.len() >= 7);
    for path in &files {
        check(path, None);
    }
}

#[test]
fn bombs_end_in_a_sentence_within_bounds() {
    if !alone("bombs_end_in_a_sentence_within_bounds") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    for Hostile { name, bytes, says } in hostile_files::all() {
        let path = folder.path().join(name);
        fs_err::write(&path, &bytes).unwrap();
        drop(bytes);
        check(&path, says);
        fs_err::remove_file(&path).unwrap();
    }
    let left: Vec<String> = fs_err::read_dir(folder.path())
        .unwrap()
        .map(|entry| entry.unwrap().path().display().to_string())
        .collect();
    assert_eq!(left, [""; 0], "nothing is unpacked to the disk");
}

/// Folders are looked through by the program itself, all files at once.
#[test]
fn a_folder_and_an_archive_of_bombs_stay_within_bounds() {
    if !alone("a_folder_and_an_archive_of_bombs_stay_within_bounds") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let good = fs_err::read(images().join("made/ct-window.dcm")).unwrap();
    let mut bombs = hostile_files::all();
    bombs.retain(|it| !it.name.starts_with("zip"));
    for Hostile { name, bytes, .. } in &bombs {
        fs_err::write(folder.path().join(name), bytes).unwrap();
    }
    fs_err::write(folder.path().join("good.dcm"), &good).unwrap();
    let name = folder.path().to_str().unwrap();
    let (listed, all) = cost(|| imaging::list(name).unwrap());
    println!("folder: {all:?}");
    assert!(
        listed.iter().any(|line| line.contains("23x17")),
        "{listed:?}"
    );
    assert!(all.together < MOST_MEMORY, "{all:?}");
    let mut members: Vec<(&str, &[u8])> = bombs
        .iter()
        .map(|it| (it.name, it.bytes.as_slice()))
        .collect();
    members.push(("good.dcm", &good));
    let archive = folder.path().join("all.zip");
    fs_err::write(&archive, hostile_files::zip(&members)).unwrap();
    let (listed, all) = cost(|| imaging::list(archive.to_str().unwrap()).unwrap());
    println!("archive: {all:?}");
    assert!(
        listed.iter().any(|line| line.contains("23x17")),
        "{listed:?}"
    );
    assert!(all.together < MOST_MEMORY, "{all:?}");
}

fn send(process: Process, signal: Signal) {
    kill_process(Pid::from_raw(process.pid).unwrap(), signal).unwrap();
}

#[test]
fn a_child_that_dies_or_hangs_is_a_sentence_and_the_next_file_opens() {
    if !alone("a_child_that_dies_or_hangs_is_a_sentence_and_the_next_file_opens") {
        return;
    }
    let file = images().join("made/ct-window.dcm");
    let name = file.to_str().unwrap();
    let whole = imaging::open(name).unwrap();
    let first = child();
    assert_eq!(imaging::open(name).unwrap(), whole);
    assert_eq!(child().pid, first.pid, "one child serves many files");

    // stopped, so that it dies in the middle of a request
    send(first, Signal::STOP);
    let killed = std::thread::scope(|scope| {
        let opened = scope.spawn(|| imaging::open(name));
        std::thread::sleep(Duration::from_millis(300));
        send(first, Signal::KILL);
        opened.join().unwrap()
    });
    let problem = killed.unwrap_err().problem;
    check_sentence("killed", &problem);
    assert!(problem.contains("cannot be decoded"), "{problem}");
    assert_eq!(imaging::open(name).unwrap(), whole);
    let second = child();
    assert_ne!(second.pid, first.pid);

    send(second, Signal::STOP);
    let begin = Instant::now();
    let problem = imaging::open(name).unwrap_err().problem;
    check_sentence("hanging", &problem);
    assert!(problem.contains("takes too long to decode"), "{problem}");
    assert!(begin.elapsed() >= Duration::from_secs(4));
    assert_eq!(imaging::open(name).unwrap(), whole);
    assert_ne!(child().pid, second.pid, "the one that hung is gone");

    // died while nothing was asked of it
    send(child(), Signal::KILL);
    std::thread::sleep(Duration::from_millis(100));
    let after = imaging::open(name);
    println!(
        "after a child that died at rest: {:?}",
        after.as_ref().map(|it| it.width)
    );
    assert_eq!(
        after.unwrap(),
        whole,
        "a child that died at rest is replaced"
    );
}

/// Measured and printed, not held to a number: machines differ.
#[test]
fn what_the_child_costs() {
    if !alone("what_the_child_costs") {
        return;
    }
    let file = images().join("real/CT_small.dcm");
    let bytes = fs_err::read(&file).unwrap();
    let folder = tempfile::tempdir().unwrap();
    for i in 0..20 {
        fs_err::write(folder.path().join(format!("{i}.dcm")), &bytes).unwrap();
    }
    let (file, folder) = (file.to_str().unwrap(), folder.path().to_str().unwrap());
    let timed = |name: &str| {
        let begin = Instant::now();
        imaging::open(name).unwrap();
        begin.elapsed()
    };
    let first = timed(file);
    let rest: Vec<Duration> = (0..50).map(|_| timed(file)).collect();
    let series: Vec<Duration> = (0..10).map(|_| timed(folder)).collect();
    let median = |mut all: Vec<Duration>| {
        all.sort();
        all[all.len() / 2]
    };
    println!(
        "first file {first:?}, then {:?}, a folder {:?}",
        median(rest),
        median(series)
    );
}
