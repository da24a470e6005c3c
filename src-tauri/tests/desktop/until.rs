//! Waiting for a fact: it is looked at again whenever something has changed, until a deadline.

use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::time::{Duration, Instant};

/// How long anything may take, on a machine that is busy with other things.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

/// Tells that something has changed, however often it did meanwhile.
#[derive(Clone)]
pub(crate) struct Bell(SyncSender<()>);

impl Bell {
    pub(crate) fn new() -> (Self, Receiver<()>) {
        let (tx, rx) = sync_channel(1);
        (Self(tx), rx)
    }

    /// Rings. Says whether anybody may still hear it.
    pub(crate) fn ring(&self) -> bool {
        !matches!(self.0.try_send(()), Err(std::sync::mpsc::TrySendError::Disconnected(())))
    }
}

/// Looks until there is something to be seen.
pub(crate) fn until<T>(
    changes: &Receiver<()>,
    wanted: &str,
    mut look: impl FnMut() -> Result<T, String>,
) -> T {
    let deadline = Instant::now() + PATIENCE;
    loop {
        let seen = match look() {
            Ok(found) => return found,
            Err(seen) => seen,
        };
        let left = deadline.saturating_duration_since(Instant::now());
        assert!(
            changes.recv_timeout(left).is_ok(),
            "waited in vain for {wanted}; what there is instead:\n{seen}"
        );
    }
}

/// Looks until this is so, where nothing tells of changes.
pub(crate) fn becomes(wanted: &str, is_so: impl Fn() -> bool) {
    becomes_within(PATIENCE, wanted, is_so);
}

/// Looks until this is so, as `becomes` does, for as long as it may take.
pub(crate) fn becomes_within(longest: Duration, wanted: &str, is_so: impl Fn() -> bool) {
    let deadline = Instant::now() + longest;
    while !is_so() {
        assert!(Instant::now() < deadline, "waited in vain for {wanted}");
        std::thread::yield_now();
    }
}
