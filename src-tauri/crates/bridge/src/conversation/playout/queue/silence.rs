//! Silence for callers whose player complains when it runs dry, as those of MOSHI clients do: a model never stops sending.

use super::*;

/// How many frames go at once: as many as a model makes, for to be woken for each would cost four times as much.
const AT_ONCE: u32 = 4;

impl Playout {
    /// From now on silence is sent while nothing is said. It counts neither as sound nor as a gap.
    pub(crate) fn fill_pauses(&mut self) {
        self.fills_pauses = true;
    }

    /// Silence if it is due, and the `end` of what was said otherwise.
    pub(super) fn silence(&mut self, end: Step, now: Instant, frame: &mut Vec<i16>) -> Step {
        let heard_at = self.heard_at.unwrap_or(now);
        // A model that is late goes on in a moment.
        let (lead, frames) = if self.stream.runs(now) { (FRAME, 1) } else { (LEAD, AT_ONCE) };
        if heard_at > now + lead {
            let due = heard_at - lead;
            return Step::Wait(if let Step::Wait(end) = end { end.min(due) } else { due });
        }
        if frames == AT_ONCE {
            self.gaps.restart();
        }
        frame.clear();
        frame.resize(self.rate.frame_samples() * frames as usize, 0);
        self.heard_at = Some(heard_at + FRAME * frames);
        Step::Send(Out::Silence)
    }
}
