//! The window: what is kept, what is left out and said so, what does not fit, and how prompts grow.

use medlab::context::{Conversation, Exchange, Fitted, Language, Prior, Window, fit_words};
use medlab::prompt::Words;
use medlab::tokenizer::{SpecialTokens, Tokenizer};

use crate::prompt::phantom;

const PER_PICTURE: usize = 4;
const WIDE: Window = Window {
    ctx: 4096,
    max_new_tokens: 64,
};

/// One prior report.
fn prior(text: &str) -> Vec<Prior> {
    let text = text.to_owned();
    vec![Prior { date: None, text }]
}

/// The small tokenizer and what is asked of it.
pub(crate) struct Bench {
    pub(crate) tokenizer: Tokenizer,
    pub(crate) tokens: SpecialTokens,
}

impl Bench {
    pub(crate) fn new() -> Self {
        let (tokenizer, tokens) = phantom();
        Self { tokenizer, tokens }
    }

    fn fit(
        &self,
        conversation: &Conversation,
        question: &str,
        window: Window,
    ) -> anyhow::Result<Fitted> {
        let words = Words {
            tokenizer: &self.tokenizer,
            tokens: &self.tokens,
            tokens_per_picture: PER_PICTURE,
        };
        let fitted = fit_words(conversation, question, &words, window)?;
        let length = fitted.prompt.ids.len();
        assert_eq!(
            fitted.slots.iter().map(|slot| slot.tokens).sum::<usize>(),
            length,
            "slots sum to the prompt"
        );
        assert_eq!(fitted.room + length, window.ctx);
        let names: Vec<&str> = fitted.slots.iter().map(|slot| slot.slot).collect();
        assert_eq!(
            names,
            [
                "system",
                "question",
                "pictures",
                "prior report",
                "turns",
                "template"
            ]
        );
        Ok(fitted)
    }

    pub(crate) fn wide(&self, conversation: &Conversation, question: &str) -> Fitted {
        self.fit(conversation, question, WIDE).unwrap()
    }

    /// A prompt as text, a picture as `[n]`.
    fn shown(&self, fitted: &Fitted) -> String {
        let mut text = String::new();
        for (place, &id) in fitted.prompt.ids.iter().enumerate() {
            let piece = self.tokenizer.piece(id).unwrap();
            let picture = fitted
                .prompt
                .pictures
                .iter()
                .find(|&&(first, _)| first == place);
            match picture {
                Some((_, index)) => text.extend(["[", &index.to_string(), "]"]),
                None if id == self.tokens.image
                    || id == self.tokens.boi
                    || id == self.tokens.eoi => {}
                None => text.push_str(&piece.replace('▁', " ")),
            }
        }
        text
    }

    fn exchange(&self, question: &str, answer: &str, pictures: &[usize]) -> Exchange {
        Exchange {
            before: String::new(),
            question: question.to_owned(),
            answer: answer.to_owned(),
            answer_ids: self.tokenizer.encode(answer).unwrap(),
            pictures: pictures.to_vec(),
            partial: false,
        }
    }
}

pub(crate) fn tokens(fitted: &Fitted, slot: &str) -> usize {
    fitted
        .slots
        .iter()
        .find(|used| used.slot == slot)
        .unwrap()
        .tokens
}

fn said(answers: &[&str]) -> String {
    let turns: Vec<String> = answers
        .iter()
        .map(|words| format!("<start_of_turn>{words}"))
        .collect();
    format!("<bos>{}", turns.join("<end_of_turn>\n"))
}

#[test]
fn a_first_question_has_its_pictures_first_then_the_prior_report_then_itself() {
    let bench = Bench::new();
    let mut talk = Conversation {
        system: "Be brief.".into(),
        priors: prior("Small nodule.\n"),
        pictures: 2,
        ..Conversation::default()
    };
    let fitted = bench.wide(&talk, " Has it grown? ");
    let words =
        "user\nBe brief.\n\n\n\n[0]\n\n\n\n[1]\n\nPrior report:\nSmall nodule.\n\nHas it grown?";
    assert_eq!(bench.shown(&fitted), said(&[words, "model\n"]));
    assert_eq!(tokens(&fitted, "pictures"), 2 * (PER_PICTURE + 2) + 2);
    assert_eq!(
        tokens(&fitted, "question"),
        bench.tokenizer.encode("Has it grown?").unwrap().len()
    );
    assert_eq!(
        tokens(&fitted, "prior report"),
        bench
            .tokenizer
            .encode("Prior report:\nSmall nodule.\n\n")
            .unwrap()
            .len()
    );
    assert_eq!(
        (tokens(&fitted, "turns"), tokens(&fitted, "template")),
        (0, 9),
        "x"
    );
    assert!(fitted.dropped.is_empty());
    talk.priors = prior("  \n");
    assert_eq!(
        tokens(&bench.wide(&talk, "Hello?"), "prior report"),
        0,
        "an empty report is none"
    );
}

#[test]
fn the_language_shapes_the_heading_and_the_system_text() {
    let bench = Bench::new();
    let table = [
        (
            Language::Auto,
            "",
            "any new?",
            "user\nPrior report:\nold\n\nany new?",
        ),
        (
            Language::Auto,
            "",
            "有无积液",
            "user\n既往报告：\nold\n\n有无积液",
        ),
        (
            Language::English,
            "S",
            "有无积液",
            "user\nS\nAnswer in English.\n\nPrior report:\nold\n\n有无积液",
        ),
        (
            Language::Chinese,
            "",
            "any new?",
            "user\n请用中文回答。\n\n既往报告：\nold\n\nany new?",
        ),
        (
            Language::Chinese,
            "S",
            "any new?",
            "user\nS\n请用中文回答。\n\n既往报告：\nold\n\nany new?",
        ),
    ];
    for (language, system, question, words) in table {
        let talk = Conversation {
            system: system.into(),
            priors: prior("old"),
            language,
            ..Conversation::default()
        };
        let fitted = bench.wide(&talk, question);
        // The small vocabulary spells most Chinese in bytes: compare what the stream says.
        let mut stream = bench.tokenizer.stream(&bench.tokens);
        let mut plain: String = fitted
            .prompt
            .ids
            .iter()
            .map(|&id| stream.push(id))
            .map(|(_, text)| text)
            .collect();
        plain.push_str(&stream.finish().1);
        assert_eq!(plain, format!("{words}\nmodel\n"), "{language:?}");
    }
    assert_eq!("zh".parse::<Language>().unwrap(), Language::Chinese);
    assert!(
        "fr".parse::<Language>()
            .unwrap_err()
            .to_string()
            .contains("auto, en or zh")
    );
}

#[test]
fn a_picture_belongs_to_the_turn_at_which_it_was_opened() {
    let bench = Bench::new();
    let turns = vec![
        bench.exchange("one", "first", &[0]),
        bench.exchange("two", "second", &[]),
    ];
    let talk = Conversation {
        turns,
        pictures: 2,
        priors: prior("old"),
        ..Conversation::default()
    };
    let fitted = bench.wide(&talk, "three");
    let words = [
        "user\n\n\n[0]\n\nPrior report:\nold\n\none",
        "model\nfirst",
        "user\ntwo",
        "model\nsecond",
        "user\n\n\n[1]\n\nthree",
        "model\n",
    ];
    assert_eq!(bench.shown(&fitted), said(&words));
    let turns: usize = ["one", "first", "two", "second"]
        .iter()
        .map(|words| bench.tokenizer.encode(words).unwrap().len())
        .sum();
    assert_eq!(tokens(&fitted, "turns"), turns);
}

/// A window that holds everything but the turns, and an answer of 40 tokens.
fn tight(bench: &Bench, talk: &Conversation) -> usize {
    let bare = Conversation {
        turns: Vec::new(),
        ..talk.clone()
    };
    bench.wide(&bare, "now?").prompt.ids.len() + 40
}

/// Four exchanges of about the same length, pictures at the first and the third.
fn long_talk(bench: &Bench) -> Conversation {
    let answer = "a long answer ".repeat(6);
    let shown: [&[usize]; 4] = [&[0], &[], &[1], &[]];
    let turns = (1..)
        .zip(shown)
        .map(|(n, pictures)| bench.exchange(&format!("question {n}"), &answer, pictures));
    Conversation {
        turns: turns.collect(),
        pictures: 2,
        priors: prior("old"),
        ..Conversation::default()
    }
}

#[test]
fn the_oldest_turns_go_first_their_pictures_stay_and_it_is_said() {
    let bench = Bench::new();
    let talk = long_talk(&bench);
    let whole = bench.wide(&talk, "now?").prompt.ids.len();
    let max_new_tokens = 40;
    let mut seen = Vec::new();
    for ctx in (tight(&bench, &talk)..whole + 60).rev() {
        let window = Window {
            ctx,
            max_new_tokens,
        };
        let fitted = bench.fit(&talk, "now?", window).unwrap();
        let shown = bench.shown(&fitted);
        let kept: Vec<usize> = (1..=4)
            .filter(|n| shown.contains(&format!("question {n}")))
            .collect();
        assert_eq!(
            kept,
            (5 - kept.len()..=4).collect::<Vec<_>>(),
            "the newest are kept"
        );
        assert!(
            fitted.room >= window.reserve(),
            "turns yield to the reserve"
        );
        assert_eq!(fitted.dropped.is_empty(), kept.len() == 4, "never silent");
        assert!(
            shown.contains("[0]")
                && shown.contains("[1]")
                && shown.contains("Prior report:\nold\n\n")
                && shown.contains("now?")
        );
        assert!(
            shown.find("[0]") < shown.find("Prior report")
                && shown.find("Prior report") < shown.find("now?")
        );
        if kept.len() < 4 {
            let dropped = 4 - kept.len();
            assert_eq!(fitted.dropped.len(), 1);
            assert!(
                fitted.dropped[0]
                    .contains(&format!("({} tokens)", whole - fitted.prompt.ids.len())),
                "{}",
                fitted.dropped[0]
            );
            let fewer = Conversation {
                turns: talk.turns[dropped - 1..].to_vec(),
                ..talk.clone()
            };
            let more = bench.wide(&fewer, "now?").prompt.ids.len();
            assert!(
                more + window.reserve() > ctx,
                "no turn is left out that would have fitted"
            );
        }
        if seen.last() != Some(&kept.len()) {
            seen.push(kept.len());
        }
    }
    assert_eq!(seen, [4, 3, 2, 1, 0], "every length was met");
}

#[test]
fn what_was_left_out_is_one_sentence() {
    let bench = Bench::new();
    let talk = long_talk(&bench);
    let least = tight(&bench, &talk);
    let sentence = |ctx: usize| {
        bench
            .fit(
                &talk,
                "now?",
                Window {
                    ctx,
                    max_new_tokens: 40,
                },
            )
            .unwrap()
            .dropped
            .join("; ")
    };
    let whole = bench.wide(&talk, "now?").prompt.ids.len();
    assert!(
        sentence(whole + 39)
            .starts_with("left out the oldest of 4 earlier questions and its answer ("),
        "{}",
        sentence(whole + 39)
    );
    assert!(
        sentence(least).starts_with("left out all 4 earlier questions and their answers ("),
        "{}",
        sentence(least)
    );
    assert!(sentence(least).ends_with("tokens remain for this answer"));
}

#[test]
fn a_turns_pictures_move_in_order_when_it_is_left_out() {
    let bench = Bench::new();
    let talk = long_talk(&bench);
    let fitted = bench
        .fit(
            &talk,
            "now?",
            Window {
                ctx: tight(&bench, &talk),
                max_new_tokens: 40,
            },
        )
        .unwrap();
    assert_eq!(
        bench.shown(&fitted),
        said(&[
            "user\n\n\n[0]\n\n\n\n[1]\n\nPrior report:\nold\n\nnow?",
            "model\n"
        ])
    );
}

#[test]
fn the_room_of_a_long_answer_is_a_quarter_of_the_window_at_least() {
    let table = [
        (2048, 512, 512),
        (2048, 300, 300),
        (2048, 4000, 512),
        (100, 512, 25),
    ];
    for (ctx, max_new_tokens, reserve) in table {
        assert_eq!(
            Window {
                ctx,
                max_new_tokens
            }
            .reserve(),
            reserve
        );
    }
}

#[test]
fn what_may_not_be_left_out_and_does_not_fit_is_an_error_that_says_by_how_much() {
    let bench = Bench::new();
    let talk = Conversation {
        priors: prior(&"long report ".repeat(60)),
        pictures: 2,
        ..Conversation::default()
    };
    let length = bench.wide(&talk, "now?").prompt.ids.len();
    let window = |ctx: usize| Window {
        ctx,
        max_new_tokens: 30,
    };
    let reserve = 30;
    assert_eq!(
        bench
            .fit(&talk, "now?", window(length + reserve))
            .unwrap()
            .room,
        reserve
    );
    let error = bench
        .fit(&talk, "now?", window(length + reserve - 7))
        .unwrap_err()
        .to_string();
    assert!(
        error.contains("prior report") && error.contains("is 7 tokens too long for the window of"),
        "{error}"
    );
    let bare = Conversation {
        priors: Vec::new(),
        ..talk.clone()
    };
    let length = bench.wide(&bare, "now?").prompt.ids.len();
    let ctx = length + 3;
    let error = bench
        .fit(&bare, "now?", window(ctx))
        .unwrap_err()
        .to_string();
    let least = ctx / 4;
    assert!(
        error.contains(&format!(
            "the question and 2 pictures take {length} tokens, {} more than fit",
            least - 3
        )),
        "{error}"
    );
    let error = bench
        .fit(&Conversation::default(), &"why ".repeat(50), window(60))
        .unwrap_err()
        .to_string();
    assert!(error.starts_with("the question takes "), "{error}");
}

#[test]
fn the_last_tokens_of_the_reserve_may_go_to_pictures_but_not_to_turns() {
    let bench = Bench::new();
    let talk = Conversation {
        pictures: 40,
        ..Conversation::default()
    };
    let length = bench.wide(&talk, "now?").prompt.ids.len();
    let window = Window {
        ctx: length + 64,
        max_new_tokens: 500,
    };
    assert!(window.reserve() > 64);
    assert_eq!(bench.fit(&talk, "now?", window).unwrap().room, 64);
    let with_turn = Conversation {
        turns: vec![bench.exchange("a", "b", &[])],
        ..talk.clone()
    };
    let fitted = bench.fit(&with_turn, "now?", window).unwrap();
    assert_eq!((fitted.room, fitted.dropped.len()), (64, 1));
    let tight = Window {
        ctx: length + 63,
        ..window
    };
    assert!(
        bench
            .fit(&talk, "now?", tight)
            .unwrap_err()
            .to_string()
            .contains("1 more than fit")
    );
}

#[test]
fn an_empty_question_is_refused() {
    let bench = Bench::new();
    for question in ["", " \n\t", "\u{1f}"] {
        assert!(
            bench
                .fit(&Conversation::default(), question, WIDE)
                .unwrap_err()
                .to_string()
                .contains("empty")
        );
    }
}

#[test]
fn a_picture_that_is_not_open_is_never_sent() {
    let bench = Bench::new();
    let talk = Conversation {
        turns: vec![bench.exchange("a", "b", &[1])],
        pictures: 1,
        ..Conversation::default()
    };
    assert!(bench.fit(&talk, "now?", WIDE).is_err());
}

#[test]
fn a_conversation_grows_at_its_end_only() {
    let bench = Bench::new();
    let mut talk = Conversation {
        system: "S".into(),
        priors: prior("old"),
        pictures: 1,
        ..Conversation::default()
    };
    let mut last: Vec<u32> = Vec::new();
    let end_of_turn = bench.tokenizer.id_of("<end_of_turn>").unwrap();
    // The third question is Chinese, the fourth comes with another picture: neither may touch what was sent before.
    for (n, question) in ["first?", "second?", "第三？", "fourth?"]
        .into_iter()
        .enumerate()
    {
        talk.pictures = if n < 3 { 1 } else { 2 };
        let prompt = bench.wide(&talk, question).prompt;
        assert!(
            prompt.ids.starts_with(&last),
            "question {n} does not continue the last prompt"
        );
        let shown = medlab::context::new_pictures(&talk);
        let exchange = bench.exchange(question, "the answer.\n", &shown);
        last = [prompt.ids, exchange.answer_ids.clone(), vec![end_of_turn]].concat();
        talk.turns.push(exchange);
    }
}

#[test]
fn pictures_come_before_whatever_changes_so_that_they_are_reused_when_turns_go() {
    let bench = Bench::new();
    let talk = long_talk(&bench);
    let talk = Conversation {
        turns: talk
            .turns
            .into_iter()
            .map(|turn| Exchange {
                pictures: vec![],
                ..turn
            })
            .collect(),
        ..talk
    };
    let turns = talk.turns.iter().enumerate().map(|(n, turn)| Exchange {
        pictures: if n == 0 { vec![0, 1] } else { vec![] },
        ..turn.clone()
    });
    let talk = Conversation {
        turns: turns.collect(),
        ..talk
    };
    let whole = bench.wide(&talk, "now?").prompt;
    let cut = bench
        .fit(
            &talk,
            "now?",
            Window {
                ctx: tight(&bench, &talk),
                max_new_tokens: 40,
            },
        )
        .unwrap()
        .prompt;
    let past_pictures = whole.pictures[1].0 + PER_PICTURE;
    assert_eq!(whole.ids[..=past_pictures], cut.ids[..=past_pictures]);
}
