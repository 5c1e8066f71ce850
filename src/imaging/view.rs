//! What was typed about how to look at pictures in, `View` out: window, slices, plane, slab, region, and what else changes pixels.

use std::fmt::Display;
use std::str::FromStr;

use super::Fallible;
use super::pick::Slices;
use super::plane::Plane;
use super::preset::WindowChoice;
use super::region::Marked;
use super::slab::{Projection, Thickness};
use super::square::Fit;

/// How pictures are to be looked at. The default is what the file itself wants.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct View {
    /// Which window; `None` is the file's, or what its kind usually gets.
    pub window: Option<WindowChoice>,
    /// Black for white.
    pub invert: bool,
    /// Which series of several, from 1; `None` is the largest that is no localiser.
    pub series: Option<usize>,
    /// Which slices; `None` is the middle one of a volume, the first frame of a film that moves.
    pub slices: Option<Slices>,
    /// Which point of time of a volume in time, from 1; `None` is the first.
    pub time: Option<usize>,
    /// A plane to cut the volume in; `None` is as it was acquired.
    pub plane: Option<Plane>,
    /// Several slices seen as one.
    pub slab: Option<Slab>,
    /// A region of each picture.
    pub region: Option<Marked>,
    /// Show the region alone, at source resolution.
    pub crop: bool,
    /// Draw the file's overlay planes.
    pub overlays: bool,
    /// Send the picture through JPEG at this quality, as Google's notebooks do.
    pub jpeg_quality: Option<u8>,
    /// How a picture becomes the square that regions as boxes refer to.
    pub fit: Fit,
}

/// Several slices seen as one.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Slab {
    /// What becomes of values behind one another.
    pub projection: Projection,
    /// How many, or how thick.
    pub thickness: Thickness,
}

/// The word for "as the file wants it".
pub const DEFAULT: &str = "default";
/// The word for "not".
pub const OFF: &str = "off";

/// A setting of a view: its name, and what to offer when completing.
pub const KEYS: [(&str, &str, &[&str]); 11] = [
    (
        "window",
        DEFAULT,
        &[
            DEFAULT,
            "auto",
            "full",
            "file",
            "lung",
            "mediastinum",
            "bone",
            "brain",
            "stroke",
            "subdural",
            "liver",
            "abdomen",
            "soft-tissue",
            "angio",
            "rgb",
            "rgb-1",
        ],
    ),
    ("invert", OFF, &[OFF, "on"]),
    ("series", DEFAULT, &[DEFAULT, "1", "2"]),
    (
        "slices",
        DEFAULT,
        &[DEFAULT, "middle", "all", "published", "auto:7", "every:2"],
    ),
    ("time", DEFAULT, &[DEFAULT, "1"]),
    ("plane", DEFAULT, &[DEFAULT, "axial", "coronal", "sagittal"]),
    ("slab", OFF, &[OFF, "mean:5", "max:10mm", "min:5"]),
    ("region", OFF, &[OFF]),
    ("crop", OFF, &[OFF, "on"]),
    ("overlays", OFF, &[OFF, "on"]),
    ("jpeg-quality", OFF, &[OFF, "95", "75"]),
];

impl View {
    /// Changes one setting, as typed.
    ///
    /// # Errors
    /// Says what is possible.
    pub fn set(&mut self, key: &str, text: &str) -> Fallible<()> {
        match key {
            "window" => self.window = unless(text, DEFAULT)?,
            "invert" => self.invert = switch(text)?,
            "series" => self.series = count(text)?,
            "slices" => self.slices = unless(text, DEFAULT)?,
            "time" => self.time = count(text)?,
            "plane" => self.plane = unless(text, DEFAULT)?,
            "slab" => self.slab = unless(text, OFF)?,
            "region" => self.region = unless(text, OFF)?,
            "crop" => self.crop = switch(text)?,
            "overlays" => self.overlays = switch(text)?,
            "jpeg-quality" => self.jpeg_quality = quality(text)?,
            _ => return Err(format!("no setting of pictures is called {key:?}")),
        }
        Ok(())
    }

    /// The settings that differ from the default, as they would be typed: enough to see the same again.
    pub fn typed(&self) -> Vec<(&'static str, String)> {
        fn shown(value: Option<impl Display>, none: &str) -> String {
            value.map_or_else(|| none.to_owned(), |value| value.to_string())
        }
        let on = |on: bool| if on { "on" } else { OFF }.to_owned();
        let values = [
            shown(self.window, DEFAULT),
            on(self.invert),
            shown(self.series, DEFAULT),
            shown(self.slices.as_ref(), DEFAULT),
            shown(self.time, DEFAULT),
            shown(self.plane, DEFAULT),
            shown(self.slab, OFF),
            shown(self.region, OFF),
            on(self.crop),
            on(self.overlays),
            shown(self.jpeg_quality, OFF),
        ];
        KEYS.iter()
            .zip(values)
            .filter(|((_, default, _), value)| value != default)
            .map(|((key, ..), value)| (*key, value))
            .collect()
    }
}

fn unless<T: FromStr<Err = String>>(text: &str, none: &str) -> Fallible<Option<T>> {
    if text.trim() == none {
        return Ok(None);
    }
    text.parse().map(Some)
}

fn switch(text: &str) -> Fallible<bool> {
    match text {
        "on" | "true" | "yes" => Ok(true),
        "off" | "false" | "no" => Ok(false),
        _ => Err("expected on or off".to_owned()),
    }
}

fn count(text: &str) -> Fallible<Option<usize>> {
    match text.parse() {
        _ if text == DEFAULT => Ok(None),
        Ok(0) | Err(_) => Err("expected a number from 1, or default".to_owned()),
        Ok(number) => Ok(Some(number)),
    }
}

fn quality(text: &str) -> Fallible<Option<u8>> {
    match text.parse() {
        _ if text == OFF => Ok(None),
        Ok(quality @ 1..=100) => Ok(Some(quality)),
        _ => Err("expected a JPEG quality from 1 to 100, or off".to_owned()),
    }
}

impl FromStr for Slab {
    type Err = String;

    /// `mean:5` (slices), `max:10mm`, `min:3`.
    fn from_str(text: &str) -> Fallible<Self> {
        let wrong = || {
            format!(
                "{text:?} is no slab: give mean, max or min and how many slices or mm, as in mean:5 or max:10mm"
            )
        };
        let (projection, thickness) = text.trim().split_once(':').ok_or_else(wrong)?;
        let projection = match projection {
            "mean" => Projection::Mean,
            "max" => Projection::Max,
            "min" => Projection::Min,
            _ => return Err(wrong()),
        };
        let thickness = match thickness.strip_suffix("mm") {
            Some(mm) => mm
                .trim()
                .parse()
                .ok()
                .filter(|mm: &f64| mm.is_finite() && *mm > 0.0)
                .map(Thickness::Millimetres),
            None => thickness
                .parse()
                .ok()
                .filter(|slices| *slices > 0)
                .map(Thickness::Slices),
        };
        Ok(Self {
            projection,
            thickness: thickness.ok_or_else(wrong)?,
        })
    }
}

impl Display for Slab {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.thickness {
            Thickness::Slices(slices) => write!(f, "{}:{slices}", self.projection),
            Thickness::Millimetres(mm) => write!(f, "{}:{mm}mm", self.projection),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_typed_comes_back() {
        let check = |key: &str, text: &str| {
            let mut view = View::default();
            view.set(key, text).unwrap();
            let typed = view.typed();
            assert_eq!(typed.len(), 1, "{key} {text}");
            assert_eq!((typed[0].0, typed[0].1.as_str()), (key, text));
        };
        check("window", "lung");
        check("window", "-600/1500");
        check("slices", "every:3");
        check("plane", "coronal");
        check("slab", "max:10mm");
        check("region", "ellipse:10,20,5,5");
        check("crop", "on");
        check("jpeg-quality", "95");
        check("series", "2");
        for (key, default, _) in KEYS {
            let mut view = View::default();
            view.set(key, default).unwrap();
            assert_eq!(view, View::default(), "{key}");
        }
    }

    #[test]
    fn what_is_not_possible_is_a_sentence() {
        let check = |key: &str, text: &str, expected: &str| {
            let problem = View::default().set(key, text).unwrap_err();
            assert!(problem.contains(expected), "{problem}");
        };
        check("slab", "mean:0", "is no slab");
        check("slab", "sum:3", "is no slab");
        check("crop", "maybe", "on or off");
        check("time", "0", "from 1");
        check("jpeg-quality", "0", "1 to 100");
        check("window", "lunge", "did you mean lung");
    }
}
