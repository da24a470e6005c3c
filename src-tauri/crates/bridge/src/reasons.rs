//! Why callers are turned away, each with what would mend it.

use door::Reason;

use crate::ending::{Ending, Fault, Garbled};

pub(crate) const NO_PUBLIC_URL: Reason = Reason {
    id: "no_public_url",
    because: "they came through a tunnel or a proxy, and neither a public_url nor a secret is set",
    cure: "Set voice_bridge.public_url to the address that carriers use; then they must show Twilio's signature or the stream's secret.",
};

pub(crate) const NO_TWIML: Reason = Reason {
    id: "no_twiml",
    because: "they asked what to do with a call, and no public_url is set",
    cure: "Set voice_bridge.public_url to the address that the carrier uses.",
};

pub(crate) const WRONG_SIGNATURE: Reason = Reason {
    id: "wrong_signature",
    because: "their signature was not Twilio's for this address",
    cure: "Check that twilio_auth_token is that of the account whose number is called, and that public_url is the address that Twilio calls.",
};

pub(crate) const NO_SECRET: Reason = Reason {
    id: "no_secret",
    because: "they showed neither Twilio's signature nor the stream's secret",
    cure: "Set up the carrier with what `xswarm twiml` shows.",
};

pub(crate) const NO_START: Reason = Reason {
    id: "no_start",
    because: "they connected and never started a stream",
    cure: "Have the carrier send its `start` message at once; without one there is no call.",
};

pub(crate) const UNREADABLE_START: Reason = Reason {
    id: "unreadable_start",
    because: "what they sent first was not the start of a stream",
    cure: "Have the carrier send media streams as Twilio, Telnyx or Plivo do: JSON, with a `start` that names the stream.",
};

pub(crate) const UNKNOWN_SOUND: Reason = Reason {
    id: "unknown_sound",
    because: "their sound is coded in a way that isn't taken",
    cure: "Have the carrier send \u{b5}-law or A-law at 8000 Hz, one channel.",
};

pub(crate) const FLOOD: Reason = Reason {
    id: "flood",
    because: "they sent more than 200 messages a second that mean nothing here",
    cure: "Have them send what Twilio, Telnyx or Plivo send, or the MOSHI protocol at /api/chat, and nothing else.",
};

pub(crate) const NO_SUCH_PATH: Reason = Reason {
    id: "no_such_path",
    because: "they asked for a path that takes no calls",
    cure: "Send phone streams to / and MOSHI clients to /api/chat.",
};

pub(crate) const MODEL_BUSY: Reason = Reason {
    id: "model_busy",
    because: "the speech model was busy with another call",
    cure: "Wait for the other call's end, or add a further server to moshi.servers.",
};

pub(crate) const BAD_PROMPT: Reason = Reason {
    id: "bad_prompt",
    because: "their voice_prompt was not the plain name of a file",
    cure: "Name a voice file of the model's server, such as NATF2.pt, without a folder.",
};

/// Why a stream that ended like this before it was a call was turned away; nothing if it went by itself, or if that has been
/// noted already.
pub(crate) fn of(ending: &Ending) -> Option<&'static Reason> {
    let Ending::Fault(fault) = ending else { return None };
    Some(match fault {
        Fault::NoSecret => &NO_SECRET,
        Fault::WrongSignature => &WRONG_SIGNATURE,
        Fault::NoStart => &NO_START,
        Fault::Flood => &FLOOD,
        Fault::Garbled(Garbled::Format(_)) => &UNKNOWN_SOUND,
        Fault::Garbled(Garbled::NoStream | Garbled::LongStream)
        | Fault::WebSocket(_)
        | Fault::OtherThanStart => &UNREADABLE_START,
    })
}
