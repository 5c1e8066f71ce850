//! The orientation fields of a header in, the steps and the origin of its voxels in LPS millimetres out.
//!
//! The order is that of every reader: `sform`, else `qform`, else the bare spacing (`nifti1.h`, methods 3, 2, 1).

use std::ops::RangeInclusive;

use crate::imaging::axes::{self, Nearest, Vector, cross, dot};

/// Where the voxels lie.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Grid {
    /// Millimetres (LPS) of one step along columns, rows, slices.
    pub steps: [Vector; 3],
    /// Centre of the first voxel, mm, LPS.
    pub origin: Vector,
    /// Whether directions are from the file; else only the spacing can be.
    pub placed: bool,
}

/// The fields as they stand in the header, RAS, in the header's unit of length.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Forms {
    pub(super) size: [usize; 3],
    /// `pixdim[0..=3]`: the handedness of the qform, then the spacing.
    pub(super) pixdim: [f64; 4],
    pub(super) qform_code: i32,
    /// `quatern_b`, `quatern_c`, `quatern_d`.
    pub(super) quatern: Vector,
    /// `qoffset_x`, `qoffset_y`, `qoffset_z`.
    pub(super) qoffset: Vector,
    pub(super) sform_code: i32,
    /// `srow_x`, `srow_y`, `srow_z`.
    pub(super) srow: [[f64; 4]; 3],
    /// The spatial part of `xyzt_units`.
    pub(super) unit: u8,
}

/// What can be the length of a step, in the header's unit.
const LENGTHS: RangeInclusive<f64> = 1e-6..=1e6;
/// How far an origin may lie away.
const FARTHEST: f64 = 1e9;

/// Steps, then the origin, RAS.
type Affine = [Vector; 4];

impl Forms {
    /// The grid, and in `chain` what it was made from and what looks wrong.
    pub(super) fn grid(&self, chain: &mut Vec<String>) -> Grid {
        let sform = (self.sform_code > 0).then(|| self.sform());
        let qform = (self.qform_code > 0).then(|| self.qform());
        let (ras, placed) = match (sform, qform) {
            (Some(Ok(sform)), qform) => {
                chain.push(format!("place from sform ({})", space(self.sform_code)));
                compare(&sform, qform, chain);
                (sform, true)
            }
            (sform, Some(Ok(qform))) => {
                chain.extend(sform.and_then(Result::err));
                chain.push(format!("place from qform ({})", space(self.qform_code)));
                if self.spacing().contains(&None) {
                    chain.push("1 where the spacing is missing".to_owned());
                }
                (qform, true)
            }
            (sform, qform) => {
                chain.extend(sform.and_then(Result::err));
                chain.extend(qform.and_then(Result::err));
                chain.push("no place in the patient: left and right are not known".to_owned());
                (self.bare(chain), false)
            }
        };
        let scale = self.millimetres(&ras, chain);
        // 0 is added so that no -0 is left
        let [a, b, c, origin] =
            ras.map(|[x, y, z]| [-x * scale + 0.0, -y * scale + 0.0, z * scale + 0.0]);
        Grid {
            steps: [a, b, c],
            origin,
            placed,
        }
    }

    /// Method 3.
    fn sform(&self) -> Result<Affine, String> {
        let affine = [0, 1, 2, 3].map(|column| self.srow.map(|row| row[column]));
        if is_regular(&affine) {
            Ok(affine)
        } else {
            Err("sform is not used: it does not span a space".to_owned())
        }
    }

    /// Method 2.
    fn qform(&self) -> Result<Affine, String> {
        let [b, c, d] = self.quatern;
        let square = dot(self.quatern, self.quatern);
        // rounding in the file may make the quaternion a little longer than 1
        if square.is_nan() || square > 1.01 {
            return Err(format!(
                "qform is not used: its quaternion is not a rotation (length {:.3})",
                square.sqrt()
            ));
        }
        let length = square.sqrt().max(1.0);
        let [b, c, d] = [b / length, c / length, d / length];
        let a = (1.0 - square).max(0.0).sqrt();
        let [dx, dy, dz] = self.spacing().map(|it| it.unwrap_or(1.0));
        let handed = if self.pixdim[0] < 0.0 { -dz } else { dz };
        let rotation = [
            [
                a * a + b * b - c * c - d * d,
                2.0 * (b * c + a * d),
                2.0 * (b * d - a * c),
            ],
            [
                2.0 * (b * c - a * d),
                a * a + c * c - b * b - d * d,
                2.0 * (c * d + a * b),
            ],
            [
                2.0 * (b * d + a * c),
                2.0 * (c * d - a * b),
                a * a + d * d - b * b - c * c,
            ],
        ];
        let affine = [
            rotation[0].map(|it| it * dx),
            rotation[1].map(|it| it * dy),
            rotation[2].map(|it| it * handed),
            self.qoffset,
        ];
        if is_regular(&affine) {
            Ok(affine)
        } else {
            Err("qform is not used: its origin is nowhere".to_owned())
        }
    }

    /// Method 1: the origin in the middle and x to the left, as ANALYZE files mostly are and as nibabel takes them.
    fn bare(&self, chain: &mut Vec<String>) -> Affine {
        let spacing = self.spacing();
        let known = spacing.map(|it| it.is_some());
        chain.push(
            match known {
                [true, true, true] => "spacing from pixdim",
                [false, false, false] => "no spacing: 1 is assumed",
                _ => "spacing from pixdim, 1 where it is missing",
            }
            .to_owned(),
        );
        let [dx, dy, dz] = spacing.map(|it| it.unwrap_or(1.0));
        let middle = self.size.map(|it| (it.saturating_sub(1)) as f64 / 2.0);
        [
            [-dx, 0.0, 0.0],
            [0.0, dy, 0.0],
            [0.0, 0.0, dz],
            [middle[0] * dx, -middle[1] * dy, -middle[2] * dz],
        ]
    }

    /// `pixdim[1..=3]` where they are lengths; the sign is of no meaning.
    fn spacing(&self) -> [Option<f64>; 3] {
        let [_, x, y, z] = self.pixdim;
        [x, y, z].map(|it| Some(it.abs()).filter(|it| LENGTHS.contains(it)))
    }

    /// Millimetres in one of the header's units of length.
    fn millimetres(&self, ras: &Affine, chain: &mut Vec<String>) -> f64 {
        let (scale, name) = match self.unit {
            1 => (1000.0, "metres to mm"),
            3 => (0.001, "micrometres to mm"),
            0 | 2 => (1.0, ""),
            _ => (1.0, "unknown unit of length, mm assumed"),
        };
        if !name.is_empty() {
            chain.push(name.to_owned());
        }
        let longest = ras[..3]
            .iter()
            .fold(0.0_f64, |most, step| most.max(axes::norm(*step)));
        if scale > 1.0 && longest * scale > 100.0 {
            chain.push(format!(
                "voxels are {} mm long: the unit of length is probably wrong",
                longest * scale
            ));
        }
        scale
    }
}

/// Says so when a file with two places has two that differ in more than detail.
fn compare(sform: &Affine, qform: Option<Result<Affine, String>>, chain: &mut Vec<String>) {
    let qform = match qform {
        None => return,
        Some(Err(problem)) => return chain.push(problem),
        Some(Ok(qform)) => qform,
    };
    let [of_s, of_q] = [sform, &qform].map(|it| axes::nearest(&[it[0], it[1], it[2]]));
    if let (Some(of_s), Some(of_q)) = (of_s, of_q)
        && of_s.axes != of_q.axes
    {
        chain.push(format!(
            "directions are in doubt: {} by sform, {} by qform",
            code(of_s),
            code(of_q)
        ));
    }
}

/// The field's word for where columns, rows and slices go, such as `RAS`; the axes are RAS.
fn code(nearest: Nearest) -> String {
    let mut letters = ['?'; 3];
    for ((of, against), [to, from]) in
        nearest
            .axes
            .into_iter()
            .zip([['R', 'L'], ['A', 'P'], ['S', 'I']])
    {
        letters[of] = if against { from } else { to };
    }
    letters.iter().collect()
}

/// Whether the steps are finite and span the space.
fn is_regular(affine: &Affine) -> bool {
    let [a, b, c, origin] = *affine;
    let lengths = [a, b, c].map(axes::norm);
    let volume = dot(cross(a, b), c).abs();
    lengths.iter().all(|it| LENGTHS.contains(it))
        && volume > 1e-6 * lengths.iter().product::<f64>()
        && origin.iter().all(|it| it.abs() <= FARTHEST)
}

/// What `qform_code` and `sform_code` say the coordinates are of.
fn space(code: i32) -> String {
    match code {
        1 => "scanner".to_owned(),
        2 => "aligned to another scan".to_owned(),
        3 => "Talairach".to_owned(),
        4 => "MNI 152".to_owned(),
        5 => "a template".to_owned(),
        code => format!("code {code}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn forms() -> Forms {
        Forms {
            size: [11, 21, 31],
            pixdim: [1.0, 2.0, 3.0, 4.0],
            qform_code: 0,
            quatern: [0.0; 3],
            qoffset: [10.0, 20.0, 30.0],
            sform_code: 0,
            srow: [[0.0; 4]; 3],
            unit: 2,
        }
    }

    #[track_caller]
    fn check(forms: &Forms, steps: [Vector; 3], origin: Vector, word: &str) {
        let mut chain = Vec::new();
        let grid = forms.grid(&mut chain);
        let flat =
            |steps: [Vector; 3], origin: Vector| [steps[0], steps[1], steps[2], origin].concat();
        for (is, expected) in flat(grid.steps, grid.origin)
            .iter()
            .zip(flat(steps, origin))
        {
            assert!((is - expected).abs() < 1e-12, "{grid:?}");
        }
        assert_eq!(grid.placed, !chain.join(", ").contains("no place"));
        assert!(chain.iter().any(|it| it.contains(word)), "{chain:?}");
    }

    #[test]
    fn sform_comes_before_qform_and_ras_becomes_lps() {
        let srow = [
            [0.0, 0.0, 5.0, -1.0],
            [2.0, 0.0, 0.0, -2.0],
            [0.0, 3.0, 0.0, -3.0],
        ];
        let forms = Forms {
            sform_code: 4,
            qform_code: 1,
            srow,
            ..forms()
        };
        let steps = [[0.0, -2.0, 0.0], [0.0, 0.0, 3.0], [-5.0, 0.0, 0.0]];
        check(
            &forms,
            steps,
            [1.0, 2.0, -3.0],
            "place from sform (MNI 152)",
        );
        check(&forms, steps, [1.0, 2.0, -3.0], "in doubt");
    }

    /// `nifti1.h`: a quaternion of (0, 0, 1) turns by 180 degrees about z; a negative `pixdim[0]` flips the slices.
    #[test]
    fn qform_turns_and_flips() {
        let forms = Forms {
            qform_code: 1,
            quatern: [0.0, 0.0, 1.0],
            ..forms()
        };
        let steps = [[2.0, 0.0, 0.0], [0.0, 3.0, 0.0], [0.0, 0.0, 4.0]];
        check(
            &forms,
            steps,
            [-10.0, -20.0, 30.0],
            "place from qform (scanner)",
        );
        let flipped = Forms {
            pixdim: [-1.0, 2.0, 3.0, 4.0],
            ..forms
        };
        let steps = [[2.0, 0.0, 0.0], [0.0, 3.0, 0.0], [0.0, 0.0, -4.0]];
        check(&flipped, steps, [-10.0, -20.0, 30.0], "qform");
    }

    #[test]
    fn a_quarter_turn_about_z() {
        let half = 0.5_f64.sqrt();
        let forms = Forms {
            qform_code: 2,
            quatern: [0.0, 0.0, half],
            ..forms()
        };
        // RAS: columns go to the front, rows to the left
        let steps = [[0.0, -2.0, 0.0], [3.0, 0.0, 0.0], [0.0, 0.0, 4.0]];
        check(&forms, steps, [-10.0, -20.0, 30.0], "aligned");
    }

    #[test]
    fn bare_spacing_places_nothing() {
        let steps = [[2.0, 0.0, 0.0], [0.0, -3.0, 0.0], [0.0, 0.0, 4.0]];
        check(
            &forms(),
            steps,
            [-10.0, 30.0, -60.0],
            "left and right are not known",
        );
        let zero = Forms {
            pixdim: [0.0; 4],
            ..forms()
        };
        let steps = [[1.0, 0.0, 0.0], [0.0, -1.0, 0.0], [0.0, 0.0, 1.0]];
        check(&zero, steps, [-5.0, 10.0, -15.0], "1 is assumed");
    }

    #[test]
    fn broken_forms_are_passed_over_and_said() {
        let steps = [[-2.0, 0.0, 0.0], [0.0, -3.0, 0.0], [0.0, 0.0, 4.0]];
        let singular = Forms {
            sform_code: 1,
            qform_code: 1,
            ..forms()
        };
        check(&singular, steps, [-10.0, -20.0, 30.0], "sform is not used");
        let long = Forms {
            qform_code: 1,
            quatern: [1.0, 1.0, 0.0],
            ..forms()
        };
        check(
            &long,
            long.grid(&mut Vec::new()).steps,
            [-10.0, 30.0, -60.0],
            "not a rotation (length 1.414)",
        );
        let wild = Forms {
            qform_code: 1,
            qoffset: [f64::NAN, 0.0, 0.0],
            ..forms()
        };
        check(
            &wild,
            wild.grid(&mut Vec::new()).steps,
            [-10.0, 30.0, -60.0],
            "nowhere",
        );
    }

    #[test]
    fn other_units_become_millimetres() {
        let micro = Forms {
            qform_code: 1,
            unit: 3,
            ..forms()
        };
        let steps = [[-0.002, 0.0, 0.0], [0.0, -0.003, 0.0], [0.0, 0.0, 0.004]];
        check(&micro, steps, [-0.01, -0.02, 0.03], "micrometres to mm");
        let metre = Forms {
            qform_code: 1,
            unit: 1,
            ..forms()
        };
        let steps = [[-2000.0, 0.0, 0.0], [0.0, -3000.0, 0.0], [0.0, 0.0, 4000.0]];
        check(
            &metre,
            steps,
            [-10_000.0, -20_000.0, 30_000.0],
            "probably wrong",
        );
    }
}
