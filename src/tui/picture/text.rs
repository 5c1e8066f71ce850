//! What is on the screen in, lines about it in English or Chinese out.

use crate::imaging::plane::Plane;
use crate::imaging::preset::WindowChoice;
use crate::imaging::shade::Curve;
use crate::session::safe::printable_line;
use crate::settings::Lang;

use super::half::{Half, There};
use super::marks::Draft;
use super::msg::Tool;
use super::{Viewer, marks, place};

/// What a window is called.
pub(super) fn window_name(window: Option<&WindowChoice>, lang: Lang) -> String {
    match window {
        None => lang.pick("default", "默认").to_owned(),
        Some(WindowChoice::Numbers(_)) => lang.pick("own", "自定").to_owned(),
        Some(WindowChoice::Percentiles(_)) => {
            let typed = window.map_or_else(String::new, ToString::to_string);
            typed.replacen("auto", lang.pick("auto", "自动"), 1)
        }
        Some(window) => window.to_string(),
    }
}

/// Its name, and its centre and width.
pub(super) fn window(half: &Half, there: &There, lang: Lang) -> String {
    let name = half
        .reel
        .presets(&there.frame)
        .into_iter()
        .find(|it| Some(it.1) == there.window && !it.0.trim().is_empty())
        .map_or_else(
            || window_name(there.window.as_ref(), lang),
            |it| printable_line(&it.0),
        );
    match &there.shade.curve {
        Curve::Window(window) => {
            let (centre, width) = (place::short(window.center), place::short(window.width));
            format!("{name} C {centre} W {width}")
        }
        Curve::Rounded { min, max } => {
            format!("{name} {}..{}", place::short(*min), place::short(*max))
        }
        Curve::Colour => lang.pick("colour", "彩色").to_owned(),
        Curve::Shades(bits) if there.window.is_none() => match lang {
            Lang::En => format!("as it is, {bits} bits"),
            Lang::Zh => format!("原样，{bits} 位"),
        },
        _ => name,
    }
}

pub(super) fn preset(number: usize, name: &str, window: &WindowChoice, lang: Lang) -> String {
    let name = match name.trim() {
        "" => window.to_string(),
        name => printable_line(name),
    };
    match lang {
        Lang::En => format!("window {number}: {name}"),
        Lang::Zh => format!("第 {number} 个窗：{name}"),
    }
}

/// Which presets there are instead.
pub(super) fn no_preset(number: usize, presets: &[(String, WindowChoice)], lang: Lang) -> String {
    let known = presets.iter().enumerate().take(9);
    let known: Vec<String> = known
        .map(|(at, (name, window))| match name.trim() {
            "" => format!("{} {window}", at + 1),
            name => format!("{} {}", at + 1, printable_line(name)),
        })
        .collect();
    let known = known.join(", ");
    match (lang, known.is_empty()) {
        (Lang::En, true) => "this picture has no windows of its own: press w for auto".to_owned(),
        (Lang::Zh, true) => "此图片没有自己的窗：按 w 自动调窗".to_owned(),
        (Lang::En, false) => format!("there is no window {number}: {known}"),
        (Lang::Zh, false) => format!("没有第 {number} 个窗：{known}"),
    }
}

pub(super) fn plane(plane: Plane, lang: Lang) -> &'static str {
    match plane {
        Plane::Axial => lang.pick("axial", "轴位"),
        Plane::Coronal => lang.pick("coronal", "冠状位"),
        Plane::Sagittal => lang.pick("sagittal", "矢状位"),
    }
}

pub(super) fn in_plane(name: &str, of: Option<Plane>, lang: Lang) -> String {
    let of = of.map_or_else(
        || lang.pick("the plane it came in", "原始平面").to_owned(),
        |it| plane(it, lang).to_owned(),
    );
    match lang {
        Lang::En => format!("{name} is in another plane: {of}"),
        Lang::Zh => format!("{name} 位于另一平面：{of}"),
    }
}

pub(super) fn removed(name: &str, lang: Lang) -> String {
    match lang {
        Lang::En => format!("removed {name}"),
        Lang::Zh => format!("已删除 {name}"),
    }
}

/// `slice 3/80 H 20.0 mm`, of what is seen.
pub(super) fn slice(half: &Half, there: &There, lang: Lang) -> String {
    let n_slices = half.n_slices();
    let depth = place::slice_depth(&there.frame.place);
    let nth = there.slice + 1;
    let slice = match lang {
        _ if n_slices < 2 => String::new(),
        Lang::En => format!("slice {nth}/{n_slices}"),
        Lang::Zh => format!("第 {nth}/{n_slices} 层"),
    };
    let depth = depth.unwrap_or_default();
    format!("{slice} {depth}").trim().to_owned()
}

/// What is waited for.
pub(super) fn pending(half: &Half, lang: Lang) -> Option<String> {
    let is_there = half
        .there
        .as_ref()
        .is_some_and(|it| it.slice == half.slice && it.window == half.window);
    let nth = half.slice + 1;
    (!is_there && half.problem.is_none()).then(|| match lang {
        Lang::En => format!("loading {nth}"),
        Lang::Zh => format!("载入第 {nth} 层"),
    })
}

/// What the tool draws.
fn tool_name(tool: Tool, lang: Lang) -> &'static str {
    match tool {
        Tool::Rectangle => lang.pick("rectangle", "矩形"),
        Tool::Ellipse => lang.pick("ellipse", "椭圆"),
        Tool::Ruler => lang.pick("ruler", "测距线"),
    }
}

impl Viewer {
    /// The value of the pixel that is looked at, and where it is.
    pub(super) fn probe_line(&self, half: &Half) -> Option<String> {
        let (x, y) = half.probe?;
        if self.shows_eye && self.is_front(half) {
            let value = self.eye.as_ref()?.value(x, y, self.lang)?;
            return Some(format!("({x}, {y}) {value}"));
        }
        let there = half.there.as_ref()?;
        let value = place::value(&there.frame, x, y, self.lang)?;
        let at = place::whereabouts(&there.frame.place, x, y, self.lang);
        let at = at.map_or_else(String::new, |it| format!("  {it}"));
        Some(format!("({x}, {y}) {value}{at}"))
    }

    pub(super) fn is_front(&self, half: &Half) -> bool {
        half.number == self.front
    }

    /// What a drag or the keys do now.
    pub(super) fn tool_line(&self) -> String {
        let lang = self.lang;
        let tool = tool_name(self.draft.map_or(self.tool, |it| it.tool), lang);
        match (&self.draft, self.is_probing) {
            (Some(draft), _) if !draft.is_dragged => match lang {
                Lang::En => {
                    format!("{tool}: arrows move, shift-arrows resize, enter keeps, esc drops")
                }
                Lang::Zh => format!("{tool}：方向键移动，shift+方向键缩放，enter 保留，esc 取消"),
            },
            (None, true) => lang
                .pick("probe: arrows move, esc ends", "探针：方向键移动，esc 结束")
                .to_owned(),
            _ => match lang {
                Lang::En => format!("drag: {tool}"),
                Lang::Zh => format!("拖动：{tool}"),
            },
        }
    }

    /// The size of the shape that is being drawn.
    pub(super) fn draft_line(&self, half: &Half) -> Option<String> {
        let there = half.there.as_ref()?;
        let draft: &Draft = self.draft.as_ref().filter(|_| self.is_front(half))?;
        let size = (there.frame.width, there.frame.height);
        let place = &there.frame.place;
        Some(match draft.figure(size)? {
            marks::Figure::Ruler(from, to) => place::length(place, from, to).text(place, self.lang),
            marks::Figure::Region(region) => {
                let [top, left, bottom, right] = region.edges();
                place::extent(place, (right - left, bottom - top), self.lang)
            }
        })
    }

    pub(super) fn speed_text(&self) -> String {
        let speed = place::short(self.slices_a_second());
        match self.lang {
            Lang::En => format!("{speed}/s"),
            Lang::Zh => format!("每秒 {speed} 层"),
        }
    }
}
