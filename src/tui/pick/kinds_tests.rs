//! Prompts, sessions and files as a person chooses among them: keys and news in, command lines and paths out.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use super::source::{About, Entry, Kind, Listing, SessionRow};
use super::tests::{chosen, done, press, sized};
use super::{Effect, Line, Msg, News, Outcome, Picker};
use crate::command::{Do, parse};
use crate::context::Language;
use crate::library::{Library, parse_use};
use crate::session::search::{Hit, Kind as In, Part};
use crate::settings::Lang;

pub(super) fn library() -> Library {
    Library::built_in()
}

fn prompts(wanted: Language, lang: Lang) -> Picker {
    sized(Picker::prompts(&library(), wanted, lang), 100, 30)
}

#[track_caller]
fn check_use(keys: &str, name: &str, values: &[(&str, &str)]) {
    let mut picker = prompts(Language::Auto, Lang::En);
    let Outcome::Run(line) = done(&press(&mut picker, keys)) else {
        panic!("{keys}: nothing is run");
    };
    let Ok(Some(Do::Use(typed))) = parse(&line) else {
        panic!("{line}: no use");
    };
    let used = parse_use(&typed).unwrap();
    let found: Vec<(&str, &str)> = used
        .values
        .iter()
        .map(|it| (it.0.as_str(), it.1.as_str()))
        .collect();
    assert_eq!(
        (used.name.as_str(), found.as_slice()),
        (name, values),
        "{line}"
    );
    let prompt = library().find(name).unwrap().clone();
    crate::library::render(
        &prompt,
        Lang::En,
        &used.values_for(&prompt, Lang::En).unwrap(),
    )
    .unwrap();
}

#[test]
fn a_prompt_is_asked_with_its_values() {
    check_use(
        "l o c a l i z e enter h e a r t enter",
        "localize",
        &[("object", "heart")],
    );
    check_use(
        "l o c a l i z e enter r i g h t space \" l \\ u ' n g enter",
        "localize",
        &[("object", "right \"l\\u'ng")],
    );
    check_use("f i n d i n g s enter", "findings", &[]);
    let mut picker = prompts(Language::Auto, Lang::En);
    assert_eq!(
        done(&press(&mut picker, "l o c a l i z e alt-enter")),
        Outcome::Fill("/use localize ".into())
    );
}

#[test]
fn a_value_that_must_be_given_is_waited_for() {
    let mut picker = prompts(Language::Auto, Lang::En);
    assert_eq!(press(&mut picker, "l o c a l i z e enter enter enter"), []);
    assert!(picker.form().is_some());
    assert_eq!(press(&mut picker, "esc"), []);
    assert!(picker.form().is_none());
    assert_eq!(press(&mut picker, "esc"), [Effect::Close]);
}

#[test]
fn values_that_are_not_possible_are_a_sentence() {
    let mut picker = prompts(Language::Auto, Lang::En);
    press(&mut picker, "t e a c h enter ctrl-u x x enter");
    let form = picker.form().unwrap();
    assert!(
        form.problem.contains("cannot be \"xx\""),
        "{}",
        form.problem
    );
    press(&mut picker, "ctrl-n");
    let form = picker.form().unwrap();
    assert_eq!(form.problem, "");
    assert!(
        form.fields()[form.at()]
            .values
            .contains(&form.fields()[form.at()].text().to_owned())
    );
}

#[test]
fn a_chinese_value_takes_the_chinese_wording_and_its_defaults() {
    let mut picker = prompts(Language::Auto, Lang::En);
    let effects = press(&mut picker, "l o c a l i z e enter 右 肺 enter");
    assert_eq!(
        done(&effects),
        Outcome::Run("/use localize object=右肺".into())
    );
}

#[test]
fn prompts_are_found_by_their_text_and_broken_ones_say_why() {
    let mut picker = prompts(Language::Auto, Lang::En);
    press(&mut picker, "某 个 部 位");
    assert_eq!(chosen(&picker), "localize");
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("mine.toml"), "text = 3").unwrap();
    std::fs::write(
        dir.path().join("good.toml"),
        "title = 'T\\u001b'\ntext = \"a\u{202e}b\"",
    )
    .unwrap();
    let library = Library::open(dir.path(), &|_, _| Ok(()));
    let mut picker = sized(Picker::prompts(&library, Language::Auto, Lang::En), 100, 30);
    press(&mut picker, "m i n e");
    assert!(picker.list().chosen().unwrap().why_not.is_some());
    assert_eq!(press(&mut picker, "enter"), []);
    assert!(picker.said.contains("mine.toml"), "{}", picker.said);
}

#[test]
fn every_built_in_prompt_has_a_preview_in_both_languages() {
    for lang in [Lang::En, Lang::Zh] {
        let mut picker = prompts(Language::Auto, lang);
        for prompt in library().prompts() {
            let (above, lines, _) = picker.preview_parts();
            assert!(above.is_empty() && lines.len() > 3, "{}", prompt.name);
            assert_eq!(chosen(&picker), prompt.name);
            let warned = lines.iter().any(|it| it.face(0) == super::Face::Warning);
            assert!(!warned, "{}: {lines:?}", prompt.name);
            press(&mut picker, "down");
        }
    }
}

#[test]
fn a_prompt_of_many_fields_is_filled_one_by_one() {
    let text =
        "text = '{{a}} {{b}} {{c}}'\n[variables.a]\n[variables.b]\ndefault = 'B'\n[variables.c]\n";
    let library = tempfile::tempdir().unwrap();
    std::fs::write(library.path().join("many.toml"), text).unwrap();
    let opened = Library::open(library.path(), &|_, _| Ok(()));
    let mut picker = sized(Picker::prompts(&opened, Language::Auto, Lang::En), 40, 8);
    press(&mut picker, "m a n y enter 1 enter");
    assert_eq!(picker.form().unwrap().at(), 2);
    press(&mut picker, "up x");
    assert_eq!(picker.form().unwrap().values(), ["1", "Bx", ""]);
    assert_eq!(
        done(&press(&mut picker, "tab 3 enter")),
        Outcome::Run("/use many a=1 b=Bx c=3".into())
    );
}

pub(super) fn session_rows() -> Vec<SessionRow> {
    let row = |name: &str, changed: &str, title: &str, turns, pictures| SessionRow {
        path: PathBuf::from(format!("/s/{name}.jsonl")),
        name: name.to_owned(),
        changed: changed.to_owned(),
        about: Some(Ok(About {
            title: title.to_owned(),
            model: "medgemma-4b".to_owned(),
            turns,
            pictures,
            is_damaged: name == "torn",
        })),
    };
    vec![
        row("newest", "2026-11-24 15:06", "Is there an effusion?", 3, 1),
        row("chinese", "2026-11-23 09:00", "左侧胸腔有积液吗？", 1, 2),
        row(
            "torn",
            "2026-11-22 12:30",
            "evil\u{1b}[2J\u{202e}title",
            12,
            0,
        ),
        SessionRow {
            about: Some(Err("is empty, expected a session".to_owned())),
            ..row("broken", "2026-11-21 08:15", "", 0, 0)
        },
        row("untitled", "2026-11-20 07:45", "", 0, 0),
    ]
}

pub(super) fn sessions(lang: Lang, width: u16, height: u16) -> Picker {
    let mut picker = sized(Picker::sessions(lang), width, height);
    let rows = session_rows();
    let unread = rows.iter().map(|it| SessionRow {
        about: None,
        ..it.clone()
    });
    let is_last = false;
    picker.update(Msg::News(News::Sessions {
        rows: unread.collect(),
        is_last,
    }));
    picker.update(Msg::News(News::Sessions {
        rows,
        is_last: true,
    }));
    picker
}

pub(super) fn hits(query: &str, name: &str, line: &[(&str, bool)]) -> Msg {
    let part = |it: &(&str, bool)| Part {
        text: it.0.to_owned(),
        is_hit: it.1,
    };
    Msg::News(News::Hits {
        query: query.to_owned(),
        path: PathBuf::from(format!("/s/{name}.jsonl")),
        hits: vec![Hit {
            turn: Some(2),
            kind: In::Answer,
            line: line.iter().map(part).collect(),
        }],
    })
}

#[track_caller]
fn check_session(keys: &str, expected: &Outcome) {
    let mut picker = sessions(Lang::En, 120, 40);
    assert_eq!(done(&press(&mut picker, keys)), *expected, "{keys}");
}

#[test]
fn a_session_is_gone_on_with_replayed_or_branched() {
    let path = |name: &str| PathBuf::from(format!("/s/{name}.jsonl"));
    check_session("enter", &Outcome::Resume(path("newest")));
    check_session("j r", &Outcome::Replay(path("chinese")));
    check_session("j b", &Outcome::Branch(path("chinese")));
    check_session("/ 积 液 enter", &Outcome::Resume(path("chinese")));
    check_session("/ 积 液 alt-r", &Outcome::Replay(path("chinese")));
    check_session("G enter", &Outcome::Resume(path("untitled")));
}

#[test]
fn the_browser_stays_open_for_what_is_done_on_the_side() {
    let mut picker = sessions(Lang::En, 120, 40);
    let path = PathBuf::from("/s/newest.jsonl");
    assert_eq!(
        press(&mut picker, "e"),
        [Effect::Do(Outcome::Export(path.clone()))]
    );
    assert_eq!(
        press(&mut picker, "y"),
        [Effect::Do(Outcome::Copy("/s/newest.jsonl".into()))]
    );
    // nothing is deleted without a yes, and no other key is one
    assert_eq!(press(&mut picker, "d j enter"), []);
    assert_eq!(
        (picker.asked(), chosen(&picker)),
        (None, "Is there an effusion?")
    );
    assert_eq!(press(&mut picker, "d esc"), []);
    assert_eq!(press(&mut picker, "d x d r n"), []);
    assert_eq!(
        press(&mut picker, "d y"),
        [Effect::Do(Outcome::Delete(path.clone()))]
    );
    let effects = picker.update(Msg::News(News::Removed(path)));
    assert_eq!(effects, [Effect::Preview("/s/chinese.jsonl".into())]);
    assert_eq!(picker.list().items().len(), 4);
}

#[test]
fn what_cannot_be_read_cannot_be_opened_but_deleted() {
    let mut picker = sessions(Lang::En, 120, 40);
    press(&mut picker, "j j j");
    assert_eq!(chosen(&picker), "broken");
    for key in ["enter", "r", "b", "e"] {
        assert_eq!(press(&mut picker, key), [], "{key}");
        assert_eq!(picker.said, "is empty, expected a session");
    }
    press(&mut picker, "d");
    assert_eq!(picker.asked(), Some("delete the session broken for ever?"));
}

#[test]
fn a_search_asks_for_hits_and_takes_only_its_own() {
    let mut picker = sessions(Lang::En, 120, 40);
    assert_eq!(
        press(&mut picker, "/ n o d"),
        ["n", "no", "nod"].map(|it| Effect::Search(it.into()))
    );
    assert_eq!(
        (picker.list().n_fitting(), picker.list().is_waiting),
        (0, true)
    );
    picker.update(hits("no", "newest", &[("a no", true)]));
    assert_eq!(picker.list().n_fitting(), 0);
    let effects = picker.update(hits(
        "nod",
        "torn",
        &[("a ", false), ("nod", true), ("ule\u{1b}", false)],
    ));
    assert_eq!(effects, [Effect::Preview("/s/torn.jsonl".into())]);
    let found = &picker.list().chosen().unwrap().found;
    let found: Vec<(&str, bool)> = found.iter().map(|it| (it.0.as_str(), it.1)).collect();
    assert_eq!(
        found,
        [
            ("2 answer: ", false),
            ("a ", false),
            ("nod", true),
            ("ule\\u{1b}", false)
        ]
    );
    picker.update(Msg::News(News::Searched {
        query: "nod".into(),
    }));
    assert!(!picker.list().is_waiting);
    // the first esc ends the search, the second one the browser
    let effects = press(&mut picker, "esc");
    assert_eq!(effects[0], Effect::Search(String::new()));
    assert_eq!(picker.list().n_fitting(), 5);
    assert_eq!(press(&mut picker, "esc"), [Effect::Close]);
    let mut picker = sessions(Lang::En, 120, 40);
    let effects = press(&mut picker, "/ 积 enter");
    assert!(effects.ends_with(&[
        Effect::Close,
        Effect::Search(String::new()),
        Effect::Do(Outcome::Resume("/s/chinese.jsonl".into()))
    ]));
}

#[test]
fn previews_are_asked_for_once_and_late_ones_are_forgotten() {
    let mut picker = sized(Picker::sessions(Lang::En), 120, 40);
    let rows = session_rows();
    let effects = picker.update(Msg::News(News::Sessions {
        rows,
        is_last: true,
    }));
    assert_eq!(effects, [Effect::Preview("/s/newest.jsonl".into())]);
    assert_eq!(
        press(&mut picker, "down"),
        [Effect::Preview("/s/chinese.jsonl".into())]
    );
    let preview = |key: &str| {
        Msg::News(News::Preview {
            key: key.into(),
            lines: vec![Line::new(super::Face::Text, key)],
        })
    };
    assert_eq!(picker.update(preview("/s/newest.jsonl")), []);
    assert!(picker.preview_parts().1.is_empty());
    picker.update(preview("/s/chinese.jsonl"));
    assert_eq!(picker.preview_parts().1[0].text(), "/s/chinese.jsonl");
    assert_eq!(picker.update(Msg::Say("x".into())), []);
}

#[test]
fn nobody_asks_for_a_preview_that_there_is_no_room_for() {
    let mut picker = sized(Picker::sessions(Lang::En), 40, 12);
    let rows = session_rows();
    let is_last = true;
    let effects = picker.update(Msg::News(News::Sessions { rows, is_last }));
    assert_eq!(effects, []);
    let effects = picker.update(Msg::Resize(80, 24));
    assert_eq!(effects, [Effect::Preview("/s/newest.jsonl".into())]);
}

pub(super) fn files() -> Picker {
    let mut picker = sized(
        Picker::files(
            Path::new("/home/ann/data"),
            Some(Path::new("/home/ann")),
            Lang::En,
        ),
        100,
        30,
    );
    let effects = picker.begin();
    assert_eq!(effects, [Effect::List("/home/ann/data".into())]);
    picker.update(listed("/home/ann/data"));
    picker
}

pub(super) fn listed(folder: &str) -> Msg {
    let entry = |name: &str, kind| Entry {
        name: OsString::from(name),
        kind,
    };
    let mut entries = vec![
        entry("ct series", Kind::Folder),
        entry("a.png", Kind::File),
        entry("chest \"2\".dcm", Kind::File),
        entry("evil\u{1b}[2J.nii.gz", Kind::File),
        entry("pipe", Kind::Other),
        entry("~odd.png", Kind::File),
        entry("sample:no", Kind::File),
        entry("胸片.jpg", Kind::File),
        entry(".hidden.dcm", Kind::File),
    ];
    #[cfg(unix)]
    entries.push(Entry {
        name: std::os::unix::ffi::OsStringExt::from_vec(b"\xff.png".to_vec()),
        kind: Kind::File,
    });
    Msg::News(News::Listed(Listing {
        folder: folder.into(),
        entries,
        is_cut: false,
        problem: None,
    }))
}

#[track_caller]
fn check_open(keys: &str, expected: &[&str]) {
    let mut picker = files();
    let Outcome::Run(line) = done(&press(&mut picker, keys)) else {
        panic!("{keys}: nothing is run");
    };
    let expected: Vec<String> = expected.iter().map(|it| (*it).to_owned()).collect();
    assert_eq!(
        parse(&line).unwrap(),
        Some(Do::Open(expected)),
        "{keys}: {line}"
    );
}

#[test]
fn pictures_are_opened_by_names_that_come_back_as_they_are() {
    check_open("a . p n g enter", &["a.png"]);
    check_open("c h e s t enter", &["chest \"2\".dcm"]);
    check_open("e v i l enter", &["evil\u{1b}[2J.nii.gz"]);
    check_open("o d d enter", &["./~odd.png"]);
    check_open("胸 enter", &["胸片.jpg"]);
    check_open(". h i d enter", &[".hidden.dcm"]);
    check_open("c x r - n o r m a l enter", &["sample:cxr-normal"]);
    check_open("tab j j space space enter", &["a.png", "chest \"2\".dcm"]);
    check_open(
        "down space down space enter",
        &["ct series", "chest \"2\".dcm"],
    );
    check_open("c t space s e r alt-enter", &["ct series"]);
    check_open("tab j o", &["ct series"]);
    check_open("* . d c m x enter", &["*.dcmx"]);
}

#[test]
fn a_marked_file_is_marked_once_and_stays_so_elsewhere() {
    let mut picker = files();
    press(&mut picker, "a . p n g ctrl-t ctrl-t ctrl-t ctrl-u");
    let effects = press(&mut picker, "backspace");
    assert_eq!(effects, [Effect::List("/home/ann".into())]);
    picker.update(listed("/home/ann"));
    let effects = press(&mut picker, "a . p n g ctrl-t enter");
    assert_eq!(
        done(&effects),
        Outcome::Run("/open a.png /home/ann/a.png".into())
    );
}

#[test]
fn typed_folders_are_gone_to() {
    let check = |typed: &str, folder: &str, rest: &str| {
        let mut picker = files();
        let effects = picker.update(Msg::Type(typed.into()));
        assert_eq!(effects, [Effect::List(folder.into())], "{typed}");
        assert_eq!(picker.list().typed(), rest, "{typed}");
    };
    check("/data/x/a.dcm", "/data/x", "a.dcm");
    check("~/", "/home/ann", "");
    check("~/a/../b/c", "/home/ann/b", "c");
    check("../", "/home/ann", "");
    check("./x/", "/home/ann/data/x", "");
    check("../../../../../../", "/", "");
    check("~bob/", "/home/ann/data/~bob", "");
    check("//a//b", "/a", "b");
}

#[test]
fn folders_are_entered_and_late_listings_forgotten() {
    let mut picker = files();
    assert_eq!(
        press(&mut picker, "c t enter"),
        [Effect::List("/home/ann/data/ct series".into())]
    );
    assert!(picker.list().is_waiting);
    picker.update(listed("/home/ann/data"));
    assert!(picker.list().is_waiting);
    picker.update(listed("/home/ann/data/ct series"));
    assert!(!picker.list().is_waiting);
    assert_eq!(
        done(&press(&mut picker, "a . p n g enter")),
        Outcome::Run("/open \"ct series/a.png\"".into())
    );
}

#[test]
fn what_is_no_file_and_what_no_command_can_say_is_not_opened() {
    let mut picker = files();
    assert_eq!(press(&mut picker, "p i p e enter ctrl-t"), []);
    assert_eq!(picker.said, "");
    press(&mut picker, "enter");
    assert_eq!(picker.said, "this is no file");
    #[cfg(unix)]
    {
        press(&mut picker, "ctrl-u \u{fffd} enter");
        assert!(picker.said.contains("not Unicode"), "{}", picker.said);
    }
    let problem = Msg::News(News::Listed(Listing {
        folder: "/home/ann/data".into(),
        problem: Some("permission denied".into()),
        ..Listing::default()
    }));
    picker.update(problem);
    assert_eq!(picker.said, "permission denied");
}
