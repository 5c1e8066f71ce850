//! A character in, the plain one that is compared instead out: full width, quotes, dashes and spaces of every kind are one.

/// What stands for a character in comparisons; `None` for those that are nothing (zero width, soft hyphen).
pub(super) fn fold(c: char) -> Option<char> {
    Some(match c {
        '\u{ff01}'..='\u{ff5e}' => {
            let plain = u32::from(c) - 0xfee0;
            char::from_u32(plain).expect("full width stands above ASCII")
        }
        '\u{00ad}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}' => {
            return None;
        }
        '\u{2066}'..='\u{2069}' | '\u{feff}' | '\u{fe0e}' | '\u{fe0f}' => return None,
        '\u{2018}' | '\u{2019}' | '\u{201b}' | '\u{02bc}' | '`' | '\u{00b4}' => '\'',
        '\u{201c}' | '\u{201d}' | '\u{201e}' | '\u{00ab}' | '\u{00bb}' | '\u{300c}'
        | '\u{300d}' => '"',
        '\u{2010}'..='\u{2015}' | '\u{2212}' | '\u{fe63}' => '-',
        '\u{00d7}' | '\u{2715}' | '\u{2a2f}' => '×',
        '\u{ff61}' => '。',
        '\u{301c}' | '\u{223c}' => '~',
        '\u{3010}' | '\u{3014}' => '[',
        '\u{3011}' | '\u{3015}' => ']',
        '\u{2028}' | '\u{2029}' => '\n',
        _ if c != '\n' && c.is_whitespace() => ' ',
        _ => c,
    })
}

/// A text for containment: folded, lower case, every run of white space one space, none beside a Chinese character.
pub(super) fn plain(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut gap = false;
    for c in text.chars().filter_map(fold) {
        if c.is_whitespace() {
            gap = !out.is_empty();
            continue;
        }
        let beside = is_han(c) || out.chars().next_back().is_some_and(is_han);
        if gap && !beside {
            out.push(' ');
        }
        gap = false;
        out.extend(c.to_lowercase());
    }
    out
}

/// Whether a script is written without spaces: Chinese, and the Japanese and Korean syllables that would be one word else.
pub(crate) fn is_han(c: char) -> bool {
    matches!(c,
        '\u{2e80}'..='\u{2fdf}' | '\u{3005}'..='\u{3007}' | '\u{3040}'..='\u{30ff}' | '\u{31f0}'..='\u{31ff}'
        | '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}' | '\u{ac00}'..='\u{d7a3}' | '\u{f900}'..='\u{faff}'
        | '\u{20000}'..='\u{3134f}')
}
