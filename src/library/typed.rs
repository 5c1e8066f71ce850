//! What was typed after `/use` or `--set-var` in; the prompt's name and the values of its variables out.

use super::render::refused;
use super::table::short;
use super::{Prompt, Variable};
use crate::error::Failure;
use crate::settings::Lang;

/// What was typed after `/use`: `NAME key=value key2="two words" rest`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Use {
    /// The prompt's name.
    pub name: String,
    /// Names and values, as they were typed.
    pub values: Vec<(String, String)>,
    /// What follows the last `key=value`, as it was typed; quotes around the whole of it are taken off.
    pub rest: String,
}

/// Reads what was typed after `/use`.
///
/// The first word is the prompt's name. Words of the form `key=value` follow; quotes keep blanks together, and a
/// backslash takes the next character as it is. From the first other word on everything is the `rest`, for the one
/// variable that has no name in front of it: `/use localize right lung`. The full-width `＝` and the quotes `“ ”` of
/// Chinese keyboards are as good as `=` and `"`.
///
/// # Errors
/// When there is no name, or a quote is not closed.
pub fn parse_use(typed: &str) -> Result<Use, Failure> {
    let typed = typed.trim();
    let (name, mut rest) = typed.split_once(char::is_whitespace).unwrap_or((typed, ""));
    if name.is_empty() {
        let problem = "name a prompt, as in /use localize object=\"right lung\"".to_owned();
        return Err(Failure::Usage(problem));
    }
    let mut values = Vec::new();
    loop {
        rest = rest.trim_start();
        let Some((key, after)) = key(rest) else {
            break;
        };
        let Some((value, after)) = value(after) else {
            let problem = format!(
                "the quote in {} is not closed; close it, or write \\' for an apostrophe",
                short(key)
            );
            return Err(Failure::Usage(problem));
        };
        values.push((key.to_owned(), value));
        rest = after;
    }
    Ok(Use {
        name: name.to_owned(),
        values,
        rest: unquoted(rest).to_owned(),
    })
}

/// Reads `key=value`, as a shell passes it after `--set-var`: everything behind the `=` is the value.
///
/// # Errors
/// When it is not of that form.
pub fn assignment(typed: &str) -> Result<(String, String), Failure> {
    match key(typed.trim_start()) {
        Some((key, value)) => Ok((key.to_owned(), value.trim().to_owned())),
        None => Err(Failure::Usage(format!(
            "{:?} gives no variable a value; write key=value, as in object=\"right lung\"",
            short(typed)
        ))),
    }
}

impl Use {
    /// The values for a prompt: those that were named, and the rest for the variable that is meant by it. That is the
    /// one that must have a value and has none yet, or, when none of them must, the only one there is. So words that are
    /// left over by a forgotten quote (`finding=pleural effusion`) go nowhere unseen.
    ///
    /// # Errors
    /// When the rest belongs to no variable, or could belong to several.
    pub fn values_for(
        &self,
        prompt: &Prompt,
        lang: Lang,
    ) -> Result<Vec<(String, String)>, Failure> {
        let mut values = self.values.clone();
        if self.rest.is_empty() {
            return Ok(values);
        }
        let variables = &prompt.wording(lang).variables;
        let refuse = |problem: &str| Err(refused(prompt, lang, problem));
        let late = self.rest.split_whitespace().find_map(|word| {
            let (name, _) = key(word)?;
            variables.iter().find(|it| it.name == name)
        });
        if let Some(late) = late {
            return refuse(&format!(
                "{}= stands behind words without a name; put it in front of them",
                late.name
            ));
        }
        let given = |it: &&Variable| values.iter().any(|(name, _)| *name == it.name);
        let must = variables.iter().any(|it| it.default.is_none());
        let is_free = |it: &&Variable| !given(it) && (!must || it.default.is_none());
        let mut free: Vec<&Variable> = variables.iter().filter(is_free).collect();
        if !must && variables.len() > free.len() {
            free.clear();
        }
        let shown = short(&self.rest);
        match free.as_slice() {
            [one] => {
                values.push((one.name.clone(), self.rest.clone()));
                Ok(values)
            }
            [] if variables.is_empty() => refuse(&format!(
                "{shown:?} is too much, for it has no variables; ask it alone"
            )),
            [] => refuse(&format!(
                "{shown:?} belongs to no variable; put quotes around words that belong together"
            )),
            several => {
                let names: Vec<&str> = several.iter().map(|it| it.name.as_str()).collect();
                refuse(&format!(
                    "{shown:?} could be {}; name the variable",
                    names.join(" or ")
                ))
            }
        }
    }
}

/// The key in front of `=`, and what follows.
pub(super) fn key(text: &str) -> Option<(&str, &str)> {
    let at = text.find(['=', '＝'])?;
    let (key, after) = text.split_at(at);
    let of_key = |c: char| c.is_alphanumeric() || c == '-' || c == '_';
    let after = after.strip_prefix(['=', '＝'])?;
    (!key.is_empty() && key.chars().all(of_key)).then_some((key, after))
}

/// The quote that closes what this one opens.
fn closing(open: char) -> Option<char> {
    match open {
        '"' | '\'' => Some(open),
        '“' => Some('”'),
        _ => None,
    }
}

/// A value as a shell would read it, up to the first blank outside quotes, and what follows; `None` when a quote stays
/// open.
fn value(text: &str) -> Option<(String, &str)> {
    let mut value = String::new();
    let mut close = None;
    let mut letters = text.char_indices();
    while let Some((at, letter)) = letters.next() {
        match (letter, close) {
            (it, Some(end)) if it == end => close = None,
            ('\\', None | Some('"' | '”')) => {
                value.push(letters.next().map_or('\\', |(_, next)| next));
            }
            (it, None) if it.is_whitespace() => return Some((value, &text[at..])),
            (it, None) if closing(it).is_some() => close = closing(it),
            (it, _) => value.push(it),
        }
    }
    close.is_none().then_some((value, ""))
}

/// Words without the quotes that stand around all of them.
fn unquoted(text: &str) -> &str {
    let text = text.trim();
    let Some(close) = text.chars().next().and_then(closing) else {
        return text;
    };
    let open = text.chars().next().map_or(0, char::len_utf8);
    match text[open..].strip_suffix(close) {
        Some(inside) if !inside.contains(close) => inside.trim(),
        _ => text,
    }
}

/// A value as it can be typed: in quotes where it needs them.
pub fn quoted(value: &str) -> String {
    let needs = |c: char| c.is_whitespace() || closing(c).is_some() || matches!(c, '”' | '\\');
    if !value.is_empty() && !value.contains(needs) {
        return value.to_owned();
    }
    let escaped = value.replace('\\', "\\\\").replace('"', "\\\"");
    format!("\"{escaped}\"")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::library::tests::toml;

    #[track_caller]
    fn check(typed: &str, name: &str, values: &[(&str, &str)], rest: &str) {
        let found = parse_use(typed).unwrap();
        let pairs: Vec<_> = found
            .values
            .iter()
            .map(|(a, b)| (a.as_str(), b.as_str()))
            .collect();
        assert_eq!(
            (found.name.as_str(), pairs.as_slice(), found.rest.as_str()),
            (name, values, rest),
            "{typed:?}"
        );
    }

    #[test]
    fn a_name_then_values_then_the_rest() {
        check("findings", "findings", &[], "");
        check("  findings \n", "findings", &[], "");
        check(
            "yes-no finding=effusion",
            "yes-no",
            &[("finding", "effusion")],
            "",
        );
        check(
            "localize object=\"right lung\" side='left upper' n=2",
            "localize",
            &[("object", "right lung"), ("side", "left upper"), ("n", "2")],
            "",
        );
        check("a b=c\\ d\\\"e", "a", &[("b", "c d\"e")], "");
        check("a b=\"say \\\"x\\\"\"", "a", &[("b", "say \"x\"")], "");
        check("a b='c\\'", "a", &[("b", "c\\")], "");
        check("a b= c", "a", &[("b", "")], "c");
        check("a b=c=d", "a", &[("b", "c=d")], "");
        check("a b=\"c\"d", "a", &[("b", "cd")], "");
        check("a b=c\\", "a", &[("b", "c\\")], "");
        check("a b=patient\\'s", "a", &[("b", "patient's")], "");
        check(
            "yes-no\u{3000}finding＝“胸腔 积液”",
            "yes-no",
            &[("finding", "胸腔 积液")],
            "",
        );
        check("localize right lung", "localize", &[], "right lung");
        check("localize \"right lung\"", "localize", &[], "right lung");
        check("localize “右肺”", "localize", &[], "右肺");
        check(
            "localize the patient's heart",
            "localize",
            &[],
            "the patient's heart",
        );
        check(
            "localize \"a\" and \"b\"",
            "localize",
            &[],
            "\"a\" and \"b\"",
        );
        check("localize \"", "localize", &[], "\"");
        check("a b=c  d   e=f ", "a", &[("b", "c")], "d   e=f");
        check("a x<1 =b", "a", &[], "x<1 =b");
        check("a 部位=肺", "a", &[("部位", "肺")], "");
    }

    #[test]
    fn a_line_that_cannot_be_read_is_one_sentence() {
        let check = |typed: &str, problem: &str| {
            assert_eq!(
                parse_use(typed).unwrap_err().to_string(),
                problem,
                "{typed:?}"
            );
        };
        check(
            "  ",
            "name a prompt, as in /use localize object=\"right lung\"",
        );
        check(
            "a object=\"right lung",
            "the quote in object is not closed; close it, or write \\' for an apostrophe",
        );
        check(
            "a object='",
            "the quote in object is not closed; close it, or write \\' for an apostrophe",
        );
    }

    #[test]
    fn an_assignment_is_a_key_and_everything_behind_its_sign() {
        let check = |typed: &str, key: &str, value: &str| {
            let pair = (key.to_owned(), value.to_owned());
            assert_eq!(assignment(typed).unwrap(), pair, "{typed:?}");
        };
        check("object=right lung", "object", "right lung");
        check(" object= \"x\" = y ", "object", "\"x\" = y");
        check("object=", "object", "");
        for typed in ["", "object", "=x", "right lung", "a b=c"] {
            let problem = format!(
                "{typed:?} gives no variable a value; write key=value, as in object=\"right lung\""
            );
            assert_eq!(assignment(typed).unwrap_err().to_string(), problem);
        }
    }

    #[track_caller]
    fn check_values(file: &str, typed: &str, expected: Result<&[(&str, &str)], &str>) {
        let prompt = toml(file);
        let found = parse_use(typed).unwrap().values_for(&prompt, Lang::En);
        let found = found.map_err(|err| err.to_string());
        let pairs = found.as_ref().map(|found| {
            let pairs = found.iter().map(|(a, b)| (a.as_str(), b.as_str()));
            pairs.collect::<Vec<_>>()
        });
        let expected = expected.map(<[_]>::to_vec);
        assert_eq!(pairs.map_err(String::as_str), expected, "{typed:?}");
    }

    const ONE: &str = "text = '{{finding}} {{how}}'\n[variables.finding]\nexample = 'pleural effusion'\n[variables.how]\ndefault = 'now'";
    const TWO: &str = "text = '{{a}} {{b}}'\n[variables.a]\n[variables.b]";

    #[test]
    fn the_rest_belongs_to_the_one_variable_that_is_meant() {
        check_values(
            ONE,
            "own pleural effusion",
            Ok(&[("finding", "pleural effusion")]),
        );
        check_values(
            ONE,
            "own how=then pleural effusion",
            Ok(&[("how", "then"), ("finding", "pleural effusion")]),
        );
        check_values(ONE, "own a=b", Ok(&[("a", "b")]));
        check_values(TWO, "own a=x y", Ok(&[("a", "x"), ("b", "y")]));
        check_values(
            "text = '{{a}}'\n[variables.a]\ndefault = 'x'",
            "own y",
            Ok(&[("a", "y")]),
        );
    }

    #[test]
    fn a_rest_that_belongs_nowhere_is_one_sentence() {
        let nowhere = "prompt own: \"effusion\" belongs to no variable; put quotes around words that belong together, \
             as in /use own finding=\"pleural effusion\" [how=now]";
        check_values(ONE, "own finding=pleural how=x effusion", Err(nowhere));
        // it could only go into a variable that nobody thought of
        check_values(ONE, "own finding=pleural effusion", Err(nowhere));
        check_values(
            TWO,
            "own x",
            Err("prompt own: \"x\" could be a or b; name the variable, as in /use own a=… b=…"),
        );
        check_values(
            "text = 'a'",
            "own x",
            Err(
                "prompt own: \"x\" is too much, for it has no variables; ask it alone, as in /use own",
            ),
        );
        check_values(
            ONE,
            "own pleural effusion how=now",
            Err(
                "prompt own: how= stands behind words without a name; put it in front of them, \
                 as in /use own finding=\"pleural effusion\" [how=now]",
            ),
        );
    }

    #[test]
    fn what_is_shown_can_be_typed() {
        for value in [
            "",
            "a",
            "right lung",
            "say \"x\"",
            "c:\\x y",
            "the patient's",
            "“右肺”",
            "胸腔 积液",
            "a=b",
            "\\",
        ] {
            let typed = format!("own a={} z", quoted(value));
            check(&typed, "own", &[("a", value)], "z");
        }
        assert_eq!(quoted("effusion"), "effusion");
        assert_eq!(quoted("胸腔积液"), "胸腔积液");
        assert_eq!(quoted("right lung"), "\"right lung\"");
    }
}
