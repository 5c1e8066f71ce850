//! A view of a volume in, the mean, the largest or the smallest values of a thin slab of its slices out.

use super::Fallible;
use super::frame::{Frame, Place, Values};
use super::plane::View;
use super::volume::Volume;

/// What becomes of the values that lie behind one another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Projection {
    /// Their mean: less noise.
    Mean,
    /// The largest (MIP): vessels with contrast, nodules.
    Max,
    /// The smallest (minIP): airways.
    Min,
}

impl std::fmt::Display for Projection {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Mean => "mean",
            Self::Max => "max",
            Self::Min => "min",
        })
    }
}

/// How thick a slab is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Thickness {
    /// This many slices.
    Slices(usize),
    /// The number of slices that comes nearest, at least one.
    Millimetres(f64),
}

impl View {
    /// A slab around slice `centre`: of an even number of slices, one more lies after it than before it; at the
    /// ends of the volume the slab is thinner, and the chain says how many slices it is made of.
    ///
    /// NaN and padding count only where there is nothing else. Colours are projected channel by channel.
    ///
    /// # Errors
    /// When there is no slice `centre`, the slab has no thickness, or the volume is not that of the view.
    pub fn slab(
        &self,
        volume: &Volume,
        centre: usize,
        thickness: Thickness,
        projection: Projection,
    ) -> Fallible<Frame> {
        self.check_slice(volume, centre)?;
        let wanted = self.count(thickness)?;
        let first = centre.saturating_sub((wanted - 1) / 2);
        let last = (centre + wanted / 2).min(self.slices() - 1);
        let padding = volume.scale.padding;
        let is_void = |value: f32| {
            value.is_nan() || padding.is_some_and(|(low, high)| (low..=high).contains(&value))
        };
        let values = match &volume.values {
            Values::Grey(grey) => {
                let slices = (first..=last).map(|index| self.pixels::<_, 1>(grey, index));
                Values::Grey(project(slices, projection, is_void))
            }
            Values::Rgb(rgb) => {
                let slices = (first..=last).map(|index| {
                    let bytes = self.pixels::<_, 3>(rgb, index);
                    bytes.into_iter().map(f32::from).collect()
                });
                Values::Rgb(
                    project(slices, projection, |_| false)
                        .into_iter()
                        .map(byte)
                        .collect(),
                )
            }
        };
        let used = last - first + 1;
        let mm = used as f64 * self.step_mm();
        let said = format!(
            "{} slab around slice {}/{}: {projection} of {used} slices ({mm:.1} mm)",
            self.plane(),
            centre + 1,
            self.slices()
        );
        let place = Place {
            thickness_mm: Some(mm),
            ..self.place((first + last) as f64 / 2.0)
        };
        Ok(self.frame(volume, values, place, said))
    }

    /// Slices of a slab, at least one, at most all.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "clamped to 1..=slices"
    )]
    fn count(&self, thickness: Thickness) -> Fallible<usize> {
        let most = self.slices();
        match thickness {
            Thickness::Slices(count) if count > 0 => Ok(count.min(2 * most)),
            Thickness::Millimetres(mm) if mm > 0.0 => {
                Ok((mm / self.step_mm()).round().clamp(1.0, 2.0 * most as f64) as usize)
            }
            _ => Err("cannot be shown as a slab of no thickness".to_owned()),
        }
    }
}

/// One value of the many at each place; `is_void` ones count only where there is nothing else.
fn project(
    mut slices: impl Iterator<Item = Vec<f32>>,
    projection: Projection,
    is_void: impl Fn(f32) -> bool,
) -> Vec<f32> {
    let Some(mut all) = slices.next() else {
        return Vec::new();
    };
    let mut counts: Vec<u32> = all
        .iter()
        .map(|value| u32::from(!is_void(*value)))
        .collect();
    let mut sums: Vec<f64> = match projection {
        Projection::Mean => all.iter().map(|value| f64::from(*value)).collect(),
        Projection::Max | Projection::Min => Vec::new(),
    };
    for slice in slices {
        for (i, value) in slice
            .into_iter()
            .enumerate()
            .filter(|(_, value)| !is_void(*value))
        {
            let is_first = counts[i] == 0;
            counts[i] += 1;
            match projection {
                Projection::Max if !is_first => all[i] = all[i].max(value),
                Projection::Min if !is_first => all[i] = all[i].min(value),
                Projection::Mean if !is_first => sums[i] += f64::from(value),
                Projection::Mean => sums[i] = f64::from(value),
                _ => all[i] = value,
            }
        }
    }
    for (i, sum) in sums.into_iter().enumerate() {
        all[i] = narrow(sum / f64::from(counts[i].max(1)));
    }
    all
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "a mean of f32 is in their range"
)]
fn narrow(mean: f64) -> f32 {
    mean as f32
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "of bytes, so in their range"
)]
fn byte(value: f32) -> u8 {
    value.round() as u8
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::imaging::frame::Scale;
    use crate::imaging::plane::Plane;

    /// One column of these values, foot to head, 2 mm apart.
    fn column(values: &[f32]) -> Volume {
        Volume {
            size: [1, 1, values.len()],
            values: Values::Grey(values.to_vec()),
            scale: Scale {
                padding: Some((-2000.0, -2000.0)),
                ..Scale::default()
            },
            steps: [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 2.0]],
            origin: [0.0; 3],
            placed: true,
            chain: Vec::new(),
        }
    }

    #[track_caller]
    fn check(values: &[f32], centre: usize, thickness: Thickness, expected: [f32; 3], z: f64) {
        let volume = column(values);
        let view = View::new(&volume, Plane::Axial).unwrap();
        for (projection, expected) in [Projection::Mean, Projection::Max, Projection::Min]
            .into_iter()
            .zip(expected)
        {
            let frame = view.slab(&volume, centre, thickness, projection).unwrap();
            let Values::Grey(is) = frame.values else {
                panic!("grey became colour");
            };
            assert_eq!(
                is[0].to_bits(),
                expected.to_bits(),
                "{projection}: {} for {expected}",
                is[0]
            );
            assert!((frame.place.position.unwrap()[2] - z).abs() < 1e-12);
        }
    }

    #[test]
    fn mean_max_and_min_of_what_lies_around_the_centre() {
        let values = [1.0, 5.0, 3.0, 8.0, 100.0];
        check(&values, 2, Thickness::Slices(1), [3.0, 3.0, 3.0], 4.0);
        check(
            &values,
            2,
            Thickness::Slices(3),
            [16.0 / 3.0, 8.0, 3.0],
            4.0,
        );
        check(&values, 1, Thickness::Slices(2), [4.0, 5.0, 3.0], 3.0);
        check(
            &values,
            2,
            Thickness::Millimetres(6.9),
            [16.0 / 3.0, 8.0, 3.0],
            4.0,
        );
        check(
            &values,
            2,
            Thickness::Millimetres(0.1),
            [3.0, 3.0, 3.0],
            4.0,
        );
    }

    #[test]
    fn at_the_ends_the_slab_is_thinner() {
        let values = [1.0, 5.0, 3.0, 8.0];
        check(&values, 0, Thickness::Slices(3), [3.0, 5.0, 1.0], 1.0);
        check(
            &values,
            3,
            Thickness::Slices(5),
            [16.0 / 3.0, 8.0, 3.0],
            4.0,
        );
        check(
            &values,
            1,
            Thickness::Slices(usize::MAX),
            [4.25, 8.0, 1.0],
            3.0,
        );
        let volume = column(&values);
        let view = View::new(&volume, Plane::Axial).unwrap();
        let frame = view
            .slab(&volume, 0, Thickness::Slices(3), Projection::Max)
            .unwrap();
        assert_eq!(
            frame.chain,
            ["axial slab around slice 1/4: max of 2 slices (4.0 mm)"]
        );
        assert_eq!(frame.place.thickness_mm, Some(4.0));
    }

    #[test]
    fn nothing_counts_only_where_there_is_nothing_else() {
        let (nan, pad) = (f32::NAN, -2000.0);
        check(
            &[nan, 5.0, pad],
            1,
            Thickness::Slices(3),
            [5.0, 5.0, 5.0],
            2.0,
        );
        check(
            &[pad, pad, 7.0],
            1,
            Thickness::Slices(3),
            [7.0, 7.0, 7.0],
            2.0,
        );
        check(&[pad, pad], 0, Thickness::Slices(2), [pad, pad, pad], 1.0);
        check(&[nan], 0, Thickness::Slices(2), [nan, nan, nan], 0.0);
    }

    #[test]
    fn colours_are_projected_channel_by_channel() {
        let mut volume = column(&[0.0, 0.0]);
        volume.values = Values::Rgb(vec![0, 10, 200, 1, 30, 100]);
        let view = View::new(&volume, Plane::Axial).unwrap();
        let rgb = |projection| {
            view.slab(&volume, 0, Thickness::Slices(2), projection)
                .unwrap()
                .values
        };
        assert_eq!(rgb(Projection::Mean), Values::Rgb(vec![1, 20, 150]));
        assert_eq!(rgb(Projection::Max), Values::Rgb(vec![1, 30, 200]));
    }

    #[test]
    fn a_slab_has_a_thickness() {
        let volume = column(&[1.0]);
        let view = View::new(&volume, Plane::Axial).unwrap();
        for none in [
            Thickness::Slices(0),
            Thickness::Millimetres(0.0),
            Thickness::Millimetres(f64::NAN),
        ] {
            assert!(view.slab(&volume, 0, none, Projection::Max).is_err());
        }
    }
}
