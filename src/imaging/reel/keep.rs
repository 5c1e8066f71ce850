//! Frames as they are decoded in, those that were looked at last out, as many as fit into some bytes.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::turns::Turns;
use crate::imaging::frame::{Frame, Values};

/// Frames at hand, by their slice (from 0).
#[derive(Debug)]
pub(super) struct Keep {
    /// Bytes of values that are kept at most; one frame is kept in any case.
    budget: usize,
    kept: Mutex<Kept>,
    /// Who is decoding which slice.
    pub(super) turns: Turns<usize>,
}

#[derive(Debug, Default)]
struct Kept {
    frames: HashMap<usize, Entry>,
    bytes: usize,
    /// Grows by 1 each time a frame is looked at.
    clock: u64,
    /// Of the files that slices came from; slices of one film share theirs.
    hashes: HashMap<usize, Arc<str>>,
    last_hash: Option<Arc<str>>,
}

#[derive(Debug)]
struct Entry {
    frame: Arc<Frame>,
    bytes: usize,
    seen: u64,
}

impl Keep {
    pub(super) fn new(budget: usize) -> Self {
        Self {
            budget,
            kept: Mutex::default(),
            turns: Turns::default(),
        }
    }

    /// The frame of a slice, if it is at hand; it becomes the one that was looked at last.
    pub(super) fn get(&self, slice: usize) -> Option<Arc<Frame>> {
        let mut kept = self.lock();
        kept.clock += 1;
        let clock = kept.clock;
        let entry = kept.frames.get_mut(&slice)?;
        entry.seen = clock;
        Some(Arc::clone(&entry.frame))
    }

    /// Keeps a frame that somebody looks at, and lets go of those that were not looked at for longest.
    pub(super) fn put(&self, slice: usize, frame: Frame, sha256: String) -> Arc<Frame> {
        let frame = Arc::new(frame);
        let mut kept = self.lock();
        kept.remember(slice, sha256);
        kept.insert(slice, &frame);
        kept.shrink(self.budget);
        frame
    }

    /// Keeps a frame that was decoded for another reason, if there is room.
    pub(super) fn offer(&self, slice: usize, frame: &Frame, sha256: String) {
        let mut kept = self.lock();
        kept.remember(slice, sha256);
        if kept.bytes.saturating_add(bytes(frame)) <= self.budget {
            kept.insert(slice, &Arc::new(frame.clone()));
        }
    }

    /// The hash of the file that a slice came from, once it was read.
    pub(super) fn sha256(&self, slice: usize) -> Option<String> {
        self.lock().hashes.get(&slice).map(ToString::to_string)
    }

    fn lock(&self) -> MutexGuard<'_, Kept> {
        // every change is whole before anything in it can panic
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Kept {
    fn remember(&mut self, slice: usize, sha256: String) {
        let hash = match &self.last_hash {
            Some(last) if **last == *sha256 => Arc::clone(last),
            _ => Arc::from(sha256),
        };
        self.last_hash = Some(Arc::clone(&hash));
        self.hashes.insert(slice, hash);
    }

    fn insert(&mut self, slice: usize, frame: &Arc<Frame>) {
        self.clock += 1;
        let entry = Entry {
            frame: Arc::clone(frame),
            bytes: bytes(frame),
            seen: self.clock,
        };
        self.bytes += entry.bytes;
        if let Some(before) = self.frames.insert(slice, entry) {
            self.bytes -= before.bytes;
        }
    }

    fn shrink(&mut self, budget: usize) {
        while self.bytes > budget && self.frames.len() > 1 {
            let oldest = self.frames.iter().min_by_key(|(_, it)| it.seen);
            let Some(slice) = oldest.map(|(slice, _)| *slice) else {
                return;
            };
            if let Some(entry) = self.frames.remove(&slice) {
                self.bytes -= entry.bytes;
            }
        }
    }
}

fn bytes(frame: &Frame) -> usize {
    match &frame.values {
        Values::Grey(values) => size_of_val(values.as_slice()),
        Values::Rgb(rgb) => rgb.len(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::imaging::frame::{Place, Scale};

    /// Of `pixels * 4` bytes.
    fn frame(pixels: usize) -> Frame {
        Frame {
            width: pixels,
            height: 1,
            values: Values::Grey(vec![0.0; pixels]),
            scale: Scale::default(),
            place: Place::default(),
            chain: Vec::new(),
        }
    }

    fn put(keep: &Keep, slice: usize, pixels: usize) {
        keep.put(slice, frame(pixels), format!("hash {}", slice / 2));
    }

    #[track_caller]
    fn has(keep: &Keep, slices: &[usize]) {
        let kept = keep.lock();
        let mut found: Vec<usize> = kept.frames.keys().copied().collect();
        found.sort_unstable();
        assert_eq!(found, slices);
        let sum: usize = kept.frames.values().map(|it| it.bytes).sum();
        assert_eq!(kept.bytes, sum);
    }

    #[test]
    fn those_that_were_not_looked_at_for_longest_go_first() {
        let keep = Keep::new(400);
        (0..4).for_each(|slice| put(&keep, slice, 25));
        has(&keep, &[0, 1, 2, 3]);
        assert!(keep.get(0).is_some());
        put(&keep, 4, 25);
        has(&keep, &[0, 2, 3, 4]);
        put(&keep, 5, 50);
        has(&keep, &[0, 4, 5]);
        assert!(keep.get(1).is_none());
        // the same again takes no more room
        put(&keep, 5, 50);
        has(&keep, &[0, 4, 5]);
    }

    #[test]
    fn one_frame_is_kept_however_large_it_is() {
        let keep = Keep::new(400);
        put(&keep, 0, 10);
        put(&keep, 1, 1000);
        has(&keep, &[1]);
        put(&keep, 2, 10);
        has(&keep, &[2]);
    }

    #[test]
    fn what_is_offered_pushes_nothing_out() {
        let keep = Keep::new(400);
        put(&keep, 0, 50);
        keep.offer(1, &frame(50), "hash".to_owned());
        keep.offer(2, &frame(1), "hash".to_owned());
        has(&keep, &[0, 1]);
        assert_eq!(keep.sha256(2).as_deref(), Some("hash"));
    }

    #[test]
    fn hashes_stay_when_frames_go() {
        let keep = Keep::new(100);
        (0..4).for_each(|slice| put(&keep, slice, 25));
        has(&keep, &[3]);
        let hashes: Vec<_> = (0..5).map(|slice| keep.sha256(slice)).collect();
        let expected = ["hash 0", "hash 0", "hash 1", "hash 1"].map(|it| Some(it.to_owned()));
        assert_eq!(hashes[..4], expected);
        assert_eq!(hashes[4], None);
    }
}
