//! A paragraph of Markdown in, the stretches of it that are shown and how out: emphasis, code, links, escapes.
//!
//! `CommonMark` 0.31, sections 2.4 and 6.1 to 6.5, with these differences: no HTML and no entities (they are shown as they
//! stand), no references (a model's `[1]` is shown as it stands), `~~` strikes out and a single `~` does not (it means
//! "about"), bare addresses are links, and Chinese punctuation does not keep `**结论：**肺` from being bold.

use std::ops::Range;

use super::sheet::{Face, Kind};

/// The longest address of a link, in bytes: text that opens many and closes none costs time in the square of it.
const FARTHEST: usize = 1024;

/// A stretch of the paragraph that is shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chunk {
    /// Its bytes.
    pub span: Range<usize>,
    /// How it looks.
    pub face: Face,
}

/// What is shown of a paragraph, in order.
///
/// While a paragraph is still being written (`is_open`), bold that was begun and not ended goes on to its end, so that
/// its stars do not flash up.
pub fn inline(text: &str, base: Face, is_open: bool) -> Vec<Chunk> {
    if !text
        .bytes()
        .any(|it| matches!(it, b'*' | b'_' | b'`' | b'~' | b'[' | b'\\' | b'<' | b':'))
    {
        return Vec::from_iter((!text.is_empty()).then_some(Chunk {
            span: 0..text.len(),
            face: base,
        }));
    }
    let mut scan = Scan {
        text,
        events: Vec::new(),
        delims: Vec::new(),
        brackets: Vec::new(),
        lone_ticks: Vec::new(),
    };
    scan.run();
    let begun = resolve(&mut scan.delims, &mut scan.events);
    if is_open {
        go_on(&begun, text, &mut scan.events);
    }
    flatten(text, base, scan.events)
}

/// What happens to the text at a place.
#[derive(Debug, Clone, Copy)]
enum Event {
    Strong(i32),
    Emphasis(i32),
    Strike(i32),
    Code(i32),
    Link(i32),
    Dim(i32),
    Hide(i32),
}

/// A run of `*`, `_` or `~`.
#[derive(Debug, Clone, Copy)]
struct Delim {
    at: usize,
    sign: u8,
    /// Signs that are not used yet.
    left: usize,
    /// Signs that it had.
    whole: usize,
    can_open: bool,
    can_close: bool,
}

/// A `[` or `![` that is not closed yet.
struct Bracket {
    at: usize,
    is_image: bool,
    n_delims: usize,
    is_active: bool,
}

struct Scan<'a> {
    text: &'a str,
    events: Vec<(usize, Event)>,
    delims: Vec<Delim>,
    brackets: Vec<Bracket>,
    /// Lengths of runs of backticks that nothing closes.
    lone_ticks: Vec<usize>,
}

impl Scan<'_> {
    fn run(&mut self) {
        let bytes = self.text.as_bytes();
        let mut at = 0;
        while let Some(byte) = bytes.get(at) {
            at = match byte {
                b'\\' => self.escape(at),
                b'`' => self.code(at),
                b'*' | b'_' | b'~' => self.delim(at, *byte),
                b'!' if bytes.get(at + 1) == Some(&b'[') => self.bracket(at, 2),
                b'[' => self.bracket(at, 1),
                b']' => self.close(at),
                b'<' => self.pointed(at),
                b'h' => self.bare(at),
                _ => at + 1,
            };
        }
    }

    fn cover(&mut self, span: Range<usize>, event: fn(i32) -> Event) {
        cover(&mut self.events, span, event);
    }

    fn escape(&mut self, at: usize) -> usize {
        match self.text.as_bytes().get(at + 1) {
            Some(next) if next.is_ascii_punctuation() || *next == b'\n' => {
                self.cover(at..at + 1, Event::Hide);
                at + 2
            }
            _ => at + 1,
        }
    }

    fn code(&mut self, at: usize) -> usize {
        let n = run_length(self.text, at, b'`');
        let inside = at + n;
        let Some(end) = self.closing_ticks(inside, n) else {
            return inside;
        };
        let code = &self.text[inside..end];
        let has_pad = code.len() > 2
            && code.starts_with([' ', '\n'])
            && code.ends_with([' ', '\n'])
            && !code.trim().is_empty();
        let pad = usize::from(has_pad);
        self.cover(at..inside + pad, Event::Hide);
        self.cover(inside + pad..end - pad, Event::Code);
        self.cover(end - pad..end + n, Event::Hide);
        end + n
    }

    /// Where the run of exactly `n` backticks begins that closes a code span.
    fn closing_ticks(&mut self, from: usize, n: usize) -> Option<usize> {
        if self.lone_ticks.contains(&n) {
            return None;
        }
        let mut at = from;
        while let Some(next) = self.text[at..].find('`') {
            let length = run_length(self.text, at + next, b'`');
            if length == n {
                return Some(at + next);
            }
            at += next + length;
        }
        self.lone_ticks.push(n);
        None
    }

    fn delim(&mut self, at: usize, sign: u8) -> usize {
        let n = run_length(self.text, at, sign);
        let before = self.text[..at].chars().next_back();
        let after = self.text[at + n..].chars().next();
        let opens = is_flanking(after, before);
        let closes = is_flanking(before, after);
        let is_under = sign == b'_';
        let touches = |it: Option<char>| it.is_some_and(is_punctuation);
        if sign != b'~' || n == 2 {
            self.delims.push(Delim {
                at,
                sign,
                left: n,
                whole: n,
                can_open: opens && (!is_under || !closes || touches(before)),
                can_close: closes && (!is_under || !opens || touches(after)),
            });
        }
        at + n
    }

    fn bracket(&mut self, at: usize, length: usize) -> usize {
        self.brackets.push(Bracket {
            at,
            is_image: length == 2,
            n_delims: self.delims.len(),
            is_active: true,
        });
        at + length
    }

    fn close(&mut self, at: usize) -> usize {
        let Some(open) = self.brackets.pop().filter(|it| it.is_active) else {
            return at + 1;
        };
        let Some(end) = destination(self.text, at + 1) else {
            return at + 1;
        };
        let inside = open.at + if open.is_image { 2 } else { 1 };
        self.cover(open.at..inside, Event::Hide);
        self.cover(inside..at, Event::Link);
        self.cover(at..at + 1, Event::Hide);
        self.cover(at + 1..end, Event::Dim);
        let mut within = self.delims.split_off(open.n_delims);
        resolve(&mut within, &mut self.events);
        if !open.is_image {
            let outer = self.brackets.iter_mut().filter(|it| !it.is_image);
            outer.for_each(|it| it.is_active = false);
        }
        end
    }

    /// `<https://…>`.
    fn pointed(&mut self, at: usize) -> usize {
        let rest = &self.text[at + 1..];
        let length = rest.find(|it: char| it.is_whitespace() || it == '<' || it == '>');
        match length {
            Some(length) if rest[length..].starts_with('>') && is_address(&rest[..length]) => {
                self.cover(at..at + 1, Event::Hide);
                self.cover(at + 1..at + 1 + length, Event::Link);
                self.cover(at + 1 + length..at + 2 + length, Event::Hide);
                at + 2 + length
            }
            _ => at + 1,
        }
    }

    /// `https://…` in the middle of a text.
    fn bare(&mut self, at: usize) -> usize {
        let rest = &self.text[at..];
        let is_inside = self.text[..at].ends_with(|it: char| it.is_ascii_alphanumeric());
        if is_inside || !is_address(rest) {
            return at + 1;
        }
        let ends = |it: char| it.is_whitespace() || !it.is_ascii() || "<>`*[]\"|".contains(it);
        let mut length = rest.find(ends).unwrap_or(rest.len()).min(FARTHEST);
        let opens = rest[..length].matches('(').count();
        let mut closes = rest[..length].matches(')').count();
        while let Some(last) = rest[..length].chars().next_back() {
            match last {
                ')' if closes > opens => closes -= 1,
                '.' | ',' | ':' | ';' | '!' | '?' | '\'' | '_' | '~' | '\\' => {}
                _ => break,
            }
            length -= 1;
        }
        self.cover(at..at + length, Event::Link);
        at + length.max(1)
    }
}

fn cover(events: &mut Vec<(usize, Event)>, span: Range<usize>, event: fn(i32) -> Event) {
    if !span.is_empty() {
        events.push((span.start, event(1)));
        events.push((span.end, event(-1)));
    }
}

fn run_length(text: &str, at: usize, sign: u8) -> usize {
    let rest = text.as_bytes().get(at..).unwrap_or(&[]);
    rest.iter().take_while(|it| **it == sign).count()
}

fn is_address(text: &str) -> bool {
    let rest = text
        .strip_prefix("https://")
        .or_else(|| text.strip_prefix("http://"));
    rest.is_some_and(|it| it.starts_with(|it: char| it.is_ascii_alphanumeric()))
}

/// The end of `(address "title")` that begins at `at`.
fn destination(text: &str, at: usize) -> Option<usize> {
    let rest = text.get(at..)?.strip_prefix('(')?;
    let letters = rest.char_indices().take_while(|it| it.0 < FARTHEST);
    let mut depth = 1;
    let mut quote = None;
    let mut is_escaped = false;
    for (offset, letter) in letters {
        let last = std::mem::take(&mut is_escaped);
        match (letter, quote) {
            _ if last => {}
            ('\\', _) => is_escaped = true,
            ('"', None) if rest[..offset].ends_with([' ', '\n']) => quote = Some('"'),
            ('"', Some(_)) => quote = None,
            ('(', None) => depth += 1,
            (')', None) if depth == 1 => {
                let address = rest[..offset].trim();
                let (address, title) = address.split_once([' ', '\n']).unwrap_or((address, ""));
                let is_titled = title.is_empty() || title.trim_start().starts_with('"');
                let is_plain = !address.contains(char::is_whitespace);
                return (is_titled && is_plain).then_some(at + 1 + offset + 1);
            }
            (')', None) => depth -= 1,
            _ => {}
        }
    }
    None
}

/// Whether a run beside `inner` opens (or, with the sides exchanged, closes): `CommonMark`'s flanking, made friendly to
/// text without blanks.
fn is_flanking(inner: Option<char>, outer: Option<char>) -> bool {
    let Some(inner) = inner.filter(|it| !it.is_whitespace()) else {
        return false;
    };
    let is_plain = !is_punctuation(inner) || is_cjk(inner);
    is_plain || outer.is_none_or(|it| it.is_whitespace() || is_punctuation(it) || is_cjk(it))
}

/// Whether a character is punctuation or a symbol: none of letter, number, mark, blank.
fn is_punctuation(letter: char) -> bool {
    if letter.is_ascii() {
        return letter.is_ascii_punctuation();
    }
    let is_mark = super::wrap::glyph(letter.encode_utf8(&mut [0; 4])).1 == 0;
    !letter.is_alphanumeric() && !letter.is_whitespace() && !is_mark
}

/// Whether a character belongs to scripts that are written without blanks.
fn is_cjk(letter: char) -> bool {
    matches!(letter,
        '\u{2e80}'..='\u{33ff}' | '\u{3400}'..='\u{9fff}' | '\u{a960}'..='\u{a97f}' | '\u{ac00}'..='\u{d7ff}'
        | '\u{f900}'..='\u{faff}' | '\u{fe30}'..='\u{fe4f}' | '\u{ff00}'..='\u{ffef}' | '\u{20000}'..='\u{3ffff}')
}

/// Finds which runs make emphasis of what is between them; the runs that could still open come out.
fn resolve(delims: &mut [Delim], events: &mut Vec<(usize, Event)>) -> Vec<Delim> {
    let mut openers: Vec<Delim> = Vec::new();
    // Below these heights of the stack nothing opens for a closer of that kind (CommonMark's "openers_bottom").
    let mut bottoms = [0_usize; 18];
    for delim in delims.iter_mut() {
        while delim.can_close && delim.left > 0 {
            let kind = kind_of(delim);
            let bottom = bottoms[kind].min(openers.len());
            let fits = |it: &Delim| pairs(it, delim);
            let Some(index) = openers[bottom..].iter().rposition(fits) else {
                bottoms[kind] = openers.len();
                break;
            };
            let index = bottom + index;
            openers.truncate(index + 1);
            pair(&mut openers[index], delim, events);
            if openers[index].left == 0 {
                openers.pop();
            }
            for bottom in &mut bottoms {
                *bottom = (*bottom).min(openers.len());
            }
        }
        if delim.can_open && delim.left > 0 {
            openers.push(*delim);
        }
    }
    openers
}

fn kind_of(delim: &Delim) -> usize {
    let sign = match delim.sign {
        b'*' => 0,
        b'_' => 1,
        _ => 2,
    };
    sign * 6 + usize::from(delim.can_open) * 3 + delim.whole % 3
}

/// `CommonMark` 6.2, rules 9 and 10: of runs that can both open and close, the lengths may not add up to a multiple of three.
fn pairs(open: &Delim, close: &Delim) -> bool {
    let is_both = open.can_close || close.can_open;
    let odd = (open.whole + close.whole).is_multiple_of(3)
        && !(open.whole.is_multiple_of(3) && close.whole.is_multiple_of(3));
    open.sign == close.sign && open.can_open && !(is_both && odd)
}

fn pair(open: &mut Delim, close: &mut Delim, events: &mut Vec<(usize, Event)>) {
    let n = open.left.min(close.left).min(2);
    open.left -= n;
    close.left -= n;
    let from = open.at + open.left;
    let event = match (open.sign, n) {
        (b'~', _) => Event::Strike,
        (_, 2) => Event::Strong,
        _ => Event::Emphasis,
    };
    cover(events, from..from + n, Event::Hide);
    cover(events, from + n..close.at, event);
    cover(events, close.at..close.at + n, Event::Hide);
    close.at += n;
}

/// Lets bold that was begun go on to the end of a text that is still being written.
fn go_on(begun: &[Delim], text: &str, events: &mut Vec<(usize, Event)>) {
    for it in begun.iter().filter(|it| it.sign == b'*' && it.left >= 2) {
        let inside = it.at + it.left;
        cover(events, inside - 2..inside, Event::Hide);
        cover(events, inside..text.len(), Event::Strong);
    }
}

/// Turns what begins and ends where into stretches of one face.
fn flatten(text: &str, base: Face, mut events: Vec<(usize, Event)>) -> Vec<Chunk> {
    events.sort_by_key(|it| it.0);
    let mut chunks: Vec<Chunk> = Vec::new();
    let mut state = State::default();
    let mut from = 0;
    for (at, event) in events.into_iter().chain([(text.len(), Event::Hide(0))]) {
        if at > from && state.hide == 0 {
            let face = state.face(base);
            match chunks.last_mut() {
                Some(last) if last.face == face && last.span.end == from => last.span.end = at,
                _ => chunks.push(Chunk {
                    span: from..at,
                    face,
                }),
            }
        }
        from = at;
        state.step(event);
    }
    chunks
}

/// How many of each cover the place.
#[derive(Default)]
struct State {
    strong: i32,
    emphasis: i32,
    strike: i32,
    code: i32,
    link: i32,
    dim: i32,
    hide: i32,
}

impl State {
    fn step(&mut self, event: Event) {
        match event {
            Event::Strong(by) => self.strong += by,
            Event::Emphasis(by) => self.emphasis += by,
            Event::Strike(by) => self.strike += by,
            Event::Code(by) => self.code += by,
            Event::Link(by) => self.link += by,
            Event::Dim(by) => self.dim += by,
            Event::Hide(by) => self.hide += by,
        }
    }

    fn face(&self, base: Face) -> Face {
        let kind = if self.code > 0 {
            Kind::Code
        } else if self.dim > 0 {
            Kind::Dim
        } else if self.link > 0 {
            Kind::Link
        } else {
            base.kind
        };
        Face {
            kind,
            strong: base.strong || self.strong > 0,
            emphasis: base.emphasis || self.emphasis > 0,
            strike: base.strike || self.strike > 0,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is shown, with `<b>`, `<i>`, `<s>`, `<c>`, `<l>`, `<d>` around stretches.
    fn shown(text: &str, is_open: bool) -> String {
        let mut out = String::new();
        for chunk in inline(text, Face::default(), is_open) {
            let face = chunk.face;
            let kind = match face.kind {
                Kind::Code => "c",
                Kind::Link => "l",
                Kind::Dim => "d",
                _ => "",
            };
            let marks = [(face.strong, "b"), (face.emphasis, "i"), (face.strike, "s")];
            let marks = marks.iter().filter(|it| it.0).map(|it| it.1);
            let tag: String = marks.chain([kind]).collect();
            match tag.as_str() {
                "" => out += &text[chunk.span],
                tag => out.extend(["<", tag, ">", &text[chunk.span], "</", tag, ">"]),
            }
        }
        out
    }

    #[track_caller]
    fn check(text: &str, expected: &str) {
        assert_eq!(shown(text, false), expected, "{text:?}");
    }

    #[test]
    fn emphasis_is_commonmark_s() {
        check("*foo bar*", "<i>foo bar</i>"); // example 350
        check("a * foo bar*", "a * foo bar*"); // 351
        check("foo*bar*", "foo<i>bar</i>"); // 355
        check("foo_bar_baz", "foo_bar_baz"); // 360
        check("box_2d and aa_\"bb\"_cc", "box_2d and aa_\"bb\"_cc"); // 361
        check("**foo bar**", "<b>foo bar</b>"); // 378
        check("** foo bar**", "** foo bar**"); // 379
        check("foo**bar**", "foo<b>bar</b>"); // 382
        check("*foo**bar**baz*", "<i>foo</i><bi>bar</bi><i>baz</i>"); // 411
        check("*foo**bar*", "<i>foo**bar</i>"); // 412
        check("***foo** bar*", "<bi>foo</bi><i> bar</i>"); // 413
        check("**foo*bar*baz**", "<b>foo</b><bi>bar</bi><b>baz</b>"); // 425
        check("foo *****", "foo *****"); // 440
        check("**foo*", "*<i>foo</i>"); // 442
        check("****foo*", "***<i>foo</i>"); // 445
        check("*foo _bar* baz_", "<i>foo _bar</i> baz_"); // 468
        check("5 * 3 * 2", "5 * 3 * 2");
    }

    #[test]
    fn chinese_is_emphasised_without_blanks() {
        check("**结论：**左肺", "<b>结论：</b>左肺");
        check("可见**95%**的", "可见<b>95%</b>的");
        check("**“磨玻璃”**影", "<b>“磨玻璃”</b>影");
        check("见*结节*，", "见<i>结节</i>，");
    }

    #[test]
    fn code_links_and_escapes() {
        check("`a*b*`", "<c>a*b*</c>");
        check("`` a`b ``", "<c>a`b</c>");
        check("a ` b", "a ` b");
        check("`a `` b", "`a `` b");
        check("*a `b*` c*", "<i>a </i><ic>b*</ic><i> c</i>");
        check("\\*a\\* \\d", "*a* \\d");
        check(
            "[see](http://x.y/z_a_)",
            "<l>see</l><d>(http://x.y/z_a_)</d>",
        );
        check("*foo [bar* baz](x)", "*foo <l>bar* baz</l><d>(x)</d>");
        check(
            "![film](a.png \"t (\")",
            "<l>film</l><d>(a.png \"t (\")</d>",
        );
        check("[1] and [2]: x (y)", "[1] and [2]: x (y)");
        check("[a](b c)", "[a](b c)");
        check("<https://a.b> <br> &lt;", "<l>https://a.b</l> <br> &lt;");
        check("see https://a.b/c_d_e.", "see <l>https://a.b/c_d_e</l>.");
        check("(https://a.b/c_(d))，x", "(<l>https://a.b/c_(d)</l>)，x");
        check("xhttps://a.b", "xhttps://a.b");
        check("~~old~~ ~3 cm ~ 5 cm", "<s>old</s> ~3 cm ~ 5 cm");
    }

    #[test]
    fn bold_that_is_being_written_is_bold_already() {
        assert_eq!(shown("a **bo", true), "a <b>bo</b>");
        assert_eq!(shown("a **", true), "a **");
        assert_eq!(shown("a **b** **c", true), "a <b>b</b> <b>c</b>");
        assert_eq!(shown("a **bo", false), "a **bo");
    }

    #[test]
    fn hostile_paragraphs_take_no_time_in_the_square_of_their_length() {
        let n = 20_000;
        let check = |text: String, letters: usize| {
            let chunks = inline(&text, Face::default(), false);
            let seen: usize = chunks.iter().map(|it| it.span.len()).sum();
            assert_eq!(seen, letters, "{:?}", text.get(..12));
        };
        check("*a ".repeat(n) + &" a*".repeat(n), n * 4);
        check("_a *b ".repeat(n), n * 6);
        check("[".repeat(n) + &"]".repeat(n), n * 2);
        check("[a](".repeat(n), n * 4);
        check("**a_ ".repeat(n), n * 5);
        check("http://a)".repeat(n), n * 9);
        check(format!("http://a{}", ")".repeat(n)), n + 8);
        let ticks = |it: usize| "`".repeat(it) + " ";
        check((1..200).map(ticks).collect(), 200 * 199 / 2 + 199);
    }
}
