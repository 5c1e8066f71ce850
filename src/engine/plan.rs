//! A prompt in, what to remember of each place and what to read next out: reuse and chunks that never cut a picture.

use std::ops::Range;
use std::sync::Arc;

use anyhow::{Context, ensure};

use crate::model::attention::picture_runs;
use crate::model::cache::Slot;
use crate::model::config::ModelConfig;
use crate::preprocess::Prepared;
use crate::prompt::Prompt;

/// What stands at each place of a prompt.
///
/// # Errors
/// When pictures and places disagree, or the prompt is empty or longer than the model's limit.
pub(super) fn slots(
    prompt: &Prompt,
    pictures: &[Arc<Prepared>],
    config: &ModelConfig,
) -> anyhow::Result<Vec<Slot>> {
    let limit = config.text.max_position_embeddings;
    ensure!(
        !prompt.ids.is_empty(),
        "the prompt is empty, expected at least one token"
    );
    ensure!(
        prompt.ids.len() <= limit,
        "the prompt has {} tokens, and this model reads at most {limit}",
        prompt.ids.len()
    );
    let runs = picture_runs(&prompt.ids, config.image_token);
    ensure!(
        runs.len() == prompt.pictures.len(),
        "the prompt has {} places for pictures, but names {} pictures",
        runs.len(),
        prompt.pictures.len()
    );
    let rows = config.tokens_per_picture();
    ensure!(
        rows > 0 || runs.is_empty(),
        "this checkpoint has no vision tower; ask without pictures, or choose another model"
    );
    let mut slots = Slot::tokens(&prompt.ids);
    for (run, &(first, index)) in runs.into_iter().zip(&prompt.pictures) {
        let picture = pictures.get(index).with_context(|| {
            format!(
                "the prompt names picture {index}, but there are {}",
                pictures.len()
            )
        })?;
        ensure!(
            run.start == first && run.len() == rows,
            "the places {run:?} were given to a picture at {first}, expected {rows} places from there"
        );
        slots[run].clone_from_slice(&Slot::picture(&picture.sha256, rows));
    }
    Ok(slots)
}

/// How many places of a new prompt are already in the cache: the longest common prefix that leaves at least the last
/// place to be read, and does not end inside a picture.
pub(super) fn reusable(cached: &[Slot], wanted: &[Slot]) -> usize {
    let common = cached
        .iter()
        .zip(wanted)
        .take_while(|(a, b)| a == b)
        .count();
    start_of_picture(wanted, common.min(wanted.len() - 1))
}

/// The chunks of the places from `from` on, at most `chunk` each (a picture has at most as many rows).
pub(super) fn chunks(slots: &[Slot], from: usize, chunk: usize) -> Vec<Range<usize>> {
    let mut chunks = Vec::new();
    let mut start = from;
    while start < slots.len() {
        let end = match start + chunk {
            end if end < slots.len() => start_of_picture(slots, end),
            _ => slots.len(),
        };
        debug_assert!(end > start, "a picture is longer than a chunk");
        chunks.push(start..end);
        start = end;
    }
    chunks
}

/// This place, or the first of the picture that would be cut before it.
fn start_of_picture(slots: &[Slot], at: usize) -> usize {
    match slots[at] {
        Slot::Image { row, .. } => at - row,
        Slot::Token(_) => at,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn prompt(parts: &[(&str, usize)]) -> Vec<Slot> {
        parts
            .iter()
            .flat_map(|&(part, count)| {
                if part == "t" {
                    Slot::tokens(&vec![7; count])
                } else {
                    Slot::picture(part, count)
                }
            })
            .collect()
    }

    #[test]
    fn reuse_leaves_a_place_to_read_and_never_ends_inside_a_picture() {
        let one = prompt(&[("t", 3), ("a", 4), ("t", 5)]);
        assert_eq!(reusable(&[], &one), 0);
        assert_eq!(reusable(&one, &one), 11);
        assert_eq!(reusable(&one, &prompt(&[("t", 3), ("b", 4), ("t", 5)])), 3);
        assert_eq!(reusable(&one[..6], &one), 3);
        assert_eq!(reusable(&one, &one[..7]), 3);
        assert_eq!(reusable(&one, &prompt(&[("t", 3), ("a", 4), ("t", 9)])), 12);
    }

    #[test]
    fn chunks_cover_all_and_never_cut_a_picture() {
        let slots = prompt(&[("t", 3), ("a", 4), ("t", 1), ("b", 4), ("t", 6)]);
        assert_eq!(chunks(&slots, 0, 6), [0..3, 3..8, 8..14, 14..18]);
        assert_eq!(chunks(&slots, 0, 100), std::slice::from_ref(&(0..18)));
        assert_eq!(chunks(&slots, 17, 4), std::slice::from_ref(&(17..18)));
    }
}
