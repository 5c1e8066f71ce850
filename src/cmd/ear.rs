//! What commands say beside answers in, whoever listens on this thread told out; without a listener it is for standard error.

use std::cell::RefCell;
use std::sync::Arc;

/// Something said beside answers.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Said {
    /// Something to know.
    Remark(String),
    /// How far something has come that takes long: what, and the share that is done.
    Progress(String, f64),
    /// It is over.
    Over,
}

/// Somebody who listens.
pub(super) type Ear = Arc<dyn Fn(Said) + Send + Sync>;

thread_local! {
    static EAR: RefCell<Option<Ear>> = const { RefCell::new(None) };
}

/// From now on everything on this thread is told to this one.
pub(super) fn listen(ear: Ear) {
    EAR.set(Some(ear));
}

/// Who listens on this thread.
pub(super) fn listener() -> Option<Ear> {
    EAR.with_borrow(Clone::clone)
}
