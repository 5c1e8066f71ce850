//! A half that is drawn in, words in its corners and over its picture out.

use crate::imaging::caption::Edges;
use crate::session::safe::printable_line;
use crate::tui::terminal::probe::Protocol;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use super::paper::{Paper, cut, width};
use super::view::Scenery;
use super::{place, text};

/// A line of a corner.
type Line = (String, Style);

/// The longest label over a picture, in columns.
const LONGEST: u16 = 24;

pub(super) fn draw(it: &Scenery<'_>, shows_eye: bool, buf: &mut Buffer) {
    let theme = it.stage.theme;
    let mut paper = Paper::new(theme, buf, it.room);
    let [top_left, top_right, bottom_left, bottom_right] = if shows_eye {
        it.eye_corners()
    } else {
        it.corners()
    };
    it.pair(&mut paper, &top_left, &top_right, true);
    it.pair(&mut paper, &bottom_left, &bottom_right, false);
    it.message(&mut paper, shows_eye);
    it.probe(&mut paper);
    if !shows_eye {
        it.edges(&mut paper);
        it.labels(&mut paper);
        it.scale_bar(&mut paper);
    }
}

impl Scenery<'_> {
    fn corners(&self) -> [Vec<Line>; 4] {
        let (theme, lang, half) = (self.stage.theme, self.viewer.lang, self.half);
        let is_one_of_two = self.viewer.halves.iter().all(Option::is_some);
        let is_front = self.viewer.is_front(half) && is_one_of_two;
        let sign = if is_front {
            theme.symbols.user
        } else {
            theme.symbols.picture
        };
        let name_style = if is_front { theme.title } else { theme.text };
        let mut top_left = vec![(format!("{sign} {}", half.name), name_style)];
        let facts = half.reel.facts();
        let plane = half.plane().map(|it| text::plane(it, lang).to_owned());
        let kind = facts.modality.as_deref().map(printable_line);
        let kind: Vec<String> = kind.into_iter().chain(plane).collect();
        let (mut top_right, mut bottom_left) = (Vec::new(), Vec::new());
        if !kind.is_empty() {
            top_left.push((kind.join(" "), theme.text));
        }
        if is_one_of_two && !self.viewer.link.is_on {
            let word = lang.pick("not linked", "未联动");
            top_left.push((word.to_owned(), theme.dim));
        }
        if let Some(there) = &half.there {
            top_right.push((text::window(half, there, lang), theme.text));
            if half.is_inverted {
                let word = lang.pick("inverted", "已反转");
                top_right.push((word.to_owned(), theme.text));
            }
            if half.zoom.factor > 1.0 {
                let word = lang.pick("zoom", "缩放");
                top_right.push((format!("{word} {:.1}x", half.zoom.factor), theme.text));
            }
            bottom_left.push((text::slice(half, there, lang), theme.text));
        }
        if let Some(pending) = text::pending(half, lang) {
            let pending = format!("{pending}{}", theme.symbols.ellipsis);
            bottom_left.push((pending, theme.warning));
        }
        if self.viewer.cine.is_some() && self.viewer.is_front(half) {
            let word = format!("{} {}", theme.symbols.folded, self.viewer.speed_text());
            bottom_left.push((word, theme.accent));
        }
        bottom_left.retain(|it| !it.0.is_empty());
        [top_left, top_right, bottom_left, self.remarks()]
    }

    /// What must not be believed too much.
    fn remarks(&self) -> Vec<Line> {
        let (theme, lang, caps) = (self.stage.theme, self.viewer.lang, self.stage.caps);
        let sign = theme.symbols.warning;
        let notes = self.half.reel.facts().notes.iter().take(2);
        let note = |it: &String| {
            let note = format!("{sign} {}", printable_line(it));
            let note = cut(&note, self.room.width / 2, theme.symbols.ellipsis);
            (note, theme.warning)
        };
        let mut remarks: Vec<Line> = notes.map(note).collect();
        let is_rough = matches!(
            caps.protocol,
            Protocol::Blocks | Protocol::Ascii | Protocol::Sixel
        );
        if self.fit.is_some() && is_rough {
            let word = lang.pick("preview", "预览");
            remarks.push((word.to_owned(), theme.dim));
        }
        if self.fit.is_some() && !caps.cell.is_measured {
            let word = lang.pick("aspect unverified", "长宽比未核实");
            remarks.push((word.to_owned(), theme.warning));
        }
        remarks
    }

    fn eye_corners(&self) -> [Vec<Line>; 4] {
        let (theme, lang) = (self.stage.theme, self.viewer.lang);
        let title = lang.pick("what the model sees", "模型所见");
        let title = format!("{} {title}", theme.symbols.model);
        let mut top_left = vec![(title, theme.title)];
        let mut top_right = Vec::new();
        let mut bottom_left = Vec::new();
        if let Some(eye) = &self.viewer.eye {
            top_left.push((self.half.name.clone(), theme.text));
            let [window, fit, hash] =
                [&eye.window, &eye.fit, &eye.hash].map(|it| printable_line(it));
            let word = lang.pick("window", "窗");
            top_right.push((format!("{word} {window}"), theme.text));
            let tokens = eye.grid * eye.grid;
            let word = lang.pick("tokens", "个词元");
            top_right.push((format!("{0}x{0} {tokens} {word}", eye.side), theme.text));
            let padding = eye.padding_percent();
            let word = lang.pick("padding", "填充");
            bottom_left.push((format!("{fit}, {word} {padding}%"), theme.text));
            bottom_left.push((cut(&hash, 16, theme.symbols.ellipsis), theme.dim));
        }
        if self.viewer.is_eye_old {
            let word = lang.pick("of the look before: preparing", "属于上一状态：准备中");
            bottom_left.push((format!("{word}{}", theme.symbols.ellipsis), theme.warning));
        }
        [top_left, top_right, bottom_left, self.remarks()]
    }

    /// Two corners in the same rows; where they do not fit beside each other, the right one's lines come below.
    fn pair(&self, paper: &mut Paper<'_>, left: &[Line], right: &[Line], is_top: bool) {
        let room = self.room;
        // two rows at least, where there are two: a window that is not named is worse than a covered row
        let most = usize::from((room.height / 3).max(room.height.min(2)));
        let widest = |lines: &[Line]| lines.iter().map(|it| width(&it.0)).max().unwrap_or(0);
        let fits = widest(left) + widest(right) + 2 <= room.width;
        // of each corner at least the first line
        let marked = |lines: &'_ [Line], at_right: bool| -> Vec<(Line, bool)> {
            lines.iter().map(|it| (it.clone(), at_right)).collect()
        };
        let (left, right) = (marked(left, false), marked(right, true));
        let columns = if fits {
            vec![left, right]
        } else {
            let heads = left.iter().take(1).chain(right.iter().take(1));
            let tails = left.iter().skip(1).chain(right.iter().skip(1));
            vec![heads.chain(tails).cloned().collect()]
        };
        for mut lines in columns {
            lines.truncate(most);
            let n = u16::try_from(lines.len()).unwrap_or(u16::MAX);
            let first = if is_top {
                room.y
            } else {
                room.bottom().saturating_sub(n)
            };
            for (y, ((text, style), at_right)) in (first..).zip(lines) {
                let row = Rect {
                    y,
                    height: 1,
                    ..room
                };
                put(paper, row, (&text, style), at_right);
            }
        }
    }

    /// Why there is nothing to see.
    fn message(&self, paper: &mut Paper<'_>, shows_eye: bool) {
        let (theme, lang, caps) = (self.stage.theme, self.viewer.lang, self.stage.caps);
        if let Some(problem) = &self.half.problem {
            let text = format!("{} {problem}", theme.symbols.failure);
            paper.middle(&text, theme.failure);
        } else if shows_eye && self.viewer.eye.is_none() {
            let text = lang.pick("preparing what the model sees", "正在准备模型所见");
            paper.middle(&format!("{text}{}", theme.symbols.ellipsis), theme.dim);
        } else if caps.protocol == Protocol::None {
            let because = lang.pick("no pictures here: ", "此处无法显示图片：");
            let text = format!("{because}{}", caps.why.text(lang));
            paper.middle(&text, theme.dim);
        }
    }

    /// Letters of the patient's directions at the picture's edges.
    fn edges(&self, paper: &mut Paper<'_>) {
        let Some((fit, there)) = self.fit.zip(self.half.there.as_ref()) else {
            return;
        };
        let Some(edges) = Edges::of(&there.frame.place) else {
            return;
        };
        let (cells, style) = (fit.cells, self.stage.theme.accent);
        let middle = |text: &str| cells.x + cells.width.saturating_sub(width(text)) / 2;
        let y = cells.y + cells.height / 2;
        let right = cells.right().saturating_sub(width(&edges.right));
        paper.at(cells.x, y, &edges.left, style);
        paper.at(right, y, &edges.right, style);
        // below or above the corners' lines where these are in the way
        let n = 4.min(cells.height / 2);
        let down = cells.y..cells.y + n;
        let up = (cells.bottom() - n..cells.bottom()).rev();
        let top_x = middle(&edges.top);
        let _ = down
            .into_iter()
            .any(|y| paper.at(top_x, y, &edges.top, style));
        let bottom_x = middle(&edges.bottom);
        let _ = up
            .into_iter()
            .any(|y| paper.at(bottom_x, y, &edges.bottom, style));
    }

    /// Names of marks and of answers' places, at their upper left corners.
    fn labels(&self, paper: &mut Paper<'_>) {
        let Some(fit) = self.fit else {
            return;
        };
        let theme = self.stage.theme;
        for ((x, y), text, is_chosen) in self.viewer.labels(self.half) {
            let style = if is_chosen {
                theme.chosen
            } else {
                theme.box_number
            };
            let text = if is_chosen { format!("[{text}]") } else { text };
            let text = cut(
                text.trim_end(),
                LONGEST.min(fit.cells.width),
                theme.symbols.ellipsis,
            );
            // the first pixel of it, not the edge before
            let Some((column, row)) = fit.cell_of(x.max(0.0) + 1e-6, y.max(0.0) + 1e-6) else {
                continue;
            };
            let column = column.min(fit.cells.right().saturating_sub(width(&text)));
            let above = row.checked_sub(1).filter(|it| *it >= fit.cells.y);
            let rows = above.into_iter().chain([row, row + 1]);
            let _ = rows
                .into_iter()
                .any(|row| paper.at(column, row, &text, style));
        }
    }

    /// A sign on the pixel that is looked at.
    fn probe(&self, paper: &mut Paper<'_>) {
        let probe = self.half.probe.filter(|_| self.viewer.is_probing);
        if let Some(((x, y), fit)) = probe.zip(self.fit)
            && let Some((column, row)) = fit.cell_of(x as f64 + 0.5, y as f64 + 0.5)
        {
            paper.at(column, row, "+", self.stage.theme.accent);
        }
    }

    /// How long so many columns are, in the lowest free row.
    fn scale_bar(&self, paper: &mut Paper<'_>) {
        let Some((fit, there)) = self.fit.zip(self.half.there.as_ref()) else {
            return;
        };
        let place = &there.frame.place;
        let Some((across, _)) = place::spacing(place) else {
            return;
        };
        let cells = fit.cells;
        let mm_per_column = across * fit.part.width / f64::from(cells.width);
        let Some((n, length)) = place::scale_bar(mm_per_column, (cells.width / 4).max(3)) else {
            return;
        };
        let symbols = self.stage.theme.symbols;
        let line = symbols.rule.repeat(usize::from(n.saturating_sub(2)));
        let detector = place::at_detector(place, self.viewer.lang);
        let text = format!("{0}{line}{0} {length}{detector}", symbols.beside);
        let x = cells.x + cells.width.saturating_sub(width(&text)) / 2;
        let rows = (cells.y + cells.height / 2 + 1..cells.bottom()).rev();
        let _ = rows
            .into_iter()
            .any(|y| paper.at(x, y, &text, self.stage.theme.text));
    }
}

fn put(paper: &mut Paper<'_>, row: Rect, (text, style): (&str, Style), at_right: bool) {
    if at_right {
        paper.right(row, text, style);
    } else {
        paper.left(row, text, style);
    }
}
