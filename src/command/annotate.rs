//! Lines that say something about answers in, what is meant (`Annotation`) out: expectations, notes, verdicts, titles.

use super::{Command, Completion, Do, words};
use crate::session::check::IOU;
use crate::session::v1::ExpectBox;

/// What is said about the last answer, or about the session.
#[derive(Debug, Clone, PartialEq)]
pub enum Annotation {
    /// It must say this.
    Says(String),
    /// It must not say this.
    Not(String),
    /// One of its boxes must lie here.
    Place(ExpectBox),
    /// Words about it.
    Note(String),
    /// A grade, and why.
    Verdict(String, String),
    /// What the session is called.
    Title(String),
}

pub(super) const EXPECT: Command = Command {
    name: "expect",
    arguments: "TEXT",
    en: "the last answer must say this, whenever the session is checked: no pneumothorax",
    zh: "以后检查会话时,上一个回答必须这样说:未见气胸",
    completion: Completion::Nothing,
    means: |rest| text(rest, Annotation::Says, "say what the answer must say"),
};

pub(super) const EXPECT_NOT: Command = Command {
    name: "expect-not",
    arguments: "TEXT",
    en: "the last answer must not say this",
    zh: "上一个回答不得这样说",
    completion: Completion::Nothing,
    means: |rest| text(rest, Annotation::Not, "say what the answer must not say"),
};

pub(super) const EXPECT_BOX: Command = Command {
    name: "expect-box",
    arguments: "LABEL BOX [IOU]",
    en: "the last answer must give a box that overlaps y0,x0,y1,x1, of 0..1000, by so much [0.5]",
    zh: "上一个回答给出的方框必须与 y0,x0,y1,x1(0..1000)重叠,IOU 至少为 [0.5]",
    completion: Completion::Nothing,
    means: |rest| Ok(Do::Annotate(Annotation::Place(place(rest)?))),
};

pub(super) const NOTE: Command = Command {
    name: "note",
    arguments: "TEXT",
    en: "keep a note with the last answer, or with the session when nothing was asked yet",
    zh: "给上一个回答加备注;尚未提问时给会话加备注",
    completion: Completion::Nothing,
    means: |rest| text(rest, Annotation::Note, "type the note"),
};

pub(super) const VERDICT: Command = Command {
    name: "verdict",
    arguments: "GRADE [TEXT]",
    en: "keep what you think of the last answer: good, bad, or any other word, and why",
    zh: "记录对上一个回答的评价:good、bad 或其他词,以及理由",
    completion: Completion::Verdict,
    means: |rest| {
        let (grade, why) = rest.split_once(char::is_whitespace).unwrap_or((rest, ""));
        match grade {
            "" => Err("give a grade, as in /verdict good"),
            _ => Ok(Do::Annotate(Annotation::Verdict(
                grade.to_owned(),
                why.trim().to_owned(),
            ))),
        }
    },
};

pub(super) const TITLE: Command = Command {
    name: "title",
    arguments: "TEXT",
    en: "name the session",
    zh: "给会话命名",
    completion: Completion::Nothing,
    means: |rest| text(rest, Annotation::Title, "type the title"),
};

pub(super) const REPLAY: Command = Command {
    name: "replay",
    arguments: "SESSION",
    en: "play a recorded session; this conversation stays as it is",
    zh: "回放一个已记录的会话;当前对话不变",
    completion: Completion::Nothing,
    means: |rest| match rest {
        "" => Err("name a session, as in /replay last"),
        session => Ok(Do::Replay(session.to_owned())),
    },
};

fn text(
    rest: &str,
    annotation: fn(String) -> Annotation,
    without: &'static str,
) -> Result<Do, &'static str> {
    match rest {
        "" => Err(without),
        text => Ok(Do::Annotate(annotation(text.to_owned()))),
    }
}

/// `nodule 100,200,300,400 0.3`, `"lung nodule" 100,200,300,400`, `"" 0,0,500,500`.
fn place(rest: &str) -> Result<ExpectBox, &'static str> {
    const USAGE: &str =
        "give a label and a box, as in /expect-box nodule 100,200,300,400; \"\" is any label";
    const CORNERS: &str = "the box is top,left,bottom,right, each from 0 to 1000, top above bottom and left before right";
    let words = words(rest)?;
    let (label, corners, iou) = match words.as_slice() {
        [label, corners] => (label, corners, None),
        [label, corners, iou] => (label, corners, Some(iou)),
        _ => return Err(USAGE),
    };
    let numbers: Option<Vec<f64>> = corners
        .split(',')
        .map(|it| it.trim().parse().ok())
        .collect();
    let box_2d: [f64; 4] = numbers
        .and_then(|it| it.try_into().ok())
        .filter(|it: &[f64; 4]| it.iter().all(|it| (0.0..=1000.0).contains(it)))
        .filter(|[top, left, bottom, right]| top < bottom && left < right)
        .ok_or(CORNERS)?;
    let iou = match iou {
        None => IOU,
        Some(text) => text
            .parse()
            .ok()
            .filter(|it| *it > 0.0 && *it <= 1.0)
            .ok_or("the overlap is a number above 0 and up to 1")?,
    };
    Ok(ExpectBox {
        label: label.clone(),
        box_2d,
        iou,
    })
}

#[cfg(test)]
mod tests {
    use super::super::parse;
    use super::*;

    #[track_caller]
    fn check(line: &str, expected: Annotation) {
        assert_eq!(
            parse(line).unwrap(),
            Some(Do::Annotate(expected)),
            "{line:?}"
        );
    }

    #[track_caller]
    fn check_refused(line: &str, expected: &str) {
        assert_eq!(parse(line).unwrap_err().to_string(), expected, "{line:?}");
    }

    #[test]
    fn what_is_said_about_an_answer_is_read() {
        check(
            "/expect no \"large\" pneumothorax",
            Annotation::Says("no \"large\" pneumothorax".to_owned()),
        );
        check("/expect-not 气胸", Annotation::Not("气胸".to_owned()));
        check(
            "/note Two\nlines.",
            Annotation::Note("Two\nlines.".to_owned()),
        );
        check(
            "/verdict bad  wrong side ",
            Annotation::Verdict("bad".to_owned(), "wrong side".to_owned()),
        );
        check(
            "/verdict good",
            Annotation::Verdict("good".to_owned(), String::new()),
        );
        check(
            "/title First look",
            Annotation::Title("First look".to_owned()),
        );
        let place = |label: &str, box_2d, iou| {
            Annotation::Place(ExpectBox {
                label: label.to_owned(),
                box_2d,
                iou,
            })
        };
        check(
            "/expect-box nodule 1,2.5,300,1000",
            place("nodule", [1.0, 2.5, 300.0, 1000.0], 0.5),
        );
        check(
            "/expect-box 'lung nodule' 0,0,1,1 0.75",
            place("lung nodule", [0.0, 0.0, 1.0, 1.0], 0.75),
        );
        check(
            "/expect-box \"\" '1, 2, 3, 4' 1",
            place("", [1.0, 2.0, 3.0, 4.0], 1.0),
        );
        let replay = Do::Replay("first look".to_owned());
        assert_eq!(parse("/replay first look").unwrap(), Some(replay));
    }

    #[test]
    fn what_cannot_be_meant_is_one_sentence() {
        check_refused("/expect", "/expect: say what the answer must say");
        check_refused("/verdict ", "/verdict: give a grade, as in /verdict good");
        check_refused("/replay", "/replay: name a session, as in /replay last");
        for line in ["/expect-box", "/expect-box nodule", "/expect-box a b c d"] {
            let problem = "/expect-box: give a label and a box, as in /expect-box nodule 100,200,300,400; \"\" is any label";
            check_refused(line, problem);
        }
        for corners in [
            "1,2,3",
            "1,2,3,4,5",
            "3,0,1,4",
            "0,0,0,9",
            "0,0,9,1001",
            "0,0,nan,9",
        ] {
            let problem = "/expect-box: the box is top,left,bottom,right, each from 0 to 1000, top above bottom and left before right";
            check_refused(&format!("/expect-box a {corners}"), problem);
        }
        for iou in ["0", "1.1", "half", "nan"] {
            let problem = "/expect-box: the overlap is a number above 0 and up to 1";
            check_refused(&format!("/expect-box a 0,0,9,9 {iou}"), problem);
        }
    }
}
