//! Silence for a player that must not run dry.

use audio::FRAME_SAMPLES;

use super::tests::{Sent, frame, playout, step};
use super::*;

/// To a MOSHI client, but for the rate.
fn filled() -> Playout {
    let mut playout = Playout::new(Rate::Telephone, false);
    playout.fill_pauses();
    playout
}

/// What goes out in that time, and when, in milliseconds.
fn run(playout: &mut Playout, start: Instant, from: u64, to: u64) -> Vec<(u128, Sent)> {
    let mut all = Vec::new();
    let mut now = start + Duration::from_millis(from);
    let end = start + Duration::from_millis(to);
    while now < end {
        match step(playout, now, Cue::Clock) {
            (Step::Send(_), sent) => all.extend(sent.map(|sent| ((now - start).as_millis(), sent))),
            (Step::Wait(until), _) => now = until.min(end),
            (Step::Rest, _) => now = end,
        }
    }
    all
}

/// How much sound was sent by the end, in milliseconds.
fn length(sent: &[(u128, Sent)]) -> usize {
    let samples = sent.iter().map(|(_, sent)| match sent {
        Sent::Frame(samples) => samples.len(),
        Sent::Silence(samples) => *samples,
        Sent::Mark(_) | Sent::Clear | Sent::Message | Sent::Word(_) => 0,
    });
    samples.sum::<usize>() / 8
}

fn sound(frames: usize) -> Sound {
    Sound::new(vec![1; frames * FRAME_SAMPLES], Rate::Telephone)
}

#[test]
fn it_goes_out_80_ms_at_once_a_little_before_its_time_and_counts_for_nothing() {
    let (mut playout, start) = (filled(), Instant::now());
    let sent = run(&mut playout, start, 0, 1_000);
    assert_eq!(sent[..3], [0, 10, 90].map(|due| (due, Sent::Silence(4 * FRAME_SAMPLES))));
    assert_eq!(length(&sent), 1_120);
    assert_eq!((playout.is_heard(), playout.level().dbfs()), (false, -100));
    assert_eq!((playout.tally, playout.gaps()), (Tally::default(), wire::Gaps::default()));
    playout.cut_in(start + Duration::from_secs(1));
    assert_eq!(playout.tally.clears, 0, "there is nothing to be cut short");
}

#[test]
fn who_was_not_asked_for_it_gets_none() {
    let (mut playout, start) = (playout(), Instant::now());
    assert_eq!(run(&mut playout, start, 0, 1_000), []);
}

#[test]
fn what_is_said_follows_it_without_a_break_and_is_over_in_time() {
    let (mut playout, start) = (filled(), Instant::now());
    run(&mut playout, start, 0, 500);
    let mut heard = playout.say(sound(10), Mark::Said(1));
    let sent = run(&mut playout, start, 500, 1_500);
    assert_eq!(sent.iter().filter(|(_, sent)| *sent == frame(1)).count(), 10);
    assert_eq!(length(&sent), 1_000, "as much as there was time");
    assert_eq!(heard.try_recv(), Ok(Played::Whole { round_trip: None }));
    assert!(!playout.is_heard());
    assert_eq!((playout.tally.sound, playout.tally.gaps), (10 * FRAME, 0));
    assert_eq!((playout.gaps().late, playout.gaps().p99_ms), (0, 20));
}

#[test]
fn whoever_cuts_in_does_not_lag_behind_for_ever() {
    let (mut playout, start) = (filled(), Instant::now());
    let mut sent = 0;
    for second in 0..10 {
        let _heard = playout.say(sound(100), Mark::Said(1));
        sent += length(&run(&mut playout, start, second * 1_000, second * 1_000 + 500));
        playout.cut_in(start + Duration::from_millis(second * 1_000 + 500));
        sent += length(&run(&mut playout, start, second * 1_000 + 500, second * 1_000 + 1_000));
    }
    assert!((10_000..10_150).contains(&sent), "{sent} ms were sent in 10 s");
    assert_eq!(playout.tally.clears, 10);
}

#[test]
fn a_model_that_is_late_is_not_put_off_by_it() {
    let (mut playout, start) = (filled(), Instant::now());
    let mut sent = 0;
    for piece in 0..100 {
        playout.stream(&[1_000; 4 * FRAME_SAMPLES], Rate::Telephone);
        sent += length(&run(&mut playout, start, piece * 80, piece * 80 + 80));
    }
    assert!((8_000..8_150).contains(&sent), "{sent} ms were sent in 8 s");
    assert_eq!((playout.tally.dropped, playout.gaps().late), (0, 0));
}

#[test]
fn words_are_told_along_with_their_sound() {
    let (mut playout, start) = (filled(), Instant::now());
    let text = "One  two,\nthree.";
    let spoken = Sound::spoken(vec![1; 16 * FRAME_SAMPLES], Rate::Telephone, text);
    let _heard = playout.say(spoken, Mark::Said(1));
    let sent = run(&mut playout, start, 0, 1_000);
    let place = |word: &str| sent.iter().position(|(_, sent)| *sent == Sent::Word(word.into()));
    // The letters tell when a word begins: the sixth of sixteen frames after the fifth letter of sixteen.
    assert_eq!((place("One"), place("two,"), place("three.")), (Some(1), Some(7), Some(13)));
    let end = sent.iter().position(|(_, sent)| *sent == Sent::Mark(Mark::Said(1)));
    assert_eq!(end, Some(19), "all are told before it ends");
}
