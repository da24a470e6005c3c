//! What the system lets us know of its sockets.

use crate::system::{self, Closings};
use crate::types::Hold;

/// What can be known, for whoever looks into trouble.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Capabilities {
    /// Whether it lists them. Without that no listener can be proven to be ours alone.
    pub has_list: bool,
    /// Whether it reports when one is closed. Without that a port that is let go is noticed a little later.
    pub has_closings: bool,
}

/// Finds out what the system lets us know. Needs a tokio runtime.
pub fn capabilities() -> Capabilities {
    // Any port will do: what is asked is whether there is an answer.
    const PORT: u16 = 1;
    Capabilities {
        has_list: system::sockets(PORT, Hold::Listening).is_ok(),
        has_closings: Closings::subscribe(PORT).is_ok(),
    }
}
