//! Directions in the patient in, the nearest patient axes and the letters at a picture's edges out, pure.
//!
//! Coordinates are LPS: x to the left, y to the back, z to the head (PS3.3 C.7.6.2.1.1).

/// A direction or a place, mm.
pub type Vector = [f64; 3];

/// Letters for the directions along x, y and z, and against them.
const LETTERS: [[char; 2]; 3] = [['L', 'R'], ['P', 'A'], ['H', 'F']];
/// How far a direction must lean to a second axis for that axis to get a letter: 10 degrees.
const LEANS: f64 = 0.173_648_177_666_930_35; // sin 10°

/// Which patient axis each of three directions goes along.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Nearest {
    /// For x, y and z: the direction that is nearest to it (0, 1 or 2), and whether it goes against it.
    pub axes: [(usize, bool); 3],
    /// The largest angle between a direction and its axis, degrees.
    pub degrees: f64,
}

/// The one-to-one choice of axes with the largest sum of cosines; `None` when a direction is zero or not finite.
///
/// For directions at right angles, less than 45 degrees from the axes, it is the usual one (nibabel's
/// `io_orientation`); elsewhere there is no usual one, and the angle says so.
pub fn nearest(directions: &[Vector; 3]) -> Option<Nearest> {
    const ORDERS: [[usize; 3]; 6] = [
        [0, 1, 2],
        [0, 2, 1],
        [1, 0, 2],
        [1, 2, 0],
        [2, 0, 1],
        [2, 1, 0],
    ];
    let [a, b, c] = directions.map(unit);
    let units = [a?, b?, c?];
    let sum =
        |order: &[usize; 3]| -> f64 { (0..3).map(|axis| units[order[axis]][axis].abs()).sum() };
    // the first of equals, so that the answer does not depend on the order of comparison
    let best = ORDERS.iter().fold(&ORDERS[0], |best, order| {
        if sum(order) > sum(best) { order } else { best }
    });
    let cosines = [0, 1, 2].map(|axis| units[best[axis]][axis]);
    let smallest = cosines
        .iter()
        .fold(1.0_f64, |low, cosine| low.min(cosine.abs()));
    Some(Nearest {
        axes: [0, 1, 2].map(|axis| (best[axis], cosines[axis] < 0.0)),
        degrees: smallest.acos().to_degrees(),
    })
}

/// Letters at the left, right, top and bottom edge of a picture whose rows and columns go in these directions:
/// `L` left, `R` right, `A` front, `P` back, `H` head, `F` feet of the patient.
///
/// `orientation` is the direction of a row, then of a column (`ImageOrientationPatient`). A direction that leans more
/// than 10 degrees from its nearest axis has two letters, the stronger first (as in `PatientOrientation`,
/// PS3.3 C.7.6.1.1.1); one without length has none.
pub fn letters(orientation: [f64; 6]) -> [String; 4] {
    let [row, column] = row_and_column(orientation);
    [
        letter(row.map(|it| -it)),
        letter(row),
        letter(column.map(|it| -it)),
        letter(column),
    ]
}

/// The letters of where a direction goes to.
fn letter(direction: Vector) -> String {
    let Some(unit) = unit(direction) else {
        return String::new();
    };
    let mut order = [0, 1, 2];
    order.sort_by(|a: &usize, b| unit[*b].abs().total_cmp(&unit[*a].abs()));
    let strong = order
        .iter()
        .enumerate()
        .filter(|(place, axis)| *place == 0 || unit[**axis].abs() > LEANS);
    strong
        .take(2)
        .map(|(_, axis)| LETTERS[*axis][usize::from(unit[*axis] < 0.0)])
        .collect()
}

/// The direction of a row and that of a column, out of an `ImageOrientationPatient`.
pub(crate) fn row_and_column(orientation: [f64; 6]) -> [Vector; 2] {
    [0, 3].map(|at| [0, 1, 2].map(|axis: usize| orientation[at + axis]))
}

/// The direction with length 1; `None` when it has none or is not finite.
pub(crate) fn unit(direction: Vector) -> Option<Vector> {
    let length = norm(direction);
    (length > 0.0 && length.is_finite()).then(|| direction.map(|it| it / length))
}

/// Length.
pub(crate) fn norm(a: Vector) -> f64 {
    dot(a, a).sqrt()
}

/// Scalar product.
pub(crate) fn dot(a: Vector, b: Vector) -> f64 {
    a[0] * b[0] + a[1] * b[1] + a[2] * b[2]
}

/// Vector product.
pub(crate) fn cross(a: Vector, b: Vector) -> Vector {
    [
        a[1] * b[2] - a[2] * b[1],
        a[2] * b[0] - a[0] * b[2],
        a[0] * b[1] - a[1] * b[0],
    ]
}

/// `a + t * b`.
pub(crate) fn along(a: Vector, t: f64, b: Vector) -> Vector {
    [a[0] + t * b[0], a[1] + t * b[1], a[2] + t * b[2]]
}

/// Difference.
pub(crate) fn minus(a: Vector, b: Vector) -> Vector {
    along(a, -1.0, b)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(orientation: [f64; 6], expected: [&str; 4]) {
        assert_eq!(letters(orientation), expected, "{orientation:?}");
    }

    #[test]
    fn letters_of_the_three_planes() {
        check([1.0, 0.0, 0.0, 0.0, 1.0, 0.0], ["R", "L", "A", "P"]);
        check([1.0, 0.0, 0.0, 0.0, 0.0, -1.0], ["R", "L", "H", "F"]);
        check([0.0, 1.0, 0.0, 0.0, 0.0, -1.0], ["A", "P", "H", "F"]);
    }

    #[test]
    fn a_leaning_direction_has_two_letters() {
        let (sin, cos) = 30_f64.to_radians().sin_cos();
        check([cos, sin, 0.0, 0.0, 0.0, -1.0], ["RA", "LP", "H", "F"]);
        let (sin, cos) = 60_f64.to_radians().sin_cos();
        check([cos, sin, 0.0, 0.0, 0.0, -1.0], ["AR", "PL", "H", "F"]);
        let (sin, cos) = 9.9_f64.to_radians().sin_cos();
        check([cos, sin, 0.0, 0.0, 0.0, -1.0], ["R", "L", "H", "F"]);
    }

    #[test]
    fn no_direction_has_no_letter() {
        check([0.0, 0.0, 0.0, f64::NAN, 1.0, 0.0], ["", "", "", ""]);
    }

    #[test]
    fn every_axis_finds_the_direction_that_goes_along_it() {
        let straight = nearest(&[[0.0, 0.0, -3.0], [0.5, 0.0, 0.0], [0.0, 2.0, 0.0]]).unwrap();
        assert_eq!(straight.axes, [(1, false), (2, false), (0, true)]);
        assert!(straight.degrees < 1e-9);
        let (sin, cos) = 20_f64.to_radians().sin_cos();
        let turned = nearest(&[[cos, sin, 0.0], [-sin, cos, 0.0], [0.0, 0.0, 1.0]]).unwrap();
        assert_eq!(turned.axes, [(0, false), (1, false), (2, false)]);
        assert!((turned.degrees - 20.0).abs() < 1e-9);
        assert_eq!(nearest(&[[1.0, 0.0, 0.0], [0.0; 3], [0.0, 0.0, 1.0]]), None);
    }

    #[test]
    fn two_directions_never_share_an_axis() {
        let (sin, cos) = 40_f64.to_radians().sin_cos();
        let sheared = [[1.0, 0.0, 0.0], [cos, sin, 0.0], [0.0, 0.0, 1.0]];
        assert_eq!(
            nearest(&sheared).unwrap().axes,
            [(0, false), (1, false), (2, false)]
        );
    }
}
