//! A model's answer in, the boxes that it gives and what was odd about them out; how well boxes fit others.
//!
//! `MedGemma` answers `[{"box_2d": [y0, x0, y1, x1], "label": "…"}]`, top-left corner first, in 0..=1000 of the square
//! that it sees. What models really write is read as far as its meaning is plain, and every liberty that was taken is
//! a remark. Mapping to pixels of the picture is for whoever has the picture (`Picture::box_in_source`).
//!
//! # Which list
//!
//! The last one of the answer that holds boxes: objects with a key for a box, or lists of four numbers in a list.
//! An empty list, and four numbers alone, count only where they are plainly the answer: in a code fence, after
//! `Answer:` or `Box:`, or with no word around or behind them. So a model that speaks of "region [100, 200, 300, 400]"
//! gives no box.
//!
//! # Bounds
//!
//! Of a long answer only the end is searched (128 KiB), lists are followed 12 deep, the work is bounded whatever the
//! text, and no more than [`BOXES_MOST`] boxes come out.

mod gather;
mod overlap;
mod reader;

use gather::{Gathered, Raw};

pub use overlap::{Labels, Matching, Pair, iou, match_boxes};

/// The most boxes that are taken from an answer.
pub const BOXES_MOST: usize = 256;

/// The longest label, in characters.
const LABEL_MOST: usize = 100;

/// The most remarks; what goes beyond is counted.
const REMARKS_MOST: usize = 20;

/// The far end of both axes.
const END: f64 = 1000.0;

/// The boxes of an answer.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Boxes {
    /// The boxes, in the order of the answer; none when the answer is that there is nothing to box.
    pub boxes: Vec<Found>,
    /// Whether the list is JSON as it was asked for, or had to be read with good will.
    pub strict: bool,
    /// What was odd, one sentence each.
    pub remarks: Vec<String>,
}

/// A box of an answer.
#[derive(Debug, Clone, PartialEq)]
pub struct Found {
    /// What is in it, in the model's words without control characters; "" when it did not say.
    pub label: String,
    /// Top, left, bottom, right in 0..=1000 of the square that the model saw; top <= bottom, left <= right.
    pub box_2d: [f64; 4],
}

/// The boxes of an answer; `None` when it holds no list of boxes.
pub fn parse(answer: &str) -> Option<Boxes> {
    let gathered = gather::last_list(answer)?;
    let mut remarks = Remarks::default();
    about_the_list(&gathered, &mut remarks);
    let mut boxes = Vec::new();
    for (number, raw) in (1..).zip(&gathered.raws) {
        let found = found(number, raw, &mut remarks);
        boxes.extend(found.filter(|_| boxes.len() < BOXES_MOST));
    }
    let all_small = |it: &Found| it.box_2d.iter().all(|place| *place <= 1.0);
    if !boxes.is_empty() && boxes.iter().all(all_small) {
        remarks.push(
            "no coordinate is above 1, as if they were shares of the picture; they were read in 0 to 1000 all the same"
                .to_owned(),
        );
    }
    Some(Boxes {
        boxes,
        strict: gathered.strict,
        remarks: remarks.finish(),
    })
}

fn about_the_list(gathered: &Gathered, remarks: &mut Remarks) {
    if gathered.skipped_front {
        remarks.push("the answer is very long; only its end was searched".to_owned());
    }
    if gathered.lists > 1 {
        remarks.push(format!(
            "the answer has {} lists of boxes; the last was taken",
            gathered.lists
        ));
    }
    if gathered.cut {
        remarks.push("the list is not closed; it was taken as far as it goes".to_owned());
    }
    if gathered.raws.len() > BOXES_MOST {
        remarks.push(format!(
            "the list has {} boxes; the first {BOXES_MOST} were taken",
            gathered.raws.len()
        ));
    }
}

/// One box put in order; `None` when it is none.
fn found(number: usize, raw: &Raw, remarks: &mut Remarks) -> Option<Found> {
    let label = label(&raw.label);
    let name = match label.as_str() {
        "" => format!("box {number}"),
        label => format!("box {number} ({label:?})"),
    };
    let given = match &raw.place {
        Ok(place) => *place,
        Err(problem) => {
            remarks.push(format!("{name} {problem}; it was left out"));
            return None;
        }
    };
    if given.iter().any(|it| !it.is_finite()) {
        remarks.push(format!(
            "{name} has a coordinate that is no finite number; it was left out"
        ));
        return None;
    }
    let [top, left, bottom, right] = given;
    let ordered = [
        top.min(bottom),
        left.min(right),
        top.max(bottom),
        left.max(right),
    ];
    if top > bottom || left > right {
        remarks.push(format!(
            "{name} has its corners the wrong way round; they were put in order"
        ));
    }
    // + 0.0 makes the negative zero an ordinary one
    let box_2d = ordered.map(|it| it.clamp(0.0, END) + 0.0);
    if ordered.iter().any(|it| !(0.0..=END).contains(it)) {
        remarks.push(format!(
            "{name} reaches out of 0 to 1000; it was cut off there"
        ));
    }
    if box_2d[2] <= box_2d[0] || box_2d[3] <= box_2d[1] {
        remarks.push(format!("{name} has no area"));
    }
    Some(Found { label, box_2d })
}

/// A label without control characters and without marks that hide or reorder text, on one line, of bounded length.
fn label(raw: &str) -> String {
    let hidden = |c: char| {
        matches!(c, '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
    };
    // far more than a label, far less than an answer
    let start = raw.chars().filter(|c| !hidden(*c)).take(4 * LABEL_MOST);
    let plain: String = start
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect();
    let words: Vec<&str> = plain.split_whitespace().collect();
    let label = words.join(" ");
    if label.chars().count() <= LABEL_MOST {
        return label;
    }
    label.chars().take(LABEL_MOST).chain(['…']).collect()
}

/// What was odd, so many of them.
#[derive(Default)]
struct Remarks {
    said: Vec<String>,
    more: usize,
}

impl Remarks {
    fn push(&mut self, remark: String) {
        if self.said.len() < REMARKS_MOST {
            self.said.push(remark);
        } else {
            self.more += 1;
        }
    }

    fn finish(mut self) -> Vec<String> {
        if self.more > 0 {
            self.said.push(format!("and {} more remarks", self.more));
        }
        self.said
    }
}

#[cfg(test)]
mod tests;
