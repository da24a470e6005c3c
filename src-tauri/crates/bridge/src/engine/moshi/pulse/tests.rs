//! Sessions in which time is made: with models that send all the time, and with such as don't.

use super::*;

const MS: fn(u64) -> Duration = Duration::from_millis;
const S: fn(u64) -> Duration = Duration::from_secs;
/// 80 ms at 24 kHz.
const SILENCE: [i16; 1_920] = [0; 1_920];
const VOICE: [i16; 1_920] = {
    let mut voice = [3_000; 1_920];
    let mut at = 0;
    while at < voice.len() {
        if at / 60 % 2 == 1 {
            voice[at] = -3_000;
        }
        at += 1;
    }
    voice
};

/// A session with a server, in which time is made.
struct Session {
    pulse: Pulse,
    now: Instant,
    wakes: Instant,
    answers: bool,
    has_another: bool,
    /// What was found, and how long after the last sound.
    found: Vec<(Finding, u128)>,
    last: Instant,
}

impl Session {
    fn new() -> Self {
        let now = Instant::now();
        let mut pulse = Pulse::new(now);
        pulse.is_there(now);
        let wakes = now + pulse.rest(now);
        let found = Vec::new();
        Self { pulse, now, wakes, answers: true, has_another: false, found, last: now }
    }

    /// Lets so much time go by in which the caller speaks and nothing comes but the answers to pings.
    fn goes_by(&mut self, time: Duration) -> &mut Self {
        let end = self.now + time;
        while self.now < end {
            self.now += MS(20);
            self.pulse.sends(self.now);
            self.look();
        }
        self
    }

    fn look(&mut self) {
        while self.wakes <= self.now {
            let finding = self.pulse.wake(self.wakes, || self.has_another);
            if finding != Finding::Same {
                let after = self.wakes.saturating_duration_since(self.last).as_millis();
                self.found.push((finding, after / 100 * 100));
            }
            if self.pulse.asks() && self.answers {
                self.pulse.is_there(self.wakes);
            }
            self.wakes += self.pulse.rest(self.wakes);
        }
    }

    /// Has a model speak for so long, 80 ms at a time.
    fn speaks(&mut self, time: Duration, frame: &[i16]) -> &mut Self {
        let end = self.now + time;
        while self.now < end {
            self.goes_by(MS(80));
            self.pulse.sound(frame, self.now);
            self.last = self.now;
        }
        self
    }

    fn found(&mut self) -> Vec<(Finding, u128)> {
        std::mem::take(&mut self.found)
    }
}

#[test]
fn a_model_that_sends_silence_too_has_stalled_after_a_second_and_it_is_told_after_three() {
    let mut session = Session::new();
    session.speaks(S(2), &SILENCE).speaks(S(2), &VOICE);
    assert_eq!(session.found(), []);
    session.goes_by(S(14));
    let told = [(Finding::Stalled, 1_000), (Finding::Untold, 3_000), (Finding::Untold, 13_000)];
    assert_eq!(session.found(), told);
    assert!(session.pulse.sound(&VOICE, session.now), "it is back");
    assert!(!session.pulse.sound(&VOICE, session.now));
    session.last = session.now;
    session.goes_by(MS(1_200));
    assert_eq!(session.found(), [(Finding::Stalled, 1_000)]);
    assert!(session.pulse.words(session.now), "words are as good");
}

#[test]
fn a_model_that_is_silent_for_long_has_not_stalled() {
    let mut session = Session::new();
    session.speaks(S(600), &SILENCE);
    assert_eq!(session.found(), []);
}

#[test]
fn a_server_that_sends_only_what_is_spoken_has_not_stalled_in_a_pause() {
    let mut session = Session::new();
    for spoken in [4, 2, 30, 1, 12] {
        session.goes_by(S(7)).speaks(S(spoken), &VOICE).goes_by(S(40));
        assert_eq!(session.found(), [], "after {spoken} s");
    }
    session.speaks(S(1), &VOICE);
    session.answers = false;
    session.goes_by(S(4));
    let stalled = [(Finding::Stalled, 1_000), (Finding::Untold, 3_000)];
    assert_eq!(session.found(), stalled, "one that answers no ping has");
    assert!(session.pulse.is_there(session.now), "and hasn't when it answers");
}

#[test]
fn a_server_that_never_answered_a_ping_is_not_blamed_for_it() {
    let mut session = Session::new();
    session.answers = false;
    session.pulse = Pulse::new(session.now);
    session.goes_by(S(2)).speaks(S(2), &VOICE).goes_by(S(24));
    assert_eq!(session.found(), []);
    session.goes_by(S(3));
    assert!(session.found().contains(&(Finding::Gone, 25_000)), "but nothing at all is too little");
}

#[test]
fn a_model_that_has_kept_pace_with_the_caller_is_expected_to_go_on() {
    let mut session = Session::new();
    session.speaks(S(8), &VOICE).goes_by(S(2));
    assert_eq!(session.found(), [(Finding::Stalled, 1_000)]);
    session.speaks(S(8), &VOICE);
    session.found();
    session.goes_by(S(5));
    assert_eq!(session.found(), [], "until it has shown that it pauses");
}

#[test]
fn nothing_is_due_from_who_is_sent_nothing() {
    let mut session = Session::new();
    session.speaks(S(2), &SILENCE);
    for _ in 0..200 {
        session.now += MS(100);
        session.look();
    }
    assert_eq!(session.found(), []);
}

#[test]
fn who_was_held_up_itself_blames_nobody() {
    let mut session = Session::new();
    session.speaks(S(2), &SILENCE);
    for _ in 0..3 {
        session.now += S(5);
        session.wakes = session.now;
        session.look();
        session.speaks(S(1), &SILENCE);
    }
    assert_eq!(session.found(), []);
}

#[test]
fn what_nobody_has_read_is_no_silence_of_the_server() {
    let mut session = Session::new();
    session.speaks(S(2), &SILENCE);
    session.pulse.note_deaf(true, session.now);
    session.goes_by(S(20));
    session.pulse.note_deaf(false, session.now);
    session.speaks(S(2), &SILENCE);
    assert_eq!(session.found(), []);
}

#[test]
fn a_server_that_has_stalled_is_left_sooner_for_another() {
    for (has_another, after) in [(true, 10_000), (false, 25_000)] {
        let mut session = Session { has_another, ..Session::new() };
        session.speaks(S(2), &SILENCE);
        session.answers = false;
        session.goes_by(S(26));
        let found = session.found();
        let gone = found.iter().find(|(finding, _)| *finding == Finding::Gone);
        assert_eq!(gone, Some(&(Finding::Gone, after)));
    }
}

#[test]
fn words_without_end_and_without_sound_are_no_life() {
    let mut session = Session::new();
    let writes = |session: &mut Session, time: Duration| {
        let end = session.now + time;
        while session.now < end {
            session.goes_by(MS(80));
            session.pulse.words(session.now);
        }
    };
    writes(&mut session, S(10));
    let told = [(Finding::Stalled, 4_000), (Finding::Untold, 6_000)];
    assert_eq!(session.found(), told);
    assert!(session.pulse.sound(&VOICE, session.now), "it is back");
    session.last = session.now;
    for _ in 0..10 {
        session.goes_by(S(2));
        session.pulse.words(session.now);
    }
    assert_eq!(session.found(), [], "a word now and then is no speech");
}
