//! What the interface changes about a terminal: one list, entered and left in one place, by whoever has to.
//!
//! The exit, an error, a panic on any thread, a signal, a suspension and an editor all leave through [`leave`]. It does
//! nothing the second time, undoes only what was done, and waits for nobody for long.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, Once, PoisonError};
use std::time::Duration;

use super::stderr;
use super::tty::{self, Saved};

/// Something about the terminal that is not as the shell left it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// The title, kept on the terminal's stack.
    Title,
    /// The alternate screen.
    Screen,
    /// The cursor's shape, and that it may be hidden.
    Cursor,
    /// Pasted text comes in brackets.
    Paste,
    /// The terminal says when it gets and loses the focus.
    Focus,
    /// Clicks, drags and the wheel; but not motion alone (1003), which is a message for each cell the pointer crosses.
    Mouse,
    /// Keys that cannot be mistaken for others (kitty's keyboard protocol), where the terminal has them.
    Keyboard,
}

/// Each with what enters and what leaves it, in the order in which they are entered.
const MODES: &[(Mode, &str, &str)] = &[
    (Mode::Title, "\x1b[22;0t", "\x1b[23;0t"),
    (Mode::Screen, "\x1b[?1049h\x1b[H\x1b[2J", "\x1b[?1049l"),
    (Mode::Cursor, "\x1b[?25l\x1b[6 q", "\x1b[0 q\x1b[?25h"),
    (Mode::Paste, "\x1b[?2004h", "\x1b[?2004l"),
    (Mode::Focus, "\x1b[?1004h", "\x1b[?1004l"),
    (
        Mode::Mouse,
        "\x1b[?1000h\x1b[?1002h\x1b[?1006h",
        "\x1b[?1006l\x1b[?1002l\x1b[?1000l",
    ),
    (Mode::Keyboard, "\x1b[>1u", "\x1b[<u"),
];

impl Mode {
    fn bit(self) -> u8 {
        1 << self as u8
    }
}

/// How long a terminal may take nothing before it is given up.
pub(super) const PATIENCE: Duration = Duration::from_millis(300);

/// Whether the terminal is ours: written to by nobody else, and by us only then.
static OWNED: AtomicBool = AtomicBool::new(false);

/// A write is under way, which a leaving must not cut in two.
static WRITING: Mutex<()> = Mutex::new(());

/// What has to be undone.
static ENTERED: Mutex<Entered> = Mutex::new(Entered {
    modes: 0,
    saved: None,
    pictures: Vec::new(),
    is_in_tmux: false,
});

struct Entered {
    modes: u8,
    saved: Option<Saved>,
    pictures: Vec<u32>,
    is_in_tmux: bool,
}

fn entered() -> MutexGuard<'static, Entered> {
    ENTERED.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Whether the terminal is ours at this moment.
pub fn is_owned() -> bool {
    OWNED.load(Ordering::SeqCst)
}

/// Makes the terminal raw and enters these modes.
///
/// # Errors
/// When it is no terminal, or takes no bytes; it is then as it was.
pub(super) fn enter(modes: &[Mode]) -> std::io::Result<()> {
    let saved = tty::raw()?;
    {
        let mut entered = entered();
        entered.saved = Some(saved);
        entered.modes = modes.iter().fold(0, |all, it| all | it.bit());
    }
    OWNED.store(true, Ordering::SeqCst);
    let bytes: String = MODES
        .iter()
        .filter(|it| modes.contains(&it.0))
        .map(|it| it.1)
        .collect();
    write(bytes.as_bytes()).inspect_err(|_| {
        leave();
    })
}

/// What switches one mode, for the frame that is being drawn; nothing when it is so already.
pub(super) fn switch(mode: Mode, on: bool) -> &'static str {
    let mut entered = entered();
    let row = MODES.iter().find(|it| it.0 == mode);
    let (_, enter, leave) = row.expect("the list has every mode");
    if (entered.modes & mode.bit() != 0) == on {
        return "";
    }
    entered.modes ^= mode.bit();
    if on { enter } else { leave }
}

/// A picture of ours is with the terminal, to be freed when it is left; also if it was freed before, which harms nothing, and
/// of which nobody can be certain while a frame may be thrown away.
pub(super) fn remember_picture(id: u32) {
    let mut entered = entered();
    if !entered.pictures.contains(&id) {
        entered.pictures.push(id);
    }
}

/// Whether commands for pictures go through tmux.
pub(super) fn set_in_tmux(is_in_tmux: bool) {
    entered().is_in_tmux = is_in_tmux;
}

/// Writes to the terminal while it is ours.
///
/// # Errors
/// When it was left, takes nothing more, or is gone.
pub(super) fn write(bytes: &[u8]) -> std::io::Result<()> {
    let _writing = WRITING.lock().unwrap_or_else(PoisonError::into_inner);
    // over a link that stalls, a frame may take its time; leaving interrupts it
    tty::put(bytes, Duration::from_mins(1), &is_owned)
}

/// Undoes everything, for whoever has to go. Returns whether there was anything to undo.
///
/// Frees the pictures, ends a command that was cut short, leaves the modes in the opposite order, makes the terminal as it
/// was before, and gives standard error back. From then on nothing is written until the next `enter`.
pub fn leave() -> bool {
    leave_modes() | make_cooked()
}

/// The first half: everything but raw mode, so that answers still on their way can be read and thrown away.
pub(super) fn leave_modes() -> bool {
    if !OWNED.swap(false, Ordering::SeqCst) {
        return false;
    }
    // the writer sees that it is over within one look; if it hangs in the system, nobody waits for it
    let writing = (0..30).find_map(|_| match WRITING.try_lock() {
        Ok(guard) => Some(guard),
        Err(std::sync::TryLockError::Poisoned(guard)) => Some(guard.into_inner()),
        Err(std::sync::TryLockError::WouldBlock) => {
            std::thread::sleep(PATIENCE / 30);
            None
        }
    });
    // a terminal that is gone cannot be restored
    let _ = tty::put(undoing().as_bytes(), PATIENCE, &|| true);
    drop(writing);
    true
}

/// The second half: the line discipline as it was, and standard error.
pub(super) fn make_cooked() -> bool {
    let saved = entered().saved.take();
    if let Some(saved) = &saved {
        tty::cook(saved);
    }
    stderr::give_back();
    saved.is_some()
}

/// What undoes everything that was done.
fn undoing() -> String {
    let mut entered = entered();
    // ends whatever a write was interrupted in (CAN and ST do nothing elsewhere), then the update it was in
    let mut bytes = "\x18\x1b\\\x1b[?2026l\x1b[0m".to_owned();
    let pictures = std::mem::take(&mut entered.pictures);
    // an empty last chunk ends data that was cut short; where none was, the terminal refuses it quietly
    let end = pictures.first().map(|_| "\x1b_Gq=2,m=0;\x1b\\".to_owned());
    let delete = |id: &u32| format!("\x1b_Ga=d,d=I,i={id},q=2\x1b\\");
    for command in end.into_iter().chain(pictures.iter().map(delete)) {
        if entered.is_in_tmux {
            bytes += "\x1bPtmux;";
            bytes += &command.replace('\x1b', "\x1b\x1b");
            bytes += "\x1b\\";
        } else {
            bytes += &command;
        }
    }
    let modes = std::mem::take(&mut entered.modes);
    for (mode, _, leave) in MODES.iter().rev() {
        if modes & mode.bit() != 0 {
            bytes += leave;
        }
    }
    bytes
}

/// Lets a panic on any thread leave the terminal first and then go its usual way. `told` hears of it, on that thread.
pub(super) fn guard_panics(told: impl Fn() + Send + Sync + 'static) {
    static ONCE: Once = Once::new();
    static TOLD: Mutex<Option<Box<dyn Fn() + Send + Sync>>> = Mutex::new(None);
    *TOLD.lock().unwrap_or_else(PoisonError::into_inner) = Some(Box::new(told));
    ONCE.call_once(|| {
        let previous = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |info| {
            let was_ours = leave();
            previous(info);
            // another panic at the same time need not be told twice
            if was_ours
                && let Ok(told) = TOLD.try_lock()
                && let Some(told) = told.as_ref()
            {
                told();
            }
        }));
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_mode_is_in_the_list_once_and_leaves_what_it_enters() {
        let all = [
            Mode::Title,
            Mode::Screen,
            Mode::Cursor,
            Mode::Paste,
            Mode::Focus,
            Mode::Mouse,
            Mode::Keyboard,
        ];
        for mode in all {
            let rows: Vec<_> = MODES.iter().filter(|it| it.0 == mode).collect();
            assert_eq!(rows.len(), 1, "{mode:?}");
            let (_, enter, leave) = rows[0];
            for set in enter
                .split("\x1b[?")
                .skip(1)
                .filter_map(|it| it.split_once('h'))
            {
                assert!(leave.contains(&format!("\x1b[?{}l", set.0)), "{mode:?}");
            }
        }
        assert_eq!(MODES.len(), all.len());
        assert!(
            !MODES.iter().any(|it| it.1.contains("1003")),
            "motion alone is not asked for"
        );
    }

    #[test]
    fn nothing_is_undone_that_was_not_done() {
        assert!(!leave());
        assert!(write(b"x").is_err(), "the terminal is not ours");
    }
}
