//! Tokens by slot in, a bar with its legend out.

use std::fmt::Write as _;

use crate::context::SlotUse;

/// Cells of the bar.
const WIDTH: usize = 64;

/// Draws what fills a window of `ctx` tokens; a slot that has any token has at least one cell.
pub fn draw(slots: &[SlotUse], ctx: usize) -> String {
    let used: usize = slots.iter().map(|it| it.tokens).sum();
    let marks = marks(slots);
    let mut bar = String::new();
    for (slot, mark) in slots.iter().zip(&marks) {
        bar.extend(std::iter::repeat_n(*mark, cells(slot.tokens, ctx)));
    }
    let free = WIDTH.saturating_sub(bar.chars().count());
    bar.extend(std::iter::repeat_n('·', free));
    let mut drawing = format!("[{bar}] {used} of {ctx} tokens\n");
    let widest = slots
        .iter()
        .map(|it| it.slot.len())
        .max()
        .unwrap_or(0)
        .max("free".len());
    for (slot, mark) in slots.iter().zip(&marks) {
        writeln!(drawing, " {mark} {:widest$} {:>6}", slot.slot, slot.tokens)
            .expect("a string takes everything");
    }
    write!(
        drawing,
        " · {:widest$} {:>6}",
        "free",
        ctx.saturating_sub(used)
    )
    .expect("a string takes everything");
    drawing
}

fn cells(tokens: usize, ctx: usize) -> usize {
    if tokens == 0 {
        0
    } else {
        (tokens * WIDTH / ctx.max(1)).clamp(1, WIDTH)
    }
}

/// A letter for each slot, its first that is still free.
fn marks(slots: &[SlotUse]) -> Vec<char> {
    let mut marks: Vec<char> = Vec::new();
    for slot in slots {
        let mut letters = slot
            .slot
            .chars()
            .filter(char::is_ascii_lowercase)
            .map(|it| it.to_ascii_uppercase());
        marks.push(letters.find(|it| !marks.contains(it)).unwrap_or('#'));
    }
    marks
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bar_shows_each_slot() {
        let use_of = |(slot, tokens)| SlotUse { slot, tokens };
        let slots = [
            ("system", 0),
            ("question", 9),
            ("pictures", 512),
            ("prior report", 200),
            ("turns", 700),
            ("template", 31),
        ];
        insta::assert_snapshot!(draw(&slots.map(use_of), 2048), @"
        [QPPPPPPPPPPPPPPPPRRRRRRTTTTTTTTTTTTTTTTTTTTTE···················] 1452 of 2048 tokens
         S system            0
         Q question          9
         P pictures        512
         R prior report    200
         T turns           700
         E template         31
         · free            596
        ");
    }
}
