//! Whether a model still answers, judged by what its server sends. Time is handed in.
//!
//! A model of the MOSHI protocol sends sound all the time, also while it says nothing, so its sound is due for as long as it is
//! sent the caller's. That a server does so is known by what it has sent in this session: a second of silence, or as much as
//! it was sent from the first moment on. From one that has shown neither nothing is due; such a one has stalled when it
//! doesn't even answer a ping, as it did before.
//!
//! Time counts as far as this program has lived through it: who is woken late, because the machine slept or had no time to
//! spare, may not have heard what came.

use std::time::Duration;

use audio::{Level, Rate};
use tokio::time::Instant;

/// A model whose sound is due has stalled after that long without sound and words.
const STALLED: Duration = Duration::from_secs(1);
/// Words that come for longer than that without any sound are no sign of life: nobody hears them.
const MUTE: Duration = Duration::from_secs(3);
/// How much of the caller's sound it must have been sent meanwhile.
const ENOUGH_SENT: Duration = Duration::from_millis(800);
/// How long after it has stalled the caller is told, and after how long again.
const TOLD_AFTER: Duration = Duration::from_secs(2);
const TOLD_AGAIN: Duration = Duration::from_secs(10);
/// A server that has stalled is left after that long, or sooner where there is another to be asked.
const PATIENCE: Duration = Duration::from_secs(25);
const PATIENCE_WITH_ANOTHER: Duration = Duration::from_secs(10);
/// A server from which nothing comes for that long is asked whether it is there, and again as often as that.
const ASKED_AFTER: Duration = Duration::from_millis(400);
const ASKED_AGAIN: Duration = Duration::from_secs(1);
/// How often any server is asked.
const ASKED_ANYWAY: Duration = Duration::from_secs(5);
/// How long a server may take to answer that.
const UNANSWERED: Duration = Duration::from_millis(500);
/// How often it is looked after a server from which nothing comes.
const LOOK: Duration = Duration::from_millis(100);
/// By how much later than it should be a rest may end and still count as a whole.
const LEEWAY: Duration = Duration::from_millis(100);
/// What is quieter is the breath of a model that listens.
const SPEECH: Level = Level::dbfs(-52.0);
/// How much of that in a row shows that a server sends sound also while its model says nothing.
const SHOWN_BY_SILENCE: Duration = Duration::from_secs(1);
/// How much sound shows the same that has kept pace with the caller's from the first moment on, and how far apart they may be.
const SHOWN_BY_PACE: Duration = Duration::from_secs(6);
const APART: Duration = Duration::from_secs(1);
/// Between two pieces of the caller's sound is no more of it than that.
const LONGEST_PIECE: Duration = Duration::from_millis(100);
/// Of how many such pieces one is sent to a server that has stalled.
const ONE_OF: u32 = 10;

/// When sound of a server is due.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Due {
    /// It hasn't shown it yet.
    Unknown,
    /// All the time, as it seems: it has kept pace.
    Presumed,
    /// All the time: it has sent silence.
    Always,
    /// Only while its model speaks.
    AtTimes,
}

/// Why a server counts as stalled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Why {
    NoSound,
    NoAnswer,
}

#[derive(Clone, Copy, Debug)]
struct Stall {
    why: Why,
    since: Duration,
    told_at: Duration,
    /// How many pieces of the caller's sound it might have been sent since.
    withheld: u32,
}

/// How it is with a server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Finding {
    /// As it was.
    Same,
    /// It has just stalled.
    Stalled,
    /// It has stalled, and it is time for the caller to know.
    Untold,
    /// It has been stalled, or without any sign, for too long.
    Gone,
}

/// What is known of a server in one session. Points in time are how much time we have lived through since its beginning.
#[derive(Debug)]
pub(super) struct Pulse {
    lived: Duration,
    /// When we were woken last, and how long we meant to rest then.
    woke: Instant,
    rest: Duration,
    /// Whether we don't read what the server sends, because nobody takes it from us.
    is_deaf: bool,
    /// When sound or words came last, and when anything did.
    life: Duration,
    sign: Duration,
    /// Since when, and until when, words have come without sound.
    mute: Option<(Duration, Duration)>,
    /// When a ping was sent last, and since when one is unanswered.
    asked: Duration,
    unanswered: Option<Duration>,
    answers: bool,
    /// When a piece of the caller's sound was sent last, how much was in all and how much since the server's own came.
    sent_at: Instant,
    sent: Duration,
    sent_in_vain: Duration,
    /// How much sound came in all, and how much silence in a row.
    came: Duration,
    silence: Duration,
    due: Due,
    stall: Option<Stall>,
}

impl Pulse {
    /// That of a server which is asked at once whether it is there.
    pub(super) fn new(now: Instant) -> Self {
        let zero = Duration::ZERO;
        Self {
            lived: zero,
            woke: now,
            rest: zero,
            is_deaf: false,
            life: zero,
            sign: zero,
            mute: None,
            asked: zero,
            unanswered: Some(zero),
            answers: false,
            sent_at: now,
            sent: zero,
            sent_in_vain: zero,
            came: zero,
            silence: zero,
            due: Due::Unknown,
            stall: None,
        }
    }

    /// Begins a rest, and tells how long it is to be.
    pub(super) fn rest(&mut self, now: Instant) -> Duration {
        self.live(now);
        let left = ASKED_AFTER.saturating_sub(self.lived - self.life);
        self.rest = if left.is_zero() { LOOK } else { left };
        self.rest
    }

    /// Ends the rest, and tells how it is. Where there is another server this one is left sooner.
    pub(super) fn wake(&mut self, now: Instant, has_another: impl FnOnce() -> bool) -> Finding {
        self.live(now);
        let stall = self.stall_by_now();
        let Some(stall) = &mut self.stall else {
            self.stall = stall;
            let is_gone = stall.is_none() && self.lived - self.sign >= PATIENCE;
            return match stall {
                Some(_) => Finding::Stalled,
                None if is_gone => Finding::Gone,
                None => Finding::Same,
            };
        };
        let stalled = STALLED + (self.lived - stall.since);
        if stalled >= PATIENCE || (stalled >= PATIENCE_WITH_ANOTHER && has_another()) {
            return Finding::Gone;
        }
        if self.lived < stall.told_at {
            return Finding::Same;
        }
        stall.told_at += TOLD_AGAIN;
        Finding::Untold
    }

    /// Whether the server is to be asked whether it is there. It counts as asked.
    pub(super) fn asks(&mut self) -> bool {
        let (since, quiet_at) = (self.lived - self.asked, self.life + ASKED_AFTER);
        let is_quiet = self.lived >= quiet_at;
        let is_again = self.asked >= quiet_at;
        let asks = since >= ASKED_ANYWAY
            || (is_quiet && self.unanswered.is_none() && (!is_again || since >= ASKED_AGAIN));
        if asks {
            self.asked = self.lived;
            self.unanswered.get_or_insert(self.lived);
        }
        asks
    }

    /// Whether the next piece of the caller's sound is to be sent: every piece, and one of many to a server that has stalled.
    pub(super) fn wants_sound(&mut self) -> bool {
        let Some(stall) = &mut self.stall else { return true };
        stall.withheld += 1;
        stall.withheld.is_multiple_of(ONE_OF)
    }

    /// Some of the caller's sound was sent.
    pub(super) fn sends(&mut self, now: Instant) {
        let piece = now.saturating_duration_since(self.sent_at).min(LONGEST_PIECE);
        self.sent_at = now;
        self.sent += piece;
        self.sent_in_vain += piece;
    }

    /// Sound has come, or a message of it that can't be read. Tells whether the server had stalled.
    pub(super) fn sound(&mut self, samples: &[i16], now: Instant) -> bool {
        let length = Rate::Wide.duration_of(samples.len());
        if !samples.is_empty() {
            self.mute = None;
            let is_silent = Level::of(samples) < SPEECH;
            self.silence = if is_silent { self.silence + length } else { Duration::ZERO };
        }
        self.came += length;
        let kept_pace = self.came >= SHOWN_BY_PACE && self.came.abs_diff(self.sent) <= APART;
        if self.silence >= SHOWN_BY_SILENCE {
            self.due = Due::Always;
        } else if self.due == Due::Unknown && kept_pace {
            self.due = Due::Presumed;
        }
        self.lives(now)
    }

    /// Words have come. Tells whether the server had stalled and hasn't any more.
    pub(super) fn words(&mut self, now: Instant) -> bool {
        let lived = self.lived_at(now);
        let in_a_row = self.mute.filter(|(_, last)| lived - *last < STALLED);
        self.mute = Some((in_a_row.map_or(lived, |(first, _)| first), lived));
        if self.is_mute() {
            self.comes(now);
            return false;
        }
        self.lives(now)
    }

    fn is_mute(&self) -> bool {
        self.mute.is_some_and(|(first, last)| last - first >= MUTE)
    }

    /// It lives. Tells whether the server had stalled.
    fn lives(&mut self, now: Instant) -> bool {
        let has_answered = self.unanswered.is_none();
        self.comes(now);
        self.life = self.lived_at(now);
        self.sent_in_vain = Duration::ZERO;
        let stall = self.stall.take();
        let was_presumed = self.due == Due::Presumed && has_answered;
        if stall.is_some_and(|stall| stall.why == Why::NoSound) && was_presumed {
            // It was there all the time, and had nothing to say.
            self.due = Due::AtTimes;
        }
        stall.is_some()
    }

    /// A ping was answered, or one has come. Tells whether the server had stalled and hasn't any more.
    pub(super) fn is_there(&mut self, now: Instant) -> bool {
        self.answers = true;
        self.unanswered = None;
        self.comes(now);
        self.stall.take_if(|stall| stall.why == Why::NoAnswer).is_some()
    }

    /// Something has come.
    pub(super) fn comes(&mut self, now: Instant) {
        self.sign = self.lived_at(now);
    }

    /// Notes whether what the server sends is read.
    pub(super) fn note_deaf(&mut self, is_deaf: bool, now: Instant) {
        self.live(now);
        self.is_deaf = is_deaf;
    }

    fn stall_by_now(&self) -> Option<Stall> {
        if self.lived - self.life < STALLED {
            return None;
        }
        let is_due = matches!(self.due, Due::Presumed | Due::Always) || self.is_mute();
        let asked_in_vain = self.unanswered.is_some_and(|since| self.lived - since >= UNANSWERED);
        let why = if is_due && self.sent_in_vain >= ENOUGH_SENT {
            Why::NoSound
        } else if self.answers && asked_in_vain {
            Why::NoAnswer
        } else {
            return None;
        };
        Some(Stall { why, since: self.lived, told_at: self.lived + TOLD_AFTER, withheld: 0 })
    }

    fn live(&mut self, now: Instant) {
        self.lived = self.lived_at(now);
        self.rest = self.rest.saturating_sub(now.saturating_duration_since(self.woke));
        self.woke = now;
    }

    /// How much time we have lived through.
    fn lived_at(&self, now: Instant) -> Duration {
        if self.is_deaf {
            return self.lived;
        }
        let since = now.saturating_duration_since(self.woke);
        self.lived + since.min(self.rest + LEEWAY)
    }
}

#[cfg(test)]
mod tests;
