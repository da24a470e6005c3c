//! What an engine and its caller say to each other.
//!
//! | file | what it holds |
//! |---|---|
//! | `ears` | what the engine hears |
//! | `mouth`, `playout` | the engine's way to be heard, frame by frame on a 20 ms clock |
//! | `sound` | what is to be said, in parts |
//! | `suggestions` | what waits to be used by the engine |

pub(crate) mod ears;
pub(crate) mod mouth;
pub(crate) mod playout;
pub(crate) mod sound;
pub(crate) mod suggestions;

use std::sync::{Arc, Mutex, PoisonError};

use tokio_util::sync::CancellationToken;

use crate::capabilities::Capabilities;
use ears::Ears;
use mouth::Mouth;

/// What others than its reader and its writer may do with a call.
#[derive(Clone)]
pub(crate) struct CallHandle {
    pub(crate) ears: Ears,
    pub(crate) mouth: Mouth,
    pub(crate) hang_up: CancellationToken,
    /// What its carrier calls its stream.
    pub(crate) stream: Option<Arc<str>>,
    /// What the engine can do that is at it, as they are asked in turn.
    pub(crate) capabilities: Arc<Mutex<Capabilities>>,
    /// Whether sound goes from a model to its client as it is, so that nothing can be said in it or suggested to it.
    pub(crate) is_relayed: bool,
}

impl CallHandle {
    /// What the engine can do that is at it.
    pub(crate) fn capabilities(&self) -> Capabilities {
        *self.capabilities.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes what the engine can do whose turn it is.
    pub(crate) fn is_answered_by_one_with(&self, capabilities: Capabilities) {
        *self.capabilities.lock().unwrap_or_else(PoisonError::into_inner) = capabilities;
    }
}
