//! A value (HU or what the file's rescale gives) and a window in, a shade 0..=255 out; PS3.3 C.11.2.1.2, pure.

/// Which part of the values is spread over the shades.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Window {
    /// Middle, in the unit of the values.
    pub center: f64,
    /// Extent, in the unit of the values.
    pub width: f64,
    /// The curve between black and white.
    pub function: Function,
}

/// `VOILUTFunction`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum Function {
    /// The default, with its half-value offsets (C.11.2.1.2.1).
    Linear,
    /// Without offsets (C.11.2.1.3.2).
    LinearExact,
    /// Soft ends (C.11.2.1.3.1).
    Sigmoid,
}

impl Window {
    /// Centre and width alone, as typed: `40/300`.
    pub fn short(&self) -> String {
        let text = self.to_string();
        text.strip_prefix("window ").unwrap_or(&text).to_owned()
    }

    /// A window, unless the standard forbids it: finite, and a width of at least 1 for `LINEAR`, above 0 for the others.
    pub fn new(center: f64, width: f64, function: Function) -> Option<Self> {
        let allowed = match function {
            Function::Linear => width >= 1.0,
            Function::LinearExact | Function::Sigmoid => width > 0.0,
        };
        (center.is_finite() && width.is_finite() && allowed).then_some(Self {
            center,
            width,
            function,
        })
    }

    /// From the smallest value (black) to the largest (white); `None` when they are one.
    pub fn between(min: f64, max: f64) -> Option<Self> {
        Self::new(f64::midpoint(min, max), max - min, Function::LinearExact)
    }

    /// The shade of a value: 0 is black.
    pub fn shade(&self, value: f64) -> u8 {
        cut(self.place(value) * 255.0)
    }

    /// The shade of a value where the smallest is white (`MONOCHROME1`).
    pub fn shade_inverted(&self, value: f64) -> u8 {
        cut((1.0 - self.place(value)) * 255.0)
    }

    /// 0 at black, 1 at white; may lie outside.
    fn place(&self, value: f64) -> f64 {
        let Self { center, width, .. } = *self;
        match self.function {
            Function::Linear if value <= center - 0.5 - (width - 1.0) / 2.0 => 0.0,
            Function::Linear if value > center - 0.5 + (width - 1.0) / 2.0 => 1.0,
            Function::Linear => (value - (center - 0.5)) / (width - 1.0) + 0.5,
            Function::LinearExact => (value - center) / width + 0.5,
            Function::Sigmoid => 1.0 / (1.0 + (-4.0 * (value - center) / width).exp()),
        }
    }
}

/// Cuts the fraction, as dcmtk does; what rounding in f64 took from a whole shade is given back.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "clamped to 0..=255, and the fraction is meant to be cut"
)]
fn cut(shade: f64) -> u8 {
    (shade + 1e-9).clamp(0.0, 255.0) as u8
}

impl std::fmt::Display for Window {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "window {}/{}", self.center, self.width)?;
        match self.function {
            Function::Linear => Ok(()),
            Function::LinearExact => f.write_str(" LINEAR_EXACT"),
            Function::Sigmoid => f.write_str(" SIGMOID"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(center: f64, width: f64, function: Function, rows: &[(f64, u8)]) {
        let window = Window::new(center, width, function).unwrap();
        for (value, shade) in rows {
            assert_eq!(window.shade(*value), *shade, "{value} in {window}");
            let sum = u16::from(window.shade(*value)) + u16::from(window.shade_inverted(*value));
            assert!(matches!(sum, 254 | 255), "{value} in {window} inverted");
        }
    }

    /// The four examples of PS3.3 C.11.2.1.2.1 (their output range is 0..=255).
    #[test]
    fn the_standards_own_examples() {
        check(
            2048.0,
            4096.0,
            Function::Linear,
            &[(0.0, 0), (4095.0, 255), (2047.5, 127)],
        );
        check(2048.0, 1.0, Function::Linear, &[(2047.0, 0), (2048.0, 255)]);
        check(
            0.0,
            100.0,
            Function::Linear,
            &[(-50.0, 0), (49.0, 255), (-0.5, 127)],
        );
        check(0.0, 1.0, Function::Linear, &[(-1.0, 0), (0.0, 255)]);
    }

    #[test]
    fn soft_tissue_window_in_hounsfield_units() {
        let rows = [
            (-1000.0, 0),
            (-160.0, 0),
            (-159.0, 0),
            (-158.0, 1),
            (40.0, 127),
            (239.0, 255),
            (3000.0, 255),
        ];
        check(40.0, 400.0, Function::Linear, &rows);
    }

    #[test]
    fn the_other_two_functions() {
        check(
            2048.0,
            4096.0,
            Function::LinearExact,
            &[(0.0, 0), (2048.0, 127), (4096.0, 255)],
        );
        check(
            40.0,
            400.0,
            Function::Sigmoid,
            &[(-400.0, 3), (40.0, 127), (4000.0, 255)],
        );
    }

    #[test]
    fn widths_that_the_standard_forbids() {
        assert_eq!(Window::new(40.0, 0.0, Function::Linear), None);
        assert_eq!(Window::new(40.0, 0.5, Function::Linear), None);
        assert_eq!(Window::new(40.0, -400.0, Function::LinearExact), None);
        assert_eq!(Window::new(f64::NAN, 400.0, Function::Linear), None);
        assert_eq!(Window::between(7.0, 7.0), None);
    }
}
