//! Calls in words.

use wire::{Call, CallPhase, Carrier, ModelServer, ModelState, Timestamp, plain, span};

/// A call in one line.
pub fn call(call: &Call, now: Timestamp) -> String {
    let Call { id, from, since, phase, heard, said, .. } = call;
    let (who, age) = (carrier(*from), span(*since, now));
    let mut words = format!("call {id} from {who} for {age}, {}", goes_on(*phase));
    words += &format!(", heard {} s", heard.sound_ms / 1_000);
    if heard.lost_ms > 0 {
        words += &format!(" and lost {} ms", heard.lost_ms);
    }
    match heard.odd {
        0 => {}
        1 => words += ", 1 message not understood",
        odd => words += &format!(", {odd} messages not understood"),
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

/// How it is between a call and a speech model.
pub fn model(call: u64, model: &ModelServer) -> String {
    let ModelServer { server, state } = model;
    let server = plain(server);
    match state {
        ModelState::Connecting if server.is_empty() => {
            format!("Call {call} asks for a speech model.")
        }
        ModelState::Connecting => format!("Call {call} asks the speech model at {server}."),
        ModelState::Queued => format!("Call {call} waits for the speech model at {server}."),
        ModelState::Ready => format!("The speech model at {server} answers call {call}."),
        ModelState::Stalled => {
            format!("The speech model at {server} has stopped answering call {call}.")
        }
        ModelState::Lost => format!("The speech model at {server} has left call {call}."),
        ModelState::Reconnecting if server.is_empty() => {
            format!("Call {call} asks for a speech model again.")
        }
        ModelState::Reconnecting => format!("Call {call} asks the speech model at {server} again."),
        ModelState::Unanswered => format!("No speech model answers call {call}."),
    }
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
