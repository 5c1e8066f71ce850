//! A frame's attributes in, what its grey values mean out: modality LUT or rescale, windows, VOI LUTs, padding.
//!
//! PS3.3 C.11.1 (modality), C.11.2 (VOI), C.7.5.1.1.2 (padding). Enhanced objects have each in a functional group.

use super::attributes::Attributes;
use super::descriptor::Descriptor;
use super::groups::{OfFrame, TRANSFORMATION, VOI};
use super::scan::TagId;
use super::stored::Layout;
use crate::imaging::frame::{NamedWindow, Scale, VoiLut};
use crate::imaging::window::{Function, Window};
use crate::imaging::{Fallible, origin};

const MODALITY: TagId = (0x0008, 0x0060);
const PADDING: TagId = (0x0028, 0x0120);
const PADDING_LIMIT: TagId = (0x0028, 0x0121);
const WINDOW_CENTER: TagId = (0x0028, 0x1050);
const WINDOW_WIDTH: TagId = (0x0028, 0x1051);
const INTERCEPT: TagId = (0x0028, 0x1052);
const SLOPE: TagId = (0x0028, 0x1053);
const RESCALE_TYPE: TagId = (0x0028, 0x1054);
const EXPLANATION: TagId = (0x0028, 0x1055);
const FUNCTION: TagId = (0x0028, 0x1056);
const MODALITY_LUT: TagId = (0x0028, 0x3000);
const LUT_DESCRIPTOR: TagId = (0x0028, 0x3002);
const LUT_EXPLANATION: TagId = (0x0028, 0x3003);
const MODALITY_LUT_TYPE: TagId = (0x0028, 0x3004);
const LUT_DATA: TagId = (0x0028, 0x3006);
const VOI_LUT: TagId = (0x0028, 0x3010);
const UNITS: TagId = (0x0054, 0x1001);

/// From a stored value to a measured one.
pub(super) enum Modality {
    /// Stored values mean themselves.
    Same,
    /// `value * slope + intercept`.
    Rescale { slope: f64, intercept: f64 },
    /// `ModalityLUTSequence`.
    Table(Table),
}

/// A lookup table with its descriptor (PS3.3 C.11.1.1.1).
pub(super) struct Table {
    descriptor: Descriptor,
    entries: Vec<u16>,
}

impl Table {
    /// Reads descriptor and data of an item; `signed` says how the first mapped value is to be taken.
    fn read(item: Attributes<'_>, signed: bool) -> Fallible<Self> {
        let damaged = || {
            "is a damaged DICOM file: it has a lookup table without a usable descriptor or data"
                .to_owned()
        };
        let descriptor = Descriptor::of(&item.words(LUT_DESCRIPTOR), signed).ok_or_else(damaged)?;
        let mut entries = item.words(LUT_DATA);
        if entries.len() < descriptor.count {
            // entries of 8 bits, two in a word
            entries = item.bytes(LUT_DATA).into_iter().map(u16::from).collect();
        }
        if entries.len() < descriptor.count || !(1..=16).contains(&descriptor.bits) {
            return Err(damaged());
        }
        entries.truncate(descriptor.count);
        Ok(Self {
            descriptor,
            entries,
        })
    }

    fn at(&self, value: i64) -> u16 {
        self.entries[self.descriptor.place(value)]
    }
}

impl Modality {
    /// The transformation of a frame, and its step for the chain.
    pub(super) fn of(frame: OfFrame<'_>, signed: bool, chain: &mut Vec<String>) -> Fallible<Self> {
        if let Some(item) = frame.top.first_item(MODALITY_LUT) {
            let table = Table::read(item, signed)?;
            chain.push(format!("modality LUT of {} entries", table.entries.len()));
            return Ok(Self::Table(table));
        }
        let at = frame.with(TRANSFORMATION, SLOPE);
        let intercept = at.number(INTERCEPT).unwrap_or(0.0);
        let slope = match at.number(SLOPE) {
            Some(0.0) => {
                chain.push("rescale slope 0 in the file taken as 1".to_owned());
                1.0
            }
            slope => slope.unwrap_or(1.0),
        };
        if (slope, intercept) == (1.0, 0.0) {
            return Ok(Self::Same);
        }
        chain.push(format!("rescale slope {slope} intercept {intercept}"));
        Ok(Self::Rescale { slope, intercept })
    }

    /// The measured value of a stored one.
    #[expect(
        clippy::cast_precision_loss,
        reason = "stored values have at most 32 bits"
    )]
    pub(super) fn value(&self, stored: i64) -> f64 {
        match self {
            Self::Same => stored as f64,
            Self::Rescale { slope, intercept } => stored as f64 * slope + intercept,
            Self::Table(table) => f64::from(table.at(stored)),
        }
    }

    /// The measured value of a stored floating point number.
    pub(super) fn of_float(&self, stored: f64) -> f64 {
        match self {
            Self::Rescale { slope, intercept } => stored * slope + intercept,
            Self::Same | Self::Table(_) => stored,
        }
    }

    /// Smallest and largest value that the stored bits can give.
    fn possible(&self, layout: Layout) -> (f64, f64) {
        let (min, max) = layout.range();
        if let Self::Table(table) = self {
            let low = table.entries.iter().min().copied().unwrap_or_default();
            let high = table.entries.iter().max().copied().unwrap_or_default();
            return (f64::from(low), f64::from(high));
        }
        let (a, b) = (self.value(min), self.value(max));
        (a.min(b), a.max(b))
    }
}

/// What the grey values of a frame mean; `layout` is `None` for floating point.
pub(super) fn scale(
    frame: OfFrame<'_>,
    inverted: bool,
    modality: &Modality,
    layout: Option<Layout>,
    chain: &mut Vec<String>,
) -> Scale {
    let possible = layout.map(|layout| modality.possible(layout));
    let padding = layout.and_then(|layout| padding(frame.top, modality, layout));
    let negative = possible.is_some_and(|(min, _)| min < 0.0);
    Scale {
        unit: unit(frame),
        windows: windows(frame, chain),
        luts: luts(frame, negative, chain),
        inverted,
        padding: padding.map(narrow),
        shades: None,
        possible: possible.map(narrow),
    }
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "values are shown and kept as f32"
)]
fn narrow((a, b): (f64, f64)) -> (f32, f32) {
    (a as f32, b as f32)
}

/// `RescaleType` where it says something; Hounsfield units for a CT that is rescaled and does not say otherwise.
pub(super) fn unit(frame: OfFrame<'_>) -> Option<String> {
    let top = frame.top;
    if let Some(item) = top.first_item(MODALITY_LUT) {
        return item
            .text(MODALITY_LUT_TYPE)
            .map(|unit| origin::printable(&unit));
    }
    let at = frame.with(TRANSFORMATION, SLOPE);
    let said = at
        .text(RESCALE_TYPE)
        .or_else(|| top.text(RESCALE_TYPE))
        .filter(|unit| unit != "US");
    let pet = || top.text(UNITS);
    let is_ct = top.text(MODALITY).as_deref() == Some("CT");
    let is_rescaled = at.number(SLOPE).is_some();
    said.or_else(pet)
        .or_else(|| (is_ct && is_rescaled).then(|| "HU".to_owned()))
        .map(|unit| origin::printable(&unit))
}

/// The file's windows, in its order; one that the standard forbids is left out and said.
fn windows(frame: OfFrame<'_>, chain: &mut Vec<String>) -> Vec<NamedWindow> {
    let at = frame.with(VOI, WINDOW_CENTER);
    let names = at.texts(EXPLANATION);
    let function = match at.text(FUNCTION).as_deref() {
        None | Some("LINEAR") => Function::Linear,
        Some("LINEAR_EXACT") => Function::LinearExact,
        Some("SIGMOID") => Function::Sigmoid,
        Some(other) => {
            chain.push(format!(
                "window function '{}' in the file is not known and was taken as LINEAR",
                origin::printable(other)
            ));
            Function::Linear
        }
    };
    let pairs = at
        .numbers(WINDOW_CENTER)
        .into_iter()
        .zip(at.numbers(WINDOW_WIDTH));
    let mut windows = Vec::new();
    for (index, (center, width)) in pairs.enumerate() {
        match Window::new(center, width, function) {
            Some(window) => windows.push(NamedWindow {
                name: names
                    .get(index)
                    .map_or_else(String::new, |name| origin::printable(name)),
                window,
            }),
            None => chain.push(format!(
                "window {center}/{width} in the file is not valid and was left out"
            )),
        }
    }
    windows
}

/// The file's VOI lookup tables; one that is damaged is left out and said.
fn luts(frame: OfFrame<'_>, negative: bool, chain: &mut Vec<String>) -> Vec<VoiLut> {
    let at = frame.with(VOI, VOI_LUT);
    let mut luts = Vec::new();
    for item in at.items(VOI_LUT) {
        match Table::read(item, negative) {
            #[expect(clippy::cast_precision_loss, reason = "16 bits")]
            Ok(table) => luts.push(VoiLut {
                name: item
                    .text(LUT_EXPLANATION)
                    .map_or_else(String::new, |name| origin::printable(&name)),
                first: table.descriptor.first as f64,
                entries: table.entries,
                bits: u32::from(table.descriptor.bits.max(8)),
            }),
            Err(_) => chain.push("a damaged VOI LUT in the file was left out".to_owned()),
        }
    }
    luts
}

/// Stored values that stand for "nothing here", after the modality transformation.
fn padding(top: Attributes<'_>, modality: &Modality, layout: Layout) -> Option<(f64, f64)> {
    let value = |tag| {
        let bits = top.int(tag)?.cast_unsigned();
        Some(modality.value(layout.extend(bits)))
    };
    let one = value(PADDING)?;
    let other = value(PADDING_LIMIT).unwrap_or(one);
    Some((one.min(other), one.max(other)))
}
