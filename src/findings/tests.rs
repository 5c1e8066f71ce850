//! Report sentences and their findings in, what reading, comparing and claiming make of them checked.

use super::*;

mod tables;
mod wild;

/// A finding in short: `pleural-effusion + right small`, `nodule - new`, `nodule + left upper 8mm> 12mm larger`.
fn short(it: &Finding) -> String {
    let mark = match it.presence {
        Presence::Present => "+",
        Presence::Absent => "-",
        Presence::Uncertain => "?",
        Presence::Resolved => "~",
    };
    let severity = |it: Severity| format!("{it:?}").to_lowercase();
    let size = |it: Size| it.phrase(Tongue::English).replace(' ', "");
    let mut words = vec![it.what.key.to_owned(), mark.to_owned()];
    words.extend(it.side.map(|it| it.name(Tongue::English).to_owned()));
    words.extend(it.zone.map(|it| it.key().to_owned()));
    words.extend(it.severity_before.map(|it| severity(it) + ">"));
    words.extend(it.severity.map(severity));
    words.extend(it.size_before.map(|it| size(it) + ">"));
    words.extend(it.size.map(size));
    words.extend(it.count.map(|it| format!("n{it}")));
    let change = it.change.filter(|_| it.presence != Presence::Resolved);
    words.extend(change.map(|it| format!("{it:?}").to_lowercase()));
    words.join(" ")
}

fn all(text: &str) -> String {
    let found: Vec<String> = read(text).iter().map(short).collect();
    found.join("; ")
}

/// A table of sentences, tab, findings; `\n` in a sentence is an end of line.
fn check_table(table: &str, least: usize) {
    let rows = table.lines().filter(|it| !it.starts_with('#'));
    let mut wrong = Vec::new();
    let mut n = 0;
    for row in rows {
        let (text, expected) = row.split_once('\t').expect("a tab");
        let found = all(&text.replace("\\n", "\n"));
        n += 1;
        if found != expected.trim() {
            wrong.push(format!("{text}\n  expected {expected}\n  found    {found}"));
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
    assert!(n >= least, "only {n} sentences");
}

#[test]
fn sentences_are_read_as_the_table_says() {
    check_table(include_str!("sentences.tsv"), 300);
}

#[test]
fn reports_are_read_as_the_table_says() {
    check_table(include_str!("reports.tsv"), 200);
}

#[test]
fn the_embedded_models_answers_are_read_as_they_were_meant() {
    check_table(include_str!("phantom.tsv"), 300);
}

#[test]
fn the_lexicon_is_sound() {
    let keys: std::collections::HashSet<&str> = lexicon().iter().map(|it| it.key).collect();
    assert_eq!(keys.len(), lexicon().len(), "a key stands twice");
    assert!(lexicon().len() >= 80);
    for it in lexicon() {
        assert!(
            it.key
                .bytes()
                .all(|it| it.is_ascii_lowercase() || it == b'-'),
            "{}",
            it.key
        );
        assert!(
            it.part_of.is_none_or(|it| entry(it).is_some()),
            "{}",
            it.key
        );
        assert_eq!(entry(it.key), Some(it));
    }
}

#[test]
fn every_name_in_the_lexicon_is_read_where_affirmed_and_where_denied() {
    for it in lexicon() {
        let english = std::iter::once(&it.english).chain(&it.also_english);
        let chinese = std::iter::once(&it.chinese).chain(&it.also_chinese);
        let frames = ["There is {}.", "No {} is seen."];
        let frames_zh = ["可见{}。", "未见{}。"];
        let both = english
            .map(|it| (it, frames))
            .chain(chinese.map(|it| (it, frames_zh)));
        for (name, [yes, no]) in both {
            let strong = name.trim_start_matches('~');
            let present = format!("{} +", it.key);
            let expected = if strong == *name {
                present.as_str()
            } else {
                ""
            };
            assert_eq!(all(&yes.replace("{}", strong)), expected, "{name}");
            assert_eq!(
                all(&no.replace("{}", strong)),
                format!("{} -", it.key),
                "{name}"
            );
        }
    }
}

#[test]
fn spans_show_what_was_read() {
    let text = "No pneumothorax. Small left pleural effusion, 12 mm 右肺上叶结节。";
    let spans: Vec<&str> = read(text).into_iter().map(|it| &text[it.span]).collect();
    assert_eq!(
        spans,
        [
            "pneumothorax",
            "Small left pleural effusion",
            "12 mm 右肺上叶结节"
        ]
    );
    let text = "The heart is mildly enlarged.";
    assert_eq!(
        &text[read(text)[0].span.clone()],
        "heart is mildly enlarged"
    );
}

#[test]
fn lengths_are_equal_whatever_the_unit() {
    let size = |text: &str| read(text)[0].size.unwrap();
    assert_eq!(size("nodule 1.2 cm"), size("结节12毫米"));
    assert_eq!(size("nodule 0.25 cm").phrase(Tongue::English), "2.5 mm");
    assert_eq!(size("nodule 1.256 mm").phrase(Tongue::Chinese), "1.26毫米");
    assert_eq!(
        size("3 x 4 cm nodule").longest().mm().to_bits(),
        40_f64.to_bits()
    );
    assert_eq!(read("nodule 99999999999999999999 mm")[0].size, None);
    assert_eq!(read("nodule 20000 mm")[0].size, None);
}

#[test]
fn names_of_findings_in_both_languages() {
    let phrases = |text: &str| {
        let it = &read(text)[0];
        (it.phrase(Tongue::English), it.phrase(Tongue::Chinese))
    };
    let check = |text: &str, english: &str, chinese: &str| {
        assert_eq!(phrases(text), (english.to_owned(), chinese.to_owned()));
    };
    check(
        "左肺上野8毫米结节",
        "8 mm nodule, left upper zone",
        "左肺上野8毫米结节",
    );
    check(
        "no large left effusion",
        "no large left pleural effusion",
        "无左侧大量胸腔积液",
    );
    check("mild emphysema", "mild emphysema", "轻度肺气肿");
    check(
        "new lesion in the right frontal lobe",
        "new lesion, right frontal lobe",
        "新出现右侧额叶病灶",
    );
    check(
        "possible effusion",
        "possible pleural effusion",
        "可能有胸腔积液",
    );
    check(
        "effusion has resolved",
        "resolved pleural effusion",
        "胸腔积液已消失",
    );
    check("larger nodule", "larger nodule", "增大的结节");
}

/// What the rules' table says of a class and its phrases.
fn rows_of(class: &str) -> impl Iterator<Item = ([&'static str; 4], &'static str, bool)> {
    let rows = table::rows::<4>(include_str!("rules.md")).into_iter();
    rows.filter(move |it| it[0] == class).flat_map(|row| {
        let english = table::phrases(row[2]).map(|it| (it, false));
        let both = english.chain(table::phrases(row[3]).map(|it| (it, true)));
        both.map(move |(phrase, chinese)| (row, phrase, chinese))
    })
}

#[test]
fn every_cue_does_what_its_row_says() {
    for (class, mark) in [
        ("absent", "-"),
        ("uncertain", "?"),
        ("resolved", "~"),
        ("dropped", ""),
    ] {
        for (row, cue, chinese) in rows_of(class) {
            let expected = match mark {
                "" => String::new(),
                mark => format!("pneumothorax {mark}"),
            };
            let (before, after) = if chinese {
                (format!("{cue}气胸"), format!("气胸{cue}"))
            } else {
                (
                    format!("There: {cue} pneumothorax"),
                    format!("Pneumothorax {cue}"),
                )
            };
            if row[1] != "after" {
                assert_eq!(all(&before), expected, "{before}");
            }
            if row[1] != "before" {
                assert_eq!(all(&after), expected, "{after}");
            }
        }
    }
}

#[test]
fn every_property_is_read_as_its_row_says() {
    for class in ["severity", "side", "zone", "change"] {
        for (row, word, chinese) in rows_of(class) {
            let texts = if chinese {
                [format!("{word}气胸"), format!("气胸{word}")]
            } else {
                [
                    format!("{word} pneumothorax"),
                    format!("pneumothorax is {word}"),
                ]
            };
            let read = texts.map(|it| format!(" {} ", all(&it)));
            let value = format!(" {} ", row[1]);
            assert!(
                read.iter().any(|it| it.contains(&value)),
                "{word}: {value} {read:?}"
            );
            assert!(
                read.iter().all(|it| it.starts_with(" pneumothorax ")),
                "{word}: {read:?}"
            );
        }
    }
}
