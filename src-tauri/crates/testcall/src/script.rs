//! What the caller does, frame by frame: listens to the greeting, speaks, lets the other side have its turn in pauses,
//! listens to what comes back, hangs up.

use std::ops::Range;

use audio::{FRAME, Frame, Level, Voice};

use crate::playback::Played;

/// How long to wait for the first sound of the other side before speaking all the same.
const ANSWER: u32 = frames(10_000);
/// How long a greeting may be before it is interrupted.
const LONGEST_GREETING: u32 = frames(30_000);
/// How long nothing is heard before a side that sends no marks is taken to have finished.
const FINISHED: u32 = frames(2_000);
/// How long a polite caller waits before speaking.
const PAUSE: u32 = frames(500);
/// How long the other side may think about what was said.
const THINKING: u32 = frames(10_000);
/// How long the other side may speak after that.
const LONGEST_REPLY: u32 = frames(60_000);
/// How long a pause in the voice is in which the other side may begin to answer, and until when it is waited for.
const TURN: u32 = frames(500);
const TAKES_TURN: u32 = frames(1_300);
/// How long the caller speaks at a stretch: who listens keeps no more in mind than some time. Where the voice goes on, it is
/// stopped at its quietest place after so long.
const LONGEST_STRETCH: usize = frames(15_500) as usize;
const LONG_STRETCH: usize = frames(11_000) as usize;
/// Who is heard earlier than this after the voice begins doesn't wait for its end.
const OVERLAP: usize = frames(1_500) as usize;

const fn frames(milliseconds: u32) -> u32 {
    milliseconds / (FRAME.as_millis() as u32)
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    Listen,
    /// Speaks the frame of this number.
    Speak(usize),
    HangUp,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Stage {
    #[default]
    Greeting,
    Speaking,
    /// Waits whether the other side takes its turn, until so many frames have passed.
    Offering(u32),
    /// Listens to an answer in the middle of the voice.
    Answer,
    Reply,
}

/// What the caller said at a stretch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Stretch {
    /// The first frame of the voice in it.
    pub(crate) from: usize,
    /// Frames from the start of the call until it was spoken.
    pub(crate) spoke_after: u32,
}

/// The caller's course through the call. Time is counted in frames.
#[derive(Debug, Default)]
pub(crate) struct Script {
    /// How loud each frame of the recording is, and whether there is a voice in it.
    levels: Vec<(Level, bool)>,
    stage: Stage,
    elapsed: u32,
    /// Since anything was heard.
    quiet: u32,
    /// Whether anything was heard since the greeting ended, and a mark after it. What is heard while the caller still
    /// speaks belongs to the reply.
    has_heard: bool,
    has_mark: bool,
    /// Whether the other side speaks while the caller does, so that no turns are taken.
    overlaps: bool,
    /// Frames from the start of the call until the first sound.
    pub(crate) answered_after: Option<u32>,
    /// Frames of sound before the caller spoke.
    pub(crate) greeting: u32,
    /// What the caller said.
    pub(crate) stretches: Vec<Stretch>,
    /// How many frames of the voice were spoken.
    pub(crate) spoken: usize,
    now: u32,
}

impl Script {
    pub(crate) fn new(voice: &[Frame]) -> Self {
        let mut ear = Voice::default();
        let levels = voice.iter().map(|frame| {
            let is_voiced = ear.is_in(frame);
            (ear.level(), is_voiced)
        });
        Self { levels: levels.collect(), ..Self::default() }
    }

    /// What to do in this frame's time, given what is played in it.
    pub(crate) fn next(&mut self, played: &Played) -> Step {
        self.notice(played);
        let step = match self.stage {
            Stage::Greeting => {
                let is_silent = self.answered_after.is_none() && self.elapsed >= ANSWER;
                let is_over =
                    self.answered_after.is_some() && self.is_over(LONGEST_GREETING, PAUSE);
                if is_silent || is_over { self.speak() } else { Step::Listen }
            }
            Stage::Speaking => self.speak_on(played),
            Stage::Offering(_) if played.is_audible => self.turn_to(Stage::Answer),
            Stage::Offering(until) if self.elapsed >= until => self.speak(),
            Stage::Answer if self.is_over(LONGEST_REPLY, 1) => self.speak(),
            Stage::Reply if !self.has_heard && self.elapsed >= THINKING => Step::HangUp,
            Stage::Reply if self.is_over(LONGEST_REPLY, FINISHED) => Step::HangUp,
            Stage::Offering(_) | Stage::Answer | Stage::Reply => Step::Listen,
        };
        self.now += 1;
        self.elapsed += 1;
        step
    }

    fn turn_to(&mut self, stage: Stage) -> Step {
        (self.stage, self.elapsed) = (stage, 0);
        Step::Listen
    }

    /// Begins to speak, or goes on.
    fn speak(&mut self) -> Step {
        self.turn_to(Stage::Speaking);
        self.stretches.push(Stretch { from: self.spoken, spoke_after: self.now });
        (self.has_heard, self.has_mark) = (false, false);
        self.say()
    }

    fn say(&mut self) -> Step {
        if self.spoken == self.levels.len() {
            return self.turn_to(Stage::Reply);
        }
        self.spoken += 1;
        Step::Speak(self.spoken - 1)
    }

    fn speak_on(&mut self, played: &Played) -> Step {
        let begun = self.stretches.last().map_or(0, |stretch| stretch.from);
        let length = self.spoken - begun;
        if played.is_audible && length < OVERLAP {
            if self.stretches.len() == 1 {
                self.overlaps = true;
            } else {
                // The rest of an answer is no reply to what is being said.
                (self.has_heard, self.has_mark) = (false, false);
            }
        } else if self.overlaps || self.is_rest_quiet() {
            return self.say();
        } else if played.is_audible {
            return self.turn_to(Stage::Answer);
        } else if self.pauses_since(begun) {
            return self.turn_to(Stage::Offering(TAKES_TURN - TURN));
        } else if self.spoken == self.longest_from(begun) {
            return self.turn_to(Stage::Offering(FINISHED));
        }
        self.say()
    }

    /// Whether the voice has just come to a pause in which others may speak.
    fn pauses_since(&self, begun: usize) -> bool {
        let before = &self.levels[begun..self.spoken];
        let pause = before.iter().rev().take_while(|(_, is_voiced)| !is_voiced).count();
        pause == TURN as usize && before.iter().any(|(_, is_voiced)| *is_voiced)
    }

    fn is_rest_quiet(&self) -> bool {
        self.levels[self.spoken..].iter().all(|(_, is_voiced)| !is_voiced)
    }

    /// Where a stretch that begins there ends at the latest.
    fn longest_from(&self, begun: usize) -> usize {
        let rest = &self.levels[begun..];
        let Some(late) = rest.get(LONG_STRETCH..LONGEST_STRETCH) else { return self.levels.len() };
        let quietest = late
            .iter()
            .enumerate()
            .min_by(|(_, one), (_, other)| one.0.decibels().total_cmp(&other.0.decibels()));
        begun + LONG_STRETCH + quietest.map_or(0, |(place, _)| place)
    }

    /// What the caller said, from its first sound of a voice to its last, as frames of the recording, and when it was said, in
    /// frames since the start of the call. In what was not said there is a voice, too, which nobody can have heard.
    pub(crate) fn turns(&self) -> impl Iterator<Item = (Range<usize>, usize)> {
        let has_voice = self.levels.iter().any(|(_, is_voiced)| *is_voiced);
        let is_voiced = move |frame: &usize| self.levels[*frame].1 || !has_voice;
        let ends = self.stretches.iter().skip(1).map(|next| next.from).chain([self.levels.len()]);
        self.stretches.iter().zip(ends).filter_map(move |(stretch, end)| {
            let first = (stretch.from..end).find(is_voiced)?;
            let last = (stretch.from..end).rfind(is_voiced)?;
            Some((first..last + 1, stretch.spoke_after as usize + first - stretch.from))
        })
    }

    fn notice(&mut self, played: &Played) {
        if played.is_audible {
            self.quiet = 0;
            self.has_heard = true;
            self.answered_after.get_or_insert(self.now);
            if self.stage == Stage::Greeting {
                self.greeting += 1;
            }
        } else {
            self.quiet += 1;
        }
        self.has_mark |= self.has_heard && !played.marks.is_empty();
    }

    /// Whether the other side has spoken and finished: it says so with a mark, or nothing is heard for long.
    fn is_over(&self, longest: u32, after_mark: u32) -> bool {
        let finished =
            if self.has_mark { self.quiet >= after_mark } else { self.quiet >= FINISHED };
        self.has_heard && finished || self.elapsed >= longest
    }
}

#[cfg(test)]
mod tests {
    use audio::FRAME_SAMPLES;

    use super::*;

    fn sound() -> Played {
        Played { is_audible: true, marks: Vec::new() }
    }

    fn quiet() -> Played {
        Played { is_audible: false, marks: Vec::new() }
    }

    fn mark() -> Played {
        Played { is_audible: false, marks: vec!["end".to_owned()] }
    }

    /// A voice for so many frames, then silence, by turns.
    fn voice(stretches: &[usize]) -> Vec<Frame> {
        let frames = crate::frames(&crate::voice());
        // Without a pause in it.
        let voice = frames[15..80].iter().copied().cycle();
        let stretch = |(number, length): (usize, &usize)| match number % 2 {
            0 => voice.clone().take(*length).collect(),
            _ => vec![[0; FRAME_SAMPLES]; *length],
        };
        stretches.iter().enumerate().flat_map(stretch).collect()
    }

    /// One that speaks already, to a side that has said nothing.
    fn speaking(stretches: &[usize]) -> Script {
        let mut script = Script::new(&voice(stretches));
        while script.next(&quiet()) != Step::Speak(0) {}
        script
    }

    /// How many frames it speaks until it listens, if so much is heard meanwhile.
    fn spoken(script: &mut Script, heard: fn() -> Played) -> usize {
        (0..).take_while(|_| matches!(script.next(&heard()), Step::Speak(_))).count()
    }

    #[test]
    fn the_caller_waits_for_the_end_of_the_greeting_speaks_waits_for_the_reply_and_hangs_up() {
        let mut script = Script::new(&voice(&[3]));
        for _ in 0..10 {
            assert_eq!(script.next(&quiet()), Step::Listen);
        }
        for _ in 0..50 {
            assert_eq!(script.next(&sound()), Step::Listen);
        }
        assert_eq!(script.next(&mark()), Step::Listen);
        for _ in 2..PAUSE {
            assert_eq!(script.next(&quiet()), Step::Listen);
        }
        assert_eq!(
            [0, 1, 2].map(|_| script.next(&quiet())),
            [Step::Speak(0), Step::Speak(1), Step::Speak(2)]
        );
        for _ in 0..30 {
            assert_eq!(script.next(&quiet()), Step::Listen, "the other side thinks");
        }
        for _ in 0..3 {
            assert_eq!(script.next(&sound()), Step::Listen);
        }
        assert_eq!(script.next(&mark()), Step::Listen);
        for _ in 2..FINISHED {
            assert_eq!(script.next(&quiet()), Step::Listen);
        }
        assert_eq!(script.next(&quiet()), Step::HangUp);
        let stretch = Stretch { from: 0, spoke_after: 60 + PAUSE - 1 };
        assert_eq!(
            (script.answered_after, script.greeting, script.stretches),
            (Some(10), 50, vec![stretch])
        );
    }

    #[test]
    fn a_side_that_says_nothing_is_spoken_to_and_hung_up_on() {
        let mut script = Script::new(&voice(&[3]));
        let waited = (0..).take_while(|_| script.next(&quiet()) != Step::HangUp).count();
        assert!(waited.abs_diff((ANSWER + THINKING) as usize) < 8, "{waited}");
        assert_eq!((script.spoken, script.greeting), (3, 0));
    }

    #[test]
    fn a_side_that_greets_and_then_falls_silent_is_hung_up_on() {
        let mut script = Script::new(&voice(&[1]));
        script.next(&sound());
        let waited = (0..).take_while(|_| script.next(&quiet()) != Step::HangUp).count();
        assert!(waited.abs_diff((FINISHED + THINKING) as usize) < 5, "{waited}");
    }

    #[test]
    fn a_side_that_never_falls_silent_is_interrupted_and_hung_up_on() {
        let mut script = Script::new(&voice(&[2_000]));
        let waited = (0..).take_while(|_| script.next(&sound()) != Step::HangUp).count();
        let expected = (LONGEST_GREETING + LONGEST_REPLY) as usize + 2_000;
        assert!(waited.abs_diff(expected) < 5, "{waited}");
        assert_eq!(script.spoken, 2_000, "nobody waits for it to end");
    }

    #[test]
    fn in_a_pause_the_other_side_may_answer_and_is_heard_out() {
        let mut script = speaking(&[100, 40, 50]);
        assert_eq!(spoken(&mut script, quiet), 100 + TURN as usize - 1);
        assert_eq!(script.next(&sound()), Step::Listen);
        for _ in 0..100 {
            assert_eq!(script.next(&sound()), Step::Listen);
        }
        assert_eq!(script.next(&mark()), Step::Speak(100 + TURN as usize));
        for _ in 0..20 {
            assert!(matches!(script.next(&sound()), Step::Speak(_)), "its rest is talked over");
        }
        assert_eq!(spoken(&mut script, quiet), 69 - TURN as usize);
        assert_eq!(script.stretches.len(), 2);
        let waited = (0..).take_while(|_| script.next(&quiet()) != Step::HangUp).count();
        assert!(waited.abs_diff(THINKING as usize) < 5, "{waited}: the reply is waited for");
    }

    #[test]
    fn where_nobody_answers_in_a_pause_the_voice_goes_on() {
        let mut script = speaking(&[100, 40, 50]);
        spoken(&mut script, quiet);
        let waited = (0..).take_while(|_| script.next(&quiet()) == Step::Listen).count();
        assert_eq!(waited, (TAKES_TURN - TURN) as usize - 1);
    }

    #[test]
    fn nobody_is_spoken_to_for_longer_than_they_listen() {
        let mut script = speaking(&[3_000]);
        let stretch = 1 + spoken(&mut script, quiet);
        assert!((LONG_STRETCH..=LONGEST_STRETCH).contains(&stretch), "{stretch}");
        let mut whole = speaking(&[750]);
        assert_eq!(spoken(&mut whole, quiet), 749, "15 s are said in one go");
    }

    #[test]
    fn who_is_talked_over_stops_and_who_always_is_does_not() {
        let mut script = speaking(&[400]);
        for _ in 0..200 {
            script.next(&quiet());
        }
        assert_eq!(script.next(&sound()), Step::Listen);
        let mut script = speaking(&[400]);
        assert_eq!(spoken(&mut script, sound), 399);
    }
}
