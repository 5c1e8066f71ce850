//! What a frame's values mean and which window is wanted in, how values become shades and why out.

use super::Fallible;
use super::frame::{Frame, Scale, Values, VoiLut};
use super::origin::printable;
use super::preset::{self, Preset, ThreeWindows, WindowChoice};
use super::range::Range;
use super::statistics::short;
use super::window::Window;

/// How values become shades, and why so.
#[derive(Debug, Clone, PartialEq)]
pub struct Shade {
    /// From value to shade.
    pub curve: Curve,
    /// What was chosen and why, as a step of the chain; "" when values are shades already and nothing was chosen.
    pub why: String,
}

/// From value to shade, before anything is inverted.
#[derive(Debug, Clone, PartialEq)]
pub enum Curve {
    /// Colour as it is.
    Colour,
    /// A window; fractions of a shade are cut.
    Window(Window),
    /// The file's table.
    Lut(VoiLut),
    /// From black to white in a straight line, rounded half to even in f64: `MedGemma`'s way with MR.
    Rounded {
        /// The black value.
        min: f64,
        /// The white value, above `min`.
        max: f64,
    },
    /// From black to white for red, green and blue, rounded half to even in f32: `MedGemma`'s way with CT.
    Three([[f32; 2]; 3]),
    /// Values that are shades of so many bits (8 to 16) already: of more than 8 the highest.
    Shades(u32),
    /// One shade, whatever the value.
    Flat(u8),
}

impl Curve {
    /// The one window, for where a picture came from.
    pub fn window(&self) -> Option<Window> {
        match self {
            Self::Window(window) => Some(*window),
            _ => None,
        }
    }
}

/// What is known about a frame besides its values.
#[derive(Debug, Clone, Copy, Default)]
pub struct About<'a> {
    /// `CT`, `MR`, `CR` …, of the file or the person; `None` when nobody says.
    pub modality: Option<&'a str>,
    /// `HU` …, of the file or the person.
    pub unit: Option<&'a str>,
    /// What the values of the whole volume reach over, with the choice's [`WindowChoice::percentiles`]: all slices
    /// are then shown alike. For [`WindowChoice::VolumeMinMax`] to be exact, padding has to be counted in it.
    pub volume: Option<&'a Range>,
}

impl About<'_> {
    fn is(&self, modality: &str) -> bool {
        self.modality
            .is_some_and(|it| it.trim().eq_ignore_ascii_case(modality))
    }

    pub(super) fn is_ct_in_hu(&self) -> bool {
        let in_hu = |unit: &str| unit.trim().eq_ignore_ascii_case("HU");
        self.is("CT") && self.unit.is_some_and(in_hu)
    }

    /// MR and films: their values have no absolute meaning, and a few bright ones would darken all others.
    fn is_mr_or_film(&self) -> bool {
        ["MR", "CR", "DX", "MG", "RG", "XA", "RF", "IO", "PX"]
            .iter()
            .any(|it| self.is(it))
    }

    fn says(&self) -> String {
        let unit = self.unit.map(|unit| format!(" in {}", printable(unit)));
        match (self.modality, unit) {
            (Some(modality), Some(unit)) => format!("is {}{unit}", printable(modality)),
            (Some(modality), None) => {
                format!("is {} without a unit of its values", printable(modality))
            }
            (None, _) => "does not say that it is CT in HU".to_owned(),
        }
    }
}

/// Decides how a frame is shown.
///
/// Without a choice: a drawing's or a photograph's shades as they are; else the file's first window; else its first lookup table; else for CT in HU the soft-tissue window; else
/// 8-bit values that are neither MR nor film as they are; else percentiles 1 to 99, over the volume when there is one; the full
/// range when these two are one value; black when all values are equal. A colour frame stays as it is, and a choice that was made
/// for it is named in [`Shade::why`].
///
/// # Errors
/// When the file does not bring the window that is wanted, when a window for CT in HU is wanted for something else, and
/// when the range of a volume is wanted and not given.
pub fn resolve(choice: Option<&WindowChoice>, frame: &Frame, about: &About<'_>) -> Fallible<Shade> {
    let Values::Grey(values) = &frame.values else {
        return Ok(colour(choice));
    };
    let scene = Scene {
        values,
        scale: &frame.scale,
        about,
    };
    match choice {
        None => scene.by_default(),
        Some(WindowChoice::File(n)) => scene.file(*n, ", as asked"),
        Some(WindowChoice::Lut(n)) => scene.lut(*n, ", as asked"),
        Some(WindowChoice::Preset(preset)) => scene.preset(preset),
        Some(WindowChoice::Numbers(window)) => {
            Ok(shade(Curve::Window(*window), format!("{window} as asked")))
        }
        Some(WindowChoice::Percentiles(percent)) => scene.percentiles(*percent, "as asked"),
        Some(WindowChoice::Full) => scene.full("as asked"),
        Some(WindowChoice::VolumeMinMax) => scene.volume_min_max(),
        Some(WindowChoice::Three(three)) => scene.three(*three),
    }
}

/// Whether [`resolve`] looks at values, of the frame or of its volume; the file and the choice say it all otherwise.
pub(super) fn looks_at_values(
    choice: Option<&WindowChoice>,
    frame: &Frame,
    about: &About<'_>,
) -> bool {
    let Values::Grey(values) = &frame.values else {
        return false;
    };
    let scale = &frame.scale;
    let scene = Scene {
        values,
        scale,
        about,
    };
    match choice {
        None => scene.as_said().is_none(),
        Some(WindowChoice::Percentiles(_) | WindowChoice::Full | WindowChoice::VolumeMinMax) => {
            true
        }
        Some(_) => false,
    }
}

fn shade(curve: Curve, why: String) -> Shade {
    Shade { curve, why }
}

fn colour(choice: Option<&WindowChoice>) -> Shade {
    let why = match choice {
        None => String::new(),
        Some(choice) => format!("colour as it is: a window ({choice}) is for grey values"),
    };
    shade(Curve::Colour, why)
}

/// A grey frame and what is known about it.
struct Scene<'a> {
    values: &'a [f32],
    scale: &'a Scale,
    about: &'a About<'a>,
}

impl Scene<'_> {
    fn by_default(&self) -> Fallible<Shade> {
        self.as_said()
            .unwrap_or_else(|| self.percentiles(preset::PERCENTILES, "no window in the file"))
    }

    /// What the file says, and what its kind gets whatever the values are.
    fn as_said(&self) -> Option<Fallible<Shade>> {
        let given = |curve, why: String| Some(Ok(shade(curve, why)));
        match self.scale.shades {
            Some(16) => {
                let why = "16 bits to 8: the high byte of 0..65535".to_owned();
                return given(Curve::Shades(16), why);
            }
            Some(bits) => return given(Curve::Shades(bits), String::new()),
            None => {}
        }
        if !self.scale.windows.is_empty() {
            return Some(self.file(1, ""));
        }
        if !self.scale.luts.is_empty() {
            return Some(self.lut(1, ""));
        }
        if self.about.is_ct_in_hu() {
            let window = preset::DEFAULT.window();
            let why = format!("no window in the file, CT in HU: {window}");
            return given(Curve::Window(window), why);
        }
        if self.scale.possible == Some((0.0, 255.0)) && !self.about.is_mr_or_film() {
            let window = Window::between(0.0, 255.0).expect("255 is above 0");
            let why = "no window in the file: 8-bit values as they are".to_owned();
            return given(Curve::Window(window), why);
        }
        None
    }

    fn file(&self, n: usize, asked: &str) -> Fallible<Shade> {
        let windows = &self.scale.windows;
        let named = n.checked_sub(1).and_then(|at| windows.get(at));
        let Some(named) = named else {
            return Err(missing(windows.len(), n, "window", "file"));
        };
        let which = which(n, windows.len(), &named.name);
        let window = named.window;
        let why = format!("{window}{which} from the file{asked}");
        Ok(shade(Curve::Window(window), why))
    }

    fn lut(&self, n: usize, asked: &str) -> Fallible<Shade> {
        let luts = &self.scale.luts;
        let Some(lut) = n.checked_sub(1).and_then(|at| luts.get(at)) else {
            return Err(missing(luts.len(), n, "lookup table", "lut"));
        };
        if lut.entries.is_empty() {
            return Err(
                "has an empty lookup table (VOILUTSequence): take another window, for example auto"
                    .to_owned(),
            );
        }
        let which = which(n, luts.len(), &lut.name);
        let why = format!(
            "lookup table of {} entries of {} bits from value {}{which} from the file{asked}",
            lut.entries.len(),
            lut.bits,
            lut.first
        );
        Ok(shade(Curve::Lut(lut.clone()), why))
    }

    fn preset(&self, preset: &'static Preset) -> Fallible<Shade> {
        let window = preset.window();
        if !self.about.is_ct_in_hu() {
            let way_out = format!(
                "give its numbers, {}/{}, or auto",
                window.center, window.width
            );
            return Err(self.not_ct(preset.name, &way_out));
        }
        let why = format!("{window} ({}) as asked", preset.name);
        Ok(shade(Curve::Window(window), why))
    }

    fn three(&self, three: ThreeWindows) -> Fallible<Shade> {
        let name = WindowChoice::Three(three).to_string();
        if !self.about.is_ct_in_hu() {
            return Err(self.not_ct(&name, "give centre/width, or auto"));
        }
        let ends = three.ends();
        let [red, green, blue] = ends.map(|[black, white]| format!("{black}..{white}"));
        let why = format!("HU {red} to red, {green} to green, {blue} to blue ({name}) as asked");
        Ok(shade(Curve::Three(ends), why))
    }

    fn not_ct(&self, name: &str, way_out: &str) -> String {
        format!(
            "{}, and the window {name} is for CT in HU: {way_out}",
            self.about.says()
        )
    }

    fn percentiles(&self, percent: [f64; 2], why: &str) -> Fallible<Shade> {
        let Some(range) = self.range(percent)? else {
            return Ok(empty(why));
        };
        let [low, high] = range.at;
        let Some(window) = Window::between(low, high) else {
            let why = format!(
                "{why}, percentiles {}..{} are one value",
                percent[0], percent[1]
            );
            return self.full(&why);
        };
        let why = format!(
            "{why}: percentiles {} to {}{}, {}..{} to 0..255",
            percent[0],
            percent[1],
            self.over(),
            short(low),
            short(high)
        );
        Ok(shade(Curve::Window(window), why))
    }

    fn full(&self, why: &str) -> Fallible<Shade> {
        let percent = self
            .about
            .volume
            .map_or(preset::PERCENTILES, |range| range.percent);
        let Some(Range { min, max, .. }) = self.range(percent)? else {
            return Ok(empty(why));
        };
        Ok(match Window::between(min, max) {
            Some(window) => shade(
                Curve::Window(window),
                format!(
                    "{why}: {}..{}{} to 0..255",
                    short(min),
                    short(max),
                    self.over()
                ),
            ),
            None => shade(
                Curve::Flat(0),
                format!("{why}, and all values are equal: black"),
            ),
        })
    }

    /// One value for a whole volume becomes white, not black: so does `MedGemma`'s server.
    fn volume_min_max(&self) -> Fallible<Shade> {
        let Some(Range { min, max, .. }) = self.about.volume else {
            return Err(
                "is one picture, and minmax-volume is for a volume: open its whole series, or take full".to_owned(),
            );
        };
        if min >= max {
            let why = "all values of the volume are equal: white, as published".to_owned();
            return Ok(shade(Curve::Flat(255), why));
        }
        let why = format!(
            "{}..{} of the volume to 0..255, rounded, as asked",
            short(*min),
            short(*max)
        );
        Ok(shade(
            Curve::Rounded {
                min: *min,
                max: *max,
            },
            why,
        ))
    }

    /// Of the volume when it is known, else of the frame.
    fn range(&self, percent: [f64; 2]) -> Fallible<Option<Range>> {
        match self.about.volume {
            Some(range) if range.percent.map(f64::to_bits) == percent.map(f64::to_bits) => {
                Ok(Some(*range))
            }
            Some(range) => Err(format!(
                "is measured over its volume at percentiles {:?}, and {percent:?} are wanted: measure again",
                range.percent
            )),
            None => Ok(Range::of(
                self.values.iter().copied(),
                self.scale.padding,
                percent,
            )),
        }
    }

    fn over(&self) -> &'static str {
        match self.about.volume {
            Some(_) => " of the volume",
            None => "",
        }
    }
}

fn empty(why: &str) -> Shade {
    let why = format!("{why}, and there is nothing but padding: black");
    shade(Curve::Flat(0), why)
}

/// ` "ABDOMEN" (2 of 3)`, as far as there is something to say.
fn which(n: usize, all: usize, name: &str) -> String {
    let name = match name.trim() {
        "" => String::new(),
        name => format!(" {:?}", printable(name)),
    };
    if all > 1 {
        format!("{name} ({n} of {all})")
    } else {
        name
    }
}

fn missing(there: usize, n: usize, what: &str, word: &str) -> String {
    let wanted = if n == 1 {
        word.to_owned()
    } else {
        format!("{word}:{n}")
    };
    match there {
        0 => format!(
            "brings no {what} of its own, and {wanted} was asked for: take auto, or centre/width"
        ),
        1 => format!("brings one {what} of its own, and {wanted} was asked for: take {word}"),
        _ => format!(
            "brings {there} {what}s of its own, and {wanted} was asked for: take {word}:1 to {word}:{there}"
        ),
    }
}
