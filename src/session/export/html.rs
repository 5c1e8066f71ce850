//! A session's contents in, one page of HTML out, in which the session's own text is only ever text.
//!
//! It needs nothing beside it, asks nothing of a network, and reads well by day, by night and on paper.

use std::fmt::Write as _;
use std::io::{self, Write};

use super::leaf::{Leaf, Leaves, cover};
use super::{Order, Shape, Sight};
use crate::session::contents::Contents;
use crate::session::safe::printable;
use crate::session::v1::Boxed;
use crate::settings::Lang;

/// Nothing is loaded and nothing runs, whatever the text says: pictures are inside, and the one style sheet is this.
const STYLE: &str = "\
:root{color-scheme:light dark;--text:#1b1f24;--back:#ffffff;--soft:#59636e;--line:#d1d9e0;--ask:#f3f6f9;--mark:#9a3412}
@media(prefers-color-scheme:dark){:root{--text:#e6edf3;--back:#0f1318;--soft:#9198a1;--line:#3d444d;--ask:#1a212a;--mark:#fdba74}}
body{margin:0 auto;padding:1.5rem 1rem;max-width:46rem;font:1rem/1.55 system-ui,sans-serif;color:var(--text);background:var(--back)}
h1{font-size:1.4rem;line-height:1.3;overflow-wrap:anywhere}
h2{font-size:1.05rem;margin:2rem 0 .5rem;padding-top:.75rem;border-top:1px solid var(--line)}
h3{font-size:.8rem;margin:1rem 0 .2rem;color:var(--soft);font-weight:600}
.warn,.mark{color:var(--mark)}
.mark{font-weight:400}
ul{margin:.5rem 0;padding-left:1.1rem;font-size:.85rem;color:var(--soft)}
li{overflow-wrap:anywhere;white-space:pre-wrap}
.words{white-space:pre-wrap;overflow-wrap:anywhere;margin:0}
.ask{background:var(--ask);border-radius:.4rem;padding:.6rem .8rem}
figure{display:inline-block;margin:.5rem .75rem .5rem 0;vertical-align:top;max-width:100%}
figure svg{display:block;max-width:100%;height:auto;background:#000}
figcaption{font-size:.8rem;color:var(--soft)}
.region,.box{fill:none;stroke-width:2;vector-effect:non-scaling-stroke}
.region{stroke:#4cc9f0}
.box{stroke:#ffd166}
@media print{body{max-width:none;padding:0;font-size:10pt}.ask{border:1px solid var(--line)}h2{break-after:avoid}figure,.ask{break-inside:avoid}}
";

pub(super) fn write(
    contents: &mut Contents,
    order: &Order<'_>,
    out: &mut dyn Write,
) -> anyhow::Result<()> {
    let lang = order.wish.lang;
    let cover = cover(contents, order.name, order.wish);
    let title = escaped(match cover.title.as_str() {
        "" => order.name,
        title => title,
    });
    write!(
        out,
        "<!DOCTYPE html>\n<html lang=\"{}\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; img-src data:; style-src 'unsafe-inline'\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>{title}</title>\n\
         <style>\n{STYLE}</style>\n</head>\n<body>\n<h1>{title}</h1>\n<p class=\"warn\">{}</p>\n",
        lang.pick("en", "zh"),
        cover.disclaimer,
    )?;
    list(&cover.facts, out)?;
    pictures(order, out)?;
    let mut leaves = Leaves::of(contents, order.wish);
    while let Some(leaf) = leaves.next_leaf()? {
        self::leaf(&leaf, order, out)?;
    }
    if let Some(hidden) = &cover.hidden {
        writeln!(out, "<hr>\n<p>{}</p>", escaped(hidden))?;
    }
    writeln!(out, "</body>\n</html>")?;
    Ok(())
}

/// All pictures, each once, however often it is shown; here none is seen.
fn pictures(order: &Order<'_>, out: &mut dyn Write) -> io::Result<()> {
    if order.sights.is_empty() {
        return Ok(());
    }
    writeln!(
        out,
        "<svg width=\"0\" height=\"0\" style=\"position:absolute\" aria-hidden=\"true\"><defs>"
    )?;
    for (id, sight) in order.sights {
        let (columns, rows) = sight.picture;
        writeln!(
            out,
            "<image id=\"picture-{id}\" width=\"{columns}\" height=\"{rows}\" preserveAspectRatio=\"none\" href=\"{}\"/>",
            sight.uri()
        )?;
    }
    writeln!(out, "</defs></svg>")
}

fn leaf(leaf: &Leaf, order: &Order<'_>, out: &mut dyn Write) -> io::Result<()> {
    let (lang, number) = (order.wish.lang, leaf.number);
    let heading = match lang {
        Lang::En => format!("Turn {number}"),
        Lang::Zh => format!("第 {number} 轮"),
    };
    let marks = match leaf.marks.join(", ").as_str() {
        "" => String::new(),
        marks => format!(" <span class=\"mark\">({})</span>", escaped(marks)),
    };
    writeln!(
        out,
        "<section id=\"turn-{number}\">\n<h2>{heading}{marks}</h2>"
    )?;
    list(&leaf.news, out)?;
    for picture in &leaf.pictures {
        let caption = escaped(&picture.line);
        match order.sights.get(&picture.id) {
            Some(sight) => {
                let boxes = leaf.boxes.iter().filter(|it| it.picture == picture.id);
                figure(picture.id, sight, boxes, &caption, out)?;
            }
            None => writeln!(out, "<ul><li>{caption}</li></ul>")?,
        }
    }
    for (heading, text) in &leaf.priors {
        passage(heading, "words", text, out)?;
    }
    passage(
        lang.pick("Question", "问题"),
        "words ask",
        &leaf.question,
        out,
    )?;
    if !leaf.thinking.is_empty() {
        passage(lang.pick("Thinking", "思考"), "words", &leaf.thinking, out)?;
    }
    passage(lang.pick("Answer", "回答"), "words", &leaf.answer, out)?;
    list(&leaf.facts, out)?;
    writeln!(out, "</section>")
}

fn passage(heading: &str, class: &str, words: &str, out: &mut dyn Write) -> io::Result<()> {
    let words = match words.trim_matches('\n') {
        "" => "—",
        words => words,
    };
    let (heading, words) = (escaped(heading), escaped(words));
    writeln!(out, "<h3>{heading}</h3>\n<p class=\"{class}\">{words}</p>")
}

/// A picture with its region and the boxes of the answer, each drawn in the pixels that it is given in.
fn figure<'a>(
    id: u32,
    sight: &Sight,
    boxes: impl Iterator<Item = &'a Boxed>,
    caption: &str,
    out: &mut dyn Write,
) -> io::Result<()> {
    let ((width, height), (columns, rows)) = (sight.size, sight.picture);
    let (x, y) = (sight.begin.0 as f64, sight.begin.1 as f64);
    let mut drawn = String::new();
    if let Some(region) = sight.region {
        draw(region, (x, y), "region", "R1", &mut drawn);
    }
    for it in boxes {
        draw(
            Shape::Rectangle(it.pixels),
            (x, y),
            "box",
            &it.label,
            &mut drawn,
        );
    }
    writeln!(
        out,
        "<figure><svg width=\"{width}\" height=\"{height}\" viewBox=\"0 0 {columns} {rows}\" preserveAspectRatio=\"none\" \
         role=\"img\"><use href=\"#picture-{id}\"/>{drawn}</svg>\n<figcaption>{caption}</figcaption></figure>"
    )
}

fn draw(shape: Shape, (x, y): (f64, f64), class: &str, label: &str, out: &mut String) {
    let label = escaped(label);
    let drawn = match shape {
        Shape::Rectangle([top, left, bottom, right]) => {
            let (width, height) = ((right - left).max(0.0), (bottom - top).max(0.0));
            let (left, top) = (left - x, top - y);
            write!(
                out,
                "<rect class=\"{class}\" x=\"{left}\" y=\"{top}\" width=\"{width}\" height=\"{height}\"><title>{label}</title></rect>"
            )
        }
        Shape::Ellipse([top, left, bottom, right]) => {
            let (cx, cy) = (
                f64::midpoint(left, right) - x,
                f64::midpoint(top, bottom) - y,
            );
            let (rx, ry) = ((right - left).max(0.0) / 2.0, (bottom - top).max(0.0) / 2.0);
            write!(
                out,
                "<ellipse class=\"{class}\" cx=\"{cx}\" cy=\"{cy}\" rx=\"{rx}\" ry=\"{ry}\"><title>{label}</title></ellipse>"
            )
        }
    };
    drawn.expect("a String takes every write");
}

fn list<'a>(facts: impl IntoIterator<Item = &'a String>, out: &mut dyn Write) -> io::Result<()> {
    let items = facts
        .into_iter()
        .map(|it| format!("<li>{}</li>\n", escaped(it)));
    let items: String = items.collect();
    if items.is_empty() {
        return Ok(());
    }
    writeln!(out, "<ul>\n{items}</ul>")
}

/// Text of any kind: its controls are shown, and nothing in it is mark-up, neither between tags nor in an attribute.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for letter in printable(text).chars() {
        match letter {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            _ => escaped.push(letter),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_only_text() {
        assert_eq!(
            escaped("<script>alert(\"1\" & '2')</script> ]]>"),
            "&lt;script&gt;alert(&quot;1&quot; &amp; &#39;2&#39;)&lt;/script&gt; ]]&gt;"
        );
        assert_eq!(escaped("a\0\u{202e}b\n\tc"), "a\\u{0}\\u{202e}b\n\tc");
    }

    #[test]
    fn shapes_lie_where_they_lie_in_a_crop() {
        let mut drawn = String::new();
        draw(
            Shape::Ellipse([10.0, 20.0, 30.0, 60.0]),
            (20.0, 10.0),
            "region",
            "",
            &mut drawn,
        );
        draw(
            Shape::Rectangle([10.0, 20.0, 30.0, 60.0]),
            (5.0, 1.0),
            "box",
            "<x>",
            &mut drawn,
        );
        assert!(
            drawn.contains("cx=\"20\" cy=\"10\" rx=\"20\" ry=\"10\""),
            "{drawn}"
        );
        assert!(
            drawn.contains("x=\"15\" y=\"9\" width=\"40\" height=\"20\"><title>&lt;x&gt;<"),
            "{drawn}"
        );
    }
}
