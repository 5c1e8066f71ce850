//! A frame and a region in, what its values are like out: number, mean, spread, ends, area.

use std::fmt;
use std::ops::Range;

use super::Fallible;
use super::frame::{Frame, Values};
use super::range::is_padding;
use super::region::Region;

/// A region, measured.
#[derive(Debug, Clone, PartialEq)]
pub struct Measured {
    /// Pixels in it, also those that are left out below.
    pub pixels: usize,
    /// Their area, when the spacing is known.
    pub area_mm2: Option<f64>,
    /// Whether that area is in the detector's plane: larger than in the patient, who lies before it.
    pub at_detector: bool,
    /// The unit of the values.
    pub unit: Option<String>,
    /// Padding pixels, left out.
    pub padding: usize,
    /// Pixels that are NaN or infinite, left out.
    pub no_number: usize,
    /// What is left.
    pub values: Found,
}

/// What the values are like.
#[derive(Debug, Clone, PartialEq)]
pub enum Found {
    /// Grey; `None` when all were left out.
    Grey(Option<Statistics>),
    /// Red, green, blue.
    Rgb([Statistics; 3]),
}

/// What some values are like.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Statistics {
    /// How many were counted.
    pub n: usize,
    /// Mean.
    pub mean: f64,
    /// Standard deviation of these values themselves (divided by n, not by n - 1): numpy's default.
    pub sd: f64,
    /// The smallest.
    pub min: f64,
    /// The one in the middle; of an even number the mean of the two.
    pub median: f64,
    /// The largest.
    pub max: f64,
}

/// Measures a region.
///
/// # Errors
/// When it reaches out of the frame, or holds no pixel of it.
pub fn measure(frame: &Frame, region: &Region) -> Fallible<Measured> {
    region.check(frame.width, frame.height)?;
    let places = || {
        let row = |(y, columns): (usize, Range<usize>)| columns.map(move |x| y * frame.width + x);
        region.spans().flat_map(row)
    };
    let pixels = places().count();
    let mut measured = Measured {
        pixels,
        area_mm2: frame
            .place
            .spacing_mm
            .map(|[row, column]| pixels as f64 * row * column),
        at_detector: frame.place.at_detector,
        unit: frame.scale.unit.clone(),
        padding: 0,
        no_number: 0,
        values: Found::Grey(None),
    };
    match &frame.values {
        Values::Grey(values) => {
            let mut counted = Vec::with_capacity(pixels);
            for value in places().map(|at| values[at]) {
                if !value.is_finite() {
                    measured.no_number += 1;
                } else if is_padding(value, frame.scale.padding) {
                    measured.padding += 1;
                } else {
                    counted.push(value);
                }
            }
            measured.values = Found::Grey(Statistics::of(&mut counted));
        }
        Values::Rgb(rgb) => {
            let of = |channel: usize| {
                let values = places().map(|at| f32::from(rgb[3 * at + channel]));
                Statistics::of(&mut values.collect::<Vec<_>>())
            };
            let channels = [0, 1, 2].map(|channel| of(channel).expect("a region holds a pixel"));
            measured.unit = None;
            measured.values = Found::Rgb(channels);
        }
    }
    Ok(measured)
}

impl Statistics {
    /// Of numbers, whose order is lost.
    fn of(values: &mut [f32]) -> Option<Self> {
        if values.is_empty() {
            return None;
        }
        let n = values.len();
        let all = || values.iter().copied().map(f64::from);
        let mean = all().sum::<f64>() / n as f64;
        let sd = (all().map(|value| (value - mean).powi(2)).sum::<f64>() / n as f64).sqrt();
        let (min, max) = (
            all().fold(f64::INFINITY, f64::min),
            all().fold(f64::NEG_INFINITY, f64::max),
        );
        let (below, upper, _) = values.select_nth_unstable_by(n / 2, f32::total_cmp);
        let upper = f64::from(*upper);
        let median = if n.is_multiple_of(2) {
            let lower = below.iter().copied().fold(f32::NEG_INFINITY, f32::max);
            f64::midpoint(lower.into(), upper)
        } else {
            upper
        };
        Some(Self {
            n,
            mean,
            sd,
            min,
            median,
            max,
        })
    }
}

impl fmt::Display for Measured {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.pixels {
            1 => f.write_str("1 pixel")?,
            n => write!(f, "{n} pixels")?,
        }
        if let Some(area) = self.area_mm2 {
            write!(f, ", {} mm²", short(area))?;
            if self.at_detector {
                f.write_str(" in the detector's plane")?;
            }
        }
        match &self.values {
            Found::Grey(None) => f.write_str(", no values")?,
            Found::Grey(Some(statistics)) => {
                let unit = self.unit.as_deref().map(|unit| format!(" {unit}"));
                write!(
                    f,
                    ", mean {}{}",
                    short(statistics.mean),
                    unit.unwrap_or_default()
                )?;
                statistics.rest(f)?;
            }
            Found::Rgb(channels) => {
                for (name, statistics) in ["red", "green", "blue"].iter().zip(channels) {
                    write!(f, "; {name} mean {}", short(statistics.mean))?;
                    statistics.rest(f)?;
                }
            }
        }
        for (n, what) in [
            (self.padding, "padding"),
            (self.no_number, "without a value"),
        ] {
            if n > 0 {
                write!(f, "; {n} {what}, left out")?;
            }
        }
        Ok(())
    }
}

impl Statistics {
    fn rest(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [sd, min, median, max] = [self.sd, self.min, self.median, self.max].map(short);
        write!(f, ", SD {sd}, min {min}, median {median}, max {max}")
    }
}

/// Five significant digits, and no zeros at the end.
pub(super) fn short(value: f64) -> String {
    let digits = if value == 0.0 {
        0.0
    } else {
        value.abs().log10().floor()
    };
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "clamped to 0..=12"
    )]
    let decimals = (4.0 - digits).clamp(0.0, 12.0) as usize;
    let text = format!("{value:.decimals$}");
    if text.contains('.') {
        text.trim_end_matches('0').trim_end_matches('.').to_owned()
    } else {
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::imaging::frame::{Place, Scale};
    use crate::imaging::region::Bounds;

    fn frame(values: Values, width: usize, height: usize) -> Frame {
        Frame {
            width,
            height,
            values,
            scale: Scale {
                unit: Some("HU".to_owned()),
                padding: Some((-2000.0, -2000.0)),
                ..Scale::default()
            },
            place: Place {
                spacing_mm: Some([0.5, 2.0]),
                ..Place::default()
            },
            chain: Vec::new(),
        }
    }

    const ALL: Region = Region::Rectangle(Bounds {
        x0: 0,
        y0: 0,
        x1: 4,
        y1: 2,
    });

    #[track_caller]
    fn check(values: Values, region: &Region, expected: &str) {
        let measured = measure(&frame(values, 4, 2), region).unwrap();
        assert_eq!(measured.to_string(), expected);
    }

    #[test]
    fn what_is_nothing_is_left_out_and_counted() {
        check(
            Values::Grey(vec![
                1.0,
                2.0,
                4.0,
                9.0,
                -2000.0,
                f32::NAN,
                f32::INFINITY,
                -2000.0,
            ]),
            &ALL,
            "8 pixels, 8 mm², mean 4 HU, SD 3.0822, min 1, median 3, max 9; 2 padding, left out; 2 without a value, left out",
        );
        check(
            Values::Grey(vec![-2000.0; 8]),
            &ALL,
            "8 pixels, 8 mm², no values; 8 padding, left out",
        );
    }

    #[test]
    fn colour_is_measured_by_channel() {
        let rgb = (0..8).flat_map(|at| [at, 100 + at, 255]).collect();
        let region = Region::Rectangle(Bounds {
            x0: 1,
            y0: 0,
            x1: 4,
            y1: 1,
        });
        check(
            Values::Rgb(rgb),
            &region,
            "3 pixels, 3 mm²; red mean 2, SD 0.8165, min 1, median 2, max 3; green mean 102, SD 0.8165, min 101, \
             median 102, max 103; blue mean 255, SD 0, min 255, median 255, max 255",
        );
    }

    #[test]
    fn the_detectors_plane_is_named_and_no_spacing_gives_no_area() {
        let mut film = frame(Values::Grey(vec![7.0; 8]), 4, 2);
        film.place.at_detector = true;
        let shown = measure(&film, &ALL).unwrap().to_string();
        assert!(
            shown.starts_with("8 pixels, 8 mm² in the detector's plane, mean 7 HU"),
            "{shown}"
        );
        film.place.spacing_mm = None;
        let shown = measure(&film, &ALL).unwrap().to_string();
        assert!(shown.starts_with("8 pixels, mean 7 HU"), "{shown}");
    }

    #[test]
    fn a_region_outside_is_refused() {
        let region = Region::Rectangle(Bounds {
            x0: 2,
            y0: 0,
            x1: 5,
            y1: 1,
        });
        assert!(measure(&frame(Values::Grey(vec![0.0; 8]), 4, 2), &region).is_err());
    }

    #[test]
    fn five_digits_are_enough_for_the_eye() {
        let rows = [
            (858.306_884, "858.31"),
            (-622.465_2, "-622.47"),
            (0.000_712_345, "0.00071234"),
            (0.0, "0"),
            (123_456.7, "123457"),
            (100.0, "100"),
            (-0.5, "-0.5"),
        ];
        for (value, expected) in rows {
            assert_eq!(short(value), expected);
        }
    }
}
