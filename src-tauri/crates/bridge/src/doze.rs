//! A future that is looked after only when something has happened to it, whatever else its task is woken for.

use std::future::poll_fn;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, Wake, Waker};

use futures_util::task::AtomicWaker;

/// Waits for this future, which is polled only when it was woken itself.
///
/// A call is woken fifty times a second for its sound. What happens in it once in a while needn't be asked for each time.
pub(crate) async fn doze<F: Future>(future: F) -> F::Output {
    let bell = Arc::new(Bell { has_rung: AtomicBool::new(true), task: AtomicWaker::new() });
    let waker = Waker::from(Arc::clone(&bell));
    let mut future = pin!(future);
    poll_fn(|context| {
        bell.task.register(context.waker());
        if bell.has_rung.swap(false, Ordering::AcqRel) {
            future.as_mut().poll(&mut Context::from_waker(&waker))
        } else {
            Poll::Pending
        }
    })
    .await
}

/// What wakes the future, and its task with it.
struct Bell {
    has_rung: AtomicBool,
    task: AtomicWaker,
}

impl Wake for Bell {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.has_rung.store(true, Ordering::Release);
        self.task.wake();
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use tokio::sync::Notify;

    use super::*;

    #[tokio::test]
    async fn it_is_polled_when_it_is_woken_and_not_when_its_task_is() {
        let (bell, polled) = (Notify::new(), Cell::new(0));
        let mut rung = pin!(bell.notified());
        let counted = poll_fn(|context| {
            polled.set(polled.get() + 1);
            rung.as_mut().poll(context)
        });
        let mut dozing = pin!(doze(counted));
        for _ in 0..10 {
            let poll = poll_fn(|context| Poll::Ready(dozing.as_mut().poll(context))).await;
            assert!(poll.is_pending());
        }
        assert_eq!(polled.get(), 1);
        bell.notify_one();
        dozing.await;
        assert_eq!(polled.get(), 2);
    }

    #[tokio::test]
    async fn it_is_woken_from_elsewhere() {
        let bell = Notify::new();
        tokio::join!(doze(bell.notified()), async { bell.notify_one() });
    }
}
