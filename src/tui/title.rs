//! Names of the program, the picture and the session in, the top line out: over each pane its own name.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::session::safe::printable_line;
use crate::settings::Lang;
use crate::tui::layout::{Kind, Layout, Pane};
use crate::tui::talk::wrap;
use crate::tui::theme::Theme;

/// What the top line names.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Title {
    /// The picture in view; "" for none.
    pub picture: String,
    /// The session; "" when nothing is recorded.
    pub session: String,
    /// What is being done with it: `replay`, `branch of …`; "" for nothing.
    pub note: String,
}

/// Names of files and sessions are cut to so many cells before anything else.
const LONGEST: usize = 200;

impl Title {
    /// Draws it where the layout has room for it. The pane that has the keys has a mark before its name.
    pub fn view(&self, layout: &Layout, focus: Pane, theme: &Theme, lang: Lang, buf: &mut Buffer) {
        let Some(line) = layout.title.map(|it| it.intersection(buf.area)) else {
            return;
        };
        buf.set_style(line, theme.dim);
        let picture = shown(&self.picture, lang.pick("no picture", "无图片"));
        let talk = self.talk(lang);
        if layout.kind != Kind::Wide {
            let half = line.width.div_ceil(2);
            let left = Rect {
                width: half,
                ..line
            };
            let right = Rect {
                x: line.x + half,
                width: line.width - half,
                ..line
            };
            head(&picture, left, focus == Pane::Picture, theme, buf);
            head(&talk, right, focus == Pane::Talk, theme, buf);
            return;
        }
        for (pane, area) in layout.panes() {
            let over = Rect {
                y: line.y,
                height: line.height,
                ..area
            };
            let over = over.intersection(line);
            match pane {
                Pane::Rail if layout.is_folded => {}
                Pane::Rail => head("medlab", over, focus == pane, theme, buf),
                Pane::Picture if Some(area) == layout.pictures[0] => {
                    head(&picture, over, focus == pane, theme, buf);
                }
                Pane::Talk => head(&talk, over, focus == pane, theme, buf),
                Pane::Picture | Pane::Input => {}
            }
        }
    }

    fn talk(&self, lang: Lang) -> String {
        let session = shown(&self.session, lang.pick("not recorded", "未记录"));
        match self.note.as_str() {
            "" => session,
            note => format!("{session} ({})", shown(note, "")),
        }
    }
}

fn shown(text: &str, otherwise: &str) -> String {
    if text.is_empty() {
        return otherwise.to_owned();
    }
    printable_line(wrap::clip(text, LONGEST))
}

fn head(words: &str, area: Rect, has_keys: bool, theme: &Theme, buf: &mut Buffer) {
    if area.is_empty() {
        return;
    }
    let (mark, style) = if has_keys {
        (theme.symbols.folded, theme.title)
    } else {
        (" ", theme.dim)
    };
    let room = usize::from(area.width);
    let words = wrap::shorten(words, room.saturating_sub(2), theme.symbols.ellipsis);
    buf.set_stringn(area.x, area.y, format!("{mark}{words}"), room, style);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tui::layout::{Sizes, Wish};
    use crate::tui::testing::{rows_of, theme};

    fn top(title: &Title, size: (u16, u16), focus: Pane, looks: (&str, Lang)) -> String {
        let area = Rect::new(0, 0, size.0, size.1);
        let wish = Wish {
            focus,
            front: focus,
            ..Wish::default()
        };
        let layout = Layout::new(area, &wish, Sizes::default());
        let mut buf = Buffer::empty(area);
        title.view(&layout, focus, &theme(looks.0), looks.1, &mut buf);
        rows_of(&buf).lines().next().unwrap_or("").to_owned()
    }

    fn title() -> Title {
        Title {
            picture: "chest.dcm".to_owned(),
            session: "2026-11-24-first".to_owned(),
            note: String::new(),
        }
    }

    #[test]
    fn each_pane_has_its_name_over_it() {
        let cases = [
            top(&title(), (120, 40), Pane::Picture, ("none", Lang::En)),
            top(&title(), (120, 40), Pane::Talk, ("ascii", Lang::En)),
            top(&title(), (80, 30), Pane::Picture, ("none", Lang::En)),
            top(&Title::default(), (120, 40), Pane::Rail, ("none", Lang::Zh)),
            top(
                &Title {
                    picture: "胸部正位".repeat(30),
                    note: "回放".to_owned(),
                    ..title()
                },
                (110, 20),
                Pane::Talk,
                ("none", Lang::Zh),
            ),
            top(
                &Title {
                    picture: "a\u{1b}]0;x\u{7}\nb".to_owned(),
                    ..title()
                },
                (120, 40),
                Pane::Input,
                ("none", Lang::En),
            ),
        ];
        insta::assert_snapshot!(cases.join("\n"), @r#"
         medlab            ▸chest.dcm                                             2026-11-24-first
         medlab             chest.dcm                                            +2026-11-24-first
        ▸chest.dcm                               2026-11-24-first
        ▸medlab             无图片                                                未记录
         medlab             胸部正位胸部正位胸部正位胸部正位胸部正位胸部…   ▸2026-11-24-first (回放)
         medlab             a\u{1b}]0;x\u{7}\nb                                   2026-11-24-first
        "#);
    }

    #[test]
    fn without_room_there_is_none() {
        for (width, height) in [(80, 24), (40, 12), (120, 12), (3, 3), (0, 0)] {
            assert_eq!(
                top(&title(), (width, height), Pane::Picture, ("none", Lang::En)),
                ""
            );
        }
    }
}
