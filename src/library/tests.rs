//! Prompt files in; the prompts that they are, and every sentence about what is wrong with one, compared.

use super::*;

#[expect(clippy::unnecessary_wraps, reason = "has the form of `Possible`")]
pub(super) fn anything(_: &str, _: &str) -> Result<(), String> {
    Ok(())
}

#[track_caller]
pub(super) fn toml(text: &str) -> Prompt {
    Prompt::read("own", Kind::Toml, text, &anything).unwrap()
}

#[track_caller]
fn check_refused(kind: Kind, text: &str, problem: &str) {
    let possible = |key: &str, value: &str| match (key, value) {
        ("temperature", "hot") => Err("give a number from 0 (greedy) to 10".to_owned()),
        _ => Ok(()),
    };
    let found = Prompt::read("own", kind, text, &possible).unwrap_err();
    assert_eq!(found.to_string(), problem, "{text:?}");
}

const EVERYTHING: &str = r#"
title = "One organ"
system = " You look at the {{organ}}. "
before = ""
text = """
How does the {{organ}} look
on the {{side}}?
"""
paraphrases = ["On the {{side}}, how does the {{organ}} look?"]
format = "choice"
choices = ["well", "ill"]
notes = "n"
source = "s"
[variables.side]
values = ["left", "right"]
[variables.organ]
description = "an organ"
example = "left lung"
default = "heart"
[settings]
top-k = 3
temperature = 0.5
seed = "7"
[view]
window = "lung"
overlays = true
[zh]
title = "一个器官"
system = ""
text = "{{side}}{{organ}}怎么样？"
choices = ["好", "不好"]
[zh.variables.side]
values = ["左侧", "右侧"]
default = "左侧"
"#;

#[test]
fn a_file_with_everything_is_read() {
    let prompt = toml(EVERYTHING);
    let pair = |a: &str, b: &str| (a.to_owned(), b.to_owned());
    assert_eq!(
        prompt.settings,
        [
            pair("top-k", "3"),
            pair("temperature", "0.5"),
            pair("seed", "7")
        ]
    );
    assert_eq!(
        prompt.view,
        [pair("window", "lung"), pair("overlays", "true")]
    );
    assert_eq!((prompt.notes.as_str(), prompt.source.as_str()), ("n", "s"));
    let en = prompt.wording(Lang::En);
    assert_eq!((en.lang, en.title.as_str()), (Lang::En, "One organ"));
    assert_eq!(en.system.as_deref(), Some("You look at the {{organ}}."));
    assert_eq!(en.text, "How does the {{organ}} look\non the {{side}}?");
    assert_eq!(en.format, Format::Choice(vec!["well".into(), "ill".into()]));
    let names = |it: &Wording| {
        it.variables
            .iter()
            .map(|it| it.name.clone())
            .collect::<Vec<_>>()
    };
    assert_eq!(names(en), ["organ", "side"]);
    assert_eq!(
        prompt.usage(Lang::En),
        "/use own [organ=\"left lung\"] side=left"
    );
}

#[test]
fn the_other_language_takes_over_what_it_does_not_say() {
    let prompt = toml(EVERYTHING);
    let zh = prompt.wording(Lang::Zh);
    assert_eq!((zh.lang, zh.title.as_str()), (Lang::Zh, "一个器官"));
    assert_eq!(zh.system.as_deref(), Some(""));
    let [side, organ] = zh.variables.as_slice() else {
        panic!("two variables")
    };
    assert_eq!((side.name.as_str(), organ.name.as_str()), ("side", "organ"));
    assert_eq!(side.values, ["左侧", "右侧"]);
    assert_eq!(side.default.as_deref(), Some("左侧"));
    assert_eq!(organ.default.as_deref(), Some("heart"));
    assert_eq!(zh.format.to_string(), "choice: 好, 不好");
    assert_eq!(
        prompt.usage(Lang::Zh),
        "/use own [side=左侧] [organ=\"left lung\"]"
    );
    let inherited =
        toml("text = 'a'\ntitle = 't'\nsystem = ''\nformat = 'boxes'\n[zh]\ntext = '甲'");
    let zh = inherited.wording(Lang::Zh);
    assert_eq!((zh.title.as_str(), zh.system.as_deref()), ("t", Some("")));
    assert_eq!(zh.format, Format::Boxes);
}

#[test]
fn the_least_file_is_its_text() {
    let check = |kind, text: &str, lang, expected: &str| {
        let prompt = Prompt::read("own-2", kind, text, &anything).unwrap();
        let words = prompt.wording(Lang::En);
        let found = (words.lang, words.text.as_str(), words.title.as_str());
        assert_eq!(found, (lang, expected, "own-2"));
        assert_eq!(words.system, None);
        assert_eq!(prompt.wording(Lang::Zh), words);
    };
    check(Kind::Toml, "text = 'Why?'", Lang::En, "Why?");
    check(
        Kind::Toml,
        "\u{feff}text = '''\r\nWhy?\r\nHow?'''\r\n",
        Lang::En,
        "Why?\nHow?",
    );
    check(
        Kind::Toml,
        "language = 'zh'\ntext = '为什么？'",
        Lang::Zh,
        "为什么？",
    );
    check(
        Kind::Markdown,
        "\r\n# Why?\r\n\r\nHow?\r\n",
        Lang::En,
        "# Why?\n\nHow?",
    );
}

#[test]
fn markdown_says_the_same_as_toml() {
    let markdown = "+++\ntitle = \"T\"\n[variables.a]\n[settings]\nseed = 1\n+++\nWhere is {{a}}?\n\n## System\nBe brief.\n\n## Before\nLook.\n\
        ## Paraphrases\n- Find {{a}}.\n- Point at\n  {{a}}.\n\n## Text (zh)\n{{a}}在哪里？\n## System (zh)\n简短。\n## Before (zh)\n看。\n## Paraphrases (zh)\n* 找{{a}}。\n";
    let same = "title = 'T'\ntext = 'Where is {{a}}?'\nsystem = 'Be brief.'\nbefore = 'Look.'\nparaphrases = ['Find {{a}}.', \"Point at\\n{{a}}.\"]\n\
        [variables.a]\n[settings]\nseed = 1\n[zh]\ntext = '{{a}}在哪里？'\nsystem = '简短。'\nbefore = '看。'\nparaphrases = ['找{{a}}。']\n";
    let found = Prompt::read("own", Kind::Markdown, markdown, &anything).unwrap();
    assert_eq!(found, toml(same));
}

#[test]
fn what_is_wrong_with_a_table_is_one_sentence() {
    let check = |text: &str, problem: &str| check_refused(Kind::Toml, text, problem);
    check(
        "text = 'a'\ntitel = 'b'",
        "line 2: a prompt has no key \"titel\"; did you mean title?",
    );
    check(
        "text = 'a'\n[zh]\ntext = 'b'\nformat = 'json'",
        "line 4: [zh] has no key \"format\"; it may have title, system, before, text, paraphrases, choices, variables",
    );
    check(
        "text = '{{a}}'\n[variables.a]\ndefaul = 'b'",
        "line 3: [variables.a] has no key \"defaul\"; did you mean default?",
    );
    check(
        "text = '{{a}}'\n[variables.a]\nkind = 'b'",
        "line 3: [variables.a] has no key \"kind\"; it may have default, description, example, values",
    );
    check(
        "text = 'a'\n[settings]\ntop_k = 3",
        "line 3: [settings] has no key \"top_k\"; did you mean top-k?",
    );
    check(
        "text = 'a'\n[settings]\nmodel = 'x'",
        "line 3: [settings] has no key \"model\"; it may have max-new-tokens, min-p, repetition-penalty, seed, temperature, top-k, top-p",
    );
    check(
        "text = 'a'\n[settings]\ntemperature = 'hot'",
        "line 3: temperature \"hot\": give a number from 0 (greedy) to 10",
    );
    check(
        "text = 'a'\n[settings]\nseed = [1]",
        "line 3: \"seed\" is an array; give text, a number, true or false",
    );
}

#[test]
fn a_value_of_another_kind_is_one_sentence() {
    let check = |text: &str, problem: &str| check_refused(Kind::Toml, text, problem);
    check(
        "text = 3",
        "line 1: \"text\" is an integer; give text in quotes",
    );
    check(
        "text = 'a'\nsettings = 1",
        "line 2: \"settings\" is an integer; give a table, as in [settings]",
    );
    check(
        "text = 'a'\nparaphrases = 'b'",
        "line 2: \"paraphrases\" is a string; give a list of texts, as in [\"one\", \"two\"]",
    );
    check(
        "text = 'a'\nparaphrases = ['b',\n 3]",
        "line 3: \"paraphrases\" is an integer; give a list of texts, as in [\"one\", \"two\"]",
    );
    check(
        "text = 'a'\ntitle = '''b\nc'''",
        "line 2: title has several lines; put it on one line",
    );
    check(
        "text = \"a\\u001b[2J\"",
        "line 1: text holds U+001B, which cannot be seen; take it out",
    );
    check(
        "text = 'a'\n\nparaphrases = ['a\u{202e}b']",
        "line 3: paraphrases holds U+202E, which cannot be seen; take it out",
    );
    check(
        &format!("text = 'a'\n{} = 1", "x".repeat(60)),
        &format!(
            "line 2: a prompt has no key {:?}; it may have {}",
            format!("{}…", "x".repeat(40)),
            "title, system, before, text, paraphrases, choices, language, format, notes, source, variables, settings, view, en, zh"
        ),
    );
}

#[test]
fn what_is_wrong_with_the_words_is_one_sentence() {
    let check = |text: &str, problem: &str| check_refused(Kind::Toml, text, problem);
    check(
        "",
        "line 1: the prompt has no text; give text = \"the question\"",
    );
    check(
        "text = ' '",
        "line 1: the prompt has no text; give text = \"the question\"",
    );
    check(
        "text = 'a'\n[zh]\ntitle = 'b'",
        "line 2: the other language has no text; give it there, or take its table out",
    );
    check(
        "text = 'Where is the {{objekt}}?'\n[variables.object]",
        "line 1: text uses {{objekt}}, which is not declared; add [variables.objekt]",
    );
    check(
        "text = 'Where?'\nsystem = '{{who}}'",
        "line 2: system uses {{who}}, which is not declared; add [variables.who]",
    );
    check(
        "text = 'Where is it?'\n\n[variables.object]",
        "line 3: the variable object is declared and never used; write {{object}} into the text, or take it out",
    );
    check(
        "text = '{{a}}'\n[variables.a]\n[zh]\ntext = '甲'",
        "line 2: the variable a is declared and never used; write {{a}} into the text, or take it out",
    );
    check(
        "text = '{{a'",
        "line 1: text: {{ is not closed; write {{name}} for a variable, or \\{{ for two braces that stay",
    );
}

#[test]
fn what_is_wrong_with_a_variable_is_one_sentence() {
    let check = |text: &str, problem: &str| check_refused(Kind::Toml, text, problem);
    check(
        "text = 'a'\n[variables.Object]",
        "line 2: \"Object\" is no name of a variable; use a letter, then letters, digits, - and _, all lower-case",
    );
    check(
        "text = '{{side}}'\n[variables.side]\nvalues = ['left', 'right']\ndefault = 'up'",
        "line 4: the default \"up\" of side is not among its values; use one of left, right",
    );
    check(
        "text = '{{side}}'\n[variables.side]\nvalues = ['left', 'right']\nexample = 'Left'",
        "line 4: the example \"Left\" of side is not among its values; use one of left, right",
    );
    check(
        "text = '{{side}}'\n[variables.side]\ndefault = 'left'\n[zh]\ntext = '{{side}}'\n[zh.variables.side]\nvalues = ['左']",
        "line 6: the default \"left\" of side is not among its values; use one of 左",
    );
    check(
        "text = '{{side}}'\n[variables.side]\nvalues = ['left', 'left']",
        "line 3: a value is there twice (\"left\"); take one out",
    );
    check(
        "text = '{{side}}'\n[variables.side]\nvalues = ['left', '']",
        "line 3: a value is empty; write it, or take it out",
    );
}

#[test]
fn what_is_wrong_with_a_language_is_one_sentence() {
    let check = |text: &str, problem: &str| check_refused(Kind::Toml, text, problem);
    check(
        "text = 'a'\nlanguage = 'fr'",
        "line 2: language \"fr\" is unknown; use en or zh",
    );
    check(
        "text = 'a'\n[en]\ntext = 'b'",
        "line 2: [en] is the language of the whole file; move its keys to the top, or say which language is there with language",
    );
    check(
        "text = 'a'\nsystem = 'b'\n[zh]\ntext = 'c'",
        "line 3: [zh] has no system, and the one above is in the other language; give it here, or system = \"\" for none",
    );
    check(
        "text = 'a'\nbefore = 'b'\n[zh]\ntext = 'c'\nsystem = ''",
        "line 3: [zh] has no before, and the one above is in the other language; give it here, or before = \"\" for none",
    );
}

#[test]
fn what_is_wrong_with_a_format_is_one_sentence() {
    let check = |text: &str, problem: &str| check_refused(Kind::Toml, text, problem);
    check(
        "text = 'a'\nformat = 'yesno'",
        "line 2: format \"yesno\" is unknown; did you mean yes-no?",
    );
    check(
        "text = 'a'\nformat = 'table'",
        "line 2: format \"table\" is unknown; use text, yes-no, boxes, choice, json",
    );
    check(
        "text = 'a'\nformat = 'choice'\nchoices = ['b']",
        "line 2: a choice needs two answers at least; give choices = [\"one\", \"two\"]",
    );
    check(
        "text = 'a'\nformat = 'choice'\nchoices = ['b', 'b']",
        "line 3: a choice is there twice (\"b\"); take one out",
    );
    let needless = "choices are given, but the format is no choice; write format = \"choice\", or take them out";
    check(
        "text = 'a'\nchoices = ['b', 'c']",
        &format!("line 2: {needless}"),
    );
    check(
        "text = 'a'\n[zh]\ntext = 'b'\nchoices = ['c', 'd']",
        &format!("line 4: {needless}"),
    );
    check(
        "text = 'a'\nformat = 'choice'\nchoices = ['b', 'c']\n[zh]\ntext = 'd'",
        "line 4: [zh] has 0 choices, and there are 2 above; give the same ones in this language",
    );
}

#[test]
fn what_is_wrong_with_paraphrases_is_one_sentence() {
    let check = |text: &str, problem: &str| check_refused(Kind::Toml, text, problem);
    check(
        "text = 'a'\nparaphrases = ['b', '']",
        "line 2: a paraphrase is empty; write it, or take it out",
    );
    check(
        "text = 'a'\nparaphrases = ['b', 'b']",
        "line 2: a paraphrase is there twice (\"b\"); take one out",
    );
    check(
        "text = 'a'\nparaphrases = ['b',\n'a']",
        "line 3: paraphrase 2 is the text itself; use other words, or take it out",
    );
    let with = "text = '{{a}} {{b}}'\n[variables.a]\n[variables.b]\n";
    check(
        &format!("paraphrases = ['{{{{a}}}}']\n{with}"),
        "line 1: paraphrase 1 does not use {{b}}, which the text does; put it in",
    );
    check(
        "text = '{{a}}'\nsystem = '{{b}}'\nparaphrases = ['{{a}} {{b}}']\n[variables.a]\n[variables.b]",
        "line 3: paraphrase 1 uses {{b}}, which the text does not; take it out",
    );
    check(
        "text = 'a'\nparaphrases = ['{{b}}']",
        "line 2: paraphrase 1 uses {{b}}, which is not declared; add [variables.b]",
    );
    let many: Vec<String> = (0..101).map(|it| format!("'p{it}'")).collect();
    check(
        &format!("text = 'a'\nparaphrases = [{}]", many.join(", ")),
        "line 2: there are more than 100 paraphrases; take some out",
    );
}

#[test]
fn what_is_wrong_with_markdown_is_one_sentence() {
    let check = |text: &str, problem: &str| check_refused(Kind::Markdown, text, problem);
    let no_text = "the prompt has no text; give text = \"the question\"";
    check("", &format!("line 1: {no_text}"));
    check(
        "+++\ntitle = 'b'\n+++\n\n## System\nc",
        &format!("line 2: {no_text}"),
    );
    check(
        "---\ntitle: b\n---\na",
        "line 1: the front matter is YAML between --- lines; write TOML between +++ lines",
    );
    check(
        "+++\na = 1",
        "line 1: the front matter is not closed; end it with a line +++",
    );
    check(
        "\n+++\ntitel = 'b'\n+++\na",
        "line 3: a prompt has no key \"titel\"; did you mean title?",
    );
    check(
        "+++\ntext = 'b'\n+++\na",
        "line 4: text is given twice; keep one of the two",
    );
    check(
        "a\n## System\nb\n## System\nc",
        "line 4: system is given twice; keep one of the two",
    );
    check(
        "+++\nparaphrases = ['b']\n+++\na\n## Paraphrases\n- c",
        "line 5: paraphrases is given twice; keep one of the two",
    );
    check(
        "a\n\n## Paraphrases\n\nb",
        "line 5: the paraphrases are no list; begin each with - and indent the lines that go on",
    );
    check(
        "a {{b}}",
        "line 1: text uses {{b}}, which is not declared; add [variables.b]",
    );
    check(
        "a\n## Paraphrases\n\n- b\n- c {{d}}",
        "line 5: paraphrase 2 uses {{d}}, which is not declared; add [variables.d]",
    );
    check(
        "a\n## System (zh)\nb",
        "line 1: the other language has no text; give it there, or take its table out",
    );
    check(
        "a\u{0}",
        "line 1: text holds U+0000, which cannot be seen; take it out",
    );
    check(
        "a\n## Paraphrases\n- b\u{7}",
        "line 2: paraphrases holds U+0007, which cannot be seen; take it out",
    );
}

#[test]
fn a_name_is_of_lower_case_words_with_dashes() {
    let long = "a".repeat(65);
    for name in [
        "",
        "Findings",
        "find_ings",
        "-a",
        "a-",
        "a--b",
        "所见",
        "a b",
        "../a",
        &long,
    ] {
        let found = Prompt::read(name, Kind::Toml, "text = 'a'", &anything).unwrap_err();
        let shown = table::short(name);
        let problem = format!(
            "{shown:?} is no name of a prompt; use lower-case words with dashes, as in chest-findings"
        );
        assert_eq!(found.to_string(), problem);
    }
    for name in ["a", "yes-no", "ct-85-slices", "2"] {
        assert!(
            Prompt::read(name, Kind::Toml, "text = 'a'", &anything).is_ok(),
            "{name}"
        );
    }
}

#[test]
fn the_language_follows_the_wish_then_the_words_then_the_interface() {
    let check = |wanted, heard: &[&str], interface, expected| {
        assert_eq!(language(wanted, heard, interface), expected, "{heard:?}");
    };
    check(Language::Chinese, &["where"], Lang::En, Lang::Zh);
    check(Language::English, &["在哪里"], Lang::Zh, Lang::En);
    check(Language::Auto, &["where", "胸腔积液"], Lang::En, Lang::Zh);
    check(Language::Auto, &["where"], Lang::En, Lang::En);
    check(Language::Auto, &["where"], Lang::Zh, Lang::Zh);
    check(Language::Auto, &[], Lang::En, Lang::En);
}

#[test]
fn hostile_files_are_refused_and_do_not_panic() {
    let deep = format!("text = 'a'\nx = {}", "[".repeat(200_000));
    let names = "{{a}}".repeat(50_000);
    for text in [
        deep.as_str(),
        "\u{0}",
        "+++",
        "text = '''{{",
        "[zh]\n[zh.variables]",
        "variables = 1",
        &names,
        &format!("text = '''{names}'''"),
        &"[a.".repeat(10_000),
        &"[a]\n".repeat(10_000),
        &"## Text\n".repeat(10_000),
        &format!("a\n## Paraphrases\n{}", "- {{a}}\n".repeat(10_000)),
    ] {
        assert!(Prompt::read("own", Kind::Toml, text, &anything).is_err());
        // as Markdown some are ordinary words
        let _ = Prompt::read("own", Kind::Markdown, text, &anything);
    }
}

#[test]
fn broken_toml_is_said_with_its_line() {
    for (text, line) in [
        ("text = ", 1),
        ("text = 'a'\n[x", 2),
        ("text = 'a'\ntext = 'b'", 2),
        ("a\nb", 1),
    ] {
        let found = Prompt::read("own", Kind::Toml, text, &anything).unwrap_err();
        let found = found.to_string();
        let begin = format!("line {line}: not TOML: ");
        assert!(found.starts_with(&begin), "{found}");
        assert!(!found.contains('\n'), "{found}");
    }
    let markdown = "+++\n\nx = [\n+++\na";
    let found = Prompt::read("own", Kind::Markdown, markdown, &anything).unwrap_err();
    assert!(
        found.to_string().starts_with("line 3: not TOML: "),
        "{found}"
    );
}

/// Xorshift: the same numbers on every machine.
fn below(state: &mut u64, most: usize) -> usize {
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    usize::try_from(*state % most as u64).unwrap()
}

#[test]
fn damaged_files_and_lines_never_panic() {
    let markdown = "+++\n[variables.a]\ndefault = 'b'\n+++\n{{a}} \\{{\n## System\nx\n## Paraphrases (zh)\n- {{a}}\n## Text (zh)\n甲{{a}}";
    let line = "localize object=\"right lung\" 甲＝“乙 丙” rest 'of' it";
    let parts: Vec<char> = "{}\\[]\"'=＝“”+#-() \n\r\t'a甲\u{1b}\u{202e}\u{feff}"
        .chars()
        .collect();
    let library = Library::built_in();
    let (mut state, mut read) = (0x0110_5eed, 0);
    for _ in 0..6_000 {
        let seeds = [EVERYTHING, markdown, line];
        let mut letters: Vec<char> = seeds[below(&mut state, 3)].chars().collect();
        for _ in 0..=below(&mut state, 4) {
            let at = below(&mut state, letters.len());
            let letter = parts[below(&mut state, parts.len())];
            match below(&mut state, 3) {
                0 => letters[at] = letter,
                1 => letters.insert(at, letter),
                _ => letters.truncate(at.max(1)),
            }
        }
        let text: String = letters.into_iter().collect();
        for kind in [Kind::Toml, Kind::Markdown] {
            if let Ok(prompt) = Prompt::read("own", kind, &text, &anything) {
                read += 1;
                let _ = render(&prompt, Lang::Zh, &[("a".to_owned(), "x".to_owned())]);
                assert!(!prompt.usage(Lang::En).contains('\n'));
            }
        }
        let (start, _) = library.complete(&text, Lang::En);
        assert!(text.is_char_boundary(start));
        if let Ok(found) = parse_use(&text) {
            let prompt = library.find("localize").unwrap();
            let _ = found.values_for(prompt, Lang::En);
        }
    }
    assert!(read > 500, "only {read} could still be read");
}
