//! A panic of any thread in, a report on disk and a sentence with its path out, when the terminal is the shell's again.

use std::fmt::Write as _;
use std::io::Write as _;
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};

use crate::session::clock::{Clock as _, System};
use crate::session::safe::printable;
use crate::settings::{Lang, state_folder};

/// The session that is kept, to be named in the sentence.
static SESSION: Mutex<Option<PathBuf>> = Mutex::new(None);

/// The session's file is this one now.
pub(super) fn session_is(path: Option<PathBuf>) {
    *SESSION.lock().unwrap_or_else(PoisonError::into_inner) = path;
}

/// From now on a panic leaves a report. The terminal is left by whoever opens it.
pub(super) fn report(lang: Lang) {
    std::panic::set_hook(Box::new(move |info| {
        let place = info
            .location()
            .map_or_else(String::new, |it| format!(" at {}:{}", it.file(), it.line()));
        let text = info.payload_as_str().unwrap_or("no message").to_owned();
        let trace = std::backtrace::Backtrace::force_capture().to_string();
        let written = write(&place, &text, &trace);
        let mut err = std::io::stderr().lock();
        let fault = lang.pick("a fault of the program itself", "程序自身的错误");
        let _ = writeln!(err, "medlab: {fault}{place}: {}", printable(&text));
        if let Some(path) = written {
            let words = lang.pick("please send this report", "请提交此报告");
            let _ = writeln!(err, "{words}: {}", path.display());
        }
        let session = SESSION.try_lock().ok().and_then(|it| it.clone());
        if let Some(path) = session {
            let words = lang.pick("the session is saved", "会话已保存");
            let _ = writeln!(err, "{words}: {}", path.display());
        }
    }));
}

/// Writes what a developer needs; nothing of the conversation or of a picture.
fn write(place: &str, text: &str, trace: &str) -> Option<PathBuf> {
    let folder = state_folder()?.join("reports");
    fs_err::create_dir_all(&folder).ok()?;
    let path = folder.join(format!("panic-{:016x}.txt", System::stamp()));
    let mut report = String::new();
    writeln!(
        report,
        "medlab {} on {} {}, {}",
        env!("CARGO_PKG_VERSION"),
        std::env::consts::OS,
        std::env::consts::ARCH,
        System::start().date()
    )
    .ok()?;
    let thread = std::thread::current();
    let name = thread.name().unwrap_or("without a name");
    writeln!(
        report,
        "thread {name}{place}: {}\n\n{trace}",
        printable(text)
    )
    .ok()?;
    fs_err::write(&path, report).ok()?;
    Some(path)
}

/// Panics when a test asks for it: `MEDLAB_PANIC` names the thread, the model's being ready is the moment. In builds for
/// development only.
#[cfg(debug_assertions)]
pub(in crate::cmd) fn on_purpose(thread: &str, news: &crate::tui::desk::News) {
    let is_moment = matches!(news, crate::tui::desk::News::Idle);
    let is_asked = std::env::var("MEDLAB_PANIC").is_ok_and(|it| it == thread);
    assert!(!(is_moment && is_asked), "a test asked for it");
}

#[cfg(not(debug_assertions))]
pub(in crate::cmd) fn on_purpose(_thread: &str, _news: &crate::tui::desk::News) {}
