//! Frames in memory in, a reel of them out: for tests of what is built on reels.

use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex};

use super::facts::Facts;
use super::keep::Keep;
use super::turns::Turns;
use super::{DECODED, Reel, Shown, Stock};
use crate::imaging::frame::{Frame, Values};
use crate::imaging::open::{Found, What};
use crate::imaging::range::Range;

impl Reel {
    /// Shows frames that are given; those of `at_hand` need no decoding, the others become at hand when they are asked for.
    pub(crate) fn in_memory(facts: Facts, frames: Vec<Arc<Frame>>, at_hand: &[bool]) -> Self {
        let stock = Stock {
            found: Found {
                name: facts.name.clone(),
                what: What::Sample("cxr-normal"),
                notes: facts.notes.clone(),
                n_series: 1,
            },
            asked: (None, false),
            frames: Keep::new(DECODED),
            is_told: AtomicBool::new(false),
            block: Mutex::default(),
            ranges: Mutex::default(),
            turns: Turns::default(),
        };
        for (slice, frame) in frames.iter().enumerate() {
            if at_hand.get(slice) == Some(&true) {
                stock.frames.put(slice, Frame::clone(frame), String::new());
            }
        }
        Self {
            stock: Arc::new(stock),
            shown: Shown::Given(frames),
            facts,
        }
    }
}

/// Over all of them.
pub(super) fn range(frames: &[Arc<Frame>], percent: [f64; 2]) -> Option<Range> {
    let values = frames.iter().filter_map(|it| match &it.values {
        Values::Grey(values) => Some(values.iter().copied()),
        Values::Rgb(_) => None,
    });
    Range::of(values.flatten(), None, percent)
}
