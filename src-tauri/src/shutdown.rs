//! The way out: the ports are let go before the app goes, whether it is quit, told to end, or taken down by a log-off.

use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tokio::sync::Mutex;

/// How long an end may take that the system waits for: at a log-off it kills what is still there a little later.
const SHORT: Duration = Duration::from_secs(1);

/// The way out. It is walked once, by whoever is first.
pub(crate) struct Shutdown {
    /// What lets the ports go, until it has.
    closing: Mutex<Option<Pin<Box<dyn Future<Output = ()> + Send>>>>,
    has_begun: AtomicBool,
}

impl Shutdown {
    /// The end of an app whose ports are let go so.
    pub(crate) fn by(closing: impl Future<Output = ()> + Send + 'static) -> Self {
        Self { closing: Mutex::new(Some(Box::pin(closing))), has_begun: AtomicBool::new(false) }
    }

    pub(crate) fn has_begun(&self) -> bool {
        self.has_begun.load(Ordering::Relaxed)
    }

    /// Begins it, unless somebody has.
    pub(crate) fn begins(&self) -> bool {
        !self.has_begun.swap(true, Ordering::Relaxed)
    }

    /// Lets the ports go. Whoever comes second waits for the first.
    pub(crate) async fn close(&self) {
        let mut closing = self.closing.lock().await;
        if let Some(closing) = closing.take() {
            closing.await;
        }
    }

    /// Lets the ports go at the last moment, and the only one at a log-off. After a quit nothing is left to be done here.
    pub(crate) async fn close_in_a_hurry(&self) {
        self.has_begun.store(true, Ordering::Relaxed);
        if tokio::time::timeout(SHORT, self.close()).await.is_err() {
            tracing::warn!("the services did not end in time");
        }
    }
}
