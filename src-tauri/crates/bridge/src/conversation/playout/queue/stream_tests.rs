//! Sound of a model that is to be sent, and when.

use audio::FRAME_SAMPLES;

use super::super::stream::{BETWEEN_WORDS, MOST};
use super::tests::{Sent, frame, playout, step};
use super::*;

/// What goes out until nothing more is to be sent at that time.
fn sent(playout: &mut Playout, now: Instant) -> Vec<Sent> {
    let step = || match step(playout, now, Cue::Clock) {
        (Step::Send(_), sent) => sent,
        (Step::Wait(_) | Step::Rest, _) => None,
    };
    std::iter::from_fn(step).collect()
}

/// A piece as a model makes it: 80 ms.
const PIECE: [i16; 4 * FRAME_SAMPLES] = [1_000; 4 * FRAME_SAMPLES];

/// What goes out in that many frames' time, each at its time, while pieces come as often.
fn run(playout: &mut Playout, start: Instant, frames: u32) -> Vec<Sent> {
    let frame = |number| {
        if number % 4 == 0 {
            playout.stream(&PIECE, Rate::Telephone);
        }
        sent(playout, start + FRAME * number)
    };
    (0..frames).flat_map(frame).collect()
}

#[test]
fn silence_goes_before_the_first_sound_and_then_all_of_it_is_heard() {
    let mut playout = playout();
    let outs = run(&mut playout, Instant::now(), 40);
    assert_eq!(outs[..CUSHION], vec![frame(0); CUSHION]);
    assert!(outs[CUSHION..].iter().all(|out| *out == frame(1_000)));
    assert!(outs.len() >= 40, "{}", outs.len());
    assert_eq!((playout.tally.gaps, playout.tally.dropped), (0, 0));
}

#[test]
fn a_piece_that_comes_a_little_late_is_no_gap_and_one_that_comes_too_late_is() {
    for (late, gaps) in [(Duration::from_millis(90), 0), (Duration::from_millis(120), 1)] {
        let mut playout = playout();
        let start = Instant::now();
        run(&mut playout, start, 40);
        let comes = start + FRAME * 40 + late;
        for due in (40..).map(|number| start + FRAME * number).take_while(|due| *due < comes) {
            sent(&mut playout, due);
        }
        playout.stream(&PIECE, Rate::Telephone);
        sent(&mut playout, comes);
        assert_eq!(playout.tally.gaps, gaps, "{late:?} late");
    }
}

#[test]
fn a_model_that_was_held_up_is_caught_up_with() {
    let mut playout = playout();
    let start = Instant::now();
    run(&mut playout, start, 40);
    for _ in 0..10 {
        playout.stream(&PIECE, Rate::Telephone);
    }
    assert!(playout.stream.waiting.len() <= MOST * FRAME_SAMPLES);
    assert!(playout.tally.dropped >= 15, "{}", playout.tally.dropped);
}

#[test]
fn what_is_said_is_heard_before_what_a_model_makes() {
    let mut playout = playout();
    let now = Instant::now();
    playout.stream(&PIECE, Rate::Telephone);
    let _heard = playout.say(Sound::new(vec![2; FRAME_SAMPLES], Rate::Telephone), Mark::Said(1));
    let outs = sent(&mut playout, now);
    assert_eq!(outs[..2], [frame(2), Sent::Mark(Mark::Said(1))]);
    assert!(outs.len() > 2);
}

#[test]
fn a_hush_forgets_what_waits() {
    let mut playout = playout();
    let now = Instant::now();
    playout.stream(&PIECE, Rate::Telephone);
    assert!(!sent(&mut playout, now).is_empty());
    playout.hush(now);
    assert_eq!(sent(&mut playout, now), [Sent::Clear]);
    assert_eq!(step(&mut playout, now, Cue::Clock).0, Step::Rest);
}

#[test]
fn what_is_passed_on_as_it_is_counts_as_heard_while_it_is_speech() {
    let mut playout = playout();
    let now = Instant::now();
    playout.note_passed(&PIECE, now);
    assert!(playout.is_heard());
    assert_eq!(playout.tally.sound, 4 * FRAME);
    playout.note_passed(&[0; BETWEEN_WORDS * FRAME_SAMPLES], now);
    assert!(!playout.is_heard());
}

#[test]
fn the_meter_tells_what_is_sent_and_a_quiet_voice_speaks() {
    for (sample, level, is_heard) in [(184, -45, true), (33, -60, false), (0, -100, false)] {
        let now = Instant::now();
        let piece = vec![sample; 4 * FRAME_SAMPLES];
        let (mut streamed, mut passed) = (playout(), playout());
        for number in 0..10 {
            streamed.stream(&piece, Rate::Telephone);
            passed.note_passed(&piece, now);
            sent(&mut streamed, now + 4 * FRAME * number);
        }
        for playout in [&mut streamed, &mut passed] {
            assert_eq!((playout.level().dbfs(), playout.is_heard()), (level, is_heard));
            for number in 40..60 {
                sent(playout, now + FRAME * number);
            }
            assert_eq!((playout.level().dbfs(), playout.is_heard()), (-100, false), "it is over");
        }
    }
}
