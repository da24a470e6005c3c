//! Calls in words.

use wire::{Call, CallPhase, Carrier, Timestamp};

use super::span;

/// A call in one line.
#[must_use]
pub fn call(call: &Call, now: Timestamp) -> String {
    let Call { id, from, since, phase, heard, said, .. } = call;
    let (who, age) = (carrier(*from), span(*since, now));
    let mut words = format!("call {id} from {who} for {age}, {}", goes_on(*phase));
    words += &format!(", heard {} s", heard.sound_ms / 1_000);
    if heard.lost_ms > 0 {
        words += &format!(" and lost {} ms", heard.lost_ms);
    }
    words += &format!(", said {} s", said.sound_ms / 1_000);
    if said.gaps.late > 0 {
        words += &format!(" with {} late frames", said.gaps.late);
    }
    if let Some(round_trip) = said.round_trip_ms {
        words += &format!(", round trip {round_trip} ms");
    }
    words
}

fn carrier(carrier: Carrier) -> &'static str {
    match carrier {
        Carrier::Twilio => "Twilio",
        Carrier::Telnyx => "Telnyx",
        Carrier::Plivo => "Plivo",
        Carrier::Moshi => "a MOSHI client",
    }
}

fn goes_on(phase: CallPhase) -> &'static str {
    match phase {
        CallPhase::Quiet => "nobody speaks",
        CallPhase::Caller => "the caller speaks",
        CallPhase::Engine => "we speak",
    }
}
