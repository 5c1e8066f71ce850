//! A picture's hash in, its rows out: what the tower saw lately, least recently used out first.

use candle_core::Tensor;

/// Memory the rows may take, in bytes: 85 slices of `MedGemma` take 223 MB.
const BYTES: usize = 512 << 20;

/// Rows of pictures by the SHA-256 of their pixels.
#[derive(Default)]
pub(super) struct Seen {
    /// Most recently used last.
    entries: Vec<(String, Tensor)>,
}

impl Seen {
    /// The rows `[n, hidden]` of a picture, which becomes the most recently used.
    pub(super) fn get(&mut self, hash: &str) -> Option<Tensor> {
        let at = self.entries.iter().position(|(known, _)| known == hash)?;
        let entry = self.entries.remove(at);
        let rows = entry.1.clone();
        self.entries.push(entry);
        Some(rows)
    }

    /// Whether a picture's rows are there.
    pub(super) fn holds(&self, hash: &str) -> bool {
        self.entries.iter().any(|(known, _)| known == hash)
    }

    /// Keeps rows; forgets the least recently used of those not in `keep` when there are too many.
    pub(super) fn put(&mut self, hash: &str, rows: Tensor, keep: &[&str]) {
        self.entries.push((hash.to_owned(), rows));
        self.shrink(BYTES, keep);
    }

    fn shrink(&mut self, limit: usize, keep: &[&str]) {
        let bytes = |rows: &Tensor| rows.elem_count() * rows.dtype().size_in_bytes();
        let mut total: usize = self.entries.iter().map(|(_, rows)| bytes(rows)).sum();
        self.entries.retain(|(hash, rows)| {
            let stays = total <= limit || keep.contains(&hash.as_str());
            if !stays {
                total -= bytes(rows);
            }
            stays
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use candle_core::{DType, Device};

    #[test]
    fn the_least_recently_used_goes_first_but_never_one_in_use() {
        let rows = || Tensor::zeros((2, 4), DType::F32, &Device::Cpu).unwrap(); // 32 bytes
        let mut seen = Seen::default();
        for hash in ["a", "b", "c"] {
            seen.put(hash, rows(), &[]);
        }
        assert!(seen.get("a").is_some());
        seen.shrink(64, &["b"]);
        assert!(seen.holds("a") && seen.holds("b") && !seen.holds("c"));
        assert!(seen.get("c").is_none());
    }
}
