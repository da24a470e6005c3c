//! What belongs to a call for as long as it goes on.

use std::sync::atomic::AtomicBool;
use std::time::Duration;

use crate::conversation::handle::CallHandle;
use crate::roster::Entry;
use crate::tap::Taps;

/// A call that goes on.
pub(super) struct OngoingCall {
    pub(super) entry: Entry,
    pub(super) handle: CallHandle,
    pub(super) taps: Taps,
    /// After how long without a sign of life it is given up.
    pub(super) idle: Duration,
    /// How long the caller's side may take to read what it is sent.
    pub(super) patience: Duration,
    /// Whether a frame of the caller's has come that none of ours went along with.
    pub(super) has_frame_come: AtomicBool,
}
