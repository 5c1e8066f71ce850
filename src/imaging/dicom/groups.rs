//! A data set and a frame's number in, the attributes that hold for this frame out: its own functional groups, the shared ones, the top level.
//!
//! PS3.3 C.7.6.16. A frame without an item of its own takes the shared one; it never takes a neighbour's.

use super::attributes::Attributes;
use super::scan::TagId;

const SHARED: TagId = (0x5200, 0x9229);
const PER_FRAME: TagId = (0x5200, 0x9230);

/// `FrameVOILUTSequence`.
pub(super) const VOI: TagId = (0x0028, 0x9132);
/// `PixelValueTransformationSequence`.
pub(super) const TRANSFORMATION: TagId = (0x0028, 0x9145);
/// `PixelMeasuresSequence`.
pub(super) const MEASURES: TagId = (0x0028, 0x9110);
/// `PlanePositionSequence`.
pub(super) const POSITION: TagId = (0x0020, 0x9113);
/// `PlaneOrientationSequence`.
pub(super) const ORIENTATION: TagId = (0x0020, 0x9116);

/// One frame of a data set.
#[derive(Clone, Copy)]
pub(super) struct OfFrame<'a> {
    /// The top level.
    pub(super) top: Attributes<'a>,
    own: Option<Attributes<'a>>,
    shared: Option<Attributes<'a>>,
}

impl<'a> OfFrame<'a> {
    /// `frame` counts from 0.
    pub(super) fn new(top: Attributes<'a>, frame: usize) -> Self {
        Self {
            top,
            own: top.item(PER_FRAME, frame),
            shared: top.first_item(SHARED),
        }
    }

    /// Where an attribute of a functional group stands for this frame; the top level when in no group.
    pub(super) fn with(self, group: TagId, tag: TagId) -> Attributes<'a> {
        [self.own, self.shared]
            .into_iter()
            .flatten()
            .filter_map(|groups| groups.first_item(group))
            .find(|item| item.has(tag))
            .unwrap_or(self.top)
    }
}

/// Whether the file has functional groups for each frame.
pub(super) fn has_own(top: Attributes<'_>) -> bool {
    top.first_item(PER_FRAME).is_some()
}
