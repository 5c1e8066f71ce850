//! Frames and pictures in, bytes for the terminal out: whole frames, one at a time, and pictures in the pauses between them.
//!
//! Whoever draws never waits for the terminal. A frame is collected, put between the marks of a synchronised update (DEC
//! private mode 2026) when it is complete, and written by a thread of its own; until it has been, no other is drawn, so that
//! over a slow link the newest state is shown next and nothing queues up. The data of pictures (kitty's protocol, chunks of
//! 4 KiB) goes out when no frame waits: a key typed while 300 KB of picture are on their way is answered after at most one
//! chunk. Between two chunks there is text and nothing else: frames that show or delete pictures, and questions, wait for the
//! last one.

use std::collections::VecDeque;
use std::io::{self, Write};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use super::modes;

/// What the buffer of a frame begins with.
const CAPACITY: usize = 64 << 10;

const BEGIN_UPDATE: &[u8] = b"\x1b[?2026h";
const END_UPDATE: &[u8] = b"\x1b[?2026l";

/// Bytes that went out.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// All of them.
    pub total: u64,
    /// Of these, those that are pictures: data, placements, deletions.
    pub pictures: u64,
    /// Of the last frame that was not empty, its pictures included, but not the data sent in the background.
    pub last_frame: u64,
    /// Frames that were not empty.
    pub frames: u64,
    /// Pictures whose data was sent.
    pub uploads: u64,
}

/// Something that was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wrote {
    /// A frame: the next one can be drawn.
    Frame,
    /// All data of a picture: the number that [`TtyWriter::upload`] gave.
    Upload(u64),
}

/// Where everything goes that goes to the terminal. Clones are the same writer.
#[derive(Clone)]
pub struct TtyWriter {
    shared: Arc<Shared>,
}

struct Shared {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    /// Of the frame that is being drawn.
    frame: Vec<u8>,
    pictures: usize,
    /// Complete, and not begun to be written.
    ready: Option<Frame>,
    /// To be asked outside of frames and of data.
    questions: Vec<u8>,
    /// Begun by the frame that is being drawn, whose commands come first.
    held: Vec<Upload>,
    uploads: VecDeque<Upload>,
    n_uploads: u64,
    /// What is being written at this moment.
    writing: Writing,
    is_closed: bool,
    has_moved: bool,
    is_plain: bool,
    counts: Counts,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum Writing {
    #[default]
    Nothing,
    Frame,
    Other,
}

#[derive(Default)]
struct Frame {
    bytes: Vec<u8>,
    has_pictures: bool,
}

struct Upload {
    nth: u64,
    id: u32,
    commands: VecDeque<Vec<u8>>,
    is_begun: bool,
}

/// What is to be written next, without anything in between.
struct Piece {
    bytes: Vec<u8>,
    wrote: Option<Wrote>,
}

impl TtyWriter {
    /// A writer that nobody empties yet: [`TtyWriter::serve`] does.
    pub fn new() -> Self {
        let state = State {
            frame: Vec::with_capacity(CAPACITY),
            ..State::default()
        };
        Self {
            shared: Arc::new(Shared {
                state: Mutex::new(state),
                changed: Condvar::new(),
            }),
        }
    }

    /// Adds to the frame what shows or hides a picture.
    pub fn picture(&self, command: &[u8]) {
        let mut state = self.lock();
        state.frame.extend_from_slice(command);
        state.pictures += command.len();
    }

    /// The cursor is not where the frame's text has put it.
    pub fn moved(&self) {
        self.lock().has_moved = true;
    }

    /// Whether the cursor was moved since this was last asked.
    pub(super) fn take_moved(&self) -> bool {
        std::mem::take(&mut self.lock().has_moved)
    }

    /// Sends the data of a picture in the background, after the frame that is being drawn; the commands stay whole.
    ///
    /// What that frame deletes may thus have the same id. Gives the number that [`Wrote::Upload`] tells at the end.
    pub fn upload(&self, id: u32, commands: Vec<Vec<u8>>) -> u64 {
        let mut state = self.lock();
        let nth = state.n_uploads;
        state.n_uploads += 1;
        state.held.push(Upload {
            nth,
            id,
            commands: commands.into(),
            is_begun: false,
        });
        nth
    }

    /// The frame that is being drawn deletes a picture's data: what was not begun to be sent of it need not be.
    pub fn freed(&self, id: u32) {
        let mut state = self.lock();
        state.held.retain(|it| it.id != id);
        // what was begun must end, and is deleted by the frame that follows it
        state.uploads.retain(|it| it.id != id || it.is_begun);
    }

    /// Asks the terminal something: as soon as no frame waits and no data of a picture is half sent.
    pub fn question(&self, question: &[u8]) {
        self.lock().questions.extend_from_slice(question);
        self.shared.changed.notify_all();
    }

    /// Whether the terminal knows synchronised updates; until it says that it does not, it is taken to.
    pub fn set_synchronised(&self, is_known: bool) {
        self.lock().is_plain = !is_known;
    }

    /// Whether a frame waits or is being written: another one would only queue up.
    pub fn is_busy(&self) -> bool {
        let state = self.lock();
        state.ready.is_some() || state.writing == Writing::Frame
    }

    /// Ends the frame and lets it go out, at once; nothing when nothing was drawn. Its bytes.
    pub fn end_frame(&self) -> usize {
        let mut state = self.lock();
        let held = std::mem::take(&mut state.held);
        state.uploads.extend(held);
        if state.frame.is_empty() {
            self.shared.changed.notify_all();
            return 0;
        }
        let next = Vec::with_capacity(CAPACITY);
        let mut frame = std::mem::replace(&mut state.frame, next);
        if !state.is_plain {
            frame.splice(..0, BEGIN_UPDATE.iter().copied());
            frame.extend_from_slice(END_UPDATE);
        }
        let n_bytes = frame.len();
        state.counts.last_frame = n_bytes as u64;
        state.counts.frames += 1;
        let n_pictures = std::mem::take(&mut state.pictures);
        state.counts.pictures += n_pictures as u64;
        let waiting = state.ready.get_or_insert_with(Frame::default);
        waiting.bytes.extend(frame);
        waiting.has_pictures |= n_pictures > 0;
        self.shared.changed.notify_all();
        n_bytes
    }

    /// What went out so far, or is about to.
    pub fn counts(&self) -> Counts {
        self.lock().counts
    }

    /// Throws away what was not written yet, and waits a moment for what is being written; a picture cut short is ended.
    pub(super) fn abandon(&self) {
        let mut state = self.lock();
        state.frame.clear();
        state.pictures = 0;
        state.ready = None;
        state.questions.clear();
        state.held.clear();
        state.uploads.clear();
        let wait = self
            .shared
            .changed
            .wait_timeout_while(state, modes::PATIENCE, |it| it.writing != Writing::Nothing);
        drop(wait);
    }

    /// Lets [`TtyWriter::serve`] return.
    pub(super) fn close(&self) {
        self.lock().is_closed = true;
        self.shared.changed.notify_all();
    }

    /// Writes everything with `put` until the writer is closed; `tell` hears what is out. For a thread of its own.
    pub fn serve(&self, put: &mut dyn FnMut(&[u8]) -> io::Result<()>, tell: &dyn Fn(Wrote)) {
        let mut state = self.lock();
        while !state.is_closed {
            let Some(piece) = state.next() else {
                let waited = self.shared.changed.wait(state);
                state = waited.unwrap_or_else(PoisonError::into_inner);
                continue;
            };
            drop(state);
            // a terminal that takes no more has hung up, or was given back: its reader or the signal says so
            let _ = put(&piece.bytes);
            state = self.lock();
            state.writing = Writing::Nothing;
            self.shared.changed.notify_all();
            if let Some(wrote) = piece.wrote {
                drop(state);
                tell(wrote);
                state = self.lock();
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.shared
            .state
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// Everything that would be written now; for tests without a thread.
    #[cfg(test)]
    pub(crate) fn drain(&self) -> (Vec<u8>, Vec<Wrote>) {
        let (mut bytes, mut wrote) = (Vec::new(), Vec::new());
        while let Some(piece) = self.lock().next() {
            bytes.extend(piece.bytes);
            wrote.extend(piece.wrote);
        }
        self.lock().writing = Writing::Nothing;
        (bytes, wrote)
    }
}

impl Default for TtyWriter {
    fn default() -> Self {
        Self::new()
    }
}

impl State {
    /// The next thing to write: a frame, then questions, then a picture's data; but only text inside that data.
    fn next(&mut self) -> Option<Piece> {
        let is_inside = self.uploads.front().is_some_and(|it| it.is_begun);
        let fits = |it: &mut Frame| !(is_inside && it.has_pictures);
        if let Some(frame) = self.ready.take_if(fits) {
            self.writing = Writing::Frame;
            self.counts.total += frame.bytes.len() as u64;
            return Some(Piece {
                bytes: frame.bytes,
                wrote: Some(Wrote::Frame),
            });
        }
        if !is_inside && !self.questions.is_empty() {
            self.writing = Writing::Other;
            self.counts.total += self.questions.len() as u64;
            return Some(Piece {
                bytes: std::mem::take(&mut self.questions),
                wrote: None,
            });
        }
        let upload = self.uploads.front_mut()?;
        self.writing = Writing::Other;
        let nth = upload.nth;
        if !std::mem::replace(&mut upload.is_begun, true) {
            modes::remember_picture(upload.id);
        }
        let bytes = upload.commands.pop_front().unwrap_or_default();
        let is_last = upload.commands.is_empty();
        if is_last {
            self.uploads.pop_front();
            self.counts.uploads += 1;
        }
        self.counts.total += bytes.len() as u64;
        self.counts.pictures += bytes.len() as u64;
        Some(Piece {
            bytes,
            wrote: is_last.then_some(Wrote::Upload(nth)),
        })
    }
}

impl Write for TtyWriter {
    /// Adds text to the frame.
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.lock().frame.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    /// Nothing: frames go out whole, by [`TtyWriter::end_frame`].
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(bytes: &[u8]) -> String {
        String::from_utf8_lossy(bytes).replace('\x1b', "␛")
    }

    #[test]
    fn an_empty_frame_is_no_byte() {
        let writer = TtyWriter::new();
        assert_eq!(writer.end_frame(), 0);
        assert_eq!(writer.drain().0, b"");
        assert_eq!(writer.counts(), Counts::default());
    }

    #[test]
    fn a_frame_goes_out_whole_inside_a_synchronised_update() {
        let mut writer = TtyWriter::new();
        writer.write_all(b"ab").unwrap();
        writer.flush().unwrap();
        assert_eq!(writer.drain().0, b"", "not before it is complete");
        writer.picture(b"PIC");
        assert_eq!(writer.end_frame(), 21);
        assert!(writer.is_busy());
        let (bytes, wrote) = writer.drain();
        assert_eq!(text(&bytes), "␛[?2026habPIC␛[?2026l");
        assert_eq!(wrote, [Wrote::Frame]);
        let counts = writer.counts();
        assert_eq!(
            (counts.total, counts.pictures, counts.last_frame),
            (21, 3, 21)
        );
        writer.set_synchronised(false);
        writer.write_all(b"c").unwrap();
        writer.end_frame();
        assert_eq!(text(&writer.drain().0), "c");
    }

    #[test]
    fn a_frame_passes_the_data_of_a_picture_between_two_commands() {
        let mut writer = TtyWriter::new();
        writer.set_synchronised(false);
        let nth = writer.upload(7, vec![b"<1>".to_vec(), b"<2>".to_vec(), b"<3>".to_vec()]);
        writer.end_frame();
        let first = writer.lock().next().unwrap();
        assert_eq!(text(&first.bytes), "<1>");
        writer.write_all(b"key").unwrap();
        writer.end_frame();
        let (rest, wrote) = writer.drain();
        assert_eq!(text(&rest), "key<2><3>");
        assert_eq!(wrote, [Wrote::Frame, Wrote::Upload(nth)]);
        assert_eq!(writer.counts().pictures, 9);
    }

    #[test]
    fn a_frame_that_shows_or_deletes_pictures_waits_for_the_end_of_the_data() {
        let mut writer = TtyWriter::new();
        writer.set_synchronised(false);
        writer.upload(7, vec![b"<1>".to_vec(), b"<2>".to_vec()]);
        writer.end_frame();
        writer.lock().next().unwrap();
        writer.write_all(b"text").unwrap();
        writer.picture(b"DELETE");
        writer.end_frame();
        assert!(writer.is_busy());
        assert_eq!(text(&writer.drain().0), "<2>textDELETE");
    }

    #[test]
    fn a_question_waits_for_the_end_of_the_data_and_holds_no_frame_up() {
        let mut writer = TtyWriter::new();
        writer.set_synchronised(false);
        let chunks = |names: [&str; 3]| names.map(|it| it.as_bytes().to_vec()).to_vec();
        writer.upload(7, chunks(["<1>", "<2>", "<3>"]));
        writer.upload(8, chunks(["<4>", "<5>", "<6>"]));
        writer.end_frame();
        let next = || text(&writer.clone().lock().next().unwrap().bytes);
        assert_eq!(next(), "<1>");
        writer.question(b"?");
        assert!(!writer.is_busy());
        assert_eq!(next(), "<2>");
        writer.write_all(b"key").unwrap();
        writer.end_frame();
        assert_eq!(text(&writer.drain().0), "key<3>?<4><5><6>");
        assert_eq!(writer.counts().total, 22);
    }

    #[test]
    fn a_picture_begins_after_the_frame_that_frees_what_had_its_id() {
        let writer = TtyWriter::new();
        writer.set_synchronised(false);
        writer.picture(b"DELETE 7 ");
        writer.freed(7);
        writer.upload(7, vec![b"<1>".to_vec(), b"<2>".to_vec()]);
        assert_eq!(text(&writer.drain().0), "", "the frame is not complete");
        writer.end_frame();
        assert_eq!(text(&writer.drain().0), "DELETE 7 <1><2>");
    }

    #[test]
    fn what_was_freed_before_it_began_is_not_sent() {
        let writer = TtyWriter::new();
        writer.upload(1, vec![b"one".to_vec()]);
        writer.upload(2, vec![b"two".to_vec()]);
        writer.end_frame();
        writer.freed(1);
        writer.upload(3, vec![b"three".to_vec()]);
        writer.freed(3);
        writer.end_frame();
        assert_eq!(writer.drain().0, b"two");
    }

    #[test]
    fn a_thread_writes_in_order_and_says_so() {
        let writer = TtyWriter::new();
        let (told, heard) = std::sync::mpsc::channel();
        let mut theirs = writer.clone();
        let written = std::thread::spawn(move || {
            let mut out = Vec::new();
            theirs.serve(
                &mut |bytes| {
                    out.extend_from_slice(bytes);
                    Ok(())
                },
                &|wrote| told.send(wrote).unwrap(),
            );
            theirs.flush().unwrap();
            out
        });
        for nth in 0..50_u8 {
            writer.clone().write_all(&[b'a' + nth % 26]).unwrap();
            writer.end_frame();
            assert_eq!(heard.recv().unwrap(), Wrote::Frame);
            assert!(!writer.is_busy());
        }
        writer.close();
        let written = written.join().unwrap();
        assert_eq!(written.len() as u64, writer.counts().total);
        assert_eq!(
            written.iter().filter(|it| it.is_ascii_lowercase()).count(),
            50 + 50 * 2
        );
    }
}
