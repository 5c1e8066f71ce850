//! Pictures that replace each other, get lost or late, or are wanted too fast, in; what the terminal is sent, and when, out.

use super::*;

#[test]
fn what_takes_the_place_of_another_picture_is_never_freed_with_it() {
    for (graphics, env) in [(Graphics::Auto, KITTY), (Graphics::Kitty, TMUX)] {
        let mut bench = Bench::new(caps(graphics, env));
        let wanted = |group, key| {
            [Wanted {
                group,
                ..shown(0, key, Quality::Full, 1.0, phantom(64, 8.0, key))
            }]
        };
        for nth in 0..6 {
            bench.settle(&wanted(nth % 2, nth));
            assert_eq!(bench.surface.shown(0), Some((nth, Quality::Full)));
            assert_eq!(bench.kitty.images.len(), 1);
        }
        // one that arrives when something else is wanted already, so that both ids are taken
        bench.frame(&wanted(2, 6));
        bench.woken.recv_timeout(Duration::from_secs(5)).unwrap();
        bench.frame(&wanted(2, 6));
        assert_eq!(bench.kitty.images.len(), 2);
        bench.settle(&wanted(3, 7));
        assert_eq!(bench.surface.shown(0), Some((7, Quality::Full)));
        assert_eq!((bench.kitty.images.len(), bench.kitty.placed.len()), (1, 1));
    }
}

#[test]
fn a_picture_is_not_shown_on_the_word_about_an_older_one() {
    let mut bench = Bench::new(caps(Graphics::Auto, KITTY));
    let wanted = [shown(0, 1, Quality::Full, 1.0, phantom(64, 8.0, 1))];
    bench.settle(&wanted);
    // it is left and entered again
    bench.surface.lost_all();
    bench.kitty = Kitty::default();
    bench.frame(&wanted);
    bench.woken.recv_timeout(Duration::from_secs(5)).unwrap();
    let mut buffer = Buffer::empty(SCREEN);
    bench
        .surface
        .draw(&wanted, &mut buffer, &bench.writer, bench.now);
    bench.surface.uploaded(0, bench.now);
    // panics when it is placed before its data
    bench.frame(&wanted);
    assert!(bench.kitty.placed.is_empty());
    bench.frame(&wanted);
    assert_eq!(bench.kitty.placed.len(), 1);
}

#[test]
fn after_another_size_pictures_are_placed_anew_or_taken_away() {
    for (graphics, env) in [(Graphics::Auto, KITTY), (Graphics::Kitty, TMUX)] {
        let mut bench = Bench::new(caps(graphics, env));
        let wanted = [shown(0, 1, Quality::Full, 1.0, phantom(64, 8.0, 1))];
        bench.settle(&wanted);
        // the terminal may have dropped it
        bench.kitty.placed.clear();
        bench.surface.disturbed();
        bench.settle(&wanted);
        assert_eq!(bench.kitty.placed.len(), 1);
        assert_eq!(bench.settle(&wanted), 0);
        assert_eq!(bench.kitty.transmissions, 1);
    }
    let mut bench = Bench::new(caps(Graphics::Auto, KITTY));
    let wanted = [shown(0, 1, Quality::Full, 1.0, phantom(64, 8.0, 1))];
    bench.settle(&wanted);
    bench.surface.disturbed();
    bench.settle(&[]);
    assert!(bench.kitty.placed.is_empty(), "there is no room for it");
    assert_eq!(bench.settle(&[]), 0);
}

#[test]
fn over_a_slow_link_drafts_go_first_and_full_quality_when_it_has_rested() {
    let mut bench = Bench::new(caps(Graphics::Auto, KITTY));
    bench.rate = Some(200e3);
    let wanted = |key| [shown(0, key, Quality::Full, 1.0, phantom(512, 8.0, key))];
    bench.settle(&wanted(1));
    assert_eq!(bench.surface.shown(0), Some((1, Quality::Full)));
    let took = bench.surface.link().unwrap().took;
    assert!(took > 2 * SLOW, "{took:?}");
    for key in 2..5 {
        bench.settle(&wanted(key));
        assert_eq!(bench.surface.shown(0), Some((key, Quality::Draft)));
    }
    assert_eq!(bench.settle(&wanted(4)), 0, "it rests");
    bench.now += took / 2;
    bench.settle(&wanted(4));
    assert_eq!(bench.surface.shown(0), Some((4, Quality::Full)));
    assert_eq!(bench.kitty.transmissions, 5);
    // a link that is quick again is found out by the next one in full
    bench.rate = None;
    bench.settle(&wanted(5));
    bench.now += took;
    bench.settle(&wanted(5));
    bench.settle(&wanted(6));
    assert_eq!(bench.surface.shown(0), Some((6, Quality::Full)));
}

#[test]
fn a_terminal_that_dropped_a_picture_gets_it_again() {
    let mut bench = Bench::new(caps(Graphics::Auto, KITTY));
    let wanted = [shown(0, 1, Quality::Full, 1.0, phantom(64, 8.0, 1))];
    bench.settle(&wanted);
    let id = *bench.kitty.images.keys().next().unwrap();
    bench.kitty.images.clear();
    bench.kitty.placed.clear();
    bench.surface.lost(id);
    bench.settle(&wanted);
    assert_eq!(
        (bench.kitty.transmissions, bench.kitty.placed.len()),
        (2, 1)
    );
}

#[test]
fn only_one_picture_is_on_its_way_and_the_newest_follows() {
    let mut bench = Bench::new(caps(Graphics::Auto, KITTY));
    let wanted = |key| [shown(0, key, Quality::Draft, 1.0, phantom(64, 8.0, key))];
    bench.settle(&wanted(1));
    let (writer, buffer) = (bench.writer.clone(), Buffer::empty(SCREEN));
    // the terminal reads nothing for a while
    for key in 2..50 {
        let mut buffer = buffer.clone();
        bench
            .surface
            .draw(&wanted(key), &mut buffer, &writer, bench.now);
        if key == 2 {
            bench.woken.recv_timeout(Duration::from_secs(5)).unwrap();
        }
    }
    assert!(
        bench
            .woken
            .recv_timeout(Duration::from_millis(100))
            .is_err(),
        "nothing is encoded meanwhile"
    );
    bench.settle(&wanted(49));
    assert_eq!(bench.surface.shown(0), Some((49, Quality::Draft)));
    assert_eq!(bench.kitty.transmissions, 3, "1, 2 and 49");
}

#[test]
fn a_terminal_that_acknowledges_nothing_holds_nothing_up_for_long() {
    let mut bench = Bench::new(caps(Graphics::Auto, KITTY));
    bench.settle(&[shown(0, 1, Quality::Full, 1.0, phantom(64, 8.0, 1))]);
    // a picture leaves, and its acknowledgement is lost
    let wanted = [shown(0, 2, Quality::Full, 1.0, phantom(64, 8.0, 2))];
    bench.frame(&wanted);
    bench.woken.recv_timeout(Duration::from_secs(5)).unwrap();
    let mut buffer = Buffer::empty(SCREEN);
    bench
        .surface
        .draw(&wanted, &mut buffer, &bench.writer, bench.now);
    bench.now += 2 * PATIENCE;
    bench
        .surface
        .draw(&wanted, &mut buffer, &bench.writer, bench.now);
    assert!(bench.surface.flight.is_some(), "it has not left yet");
    bench.writer.end_frame();
    let (bytes, wrote) = bench.writer.drain();
    bench.kitty.read(&bytes);
    let [Wrote::Upload(nth)] = wrote[..] else {
        panic!("{wrote:?}");
    };
    bench.surface.uploaded(nth, bench.now);
    assert!(bench.surface.flight.is_some());
    bench.now += PATIENCE + Duration::from_millis(1);
    bench.settle(&[shown(0, 3, Quality::Full, 1.0, phantom(64, 8.0, 3))]);
    assert_eq!(bench.surface.shown(0), Some((3, Quality::Full)));
}
