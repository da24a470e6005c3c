//! What is shown of a call.

use std::time::Duration;

use tracing::{info, warn};

use super::hearing::Hearing;
use super::hold::OngoingCall;
use crate::ending::Ending;

/// Every how many messages or frames a call's figures are shown: five times a second.
pub(super) const SHOWN_EVERY: u32 = 10;

impl OngoingCall {
    pub(super) fn show_phase(&self) {
        let phase = self.handle.mouth.phase();
        self.entry.note(|call| call.phase = phase);
    }

    pub(super) fn show_heard(&self, hearing: &Hearing) {
        let (tally, level) = (hearing.tally, hearing.level);
        self.entry.note(|call| {
            call.heard = wire::Heard {
                level_dbfs: level.dbfs(),
                sound_ms: milliseconds(tally.sound),
                lost_ms: milliseconds(tally.lost),
                lag_ms: u32::try_from(tally.lag.as_millis()).unwrap_or(u32::MAX),
                utterances: tally.utterances,
                keys: tally.keys,
                dropped: tally.dropped,
                odd: tally.odd,
                steps: tally.steps,
            };
        });
    }

    pub(super) fn show_said(&self) {
        let said = self.handle.mouth.playout(|playout| {
            let tally = playout.tally;
            wire::Said {
                level_dbfs: playout.level().dbfs(),
                sound_ms: milliseconds(tally.sound),
                clears: tally.clears,
                gaps: playout.gaps(),
                round_trip_ms: tally
                    .round_trip
                    .map(|time| u32::try_from(time.as_millis()).unwrap_or(u32::MAX)),
            }
        });
        self.entry.note(|call| call.said = said);
    }

    pub(super) fn log(&self, ending: &Ending, hearing: &Hearing) {
        let (heard, said) = (hearing.tally, self.handle.mouth.playout(|playout| playout.tally));
        if heard.dropped + u64::from(said.dropped) > 0 {
            warn!(
                heard = heard.dropped,
                said = said.dropped,
                "sound was dropped because too much waited"
            );
        }
        info!(
            %ending,
            heard = ?heard.sound,
            lost = ?heard.lost,
            longest_lag = ?heard.longest_lag,
            utterances = heard.utterances,
            keys = heard.keys,
            ignored = heard.ignored,
            odd = heard.odd,
            steps = heard.steps,
            said = ?said.sound,
            clears = said.clears,
            gaps = said.gaps,
            slowest_echo = ?said.slowest_echo,
            "the call ended"
        );
    }
}

pub(super) fn milliseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
