//! An area in, where each part of a picker stands out: the same for drawing and for the mouse.

use ratatui::layout::Rect;

/// Where the parts are; what there is no room for is empty.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Places {
    /// Everything.
    pub(super) outer: Rect,
    /// Whether a frame stands around it.
    pub(super) has_frame: bool,
    /// What is typed.
    pub(super) query: Rect,
    /// The list, or the fields.
    pub(super) list: Rect,
    /// The line between list and preview.
    pub(super) divider: Rect,
    /// The preview.
    pub(super) preview: Rect,
    /// The last line.
    pub(super) foot: Rect,
}

impl Places {
    /// The parts in an area of the screen.
    pub(super) fn of(area: Rect, has_preview: bool) -> Self {
        let outer = outer(area, has_preview);
        let has_frame = outer.width >= 20 && outer.height >= 7;
        let inner = if has_frame {
            Rect::new(outer.x + 1, outer.y + 1, outer.width - 2, outer.height - 2)
        } else {
            outer
        };
        let n_query = inner.height.min(1);
        let n_foot = u16::from(inner.height >= 4);
        let body = Rect {
            y: inner.y + n_query,
            height: inner.height - n_query - n_foot,
            ..inner
        };
        let places = Self {
            outer,
            has_frame,
            query: Rect {
                height: n_query,
                ..inner
            },
            list: body,
            foot: Rect {
                y: body.bottom(),
                height: n_foot,
                ..inner
            },
            ..Self::default()
        };
        if has_preview {
            places.with_preview(body)
        } else {
            places
        }
    }

    fn with_preview(self, body: Rect) -> Self {
        if body.width >= 90 && body.height >= 4 {
            let (list, preview) = split(body.width, 48);
            return Self {
                list: Rect {
                    width: list,
                    ..body
                },
                divider: Rect {
                    x: body.x + list,
                    width: 1,
                    ..body
                },
                preview: Rect {
                    x: body.x + list + 2,
                    width: preview - 2,
                    ..body
                },
                ..self
            };
        }
        if body.height < 12 || body.width < 20 {
            return self;
        }
        let (list, preview) = split(body.height, 50);
        Self {
            list: Rect {
                height: list,
                ..body
            },
            divider: Rect {
                y: body.y + list,
                height: 1,
                ..body
            },
            preview: Rect {
                y: body.y + list + 1,
                height: preview - 1,
                ..body
            },
            ..self
        }
    }

    /// Rows of the list.
    pub(super) fn rows(&self) -> usize {
        usize::from(self.list.height)
    }
}

/// So many hundredths of a length, and the rest.
fn split(length: u16, hundredths: u16) -> (u16, u16) {
    let first = u32::from(length) * u32::from(hundredths) / 100;
    let first = u16::try_from(first).unwrap_or(length);
    (first, length - first)
}

/// The area itself where there is little room, else a part of it: something of the screen stays seen.
fn outer(area: Rect, has_preview: bool) -> Rect {
    if area.width < 64 || area.height < 18 {
        return area;
    }
    let most = if has_preview { 140 } else { 96 };
    let width = (area.width - 4).min(most);
    let height = (area.height - 2).min(44);
    Rect {
        x: area.x + (area.width - width) / 2,
        y: area.y + (area.height - height) / 3,
        width,
        height,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_lie_in_the_area_and_not_on_each_other() {
        let widths = (0..=260).step_by(7);
        let sizes = widths.flat_map(|it| (0..=70).map(move |height| (it, height)));
        for (width, height) in sizes {
            check(Rect::new(3, 2, width, height), false);
            check(Rect::new(3, 2, width, height), true);
        }
    }

    #[track_caller]
    fn check(area: Rect, has_preview: bool) {
        let it = Places::of(area, has_preview);
        let parts = [it.query, it.list, it.divider, it.preview, it.foot];
        for (at, part) in parts.iter().enumerate() {
            assert_eq!(part.intersection(area).area(), part.area(), "{area} {part}");
            let others = parts[..at].iter().filter(|it| !it.is_empty());
            let clash = others.filter(|it| it.intersects(*part)).count();
            assert!(part.is_empty() || clash == 0, "{area} {parts:?}");
        }
        assert!(
            area.height < 2 || area.width == 0 || it.rows() > 0,
            "{area}"
        );
    }
}
