//! Sound of a model, which is sent as it comes or has gone by already.

use super::*;

impl Playout {
    /// Appends sound of which there is no end. What is said otherwise is heard first.
    pub(crate) fn stream(&mut self, samples: &[i16], rate: Rate) {
        let surplus = self.stream.push(samples, rate, self.rate);
        self.tally.dropped += u32::try_from(surplus).unwrap_or(u32::MAX);
    }

    /// Notes sound that goes to the caller as it is, without a clock of ours.
    pub(crate) fn note_passed(&mut self, sound: &[i16], now: Instant) {
        let length = self.rate.duration_of(sound.len());
        self.passed_until = Some(self.passed_until.map_or(now, |until| until.max(now)) + length);
        self.tally.sound += length;
        for frame in sound.chunks(self.rate.frame_samples()) {
            let level = Level::of(frame);
            self.stream.note(level);
            self.level.note(level);
        }
    }

    /// What is to be done next, where nothing else is to be said.
    pub(super) fn step_stream(&mut self, now: Instant, frame: &mut Vec<i16>) -> Step {
        let length = self.rate.frame_samples();
        if self.stream.waiting.len() < length {
            let end = self.end(now);
            return if self.fills_pauses { self.silence(end, now, frame) } else { end };
        }
        let heard_at = match self.heard_at.filter(|&at| at >= now) {
            Some(at) => at,
            None => {
                if self.stream.runs(now) {
                    self.gaps.note(now);
                    self.tally.gaps += 1;
                }
                self.is_filling = true;
                for _ in 0..CUSHION * length {
                    self.stream.waiting.push_front(0);
                }
                now
            }
        };
        if heard_at > now + LEAD {
            self.is_filling = false;
            return Step::Wait(heard_at - LEAD);
        }
        if self.is_filling {
            self.gaps.restart();
        }
        self.gaps.note(now);
        frame.clear();
        frame.extend(self.stream.waiting.drain(..length));
        self.stream.last = Some(now);
        self.heard_at = Some(heard_at + FRAME);
        self.sounds_until = self.heard_at;
        self.tally.sound += FRAME;
        let level = Level::of(frame);
        self.stream.note(level);
        self.level.note(level);
        Step::Send(Out::Frame)
    }
}
