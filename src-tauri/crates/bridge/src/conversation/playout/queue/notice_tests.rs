//! What must be known, and is said until it was heard.

use audio::FRAME_SAMPLES;

use super::tests::{Sent, frame, playout, step};
use super::*;

const NOTICE: Mark = Mark::Said(1);
const SPEECH: Mark = Mark::Said(2);

/// Ten frames of nothing but this sample.
fn sound(sample: i16) -> Sound {
    Sound::new(vec![sample; 10 * FRAME_SAMPLES], Rate::Telephone)
}

/// What goes out by then; in a pause what must be known is said.
fn sent(playout: &mut Playout, now: &mut Instant, end: Instant, is_pause: bool) -> Vec<Sent> {
    let mut all = Vec::new();
    while *now < end {
        if is_pause {
            playout.remind();
        }
        match step(playout, *now, Cue::Clock) {
            (Step::Send(_), sent) => all.extend(sent),
            (Step::Wait(until), _) => *now = until.min(end),
            (Step::Rest, _) => *now = end,
        }
    }
    all
}

const A_WHILE: Duration = Duration::from_secs(3);
const SOON: Duration = Duration::from_millis(30);

#[test]
fn it_is_said_again_as_a_whole_until_it_was_heard_and_then_no_more() {
    for has_marks in [true, false] {
        let mut playout = Playout::new(Rate::Telephone, has_marks);
        let mut now = Instant::now();
        let mut known = playout.announce(sound(1), NOTICE, true, now);
        for _ in 0..2 {
            let end = now + SOON;
            assert!(sent(&mut playout, &mut now, end, true).contains(&frame(1)));
            playout.cut_in(now);
            let end = now + A_WHILE;
            assert_eq!(sent(&mut playout, &mut now, end, false), [Sent::Clear]);
            assert!(known.try_recv().is_err(), "nobody has heard it");
        }
        let end = now + A_WHILE;
        let mut whole = vec![frame(1); 10];
        whole.push(Sent::Mark(NOTICE));
        assert_eq!(sent(&mut playout, &mut now, end, true), whole);
        assert_eq!(known.try_recv(), Ok(Played::Whole { round_trip: None }));
        playout.cut_in(now);
        let end = now + A_WHILE;
        assert!(!sent(&mut playout, &mut now, end, true).contains(&frame(1)));
    }
}

#[test]
fn it_is_not_known_before_its_mark_was_reached() {
    for (echo, again) in [(None, true), (Some(NOTICE), false)] {
        let (mut playout, mut now) = (playout(), Instant::now());
        let _known = playout.announce(sound(1), NOTICE, true, now);
        // All was sent, and the last of it isn't heard yet.
        let end = now + 4 * SOON;
        assert!(sent(&mut playout, &mut now, end, true).contains(&Sent::Mark(NOTICE)));
        if let Some(mark) = echo {
            playout.played(mark, now);
        }
        playout.cut_in(now);
        let end = now + A_WHILE;
        assert_eq!(sent(&mut playout, &mut now, end, true).contains(&frame(1)), again);
    }
}

#[test]
fn it_waits_while_the_caller_speaks_and_the_last_counts() {
    let (mut playout, mut now) = (playout(), Instant::now());
    let mut first = playout.announce(sound(1), NOTICE, false, now);
    let _known = playout.announce(sound(3), Mark::Said(3), false, now);
    assert_eq!(first.try_recv(), Ok(Played::Cut { after: Duration::ZERO }));
    let end = now + A_WHILE;
    assert_eq!(sent(&mut playout, &mut now, end, false), []);
    let end = now + A_WHILE;
    let said = sent(&mut playout, &mut now, end, true);
    assert!(said.contains(&frame(3)) && !said.contains(&frame(1)));
}

#[test]
fn one_that_is_being_heard_is_heard_out_before_the_next_and_not_said_again() {
    let (mut playout, mut now) = (playout(), Instant::now());
    let _first = playout.announce(sound(1), NOTICE, true, now);
    let end = now + SOON;
    sent(&mut playout, &mut now, end, true);
    let _known = playout.announce(sound(3), Mark::Said(3), true, now);
    playout.cut_in(now);
    let end = now + A_WHILE;
    let said = sent(&mut playout, &mut now, end, true);
    assert!(said.contains(&frame(3)) && !said.contains(&frame(1)));
}

#[test]
fn what_is_out_of_date_is_not_said() {
    let (mut playout, mut now) = (playout(), Instant::now());
    for is_pause in [true, false] {
        let mut known = playout.announce(sound(1), NOTICE, is_pause, now);
        playout.forget(now);
        assert_eq!(known.try_recv(), Ok(Played::Cut { after: Duration::ZERO }));
        let end = now + A_WHILE;
        assert_eq!(sent(&mut playout, &mut now, end, true), []);
    }
}

#[test]
fn what_is_said_meanwhile_keeps_its_order_and_its_fate() {
    let (mut playout, mut now) = (playout(), Instant::now());
    let _known = playout.announce(sound(1), NOTICE, true, now);
    let mut speech = playout.say(sound(2), SPEECH);
    let end = now + SOON;
    sent(&mut playout, &mut now, end, true);
    playout.cut_in(now);
    assert_eq!(speech.try_recv(), Ok(Played::Cut { after: Duration::ZERO }));
    let _first = playout.say(sound(4), Mark::Said(4));
    let _second = playout.say(sound(5), Mark::Said(5));
    let end = now + A_WHILE;
    let marks: Vec<Sent> = sent(&mut playout, &mut now, end, true);
    let marks: Vec<&Sent> = marks.iter().filter(|it| matches!(it, Sent::Mark(_))).collect();
    let expected = [Mark::Said(4), Mark::Said(5), NOTICE].map(Sent::Mark);
    assert_eq!(marks, expected.iter().collect::<Vec<_>>());
}

#[test]
fn the_end_of_the_call_is_the_end_of_it() {
    let (mut playout, now) = (playout(), Instant::now());
    let mut known = playout.announce(sound(1), NOTICE, false, now);
    playout.finish();
    assert_eq!(known.try_recv(), Err(oneshot::error::TryRecvError::Closed));
    playout.remind();
    assert_eq!(step(&mut playout, now, Cue::Clock).0, Step::Rest);
}
