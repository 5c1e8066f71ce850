//! A Markdown file in; its TOML front matter and its sections, each with its line, out.
//!
//! The front matter stands between two `+++` lines at the top and may be left out. What follows is the text of the
//! prompt, up to the first heading of ours: `## System`, `## Before`, `## Paraphrases`, or one of these or `## Text`
//! with a language, as in `## Text (zh)`. Any other heading is part of the text. A backslash before a heading of ours
//! (`\## System`) makes it text.

use super::table::{Fallible, Said, trouble};
use crate::settings::Lang;

/// What a section is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    Text,
    System,
    Before,
    Paraphrases,
}

/// A section of a Markdown file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Section {
    pub(super) part: Part,
    /// The language in its heading; `None` is the file's.
    pub(super) lang: Option<Lang>,
    /// Its lines as they are, and the line of its heading (of the first section: of its first line).
    pub(super) said: Said,
}

/// A Markdown file in its parts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Parts<'a> {
    /// The TOML between the `+++` lines, "" for none.
    pub(super) front: &'a str,
    /// The line on which it begins.
    pub(super) front_line: usize,
    /// The sections in order; the first is the text under the front matter and may be empty.
    pub(super) sections: Vec<Section>,
}

const FENCE: &str = "+++";

/// The parts of a file, whose lines end with line feeds.
///
/// # Errors
/// When the front matter is not closed, or is YAML.
pub(super) fn parts(text: &str) -> Fallible<Parts<'_>> {
    let blank = text.lines().take_while(|it| it.trim().is_empty()).count();
    let first = text.lines().nth(blank).unwrap_or_default().trim_end();
    if first == "---" {
        return trouble(
            blank + 1,
            "the front matter is YAML between --- lines; write TOML between +++ lines",
        );
    }
    if first != FENCE {
        return Ok(Parts {
            front: "",
            front_line: 1,
            sections: sections(text.lines(), 1),
        });
    }
    let start: usize = text
        .split_inclusive('\n')
        .take(blank + 1)
        .map(str::len)
        .sum();
    let mut end = start;
    for (index, line) in text[start..].split_inclusive('\n').enumerate() {
        if line.trim_end() == FENCE {
            let after = &text[end + line.len()..];
            return Ok(Parts {
                front: &text[start..end],
                front_line: blank + 2,
                sections: sections(after.lines(), blank + index + 3),
            });
        }
        end += line.len();
    }
    trouble(
        blank + 1,
        "the front matter is not closed; end it with a line +++",
    )
}

/// Cuts lines at the headings of ours.
fn sections<'a>(lines: impl Iterator<Item = &'a str>, first: usize) -> Vec<Section> {
    let section = |part, lang, line| Section {
        part,
        lang,
        said: Said {
            text: String::new(),
            line,
        },
    };
    let mut sections = vec![section(Part::Text, None, first)];
    for (line, text) in (first..).zip(lines) {
        if let Some((part, lang)) = heading(text) {
            sections.push(section(part, lang, line));
            continue;
        }
        let plain = text
            .strip_prefix('\\')
            .filter(|rest| heading(rest).is_some());
        let current = sections.last_mut().expect("it has a first section");
        current.said.text.push_str(plain.unwrap_or(text));
        current.said.text.push('\n');
    }
    sections
}

/// The section that a heading begins.
fn heading(line: &str) -> Option<(Part, Option<Lang>)> {
    let title = line.strip_prefix("## ")?.trim();
    let (name, lang) = match title.split_once(" (") {
        None => (title, None),
        Some((name, "en)")) => (name, Some(Lang::En)),
        Some((name, "zh)")) => (name, Some(Lang::Zh)),
        Some(_) => return None,
    };
    let part = match name {
        "System" => Part::System,
        "Before" => Part::Before,
        "Paraphrases" => Part::Paraphrases,
        "Text" => Part::Text,
        _ => return None,
    };
    Some((part, lang))
}

/// The items of a list, each begun by `- ` or `* `; lines that are indented go on with the item before.
///
/// # Errors
/// When a line is neither.
pub(super) fn items(section: &Said) -> Fallible<Vec<Said>> {
    let mut items: Vec<Said> = Vec::new();
    for (line, text) in (section.line + 1..).zip(section.text.lines()) {
        let indented = text.starts_with(' ') || text.starts_with('\t');
        let begun = text.strip_prefix("- ").or_else(|| text.strip_prefix("* "));
        if let Some(item) = begun {
            let text = item.trim().to_owned();
            items.push(Said { text, line });
        } else if let Some(last) = items.last_mut().filter(|_| indented) {
            last.text.push('\n');
            last.text.push_str(text.trim());
        } else if !text.trim().is_empty() {
            return trouble(
                line,
                "the paraphrases are no list; begin each with - and indent the lines that go on",
            );
        }
    }
    Ok(items)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, front: (&str, usize), expected: &[(Part, Option<Lang>, &str, usize)]) {
        let parts = parts(text).unwrap();
        assert_eq!((parts.front, parts.front_line), front, "{text:?}");
        let found = parts
            .sections
            .iter()
            .map(|it| (it.part, it.lang, it.said.text.trim(), it.said.line));
        assert_eq!(found.collect::<Vec<_>>(), expected, "{text:?}");
    }

    #[test]
    fn a_file_is_front_matter_text_and_sections() {
        check("", ("", 1), &[(Part::Text, None, "", 1)]);
        check(
            "Where is it?\n",
            ("", 1),
            &[(Part::Text, None, "Where is it?", 1)],
        );
        check(
            "+++\na = 1\n+++\n\nWhere?\n\n## System\nBe brief.\n",
            ("a = 1\n", 2),
            &[
                (Part::Text, None, "Where?", 4),
                (Part::System, None, "Be brief.", 7),
            ],
        );
        check(
            "\n\n+++\n+++\nText\n## Text (zh)\n在哪里？\n## Paraphrases (zh)\n- 甲\n## Before\nB",
            ("", 4),
            &[
                (Part::Text, None, "Text", 5),
                (Part::Text, Some(Lang::Zh), "在哪里？", 6),
                (Part::Paraphrases, Some(Lang::Zh), "- 甲", 8),
                (Part::Before, None, "B", 10),
            ],
        );
    }

    #[test]
    fn headings_of_others_and_escaped_ones_are_text() {
        let text =
            "Write\n## Findings\n## System (fr)\n\\## System\n### Text\n\\# a\n## Systematic";
        let kept = "Write\n## Findings\n## System (fr)\n## System\n### Text\n\\# a\n## Systematic";
        check(text, ("", 1), &[(Part::Text, None, kept, 1)]);
    }

    #[test]
    fn front_matter_must_be_closed_toml() {
        let check = |text: &str, line: usize, problem: &str| {
            let found = parts(text).unwrap_err();
            assert_eq!((found.line, found.problem.as_str()), (Some(line), problem));
        };
        check(
            "\n+++\na = 1\n",
            2,
            "the front matter is not closed; end it with a line +++",
        );
        check(
            "---\na: 1\n---\n",
            1,
            "the front matter is YAML between --- lines; write TOML between +++ lines",
        );
    }

    #[test]
    fn a_list_has_items_of_one_line_or_several() {
        let said = |text: &str| Said {
            text: text.to_owned(),
            line: 4,
        };
        let found = items(&said("- one\n\n* two\n  lines\n-  three ")).unwrap();
        let found: Vec<_> = found.iter().map(|it| (it.text.as_str(), it.line)).collect();
        assert_eq!(found, [("one", 5), ("two\nlines", 7), ("three", 9)]);
        assert_eq!(items(&said("")).unwrap(), []);
        for (text, line) in [("one", 5), ("- one\n+ two", 6), ("-one", 5), ("  - one", 5)] {
            let trouble = items(&said(text)).unwrap_err();
            assert_eq!(trouble.line, Some(line), "{text:?}");
            assert_eq!(
                trouble.problem,
                "the paraphrases are no list; begin each with - and indent the lines that go on"
            );
        }
    }
}
