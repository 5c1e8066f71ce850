//! Sources in, what the decoding children make of them out: one by one, or many in order, in parallel and few at a time.

use rayon::prelude::*;

use super::Fallible;
use super::about::About;
use super::child;
use super::dicom::Tag;
use super::frame::Frame;
use super::series::Slice;
use super::service::{Answer, Request, Sha256, Wish};
use super::source::Source;
use super::volume::Volume;
use super::watch::Watch;

const OTHERWISE: &str = "was answered with something else than asked for";

/// What a file is.
pub(super) fn about(source: &Source, watch: Watch<'_>) -> Fallible<About> {
    match ask(source, Wish::About, watch)? {
        Answer::About(about) => Ok(*about),
        _ => Err(OTHERWISE.to_owned()),
    }
}

/// One of its frames (from 0), and the hash of the file.
pub(super) fn frame(
    source: &Source,
    index: usize,
    overlays: bool,
    watch: Watch<'_>,
) -> Fallible<(Frame, Sha256)> {
    match ask(source, Wish::Frame { index, overlays }, watch)? {
        Answer::Frame(frame, sha256) => Ok((*frame, sha256)),
        _ => Err(OTHERWISE.to_owned()),
    }
}

/// A slice of a series as its file has it, and the hash of the file.
pub(super) fn slice(slice: &Slice, overlays: bool, watch: Watch<'_>) -> Fallible<(Frame, Sha256)> {
    frame(&slice.source, slice.frame, overlays, watch)
}

/// Where its file does not say where a slice lies, its series does; whether that was so.
pub(super) fn put_in_place(frame: &mut Frame, slice: &Slice) -> bool {
    let is_told = frame.place.position.is_none() && slice.place.position.is_some();
    if is_told {
        frame.place.position = slice.place.position;
    }
    is_told
}

/// All slices of a volume file at a point of time (from 0), and the hash of the file.
pub(super) fn volume(source: &Source, time: usize, watch: Watch<'_>) -> Fallible<(Volume, Sha256)> {
    match ask(source, Wish::Volume { time }, watch)? {
        Answer::Volume(volume, sha256) => Ok((*volume, sha256)),
        _ => Err(OTHERWISE.to_owned()),
    }
}

/// The header of a DICOM file.
pub(super) fn tags(source: &Source, phi: bool) -> Fallible<Vec<Tag>> {
    match ask(source, Wish::Tags { phi }, Watch::default())? {
        Answer::Tags(tags) => Ok(tags),
        _ => Err(OTHERWISE.to_owned()),
    }
}

fn ask(source: &Source, wish: Wish, watch: Watch<'_>) -> Fallible<Answer> {
    let source = source.clone();
    child::call(&Request { source, wish }, watch)
}

/// Does some work for each job in parallel and hands the results over in the order of the jobs. At most two a thread are
/// done and not yet handed over, so that a series of any length needs the memory of a few slices.
pub(super) fn in_order<J: Sync, T: Send, E: Send>(
    jobs: &[J],
    watch: Watch<'_>,
    work: impl Fn(&J) -> Result<T, E> + Sync,
    mut take: impl FnMut(T) -> Result<(), E>,
) -> Result<(), E> {
    let mut done = 0;
    for some in jobs.chunks(2 * rayon::current_num_threads()) {
        let results: Result<Vec<T>, E> = some.par_iter().map(&work).collect();
        results?.into_iter().try_for_each(&mut take)?;
        done += some.len();
        (watch.progress)(done, jobs.len());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Mutex;

    #[test]
    fn results_come_in_order_and_the_first_failure_ends_it() {
        let jobs: Vec<usize> = (0..100).collect();
        let told = Mutex::new(Vec::new());
        let progress = |done: usize, all: usize| told.lock().unwrap().push((done, all));
        let mut taken = Vec::new();
        let work = |job: &usize| if *job < 90 { Ok(job * 2) } else { Err(*job) };
        let watch = Watch {
            progress: &progress,
            ..Watch::default()
        };
        let end = in_order(&jobs, watch, work, |double| {
            taken.push(double);
            Ok(())
        });
        assert!(matches!(end, Err(90..)));
        assert!(
            taken
                .iter()
                .enumerate()
                .all(|(at, double)| *double == 2 * at)
        );
        let told = told.into_inner().unwrap();
        assert_eq!(told.last().map(|it| it.0), Some(taken.len()));
        assert!(told.iter().all(|(_, all)| *all == 100));
    }
}
