//! Names of pictures in, every frame of them as measured values before any window out, in order.

use rayon::prelude::*;

use super::frame::Frame;
use super::open::{choose, one_file, sample_frame, scan};
use super::source::Source;
use super::view::View;
use super::watch::Watch;
use super::{Error, Fallible, Format, error, fetch};

/// Every frame of what some names stand for as measured values, one after the other: of one file in its own order, of a
/// series in the order of its slices.
///
/// # Errors
/// When one cannot be decoded, or `take` fails.
pub fn values(
    names: &[String],
    view: &View,
    take: &mut dyn FnMut(&Frame) -> Fallible<()>,
) -> Result<(), Error> {
    let listed: Result<Vec<Vec<Job<'_>>>, Error> =
        names.par_iter().map(|name| jobs(name, view)).collect();
    let listed: Vec<Job<'_>> = listed?.into_iter().flatten().collect();
    // volumes are unpacked once for all of their slices, everything else frame by frame
    for some in listed.chunk_by(|a, b| !a.is_volume && !b.is_volume) {
        if let [job] = some
            && job.is_volume
        {
            job.stored(take).map_err(|problem| job.error(problem))?;
            continue;
        }
        fetch::in_order(
            some,
            Watch::default(),
            |job| job.frame(view),
            |(name, frame)| take(&frame).map_err(|problem| error(name, problem)),
        )?;
    }
    Ok(())
}

/// A frame to be decoded, or a volume at a point of time.
struct Job<'a> {
    name: &'a str,
    /// `None` for a sample.
    source: Option<Source>,
    index: usize,
    is_volume: bool,
}

impl<'a> Job<'a> {
    fn error(&self, problem: String) -> Error {
        error(self.name, problem)
    }

    fn frame(&self, view: &View) -> Result<(&'a str, Frame), Error> {
        let frame = match &self.source {
            None => sample_frame(self.name),
            Some(source) => {
                let (index, watch) = (self.index, Watch::default());
                fetch::frame(source, index, view.overlays, watch).map(|(frame, _)| frame)
            }
        };
        frame
            .map(|frame| (self.name, frame))
            .map_err(|problem| self.error(problem))
    }

    /// The slices of a volume as they are stored.
    fn stored(&self, take: &mut dyn FnMut(&Frame) -> Fallible<()>) -> Fallible<()> {
        let source = self.source.as_ref().ok_or("is no volume")?;
        let (volume, _) = fetch::volume(source, self.index, Watch::default())?;
        (0..volume.size[2]).try_for_each(|k| take(&volume.stored(k)))
    }
}

/// The frames of what a name stands for.
fn jobs<'a>(name: &'a str, view: &View) -> Result<Vec<Job<'a>>, Error> {
    let job = |source: Option<&Source>, index: usize, is_volume: bool| Job {
        name,
        source: source.cloned(),
        index,
        is_volume,
    };
    let listed = || {
        if name.starts_with("sample:") {
            return Ok(vec![job(None, 0, false)]);
        }
        if let Some(source) = one_file(name) {
            let about = fetch::about(&source, Watch::default())?;
            let is_volume = about.format == Format::Nifti;
            let each = if is_volume { about.slices } else { 1 };
            let parts = about.frames / each.max(1);
            return Ok((0..parts)
                .map(|index| job(Some(&source), index, is_volume))
                .collect());
        }
        let (series, _) = choose(&scan(name, Watch::default())?, view.series)?;
        let slices = series.slices.iter();
        Ok(slices
            .map(|it| job(Some(&it.source), it.frame, false))
            .collect())
    };
    listed().map_err(|problem: String| error(name, problem))
}
