//! Why people are turned away at the door, each with what would mend it.

use crate::Reason;

pub(crate) const FOREIGN_HOST: Reason = Reason {
    id: "foreign_host",
    because: "they asked for a host name that isn't ours",
    cure: "If it is the name by which the world reaches the voice bridge, set voice_bridge.public_url to it. Only names by which programs of this machine reach a service belong in `hosts` in its limits.",
};

pub(crate) const FOREIGN_ORIGIN: Reason = Reason {
    id: "foreign_origin",
    because: "a web page of another origin asked",
    cure: "If it is a page of yours, add its origin to `origins` in the limits of the service.",
};

pub(crate) const ONLY_THIS_MACHINE: Reason = Reason {
    id: "only_this_machine",
    because: "the settings have an error, so only programs of this machine are let in",
    cure: "Mend the settings file: `xswarm doctor` names the line. Then restart xSwarm Voice.",
};

/// Whoever wants what is for programs of this machine.
pub const NOT_LOCAL: Reason = Reason {
    id: "not_local",
    because: "they came from outside to what is for programs of this machine only",
    cure: "Use it on this machine, without a proxy or tunnel in between.",
};

pub(crate) const BAD_REQUEST: Reason = Reason {
    id: "bad_request",
    because: "what they sent was no request that could be read",
    cure: "Look at what connects: the port speaks plain HTTP/1.1, without TLS and without the PROXY protocol.",
};

/// Whoever asks in a way that nothing here takes.
pub const NOT_TAKEN: Reason = Reason {
    id: "not_taken",
    because: "they asked for what isn't taken at that path, such as a webhook anywhere but at /twiml",
    cure: "Set up the carrier with the addresses that `xswarm twiml` shows, to the letter.",
};

pub(crate) const NO_UPGRADE: Reason = Reason {
    id: "no_upgrade",
    because: "they came from outside to a stream's path without asking for a WebSocket",
    cure: "Let the proxy or tunnel pass WebSockets on: HTTP/1.1 with the headers Upgrade and Connection.",
};

pub(crate) const BROKEN_HANDSHAKE: Reason = Reason {
    id: "broken_handshake",
    because: "their WebSocket handshake breaks the rules",
    cure: "Look at the program that connects: it must speak version 13 of WebSocket (RFC 6455).",
};

pub(crate) const TOO_SLOW: Reason = Reason {
    id: "too_slow",
    because: "they took too long over their request",
    cure: "Nothing, unless it is a program of yours: a request must be whole within five seconds.",
};

/// One more than there is room for.
pub const NO_PLACE: Reason = Reason {
    id: "no_place",
    because: "all places were taken",
    cure: "If they were welcome, raise `calls` (voice bridge) or `connections` (supervisor) in the limits of the service.",
};

pub(crate) const MADE_WAY: Reason = Reason {
    id: "made_way",
    because: "they had shown nothing yet when too many others came",
    cure: "Find out who makes so many connections; `xswarm status` names those of this machine.",
};

pub(crate) const SILENT: Reason = Reason {
    id: "silent",
    because: "they answered no ping, and somebody else needed their place",
    cure: "Look at the program: it has stopped reading. If it only waits, let it read on while it does.",
};

/// Whoever shows a wrong token of ours.
pub const WRONG_TOKEN: Reason = Reason {
    id: "wrong_token",
    because: "they showed a wrong token",
    cure: "If it is a program of yours, give it the token that `xswarm token` shows.",
};

impl Reason {
    pub(crate) fn is_for_want_of_place(&self) -> bool {
        [NO_PLACE.id, MADE_WAY.id, SILENT.id].contains(&self.id)
    }
}
