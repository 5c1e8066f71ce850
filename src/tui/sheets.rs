//! Keys and words in, a small sheet over the screen out: text to write or read, a question, how long something takes.
//!
//! Each is pure state with `update` and a view, like the panes; somebody else says where it stands and hands it its keys.

pub mod ask;

pub mod build;

pub(crate) mod frame;

pub mod paper;

pub mod sent;

pub mod text;

pub mod write;

#[cfg(test)]
mod tests;

#[cfg(test)]
mod screens_tests;

/// A row of a sheet's table of keys.
pub type Binding<M> = crate::tui::keymap::Binding<When, M>;

/// What must be so for a key to count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum When {
    /// Always.
    Always,
    /// A text is read, and no query is typed.
    Reading,
    /// A query is typed.
    Finding,
    /// A text is written, and nothing is asked about it.
    Writing,
    /// It is asked whether changes may be lost.
    Asking,
}

/// A row; `when` it counts, and what it is called in English and Chinese.
const fn row<M>(
    keys: &'static str,
    when: When,
    msg: M,
    (en, zh): (&'static str, &'static str),
) -> Binding<M> {
    Binding {
        keys,
        when,
        msg,
        en,
        zh,
    }
}
