//! What stands around pictures and questions: words before the pictures, labels, prior reports under their dates.

use medlab::context::{Conversation, Label, Prior};

use super::context::{Bench, tokens};

#[test]
fn what_stands_before_the_pictures_comes_first_and_counts_as_the_question() {
    let bench = Bench::new();
    let talk = Conversation {
        before: " Slices follow.\n".into(),
        pictures: 1,
        ..Conversation::default()
    };
    let fitted = bench.wide(&talk, "Is there a nodule?");
    let plain = bench.wide(
        &Conversation {
            pictures: 1,
            ..Conversation::default()
        },
        "Is there a nodule?",
    );
    let (first, _) = fitted.prompt.pictures[0];
    assert!(
        first > plain.prompt.pictures[0].0,
        "words before the places"
    );
    assert!(tokens(&fitted, "question") > tokens(&plain, "question"));
    // its line feeds merge with other words
    assert!(tokens(&fitted, "pictures").abs_diff(tokens(&plain, "pictures")) <= 1);
}

#[test]
fn labels_stand_around_their_picture_and_reports_under_their_dates() {
    let bench = Bench::new();
    let label = |before: &str, after: &str| Label {
        before: before.to_owned(),
        after: after.to_owned(),
    };
    let dated = |date: &str, text: &str| Prior {
        date: Some(date.to_owned()),
        text: text.to_owned(),
    };
    let talk = Conversation {
        pictures: 2,
        labels: vec![label("prior", ""), label("current", "SLICE 7")],
        priors: vec![dated("2023-01", "No nodule."), dated("2024-02", "Nodule.")],
        ..Conversation::default()
    };
    let fitted = bench.wide(&talk, "What is new?");
    let mut stream = bench.tokenizer.stream(&bench.tokens);
    let pieces = fitted.prompt.ids.iter().map(|id| stream.push(*id).1);
    let shown: String = pieces.collect();
    let places = [
        "prior:",
        "current:",
        "SLICE 7",
        "Prior report (2023-01):\nNo nodule.",
        "Prior report (2024-02):\nNodule.",
        "What is new?",
    ];
    let at: Vec<Option<usize>> = places.iter().map(|it| shown.find(it)).collect();
    assert!(at.iter().all(Option::is_some), "{at:?} in {shown:?}");
    assert!(at.is_sorted(), "{at:?}");
}
