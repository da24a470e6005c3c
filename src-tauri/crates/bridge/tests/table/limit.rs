//! Limits of time that hold unless the machine itself stood still.

use std::sync::mpsc::{RecvTimeoutError, SyncSender, sync_channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// How often the watchdog looks at the clock.
const LOOK: Duration = Duration::from_millis(2);

/// Measures something that may take so long at most. If it took longer while the machine stood still for over half of that,
/// it is measured once more.
pub(crate) async fn within(limit: Duration, measure: impl AsyncFn() -> Duration) {
    for is_last in [false, true] {
        let watchdog = Watchdog::start();
        let taken = measure().await;
        let stall = watchdog.longest_stall();
        if taken <= limit {
            return;
        }
        assert!(
            !is_last && stall > limit / 2,
            "it took {taken:?}, and the machine stood still for {stall:?}"
        );
    }
}

/// A thread that does nothing but look whether it is run in time.
struct Watchdog {
    stop: SyncSender<()>,
    thread: JoinHandle<Duration>,
}

impl Watchdog {
    fn start() -> Self {
        let (stop, stopped) = sync_channel(1);
        let thread = std::thread::spawn(move || {
            let (mut last, mut longest) = (Instant::now(), Duration::ZERO);
            while stopped.recv_timeout(LOOK) == Err(RecvTimeoutError::Timeout) {
                longest = longest.max(last.elapsed().saturating_sub(LOOK));
                last = Instant::now();
            }
            longest
        });
        Self { stop, thread }
    }

    fn longest_stall(self) -> Duration {
        drop(self.stop);
        self.thread.join().expect("it does nothing that could fail")
    }
}
