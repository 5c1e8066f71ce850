//! Lines of Markdown in, one after the other as they become whole, lines of a sheet out.
//!
//! A line that was taken is never looked at again, but for the paragraph, table or list item that is still open: so a
//! growing answer costs what its open end costs, and what is above it never changes (`Markdown::line`, `finish`).
//!
//! As `CommonMark` 0.31, with tables (GFM 4.10), but for what chat needs otherwise: each line feed of a paragraph stays a
//! line feed (reports are written in lines), two blanks are enough to nest an item, there is no HTML and there are no
//! link definitions (nothing that a model wrote disappears), and bare JSON is shown as JSON.

use super::inline::inline;
use super::sheet::{Face, Kind, Lead, Shape, Sheet};

use super::json::Json;
use super::starts::{
    Start, TAB, indent_of, is_blank, is_closing_fence, setext, start, strip_columns,
};
use super::table::Table;

/// What is known after some lines.
#[derive(Debug, Clone, Default)]
pub struct Markdown {
    /// `>` before the last line.
    quotes: usize,
    /// Items of lists that the last line was in, outermost first.
    items: Vec<Item>,
    open: Open,
    /// Whether blank lines came after the last text.
    has_gap: bool,
    /// Whether anything was written.
    has_text: bool,
    /// How ordinary text looks.
    base: Face,
    /// Code blocks, if somebody asked for them.
    codes: Option<Vec<CodeBlock>>,
}

/// A code block of an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CodeBlock {
    /// What stands behind its fence, "" for nothing.
    pub language: String,
    /// Its lines.
    pub text: String,
}

/// An item of a list.
#[derive(Debug, Clone)]
struct Item {
    /// The column of its marker.
    marker: usize,
    /// The column of its text.
    content: usize,
    lead: Lead,
    /// Whether its marker was written.
    is_written: bool,
}

/// What the next line may go on with.
#[derive(Debug, Clone, Default)]
enum Open {
    #[default]
    Nothing,
    Paragraph(Paragraph),
    Fence(Fence),
    Json(Json),
    Table(Table),
}

/// A paragraph so far.
#[derive(Debug, Clone, Default)]
struct Paragraph {
    text: String,
    /// For each line where it begins in `text`, and in the source.
    places: Vec<(usize, usize)>,
}

/// A fenced code block so far.
#[derive(Debug, Clone)]
struct Fence {
    sign: char,
    length: usize,
    /// Columns before the fence.
    indent: usize,
    json: Option<Json>,
}

/// The part of a line that is looked at.
#[derive(Debug, Clone, Copy)]
pub(super) struct Slice<'a> {
    pub(super) text: &'a str,
    /// Where it stands in the source.
    pub(super) at: usize,
    /// The column that it begins at.
    column: usize,
}

impl Slice<'_> {
    fn skip(self, bytes: usize) -> Self {
        let (gone, text) = self.text.split_at(bytes);
        Slice {
            text,
            at: self.at + bytes,
            column: self.column + indent_width(gone, self.column),
        }
    }

    fn trimmed(self) -> Self {
        self.skip(self.text.len() - self.text.trim_start_matches([' ', '\t']).len())
    }
}

/// Columns that a stretch without wide characters takes.
pub(super) fn indent_width(text: &str, column: usize) -> usize {
    text.chars().fold(0, |sum, it| match it {
        '\t' => sum + TAB - (column + sum) % TAB,
        _ => sum + 1,
    })
}

impl Markdown {
    /// One that remembers the code blocks.
    pub fn with_codes() -> Self {
        Self {
            codes: Some(Vec::new()),
            ..Self::default()
        }
    }

    /// One whose ordinary text looks so.
    pub fn of(base: Kind) -> Self {
        Self {
            base: base.into(),
            ..Self::default()
        }
    }

    /// Takes a whole line without its line feed; `at` is where it stands in the source.
    pub fn line(&mut self, text: &str, at: usize, out: &mut Sheet) {
        let line = Slice {
            text,
            at,
            column: 0,
        };
        let (quotes, rest) = strip_quotes(line, self.quotes_wanted());
        if self.goes_on(quotes, rest, out) {
            return;
        }
        if is_blank(rest.text) && quotes == 0 {
            self.end_block(out);
            self.has_gap = self.has_text;
            return;
        }
        if quotes != self.quotes {
            self.end_block(out);
            self.leave_items(0, out);
            self.quotes = quotes;
        }
        if is_blank(rest.text) {
            self.end_block(out);
            self.has_gap = self.has_text;
            return;
        }
        self.block(rest, out);
    }

    /// Writes what is still open: nothing more comes. `is_open` if more does come, and this is only how it looks now.
    pub fn finish(mut self, is_open: bool, out: &mut Sheet) -> Vec<CodeBlock> {
        self.end(is_open, out);
        self.leave_items(0, out);
        self.codes.unwrap_or_default()
    }

    /// In a code block a `>` is code, beyond those that the block itself stands behind.
    fn quotes_wanted(&self) -> usize {
        match self.open {
            Open::Fence(_) | Open::Json(_) => self.quotes,
            _ => usize::MAX,
        }
    }

    /// Whether the line is part of the code, the JSON, the table or the paragraph that is open, and nothing else.
    fn goes_on(&mut self, quotes: usize, line: Slice<'_>, out: &mut Sheet) -> bool {
        let is_here = quotes == self.quotes;
        match std::mem::take(&mut self.open) {
            Open::Fence(fence) if is_here => self.code_line(fence, line, out),
            Open::Json(json) if is_here && !is_blank(line.text) => self.json_line(json, line, out),
            Open::Table(mut table) if is_here && Table::takes(line.trimmed()) => {
                table.row(line.trimmed());
                self.open = Open::Table(table);
            }
            Open::Paragraph(paragraph) if !is_blank(line.text) && quotes <= self.quotes => {
                return self.paragraph_line(paragraph, is_here, line, out);
            }
            other => {
                self.open = other;
                return false;
            }
        }
        true
    }

    fn code_line(&mut self, mut fence: Fence, line: Slice<'_>, out: &mut Sheet) {
        if is_closing_fence(line.text, fence.sign, fence.length) {
            return;
        }
        let bytes = strip_columns(line.text, fence.indent);
        let code = line.skip(bytes);
        self.remember_code(code.text);
        match &mut fence.json {
            Some(json) => {
                let leads = self.leads();
                json.line(code.text, code.at, leads, out);
            }
            None => self.put_code(code, out),
        }
        self.open = Open::Fence(fence);
    }

    fn json_line(&mut self, mut json: Json, line: Slice<'_>, out: &mut Sheet) {
        let leads = self.leads();
        let goes_on = json.line(line.text.trim_end(), line.at, leads, out);
        self.remember_code(line.text.trim_end());
        if goes_on {
            self.open = Open::Json(json);
        }
    }

    fn paragraph_line(
        &mut self,
        mut paragraph: Paragraph,
        is_here: bool,
        line: Slice<'_>,
        out: &mut Sheet,
    ) -> bool {
        let rest = line.trimmed();
        let indent = line.column + indent_of(line.text);
        let in_list = !self.items.is_empty();
        let begins = start(rest.text, true, in_list);
        if is_here && indent < self.content() + TAB {
            if setext(rest.text).is_some() && indent >= self.content() {
                self.put_lines(&paragraph, Face::from(Kind::Heading), false, out);
                return true;
            }
            if let Some(table) = Table::open(paragraph.last(), &paragraph.text, rest.text) {
                paragraph.pop();
                self.put_lines(&paragraph, self.base, false, out);
                self.open = Open::Table(table);
                return true;
            }
        }
        let is_lazy = matches!(begins, Start::Text) || (!in_list && indent >= TAB);
        if is_lazy {
            paragraph.push(rest);
        }
        self.open = Open::Paragraph(paragraph);
        is_lazy
    }

    /// A line that begins something, its quotation marks taken off.
    fn block(&mut self, line: Slice<'_>, out: &mut Sheet) {
        let indent = line.column + indent_of(line.text);
        let rest = line.trimmed();
        let begins = start(
            rest.text,
            matches!(self.open, Open::Paragraph(_)),
            !self.items.is_empty(),
        );
        self.end_block(out);
        self.leave_items(indent, out);
        let is_deep = indent >= self.content() + TAB;
        match begins {
            Start::Item { .. } if is_deep && self.items.is_empty() => self.indented(line, out),
            Start::Item {
                lead,
                length,
                content,
            } => {
                self.items.push(Item {
                    marker: indent,
                    content: indent + content,
                    lead,
                    is_written: false,
                });
                let inside = rest.skip(length);
                if !is_blank(inside.text) {
                    self.block_in_item(inside, out);
                }
            }
            _ if is_deep => self.indented(line, out),
            Start::Fence {
                sign,
                length,
                language,
            } => self.fence(sign, length, language, indent, out),
            Start::Heading { from, to } => {
                let heading = rest.skip(from);
                let mut paragraph = Paragraph::default();
                paragraph.push(Slice {
                    text: &rest.text[from..to],
                    ..heading
                });
                self.put_lines(&paragraph, Face::from(Kind::Heading), false, out);
            }
            Start::Rule => self.rule(out),
            Start::Json => {
                self.gap(out);
                let json = Json::default();
                self.remember_open("json");
                self.json_line(json, rest, out);
            }
            Start::Text => {
                let mut paragraph = Paragraph::default();
                paragraph.push(rest);
                self.open = Open::Paragraph(paragraph);
            }
        }
    }

    /// What stands behind an item's marker: a block that is in the item.
    fn block_in_item(&mut self, inside: Slice<'_>, out: &mut Sheet) {
        let column = self.content();
        // Indented as its item's text is, whatever the marker's blanks.
        let rest = inside.trimmed();
        let is_nested = self.items.len() < DEEPEST;
        let slice = Slice {
            column: column.max(rest.column),
            ..rest
        };
        if is_nested {
            self.block(slice, out);
        } else {
            let mut paragraph = Paragraph::default();
            paragraph.push(slice);
            self.open = Open::Paragraph(paragraph);
        }
    }

    fn fence(&mut self, sign: char, length: usize, language: &str, indent: usize, out: &mut Sheet) {
        self.gap(out);
        let is_json = language.eq_ignore_ascii_case("json");
        self.remember_open(language);
        if !language.is_empty() {
            let mut leads = self.leads();
            leads.push(if is_json {
                Lead::Json(None)
            } else {
                Lead::Code
            });
            let start = out.end();
            out.put(language, None, Kind::Dim.into());
            out.close(start, leads, Shape::Code);
        }
        self.open = Open::Fence(Fence {
            sign,
            length,
            indent,
            json: is_json.then(Json::fenced),
        });
    }

    fn indented(&mut self, line: Slice<'_>, out: &mut Sheet) {
        self.gap(out);
        let columns = (self.content() + TAB).saturating_sub(line.column);
        let code = line.skip(strip_columns(line.text, columns));
        self.put_code(code, out);
    }

    fn rule(&mut self, out: &mut Sheet) {
        self.gap(out);
        let leads = self.leads();
        out.close(out.end(), leads, Shape::Rule);
    }

    fn put_code(&mut self, code: Slice<'_>, out: &mut Sheet) {
        let start = out.end();
        out.put(code.text, Some(code.at), Kind::Code.into());
        let mut leads = self.leads();
        leads.push(Lead::Code);
        out.close(start, leads, Shape::Code);
    }

    /// Writes a paragraph, a line of the sheet for each of its lines.
    fn put_lines(&mut self, paragraph: &Paragraph, face: Face, is_open: bool, out: &mut Sheet) {
        if paragraph.places.is_empty() {
            return;
        }
        self.gap(out);
        let chunks = inline(&paragraph.text, face, is_open);
        let ends = paragraph.places.iter().skip(1).map(|it| it.0 - 1);
        let ends = ends.chain([paragraph.text.len()]);
        let mut first = 0;
        for ((from, source), end) in paragraph.places.iter().zip(ends) {
            let start = out.end();
            first += chunks[first..].partition_point(|it| it.span.end <= *from);
            for chunk in chunks[first..].iter().take_while(|it| it.span.start < end) {
                let span = chunk.span.start.max(*from)..chunk.span.end.min(end);
                let at = source + (span.start - from);
                put_chunk(&paragraph.text[span], at, chunk.face, out);
            }
            let leads = self.leads();
            out.close(start, leads, Shape::Words);
        }
    }

    /// Ends the paragraph or whatever is open.
    fn end_block(&mut self, out: &mut Sheet) {
        self.end(false, out);
    }

    fn end(&mut self, is_open: bool, out: &mut Sheet) {
        match std::mem::take(&mut self.open) {
            Open::Paragraph(paragraph) => {
                self.put_lines(&paragraph, self.base, is_open, out);
            }
            Open::Table(table) => {
                self.gap(out);
                let leads = self.leads();
                table.put(&leads, self.base, out);
            }
            Open::Nothing | Open::Fence(_) | Open::Json(_) => {}
        }
    }

    /// One empty line for any number of blank ones.
    fn gap(&mut self, out: &mut Sheet) {
        if std::mem::take(&mut self.has_gap) {
            let quotes = vec![Lead::Quote; self.quotes.min(DEEPEST)];
            out.close(out.end(), quotes, Shape::Words);
        }
    }

    /// Where text of the innermost item begins.
    fn content(&self) -> usize {
        self.items.last().map_or(0, |it| it.content)
    }

    /// Leaves the items that a line at this column is not in.
    fn leave_items(&mut self, column: usize, out: &mut Sheet) {
        while self
            .items
            .last()
            .is_some_and(|it| it.marker + NEST > column)
        {
            self.write_marker(out);
            self.items.pop();
        }
    }

    /// An item without text has a line all the same.
    fn write_marker(&mut self, out: &mut Sheet) {
        if self.items.last().is_some_and(|it| !it.is_written) {
            self.gap(out);
            let leads = self.leads();
            out.close(out.end(), leads, Shape::Words);
        }
    }

    /// What stands before the next line: quotation bars, bullets that were not written yet, blanks for those that were.
    fn leads(&mut self) -> Vec<Lead> {
        self.has_text = true;
        let mut leads = vec![Lead::Quote; self.quotes.min(DEEPEST)];
        for item in &mut self.items {
            let is_written = std::mem::replace(&mut item.is_written, true);
            leads.push(if is_written {
                item.lead.after()
            } else {
                item.lead
            });
        }
        let mut depth = 0;
        for lead in &mut leads {
            match lead {
                Lead::Bullet(it) => *it = depth,
                Lead::Quote => continue,
                _ => {}
            }
            depth += 1;
        }
        leads
    }

    fn remember_open(&mut self, language: &str) {
        if let Some(codes) = &mut self.codes {
            codes.push(CodeBlock {
                language: language.to_owned(),
                text: String::new(),
            });
        }
    }

    fn remember_code(&mut self, line: &str) {
        if let Some(code) = self.codes.as_mut().and_then(|it| it.last_mut()) {
            code.text.push_str(line);
            code.text.push('\n');
        }
    }
}

/// Lists and quotations deeper than this are shown at this depth.
const DEEPEST: usize = 12;

/// Columns beyond an item's marker that make the next line part of it.
const NEST: usize = 2;

impl Paragraph {
    fn push(&mut self, line: Slice<'_>) {
        if !self.places.is_empty() {
            self.text.push('\n');
        }
        self.places.push((self.text.len(), line.at));
        self.text.push_str(line.text.trim_end_matches([' ', '\t']));
    }

    /// Takes the last line away.
    fn pop(&mut self) {
        let (start, _) = self.places.pop().unwrap_or_default();
        self.text.truncate(start.saturating_sub(1));
    }

    /// The last line: where it begins in the text, and in the source.
    fn last(&self) -> (usize, usize) {
        self.places.last().copied().unwrap_or_default()
    }
}

/// Takes off at most `most` quotation marks, each with the blank after it.
fn strip_quotes(mut line: Slice<'_>, most: usize) -> (usize, Slice<'_>) {
    let mut quotes = 0;
    while quotes < most {
        let rest = line.trimmed();
        if !rest.text.starts_with('>') || rest.column - line.column >= TAB {
            break;
        }
        let has_blank = rest.text[1..].starts_with([' ', '\t']);
        line = rest.skip(1 + usize::from(has_blank));
        quotes += 1;
    }
    if quotes > 0 {
        line.column = 0;
    }
    (quotes, line)
}

/// Puts a stretch of a text; the address of a link keeps a blank from it.
pub(super) fn put_chunk(words: &str, source: usize, face: Face, out: &mut Sheet) {
    let is_address = face.kind == Kind::Dim && words.starts_with('(');
    if is_address && out.text().ends_with(|it: char| !it.is_whitespace()) {
        out.put(" ", None, face);
    }
    out.put(words, Some(source), face);
}
