//! The engine's sound on its way to the caller: what is to be sent, and when. Time is handed in.
//!
//! Frames are due on an absolute 20 ms clock, a little ahead of when they will be heard. The lead keeps the caller's
//! buffer from running dry, and is short, so that little is left to be cleared when the caller cuts in.
//!
//! The caller's own frames come as often as ours go out. So ours go along with them, a little before their time: to be woken
//! for each by the clock, too, would make a call cost half as much again.

use std::collections::VecDeque;
use std::time::Duration;

use audio::{Converter, FRAME, Level, Rate};
use tokio::sync::oneshot;
use tokio::time::Instant;

use super::gaps::Gaps;
use super::steps::{Cue, Mark, Out, Played, Step, Tally};
use super::stream::Stream;
use crate::conversation::sound::Sound;
use crate::meter::Meter;

/// How long before it is heard a frame is sent.
pub(super) const LEAD: Duration = Duration::from_millis(70);
/// By how much a frame may go before its time, along with one of the caller's.
const EARLIEST: Duration = FRAME;
/// How long after the last a frame goes that was to go along with one of the caller's, if none comes.
const LATEST: Duration = Duration::from_millis(24);
/// How many frames of silence go before the first sound of a model. They are the lead, and one frame more: pieces may come
/// that much late without a frame being so.
const CUSHION: usize = LEAD.as_millis().div_ceil(FRAME.as_millis()) as usize + 1;
/// How much sound may wait. It is more than the longest utterance and the longest announcement together.
const LONGEST: Duration = Duration::from_secs(60);
/// How long after it should have been reached a mark's echo is waited for.
const PATIENCE: Duration = Duration::from_secs(1);
/// Of how many marks the echo is waited for; some callers never send it.
const MARKS: usize = 16;

#[derive(Default)]
pub(crate) struct Playout {
    /// The rate of what is sent.
    rate: Rate,
    /// From the other rate to this one, once there is sound to be brought to it.
    converter: Option<Converter>,
    patience: Duration,
    waiting: VecDeque<Queued>,
    notice: Option<Notice>,
    must_clear: bool,
    /// When what is sent next will be heard, as long as something is.
    heard_at: Option<Instant>,
    /// Until when the caller hears what was said, or a model. Silence in between isn't counted.
    sounds_until: Option<Instant>,
    /// Whether silence is sent while nothing is said, for a player that must not run dry.
    fills_pauses: bool,
    /// Until when the caller hears sound that went to them as it is.
    passed_until: Option<Instant>,
    /// Whether the lead is being built up, by frames that go out at once.
    is_filling: bool,
    /// When the last frame went out.
    last: Option<Instant>,
    /// Whether the call has ended, so that nobody hears anything any more.
    is_over: bool,
    /// Marks that were sent and have not come back.
    marks: VecDeque<Sent>,
    /// Who wants to know how something ended.
    listeners: Vec<(Mark, oneshot::Sender<Played>)>,
    level: Meter,
    gaps: Gaps,
    pub(crate) tally: Tally,
    stream: Stream,
}

/// Sound that waits, and the mark that follows it.
struct Queued {
    sound: Sound,
    sent: usize,
    /// How many of its words were told.
    told: usize,
    mark: Mark,
}

/// What the caller must know.
struct Notice {
    sound: Sound,
    mark: Mark,
    /// Whether it is still to be said, or to be said again.
    waits: bool,
}

impl Queued {
    fn unsent(&self) -> Duration {
        let whole = self.sound.duration_of(self.sound.len());
        whole.saturating_sub(self.sound.duration_of(self.sent))
    }
}

struct Sent {
    mark: Mark,
    /// When it should be reached.
    expected: Instant,
    /// How long the sound before it is.
    length: Duration,
}

impl Playout {
    /// For a side that hears sound of this rate, and may tell which marks it has reached.
    pub(crate) fn new(rate: Rate, has_marks: bool) -> Self {
        let patience = if has_marks { PATIENCE } else { Duration::ZERO };
        Self { rate, patience, ..Self::default() }
    }

    /// Appends sound and the mark that follows it. What is returned tells how it ended.
    pub(crate) fn say(&mut self, sound: Sound, mark: Mark) -> oneshot::Receiver<Played> {
        self.queue(sound, mark);
        self.listen(mark)
    }

    fn queue(&mut self, sound: Sound, mark: Mark) {
        let mut total = sound.duration_of(sound.len())
            + self.waiting.iter().map(Queued::unsent).sum::<Duration>();
        while total > LONGEST {
            let Some(oldest) = self.waiting.pop_front() else { break };
            total -= oldest.unsent();
            self.tally.dropped += 1;
            self.settle(oldest.mark, Played::Cut { after: oldest.sound.duration_of(oldest.sent) });
        }
        self.waiting.push_back(Queued { sound, sent: 0, told: 0, mark });
    }

    fn listen(&mut self, mark: Mark) -> oneshot::Receiver<Played> {
        let (listener, played) = oneshot::channel();
        if !self.is_over {
            self.listeners.push((mark, listener));
        }
        played
    }

    /// The caller speaks: drops what they are being told, and leaves alone a model that merely breathes.
    pub(crate) fn cut_in(&mut self, now: Instant) {
        if self.is_heard() || self.stream.is_idle() {
            self.hush(now);
        }
    }

    /// Drops what hasn't been heard, and has the caller's side drop it, too.
    pub(crate) fn hush(&mut self, now: Instant) {
        // Where marks are outstanding the caller's side may still be playing, whatever our clock says.
        let may_be_heard =
            !self.waiting.is_empty() || self.sounds_until.is_some() || !self.marks.is_empty();
        self.stream.clear();
        if may_be_heard {
            for piece in std::mem::take(&mut self.waiting) {
                self.settle(piece.mark, Played::Cut { after: self.heard_of(&piece, now) });
            }
            self.clear(now);
        }
    }

    /// Drops what belongs to this mark and hasn't been heard, and nothing else that waits.
    pub(crate) fn retract(&mut self, mark: Mark, now: Instant) {
        if self.take_notice(mark) {
            self.settle(mark, Played::Cut { after: Duration::ZERO });
        } else if let Some(place) = self.waiting.iter().position(|piece| piece.mark == mark) {
            let Some(piece) = self.waiting.remove(place) else { return };
            self.settle(mark, Played::Cut { after: self.heard_of(&piece, now) });
            if piece.sent > 0 {
                self.clear(now);
            }
        } else if self.marks.iter().any(|sent| sent.mark == mark && sent.expected > now) {
            self.clear(now);
        }
    }

    /// What is to be done next. Where a frame is to be sent, it lies in `frame` then.
    pub(crate) fn step(&mut self, now: Instant, cue: Cue, frame: &mut Vec<i16>) -> Step {
        if std::mem::take(&mut self.must_clear) {
            return Step::Send(Out::Clear);
        }
        self.give_up_on_echoes(now);
        let Some(Queued { sound, sent, told, mark }) = self.waiting.front_mut() else {
            return self.step_stream(now, frame);
        };
        if let Some(word) = sound.word(*told, *sent) {
            *told += 1;
            return Step::Send(Out::Word(word.to_owned()));
        }
        if *sent >= sound.len() {
            let (mark, length) = (*mark, sound.duration_of(sound.len()));
            self.waiting.pop_front();
            self.await_echo(mark, length, now);
            return Step::Send(Out::Mark(mark));
        }
        let heard_at = self.heard_at.filter(|&at| at >= now).unwrap_or(now);
        let rest = rest(heard_at, self.last, now, cue);
        if !rest.is_zero() {
            self.is_filling = false;
            return Step::Wait(now + rest);
        }
        let is_gap = *sent > 0 && self.heard_at != Some(heard_at);
        self.is_filling |= self.heard_at != Some(heard_at);
        if self.is_filling && !is_gap {
            self.gaps.restart();
        }
        self.gaps.note(now);
        self.tally.gaps += u32::from(is_gap);
        sound.frame(*sent, frame);
        *sent += sound.rate().frame_samples();
        if sound.rate() != self.rate {
            let converter = || Converter::new(sound.rate(), self.rate);
            *frame = self.converter.get_or_insert_with(converter).push(frame).into_owned();
        }
        self.last = Some(now);
        self.heard_at = Some(heard_at + FRAME);
        self.sounds_until = self.heard_at;
        self.tally.sound += FRAME;
        self.level.note(Level::of(frame));
        Step::Send(Out::Frame)
    }

    pub(crate) fn played(&mut self, mark: Mark, now: Instant) {
        let Some(position) = self.marks.iter().position(|sent| sent.mark == mark) else { return };
        let echoed: Vec<Sent> = self.marks.drain(..=position).collect();
        for Sent { mark, expected, .. } in echoed {
            let round_trip = now.saturating_duration_since(expected);
            self.tally.round_trip = Some(round_trip);
            self.tally.slowest_echo = self.tally.slowest_echo.max(round_trip);
            self.settle(mark, Played::Whole { round_trip: Some(round_trip) });
        }
    }

    /// The call has ended: whoever waits to know how something ended learns that.
    pub(crate) fn finish(&mut self) {
        self.is_over = true;
        self.notice = None;
        self.listeners.clear();
    }

    /// Whether the caller hears something, or is about to. A model that merely breathes isn't heard.
    pub(crate) fn is_heard(&self) -> bool {
        let is_streaming = !self.stream.is_idle();
        !self.waiting.is_empty()
            || self.stream.is_speech()
            || (self.sounds_until.is_some() && !is_streaming)
    }

    /// How loud what is sent is, be it speech or not.
    pub(crate) fn level(&self) -> Meter {
        self.level
    }

    pub(crate) fn gaps(&self) -> wire::Gaps {
        self.gaps.summary()
    }

    fn end(&mut self, now: Instant) -> Step {
        self.heard_at = self.heard_at.filter(|&at| at > now);
        self.sounds_until = self.sounds_until.filter(|&until| until > now);
        self.passed_until = self.passed_until.filter(|&until| until > now);
        let sounds_until = self.sounds_until.or(self.passed_until);
        if sounds_until.is_none() {
            self.level = Meter::default();
            self.stream.fall_silent();
        }
        let waits_for =
            |mark| self.listeners.iter().any(|(of, listener)| *of == mark && !listener.is_closed());
        let echo = self
            .marks
            .iter()
            .find(|sent| waits_for(sent.mark))
            .map(|sent| sent.expected + self.patience);
        sounds_until.or(echo).map_or(Step::Rest, Step::Wait)
    }

    /// What has been heard of a piece.
    fn heard_of(&self, piece: &Queued, now: Instant) -> Duration {
        let unheard = self.heard_at.map_or(Duration::ZERO, |at| at.saturating_duration_since(now));
        piece.sound.duration_of(piece.sent).saturating_sub(unheard)
    }

    /// Has the caller's side drop what it was sent.
    fn clear(&mut self, now: Instant) {
        for Sent { mark, expected, length } in std::mem::take(&mut self.marks) {
            let unheard = expected.saturating_duration_since(now);
            let played = if unheard.is_zero() {
                Played::Whole { round_trip: None }
            } else {
                Played::Cut { after: length.saturating_sub(unheard) }
            };
            self.settle(mark, played);
        }
        // A player that is sent silence may not be able to forget what it has.
        self.heard_at = self.heard_at.filter(|_| self.fills_pauses);
        self.sounds_until = None;
        self.must_clear = true;
        self.tally.clears += 1;
    }

    /// Takes for heard what should have been, where the carrier doesn't say so for too long: not all send marks back.
    fn give_up_on_echoes(&mut self, now: Instant) {
        let overdue = |sent: &&Sent| sent.expected + self.patience <= now;
        let marks: Vec<Mark> =
            self.marks.iter().take_while(overdue).map(|sent| sent.mark).collect();
        for mark in marks {
            self.settle(mark, Played::Whole { round_trip: None });
        }
    }

    fn settle(&mut self, mark: Mark, played: Played) {
        if self.is_to_be_said_again(mark, played) {
            return;
        }
        if let Some(place) = self.listeners.iter().position(|(of, _)| *of == mark) {
            // Nobody may want to know any more.
            let _ = self.listeners.swap_remove(place).1.send(played);
        }
    }

    fn await_echo(&mut self, mark: Mark, length: Duration, now: Instant) {
        if self.marks.len() == MARKS
            && let Some(oldest) = self.marks.pop_front()
        {
            self.settle(oldest.mark, Played::Whole { round_trip: None });
        }
        self.marks.push_back(Sent { mark, expected: self.heard_at.unwrap_or(now), length });
    }
}

/// How long a frame that will be heard then has to wait for its time, or for one of the caller's.
fn rest(heard_at: Instant, last: Option<Instant>, now: Instant, cue: Cue) -> Duration {
    let early = heard_at.saturating_duration_since(now).saturating_sub(LEAD);
    let too_early = early.saturating_sub(EARLIEST);
    match cue {
        Cue::Caller if too_early.is_zero() => Duration::ZERO,
        Cue::Caller | Cue::Clock => {
            let since = last.map_or(Duration::ZERO, |last| now.saturating_duration_since(last));
            early.min(too_early.max(LATEST.saturating_sub(since)))
        }
    }
}

mod model;
mod notice;
#[cfg(test)]
mod notice_tests;
mod silence;
#[cfg(test)]
mod silence_tests;
#[cfg(test)]
mod stream_tests;
#[cfg(test)]
mod tests;
