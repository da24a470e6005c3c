//! What the supervisor may do to calls, whoever holds them.

use std::time::Duration;

use futures_util::future::BoxFuture;
use tokio_util::sync::CancellationToken;
use wire::steering::{CutShort, Fate, Priority, Refused, Whom};

/// Those who hold the calls. Each answer tells what really became of it.
pub trait Calls: Send + Sync + 'static {
    /// Suggests something to the engine of a call, the most urgent first. The result waits for what becomes of it, if it
    /// is taken; to drop it withdraws nothing.
    fn suggest(
        &self,
        whom: Whom,
        text: &str,
        priority: Priority,
    ) -> Result<BoxFuture<'static, Fate>, Refused>;

    /// Has a voice say this to a caller, word for word, until it is silenced. Returns when it was made into sound.
    fn speak(
        &self,
        call: u64,
        text: String,
        silenced: CancellationToken,
    ) -> BoxFuture<'static, Result<Speech, Refused>>;

    /// Ends a call, if there is one of this number.
    fn hang_up(&self, call: u64) -> Result<(), Refused>;

    /// The number of the call whose stream its carrier calls by this name.
    fn named(&self, stream: &str) -> Option<u64>;
}

/// Text that is being said to a caller.
pub struct Speech {
    /// How long it is.
    pub length: Duration,
    /// Waits until the caller has heard it, and tells how long it took; soon after it was silenced, how much was heard.
    pub end: BoxFuture<'static, Result<Duration, CutShort>>,
}
