//! Keys and values of what was read: all of them in global layers, a ring in local ones; can be rewound.

use std::ops::Range;
use std::sync::Arc;

use super::config::{LayerKind, TextConfig};

/// What stands at a position.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Slot {
    /// A token.
    Token(u32),
    /// One row of a picture.
    Image {
        /// SHA-256 of the picture's pixels.
        hash: Arc<str>,
        /// Which of its rows.
        row: usize,
    },
}

/// Keys and values of every layer, and what they were made from.
pub struct Cache {
    pub(super) layers: Vec<Store>,
    /// What was read, in order; its length is the next position.
    trace: Vec<Slot>,
    /// One more than the last position ever written since the last restart.
    written: usize,
    window: usize,
    chunk: usize,
}

/// One layer's keys and values, `[t, kv heads, d]` by position, or by position modulo the capacity of a ring.
pub(super) struct Store {
    pub(super) keys: Vec<f32>,
    pub(super) values: Vec<f32>,
    /// `kv heads * d`.
    pub(super) width: usize,
    capacity: Option<usize>,
}

impl Cache {
    /// An empty cache for chunks of at most `chunk` tokens.
    pub fn new(config: &TextConfig, chunk: usize) -> Self {
        let (window, width) = (
            config.sliding_window,
            config.num_key_value_heads * config.head_dim,
        );
        let layers = config
            .layers
            .iter()
            .map(|kind| Store {
                keys: Vec::new(),
                values: Vec::new(),
                width,
                // A whole chunk is written before it is read, so its first query still finds its window.
                capacity: (*kind == LayerKind::Local).then_some(window + chunk),
            })
            .collect();
        Self {
            layers,
            trace: Vec::new(),
            written: 0,
            window,
            chunk,
        }
    }

    /// Positions read so far.
    pub fn len(&self) -> usize {
        self.trace.len()
    }

    /// Whether nothing was read.
    pub fn is_empty(&self) -> bool {
        self.trace.is_empty()
    }

    /// The most tokens that may be read at once.
    pub fn chunk(&self) -> usize {
        self.chunk
    }

    /// What was read.
    pub fn trace(&self) -> &[Slot] {
        &self.trace
    }

    /// Bytes the keys and values take.
    pub fn bytes(&self) -> usize {
        self.layers
            .iter()
            .map(|store| (store.keys.capacity() + store.values.capacity()) * size_of::<f32>())
            .sum()
    }

    /// The shortest length but 0 that this cache can be rewound to.
    pub fn earliest(&self) -> usize {
        // The next query at position p needs keys from p + 1 - window on; the rings hold the last window + chunk written.
        let oldest = self.written.saturating_sub(self.window + self.chunk);
        if oldest == 0 || self.layers.iter().all(|store| store.capacity.is_none()) {
            0
        } else {
            oldest + self.window - 1
        }
    }

    /// Forgets everything from position `length` on.
    ///
    /// # Errors
    /// With the shortest length that it can be rewound to, when the rings no longer hold what is needed.
    pub fn truncate(&mut self, length: usize) -> Result<(), usize> {
        if length == 0 {
            self.clear();
        } else if length < self.len() {
            if length < self.earliest() {
                return Err(self.earliest());
            }
            self.trace.truncate(length);
        }
        Ok(())
    }

    /// Forgets everything; keeps the memory.
    pub fn clear(&mut self) {
        self.trace.clear();
        self.written = 0;
    }

    /// Says that positions up to the length plus `count` will now be written, whether or not they are accepted later.
    pub(super) fn begin(&mut self, count: usize) {
        self.written = self.written.max(self.len() + count);
        let end = self.len() + count;
        for store in &mut self.layers {
            let rows = store.capacity.map_or(end, |capacity| capacity.min(end));
            if store.keys.len() < rows * store.width {
                store.keys.resize(rows * store.width, 0.0);
                store.values.resize(rows * store.width, 0.0);
            }
        }
    }

    /// Accepts what was written.
    pub(super) fn accept(&mut self, slots: &[Slot]) {
        self.trace.extend_from_slice(slots);
    }
}

impl Store {
    /// The row of a position.
    fn row(&self, position: usize) -> usize {
        self.capacity
            .map_or(position, |capacity| position % capacity)
    }

    /// Where the key and the value of a position go, `[kv heads * d]` each.
    pub(super) fn place(&mut self, position: usize) -> (&mut [f32], &mut [f32]) {
        let at = self.row(position) * self.width;
        (
            &mut self.keys[at..at + self.width],
            &mut self.values[at..at + self.width],
        )
    }

    /// The rows of a range of positions, in order: one run, or two where the ring wraps.
    pub(super) fn runs(&self, positions: &Range<usize>) -> [Range<usize>; 2] {
        let first = self.row(positions.start);
        let end = first + positions.len();
        match self.capacity {
            Some(capacity) if end > capacity => [first..capacity, 0..end - capacity],
            _ => [first..end, 0..0],
        }
    }

    /// Keys and values of a range of positions, `[t, kv heads * d]` each.
    pub(super) fn copy(&self, positions: &Range<usize>) -> (Vec<f32>, Vec<f32>) {
        let pick = |from: &[f32]| {
            let mut rows = Vec::with_capacity(positions.len() * self.width);
            for run in self.runs(positions) {
                rows.extend_from_slice(&from[run.start * self.width..run.end * self.width]);
            }
            rows
        };
        (pick(&self.keys), pick(&self.values))
    }
}
