//! What is to be sent, and when.

use audio::FRAME_SAMPLES;

use super::*;

/// What was sent, with its sound.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Sent {
    Frame(Vec<i16>),
    Mark(Mark),
    Clear,
    Message,
    Silence(usize),
    Word(String),
}

/// To a telephone whose carrier sends marks back.
pub(super) fn playout() -> Playout {
    Playout::new(Rate::Telephone, true)
}

/// A frame of nothing but this sample.
pub(super) fn frame(sample: i16) -> Sent {
    Sent::Frame(vec![sample; FRAME_SAMPLES])
}

/// What is to be done next, and what is sent if something is.
pub(super) fn step(playout: &mut Playout, now: Instant, cue: Cue) -> (Step, Option<Sent>) {
    let mut frame = Vec::new();
    let step = playout.step(now, cue, &mut frame);
    let sent = match &step {
        Step::Send(Out::Frame) => Some(Sent::Frame(frame)),
        Step::Send(Out::Mark(mark)) => Some(Sent::Mark(*mark)),
        Step::Send(Out::Clear) => Some(Sent::Clear),
        Step::Send(Out::Silence) => Some(Sent::Silence(frame.len())),
        Step::Send(Out::Word(word)) => Some(Sent::Word(word.clone())),
        Step::Send(Out::Message(_)) => Some(Sent::Message),
        Step::Wait(_) | Step::Rest => None,
    };
    (step, sent)
}

impl Playout {
    fn next(&mut self, now: Instant, cue: Cue) -> Step {
        step(self, now, cue).0
    }
}

/// Everything that is to be sent until the caller hears nothing any more, and when, in milliseconds. Time leaps.
fn all(playout: &mut Playout, start: Instant) -> Vec<(u128, Sent)> {
    let mut now = start;
    let mut all = Vec::new();
    loop {
        match step(playout, now, Cue::Clock) {
            (Step::Send(_), sent) => all.extend(sent.map(|sent| ((now - start).as_millis(), sent))),
            (Step::Wait(until), _) => now = until,
            (Step::Rest, _) => return all,
        }
    }
}

fn sound(sample: i16, samples: usize) -> Sound {
    Sound::new(vec![sample; samples], Rate::Telephone)
}

fn frames(count: usize) -> Sound {
    sound(1, count * FRAME_SAMPLES)
}

#[test]
fn frames_are_due_every_20_ms_after_a_lead_and_the_mark_follows_the_last() {
    let mut playout = playout();
    let _heard = playout.say(frames(8), Mark::Said(1));
    let sent = all(&mut playout, Instant::now());
    let due: Vec<u128> = sent.iter().map(|(due, _)| *due).collect();
    assert_eq!(due, [0, 0, 0, 0, 10, 30, 50, 70, 70]);
    assert_eq!(sent.last(), Some(&(70, Sent::Mark(Mark::Said(1)))));
}

/// Sends what goes out at once at the beginning.
fn fill(playout: &mut Playout, now: Instant) {
    while matches!(playout.next(now, Cue::Clock), Step::Send(_)) {}
}

#[test]
fn a_frame_goes_along_with_each_of_the_callers() {
    let (mut playout, start) = (playout(), Instant::now());
    let _heard = playout.say(frames(100), Mark::Said(1));
    fill(&mut playout, start);
    for number in 0..50 {
        let now = start + Duration::from_millis(3) + FRAME * number;
        assert!(matches!(playout.next(now, Cue::Caller), Step::Send(Out::Frame)), "{number}");
        // Until the next one there is nothing to be woken for.
        let Step::Wait(until) = playout.next(now, Cue::Clock) else { panic!("{number}") };
        assert!(until > now + FRAME, "{number}");
    }
    assert_eq!(playout.gaps().late, 0);
}

#[test]
fn a_frame_does_not_wait_long_for_the_callers() {
    let (mut playout, start) = (playout(), Instant::now());
    let _heard = playout.say(frames(100), Mark::Said(1));
    fill(&mut playout, start);
    assert!(matches!(playout.next(start, Cue::Caller), Step::Send(_)));
    assert_eq!(playout.next(start, Cue::Clock), Step::Wait(start + LATEST));
    assert!(matches!(playout.next(start + LATEST, Cue::Clock), Step::Send(_)));
    // The caller's frame that came too late takes no second one along.
    let late = start + LATEST + Duration::from_millis(1);
    assert!(matches!(playout.next(late, Cue::Caller), Step::Wait(_)));
}

#[test]
fn of_many_frames_of_the_callers_at_once_one_takes_one_along() {
    let (mut playout, start) = (playout(), Instant::now());
    let _heard = playout.say(frames(100), Mark::Said(1));
    fill(&mut playout, start);
    let along = (0..10).filter(|_| matches!(playout.next(start, Cue::Caller), Step::Send(_)));
    assert_eq!(along.count(), 1);
}

proptest::proptest! {
    #[test]
    fn however_the_callers_frames_come_ours_go_in_time_and_not_too_early(
        pauses in proptest::collection::vec(0_u64..60, 0..200)
    ) {
        let (mut playout, start) = (playout(), Instant::now());
        let _heard = playout.say(frames(1_000), Mark::Said(1));
        fill(&mut playout, start);
        let mut now = start;
        for pause in pauses {
            let comes = now + Duration::from_millis(pause);
            while let Step::Wait(until) = playout.next(now, Cue::Clock) && until < comes {
                now = until;
                proptest::prop_assert!(matches!(playout.next(now, Cue::Clock), Step::Send(_)));
            }
            now = comes;
            playout.next(now, Cue::Caller);
            let ahead = playout.heard_at.map(|at| at.saturating_duration_since(now));
            proptest::prop_assert!(ahead <= Some(LEAD + EARLIEST + FRAME), "{ahead:?}");
        }
        proptest::prop_assert_eq!(playout.tally.gaps, 0);
        proptest::prop_assert_eq!(playout.gaps().late, 0);
    }
}

#[test]
fn the_caller_hears_something_until_the_last_frame_is_over() {
    let mut playout = playout();
    let start = Instant::now();
    drop(playout.say(frames(2), Mark::Said(1)));
    for _ in 0..3 {
        assert!(matches!(playout.next(start, Cue::Clock), Step::Send(_)));
    }
    assert_eq!(playout.next(start, Cue::Clock), Step::Wait(start + 2 * FRAME));
    assert_eq!(playout.next(start + 2 * FRAME, Cue::Clock), Step::Rest);
}

#[test]
fn a_short_frame_is_filled_up_with_silence() {
    let mut playout = playout();
    let _heard = playout.say(sound(1, FRAME_SAMPLES + 1), Mark::Said(1));
    let sent = all(&mut playout, Instant::now());
    let Sent::Frame(last) = &sent[1].1 else { panic!("{sent:?}") };
    assert_eq!(last[..2], [1, 0]);
    assert_eq!(sent.len(), 3);
}

#[test]
fn a_hush_clears_once_and_forgets_the_rest() {
    let mut playout = playout();
    let start = Instant::now();
    let _heard = playout.say(frames(50), Mark::Said(1));
    assert!(matches!(playout.next(start, Cue::Clock), Step::Send(Out::Frame)));
    playout.hush(Instant::now());
    playout.hush(Instant::now());
    assert_eq!(playout.next(start, Cue::Clock), Step::Send(Out::Clear));
    assert_eq!(playout.next(start, Cue::Clock), Step::Rest);
    assert_eq!(playout.tally.clears, 1);
}

#[test]
fn a_hush_in_silence_sends_nothing() {
    let mut playout = playout();
    playout.hush(Instant::now());
    assert_eq!(playout.next(Instant::now(), Cue::Clock), Step::Rest);
}

#[test]
fn a_hush_clears_as_long_as_a_mark_has_not_come_back() {
    for (echo, expected) in [(None, Step::Send(Out::Clear)), (Some(Mark::Said(1)), Step::Rest)] {
        let mut playout = playout();
        let start = Instant::now();
        let _heard = playout.say(frames(2), Mark::Said(1));
        all(&mut playout, start);
        if let Some(mark) = echo {
            playout.played(mark, start + 3 * FRAME);
            assert_eq!(playout.tally.slowest_echo, FRAME);
        }
        playout.hush(Instant::now());
        assert_eq!(playout.next(start + 3 * FRAME, Cue::Clock), expected);
    }
}

#[test]
fn a_late_frame_starts_the_clock_anew_instead_of_lagging_for_ever() {
    let mut playout = playout();
    let start = Instant::now();
    let _heard = playout.say(frames(100), Mark::Said(1));
    assert!(matches!(playout.next(start, Cue::Clock), Step::Send(_)));
    let late = start + Duration::from_secs(5);
    let at_once = std::iter::from_fn(|| {
        matches!(playout.next(late, Cue::Clock), Step::Send(_)).then_some(())
    });
    assert_eq!(at_once.count(), 4);
    assert_eq!(playout.tally.gaps, 1);
}

#[test]
fn of_too_much_the_oldest_is_dropped() {
    let mut playout = playout();
    let _heard = playout.say(frames(3_000), Mark::Said(1));
    let _heard = playout.say(sound(2, FRAME_SAMPLES), Mark::Said(2));
    let sent = all(&mut playout, Instant::now());
    let outs: Vec<Sent> = sent.into_iter().map(|(_, out)| out).collect();
    let kept = frame(2);
    assert_eq!(outs, [kept, Sent::Mark(Mark::Said(2))]);
    assert_eq!(playout.tally.dropped, 1);
}

#[test]
fn what_was_said_is_known_to_be_heard_when_its_mark_comes_back() {
    let (mut playout, start) = (playout(), Instant::now());
    let mut heard = playout.say(frames(2), Mark::Said(1));
    for _ in 0..3 {
        playout.next(start, Cue::Clock);
    }
    let round_trip = Some(Duration::from_millis(30));
    playout.played(Mark::Said(1), start + 2 * FRAME + Duration::from_millis(30));
    assert_eq!(heard.try_recv(), Ok(Played::Whole { round_trip }));
}

#[test]
fn what_was_said_is_taken_for_heard_where_no_mark_comes_back() {
    let (mut playout, start) = (playout(), Instant::now());
    let mut heard = playout.say(frames(2), Mark::Said(1));
    for _ in 0..3 {
        playout.next(start, Cue::Clock);
    }
    assert_eq!(
        playout.next(start + 2 * FRAME, Cue::Clock),
        Step::Wait(start + 2 * FRAME + PATIENCE)
    );
    assert!(heard.try_recv().is_err());
    assert_eq!(playout.next(start + 2 * FRAME + PATIENCE, Cue::Clock), Step::Rest);
    assert_eq!(heard.try_recv(), Ok(Played::Whole { round_trip: None }));
}

#[test]
fn what_was_cut_short_is_told_with_how_much_of_it_was_heard() {
    let (mut playout, start) = (playout(), Instant::now());
    let mut first = playout.say(frames(20), Mark::Said(1));
    let mut second = playout.say(frames(1), Mark::Said(2));
    let mut now = start;
    while now < start + 8 * FRAME {
        if let Step::Wait(until) = playout.next(now, Cue::Clock) {
            now = until;
        }
    }
    playout.hush(now);
    assert_eq!(first.try_recv(), Ok(Played::Cut { after: now - start }));
    assert_eq!(second.try_recv(), Ok(Played::Cut { after: Duration::ZERO }));
}

#[test]
fn to_retract_one_thing_leaves_the_others() {
    let (mut playout, start) = (playout(), Instant::now());
    let mut first = playout.say(frames(5), Mark::Said(1));
    let mut second = playout.say(sound(2, FRAME_SAMPLES), Mark::Said(2));
    assert!(matches!(playout.next(start, Cue::Clock), Step::Send(Out::Frame)));
    playout.retract(Mark::Said(1), start);
    let outs: Vec<Sent> = all(&mut playout, start).into_iter().map(|(_, out)| out).collect();
    assert_eq!(outs, [Sent::Clear, frame(2), Sent::Mark(Mark::Said(2))]);
    assert_eq!(first.try_recv(), Ok(Played::Cut { after: Duration::ZERO }));
    assert_eq!(second.try_recv(), Ok(Played::Whole { round_trip: None }));
}

#[test]
fn the_lead_is_no_unevenness() {
    let mut playout = playout();
    let _heard = playout.say(frames(100), Mark::Said(1));
    all(&mut playout, Instant::now());
    let expected = wire::Gaps { p50_ms: 20, p95_ms: 20, p99_ms: 20, late: 0 };
    assert_eq!(playout.gaps(), expected);
}

#[test]
fn where_no_marks_come_back_what_was_said_is_over_when_it_should_have_been_heard() {
    let (mut playout, start) = (Playout::new(Rate::Telephone, false), Instant::now());
    let mut heard = playout.say(frames(2), Mark::Said(1));
    fill(&mut playout, start);
    assert!(heard.try_recv().is_err());
    playout.next(start + 2 * FRAME, Cue::Clock);
    assert_eq!(heard.try_recv(), Ok(Played::Whole { round_trip: None }));
}

#[test]
fn sound_of_another_rate_is_brought_to_that_of_the_line_frame_by_frame() {
    for (rate, other) in [(Rate::Wide, Rate::Telephone), (Rate::Telephone, Rate::Wide)] {
        let mut playout = Playout::new(rate, true);
        let length = 10 * other.frame_samples();
        let _heard = playout.say(Sound::new(vec![1_000; length], other), Mark::Said(1));
        let sent = all(&mut playout, Instant::now());
        let frames = sent.iter().filter_map(|(_, sent)| match sent {
            Sent::Frame(samples) => Some(samples.len()),
            Sent::Mark(_) | Sent::Clear | Sent::Message | Sent::Silence(_) | Sent::Word(_) => None,
        });
        assert_eq!(frames.collect::<Vec<_>>(), [rate.frame_samples(); 10]);
        assert_eq!(playout.tally.sound, 10 * FRAME);
    }
}

#[test]
fn a_mark_is_known_by_its_name() {
    for mark in [Mark::Said(1), Mark::Echo(23)] {
        assert_eq!(mark.to_string().parse(), Ok(mark));
    }
    for name in ["", "said", "said-", "said-x", "heard-1", "1"] {
        assert_eq!(name.parse::<Mark>(), Err(()), "{name}");
    }
}
