//! A series in, all of its slices as one block out; the block and a view in, the slices that are cut out of it out.

use std::sync::Arc;

use super::frame::{Frame, Values};
use super::plane::{Plane, View as PlaneView};
use super::range::Range;
use super::series::Series;
use super::stack::Stack;
use super::view::{Slab, View};
use super::volume::Volume;
use super::watch::Watch;
use super::{Fallible, Format, fetch, origin};

/// All slices of a series at one point of time.
pub(super) struct Block {
    pub(super) volume: Volume,
    /// Of what it came from: of several files, of their hashes in order.
    pub(super) sha256: String,
}

impl Block {
    /// Of every slice (from 0) as its file has it, and the hash of the file; a volume in one file is decoded here.
    pub(super) fn of(
        series: &Series,
        view: &View,
        watch: Watch<'_>,
        decoded: impl Fn(usize) -> Fallible<(Frame, String)> + Sync,
    ) -> Fallible<Self> {
        let time = view.time.unwrap_or(1).saturating_sub(1);
        let first = series.slices.first().ok_or("has no slices")?;
        if series.about.format == Format::Nifti {
            let (volume, sha256) = fetch::volume(&first.source, time, watch)?;
            return Ok(Self { volume, sha256 });
        }
        if time > 0 {
            return Err("has one point of time: --time is for volumes in time (NIfTI)".to_owned());
        }
        let (mut stack, mut hashes) = (Stack::default(), Vec::new());
        let slices: Vec<usize> = (0..series.slices.len()).collect();
        fetch::in_order(
            &slices,
            watch,
            |slice| decoded(*slice),
            |(frame, sha256)| {
                hashes.push(sha256);
                stack.push(frame)
            },
        )?;
        hashes.dedup();
        let sha256 = match hashes.as_slice() {
            [one_file] => one_file.clone(),
            many => origin::sha256(many.concat().as_bytes()),
        };
        let volume = stack.finish()?;
        Ok(Self { volume, sha256 })
    }

    /// What its values reach over, padding not counted; `None` for colour, and when nothing else is there.
    pub(super) fn range(&self, percent: [f64; 2]) -> Option<Range> {
        match &self.volume.values {
            Values::Grey(values) => {
                let padding = self.volume.scale.padding;
                Range::of(values.iter().copied(), padding, percent)
            }
            Values::Rgb(_) => None,
        }
    }
}

/// A block, and how it is cut.
pub(super) struct Cut {
    block: Arc<Block>,
    plane: PlaneView,
    slab: Option<Slab>,
}

impl Cut {
    /// In the plane and slab of a view; without a plane, in the one that a person expects of the series.
    pub(super) fn new(block: Arc<Block>, series: &Series, view: &View) -> Fallible<Self> {
        let plane = match view.plane {
            Some(plane) => PlaneView::new(&block.volume, plane)?,
            // stored slices of NIfTI may run any way: what everybody knows is axial
            None if series.about.format == Format::Nifti => {
                PlaneView::new(&block.volume, Plane::Axial)?
            }
            None => PlaneView::nearest(&block.volume)?,
        };
        Ok(Self {
            block,
            plane,
            slab: view.slab,
        })
    }

    /// What is cut.
    pub(super) fn block(&self) -> &Arc<Block> {
        &self.block
    }

    /// Which plane it is cut in.
    pub(super) fn plane(&self) -> Plane {
        self.plane.plane()
    }

    /// Columns and rows of a slice.
    pub(super) fn size(&self) -> (usize, usize) {
        (self.plane.width(), self.plane.height())
    }

    /// How many slices there are.
    pub(super) fn slices(&self) -> usize {
        self.plane.slices()
    }

    /// One slice (from 0), or the slab around it.
    pub(super) fn frame(&self, slice: usize) -> Fallible<Frame> {
        let volume = &self.block.volume;
        match self.slab {
            Some(slab) => self
                .plane
                .slab(volume, slice, slab.thickness, slab.projection),
            None => self.plane.slice(volume, slice),
        }
    }

    /// What the series says it is, else what its unit gives away.
    pub(super) fn modality(&self, series: &Series) -> Option<String> {
        let is_hu = self.block.volume.scale.unit.as_deref() == Some("HU");
        let modality = series.about.modality.clone();
        modality.or_else(|| is_hu.then(|| "CT".to_owned()))
    }

    /// The unit of its values.
    pub(super) fn unit(&self, series: &Series) -> Option<String> {
        let unit = self.block.volume.scale.unit.clone();
        unit.or_else(|| series.about.unit.clone())
    }
}
