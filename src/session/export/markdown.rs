//! A session's contents in, Markdown out: the session's own text is only ever text in it, no mark-up, no HTML, no link.

use std::io::{self, Write};

use super::leaf::{Leaf, Leaves, cover};
use super::{Order, words};
use crate::session::contents::Contents;
use crate::session::safe::{json_safe, printable, printable_line};
use crate::session::v1::Head;
use crate::settings::Lang;

pub(super) fn write(
    contents: &mut Contents,
    order: &Order<'_>,
    out: &mut dyn Write,
) -> anyhow::Result<()> {
    front_matter(&contents.story.head, order, out)?;
    let cover = cover(contents, order.name, order.wish);
    let title = match cover.title.as_str() {
        "" => order.name,
        title => title,
    };
    writeln!(out, "\n# {}\n", line(title))?;
    writeln!(out, "*{}*\n", cover.disclaimer)?;
    list(&cover.facts, out)?;
    let mut leaves = Leaves::of(contents, order.wish);
    while let Some(leaf) = leaves.next_leaf()? {
        self::leaf(&leaf, order, out)?;
    }
    if let Some(hidden) = &cover.hidden {
        writeln!(out, "---\n\n{}", line(hidden))?;
    }
    Ok(())
}

/// Facts for programs. A JSON string is one in YAML too.
fn front_matter(head: &Head, order: &Order<'_>, out: &mut dyn Write) -> io::Result<()> {
    let fields = [
        ("session", order.name),
        ("id", &head.id),
        ("date", &head.started),
        ("model", &head.model.name),
        ("model_sha256", &head.model.sha256),
        ("quant", &head.model.quant),
        ("device", &head.model.device),
        ("medlab", &head.lab),
        ("disclaimer", words::disclaimer(Lang::En)),
    ];
    writeln!(out, "---")?;
    for (key, value) in fields {
        let value = json_safe(&serde_json::Value::from(value).to_string());
        writeln!(out, "{key}: {value}")?;
    }
    writeln!(out, "---")
}

fn leaf(leaf: &Leaf, order: &Order<'_>, out: &mut dyn Write) -> io::Result<()> {
    let lang = order.wish.lang;
    let marks = match leaf.marks.join(", ").as_str() {
        "" => String::new(),
        marks => format!(" ({})", line(marks)),
    };
    match lang {
        Lang::En => writeln!(out, "## Turn {}{marks}\n", leaf.number)?,
        Lang::Zh => writeln!(out, "## 第 {} 轮{marks}\n", leaf.number)?,
    }
    let pictures = leaf.pictures.iter().map(|it| &it.line);
    list(leaf.news.iter().chain(pictures), out)?;
    for picture in &leaf.pictures {
        if let Some(sight) = order.sights.get(&picture.id) {
            let name = words::picture_name(picture.id, "", lang);
            writeln!(out, "![{}]({})\n", name.trim_end(), sight.uri())?;
        }
    }
    for (heading, text) in &leaf.priors {
        passage(heading, text, out)?;
    }
    passage(lang.pick("Question", "问题"), &leaf.question, out)?;
    if !leaf.thinking.is_empty() {
        passage(lang.pick("Thinking", "思考"), &leaf.thinking, out)?;
    }
    passage(lang.pick("Answer", "回答"), &leaf.answer, out)?;
    list(&leaf.facts, out)
}

/// Words behind their heading, as a quotation.
fn passage(heading: &str, words: &str, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "**{}**\n", line(heading))?;
    if words.trim().is_empty() {
        return writeln!(out, "> —\n");
    }
    // a line ends where it ended: with a backslash, but before an empty line, which ends the paragraph
    let escaped = text(words.trim_matches('\n'));
    let mut lines = escaped.lines().peekable();
    while let Some(line) = lines.next() {
        let is_followed = lines.peek().is_some_and(|next| !next.is_empty());
        match (line.is_empty(), is_followed) {
            (true, _) => writeln!(out, ">")?,
            (false, true) => writeln!(out, "> {line}\\")?,
            (false, false) => writeln!(out, "> {line}")?,
        }
    }
    writeln!(out)
}

fn list<'a>(facts: impl IntoIterator<Item = &'a String>, out: &mut dyn Write) -> io::Result<()> {
    let mut is_empty = true;
    for fact in facts {
        writeln!(out, "- {}", text(fact).replace('\n', "\\\n  "))?;
        is_empty = false;
    }
    if is_empty { Ok(()) } else { writeln!(out) }
}

/// Text of any kind on one line.
fn line(words: &str) -> String {
    escaped(&printable_line(words))
}

/// Text of any kind, line by line.
fn text(words: &str) -> String {
    let words = printable(words);
    let lines: Vec<String> = words.lines().map(escaped).collect();
    lines.join("\n")
}

/// One line in which nothing is a mark any more. Any punctuation of ASCII may have a backslash before it
/// (`CommonMark` 0.31, section 2.4); it gets one where it can mean something.
fn escaped(line: &str) -> String {
    let start = line.trim_start_matches([' ', '\t']);
    let mut escaped = "&nbsp;".repeat(line.chars().count() - start.chars().count());
    let n_digits = start.bytes().take_while(u8::is_ascii_digit).count();
    for (at, letter) in start.char_indices() {
        let is_mark = matches!(
            letter,
            '\\' | '`' | '*' | '_' | '[' | ']' | '<' | '>' | '&' | '|' | '~' | '$'
        );
        let is_first = at == 0 && matches!(letter, '#' | '+' | '-' | '=' | ':');
        let is_number = n_digits > 0 && at == n_digits && matches!(letter, '.' | ')');
        let is_address = begins_an_address(&start[..at], &start[at..]);
        if is_mark || is_first || is_number || is_address {
            escaped.push('\\');
        }
        escaped.push(letter);
    }
    escaped
}

/// Whether what follows makes a link of what is before it, without any mark: `http` and `://`, `www` and `.`, a name and `@`
/// (GitHub's dialect, section 6.9).
fn begins_an_address(before: &str, rest: &str) -> bool {
    let is_www = || before.len() >= 3 && before.to_lowercase().ends_with("www");
    rest.starts_with("://") || rest.starts_with('@') || (rest.starts_with('.') && is_www())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(words: &str, expected: &str) {
        assert_eq!(text(words), expected);
    }

    #[test]
    fn nothing_in_a_text_is_a_mark() {
        check("No effusion, left 3.5 cm.", "No effusion, left 3.5 cm.");
        check("# no heading", "\\# no heading");
        check("a # b", "a # b");
        check("---", "\\---");
        check("1. first\n12) x", "1\\. first\n12\\) x");
        check("    code", "&nbsp;&nbsp;&nbsp;&nbsp;code");
        check(
            "<script>alert(1)</script>",
            "\\<script\\>alert(1)\\</script\\>",
        );
        check("![x](http://a.b/c)", "!\\[x\\](http\\://a.b/c)");
        check("www.example.com a@b.c", "www\\.example.com a\\@b.c");
        check(
            "**b** _i_ `c` ~s~ $m$",
            "\\*\\*b\\*\\* \\_i\\_ \\`c\\` \\~s\\~ \\$m\\$",
        );
        check("&lt; a|b \\", "\\&lt; a\\|b \\\\");
        check("```json\n[]\n```", "\\`\\`\\`json\n\\[\\]\n\\`\\`\\`");
        check("未见胸腔积液。", "未见胸腔积液。");
        check("\u{1b}[31m\u{202e}x", "\\\\u{1b}\\[31m\\\\u{202e}x");
    }

    #[test]
    fn lines_end_where_they_ended() {
        let mut out = Vec::new();
        passage("Answer", "a\nb\n\nc\n", &mut out).unwrap();
        passage("Answer", " \n", &mut out).unwrap();
        assert_eq!(
            String::from_utf8(out).unwrap(),
            "**Answer**\n\n> a\\\n> b\n>\n> c\n\n**Answer**\n\n> —\n\n"
        );
    }
}
