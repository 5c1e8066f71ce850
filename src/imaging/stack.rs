//! Slices of one size in the order of their places in, one volume out, with what is uneven about them in its chain.

use super::Fallible;
use super::axes::{self, Vector, along, cross, dot, minus, norm};
use super::frame::{Frame, Place, Values};
use super::volume::{MAX_VOXELS, Volume};

/// How much two distances may differ and still be the same.
const EVEN: f64 = 0.01;
/// How much two directions may differ in a component.
const TURNED: f64 = 1e-3;
/// Positions nearer than this are one place, mm.
const ONE_PLACE: f64 = 1e-3;
/// From this angle on, degrees, slices that are shifted against one another are called tilted.
const TILTED: f64 = 0.1;

/// A volume in the making: slices are pushed one after the other, so that only one is held beside the volume.
#[derive(Debug, Default)]
pub struct Stack {
    volume: Option<Volume>,
    /// Of the first slice.
    place: Place,
    /// Of every slice.
    positions: Vec<Option<Vector>>,
    /// Steps of the first slice's values.
    chain: Vec<String>,
    /// How many slices came to their values by other steps than the first.
    others: usize,
}

impl Stack {
    /// Adds the next slice.
    ///
    /// # Errors
    /// When it differs from the first in size, colour, unit, direction or spacing, when it has no position and others
    /// have, or when the volume becomes too large.
    pub fn push(&mut self, frame: Frame) -> Fallible<()> {
        let number = self.positions.len() + 1;
        check_size(&frame, number)?;
        let position = frame.place.position;
        if position.is_some_and(|at| at.iter().any(|it| !it.is_finite())) {
            return Err(format!(
                "has a slice whose position is no number (slice {number})"
            ));
        }
        match &mut self.volume {
            None => self.begin(frame),
            Some(volume) => {
                compare(volume, &self.place, &frame, number)?;
                self.others += usize::from(frame.chain != self.chain);
                append(volume, frame);
            }
        }
        self.positions.push(position);
        Ok(())
    }

    fn begin(&mut self, frame: Frame) {
        self.place = frame.place;
        self.chain = frame.chain;
        self.volume = Some(Volume {
            size: [frame.width, frame.height, 1],
            values: frame.values,
            scale: frame.scale,
            steps: [[0.0; 3]; 3],
            origin: [0.0; 3],
            placed: false,
            chain: Vec::new(),
        });
    }

    /// The volume: the step from slice to slice is the mean one; in `chain` what was uneven.
    ///
    /// # Errors
    /// When there is no slice, or two lie at one place or out of order.
    pub fn finish(self) -> Fallible<Volume> {
        let Some(mut volume) = self.volume else {
            return Err("has no slices".to_owned());
        };
        volume.chain = self.chain;
        if self.others > 0 {
            volume
                .chain
                .push(format!("slices with steps of their own: {}", self.others));
        }
        let positions: Option<Vec<Vector>> = self.positions.into_iter().collect();
        let directions = self.place.orientation.and_then(directions);
        let spacing = self.place.spacing_mm.filter(|_| !self.place.at_detector);
        if let (Some(positions), Some([row, column]), Some([down, across])) =
            (positions, directions, spacing)
        {
            let normal =
                axes::unit(cross(row, column)).ok_or("has rows and columns in one direction")?;
            let thickness = self.place.thickness_mm.unwrap_or(1.0);
            let slice = step(&positions, normal, thickness, &mut volume.chain)?;
            volume.steps = [row.map(|it| it * across), column.map(|it| it * down), slice];
            volume.origin = positions[0];
            volume.placed = true;
        } else {
            volume
                .chain
                .push("no place in the patient: left and right are not known".to_owned());
            let [down, across] = self.place.spacing_mm.unwrap_or([1.0; 2]);
            let thickness = self.place.thickness_mm.unwrap_or(1.0);
            volume.steps = [[across, 0.0, 0.0], [0.0, down, 0.0], [0.0, 0.0, thickness]];
        }
        Ok(volume)
    }
}

/// Refuses a frame whose values are not as many as its size says.
fn check_size(frame: &Frame, number: usize) -> Fallible<()> {
    let Frame { width, height, .. } = frame;
    let (values, each) = match &frame.values {
        Values::Grey(grey) => (grey.len(), 1),
        Values::Rgb(rgb) => (rgb.len(), 3),
    };
    let pixels = width.checked_mul(*height).filter(|it| *it > 0);
    if pixels.and_then(|it| it.checked_mul(each)) != Some(values) {
        return Err(format!(
            "has {values} values in slice {number}, expected {each} for each of {width}x{height}"
        ));
    }
    // in f64: the product may be larger than a usize
    if number as f64 * *width as f64 * *height as f64 > MAX_VOXELS as f64 {
        return Err(format!(
            "is too large: {width}x{height}x{number} voxels, at most {} million are read: take every second slice",
            MAX_VOXELS / 1_000_000
        ));
    }
    Ok(())
}

/// Refuses a slice that does not belong to the first.
fn compare(volume: &Volume, first: &Place, frame: &Frame, number: usize) -> Fallible<()> {
    let [width, height, _] = volume.size;
    let refuse = |what: String| {
        Err(format!(
            "has slices that do not belong together: slice {number} {what}"
        ))
    };
    if [frame.width, frame.height] != [width, height] {
        return refuse(format!(
            "is {}x{}, the first {width}x{height}",
            frame.width, frame.height
        ));
    }
    if matches!(volume.values, Values::Grey(_)) != matches!(frame.values, Values::Grey(_)) {
        return refuse("differs from the first in colour".to_owned());
    }
    if volume.scale.unit != frame.scale.unit || volume.scale.inverted != frame.scale.inverted {
        return refuse("differs from the first in the unit or the sense of its values".to_owned());
    }
    if first.position.is_some() != frame.place.position.is_some() {
        return refuse("differs from the first in having a position".to_owned());
    }
    if !alike(first.orientation, frame.place.orientation, |a, b| {
        (a - b).abs() <= TURNED
    }) {
        return refuse("lies in another direction than the first".to_owned());
    }
    if !alike(first.spacing_mm, frame.place.spacing_mm, |a, b| {
        (a - b).abs() <= EVEN * a.abs()
    }) {
        return refuse("has another pixel spacing than the first".to_owned());
    }
    Ok(())
}

/// Whether both are missing, or all parts are the same.
fn alike<const N: usize>(
    a: Option<[f64; N]>,
    b: Option<[f64; N]>,
    same: impl Fn(f64, f64) -> bool,
) -> bool {
    match (a, b) {
        (None, None) => true,
        (Some(a), Some(b)) => a.into_iter().zip(b).all(|(a, b)| same(a, b)),
        _ => false,
    }
}

fn append(volume: &mut Volume, frame: Frame) {
    match (&mut volume.values, frame.values) {
        (Values::Grey(all), Values::Grey(more)) => all.extend(more),
        (Values::Rgb(all), Values::Rgb(more)) => all.extend(more),
        _ => return, // compare() made sure that they are of one kind
    }
    volume.size[2] += 1;
    let scale = &mut volume.scale;
    scale.possible = scale
        .possible
        .zip(frame.scale.possible)
        .map(|(all, more)| (all.0.min(more.0), all.1.max(more.1)));
}

/// The directions of a row and of a column, with length 1.
fn directions(orientation: [f64; 6]) -> Option<[Vector; 2]> {
    let [row, column] = axes::row_and_column(orientation).map(axes::unit);
    row.zip(column).map(|(row, column)| [row, column])
}

/// The mean step from slice to slice, and in `chain` what the slices do that a step does not.
fn step(
    positions: &[Vector],
    normal: Vector,
    thickness: f64,
    chain: &mut Vec<String>,
) -> Fallible<Vector> {
    let (first, last) = (positions[0], positions[positions.len() - 1]);
    if positions.len() == 1 {
        chain.push(format!("one slice, {thickness} mm thick"));
        return Ok(normal.map(|it| it * thickness));
    }
    let count = (positions.len() - 1) as f64;
    let step = minus(last, first).map(|it| it / count);
    let forward = if dot(step, normal) < 0.0 { -1.0 } else { 1.0 };
    let distances: Vec<f64> = positions
        .windows(2)
        .map(|pair| forward * dot(minus(pair[1], pair[0]), normal))
        .collect();
    if let Some(at) = distances.iter().position(|it| *it < ONE_PLACE) {
        return Err(format!(
            "has slices at one place or out of order (slices {} and {}): they are several volumes, or must be sorted",
            at + 1,
            at + 2
        ));
    }
    let along_normal = dot(step, normal).abs();
    chain.push(format!(
        "{} slices stacked, {along_normal:.3} mm from one to the next",
        positions.len()
    ));
    chain.extend(uneven(&distances));
    let drift = norm(along(step, -dot(step, normal), normal));
    let tilt = drift.atan2(along_normal).to_degrees();
    if tilt >= TILTED {
        chain.push(format!(
            "gantry tilt {tilt:.1} degrees: slices are shifted against one another, not resampled"
        ));
    }
    let off_line = |(i, at): (usize, &Vector)| {
        let off = minus(*at, along(first, i as f64, step));
        norm(along(off, -dot(off, normal), normal))
    };
    let off = positions
        .iter()
        .enumerate()
        .map(off_line)
        .fold(0.0, f64::max);
    if off > EVEN * along_normal {
        chain.push(format!(
            "slices do not lie on a line: up to {off:.2} mm beside it"
        ));
    }
    Ok(step)
}

/// What is to be said about distances from slice to slice that are not all the same.
fn uneven(distances: &[f64]) -> Vec<String> {
    let mut sorted = distances.to_vec();
    sorted.sort_by(f64::total_cmp);
    let (low, median, high) = (
        sorted[0],
        sorted[sorted.len() / 2],
        sorted[sorted.len() - 1],
    );
    if high - median <= EVEN * median && median - low <= EVEN * median {
        return Vec::new();
    }
    let mut said = vec![format!(
        "uneven: {low:.3} to {high:.3} mm from slice to slice, shown as if all were the same"
    )];
    let gaps = distances.iter().enumerate().filter_map(|(i, distance)| {
        let missing = (distance / median).round() - 1.0;
        let is_gap = missing >= 1.0 && (distance / median - missing - 1.0).abs() < 0.05;
        is_gap.then_some((i + 1, missing))
    });
    let gaps: Vec<(usize, f64)> = gaps.collect();
    if let Some((before, _)) = gaps.first() {
        let missing: f64 = gaps.iter().map(|(_, missing)| missing).sum();
        said.push(format!(
            "missing slices: {missing}, the first after slice {before}"
        ));
    }
    said
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::imaging::frame::Scale;

    fn stack(frames: impl IntoIterator<Item = Frame>) -> Fallible<Volume> {
        let mut stack = Stack::default();
        for frame in frames {
            stack.push(frame)?;
        }
        stack.finish()
    }

    fn frame(position: Vector) -> Frame {
        Frame {
            width: 2,
            height: 1,
            values: Values::Grey(vec![1.0, 2.0]),
            scale: Scale {
                possible: Some((0.0, 1.0)),
                ..Scale::default()
            },
            place: Place {
                spacing_mm: Some([0.5, 0.7]),
                position: Some(position),
                orientation: Some([1.0, 0.0, 0.0, 0.0, 1.0, 0.0]),
                thickness_mm: Some(3.0),
                ..Place::default()
            },
            chain: vec!["rescale".to_owned()],
        }
    }

    fn at(positions: &[Vector]) -> Fallible<Volume> {
        stack(positions.iter().map(|position| frame(*position)))
    }

    #[track_caller]
    fn check(positions: &[Vector], step: Vector, words: &[&str]) {
        let volume = at(positions).unwrap();
        assert!(
            norm(minus(volume.steps[2], step)) < 1e-9,
            "{:?}",
            volume.steps
        );
        assert_eq!(volume.steps[..2], [[0.7, 0.0, 0.0], [0.0, 0.5, 0.0]]);
        assert_eq!((volume.origin, volume.placed), (positions[0], true));
        assert_eq!(volume.size, [2, 1, positions.len()]);
        let said = &volume.chain[1..];
        assert_eq!(said.len(), words.len(), "{said:?}");
        for (said, word) in said.iter().zip(words) {
            assert!(said.contains(word), "{said} without {word}");
        }
    }

    fn up(z: &[f64]) -> Vec<Vector> {
        z.iter().map(|z| [1.0, 2.0, *z]).collect()
    }

    #[test]
    fn steps_come_from_positions_and_not_from_thickness() {
        check(
            &up(&[0.0, 2.0, 4.0]),
            [0.0, 0.0, 2.0],
            &["3 slices stacked, 2.000 mm"],
        );
        check(&up(&[0.0, -2.0, -4.0]), [0.0, 0.0, -2.0], &["3 slices"]);
        check(&up(&[0.0, 2.01, 4.0]), [0.0, 0.0, 2.0], &["3 slices"]);
        check(&up(&[5.0]), [0.0, 0.0, 3.0], &["one slice, 3 mm"]);
    }

    #[test]
    fn gaps_and_uneven_steps_are_said() {
        let gap = up(&[0.0, 2.0, 4.0, 8.0, 10.0]);
        check(
            &gap,
            [0.0, 0.0, 2.5],
            &[
                "5 slices",
                "2.000 to 4.000",
                "missing slices: 1, the first after slice 3",
            ],
        );
        check(
            &up(&[0.0, 2.0, 4.5, 6.0]),
            [0.0, 0.0, 2.0],
            &["4 slices", "uneven: 1.500 to 2.500"],
        );
    }

    #[test]
    fn tilt_is_said_and_kept() {
        let tilted = [[0.0, 0.0, 0.0], [0.0, 1.0, 2.0], [0.0, 2.0, 4.0]];
        check(
            &tilted,
            [0.0, 1.0, 2.0],
            &["3 slices stacked, 2.000 mm", "gantry tilt 26.6 degrees"],
        );
        let bent = [[0.0, 0.0, 0.0], [0.0, 0.5, 2.0], [0.0, 0.0, 4.0]];
        check(
            &bent,
            [0.0, 0.0, 2.0],
            &["3 slices", "up to 0.50 mm beside"],
        );
    }

    #[test]
    fn slices_at_one_place_are_refused() {
        let problem = at(&up(&[0.0, 2.0, 2.0])).unwrap_err();
        assert!(problem.contains("slices 2 and 3"), "{problem}");
        assert!(at(&up(&[0.0, 4.0, 2.0])).is_err());
        assert!(at(&up(&[1.0, 1.0])).is_err());
        assert!(at(&[]).unwrap_err().contains("no slices"));
        assert!(at(&up(&[0.0, f64::NAN])).unwrap_err().contains("no number"));
    }

    #[track_caller]
    fn refused(change: impl Fn(&mut Frame), word: &str) {
        let mut other = frame([0.0, 0.0, 1.0]);
        change(&mut other);
        let problem = stack([frame([0.0; 3]), other]).unwrap_err();
        assert!(problem.contains(word), "{problem}");
    }

    #[test]
    fn slices_that_do_not_belong_together_are_refused() {
        refused(|it| (it.width, it.height) = (1, 2), "is 1x2, the first 2x1");
        refused(|it| it.values = Values::Rgb(vec![0; 6]), "colour");
        refused(|it| it.values = Values::Grey(vec![0.0]), "has 1 values");
        refused(|it| it.scale.unit = Some("HU".to_owned()), "unit");
        refused(|it| it.place.position = None, "having a position");
        refused(
            |it| it.place.orientation = Some([0.0, 1.0, 0.0, 1.0, 0.0, 0.0]),
            "direction",
        );
        refused(|it| it.place.spacing_mm = Some([0.6, 0.7]), "spacing");
    }

    #[test]
    fn without_positions_the_place_is_not_known() {
        let mut bare = frame([0.0; 3]);
        bare.place.position = None;
        let mut louder = bare.clone();
        louder.chain = vec!["rescale 2".to_owned()];
        louder.scale.possible = Some((-5.0, 0.5));
        let volume = stack([bare, louder]).unwrap();
        assert!(!volume.placed);
        assert_eq!(
            volume.steps,
            [[0.7, 0.0, 0.0], [0.0, 0.5, 0.0], [0.0, 0.0, 3.0]]
        );
        assert_eq!(volume.values, Values::Grey(vec![1.0, 2.0, 1.0, 2.0]));
        assert_eq!(volume.scale.possible, Some((-5.0, 1.0)));
        assert!(
            volume.chain[1].contains("of their own: 1"),
            "{:?}",
            volume.chain
        );
    }
}
