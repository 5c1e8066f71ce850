//! Queries, keys and values in, what they attend to out: which positions a query sees, and the weighted sums.
//!
//! What a query sees is always one run of positions: from the start of its window to itself, or to the end of its
//! picture when it stands inside one. So a mask is a range, and no mask tensor exists.

use std::ops::Range;

use candle_core::{Device, Result, Tensor};
use rayon::prelude::*;

use super::cache::Store;
use super::config::{LayerKind, TextConfig};
use super::kernels::{self, OneHead};
use super::rope::Table;
use super::tensors::{change, f32s, rows};

/// Up to so many queries go one by one over the cache; beyond, keys are copied out and multiplied by GEMM.
const FEW: usize = 12;

/// Scores kept at a time (64 MiB).
const SCORES: usize = 16 << 20;

/// Scores that are worth waking another thread for.
const TASK: usize = 2048;

/// A stretch of new tokens: where it begins, and where each token's sight ends.
pub(super) struct Span {
    pub(super) start: usize,
    /// One past the last position that each token sees: itself, or the end of its picture.
    pub(super) ends: Vec<usize>,
}

impl Span {
    /// A stretch of ids from position `start` on; runs of `image` are pictures, seen whole from each of their places.
    pub(super) fn new(start: usize, ids: &[u32], image: u32) -> Self {
        let mut ends: Vec<usize> = (start + 1..=start + ids.len()).collect();
        for run in picture_runs(ids, image) {
            let end = start + run.end;
            ends[run].fill(end);
        }
        Self { start, ends }
    }

    /// The positions that the `i`-th token of the stretch sees.
    fn visible(&self, i: usize, window: Option<usize>) -> Range<usize> {
        let first = window.map_or(0, |window| (self.start + i + 1).saturating_sub(window));
        first..self.ends[i]
    }
}

/// The maximal runs of picture places.
pub fn picture_runs(ids: &[u32], image: u32) -> Vec<Range<usize>> {
    let mut runs: Vec<Range<usize>> = Vec::new();
    for (place, _) in ids.iter().enumerate().filter(|&(_, &id)| id == image) {
        match runs.last_mut() {
            Some(run) if run.end == place => run.end += 1,
            _ => runs.push(place..place + 1),
        }
    }
    runs
}

/// Grouped-query attention with normalised, rotated queries and keys.
pub(super) struct Attention {
    heads: usize,
    kv_heads: usize,
    head_dim: usize,
    scale: f32,
    eps: f32,
    window: Option<usize>,
    q_norm: Vec<f32>,
    k_norm: Vec<f32>,
}

impl Attention {
    #[expect(clippy::cast_possible_truncation, reason = "scores are scaled in f32")]
    pub(super) fn new(
        config: &TextConfig,
        kind: LayerKind,
        q_norm: Vec<f32>,
        k_norm: Vec<f32>,
    ) -> Self {
        Self {
            heads: config.num_attention_heads,
            kv_heads: config.num_key_value_heads,
            head_dim: config.head_dim,
            scale: config.query_pre_attn_scalar.powf(-0.5) as f32,
            eps: config.rms_norm_eps,
            window: (kind == LayerKind::Local).then_some(config.sliding_window),
            q_norm,
            k_norm,
        }
    }

    /// Parameters.
    pub(super) fn size(&self) -> u64 {
        (self.q_norm.len() + self.k_norm.len()) as u64
    }

    /// `[t, (h + 2 kv) d]` → `[t, h d]`; writes keys and values to their places.
    pub(super) fn forward(
        &self,
        qkv: &Tensor,
        span: &Span,
        rope: &Table,
        store: &mut Store,
    ) -> Result<Tensor> {
        let queries = f32s(qkv, |qkv| self.split(qkv, span, rope, store))?;
        if span.ends.len() <= FEW {
            self.few(&queries, span, store)
        } else {
            self.many(queries, span, store)
        }
    }

    /// Norms, turns, stores keys and values; queries come out `[h, t, d]`.
    fn split(&self, qkv: &[f32], span: &Span, rope: &Table, store: &mut Store) -> Vec<f32> {
        let (d, tokens) = (self.head_dim, span.ends.len());
        let mut queries = vec![0f32; self.heads * tokens * d];
        for (i, row) in qkv
            .chunks_exact((self.heads + 2 * self.kv_heads) * d)
            .enumerate()
        {
            let position = span.start + i;
            let (q, kv) = row.split_at(self.heads * d);
            let (k, v) = kv.split_at(self.kv_heads * d);
            for (head, q) in q.chunks_exact(d).enumerate() {
                let at = (head * tokens + i) * d;
                let out = &mut queries[at..at + d];
                kernels::rms_norm(q, &self.q_norm, self.eps, out);
                rope.turn(out, position);
            }
            let (keys, values) = store.place(position);
            kernels::rms_norm(k, &self.k_norm, self.eps, keys);
            keys.chunks_exact_mut(d)
                .for_each(|key| rope.turn(key, position));
            values.copy_from_slice(v);
        }
        queries
    }

    fn few(&self, queries: &[f32], span: &Span, store: &Store) -> Result<Tensor> {
        let (d, t) = (self.head_dim, span.ends.len());
        let mut out = vec![0f32; t * self.heads * d];
        let one = |place: usize, out: &mut [f32], scores: &mut Vec<f32>| {
            let (i, head) = (place / self.heads, place % self.heads);
            let at = (head * t + i) * d;
            let seen = OneHead {
                keys: &store.keys,
                values: &store.values,
                stride: store.width,
                at: head / (self.heads / self.kv_heads) * d,
                runs: store.runs(&span.visible(i, self.window)),
            };
            kernels::attend_one(&queries[at..at + d], &seen, self.scale, scores, out);
        };
        let scores_in_all: usize = (0..t)
            .map(|i| span.visible(i, self.window).len() * self.heads)
            .sum();
        if scores_in_all < 2 * TASK {
            let mut scores = Vec::new();
            out.chunks_exact_mut(d)
                .enumerate()
                .for_each(|(place, out)| one(place, out, &mut scores));
        } else {
            out.par_chunks_exact_mut(d)
                .enumerate()
                .for_each_init(Vec::new, |scores, (place, out)| one(place, out, scores));
        }
        rows(out, t)
    }

    fn many(&self, queries: Vec<f32>, span: &Span, store: &Store) -> Result<Tensor> {
        let (d, t) = (self.head_dim, span.ends.len());
        let group = self.heads / self.kv_heads;
        let first = span.visible(0, self.window).start;
        let positions = first..span.start + t;
        let (keys, values) = store.copy(&positions);
        let heads_first = |numbers: Vec<f32>| {
            Tensor::from_vec(numbers, (positions.len(), self.kv_heads, d), &Device::Cpu)?
                .transpose(0, 1)
        };
        let keys = heads_first(keys)?.transpose(1, 2)?; // [kv, d, s]
        let values = heads_first(values)?; // [kv, s, d]
        let queries = Tensor::from_vec(queries, (self.kv_heads, group, t, d), &Device::Cpu)?;
        let step = (SCORES / (self.heads * positions.len())).clamp(1, t);
        let mut parts = Vec::new();
        for from in (0..t).step_by(step) {
            let count = step.min(t - from);
            let block =
                queries
                    .narrow(2, from, count)?
                    .reshape((self.kv_heads, group * count, d))?;
            let visible = |row: usize| {
                let seen = span.visible(from + row % count, self.window);
                seen.start - first..seen.end - first
            };
            let weights = change(block.matmul(&keys)?, |scores| {
                kernels::softmax_rows(scores, positions.len(), self.scale, visible);
            })?;
            let out = weights.matmul(&values)?.reshape((self.heads, count, d))?;
            parts.push(out.transpose(0, 1)?.contiguous()?); // [count, h, d]
        }
        Tensor::cat(&parts, 0)?.reshape((t, self.heads * d))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_picture_sees_itself_whole_and_nothing_later() {
        let span = Span::new(10, &[1, 9, 9, 9, 2, 9, 9, 3], 9);
        assert_eq!(span.ends, [11, 14, 14, 14, 15, 17, 17, 18]);
        assert_eq!(span.visible(1, Some(3)), 9..14);
        assert_eq!(span.visible(4, Some(3)), 12..15);
        assert_eq!(span.visible(7, None), 0..18);
        assert_eq!(span.visible(0, Some(64)), 0..11);
    }
}
