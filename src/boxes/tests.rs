//! Answers as models write them in, the boxes and remarks that come out compared.

use super::*;
use crate::experiment::interval::Random;

pub(super) type Place = [f64; 4];

pub(super) const ONE: Place = [140.0, 110.0, 340.0, 470.0];
pub(super) const TWO: Place = [400.0, 22.0, 600.0, 73.0];

#[track_caller]
fn check(answer: &str, boxes: &[(&str, Place)], strict: bool, remarks: &[&str]) {
    let found = parse(answer).unwrap_or_else(|| panic!("no boxes in {answer:?}"));
    let pairs: Vec<(&str, Place)> = found
        .boxes
        .iter()
        .map(|it| (it.label.as_str(), it.box_2d))
        .collect();
    assert_eq!(pairs, boxes, "{answer:?}");
    assert_eq!(found.remarks, remarks, "{answer:?}");
    assert_eq!(found.strict, strict, "{answer:?}");
}

#[track_caller]
fn check_none(answer: &str) {
    assert_eq!(parse(answer), None, "{answer:?}");
}

#[test]
fn lists_as_they_were_asked_for() {
    let both = [("a", ONE), ("b", TWO)];
    let list = "[{\"box_2d\": [140, 110, 340, 470], \"label\": \"a\"}, {\"box_2d\": [400, 22, 600, 73], \"label\": \"b\"}]";
    check(list, &both, true, &[]);
    check(&format!("Final Answer: ```json{list}```"), &both, true, &[]);
    check(&format!("```json\n{list}\n```"), &both, true, &[]);
    check(&format!("```JSON\r\n{list}\r\n```\r\n"), &both, true, &[]);
    check(&format!("```\n{list}\n```"), &both, true, &[]);
    check(
        &format!("The clavicle lies high.\n\nFinal Answer: {list}\n\nThat is all."),
        &both,
        true,
        &[],
    );
    check(
        "```json\n[{\"box_2d\": [140, 110, 340, 470], \"label\": \"右侧胸腔积液\"}]\n```",
        &[("右侧胸腔积液", ONE)],
        true,
        &[],
    );
    check(
        "[{\"label\":\"\\u80f8\\u8154 \\\"x\\\"\",\"box_2d\":[1.4e2,110.0,340,4.7E+2]}]",
        &[("胸腔 \"x\"", ONE)],
        true,
        &[],
    );
}

#[test]
fn nothing_to_box_is_an_answer_too() {
    check("[]", &[], true, &[]);
    check("Final Answer: ```json\n[]\n```", &[], true, &[]);
    check("Final Answer: [] since no nodule is seen.", &[], true, &[]);
    check("**Final Answer:** []. Nothing.", &[], true, &[]);
    check("最终答案：[]，未见征象", &[], true, &[]);
    check("I see no nodule: [ ]", &[], true, &[]);
    check("```json\n{\"boxes\": []}\n```", &[], false, &[]);
    check(
        "The form is [{\"box_2d\": [140, 110, 340, 470], \"label\": \"a\"}].\nFinal Answer: ```json[]```",
        &[],
        true,
        &["the answer has 2 lists of boxes; the last was taken"],
    );
}

#[test]
fn what_is_no_list_of_boxes_is_none() {
    for answer in [
        "",
        "No effusion is seen.",
        "- [ ] left lung\n- [x] right lung",
        "as in [1], [2, 3] and [4, 5, 6, 7] above",
        "In region [100, 200, 300, 400] there is a nodule.",
        "[{\"finding\": \"nodule\", \"size_mm\": 12}]",
        "[\"left\", \"right\"]",
        "[[1, 2], [3, 4]]",
        "{\"a\": [1, 2, 3]}",
        "f(x) = {x | x > 0}",
        "[[[",
        "{\"label\": \"a\", \"box_2d\"",
        "未见异常。",
    ] {
        check_none(answer);
    }
}

#[test]
fn other_quotes_commas_and_words_are_read() {
    let one = [("a", ONE)];
    for list in [
        "[{'box_2d': [140, 110, 340, 470], 'label': 'a'}]",
        "[{\"box_2d\": [140, 110, 340, 470,], \"label\": \"a\",},]",
        "[{box_2d: [140, 110, 340, 470], label: \"a\"}]",
        "[{“box_2d”: [140, 110, 340, 470], “label”: “a”}]",
        "[{\"box_2d\"：[140，110，340，470]，\"label\"：\"a\"}]",
        "[{\"box_2d\": [140 110 340 470] \"label\": \"a\"}]",
        "[{\"box_2d\": (140, 110, 340, 470), \"label\": \"a\"}]",
        "[{\"box_2d\": [\"140\", \"110\", \"340\", \"470\"], \"label\": \"a\"}]",
        "[{\"box_2d\": \"140, 110, 340, 470\", \"label\": \"a\"}]",
        "[{\"box_2d\": \"[140, 110, 340, 470]\", \"label\": \"a\"}]",
        "[{\"box_2d\": [[140, 110], [340, 470]], \"label\": \"a\"}]",
        "[{\"box_2d\": [[140, 110, 340, 470]], \"label\": \"a\"}]",
        "[{\"box_2d\": {\"y0\": 140, \"x0\": 110, \"y1\": 340, \"x1\": 470}, \"label\": \"a\"}]",
        "[{\"box_2d\": {\"xmin\": 110, \"ymin\": 140, \"xmax\": 470, \"ymax\": 340}, \"label\": \"a\"}]",
        "[{\"label\": \"a\", \"top\": 140, \"left\": 110, \"bottom\": 340, \"right\": 470}]",
        "[{\"box_2d\": [140, 110, 340, 470], // the clavicle\n \"label\": \"a\", \"score\": null}, ...]",
        "[{\"box_2d\": [140, 110, 340, 470], /* y x */ \"label\": \"a\", \"sure\": True, \"why\": None}]",
        "[\n  {\n    \"box_2d\": [\n      140,\n      110,\n      340,\n      470\n    ],\n    \"label\": \"a\"\n  }\n  …\n]",
        "{\"box_2d\": [140, 110, 340, 470], \"label\": \"a\"}",
        "Here it is: {\"label\": \"a\", \"box_2d\": [140, 110, 340, 470]} as asked.",
        "{\"boxes\": [{\"box_2d\": [140, 110, 340, 470], \"label\": \"a\"}]}",
        "{\"answer\": {\"objects\": [{\"box_2d\": [140, 110, 340, 470], \"label\": \"a\"}]}, \"sure\": true}",
        "[[{\"box_2d\": [140, 110, 340, 470], \"label\": \"a\"}]]",
        "{\"a\": [140, 110, 340, 470]}",
        "{\"boxes\": [[140, 110, 340, 470]], \"labels\": [\"a\"]}",
    ] {
        check(list, &one, false, &[]);
    }
}

#[test]
fn other_keys_are_read() {
    for key in [
        "bbox_2d",
        "box",
        "bbox",
        "BBox",
        "bounding_box",
        "Bounding Box",
        "bounding-box",
        "boundingBox",
        "coordinates",
        "坐标",
    ] {
        let list = format!("[{{\"{key}\": [140, 110, 340, 470], \"name\": \"a\"}}]");
        check(&list, &[("a", ONE)], false, &[]);
    }
    for key in ["label", "Name", "class", "category", "object", "标签"] {
        let list = format!("[{{\"box_2d\": [140, 110, 340, 470], \"{key}\": \"a\"}}]");
        check(&list, &[("a", ONE)], key == "label", &[]);
    }
    check(
        "[{\"box_2d\": [140, 110, 340, 470], \"label\": 3}]",
        &[("3", ONE)],
        false,
        &[],
    );
    check(
        "[{\"box_2d\": [140, 110, 340, 470]}]",
        &[("", ONE)],
        false,
        &[],
    );
    check(
        "[{\"label\": \"a\", \"box_2d\": [[140, 110, 340, 470], [400, 22, 600, 73]]}]",
        &[("a", ONE), ("a", TWO)],
        false,
        &[],
    );
}

#[test]
fn bare_lists_of_numbers_are_boxes() {
    check(
        "[[140, 110, 340, 470], [400, 22, 600, 73]]",
        &[("", ONE), ("", TWO)],
        false,
        &[],
    );
    check(
        "The boxes are [[140, 110, 340, 470]] in this image.",
        &[("", ONE)],
        false,
        &[],
    );
    check("[140, 110, 340, 470]", &[("", ONE)], false, &[]);
    check(
        "It is high. Final Answer: [140, 110, 340, 470] (the clavicle)",
        &[("", ONE)],
        false,
        &[],
    );
    check(
        "```json\n[140, 110, 340, 470]\n```",
        &[("", ONE)],
        false,
        &[],
    );
    check(
        "[[140, 110, 340, 470], [1, 2, 3]]",
        &[("", ONE)],
        false,
        &["box 2 has 3 numbers where a box has four; it was left out"],
    );
}

#[test]
fn four_numbers_alone_are_a_box_where_they_are_announced() {
    for text in [
        "**Bounding box:** [140, 110, 340, 470] around the clavicle",
        "\"box_2d\": [140, 110, 340, 470], \"label\": \"a\"}]",
        "右锁骨的坐标：[140, 110, 340, 470]。位置较高。",
    ] {
        check(text, &[("", ONE)], false, &[]);
    }
    check_none("Region R1: [140, 110, 340, 470] has no finding.");
    check_none("The box [140, 110, 340, 470] has no finding.");
}

#[test]
fn the_last_list_is_taken_and_single_objects_go_together() {
    check(
        "First [{\"box_2d\": [1, 2, 3, 4], \"label\": \"x\"}]. No: [{\"box_2d\": [140, 110, 340, 470], \"label\": \"a\"}] and [1] and {}",
        &[("a", ONE)],
        true,
        &["the answer has 2 lists of boxes; the last was taken"],
    );
    check(
        "{\"box_2d\": [140, 110, 340, 470], \"label\": \"a\"}\n{\"box_2d\": [400, 22, 600, 73], \"label\": \"b\"},\n",
        &[("a", ONE), ("b", TWO)],
        false,
        &[],
    );
    check(
        "[see the \"apex] [{\"box_2d\": [140, 110, 340, 470], \"label\": \"a\"}]",
        &[("a", ONE)],
        true,
        &[],
    );
    check(
        "[Note: it's high] [{\"box_2d\": [140, 110, 340, 470], \"label\": \"a\"}]",
        &[("a", ONE)],
        true,
        &[],
    );
}

#[test]
fn quotes_inside_labels_stay() {
    check(
        "[{'box_2d': [140, 110, 340, 470], 'label': 'the patient's left lung'}]",
        &[("the patient's left lung", ONE)],
        false,
        &[],
    );
    check(
        "[{\"label\": \"the \"big\" nodule\", \"box_2d\": [140, 110, 340, 470]}]",
        &[("the \"big\" nodule", ONE)],
        false,
        &[],
    );
    // a code fence ends everything
    check(
        "[{\"box_2d\": [140, 110, 340, 470], \"label\": \"a```\"}]",
        &[("a", ONE)],
        false,
        &["the list is not closed; it was taken as far as it goes"],
    );
}

#[test]
fn an_answer_that_ends_in_the_middle_gives_what_is_whole() {
    let open = "the list is not closed; it was taken as far as it goes";
    let whole = "```json[{\"box_2d\": [140, 110, 340, 470], \"label\": \"a\"}";
    check(whole, &[("a", ONE)], false, &[open]);
    check(&format!("{whole}```"), &[("a", ONE)], false, &[open]);
    check(&format!("{whole},"), &[("a", ONE)], false, &[open]);
    check(&format!("{whole}, {{\"box"), &[("a", ONE)], false, &[open]);
    check(
        &format!("{whole}, {{\"box_2d\": [400, 22, 6"),
        &[("a", ONE)],
        false,
        &[open, "box 2 breaks off in the middle; it was left out"],
    );
    check(
        &format!("{whole}, {{\"label\": \"b\", \"box_2d\": [400, 22, 600, 7"),
        &[("a", ONE)],
        false,
        &[
            open,
            "box 2 (\"b\") breaks off in the middle; it was left out",
        ],
    );
    check(
        &format!("{whole}, {{\"box_2d\": [400, 22, 600, 73], \"label\": \"b"),
        &[("a", ONE), ("b", TWO)],
        false,
        &[open],
    );
    check(
        "[{\"box_2d\": [140, 110, 340, 470], \"label\": \"a\"]",
        &[("a", ONE)],
        false,
        &[open],
    );
    check(
        "[{\"label\": \"a\", \"box_2d\": [140, 110, 340, 470}]",
        &[("a", ONE)],
        false,
        &[open],
    );
    check(
        "[{\"box_2d\": [140, 110, 340, 470], \"label\": \"a\"}\n\nThis shows the clavicle.",
        &[("a", ONE)],
        false,
        &[open],
    );
    check(
        "[[140, 110, 340, 470], [400, 22, 600",
        &[("", ONE)],
        false,
        &[open, "box 2 breaks off in the middle; it was left out"],
    );
}

#[test]
fn corners_are_put_in_order_and_places_cut_off_at_the_edge() {
    let list = |place: &str| format!("[{{\"box_2d\": [{place}], \"label\": \"a\"}}]");
    let turned = "box 1 (\"a\") has its corners the wrong way round; they were put in order";
    let out = "box 1 (\"a\") reaches out of 0 to 1000; it was cut off there";
    let flat = "box 1 (\"a\") has no area";
    check(&list("340, 470, 140, 110"), &[("a", ONE)], true, &[turned]);
    check(&list("340, 110, 140, 470"), &[("a", ONE)], true, &[turned]);
    check(
        &list("-5, 110, 340, 1000.5"),
        &[("a", [0.0, 110.0, 340.0, 1000.0])],
        true,
        &[out],
    );
    check(
        &list("1e300, 110, -1e300, 470"),
        &[("a", [0.0, 110.0, 1000.0, 470.0])],
        true,
        &[turned, out],
    );
    check(
        &list("1200, 1200, 1300, 1300"),
        &[("a", [1000.0; 4])],
        true,
        &[out, flat],
    );
    check(
        &list("140, 110, 140, 470"),
        &[("a", [140.0, 110.0, 140.0, 470.0])],
        true,
        &[flat],
    );
    check(
        &list("0, 0, 1000, 1000"),
        &[("a", [0.0, 0.0, 1000.0, 1000.0])],
        true,
        &[],
    );
    let shares = "no coordinate is above 1, as if they were shares of the picture; they were read in 0 to 1000 all the same";
    check(
        &list("0.14, 0.11, 0.34, 0.47"),
        &[("a", [0.14, 0.11, 0.34, 0.47])],
        true,
        &[shares],
    );
    let zero = parse(&list("-0.0, 0, 5, 5")).unwrap().boxes[0].box_2d[0];
    assert!(zero.is_sign_positive());
}

#[test]
fn entries_that_are_no_box_are_left_out_and_said() {
    for (place, problem) in [
        ("[1, 2, 3]", "has 3 numbers where a box has four"),
        ("[1, 2, 3, 4, 5]", "has 5 numbers where a box has four"),
        ("[]", "has no number where a box has four"),
        ("7", "has one number where a box has four"),
        ("[7]", "has one number where a box has four"),
        ("null", "has nothing where a box has four numbers"),
        ("\"left lung\"", "has words where a box has four numbers"),
        ("\"15%, 20%\"", "has 2 numbers where a box has four"),
        ("[1, 2, \"x\", 4]", "has something else among its numbers"),
        ("[1, 2, null, 4]", "has something else among its numbers"),
        ("{\"x\": 1}", "has no corners by a name that is known"),
        (
            "[1, 2, NaN, 4]",
            "has a coordinate that is no finite number",
        ),
        (
            "[1, 2, -Infinity, 4]",
            "has a coordinate that is no finite number",
        ),
        (
            "[1, 2, 1e999, 4]",
            "has a coordinate that is no finite number",
        ),
    ] {
        let list = format!(
            "[{{\"box_2d\": {place}, \"label\": \"bad\"}}, {{\"box_2d\": [140, 110, 340, 470], \"label\": \"a\"}}]"
        );
        let remark = format!("box 1 (\"bad\") {problem}; it was left out");
        let found = parse(&list).unwrap();
        assert_eq!(found.remarks, [remark], "{list}");
        assert_eq!(found.boxes.len(), 1, "{list}");
        assert_eq!(found.boxes[0].label, "a", "{list}");
    }
}

#[test]
fn labels_are_plain_and_short() {
    let label = |text: &str| {
        let list = format!("[{{\"label\": \"{text}\", \"box_2d\": [140, 110, 340, 470]}}]");
        parse(&list).unwrap().boxes[0].label.clone()
    };
    assert_eq!(label("right\\nlung\\t x"), "right lung x");
    assert_eq!(label("\\u001b[31mred\u{1b}[0m"), "[31mred [0m");
    assert_eq!(label("left\u{202e}thgir\u{200b}\u{feff}"), "leftthgir");
    assert_eq!(label("\\ud83d\\udc4d ok"), "ok");
    assert_eq!(label(&"长".repeat(150)), format!("{}…", "长".repeat(100)));
    assert_eq!(label(&" ".repeat(10_000)), "");
    assert_eq!(label("e\u{301}"), "e\u{301}");
}

#[test]
fn many_boxes_and_many_remarks_are_bounded() {
    let many = |entry: &str, count: usize| format!("[{}]", vec![entry; count].join(","));
    let found = parse(&many("{\"box_2d\":[1,2,3,4]}", 300)).unwrap();
    assert_eq!(found.boxes.len(), BOXES_MOST);
    assert_eq!(
        found.remarks,
        ["the list has 300 boxes; the first 256 were taken"]
    );
    let found = parse(&many("{\"box_2d\":[1,2,3]}", 300)).unwrap();
    assert_eq!(found.boxes, []);
    assert_eq!(found.remarks.len(), REMARKS_MOST + 1);
    assert_eq!(found.remarks[REMARKS_MOST], "and 281 more remarks");
}

#[test]
fn only_the_end_of_a_very_long_answer_is_searched() {
    let list = "[{\"box_2d\": [140, 110, 340, 470], \"label\": \"a\"}]";
    let long = "长".repeat(200_000);
    check(
        &format!("{list}{long}{list}"),
        &[("a", ONE)],
        true,
        &["the answer is very long; only its end was searched"],
    );
    check_none(&format!("{list}{long}"));
}

/// Reads a text to its end: by a way that takes the square of its length, a test would not end.
fn ends(text: &str) {
    for it in parse(text).into_iter().flat_map(|it| it.boxes) {
        assert!(it.box_2d.iter().all(|it| (0.0..=1000.0).contains(it)));
    }
}

#[test]
fn hostile_texts_are_read_to_their_end() {
    const SIZE: usize = 10_000_000;
    // more than is searched is not looked at
    const SEARCHED: usize = 200_000;
    for part in ["[", "{\"a\":", "[]", "```", "[\"", "{\"box_2d\":[1,2,3,4]}"] {
        ends(&part.repeat(SIZE / part.len()));
    }
    for part in [
        "{",
        "]",
        "{}",
        "\"",
        "'",
        "[' ",
        "[{\"box_2d\":",
        "[1,",
        "[1,1,",
        "[/*",
        "[//",
        "[[1,2,3,4],",
        "Answer:[]",
        "[\\",
        "[\"\\u",
        "[“",
        "[…",
        "[...",
        "[(((",
        "[\"[\",",
        "{a=",
        "[\"a\" [",
        " ",
        "[ ",
        "长[",
        "[1e",
        "[-",
        "[+-.",
        "[\"```",
        "[\n",
        "[\"x\\\"",
        "[\" ",
        "[1,@",
        "[[],",
    ] {
        ends(&part.repeat(SEARCHED / part.len()));
    }
    let tail = "1,".repeat(60_000);
    ends(&format!("{}{tail}@", "[".repeat(40)));
    ends(&format!("[{tail}").repeat(3));
}

#[test]
fn damaged_answers_never_panic_and_never_give_a_bad_box() {
    let seeds = [
        "Final Answer: ```json[{\"box_2d\": [140, 110, 340, 470], \"label\": \"right clavicle\"}, {\"box_2d\": [1, 2, 3, 4], \"label\": \"b\"}]```",
        "[[140, 110, 340, 470], [400, 22, 600, 73]] and {\"boxes\": [{\"bbox\": \"1, 2, 3, 4\", \"name\": '右侧's'}]}",
        "{'box_2d': (1, 2, 3e2, 4), 'label': “x”}\n{\"top\": 1, \"left\": 2, \"bottom\": 3, \"right\": 4} // 长 /* */ …",
    ];
    let parts: Vec<char> =
        "[]{}()\"'“”‘’,:：，;=\\/*`.…-+eE0123456789 \n\tuNaInfyx长\u{1b}\u{202e}\u{0}\u{10ffff}"
            .chars()
            .collect();
    let mut seeded = Random::new(0x5eed_b0c5);
    let mut with_boxes = 0;
    for _ in 0..30_000 {
        let mut letters: Vec<char> = seeds[seeded.below(seeds.len())].chars().collect();
        for _ in 0..=seeded.below(8) {
            let at = seeded.below(letters.len());
            let letter = parts[seeded.below(parts.len())];
            match seeded.below(5) {
                0 => letters[at] = letter,
                1 => letters.insert(at, letter),
                2 if letters.len() > 1 => {
                    letters.remove(at);
                }
                3 => letters.truncate(at.max(1)),
                _ => {
                    let piece: Vec<char> = letters[at..].iter().copied().take(12).collect();
                    let to = seeded.below(letters.len());
                    letters.splice(to..to, piece);
                }
            }
        }
        let text: String = letters.into_iter().collect();
        let Some(found) = parse(&text) else {
            continue;
        };
        with_boxes += usize::from(!found.boxes.is_empty());
        for it in &found.boxes {
            let [top, left, bottom, right] = it.box_2d;
            assert!(
                it.box_2d.iter().all(|n| (0.0..=1000.0).contains(n)),
                "{text:?}"
            );
            assert!(top <= bottom && left <= right, "{text:?}");
            assert!(!it.label.chars().any(char::is_control), "{text:?}");
            assert!(it.label.chars().count() <= LABEL_MOST + 1, "{text:?}");
        }
        if found.strict {
            assert!(text.contains('['), "{text:?}");
        }
    }
    assert!(with_boxes > 10_000, "only {with_boxes} still had a box");
}
