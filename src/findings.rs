//! Report text in, findings out: read, compared with another text, held against a claim; English and Chinese, also mixed.
//!
//! A model's answers about one picture differ in words from run to run, and a change of one word ("no") may turn the
//! report round. This module compares what is said. It reads each sentence for findings of a fixed lexicon, and whether
//! it says that they are there, on which side, where, how much, how large, and what became of them:
//!
//! ```
//! use medlab::findings::{Presence, Tongue, compare, read, same, says};
//!
//! let found = read("No pneumothorax, but a small left effusion.");
//! assert_eq!(found[0].presence, Presence::Absent);
//! assert_eq!(found[1].phrase(Tongue::Chinese), "左侧少量胸腔积液");
//!
//! assert!(same("Right and left effusion.", "双侧胸腔积液。"));
//! let differences = compare("Small right effusion.", "Small left effusion.");
//! assert_eq!(differences[0].to_string(), "side swapped: pleural effusion, right → left");
//!
//! let verdict = says("左肺上野8毫米结节。", "no nodule");
//! assert_eq!(verdict.reason(Tongue::English), "the text says \"8 mm nodule, left upper zone\" instead");
//! ```
//!
//! It knows words, not medicine, and no grammar beyond the rules below. It takes linear time, and no clock, no random
//! number and no model has a part in it: the same text gives the same findings.
//!
//! # How a text is read
//!
//! 1. *Tokens* (`tokens`): words in lower case and singular, single Chinese characters, numbers, and the marks that mean
//!    something. Full-width forms, quotes, dashes and Markdown (bullets, headings, bold, tables) make no difference.
//! 2. *Sentences* (`sentences`): end at full stops, question marks and semicolons, and at the ends of lines that wrap no
//!    sentence. Questions state nothing ("Is there an effusion?", 有气胸吗), nor do the sections "Indication" and "History".
//! 3. *Items* (`items`): at each place the longest phrase of the tables counts and its parts do not: "no change in" is a
//!    change and no denial, "mass effect" is no mass.
//! 4. *Mentions* (`mentions`): names of findings, and organs with what they are said to be: "the heart is enlarged",
//!    心影不大, "lungs are clear" (no opacity), "normal chest radiograph" (no abnormality).
//! 5. *Scope* (`scope`): which cue reaches which mention, after `NegEx` and `ConText` (cited there).
//! 6. *Properties* (`groups`, `attach`): side, zone, severity, size, number and change go to the finding in the same
//!    segment; in a segment without one, to the finding before it, or the one behind where none is before.
//!
//! # Choices
//!
//! * **Denial over a list.** "No A, B, or C" denies all three. Behind a comma or "and" it goes on only over bare names:
//!   what has a side, a size, a severity, a change, an article or a verb of its own is affirmed ("no pneumothorax, small
//!   left effusion"), unless an "or" closes the list. It ends at "but", "however", "except", 但, at a Chinese comma and at
//!   the end of the sentence.
//! * **A denial limits itself.** "No large effusion", "no new nodule", "no nodule larger than 5 mm" deny that much
//!   only: severity, change or size stand in the finding. 未见明显积液 and "no significant effusion" deny any.
//! * **Doubt.** Possible, likely, unlikely, "may represent", "cannot be excluded", 考虑, 可能, 不除外 are
//!   [`Presence::Uncertain`]; so are both of "atelectasis or pneumonia". "Suggests", "consistent with" and 提示 affirm.
//! * **Resolved** is not absent: it was there. For a claim that it is not there, both are good.
//! * **"No other"** says nothing ("no other finding", 余未见异常), since what is meant stands elsewhere.
//! * **No increase** and no decrease are read as unchanged.
//! * **Both sides.** Absent on both sides is absent. "Small to moderate" is moderate. "Larger (8 mm to 12 mm)" has
//!   a size before and a size now; "8 to 12 mm" alone is a range.
//! * **A zone and a lobe** of one name are one. Where several zone words stand together ("apical segment of the right
//!   upper lobe"), the one higher up in the table counts.
//! * **Nothing is inferred** between findings but that some are kinds of others (column "part of"): no opacity is no
//!   consolidation, a rib fracture is a fracture, no abnormality is none of anything but tubes and devices.
//!
//! # Limits
//!
//! No pronouns ("it has grown"), no reach beyond a sentence, no tense ("there was"), no misspellings, no traditional
//! characters. A side is not carried over "and" ("right effusion and pneumothorax": the second has no side). What a
//! sentence says of a device's position is not read.
//!
//! # Lexicon
//!
//! A `~` marks a word that counts only where it is denied ("no finding").
//!
#![doc = include_str!("findings/lexicon.md")]
//!
//! # Rules
//!
//! Class and value say what the phrases mean; `before` stands before the finding, `after` behind it.
//!
#![doc = include_str!("findings/rules.md")]
//!
//! # States
//!
//! An organ that is abnormal in this way has the finding; one that is normal has it not. "Normal", "unremarkable", 正常
//! go with every organ.
//!
#![doc = include_str!("findings/states.md")]

mod attach;
mod compare;
mod difference;
mod finding;
mod fold;
mod groups;
mod items;
mod lexicon;
mod mentions;
mod pairing;
mod parsed;
mod read;
mod rules;
mod says;
mod scope;
mod sentences;
mod table;
#[cfg(test)]
mod tests;
mod tokens;
mod zone;

pub use difference::{Difference, Kind};
pub use finding::{Change, Finding, Length, Presence, Severity, Side, Size, Tongue};
pub(crate) use fold::is_han;
pub use lexicon::{Entry, Scale, entry, lexicon};
pub use says::Verdict;
pub use zone::Zone;

/// The statements about findings in a text, in its order. The same statement made twice is there twice.
pub fn read(text: &str) -> Vec<Finding> {
    read::read(text)
}

/// What differs between two texts, in the order of the lexicon.
///
/// Repetitions within a text do not count: "a right effusion" in the impression repeats "a moderate right effusion" in the
/// findings. "Bilateral" is left and right where either text names a side. Statements about one finding are paired so
/// that the sum of their differences is least. What only one text says is [`Kind::Added`] or [`Kind::Lost`], a denial
/// too. `compare(b, a)` is the mirror of `compare(a, b)`, difference by difference ([`Difference::mirror`]).
pub fn compare(first: &str, second: &str) -> Vec<Difference> {
    compare::compare(&read(first), &read(second))
}

/// [`compare()`] of what has been read already.
pub fn compare_findings(first: &[Finding], second: &[Finding]) -> Vec<Difference> {
    compare::compare(first, second)
}

/// Whether two texts say the same of the same findings, in whatever words.
pub fn same(first: &str, second: &str) -> bool {
    compare(first, second).is_empty()
}

/// Whether a text says what is claimed, and why.
///
/// The claim is read like a text; every finding in it must hold, with every property that it names. What it does not name
/// may be anything: "pleural effusion" holds for a small right one, and for a kind of it ("fracture" for a rib fracture).
///
/// * "Right effusion" holds where one is said to be there, on the right or on both sides. A text that also denies it
///   ("no effusion") contradicts itself: it does not hold.
/// * "No pneumothorax" holds only where the text denies it, by name or by something broader ("no abnormality", "lungs
///   clear" for a consolidation), or says that it has resolved. **Silence is no denial**: an answer that does not speak
///   of the pneumothorax has not excluded it, and a check that passes on an empty answer checks nothing. Who wants that
///   it is merely not affirmed must expect that "pneumothorax" does *not* hold. A doubt is no denial either.
/// * "Possible effusion" holds where it is doubtful, "resolved effusion" where it has resolved.
/// * "No large effusion" holds also for a small one.
///
/// A claim without a finding of the lexicon must be contained in the text, but for case, width and white space.
pub fn says(text: &str, claim: &str) -> Verdict {
    says::says(text, claim)
}
