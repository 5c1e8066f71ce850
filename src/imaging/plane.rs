//! A volume in, its axial, coronal and sagittal slices in radiological display out; nothing is interpolated.
//!
//! Display: axial with the patient's right at the left edge and the front up; coronal with the right at the left edge
//! and the head up; sagittal with the front at the left edge and the head up. Slices are counted to the head, to the
//! back and to the left, from 0. A volume that lies obliquely is cut along its own axes, those nearest to the
//! patient's; [`View::degrees`] says how far off they are.

use super::Fallible;
use super::axes::{self, Vector, along};
use super::frame::{Frame, Place, Values};
use super::volume::Volume;

/// From this angle on, degrees, a volume is called oblique.
const OBLIQUE: f64 = 0.5;

/// How a volume is cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Plane {
    /// Across the body: x to the right of the picture, y down.
    Axial,
    /// Seen from the front: x to the right, z up.
    Coronal,
    /// Seen from the left side: y to the right, z up.
    Sagittal,
}

impl Plane {
    /// All three, in the order of [`View`]s in a layout.
    pub const ALL: [Self; 3] = [Self::Axial, Self::Coronal, Self::Sagittal];

    /// For columns, rows and slices: the patient axis (x, y, z) and whether they are counted against it.
    fn directions(self) -> [(usize, bool); 3] {
        match self {
            Self::Axial => [(0, false), (1, false), (2, false)],
            Self::Coronal => [(0, false), (2, true), (1, false)],
            Self::Sagittal => [(1, false), (2, true), (0, false)],
        }
    }
}

impl std::str::FromStr for Plane {
    type Err = String;

    fn from_str(text: &str) -> Fallible<Self> {
        match text.trim().to_lowercase().as_str() {
            "axial" | "ax" | "transverse" => Ok(Self::Axial),
            "coronal" | "cor" => Ok(Self::Coronal),
            "sagittal" | "sag" => Ok(Self::Sagittal),
            _ => Err(format!(
                "no plane is called {text:?}; give axial, coronal or sagittal"
            )),
        }
    }
}

impl std::fmt::Display for Plane {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Axial => "axial",
            Self::Coronal => "coronal",
            Self::Sagittal => "sagittal",
        })
    }
}

/// How the columns, rows or slices of a view walk through a volume.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Walk {
    /// The volume's axis: 0 columns, 1 rows, 2 slices.
    axis: usize,
    /// From its end to its start.
    reversed: bool,
    /// How many places.
    length: usize,
    /// Pixels from one place of the volume's axis to the next.
    stride: usize,
}

impl Walk {
    /// The place along the volume's axis of the `i`th step, or the other way round.
    fn turn(self, i: usize) -> usize {
        if self.reversed {
            self.length - 1 - i
        } else {
            i
        }
    }

    /// Pixels from the volume's first pixel.
    fn pixels(self, i: usize) -> usize {
        self.turn(i) * self.stride
    }
}

/// A volume seen in one plane: which of its axes are columns, rows and slices, and where they lie.
#[derive(Debug, Clone, PartialEq)]
pub struct View {
    plane: Plane,
    columns: Walk,
    rows: Walk,
    slices: Walk,
    /// Of the view: columns, rows, slices.
    steps: [Vector; 3],
    /// Centre of the view's first pixel.
    origin: Vector,
    placed: bool,
    degrees: f64,
    /// Of the volume.
    size: [usize; 3],
}

impl View {
    /// Finds the volume's axes that are nearest to the plane's.
    ///
    /// # Errors
    /// When the volume is inconsistent: other than `columns * rows * slices` values, no pixels, a step of no length.
    pub fn new(volume: &Volume, plane: Plane) -> Fallible<Self> {
        check(volume)?;
        let Some(nearest) = axes::nearest(&volume.steps) else {
            return Err("has a step of no length from voxel to voxel".to_owned());
        };
        let walk = |(patient, against): (usize, bool)| {
            let (axis, reversed) = nearest.axes[patient];
            Walk {
                axis,
                reversed: reversed != against,
                length: volume.size[axis],
                stride: volume.size[..axis].iter().product(),
            }
        };
        let walks = plane.directions().map(walk);
        let steps = walks.map(|it| {
            let sign = if it.reversed { -1.0 } else { 1.0 };
            volume.steps[it.axis].map(|part| sign * part)
        });
        let origin = walks.iter().fold(volume.origin, |at, it| {
            along(at, it.turn(0) as f64, volume.steps[it.axis])
        });
        let [columns, rows, slices] = walks;
        Ok(Self {
            plane,
            columns,
            rows,
            slices,
            steps,
            origin,
            placed: volume.placed,
            degrees: nearest.degrees,
            size: volume.size,
        })
    }

    /// The plane in which the volume's slices were acquired, as near as it comes.
    ///
    /// # Errors
    /// As `new`.
    pub fn nearest(volume: &Volume) -> Fallible<Self> {
        check(volume)?;
        let through = axes::nearest(&volume.steps)
            .and_then(|nearest| (0..3).find(|patient| nearest.axes[*patient].0 == 2));
        let plane = match through {
            Some(0) => Plane::Sagittal,
            Some(1) => Plane::Coronal,
            _ => Plane::Axial,
        };
        Self::new(volume, plane)
    }

    /// Which plane it is.
    pub fn plane(&self) -> Plane {
        self.plane
    }

    /// Pixels a row.
    pub fn width(&self) -> usize {
        self.columns.length
    }

    /// Rows.
    pub fn height(&self) -> usize {
        self.rows.length
    }

    /// How many slices there are.
    pub fn slices(&self) -> usize {
        self.slices.length
    }

    /// The largest angle between an axis of the volume and the patient axis that it stands for, degrees.
    pub fn degrees(&self) -> f64 {
        self.degrees
    }

    /// Millimetres from slice to slice (centre to centre, along the slices' step).
    pub fn step_mm(&self) -> f64 {
        axes::norm(self.steps[2])
    }

    /// Letters at the left, right, top and bottom edge; `None` when the file does not place the volume.
    pub fn letters(&self) -> Option<[String; 4]> {
        Some(axes::letters(self.place(0.0).orientation?))
    }

    /// One slice.
    ///
    /// # Errors
    /// When there is no such slice, or the volume is another one than that of the view.
    pub fn slice(&self, volume: &Volume, index: usize) -> Fallible<Frame> {
        self.check_slice(volume, index)?;
        let values = match &volume.values {
            Values::Grey(grey) => Values::Grey(self.pixels::<_, 1>(grey, index)),
            Values::Rgb(rgb) => Values::Rgb(self.pixels::<_, 3>(rgb, index)),
        };
        let said = format!("{} slice {}/{}", self.plane, index + 1, self.slices.length);
        Ok(self.frame(volume, values, self.place(index as f64), said))
    }

    /// The values of a slice, `N` a pixel, row by row.
    pub(super) fn pixels<T: Copy, const N: usize>(&self, values: &[T], index: usize) -> Vec<T> {
        let (pixels, _) = values.as_chunks::<N>();
        let columns: Vec<usize> = (0..self.columns.length)
            .map(|i| self.columns.pixels(i))
            .collect();
        let slice = self.slices.pixels(index);
        let mut out = Vec::with_capacity(self.columns.length * self.rows.length * N);
        for row in 0..self.rows.length {
            let start = slice + self.rows.pixels(row);
            for column in &columns {
                out.extend_from_slice(&pixels[start + column]);
            }
        }
        out
    }

    /// A frame of this view, whose chain ends with what was done.
    pub(super) fn frame(
        &self,
        volume: &Volume,
        values: Values,
        place: Place,
        said: String,
    ) -> Frame {
        let mut chain = volume.chain.clone();
        chain.push(said);
        if self.placed && self.degrees >= OBLIQUE {
            chain.push(format!(
                "oblique: {:.1} degrees off the patient's axes",
                self.degrees
            ));
        }
        Frame {
            width: self.columns.length,
            height: self.rows.length,
            values,
            scale: volume.scale.clone(),
            place,
            chain,
        }
    }

    /// Where a slice lies; between two slices for a fraction. A step is no thickness: that is left open.
    pub fn place(&self, index: f64) -> Place {
        place(
            &self.steps,
            along(self.origin, index, self.steps[2]),
            self.placed,
        )
    }

    /// Millimetres (LPS) of a place in a slice: column, row, slice, of which whole numbers are centres of pixels.
    /// Of no meaning for the patient when the file does not place the volume.
    pub fn patient(&self, at: [f64; 3]) -> Vector {
        (0..3).fold(self.origin, |mm, i| along(mm, at[i], self.steps[i]))
    }

    /// The voxel (column, row, slice of the volume) of a pixel (column, row, slice of the view).
    pub fn voxel(&self, pixel: [usize; 3]) -> Option<[usize; 3]> {
        let mut voxel = [0; 3];
        for (walk, i) in self.walks().into_iter().zip(pixel) {
            if i >= walk.length {
                return None;
            }
            voxel[walk.axis] = walk.turn(i);
        }
        Some(voxel)
    }

    /// The pixel (column, row, slice of the view) of a voxel: where the crosshair of another view is in this one.
    pub fn pixel(&self, voxel: [usize; 3]) -> Option<[usize; 3]> {
        let is_inside = voxel.iter().zip(self.size).all(|(at, length)| *at < length);
        is_inside.then(|| self.walks().map(|walk| walk.turn(voxel[walk.axis])))
    }

    fn walks(&self) -> [Walk; 3] {
        [self.columns, self.rows, self.slices]
    }

    /// Refuses a slice that is not there, and a volume that the view was not made for.
    pub(super) fn check_slice(&self, volume: &Volume, index: usize) -> Fallible<()> {
        check(volume)?;
        if volume.size != self.size {
            return Err("is another volume than the view was made for".to_owned());
        }
        if index >= self.slices.length {
            return Err(format!(
                "has no {} slice {}: the last is {}",
                self.plane,
                index + 1,
                self.slices.length
            ));
        }
        Ok(())
    }
}

/// The voxel (column, row, slice, fractions between centres) at a place in the patient; `None` when the volume has
/// no extent in some direction.
pub fn voxel_at(volume: &Volume, mm: Vector) -> Option<[f64; 3]> {
    let [a, b, c] = volume.steps;
    let extent = axes::dot(axes::cross(a, b), c);
    let from = axes::minus(mm, volume.origin);
    let part = |p, q| axes::dot(axes::cross(p, q), from) / extent;
    (extent != 0.0 && extent.is_finite()).then(|| [part(b, c), part(c, a), part(a, b)])
}

/// Where a slice lies whose columns, rows and slices go by `steps` and whose first pixel is at `position`.
///
/// Without a place in the patient, spacing remains, unless it is the assumed one of 1 in every direction.
pub(super) fn place(steps: &[Vector; 3], position: Vector, placed: bool) -> Place {
    let [columns, rows, slices] = steps.map(axes::norm);
    let is_assumed = !placed
        && [columns, rows, slices]
            .iter()
            .all(|it| it.to_bits() == 1.0_f64.to_bits());
    let orientation = axes::unit(steps[0]).zip(axes::unit(steps[1]));
    let orientation = orientation.map(|([a, b, c], [d, e, f])| [a, b, c, d, e, f]);
    Place {
        spacing_mm: (!is_assumed).then_some([rows, columns]),
        position: placed.then_some(position),
        orientation: orientation.filter(|_| placed),
        ..Place::default()
    }
}

/// Refuses a volume whose values are not as many as its size says.
fn check(volume: &Volume) -> Fallible<()> {
    let (values, each) = match &volume.values {
        Values::Grey(grey) => (grey.len(), 1),
        Values::Rgb(rgb) => (rgb.len(), 3),
    };
    let expected = volume
        .size
        .iter()
        .try_fold(each, |all: usize, it| all.checked_mul(*it));
    if expected != Some(values) || values == 0 {
        let [columns, rows, slices] = volume.size;
        return Err(format!(
            "has {values} values, expected {each} for each of {columns}x{rows}x{slices} voxels"
        ));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::imaging::frame::Scale;

    /// Value `100 * slice + 10 * row + column`; columns to the patient's right, rows to the head, slices to the back.
    fn volume() -> Volume {
        let [columns, rows, slices] = [2_u8, 3, 4];
        let value = |k: u8, j: u8, i: u8| 100.0 * f32::from(k) + 10.0 * f32::from(j) + f32::from(i);
        let values = (0..slices)
            .flat_map(|k| (0..rows).flat_map(move |j| (0..columns).map(move |i| value(k, j, i))));
        Volume {
            size: [2, 3, 4],
            values: Values::Grey(values.collect()),
            scale: Scale::default(),
            steps: [[-1.0, 0.0, 0.0], [0.0, 0.0, 2.0], [0.0, 3.0, 0.0]],
            origin: [10.0, 20.0, 30.0],
            placed: true,
            chain: vec!["made".to_owned()],
        }
    }

    #[track_caller]
    fn near(is: Vector, expected: Vector) {
        assert!(
            axes::norm(axes::minus(is, expected)) < 1e-12,
            "{is:?} for {expected:?}"
        );
    }

    #[track_caller]
    fn check_slice(
        plane: Plane,
        index: usize,
        expected: &[&[f32]],
        position: Vector,
        letters: &str,
    ) {
        let volume = volume();
        let view = View::new(&volume, plane).unwrap();
        let frame = view.slice(&volume, index).unwrap();
        assert_eq!(frame.values, Values::Grey(expected.concat()), "{plane}");
        assert_eq!(
            (frame.height, frame.width),
            (expected.len(), expected[0].len())
        );
        assert_eq!(frame.place.position, Some(position), "{plane}");
        assert_eq!(view.letters().unwrap().concat(), letters, "{plane}");
        near(view.patient([0.0, 0.0, index as f64]), position);
        assert!(frame.chain[1].starts_with(&format!("{plane} slice {}/", index + 1)));
    }

    #[test]
    fn axial_has_the_right_at_the_left_edge_and_the_front_up() {
        let rows: [&[f32]; 4] = [
            &[11.0, 10.0],
            &[111.0, 110.0],
            &[211.0, 210.0],
            &[311.0, 310.0],
        ];
        check_slice(Plane::Axial, 1, &rows, [9.0, 20.0, 32.0], "RLAP");
    }

    #[test]
    fn coronal_has_the_right_at_the_left_edge_and_the_head_up() {
        let rows: [&[f32]; 3] = [&[321.0, 320.0], &[311.0, 310.0], &[301.0, 300.0]];
        check_slice(Plane::Coronal, 3, &rows, [9.0, 29.0, 34.0], "RLHF");
    }

    #[test]
    fn sagittal_has_the_front_at_the_left_edge_and_the_head_up() {
        let rows: [&[f32]; 3] = [
            &[21.0, 121.0, 221.0, 321.0],
            &[11.0, 111.0, 211.0, 311.0],
            &[1.0, 101.0, 201.0, 301.0],
        ];
        check_slice(Plane::Sagittal, 0, &rows, [9.0, 20.0, 34.0], "APHF");
    }

    #[test]
    fn spacing_follows_the_axes() {
        let volume = volume();
        let spacing = |plane| {
            let view = View::new(&volume, plane).unwrap();
            (view.place(0.0).spacing_mm.unwrap(), view.step_mm())
        };
        assert_eq!(spacing(Plane::Axial), ([3.0, 1.0], 2.0));
        assert_eq!(spacing(Plane::Coronal), ([2.0, 1.0], 3.0));
        assert_eq!(spacing(Plane::Sagittal), ([2.0, 3.0], 1.0));
    }

    #[test]
    fn a_crosshair_is_the_same_voxel_in_every_view() {
        let volume = volume();
        let views = Plane::ALL.map(|plane| View::new(&volume, plane).unwrap());
        for voxel in [[0, 0, 0], [1, 2, 3], [0, 2, 1]] {
            for view in &views {
                let pixel = view.pixel(voxel).unwrap();
                assert_eq!(view.voxel(pixel), Some(voxel));
                let mm = view.patient(pixel.map(|it| it as f64));
                near(voxel_at(&volume, mm).unwrap(), voxel.map(|it| it as f64));
            }
        }
        assert_eq!(views[0].pixel([2, 0, 0]), None);
        assert_eq!(views[0].voxel([0, 4, 0]), None);
    }

    #[test]
    fn colours_stay_together() {
        let mut volume = volume();
        volume.values = Values::Rgb((0..72).collect());
        let view = View::new(&volume, Plane::Axial).unwrap();
        let Values::Rgb(rgb) = view.slice(&volume, 2).unwrap().values else {
            panic!("colour became grey");
        };
        assert_eq!(rgb[..6], [15, 16, 17, 12, 13, 14]); // voxels (1, 2, 0) and (0, 2, 0)
    }

    #[test]
    fn an_oblique_volume_is_said_to_be_one() {
        let mut volume = volume();
        let (sin, cos) = 12.5_f64.to_radians().sin_cos();
        volume.steps = [[cos, sin, 0.0], [-sin, cos, 0.0], [0.0, 0.0, 1.0]];
        let view = View::new(&volume, Plane::Axial).unwrap();
        assert!((view.degrees() - 12.5).abs() < 1e-9);
        let chain = view.slice(&volume, 0).unwrap().chain;
        assert!(chain[2].starts_with("oblique: 12.5 degrees"), "{chain:?}");
        assert_eq!(view.letters().unwrap(), ["RA", "LP", "AL", "PR"]);
    }

    #[test]
    fn without_a_place_there_are_no_letters() {
        let mut volume = volume();
        volume.placed = false;
        let view = View::new(&volume, Plane::Axial).unwrap();
        assert_eq!(view.letters(), None);
        assert_eq!(view.place(0.0).position, None);
        assert_eq!(view.place(0.0).spacing_mm, Some([3.0, 1.0]));
        volume.steps = [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]];
        assert_eq!(
            View::new(&volume, Plane::Axial)
                .unwrap()
                .place(0.0)
                .spacing_mm,
            None
        );
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        let whole = volume();
        let view = View::new(&whole, Plane::Axial).unwrap();
        assert!(
            view.slice(&whole, 3)
                .unwrap_err()
                .contains("no axial slice 4: the last is 3")
        );
        let mut short = volume();
        short.values = Values::Grey(vec![0.0; 23]);
        assert!(
            View::new(&short, Plane::Axial)
                .unwrap_err()
                .contains("23 values")
        );
        assert!(view.slice(&short, 0).is_err());
        short.size = [1, 1, 23];
        assert!(
            view.slice(&short, 0)
                .unwrap_err()
                .contains("another volume")
        );
        short.steps[1] = [0.0; 3];
        assert!(
            View::new(&short, Plane::Axial)
                .unwrap_err()
                .contains("no length")
        );
    }
}
