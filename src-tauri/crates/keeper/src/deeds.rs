//! The deeds that take time. Each is a future that tells what comes of it.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::time::sleep;
use tokio_util::sync::CancellationToken;
use tokio_util::task::{AbortOnDropHandle, TaskTracker};
use tracing::warn;
use wire::{Cause, Refusal};

use crate::Serve;
use crate::connections::Gate;
use crate::message::{News, Reporter};

/// The least time between two looks at a port that seems to be free and isn't.
const BETWEEN_LOOKS: Duration = Duration::from_millis(100);

/// The pauses between tries to bind a port that has been let go. The kernel takes a socket off its list a little before it
/// gives the port back, and on a busy machine a process that ends may be held up in between.
const SETTLING: [Duration; 5] = [
    Duration::from_millis(1),
    Duration::from_millis(2),
    Duration::from_millis(4),
    Duration::from_millis(8),
    Duration::from_millis(16),
];

/// How much longer than its limit a service may take to stop before it is ended: it keeps the limit itself.
const STOP_SLACK: Duration = Duration::from_millis(500);

/// Finds out who is on the port, off the runtime's threads: it may take a tenth of a second on a busy machine.
pub(crate) async fn look(addr: SocketAddr, known: ports::Known) -> Cause {
    tokio::task::spawn_blocking(move || ports::cause(addr, &known)).await.unwrap_or(Cause::Unseen)
}

/// One attempt to bind.
pub(crate) async fn bind(addr: SocketAddr, known: ports::Known) -> News {
    match ports::Listener::bind(addr) {
        Ok(listener) => News::Bound(Gate::new(listener)),
        Err(ports::BindError::InUse) => News::InUse(look(addr, known).await),
        Err(ports::BindError::Refused(refusal)) => News::Refused(refusal),
        Err(ports::BindError::Exhausted(cause)) => {
            News::Refused(Refusal::Other { message: cause.to_string() })
        }
    }
}

/// Watches the port and binds as soon as it is let go; with a limit, for that long.
pub(crate) async fn wait(
    addr: SocketAddr,
    known: ports::Known,
    cause: Cause,
    limit: Option<Duration>,
    reporter: &Reporter,
) -> News {
    let taken = watch(addr, known, cause, reporter);
    match limit {
        None => News::Bound(taken.await),
        Some(limit) => tokio::select! {
            gate = taken => News::Bound(gate),
            () = sleep(limit) => News::TimeUp,
        },
    }
}

async fn watch(
    addr: SocketAddr,
    known: ports::Known,
    mut cause: Cause,
    reporter: &Reporter,
) -> Arc<Gate> {
    loop {
        ports::vacated(addr, &cause).await;
        if let Some(listener) = bind_settling(addr).await {
            return Gate::new(listener);
        }
        cause = look(addr, known.clone()).await;
        reporter.tell(News::CauseChanged(cause.clone())).await;
        sleep(BETWEEN_LOOKS).await;
    }
}

/// Binds a port that is being let go.
async fn bind_settling(addr: SocketAddr) -> Option<ports::Listener> {
    for pause in SETTLING {
        if let Ok(listener) = ports::Listener::bind(addr) {
            return Some(listener);
        }
        sleep(pause).await;
    }
    ports::Listener::bind(addr).ok()
}

/// Proves the listener at once and then at every interval, for as long as the future lives.
pub(crate) async fn prove(
    gate: Arc<Gate>,
    addr: SocketAddr,
    known: ports::Known,
    policy: crate::Policy,
    reporter: Reporter,
) {
    loop {
        let verdict = match gate.standing() {
            Ok(ports::Standing::Lost) => News::Lost,
            Ok(ports::Standing::Shared) => News::Shared(look(addr, known.clone()).await),
            Ok(ports::Standing::Alone) if gate.is_answered(policy.probe_deadline).await => {
                News::Proven
            }
            Ok(ports::Standing::Alone) => News::Silent,
            Err(cause) => {
                warn!(%addr, %cause, "the kernel's list of listeners cannot be read");
                News::Silent
            }
        };
        reporter.tell(verdict).await;
        sleep(policy.proof_interval).await;
    }
}

/// Runs the service until it ends, or until it has been told to stop and has used up its limit. A panic is an end, too.
pub(crate) async fn serve(
    serve: Serve,
    connections: crate::Connections,
    stop: CancellationToken,
    limit: Duration,
    tasks: TaskTracker,
) -> News {
    let mut work = AbortOnDropHandle::new(tasks.spawn(serve(connections, stop.clone())));
    let overdue = async {
        stop.cancelled().await;
        sleep(limit + STOP_SLACK).await;
    };
    tokio::select! {
        end = &mut work => match end {
            Ok(()) if stop.is_cancelled() => News::Ended,
            Ok(()) => News::Crashed("it ended without being told to".to_owned()),
            Err(end) => News::Crashed(panic_text(end)),
        },
        () = overdue => News::Ended,
    }
}

fn panic_text(end: tokio::task::JoinError) -> String {
    let Ok(panic) = end.try_into_panic() else { return "it was ended from outside".to_owned() };
    let text = panic.downcast_ref::<&str>().map(ToString::to_string);
    text.or_else(|| panic.downcast_ref::<String>().cloned())
        .unwrap_or_else(|| "it panicked".to_owned())
}
