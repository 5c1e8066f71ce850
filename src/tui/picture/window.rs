//! A window and how far a drag or a key went in, the next window out: steps that fit the data, numbers that can be typed.

use crate::imaging::frame::{Frame, Values};
use crate::imaging::range::Range;
use crate::imaging::window::{Function, Window};

/// Columns of a drag from the smallest value to the largest.
const ACROSS: f64 = 128.0;
/// A step is never more than this part of the width: a narrow window is changed finely.
const FINE: f64 = 16.0;

/// From the smallest value to the largest, as far as it is known without looking at each.
pub(super) fn extent(frame: &Frame, range: Option<&Range>, window: &Window) -> f64 {
    let known = range.map(|it| it.max - it.min).or_else(|| {
        let (low, high) = frame.scale.possible?;
        Some(f64::from(high) - f64::from(low))
    });
    let sampled = || {
        let Values::Grey(values) = &frame.values else {
            return 255.0;
        };
        // every so many values are enough for a step
        let some = values.iter().step_by((values.len() / 4096).max(1));
        let some = some.filter(|it| it.is_finite()).map(|it| f64::from(*it));
        let (low, high) = some.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), it| {
            (low.min(it), high.max(it))
        });
        high - low
    };
    let extent = known
        .filter(|it| it.is_finite() && *it > 0.0)
        .unwrap_or_else(sampled);
    if extent.is_finite() && extent > 0.0 {
        extent
    } else {
        window.width
    }
}

/// One step of a drag or key for data that reach over `extent`.
pub(super) fn step(extent: f64, window: &Window) -> f64 {
    (extent / ACROSS)
        .min(window.width / FINE)
        .max(f64::MIN_POSITIVE)
}

/// The window with its width and centre so many steps larger; as it would be typed.
pub(super) fn moved(window: &Window, step: f64, width: f64, centre: f64) -> Window {
    let (width, centre) = (window.width + width * step, window.center + centre * step);
    // a window cannot close; where it nearly does, it is a quarter of a step
    let width = width.max(step / 4.0);
    let [center, width] = [centre, width].map(|it| tidy(it, step));
    let function = if width < 1.0 {
        Function::LinearExact
    } else {
        Function::Linear
    };
    Window::new(center, width, function).unwrap_or(*window)
}

/// Rounded to a tenth of a step, in decimal digits: nobody reads more.
fn tidy(value: f64, step: f64) -> f64 {
    let unit = if step >= 1.0 {
        1.0
    } else {
        10_f64.powf((step / 10.0).log10().floor())
    };
    let rounded = (value / unit).round() * unit;
    // the shortest decimal number that says it
    let digits = if unit < 1.0 { -unit.log10() } else { 0.0 };
    let digits = (0..300_usize)
        .find(|n| *n as f64 >= digits - 0.5)
        .unwrap_or(300);
    let text = format!("{rounded:.digits$}");
    text.parse()
        .ok()
        .filter(|it: &f64| it.is_finite() && (*it != 0.0 || value.abs() < unit))
        .unwrap_or(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(from: (f64, f64), extent: f64, by: (f64, f64), expected: (f64, f64)) {
        let window = Window::new(from.0, from.1, Function::Linear).unwrap();
        let step = step(extent, &window);
        let is = moved(&window, step, by.0, by.1);
        assert_eq!(
            (is.center.to_string(), is.width.to_string()),
            (expected.0.to_string(), expected.1.to_string())
        );
    }

    #[test]
    fn steps_fit_the_data_and_the_window() {
        check((40.0, 400.0), 4096.0, (2.0, 0.0), (40.0, 450.0));
        check((40.0, 400.0), 4096.0, (0.0, -1.0), (15.0, 400.0));
        check((40.0, 80.0), 4096.0, (1.0, 1.0), (45.0, 85.0));
        check((-600.0, 1500.0), 4096.0, (1.0, 0.0), (-600.0, 1532.0));
        check((40.0, 400.0), 4096.0, (-900.0, 0.0), (40.0, 6.0));
    }

    #[test]
    fn small_numbers_stay_numbers_that_can_be_typed() {
        let window = Window::new(0.5, 1.0, Function::LinearExact).unwrap();
        let step = step(1.0, &window);
        let is = moved(&window, step, -40.0, 3.0);
        assert_eq!(is.function, Function::LinearExact);
        assert_eq!(format!("{}/{}", is.center, is.width), "0.5234/0.6875");
    }

    #[test]
    fn no_window_is_lost_whatever_the_numbers() {
        for (center, width) in [(0.0, 1e-300), (1e300, 1e300), (-5.0, 1.0), (0.0, 1e-12)] {
            let window = Window::new(center, width, Function::LinearExact).unwrap();
            let all = [1e-300, 1.0, 1e300]
                .map(|extent| [-1e6, -1.0, 0.0, 1.0, 1e6].map(|by| (extent, by)));
            for (extent, by) in all.into_iter().flatten() {
                let is = moved(&window, step(extent, &window), by, by);
                assert!(is.width > 0.0 && is.center.is_finite(), "{is:?}");
            }
        }
    }
}
