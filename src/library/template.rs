//! A text with `{{variables}}` in, its pieces or the text with values in their places out.
//!
//! `{{name}}` is a variable, with blanks inside the braces or without. Single braces and a lone `}}` are ordinary text,
//! so JSON needs no care. A backslash keeps two braces as they are: `\{{` is `{{`, and `\\{{name}}` is a backslash
//! before a variable. Values are put in as they are: braces in a value are never looked at.

/// The longest name of a variable, in characters.
const NAME_MOST: usize = 32;

/// A piece of a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Piece<'a> {
    /// Words that stay.
    Words(&'a str),
    /// So many backslashes that stay.
    Slashes(usize),
    /// Two braces that stay.
    Braces,
    /// The place of a value.
    Variable(&'a str),
}

/// The pieces of a text.
///
/// # Errors
/// When two opening braces are neither a variable nor escaped.
pub(super) fn pieces(text: &str) -> Result<Vec<Piece<'_>>, String> {
    let mut pieces = Vec::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("{{") {
        let words = before.trim_end_matches('\\');
        let slashes = before.len() - words.len();
        pieces.push(Piece::Words(words));
        pieces.push(Piece::Slashes(slashes / 2));
        if slashes % 2 == 1 {
            pieces.push(Piece::Braces);
            rest = after;
            continue;
        }
        let Some((inside, after)) = after.split_once("}}") else {
            return Err(
                "{{ is not closed; write {{name}} for a variable, or \\{{ for two braces that stay"
                    .to_owned(),
            );
        };
        let name = inside.trim();
        if !is_name(name) {
            let shown: String = name.chars().take(NAME_MOST).collect();
            return Err(format!(
                "{shown:?} between {{{{ and }}}} is no name of a variable; use a letter, then letters, digits, - and _, \
                 all lower-case, or write \\{{{{ for two braces that stay"
            ));
        }
        pieces.push(Piece::Variable(name));
        rest = after;
    }
    pieces.push(Piece::Words(rest));
    pieces.retain(|it| !matches!(it, Piece::Words("") | Piece::Slashes(0)));
    Ok(pieces)
}

/// Whether a word can name a variable: `object`, `prior-date`, `r_2`.
pub(super) fn is_name(word: &str) -> bool {
    let mut letters = word.bytes();
    word.len() <= NAME_MOST
        && letters.next().is_some_and(|it| it.is_ascii_lowercase())
        && letters
            .all(|it| it.is_ascii_lowercase() || it.is_ascii_digit() || it == b'-' || it == b'_')
}

/// The variables of a text, each once, in the order in which they first stand there.
pub(super) fn variables<'a>(pieces: &[Piece<'a>]) -> Vec<&'a str> {
    let mut names = Vec::new();
    for piece in pieces {
        if let Piece::Variable(name) = piece
            && !names.contains(name)
        {
            names.push(*name);
        }
    }
    names
}

/// The text with values in their places; `None` when it would be longer than `most` bytes.
pub(super) fn fill<'a>(
    pieces: &[Piece<'_>],
    value: &dyn Fn(&str) -> &'a str,
    most: usize,
) -> Option<String> {
    let mut text = String::new();
    for piece in pieces {
        match piece {
            Piece::Words(words) => text.push_str(words),
            Piece::Slashes(count) => text.extend(std::iter::repeat_n('\\', *count)),
            Piece::Braces => text.push_str("{{"),
            Piece::Variable(name) => text.push_str(value(name)),
        }
        if text.len() > most {
            return None;
        }
    }
    Some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, filled: &str) {
        let pieces = pieces(text).unwrap();
        let value = |name: &str| match name {
            "a" => "VALUE",
            "tricky" => "{{a}} \\{{",
            _ => "",
        };
        assert_eq!(fill(&pieces, &value, 1000).unwrap(), filled, "{text:?}");
    }

    #[track_caller]
    fn check_refused(text: &str, problem: &str) {
        assert_eq!(pieces(text).unwrap_err(), problem, "{text:?}");
    }

    #[test]
    fn variables_get_their_values_and_everything_else_stays() {
        check("", "");
        check("no variable", "no variable");
        check("{{a}}", "VALUE");
        check("<{{ a }}{{a}}>", "<VALUEVALUE>");
        check(
            "[{\"x\": {\"y\": 1}}] {{a}}}} }}",
            "[{\"x\": {\"y\": 1}}] VALUE}} }}",
        );
        check("右侧{{a}}在哪里？", "右侧VALUE在哪里？");
        check("{{\na\n}}", "VALUE");
    }

    #[test]
    fn a_backslash_keeps_braces() {
        check("\\{{a}}", "{{a}}");
        check("\\\\{{a}}", "\\VALUE");
        check("\\\\\\{{a}}", "\\{{a}}");
        check("\\{{{{a}}", "{{VALUE");
        check("\\n and \\", "\\n and \\");
        check("{{a}}\\{{", "VALUE{{");
    }

    #[test]
    fn a_value_is_never_looked_into() {
        check("{{tricky}}", "{{a}} \\{{");
    }

    #[test]
    fn braces_that_are_no_variable_are_one_sentence() {
        let open =
            "{{ is not closed; write {{name}} for a variable, or \\{{ for two braces that stay";
        check_refused("Where is {{object?", open);
        check_refused("{{", open);
        let name = |it: &str| {
            format!(
                "{it:?} between {{{{ and }}}} is no name of a variable; use a letter, then letters, digits, - and _, \
                 all lower-case, or write \\{{{{ for two braces that stay"
            )
        };
        check_refused("{{}}", &name(""));
        check_refused("{{two words}}", &name("two words"));
        check_refused("{{Object}}", &name("Object"));
        check_refused("{{病灶}}", &name("病灶"));
        check_refused("{{{a}}}", &name("{a"));
        check_refused("{{1a}}", &name("1a"));
        check_refused("{{\u{1b}[2J}}", &name("\u{1b}[2J"));
        check_refused(
            &format!("{{{{{}}}}}", "a".repeat(33)),
            &name(&"a".repeat(32)),
        );
    }

    #[test]
    fn a_filled_text_has_an_upper_end() {
        let text = "{{a}}".repeat(3);
        let pieces = pieces(&text).unwrap();
        assert_eq!(fill(&pieces, &|_| "12345", 15).unwrap().len(), 15);
        assert_eq!(fill(&pieces, &|_| "12345", 14), None);
    }

    #[test]
    fn variables_are_listed_once_in_their_order() {
        let pieces = pieces("{{b}} {{a}} {{b}}").unwrap();
        assert_eq!(variables(&pieces), ["b", "a"]);
    }
}
