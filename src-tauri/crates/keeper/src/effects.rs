//! The effects that take time. Each is a future that tells what comes of it.

use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::time::Duration;

use ports::{BindError, Listener, Sharing, Standing};
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;
use tokio_util::task::{AbortOnDropHandle, TaskTracker};
use tracing::warn;
use wire::{Cause, Silence};

use crate::connections::Gate;
use crate::message::{LifeNews, News, Reporter};
use crate::policy::Policy;
use crate::port::Event;
use crate::spec::{Serve, TurnedAway};

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

/// The part of the interval that is rested, so that what a proof finds has been told within the interval.
const PROMPTLY: f64 = 0.95;

/// How much more often a listener in doubt is proven than one that is not.
const DOUBTFUL: u32 = 5;

/// Finds out who is on the port, off the runtime's threads: it may take a tenth of a second on a busy machine.
pub(crate) async fn look(address: SocketAddr, known: ports::Known) -> Cause {
    let looking = tokio::task::spawn_blocking(move || ports::cause(address, &known));
    looking.await.unwrap_or(Cause::Exhausted)
}

/// One attempt to bind, or to take up a listener that we were started with.
pub(crate) async fn bind(
    address: SocketAddr,
    sharing: Sharing,
    adopted: Option<Arc<TcpListener>>,
    known: ports::Known,
) -> News {
    let listener = match adopted.map(|adopted| adopted.try_clone().and_then(Listener::adopt)) {
        Some(taken_up) => taken_up.map_err(BindError::Exhausted),
        None => Listener::bind(address, sharing),
    };
    match listener {
        Ok(listener) => News::Bound(Gate::new(listener)),
        Err(BindError::InUse) => Event::InUse(look(address, known).await).into(),
        Err(BindError::Refused(refusal)) => Event::Refused(refusal).into(),
        Err(BindError::Exhausted(_)) => Event::InUse(Cause::Exhausted).into(),
    }
}

/// Asks again, after a rest each time, for an address that the system refuses: an interface may come up, a limit be raised.
pub(crate) async fn ask_again(address: SocketAddr, sharing: Sharing, rest: Duration) -> News {
    loop {
        sleep(rest).await;
        if let Ok(listener) = Listener::bind(address, sharing) {
            return News::Bound(Gate::new(listener));
        }
    }
}

/// A wait for a port that is in use.
pub(crate) struct Wait {
    pub(crate) address: SocketAddr,
    pub(crate) sharing: Sharing,
    pub(crate) known: ports::Known,
    pub(crate) cause: Cause,
    /// How long to wait before the next attempt counts; without it, until the port is ours.
    pub(crate) limit: Option<Duration>,
}

impl Wait {
    /// Watches the port and binds as soon as it is let go; with a limit, for that long.
    pub(crate) async fn out(self, reporter: &Reporter) -> News {
        let limit = self.limit;
        let taken = self.watch(reporter);
        match limit {
            None => News::Bound(taken.await),
            Some(limit) => tokio::select! {
                gate = taken => News::Bound(gate),
                () = sleep(limit) => Event::TimeUp.into(),
            },
        }
    }

    async fn watch(self, reporter: &Reporter) -> Arc<Gate> {
        let mut cause = self.cause;
        loop {
            ports::released(self.address, &cause).await;
            if let Some(listener) = bind_settling(self.address, self.sharing).await {
                return Gate::new(listener);
            }
            let current = look(self.address, self.known.clone()).await;
            if current != cause {
                cause = current;
                reporter.tell(Event::CauseChanged(cause.clone())).await;
            }
            sleep(BETWEEN_LOOKS).await;
        }
    }
}

/// Binds a port that is being let go.
async fn bind_settling(address: SocketAddr, sharing: Sharing) -> Option<Listener> {
    for pause in SETTLING {
        if let Ok(listener) = Listener::bind(address, sharing) {
            return Some(listener);
        }
        sleep(pause).await;
    }
    Listener::bind(address, sharing).ok()
}

/// Proves the listener at once, then at every interval and whenever a connection could not be accepted, for as long as
/// the future lives.
pub(crate) async fn prove(
    gate: Arc<Gate>,
    known: ports::Known,
    policy: Policy,
    turned_away: TurnedAway,
    reporter: Reporter,
) {
    let mut before = turned_away();
    loop {
        let mut verdict = verdict(&gate, &known, policy.probe_deadline).await;
        let is_proven = matches!(verdict, Event::Proven);
        let so_far = turned_away();
        let since = so_far.saturating_sub(std::mem::replace(&mut before, so_far));
        if is_proven && since > 0 {
            verdict = crowded(gate.listener().local_addr().port(), since).await;
        }
        reporter.tell(verdict).await;
        let rest = if is_proven {
            policy.proof_interval.mul_f64(PROMPTLY)
        } else {
            policy.proof_interval / DOUBTFUL
        };
        tokio::select! {
            () = sleep(rest) => {}
            () = gate.trouble(), if is_proven => {}
        }
    }
}

async fn crowded(port: u16, turned_away: u64) -> Event {
    let looking = tokio::task::spawn_blocking(move || ports::crowding(port));
    let by = looking.await.unwrap_or_default();
    Event::Crowded(u32::try_from(turned_away).unwrap_or(u32::MAX), by)
}

async fn verdict(gate: &Gate, known: &ports::Known, deadline: Duration) -> Event {
    match gate.listener().standing() {
        Ok(Standing::Lost) => Event::Lost,
        Ok(Standing::Shared) => {
            Event::Shared(look(gate.listener().local_addr(), known.clone()).await)
        }
        Ok(Standing::Alone) => match gate.probe(deadline).await {
            Ok(()) => Event::Proven,
            Err(silence) => Event::Silent(silence),
        },
        Err(error) if ports::is_exhaustion(&error) => Event::Silent(Silence::OutOfDescriptors),
        Err(error) => {
            warn!(address = %gate.listener().local_addr(), %error, "the list of listeners cannot be read");
            Event::Silent(Silence::Unverifiable)
        }
    }
}

/// Runs the service until it ends, or until it has been told to stop and has used up its limit. A panic is an end, too.
pub(crate) async fn serve(
    serve: Serve,
    connections: crate::connections::Connections,
    stop: CancellationToken,
    limit: Duration,
    tasks: TaskTracker,
) -> LifeNews {
    let mut work = AbortOnDropHandle::new(tasks.spawn(serve(connections, stop.clone())));
    let overdue = async {
        stop.cancelled().await;
        sleep(limit + STOP_SLACK).await;
    };
    tokio::select! {
        end = &mut work => match end {
            Ok(()) if stop.is_cancelled() => LifeNews::Ended,
            Ok(()) => LifeNews::Crashed("it ended without being told to".to_owned()),
            Err(end) => LifeNews::Crashed(panic_text(end)),
        },
        () = overdue => LifeNews::Ended,
    }
}

fn panic_text(end: tokio::task::JoinError) -> String {
    let Ok(panic) = end.try_into_panic() else { return "it was ended from outside".to_owned() };
    let text = panic.downcast_ref::<&str>().map(ToString::to_string);
    text.or_else(|| panic.downcast_ref::<String>().cloned())
        .unwrap_or_else(|| "it panicked".to_owned())
}

#[cfg(test)]
mod tests {
    use std::future::pending;

    use tokio::join;
    use tokio::time::timeout;

    use super::*;

    /// Whether a port is bound that is still held for that long after the kernel has told that it is let go.
    async fn is_bound_after(held_for: Duration) -> bool {
        let holder =
            Listener::bind(([127, 0, 0, 1], 0).into(), Sharing::Exclusive).expect("a port");
        let address = holder.local_addr();
        let letting_go = async {
            timeout(held_for, pending::<()>()).await.unwrap_err();
            drop(holder);
        };
        let (bound, ()) = join!(bind_settling(address, Sharing::Exclusive), letting_go);
        bound.is_some()
    }

    #[tokio::test(start_paused = true)]
    async fn a_port_that_is_let_go_a_little_later_than_told_is_bound_at_once() {
        assert!(is_bound_after(Duration::from_millis(20)).await);
        assert!(!is_bound_after(Duration::from_millis(50)).await, "it is looked at again instead");
    }
}
