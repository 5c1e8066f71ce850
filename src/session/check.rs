//! What must hold of an answer and the answer in, whether it holds and why out.

use super::story::Told;
use super::v1::{Expect, ExpectBox};
use crate::boxes::{self, Labels, match_boxes};

/// Whether a text makes a claim, and why: `findings::says`.
pub type Says<'a> = dyn Fn(&str, &str) -> (bool, String) + 'a;

/// The least intersection over union where nobody said another.
pub const IOU: f64 = 0.5;

/// One thing that must hold.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Claim<'a> {
    /// The answer says this.
    Says(&'a str),
    /// It does not.
    Not(&'a str),
    /// One of its boxes lies here.
    Place(&'a ExpectBox),
    /// A record from which nothing can be read.
    Nothing,
}

/// An answer that is looked at.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Answer<'a> {
    /// Its words.
    pub text: &'a str,
    /// The boxes that it gives: label, and top, left, bottom, right in 0 to 1000 of the square.
    pub boxes: &'a [(String, [f64; 4])],
}

/// What came of a claim.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Judged {
    /// What must hold: `says "no pneumothorax"`.
    pub claim: String,
    /// Whether it does.
    pub holds: bool,
    /// Why it does or does not, in half a sentence.
    pub reason: String,
}

/// The claims of a record, usually one.
pub fn claims(expect: &Expect) -> Vec<Claim<'_>> {
    let says = expect.says.as_deref().map(Claim::Says);
    let not = expect.not.as_deref().map(Claim::Not);
    let place = expect.place.as_ref().map(Claim::Place);
    let claims: Vec<Claim<'_>> = says.into_iter().chain(not).chain(place).collect();
    if claims.is_empty() {
        return vec![Claim::Nothing];
    }
    claims
}

impl Claim<'_> {
    /// For people.
    pub fn name(&self) -> String {
        match self {
            Self::Says(text) => format!("says {text:?}"),
            Self::Not(text) => format!("does not say {text:?}"),
            Self::Place(place) => {
                let [top, left, bottom, right] = place.box_2d;
                let what = match place.label.as_str() {
                    "" => "a box".to_owned(),
                    label => format!("a box {label:?}"),
                };
                let least = place.iou;
                format!("gives {what} at {top},{left},{bottom},{right}, overlap {least} or more")
            }
            Self::Nothing => "expects something that this medlab does not know".to_owned(),
        }
    }
}

/// Looks whether a claim holds of an answer; of one that is not there nothing holds.
pub fn judge(claim: &Claim<'_>, answer: Option<Answer<'_>>, says: &Says<'_>) -> Judged {
    let (holds, reason) = match (claim, answer) {
        (_, None) => (false, "there is no answer".to_owned()),
        (Claim::Nothing, _) => (false, "nothing was looked at".to_owned()),
        (Claim::Says(text), Some(answer)) => says(answer.text, text),
        (Claim::Not(text), Some(answer)) => {
            let (says, why) = says(answer.text, text);
            (!says, why)
        }
        (Claim::Place(place), Some(answer)) => lies(place, answer.boxes),
    };
    Judged {
        claim: claim.name(),
        holds,
        reason,
    }
}

/// The boxes of an answer's text.
pub fn boxes_of(text: &str) -> Vec<(String, [f64; 4])> {
    let found = boxes::parse(text).map(|it| it.boxes).unwrap_or_default();
    found.into_iter().map(|it| (it.label, it.box_2d)).collect()
}

/// The boxes that were recorded of an answer; else those of its text.
pub fn recorded_boxes(told: &Told) -> Vec<(String, [f64; 4])> {
    match &told.boxes {
        Some(boxes) => {
            let boxes = boxes.boxes.iter();
            boxes.map(|it| (it.label.clone(), it.box_2d)).collect()
        }
        None => boxes_of(&told.answer),
    }
}

/// A label without what people write in different ways: capitals, and what stands between its words.
fn plain(label: &str) -> String {
    let words = label.split(|it: char| !it.is_alphanumeric());
    let words: Vec<&str> = words.filter(|it| !it.is_empty()).collect();
    words.join(" ").to_lowercase()
}

fn lies(place: &ExpectBox, boxes: &[(String, [f64; 4])]) -> (bool, String) {
    // `effusion` is met by `right pleural effusion`: a label says at least what is expected
    let wanted = plain(&place.label);
    let is_meant = |label: &str| plain(label).contains(&wanted);
    let predicted: Vec<(&str, [f64; 4])> = boxes
        .iter()
        .map(|(label, place)| (label.as_str(), *place))
        .filter(|(label, _)| is_meant(label))
        .collect();
    let expected = [(place.label.as_str(), place.box_2d)];
    let matching = match_boxes(&predicted, &expected, Labels::Any);
    match matching.pairs.first() {
        _ if boxes.is_empty() => (false, "the answer gives no box".to_owned()),
        None => {
            let labels: Vec<String> = boxes.iter().map(|it| format!("{:?}", it.0)).collect();
            let labels = super::story::one_line(&labels.join(", "));
            let which = match place.label.as_str() {
                "" => "none of its boxes overlaps",
                _ => "no box of that name overlaps",
            };
            (false, format!("{which}, and there are {labels}"))
        }
        Some(best) => (
            best.iou >= place.iou,
            format!("the best box overlaps by {:.3}", best.iou),
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn says(text: &str, claim: &str) -> (bool, String) {
        let says = text.to_lowercase().contains(claim);
        (says, format!("{text:?}"))
    }

    #[track_caller]
    fn check(claim: &Claim<'_>, text: &str, boxes: &[(&str, [f64; 4])], holds: bool, why: &str) {
        let boxes: Vec<(String, [f64; 4])> = boxes
            .iter()
            .map(|(label, place)| ((*label).to_owned(), *place))
            .collect();
        let answer = Answer {
            text,
            boxes: &boxes,
        };
        let judged = judge(claim, Some(answer), &says);
        assert_eq!((judged.holds, judged.reason.as_str()), (holds, why));
    }

    #[test]
    fn an_answer_says_it_or_not() {
        let (clear, nodule) = ("Lungs clear.", "A nodule.");
        check(&Claim::Says("clear"), clear, &[], true, "\"Lungs clear.\"");
        check(&Claim::Says("clear"), nodule, &[], false, "\"A nodule.\"");
        check(&Claim::Not("clear"), nodule, &[], true, "\"A nodule.\"");
        check(&Claim::Not("clear"), clear, &[], false, "\"Lungs clear.\"");
        assert_eq!(Claim::Not("x").name(), "does not say \"x\"");
    }

    #[test]
    fn a_box_lies_where_it_must_under_its_name() {
        let place = ExpectBox {
            label: "lung nodule".to_owned(),
            box_2d: [0.0, 0.0, 100.0, 100.0],
            iou: IOU,
        };
        let claim = Claim::Place(&place);
        let half = ("Lung_nodule", [0.0, 0.0, 100.0, 60.0]);
        check(&claim, "", &[], false, "the answer gives no box");
        check(&claim, "", &[half], true, "the best box overlaps by 0.600");
        let other = ("heart", place.box_2d);
        check(
            &claim,
            "",
            &[other],
            false,
            "no box of that name overlaps, and there are \"heart\"",
        );
        check(
            &claim,
            "",
            &[other, ("lung nodule", [0.0, 0.0, 100.0, 40.0])],
            false,
            "the best box overlaps by 0.400",
        );
        let any = ExpectBox {
            label: String::new(),
            ..place.clone()
        };
        check(
            &Claim::Place(&any),
            "",
            &[half, other],
            true,
            "the best box overlaps by 1.000",
        );
        assert_eq!(
            claim.name(),
            "gives a box \"lung nodule\" at 0,0,100,100, overlap 0.5 or more"
        );
    }

    #[test]
    fn nothing_holds_of_an_answer_that_is_not_there_or_of_a_record_without_a_claim() {
        for claim in [Claim::Says("a"), Claim::Not("a"), Claim::Nothing] {
            assert!(!judge(&claim, None, &says).holds);
        }
        let answer = Answer {
            text: "a",
            boxes: &[],
        };
        let empty = Expect::default();
        assert_eq!(claims(&empty), [Claim::Nothing]);
        assert!(!judge(&claims(&empty)[0], Some(answer), &says).holds);
        let both = Expect {
            says: Some("a".to_owned()),
            not: Some("b".to_owned()),
            ..empty
        };
        assert_eq!(claims(&both), [Claim::Says("a"), Claim::Not("b")]);
    }
}
