//! A word in, the same word as it can be typed after a command out: in quotes where it needs them.

pub use crate::library::quoted;

/// A command line of a command and words that stay words, whatever is in them.
pub fn command_line<'a>(command: &str, words: impl IntoIterator<Item = &'a str>) -> String {
    let mut line = format!("/{command}");
    for word in words {
        line.push(' ');
        line.push_str(&quoted(word));
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::command::{Do, parse, words};
    use crate::library::parse_use;

    const WORDS: [&str; 14] = [
        "plain.dcm",
        "two words",
        "",
        " ",
        "it's",
        "say \"a\"",
        "a\\b",
        "ends\\",
        "\\\"",
        "“胸片” 1.png",
        "胸片\u{3000}二.png",
        "new\nline",
        "a=b＝c",
        "-x /y #z $HOME *[1]",
    ];

    #[test]
    fn words_come_back_as_they_were() {
        for word in WORDS {
            assert_eq!(words(&quoted(word)), Ok(vec![word.to_owned()]), "{word:?}");
            let used = parse_use(&format!("name key={} b=c", quoted(word))).unwrap();
            let expected = [("key", word), ("b", "c")];
            let expected = expected.map(|(a, b)| (a.to_owned(), b.to_owned()));
            assert_eq!(used.values, expected, "{word:?}");
        }
        let line = command_line("open", WORDS);
        let all = WORDS.map(str::to_owned).to_vec();
        assert_eq!(parse(&line).unwrap(), Some(Do::Open(all)));
    }

    #[test]
    fn quotes_stand_where_they_must() {
        assert_eq!(
            command_line("open", ["a.png", "b c.png", "d\"e"]),
            r#"/open a.png "b c.png" "d\"e""#
        );
    }
}
