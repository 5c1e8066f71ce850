//! Text from anywhere in, text that cannot command a terminal out.

use std::fmt::Write as _;

/// Makes text from files, models and people harmless to print.
///
/// Line feeds and tabs stay; `\r\n` becomes `\n`. Every other control character (C0, DEL, C1: ESC among them), every
/// mark that reorders or hides text (bidirectional controls, zero-width space, byte order mark, tag characters), and
/// the Unicode line separators become a visible escape such as `\u{1b}`. The joiners U+200C and U+200D stay where a
/// language or an emoji needs them: between two characters beyond ASCII (the edge of the text counts as one, since a
/// stream may end inside an emoji).
pub fn printable(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut characters = text.chars().peekable();
    let mut before = None;
    while let Some(c) = characters.next() {
        let after = characters.peek().copied();
        match c {
            '\n' | '\t' => out.push(c),
            '\r' if after == Some('\n') => {}
            '\u{200c}' | '\u{200d}' if joins(before) && joins(after) => out.push(c),
            _ if is_hazard(c) => out.extend(c.escape_unicode()),
            _ => out.push(c),
        }
        before = Some(c);
    }
    out
}

/// `printable` for a single line: line feeds and tabs too become visible escapes (`\n`, `\t`).
pub fn printable_line(text: &str) -> String {
    printable(text).replace('\n', "\\n").replace('\t', "\\t")
}

/// JSON in which nothing can steer a terminal, or hide or reorder text: such characters occur inside strings only, where `\uXXXX`
/// is the same to every parser.
pub fn json_safe(json: &str) -> String {
    let mut escaped = String::with_capacity(json.len());
    for letter in json.chars() {
        if letter == '\n' || !is_hazard(letter) {
            escaped.push(letter);
            continue;
        }
        for unit in letter.encode_utf16(&mut [0; 2]) {
            write!(escaped, "\\u{unit:04x}").expect("a String takes every write");
        }
    }
    escaped
}

/// Characters that a joiner may stand between: letters of other scripts, emoji and their variation selectors.
fn joins(neighbour: Option<char>) -> bool {
    neighbour.is_none_or(|c| !c.is_ascii() && !is_hazard(c))
}

/// Controls, and what reorders or hides the text around it.
fn is_hazard(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{ad}'                        // soft hyphen
            | '\u{34f}'                     // combining grapheme joiner
            | '\u{61c}'                     // Arabic letter mark
            | '\u{115f}' | '\u{1160}' | '\u{3164}' | '\u{ffa0}' // Hangul fillers: letters that show nothing
            | '\u{17b4}' | '\u{17b5}'       // Khmer vowels that show nothing
            | '\u{180e}'                    // Mongolian vowel separator
            | '\u{200b}'..='\u{200f}'       // zero width, left-to-right and right-to-left marks
            | '\u{2028}'..='\u{202e}'       // line and paragraph separators, embeddings, overrides
            | '\u{2060}'..='\u{206f}'       // word joiner, invisible operators, isolates
            | '\u{feff}'                    // byte order mark
            | '\u{fff9}'..='\u{fffb}'       // interlinear annotation
            | '\u{1d173}'..='\u{1d17a}'     // musical controls
            | '\u{e0000}'..='\u{e007f}'     // tags
        )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, shown: &str) {
        assert_eq!(printable(text), shown);
    }

    #[test]
    fn words_stay_as_they_are() {
        check("", "");
        check("No effusion.\n\tLeft: clear", "No effusion.\n\tLeft: clear");
        check("未见胸腔积液。", "未见胸腔积液。");
        check("e\u{301} 🫁 ½ ü", "e\u{301} 🫁 ½ ü");
    }

    #[test]
    fn terminal_commands_are_shown_and_not_obeyed() {
        check("\u{1b}[31mred", "\\u{1b}[31mred");
        check("\u{1b}]0;title\u{7}", "\\u{1b}]0;title\\u{7}");
        check("a\u{8}\u{7f}\0", "a\\u{8}\\u{7f}\\u{0}");
        check("\u{9b}2J\u{90}q", "\\u{9b}2J\\u{90}q");
        check("over\rwrite", "over\\u{d}write");
        check("dos\r\nline", "dos\nline");
    }

    #[test]
    fn hidden_and_reordered_text_is_shown() {
        check("scan\u{202e}gnp.exe", "scan\\u{202e}gnp.exe");
        check("\u{2066}x\u{2069}", "\\u{2066}x\\u{2069}");
        check("no\u{200b}dule\u{feff}", "no\\u{200b}dule\\u{feff}");
        check("\u{e0041}", "\\u{e0041}");
        check("a\u{2028}b", "a\\u{2028}b");
    }

    #[test]
    fn joiners_stay_inside_emoji_and_other_scripts_only() {
        check("👩\u{200d}⚕\u{fe0f}", "👩\u{200d}⚕\u{fe0f}");
        check("می\u{200c}خواهم", "می\u{200c}خواهم");
        check("a\u{200d}b", "a\\u{200d}b");
        check("末\u{200d} ", "末\\u{200d} ");
        check("👩\u{200d}", "👩\u{200d}");
    }

    #[test]
    fn nothing_that_comes_out_is_a_hazard() {
        let everything: String = (0..=0x0010_ffff).filter_map(char::from_u32).collect();
        let shown = printable(&everything);
        assert!(
            shown
                .chars()
                .all(|c| !is_hazard(c) || c == '\n' || c == '\t')
        );
    }

    #[test]
    fn json_says_the_same_and_steers_nothing() {
        let everything: String = (0..=0x0010_ffff).filter_map(char::from_u32).collect();
        let json = serde_json::to_string(&everything).unwrap();
        let safe = json_safe(&json);
        assert!(!safe.chars().any(is_hazard));
        assert_eq!(serde_json::from_str::<String>(&safe).unwrap(), everything);
        assert_eq!(
            json_safe("\"\u{9b}é\u{e0041}\"\n"),
            "\"\\u009bé\\udb40\\udc41\"\n"
        );
    }

    #[test]
    fn a_line_stays_one_line() {
        assert_eq!(printable_line("a\nb\tc"), "a\\nb\\tc");
    }
}
