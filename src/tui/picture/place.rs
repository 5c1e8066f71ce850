//! Where a frame lies and a place in it in, millimetres and words about them out.
//!
//! Places in a picture are between pixels: (0, 0) is the upper left corner of the first pixel, whose centre is (0.5, 0.5).

use crate::imaging::frame::{Frame, Place, Values};
use crate::settings::Lang;

/// How many times as long as wide a pixel may be before the file is not believed.
const MAX_RATIO: f64 = 50.0;

/// The width of a pixel over its height in the patient; 1 where that is not known or cannot be.
pub(super) fn shape(place: &Place) -> f64 {
    let ratio = match (place.spacing_mm, place.aspect) {
        (Some([row, column]), _) => column / row,
        (None, Some(aspect)) => 1.0 / aspect,
        (None, None) => 1.0,
    };
    if (1.0 / MAX_RATIO..=MAX_RATIO).contains(&ratio) {
        ratio
    } else {
        1.0
    }
}

/// Millimetres of a pixel across and down, when they are known and can be.
pub(super) fn spacing(place: &Place) -> Option<(f64, f64)> {
    let is_sane = |mm: f64| mm.is_finite() && mm > 0.0;
    place
        .spacing_mm
        .filter(|mm| mm.iter().all(|it| is_sane(*it)))
        .map(|[row, column]| (column, row))
}

fn dot(a: [f64; 3], b: [f64; 3]) -> f64 {
    a[0] * b[0] + a[1] * b[1] + a[2] * b[2]
}

fn axes(place: &Place) -> Option<([f64; 3], [f64; 3])> {
    let orientation = place.orientation?;
    let direction = |first: usize| [0, 1, 2].map(|axis: usize| orientation[first + axis]);
    Some((direction(0), direction(3)))
}

/// The direction that looks along growing slices of a right-handed stack, of length 1.
pub(super) fn normal(place: &Place) -> Option<[f64; 3]> {
    let (a, b) = axes(place)?;
    let cross = [
        a[1] * b[2] - a[2] * b[1],
        a[2] * b[0] - a[0] * b[2],
        a[0] * b[1] - a[1] * b[0],
    ];
    let length = dot(cross, cross).sqrt();
    (length.is_finite() && length > 1e-6).then(|| cross.map(|it| it / length))
}

/// Whether two frames look the same way, but for some 10 degrees.
pub(super) fn are_parallel(a: &Place, b: &Place) -> bool {
    normal(a)
        .zip(normal(b))
        .is_some_and(|(a, b)| dot(a, b) > 0.985)
}

/// Where a frame lies along its normal, mm.
pub(super) fn depth(place: &Place) -> Option<f64> {
    let mm = dot(place.position?, normal(place)?);
    mm.is_finite().then_some(mm)
}

/// Millimetres (LPS) of a place in a frame.
pub(super) fn patient(place: &Place, x: f64, y: f64) -> Option<[f64; 3]> {
    let (row, column) = axes(place)?;
    let (across, down) = spacing(place)?;
    let first = place.position?;
    let at = [0, 1, 2].map(|axis: usize| {
        first[axis] + (x - 0.5) * across * row[axis] + (y - 0.5) * down * column[axis]
    });
    at.iter().all(|it| it.is_finite()).then_some(at)
}

/// The letter of each direction: along x, y, z and against them.
const LETTERS: [[char; 2]; 3] = [['L', 'R'], ['P', 'A'], ['H', 'F']];

fn lettered(axis: usize, mm: f64) -> String {
    let [along, against] = LETTERS[axis];
    let letter = if mm < 0.0 { against } else { along };
    format!("{letter} {:.1}", mm.abs())
}

/// `R 12.3 A 40.1 H 20.0 mm`.
pub(super) fn coordinates(mm: [f64; 3]) -> String {
    let [x, y, z] = [0, 1, 2].map(|axis| lettered(axis, mm[axis]));
    format!("{x} {y} {z} mm")
}

/// Where a slice lies along the patient's axis that is nearest to its normal: `H 20.0 mm`.
pub(super) fn slice_depth(place: &Place) -> Option<String> {
    let (normal, mm) = (normal(place)?, depth(place)?);
    let by_size = |a: &usize, b: &usize| normal[*a].abs().total_cmp(&normal[*b].abs());
    let axis = (0..3).max_by(by_size)?;
    let mm = if normal[axis] < 0.0 { -mm } else { mm };
    Some(format!("{} mm", lettered(axis, mm)))
}

/// A length between two places: in mm, else in pixels.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Length {
    Millimetres(f64),
    Pixels(f64),
}

pub(super) fn length(place: &Place, (x0, y0): (f64, f64), (x1, y1): (f64, f64)) -> Length {
    match spacing(place) {
        Some((across, down)) => Length::Millimetres(((x1 - x0) * across).hypot((y1 - y0) * down)),
        None => Length::Pixels((x1 - x0).hypot(y1 - y0)),
    }
}

impl Length {
    pub(super) fn text(self, place: &Place, lang: Lang) -> String {
        match self {
            Self::Millimetres(mm) => format!("{mm:.1} mm{}", at_detector(place, lang)),
            Self::Pixels(n) => format!("{n:.1} {}", lang.pick("pixels", "像素")),
        }
    }
}

/// A remark where millimetres are not the patient's.
pub(super) fn at_detector(place: &Place, lang: Lang) -> &'static str {
    if place.at_detector {
        lang.pick(" at the detector", "（探测器平面）")
    } else {
        ""
    }
}

/// `34.2x20.1 mm`, else `50x30 pixels`.
pub(super) fn extent(place: &Place, (width, height): (f64, f64), lang: Lang) -> String {
    match spacing(place) {
        Some((across, down)) => format!(
            "{:.1}x{:.1} mm{}",
            width * across,
            height * down,
            at_detector(place, lang)
        ),
        None => format!("{width}x{height} {}", lang.pick("pixels", "像素")),
    }
}

/// Four significant digits, or all before the point, and no zeros at the end.
pub(super) fn short(value: f64) -> String {
    if !value.is_finite() {
        return value.to_string();
    }
    let digits = if value == 0.0 {
        0.0
    } else {
        value.abs().log10().floor()
    };
    let decimals = [3.0, 2.0, 1.0, 0.0, -1.0, -2.0]
        .iter()
        .position(|least| digits >= *least)
        .unwrap_or(6);
    let text = format!("{value:.decimals$}");
    let text = if text.contains('.') {
        text.trim_end_matches('0').trim_end_matches('.')
    } else {
        &text
    };
    if text == "-0" { "0" } else { text }.to_owned()
}

/// The value of a pixel: `-23 HU`, `12 12 12`, or why there is none.
pub(super) fn value(frame: &Frame, x: usize, y: usize, lang: Lang) -> Option<String> {
    if x >= frame.width || y >= frame.height {
        return None;
    }
    let at = y * frame.width + x;
    Some(match &frame.values {
        Values::Rgb(rgb) => {
            let pixel = rgb.get(3 * at..3 * at + 3)?;
            format!("RGB {} {} {}", pixel[0], pixel[1], pixel[2])
        }
        Values::Grey(values) => {
            let value = *values.get(at)?;
            let is_padding = |(low, high): (f32, f32)| low <= value && value <= high;
            if !value.is_finite() {
                lang.pick("no value", "无数值").to_owned()
            } else if frame.scale.padding.is_some_and(is_padding) {
                lang.pick("padding", "填充").to_owned()
            } else {
                let unit = frame.scale.unit.as_deref().map_or(String::new(), |unit| {
                    format!(" {}", crate::session::safe::printable_line(unit))
                });
                format!("{}{unit}", short(value.into()))
            }
        }
    })
}

/// Where a pixel is, in words: in the patient, else from the picture's corner.
pub(super) fn whereabouts(place: &Place, x: usize, y: usize, lang: Lang) -> Option<String> {
    let centre = (x as f64 + 0.5, y as f64 + 0.5);
    if let Some(mm) = patient(place, centre.0, centre.1) {
        return Some(coordinates(mm));
    }
    let (across, down) = spacing(place)?;
    let (mm_x, mm_y) = (centre.0 * across, centre.1 * down);
    let detector = at_detector(place, lang);
    Some(match lang {
        Lang::En => format!("{mm_x:.1}, {mm_y:.1} mm from the corner{detector}"),
        Lang::Zh => format!("距左上角 {mm_x:.1}, {mm_y:.1} mm{detector}"),
    })
}

/// Lengths that a scale bar may have: 1, 2 or 5 times a power of ten, mm.
fn round_lengths() -> impl Iterator<Item = f64> {
    (-2..4).flat_map(|power| [1.0, 2.0, 5.0].map(|it| it * 10_f64.powi(power)))
}

/// A scale bar of at most `most` columns, of so many millimetres each: its columns and its length. A round length where whole
/// columns meet it within a 25th, else what the columns come to.
pub(super) fn scale_bar(mm_per_column: f64, most: u16) -> Option<(u16, String)> {
    if !(mm_per_column.is_finite() && mm_per_column > 0.0) || most < 3 {
        return None;
    }
    let columns =
        |mm: f64| (3..=most).find(|n| (f64::from(*n) * mm_per_column / mm - 1.0).abs() < 0.04);
    let round = round_lengths().filter_map(|mm| Some((columns(mm)?, mm)));
    if let Some((n, mm)) = round.max_by(|a, b| a.1.total_cmp(&b.1)) {
        return Some((n, format!("{mm} mm")));
    }
    Some((
        most,
        format!("{} mm", short(f64::from(most) * mm_per_column)),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn axial() -> Place {
        Place {
            spacing_mm: Some([0.5, 0.8]),
            position: Some([-100.0, -50.0, 20.0]),
            orientation: Some([1.0, 0.0, 0.0, 0.0, 1.0, 0.0]),
            ..Place::default()
        }
    }

    #[test]
    fn places_are_where_the_file_says() {
        let place = axial();
        assert_eq!(
            coordinates(patient(&place, 0.5, 0.5).unwrap()),
            "R 100.0 A 50.0 H 20.0 mm"
        );
        assert_eq!(
            coordinates(patient(&place, 250.5, 200.5).unwrap()),
            "L 100.0 P 50.0 H 20.0 mm"
        );
        assert_eq!(slice_depth(&place).unwrap(), "H 20.0 mm");
        assert!((shape(&place) - 1.6).abs() < 1e-12);
        let sagittal = Place {
            orientation: Some([0.0, 1.0, 0.0, 0.0, 0.0, -1.0]),
            ..axial()
        };
        assert_eq!(slice_depth(&sagittal).unwrap(), "R 100.0 mm");
        assert!(!are_parallel(&place, &sagittal) && are_parallel(&place, &place));
    }

    #[test]
    fn lengths_are_in_millimetres_where_they_can_be() {
        let text = |place: &Place| length(place, (0.0, 0.0), (5.0, 6.0)).text(place, Lang::En);
        assert_eq!(text(&axial()), "5.0 mm");
        assert_eq!(text(&Place::default()), "7.8 pixels");
        let absurd = Place {
            spacing_mm: Some([0.0, f64::NAN]),
            ..Place::default()
        };
        assert_eq!(text(&absurd), "7.8 pixels");
        assert!((shape(&absurd) - 1.0).abs() < 1e-12);
    }

    #[test]
    fn numbers_are_short() {
        for (value, text) in [
            (0.0, "0"),
            (-0.000_000_1, "0"),
            (1234.56, "1235"),
            (-23.456, "-23.46"),
            (0.012_345, "0.01235"),
            (7.0, "7"),
            (1e9, "1000000000"),
            (f64::NAN, "NaN"),
        ] {
            assert_eq!(short(value), text);
        }
    }

    #[test]
    fn a_bar_is_as_long_as_it_says() {
        assert_eq!(scale_bar(2.0, 30), Some((25, "50 mm".to_owned())));
        for mm in [0.013, 0.7, 1.9, 4.7, 33.0] {
            for most in 3..40 {
                let (n, text) = scale_bar(mm, most).unwrap();
                let said: f64 = text.trim_end_matches(" mm").parse().unwrap();
                assert!(
                    n <= most && (f64::from(n) * mm / said - 1.0).abs() < 0.041,
                    "{n} {text}"
                );
            }
        }
        assert_eq!(scale_bar(f64::NAN, 30), None);
        assert_eq!(scale_bar(1.0, 2), None);
    }
}
