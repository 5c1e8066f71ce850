//! Which cells an experiment makes, and what an id is made of.

use medlab::experiment::grid::Grid;
use medlab::experiment::grid::cells;
use medlab::experiment::grid::fill;
use medlab::experiment::grid::locate;
use std::path::Path;

use super::{HERE, Here, LEAST, experiment, pairs};

const TWO: &str = "
seeds = [7, 8]
[[variant]]
name = 'short'
text = 'Is there {finding}?'
paraphrases = ['Any {finding}?', 'Is there {finding}?']
[[variant]]
name = 'library'
prompt = 'yes-no'
settings = { temperature = 0.7 }
[[case]]
name = 'one'
pictures = 'a.png'
vars = { finding = 'effusion' }
[[case]]
name = 'two'
pictures = []
vars = { finding = '积液' }
[controls]
blind = true
paraphrase = 2
";

fn grid(text: &str) -> Grid {
    cells(&experiment(text), &HERE).unwrap()
}

fn shown(grid: &Grid) -> Vec<String> {
    let lines = grid.cells.iter().map(|it| {
        format!(
            "{} {} {} {} {}",
            it.case, it.variant, it.seed, it.control, it.question
        )
    });
    lines.collect()
}

#[test]
fn asks_case_by_case_the_blind_ones_last_and_seeds_only_where_they_matter() {
    let grid = grid(TWO);
    assert_eq!(
        shown(&grid),
        [
            "0 0 7  Is there effusion?",
            "0 0 7 paraphrase-1 Any effusion?",
            "0 1 7  Answer yes or no: effusion?",
            "0 1 8  Answer yes or no: effusion?",
            "0 1 7 paraphrase-1 Say yes or no.",
            "0 0 7 neutral Is there effusion?",
            "0 0 7 no-picture Is there effusion?",
            "0 1 7 neutral Answer yes or no: effusion?",
            "0 1 7 no-picture Answer yes or no: effusion?",
            "1 0 7  Is there 积液?",
            "1 0 7 paraphrase-1 Any 积液?",
            "1 1 7  Answer yes or no: 积液?",
            "1 1 8  Answer yes or no: 积液?",
            "1 1 7 paraphrase-1 Say yes or no.",
        ]
    );
    assert_eq!(
        grid.notes,
        [
            "variant \"short\" has 1 of the 2 paraphrases that were asked for",
            "variant \"short\" is asked at temperature 0, where seeds do not matter: only seed 7 of 2",
            "variant \"library\" has 1 of the 2 paraphrases that were asked for",
            "case \"two\" has no picture, so no blind control",
        ]
    );
}

#[test]
fn settings_of_the_variant_stand_above_the_prompts_and_the_experiments() {
    let text = format!("{TWO}\n[settings]\ntop-k = 9\nmax-new-tokens = 5");
    let grid = grid(&text);
    let of_short = pairs(&[("top-k", "9"), ("max-new-tokens", "5")]);
    assert_eq!(grid.cells[0].settings, of_short);
    let of_library = pairs(&[
        ("top-k", "5"),
        ("max-new-tokens", "5"),
        ("system", "Be brief."),
        ("temperature", "0.7"),
    ]);
    assert_eq!(grid.cells[2].settings, of_library);
}

#[test]
fn ids_are_of_what_decides_the_answer_and_of_nothing_else() {
    let id =
        |text: &str, world: &Here| cells(&experiment(text), world).unwrap().cells[0].id.clone();
    let whole =
        format!("title = 'x'\nseeds = [3]\n{LEAST}window = 'lung'\nprior = 'p'\nexpect = 'yes'");
    let first = id(&whole, &HERE);
    // pinned: a change of this number makes every results file stale
    assert_eq!(
        first,
        "648f5a8ecc145ebe9be8bd2ac38ee73b65a6ea0ca43b31cc771f1151301a6478"
    );
    for (same, other) in [
        ("title = 'x'", "title = 'y'"),
        ("name = \"short\"", "name = \"long\""),
        ("expect = 'yes'", "expect = 'no'"),
        ("seeds = [3]", "seeds = [4]"), // at temperature 0
        ("{finding}", "an effusion"),
    ] {
        let text = whole.replace(same, other).replace(
            "vars = { finding = \"an effusion\" }",
            if other == "an effusion" {
                ""
            } else {
                "vars = { finding = \"an effusion\" }"
            },
        );
        assert_eq!(id(&text, &HERE), first, "{other}");
    }
    for (one, other) in [
        ("an effusion", "a nodule"),
        ("sample:cxr", "sample:ct"),
        ("window = 'lung'", "window = 'bone'"),
        ("prior = 'p'", "prior = 'q'"),
        ("prior = 'p'", "prior = ['p', 'p']"),
    ] {
        assert_ne!(id(&whole.replace(one, other), &HERE), first, "{other}");
    }
    let warm = Here {
        temperature: "1",
        ..HERE
    };
    let other = Here {
        model: "other",
        ..HERE
    };
    assert_ne!(id(&whole, &other), first);
    assert_ne!(id(&whole, &warm), first);
    assert_ne!(id(&whole.replace("[3]", "[4]"), &warm), id(&whole, &warm));
}

#[test]
fn every_cell_that_asks_something_else_has_an_id_of_its_own() {
    let grid = grid(TWO);
    let mut ids: Vec<&str> = grid.cells.iter().map(|it| it.id.as_str()).collect();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), grid.cells.len());
    assert!(ids.iter().all(|it| it.len() == 64));
}

#[test]
fn a_way_to_ask_that_cannot_be_is_refused() {
    let refused = |text: &str, problem: &str| {
        assert_eq!(cells(&experiment(text), &HERE).unwrap_err(), problem);
    };
    refused(
        &LEAST.replace("{finding}", "{fnding}"),
        "variant \"short\" and case \"case 1\": the text asks for {fnding}, and no variable is called so; add vars = { fnding = \"…\" }",
    );
    refused(
        &LEAST.replace("[[case]]", "vars = { side = 'left' }\n[[case]]"),
        "variant \"short\" sets the variable side, and its text has no {side}",
    );
    refused(
        &LEAST.replace("text = \"Is there {finding}?\"", "prompt = 'yesno'"),
        "variant \"short\" and case \"case 1\": no prompt is called \"yesno\"",
    );
    refused(
        &LEAST.replace("sample:cxr", "missing.png"),
        "case \"case 1\": the picture \"missing.png\": no such file",
    );
    refused(
        &format!("{LEAST}[controls]\nparaphrase = 3"),
        "controls ask for paraphrases and no variant has any; list them in paraphrases = [\"…\"]",
    );
    let seeds: Vec<String> = (0..1000).map(|it| it.to_string()).collect();
    let cases = (0..200).map(|it| format!("[[case]]\nname = 'c{it}'\npictures = 'a'"));
    let cases = cases.collect::<Vec<_>>().join("\n");
    refused(
        &format!(
            "seeds = [{}]\n[[variant]]\nname = 'a'\ntext = 'b'\n{cases}",
            seeds.join(",")
        ),
        "the grid has 200000 cells and 100000 are possible; leave out cases, views, variants, seeds or controls",
    );
}

#[test]
fn views_cross_everything() {
    let grid = grid(&format!(
        "{LEAST}[[view]]\nname = 'l'\nwindow = 'lung'\n[[view]]\nname = 'b'\nwindow = 'bone'"
    ));
    let windows: Vec<(Option<usize>, &str)> = grid
        .cells
        .iter()
        .map(|it| (it.view, it.settings["window"].as_str()))
        .collect();
    assert_eq!(windows, [(Some(0), "lung"), (Some(1), "bone")]);
}

#[test]
fn variables_are_filled_in_once_and_braces_of_json_stay() {
    let (own, of_case) = (
        pairs(&[("a", "{b}")]),
        pairs(&[("b", "x"), ("征象", "积液")]),
    );
    let check = |text: &str, filled: &str| assert_eq!(fill(text, &own, &of_case).unwrap(), filled);
    check("", "");
    check("{a} and {b}", "{b} and x");
    check("有{征象}吗", "有积液吗");
    check(
        "{\"box_2d\": [1]} {} { b } {b",
        "{\"box_2d\": [1]} {} { b } {b",
    );
    check("{{a}} {{{b}}}", "{a} {{b}}");
    check("}}{{ {{x", "}}{{ {{x");
    assert!(fill("{nothing}", &own, &of_case).is_err());
}

#[test]
fn pictures_are_looked_for_beside_the_file() {
    let check = |source, place: &str| assert_eq!(locate(Path::new("/lab"), source), place);
    check("a/b.png", "/lab/a/b.png");
    check("/tmp/a.png", "/tmp/a.png");
    check("sample:cxr", "sample:cxr");
    assert_eq!(locate(Path::new(""), "a.png"), "a.png");
}
