//! Wishes in, what the loader's threads tell out: the newest wins, what is not wanted any more is stopped.

use std::sync::mpsc::{Receiver, channel};

use crate::imaging::Format;
use crate::imaging::frame::{Place, Scale, Values};

use super::*;
use crate::imaging::reel::Facts;

/// `memory:N` opens N small frames; of many, each takes a while.
fn memory(name: &str, view: &View, watch: Watch<'_>) -> Result<Reel, Error> {
    let error = |problem: &str| Error {
        name: name.to_owned(),
        problem: problem.to_owned(),
    };
    let n = name.strip_prefix("memory:").and_then(|it| it.parse().ok());
    let n: usize = n.ok_or_else(|| error("is no picture"))?;
    let mut frames = Vec::new();
    for at in 0..n {
        if watch.is_stopped() {
            return Err(error("was stopped"));
        }
        (watch.progress)(at + 1, n);
        if n > 100 {
            std::thread::sleep(Duration::from_millis(2));
        }
        frames.push(Arc::new(Frame {
            width: 4,
            height: 4,
            values: Values::Grey(vec![7.0; 16]),
            scale: Scale::default(),
            place: Place::default(),
            chain: Vec::new(),
        }));
    }
    let facts = Facts {
        name: name.to_owned(),
        modality: None,
        unit: None,
        format: Format::Png,
        n_slices: n,
        size: (4, 4),
        is_volume: false,
        plane: view.plane,
        is_moving: false,
        first: 0,
        notes: Vec::new(),
        series: None,
        n_times: 1,
    };
    Ok(Reel::in_memory(facts, frames, &[]))
}

fn loader() -> (Loader, Receiver<LoaderMsg>) {
    let (sender, receiver) = channel();
    let tell: Tell = Arc::new(move |msg| drop(sender.send(msg)));
    (Loader::start_with(&tell, memory).unwrap(), receiver)
}

fn open(pane: usize, id: u32, name: &str) -> Request {
    Request::Open {
        pane,
        id,
        name: name.to_owned(),
        title: name.to_owned(),
        view: View::default(),
    }
}

/// What is told next, but for progress.
#[track_caller]
fn told(receiver: &Receiver<LoaderMsg>) -> LoaderMsg {
    loop {
        match receiver.recv_timeout(Duration::from_secs(20)).unwrap() {
            LoaderMsg::Progress { .. } => {}
            told => return told,
        }
    }
}

#[track_caller]
fn reel(receiver: &Receiver<LoaderMsg>, id: u32) -> Arc<Reel> {
    match told(receiver) {
        LoaderMsg::Pane(msg) => match *msg {
            Msg::Open(opened) if opened.id == id => opened.reel,
            told => panic!("{told:?}"),
        },
        told => panic!("{told:?}"),
    }
}

fn want(slice: usize, reel: &Arc<Reel>) -> Want {
    Want {
        pane: 0,
        id: 1,
        slice,
        window: None,
        reel: Arc::clone(reel),
    }
}

#[test]
fn a_picture_is_opened_with_progress_and_a_failure_is_a_sentence() {
    let (loader, receiver) = loader();
    loader.ask(open(0, 7, "memory:3"));
    let first = receiver.recv_timeout(Duration::from_secs(20)).unwrap();
    assert!(
        matches!(
            first,
            LoaderMsg::Progress {
                pane: 0,
                id: 7,
                done: 1,
                of: 3
            }
        ),
        "{first:?}"
    );
    assert_eq!(reel(&receiver, 7).facts().n_slices, 3);
    loader.ask(open(1, 8, "nothing"));
    let told = told(&receiver);
    assert!(
        matches!(&told, LoaderMsg::OpenFailed { pane: 1, id: 8, problem } if problem == "nothing: is no picture"),
        "{told:?}"
    );
}

#[test]
fn a_newer_picture_stops_the_one_that_is_being_opened() {
    let (loader, receiver) = loader();
    loader.ask(open(0, 1, "memory:5000")); // ten seconds
    while !matches!(
        receiver.recv_timeout(Duration::from_secs(20)),
        Ok(LoaderMsg::Progress { .. })
    ) {}
    let start = Instant::now();
    loader.ask(open(0, 2, "memory:2"));
    reel(&receiver, 2);
    assert!(start.elapsed() < Duration::from_secs(5));
}

#[test]
fn the_newest_frame_wins_and_a_missing_one_is_said() {
    let (loader, receiver) = loader();
    loader.ask(open(0, 1, "memory:90"));
    let reel = reel(&receiver, 1);
    // held, so that all requests come before the first is taken
    {
        let mut queue = loader.shared[0].queue();
        for slice in 0..80 {
            queue.take(Request::Frame(want(slice, &reel)));
        }
    }
    loader.ask(Request::Prefetch(want(79, &reel), vec![80, 81]));
    let loaded = told(&receiver);
    assert!(
        matches!(&loaded, LoaderMsg::Pane(msg) if matches!(&**msg, Msg::Frame(it) if it.slice == 79)),
        "{loaded:?}"
    );
    loader.ask(Request::Frame(want(90, &reel)));
    let failed = told(&receiver);
    assert!(
        matches!(&failed, LoaderMsg::Pane(msg) if matches!(&**msg, Msg::FrameFailed { slice: 90, problem, .. } if problem == "has no slice 91: there are 90, counted from 1")),
        "{failed:?}"
    );
}

#[test]
fn what_was_decoded_ahead_is_not_told() {
    let (loader, receiver) = loader();
    loader.ask(open(0, 1, "memory:9"));
    let reel = reel(&receiver, 1);
    loader.ask(Request::Prefetch(want(0, &reel), vec![1, 2, 900]));
    loader.ask(Request::Forget(0));
    loader.ask(Request::Measure {
        pane: 0,
        mark: 3,
        frame: reel.frame(0, Watch::default()).unwrap(),
        region: Region::from_edges([0.0, 0.0, 4.0, 4.0], 4, 4).unwrap(),
    });
    let measured = told(&receiver);
    assert!(
        matches!(&measured, LoaderMsg::Pane(msg) if matches!(&**msg, Msg::Measured { mark: 3, measured: Ok(it), .. } if it.pixels == 16)),
        "{measured:?}"
    );
}

#[test]
fn it_ends_at_once_in_the_middle_of_something() {
    let (loader, receiver) = loader();
    loader.ask(open(1, 1, "memory:5000"));
    while !matches!(
        receiver.recv_timeout(Duration::from_secs(20)),
        Ok(LoaderMsg::Progress { .. })
    ) {}
    let start = Instant::now();
    drop(loader);
    assert!(start.elapsed() < Duration::from_secs(5));
}
