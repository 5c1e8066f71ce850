//! Requests in, answers out, through a second process that may die of a file without harm to this one.
//!
//! Pictures come from anywhere. A decoder that runs out of memory, overflows its stack or never ends takes its process
//! with it: here that is the child, and the file is answered with a sentence. One child serves many files; several
//! serve at once when asked from several threads. Started by [`isolate`]; the child itself is [`serve`].

use std::io::{self, Read, Write};
use std::path::PathBuf;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::sync::{Mutex, OnceLock};
use std::time::{Duration, Instant};

use super::frame::Values;
use super::service::{Answer, Request, Service};
use super::source::Source;
use super::watch::{STOPPED, Watch};
use super::{Fallible, guard};

/// The argument that makes the program a decoding child.
pub const ARGUMENT: &str = "decode-child";

/// Memory that a child may ask for, in bytes: with what this process holds of its answer less than 1 GB together.
const MEMORY: u64 = 896 << 20;
/// What JPEG 2000 decodes with, and pools of memory for them: each reserves address space, of which there is so much.
const THREADS: [(&str, &str); 2] = [("RAYON_NUM_THREADS", "4"), ("MALLOC_ARENA_MAX", "2")];
/// Seconds of computing after which a child is ended by the system, whatever it does: for one whose parent is gone.
const CPU_SECONDS: u64 = 600;
/// Seconds of work after which a child is replaced, long before the system would end it.
const RETIRE_AFTER: Duration = Duration::from_mins(2);
/// Time for a file of no size.
const PATIENCE: Duration = Duration::from_secs(4);
/// And so much more for every MiB of it.
const PATIENCE_PER_MIB: Duration = Duration::from_millis(500);
/// How often somebody who waits for a child looks whether the answer is still wanted.
const LOOK_UP: Duration = Duration::from_millis(20);
/// Longest answer that is believed, values not counted.
const MAX_HEAD: u64 = 256 << 20;
/// Longest values that are believed.
const MAX_VALUES: u64 = 1 << 30;

static PROGRAM: OnceLock<PathBuf> = OnceLock::new();
static IDLE: Mutex<Vec<Helper>> = Mutex::new(Vec::new());

/// From now on files are opened by this program in a process of its own; it must call [`serve`] when its only argument is
/// [`ARGUMENT`]. Without it they are opened in this process, where only panics are caught.
pub fn isolate(program: PathBuf) {
    // the first to ask decides; a second call changes nothing
    let _ = PROGRAM.set(program);
}

/// Asks a child, or does it here when none was arranged.
///
/// # Errors
/// When it cannot be decoded, or was stopped: a child is ended then, whatever it is at.
pub(super) fn call(request: &Request, watch: Watch<'_>) -> Fallible<Answer> {
    watch.goes_on()?;
    let Some(program) = PROGRAM.get() else {
        return Service::default().answer(request);
    };
    let mut helper = match idle() {
        Some(helper) => helper,
        None => Helper::start(program)?,
    };
    let answer = helper.ask(request, watch);
    if !helper.is_spent()
        && let Ok(mut idle) = IDLE.lock()
    {
        idle.push(helper);
    }
    answer
}

/// A child that waits for work; those that died while they waited are let go.
fn idle() -> Option<Helper> {
    let mut idle = IDLE.lock().ok()?;
    std::iter::from_fn(|| idle.pop()).find_map(|mut helper| helper.lives().then_some(helper))
}

/// What a child says; an error when it is gone.
type Heard = io::Result<Fallible<Answer>>;

/// A child and the thread that listens to it.
struct Helper {
    child: Child,
    stdin: ChildStdin,
    answers: Receiver<Heard>,
    worked: Duration,
    lost: bool,
}

impl Helper {
    fn start(program: &PathBuf) -> Fallible<Self> {
        let failed =
            |error: io::Error| format!("cannot be opened: the decoder does not start ({error})");
        let mut child = Command::new(program)
            .arg(ARGUMENT)
            .envs(THREADS)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .map_err(failed)?;
        let pipes = child.stdin.take().zip(child.stdout.take());
        let (stdin, mut stdout) = pipes.ok_or("cannot be opened: the decoder has no pipes")?;
        let (sender, answers) = channel();
        // ends with the child, or when nobody listens any more
        std::thread::spawn(move || {
            let mut goes_on = true;
            while goes_on {
                let answer = read_answer(&mut stdout);
                goes_on = answer.is_ok();
                goes_on &= sender.send(answer).is_ok();
            }
        });
        Ok(Self {
            child,
            stdin,
            answers,
            worked: Duration::ZERO,
            lost: false,
        })
    }

    fn ask(&mut self, request: &Request, watch: Watch<'_>) -> Fallible<Answer> {
        let begin = Instant::now();
        let patience = patience(&request.source);
        let answer = match write_request(&mut self.stdin, request) {
            Ok(()) => self.wait(begin + patience, watch),
            Err(_) => Err(RecvTimeoutError::Disconnected),
        };
        self.worked += begin.elapsed();
        match answer {
            Ok(Ok(answer)) => answer,
            _ if is_stopped(watch) => {
                self.end();
                Err(STOPPED.to_owned())
            }
            Err(RecvTimeoutError::Timeout) => {
                self.end();
                Err(format!(
                    "takes too long to decode: no picture after {:.0} s",
                    patience.as_secs_f64()
                ))
            }
            Ok(Err(_)) | Err(RecvTimeoutError::Disconnected) => {
                self.end();
                Err(format!(
                    "cannot be decoded: it needs more than {} MiB of memory, or is damaged in a way that its decoder does not survive",
                    MEMORY >> 20
                ))
            }
        }
    }

    /// Waits for an answer until there is one, it takes too long, or nobody wants it any more.
    fn wait(&self, until: Instant, watch: Watch<'_>) -> Result<Heard, RecvTimeoutError> {
        loop {
            let left = until.saturating_duration_since(Instant::now());
            let answer = self.answers.recv_timeout(left.min(LOOK_UP));
            let is_over = left <= LOOK_UP || watch.is_stopped();
            match answer {
                Err(RecvTimeoutError::Timeout) if !is_over => {}
                answer => return answer,
            }
        }
    }

    fn end(&mut self) {
        self.lost = true;
        // it may have ended by itself
        let _ = self.child.kill();
        let _ = self.child.wait();
    }

    fn lives(&mut self) -> bool {
        matches!(self.child.try_wait(), Ok(None))
    }

    fn is_spent(&self) -> bool {
        self.lost || self.worked > RETIRE_AFTER
    }
}

impl Drop for Helper {
    fn drop(&mut self) {
        self.end();
    }
}

/// Whether work is to stop. Ctrl-C at a terminal ends the children too, maybe before this process has heard of it.
fn is_stopped(watch: Watch<'_>) -> bool {
    if !watch.is_stopped() {
        std::thread::sleep(LOOK_UP);
    }
    watch.is_stopped()
}

/// How long a file may take: by its size.
fn patience(source: &Source) -> Duration {
    let bytes = match source {
        Source::File(path) | Source::Member { archive: path, .. } => {
            fs_err::metadata(path).map_or(0, |about| about.len())
        }
        Source::Bytes { bytes, .. } => bytes.len() as u64,
    };
    let mib = u32::try_from(bytes >> 20).unwrap_or(u32::MAX).min(512);
    PATIENCE + PATIENCE_PER_MIB * mib
}

/// The child's life: answers what comes on standard input until it ends.
///
/// # Errors
/// When a pipe breaks.
pub fn serve() -> io::Result<()> {
    limit();
    let (mut input, mut output) = (io::stdin().lock(), io::stdout().lock());
    let mut service = Service::default();
    while let Some(request) = read_request(&mut input)? {
        let answer = service.answer(&request);
        write_answer(&mut output, answer)?;
    }
    Ok(())
}

/// Bounds on memory and computing, set by the child on itself before it reads a byte.
#[cfg(unix)]
fn limit() {
    use rustix::process::{Resource, Rlimit, setrlimit};
    let to = |most| Rlimit {
        current: Some(most),
        maximum: Some(most),
    };
    // a system that cannot limit still has the timeout and our own checks
    let _ = setrlimit(Resource::As, to(MEMORY));
    let _ = setrlimit(Resource::Cpu, to(CPU_SECONDS));
    let _ = setrlimit(Resource::Core, to(0));
}

#[cfg(not(unix))]
fn limit() {}

fn bad(problem: impl std::fmt::Display) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, problem.to_string())
}

fn write_request(output: &mut impl Write, request: &Request) -> io::Result<()> {
    let bytes = postcard::to_stdvec(request).map_err(bad)?;
    output.write_all(&(bytes.len() as u64).to_le_bytes())?;
    output.write_all(&bytes)?;
    output.flush()
}

fn read_request(input: &mut impl Read) -> io::Result<Option<Request>> {
    let mut len = [0; 8];
    match input.read_exact(&mut len) {
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(None),
        read => read?,
    }
    let bytes = read_exactly(
        input,
        u64::from_le_bytes(len),
        guard::MAX_FILE_BYTES + MAX_HEAD,
    )?;
    postcard::from_bytes(&bytes).map(Some).map_err(bad)
}

/// Head and values apart: values as they lie in memory, low byte first. They are never copied as a whole, on neither side:
/// a picture of 100 million pixels has its place in memory once here and once there.
fn write_answer(output: &mut impl Write, mut answer: Fallible<Answer>) -> io::Result<()> {
    let values = answer
        .as_mut()
        .ok()
        .and_then(Answer::values)
        .map(|values| std::mem::replace(values, empty_like(values)));
    let head = postcard::to_stdvec(&answer).map_err(bad)?;
    let len = match &values {
        Some(Values::Grey(grey)) => grey.len() * 4,
        Some(Values::Rgb(rgb)) => rgb.len(),
        None => 0,
    };
    output.write_all(&(head.len() as u64).to_le_bytes())?;
    output.write_all(&(len as u64).to_le_bytes())?;
    output.write_all(&head)?;
    match &values {
        Some(Values::Grey(grey)) => write_floats(output, grey)?,
        Some(Values::Rgb(rgb)) => output.write_all(rgb)?,
        None => {}
    }
    output.flush()
}

fn empty_like(values: &Values) -> Values {
    match values {
        Values::Grey(_) => Values::Grey(Vec::new()),
        Values::Rgb(_) => Values::Rgb(Vec::new()),
    }
}

fn read_answer(input: &mut impl Read) -> io::Result<Fallible<Answer>> {
    let mut lens = [0; 16];
    input.read_exact(&mut lens)?;
    let [head_len, values_len] = [&lens[..8], &lens[8..]]
        .map(|len| u64::from_le_bytes(len.try_into().expect("eight bytes")));
    let head = read_exactly(input, head_len, MAX_HEAD)?;
    if values_len > MAX_VALUES {
        return Err(bad("longer than can be"));
    }
    let mut answer: Fallible<Answer> = postcard::from_bytes(&head).map_err(bad)?;
    match answer.as_mut().ok().and_then(Answer::values) {
        Some(Values::Grey(grey)) => *grey = read_floats(input, values_len)?,
        Some(Values::Rgb(rgb)) => *rgb = read_exactly(input, values_len, MAX_VALUES)?,
        None if values_len > 0 => return Err(bad("values without a picture")),
        None => {}
    }
    Ok(answer)
}

fn read_exactly(input: &mut impl Read, len: u64, most: u64) -> io::Result<Vec<u8>> {
    if len > most {
        return Err(bad("longer than can be"));
    }
    // room for all of it at once: growing would need it twice; pages that nothing is written to cost nothing
    let mut bytes = Vec::new();
    bytes
        .try_reserve_exact(usize::try_from(len).map_err(bad)?)
        .map_err(bad)?;
    input.take(len).read_to_end(&mut bytes)?;
    if bytes.len() as u64 == len {
        Ok(bytes)
    } else {
        Err(io::ErrorKind::UnexpectedEof.into())
    }
}

/// Values that are put into bytes, or taken from them, at once.
const PORTION: usize = 1 << 14;

fn write_floats(output: &mut impl Write, values: &[f32]) -> io::Result<()> {
    let mut bytes = Vec::with_capacity(PORTION * 4);
    for portion in values.chunks(PORTION) {
        bytes.clear();
        bytes.extend(portion.iter().flat_map(|value| value.to_le_bytes()));
        output.write_all(&bytes)?;
    }
    Ok(())
}

fn read_floats(input: &mut impl Read, len: u64) -> io::Result<Vec<f32>> {
    if !len.is_multiple_of(4) {
        return Err(bad("not whole numbers of four bytes"));
    }
    let mut values = Vec::new();
    let mut left = usize::try_from(len / 4).map_err(bad)?;
    values.try_reserve_exact(left).map_err(bad)?;
    let mut bytes = vec![0; PORTION * 4];
    while left > 0 {
        let portion = &mut bytes[..left.min(PORTION) * 4];
        input.read_exact(portion)?;
        let fours = portion.chunks_exact(4);
        values.extend(fours.map(|four| f32::from_le_bytes([four[0], four[1], four[2], four[3]])));
        left -= portion.len() / 4;
    }
    Ok(values)
}

#[cfg(test)]
mod tests {
    use super::super::frame::{Frame, Place, Scale};
    use super::*;

    #[test]
    fn an_answer_comes_back_as_it_was_sent() {
        let frame = Frame {
            width: 2,
            height: 2,
            values: Values::Grey(vec![-1024.0, 0.1, f32::MAX, 3.0]),
            scale: Scale {
                padding: Some((-2000.0, 0.1)),
                ..Scale::default()
            },
            place: Place {
                position: Some([0.1, -766.5, f64::MIN_POSITIVE]),
                ..Place::default()
            },
            chain: vec!["a step".to_owned()],
        };
        let mut pipe = Vec::new();
        let sent = Answer::Frame(Box::new(frame.clone()), "abc".to_owned());
        write_answer(&mut pipe, Ok(sent)).unwrap();
        let Ok(Answer::Frame(back, sha256)) = read_answer(&mut pipe.as_slice()).unwrap() else {
            panic!("not a frame");
        };
        assert_eq!((*back, sha256.as_str()), (frame, "abc"));
        let cut = &pipe[..pipe.len() - 1];
        assert!(
            read_answer(&mut &*cut).is_err(),
            "a child that died half-way"
        );
    }

    #[test]
    fn a_failure_is_an_answer_too() {
        let mut pipe = Vec::new();
        write_answer(&mut pipe, Err("is damaged".to_owned())).unwrap();
        let back = read_answer(&mut pipe.as_slice()).unwrap();
        assert_eq!(back.unwrap_err(), "is damaged");
    }
}
