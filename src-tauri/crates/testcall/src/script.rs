//! What the caller does, frame by frame: listens to the greeting, speaks, listens to what comes back, hangs up.

use audio::FRAME;

use crate::playback::Played;

/// How long to wait for the first sound of the other side.
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
    Speaking(usize),
    Reply,
}

/// The caller's course through the call. Time is counted in frames.
#[derive(Debug, Default)]
pub(crate) struct Script {
    voice_frames: usize,
    stage: Stage,
    elapsed: u32,
    /// Since anything was heard.
    quiet: u32,
    /// Whether anything was heard since the greeting ended, and a mark after it. What is heard while the caller still
    /// speaks belongs to the reply.
    has_heard: bool,
    has_mark: bool,
    /// Frames from the start of the call until the first sound.
    pub(crate) answered_after: Option<u32>,
    /// Frames of sound before the caller spoke.
    pub(crate) greeting: u32,
    /// Frames from the start of the call until the caller spoke.
    pub(crate) spoke_after: Option<u32>,
    now: u32,
}

impl Script {
    pub(crate) fn new(voice_frames: usize) -> Self {
        Self { voice_frames, ..Self::default() }
    }

    /// What to do in this frame's time, given what is played in it.
    pub(crate) fn next(&mut self, played: &Played) -> Step {
        self.notice(played);
        let step = match self.stage {
            Stage::Greeting if self.answered_after.is_none() && self.elapsed >= ANSWER => {
                Step::HangUp
            }
            Stage::Greeting if self.is_over(LONGEST_GREETING, PAUSE) => {
                self.spoke_after = Some(self.now);
                self.stage = Stage::Speaking(0);
                (self.has_heard, self.has_mark) = (false, false);
                Step::Speak(0)
            }
            Stage::Speaking(last) if last + 1 < self.voice_frames => {
                self.stage = Stage::Speaking(last + 1);
                Step::Speak(last + 1)
            }
            Stage::Speaking(_) => {
                self.stage = Stage::Reply;
                self.elapsed = 0;
                Step::Listen
            }
            Stage::Reply if !self.has_heard && self.elapsed >= THINKING => Step::HangUp,
            Stage::Reply if self.is_over(LONGEST_REPLY, FINISHED) => Step::HangUp,
            Stage::Greeting | Stage::Reply => Step::Listen,
        };
        self.now += 1;
        self.elapsed += 1;
        step
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

    #[test]
    fn the_caller_waits_for_the_end_of_the_greeting_speaks_waits_for_the_reply_and_hangs_up() {
        let mut script = Script::new(3);
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
        assert_eq!(
            (script.answered_after, script.greeting, script.spoke_after),
            (Some(10), 50, Some(60 + PAUSE - 1))
        );
    }

    #[test]
    fn a_side_that_says_nothing_is_hung_up_on() {
        let mut script = Script::new(3);
        let waited = (0..).take_while(|_| script.next(&quiet()) != Step::HangUp).count();
        assert_eq!(waited, ANSWER as usize);
    }

    #[test]
    fn a_side_that_greets_and_then_falls_silent_is_hung_up_on() {
        let mut script = Script::new(1);
        script.next(&sound());
        let waited = (0..).take_while(|_| script.next(&quiet()) != Step::HangUp).count();
        assert!(waited.abs_diff((FINISHED + THINKING) as usize) < 5, "{waited}");
    }
}
