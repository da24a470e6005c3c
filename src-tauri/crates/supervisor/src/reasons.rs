//! Why clients are turned away, each with what would mend it.

use door::Reason;

pub(crate) use door::reasons::WRONG_TOKEN;

pub(crate) const NO_TOKEN: Reason = Reason {
    id: "no_token",
    because: "they connected and showed no token in time",
    cure: "If it is a program of yours, have it send `auth` with the token that `xswarm token` shows.",
};
