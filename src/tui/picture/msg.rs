//! What can happen to the pictures' pane, and what somebody else has to do about it: data only.

use std::sync::Arc;
use std::time::Instant;

use crate::imaging::frame::Frame;
use crate::imaging::plane::Plane;
use crate::imaging::preset::WindowChoice;
use crate::imaging::range::Range;
use crate::imaging::region::Region;
use crate::imaging::shade::Shade;
use crate::imaging::statistics::Measured;
use crate::imaging::view::View;
use crate::session::v1::Boxed;
use crossterm::event::MouseEvent;

use super::eye::ModelEye;
use crate::imaging::reel::Reel;

/// Something that happens to the pane.
#[derive(Debug, Clone)]
pub enum Msg {
    /// A picture is open.
    Open(Opened),
    /// Nothing is shown there any more.
    Close(usize),
    /// A frame is decoded, as [`Effect::Frame`] asked.
    Frame(Loaded),
    /// It could not be.
    FrameFailed {
        /// Which half: 0 left, 1 right.
        pane: usize,
        /// The picture.
        id: u32,
        /// The slice, from 0.
        slice: usize,
        /// Why.
        problem: String,
    },
    /// A large region is measured, as [`Effect::Measure`] asked.
    Measured {
        /// Which mark.
        mark: usize,
        /// What was measured.
        region: Region,
        /// What its values are like, or why that cannot be said.
        measured: Result<Measured, String>,
    },
    /// Places that an answer names in a picture; they replace the ones before.
    Boxes {
        /// The picture.
        id: u32,
        /// On which slice, from 0; `None` on each.
        slice: Option<usize>,
        /// The places.
        boxes: Vec<Boxed>,
    },
    /// What the model sees of the picture in front, or that it is not known.
    Eye(Option<Arc<ModelEye>>),
    /// The mouse did something, at a column and row of the screen.
    Mouse(MouseEvent),
    /// The time of [`Effect::Wake`] has come.
    Tick,
    /// Another slice.
    Slice(Go),
    /// Another window.
    Window(Adjust),
    /// Black for white.
    Invert,
    /// Cut the volume otherwise.
    Plane(Plane),
    /// Let slices run.
    Cine(Cine),
    /// Larger, smaller.
    Zoom(ZoomBy),
    /// Move what is seen, in cells to the right and down.
    Pan(i16, i16),
    /// Take a tool, and put its shape in the middle.
    Tool(Tool),
    /// Change the shape that is being drawn.
    Edit(Edit),
    /// Choose a mark; `true`: the next.
    Choose(bool),
    /// Change the chosen mark.
    Change,
    /// Remove the chosen mark.
    Remove,
    /// Look at the value of a pixel.
    Probe(Probe),
    /// What the model sees, or the picture again.
    ModelEye,
    /// The grid of tokens on what the model sees, or none.
    Grid,
    /// The places that answers name, or none.
    ShowBoxes,
    /// Both pictures side by side, or one.
    SideBySide,
    /// Two pictures go together, or each by itself.
    Link,
    /// The keys go to the other picture.
    Other,
    /// The whole screen for the picture.
    FullScreen,
    /// No picture.
    Hide,
    /// Copy the value or the measures that are shown.
    Copy,
    /// Leave the innermost thing that is open.
    Escape,
}

/// A picture that is open.
#[derive(Clone)]
pub struct Opened {
    /// Which half: 0 left, 1 right.
    pub pane: usize,
    /// The picture, as the session counts.
    pub id: u32,
    /// What it is called.
    pub name: String,
    /// Its slices.
    pub reel: Arc<Reel>,
    /// How it was opened.
    pub view: View,
}

impl PartialEq for Opened {
    fn eq(&self, other: &Self) -> bool {
        let key = |it: &Self| (it.pane, it.id, it.name.clone(), it.view.clone());
        key(self) == key(other) && Arc::ptr_eq(&self.reel, &other.reel)
    }
}

impl std::fmt::Debug for Opened {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Opened {} {:?} in {}", self.id, self.name, self.pane)
    }
}

/// A frame that is decoded.
#[derive(Debug, Clone)]
pub struct Loaded {
    /// Which half.
    pub pane: usize,
    /// The picture.
    pub id: u32,
    /// The slice, from 0.
    pub slice: usize,
    /// The window that was asked for.
    pub window: Option<WindowChoice>,
    /// The values.
    pub frame: Arc<Frame>,
    /// What the volume's values reach over, where the window needs it.
    pub range: Option<Range>,
    /// How the values become shades in this window, or why they cannot.
    pub shade: Result<Shade, String>,
}

/// A frame that is wanted.
#[derive(Clone)]
pub struct Want {
    /// Which half.
    pub pane: usize,
    /// The picture.
    pub id: u32,
    /// The slice, from 0.
    pub slice: usize,
    /// The window.
    pub window: Option<WindowChoice>,
    /// Where it comes from.
    pub reel: Arc<Reel>,
}

impl PartialEq for Want {
    fn eq(&self, other: &Self) -> bool {
        let key = |it: &Self| (it.pane, it.id, it.slice, it.window);
        key(self) == key(other) && Arc::ptr_eq(&self.reel, &other.reel)
    }
}

impl std::fmt::Debug for Want {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{} slice {}", self.pane, self.id, self.slice)?;
        self.window.map_or(Ok(()), |it| write!(f, " {it}"))
    }
}

/// Which slice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Go {
    /// So many on, or back.
    By(i32),
    /// The first.
    First,
    /// The last.
    Last,
    /// This one, from 0.
    To(usize),
}

/// How the window changes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Adjust {
    /// As the file wants it.
    Default,
    /// By percentiles.
    Auto,
    /// The preset of this number, from 1.
    Preset(usize),
    /// The centre, in steps.
    Centre(i32),
    /// The width, in steps.
    Width(i32),
    /// This one.
    To(Option<WindowChoice>),
}

/// Letting slices run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cine {
    /// Start or stop.
    Toggle,
    /// Faster.
    Faster,
    /// Slower.
    Slower,
}

/// Larger or smaller.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ZoomBy {
    /// Larger.
    In,
    /// Smaller.
    Out,
    /// The whole picture.
    Fit,
}

/// What a drag with the left button draws.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Tool {
    /// A rectangle region.
    #[default]
    Rectangle,
    /// An ellipse region.
    Ellipse,
    /// A ruler.
    Ruler,
}

/// A change to the shape that is being drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Edit {
    /// Move it, so many cells to the right and down.
    Move(i8, i8),
    /// Move its lower right end, so many cells.
    Grow(i8, i8),
    /// Move it, so many pixels of the picture.
    MoveFine(i8, i8),
    /// Move its lower right end, so many pixels of the picture.
    GrowFine(i8, i8),
    /// Keep it.
    Accept,
    /// Forget it.
    Drop,
}

/// Looking at the value of a pixel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Probe {
    /// Begin, in the middle; or end.
    Toggle,
    /// So many cells to the right and down.
    Move(i8, i8),
    /// So many pixels.
    MoveFine(i8, i8),
}

/// What somebody else has to do.
#[derive(Debug, Clone, PartialEq)]
pub enum Effect {
    /// Decode a frame and answer with [`Msg::Frame`] or [`Msg::FrameFailed`]; a newer one for the same half replaces it.
    Frame(Want),
    /// Decode these of the same picture too, when there is time: they are likely to be wanted next.
    Prefetch(Want, Vec<usize>),
    /// Measure a large region and answer with [`Msg::Measured`].
    Measure {
        /// Which mark.
        mark: usize,
        /// Of what.
        frame: Arc<Frame>,
        /// Where.
        region: Region,
    },
    /// Open the same picture in another way ([`Reel::again`] of this reel, with this view) and answer with [`Msg::Open`].
    Reopen(Opened),
    /// Prepare what the model sees of the picture in this half, as it is looked at now, and answer with [`Msg::Eye`].
    ModelEye {
        /// Which half.
        pane: usize,
        /// The picture.
        id: u32,
    },
    /// Send [`Msg::Tick`] at this time.
    Wake(Instant),
    /// Tell the person.
    Say(String),
    /// What the model would get changed.
    LookChanged,
    /// Give the picture the whole screen, or take it back.
    FullScreen,
    /// Hide the pictures.
    Hide,
    /// Send this text to the clipboard.
    Copy(String),
    /// Nothing is open any more: give the keys back to the input.
    Leave,
}
