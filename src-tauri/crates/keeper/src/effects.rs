//! The effects that take time. Each is a future of the news that come of it.

use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::OptionFuture;
use ports::{BindError, Listener, Sharing, Standing};
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;
use tokio_util::task::AbortOnDropHandle;
use tracing::warn;
use wire::{Cause, ServiceName, Silence};

use crate::connections::Gate;
use crate::context::Context;
use crate::message::{News, Reporter};
use crate::port::Event;
use crate::spec::Serve;

/// The least time between two looks at a port that seems to be free and isn't.
const BETWEEN_LOOKS: Duration = Duration::from_millis(100);

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

#[derive(Clone)]
pub(crate) struct Spot {
    pub(crate) context: Context,
    pub(crate) address: SocketAddr,
    /// A listener that we were started with. It is kept open, for whoever gave it to us holds it as well and the address
    /// can't be bound anew.
    pub(crate) adopted: Option<Arc<TcpListener>>,
    /// Whether a program is to listen there, and not we.
    pub(crate) is_program: bool,
}

impl Spot {
    /// One attempt to bind, or to take up a listener that we were started with.
    pub(crate) async fn bind(self) -> News {
        if let Err(by) = self.claim() {
            return News::Port(Event::InUse(Cause::Claimed { by }));
        }
        let listener = match &self.adopted {
            Some(adopted) => {
                adopted.try_clone().and_then(Listener::adopt).map_err(BindError::Exhausted)
            }
            None => Listener::bind(self.address, self.context.sharing),
        };
        match listener {
            Ok(listener) => self.had(listener),
            Err(BindError::InUse) => News::Port(Event::InUse(self.look().await)),
            Err(BindError::Refused(refusal)) => News::Port(Event::Refused(refusal)),
            Err(BindError::Exhausted(_)) => News::Port(Event::InUse(Cause::Exhausted)),
        }
    }

    /// Asks again, after a rest each time, for an address that the system refuses: an interface may come up, a limit be
    /// raised.
    pub(crate) async fn ask_again(self) -> News {
        loop {
            sleep(self.context.policy.retry.longest_delay).await;
            if let Ok(listener) = Listener::bind(self.address, self.context.sharing) {
                return self.had(listener);
            }
        }
    }

    /// Watches a port that is in use and binds as soon as it is let go; with a limit, for that long.
    pub(crate) async fn wait(
        self,
        mut cause: Cause,
        limit: Option<Duration>,
        reporter: Reporter,
    ) -> News {
        let watch = async {
            loop {
                self.released(&cause).await;
                let claimed = self.claim();
                if claimed.is_ok()
                    && let Some(listener) = bind_settling(self.address, self.context.sharing).await
                {
                    return self.had(listener);
                }
                let current = match claimed {
                    Ok(()) => self.look().await,
                    Err(by) => Cause::Claimed { by },
                };
                if current != cause {
                    cause = current;
                    reporter.tell(News::Port(Event::CauseChanged(cause.clone()))).await;
                }
                sleep(BETWEEN_LOOKS).await;
            }
        };
        tokio::select! {
            bound = watch => bound,
            Some(()) = OptionFuture::from(limit.map(sleep)) => News::Port(Event::TimeUp),
        }
    }

    /// Resolves when what keeps us from the port may have changed.
    async fn released(&self, cause: &Cause) {
        if let Cause::Claimed { .. } = cause {
            self.context.claims.released(self.address.port(), self.context.service).await;
        } else {
            ports::released(self.address, cause).await;
        }
    }

    /// Claims the port for the program, if one is to have it.
    fn claim(&self) -> Result<(), ServiceName> {
        if self.is_program {
            self.context.claims.take(self.address.port(), self.context.service)
        } else {
            Ok(())
        }
    }

    /// What comes of a listener: it is ours, or shows that the port is free for the program.
    fn had(&self, listener: Listener) -> News {
        if self.is_program {
            drop(listener);
            News::Port(Event::Bound)
        } else {
            News::Bound(Gate::new(listener))
        }
    }

    /// Proves the listener at once, then at every interval and whenever a connection could not be accepted, for as long as
    /// the future lives.
    pub(crate) async fn prove(self, gate: Arc<Gate>, reporter: Reporter) -> News {
        let Context { policy, turned_away, .. } = &self.context;
        let mut before = turned_away();
        loop {
            let mut verdict = self.verdict(&gate).await;
            let is_proven = matches!(verdict, Event::Proven);
            let so_far = turned_away();
            let since = so_far.saturating_sub(std::mem::replace(&mut before, so_far));
            if is_proven && since > 0 {
                verdict = crowded(gate.listener.local_addr().port(), since).await;
            }
            reporter.tell(News::Port(verdict)).await;
            let rest = if is_proven {
                policy.proof_interval.mul_f64(PROMPTLY)
            } else {
                policy.proof_interval / DOUBTFUL
            };
            tokio::select! {
                () = sleep(rest) => {}
                () = gate.trouble.notified(), if is_proven => {}
            }
        }
    }

    async fn verdict(&self, gate: &Gate) -> Event {
        match gate.listener.standing() {
            Ok(Standing::Lost) => Event::Lost,
            Ok(Standing::Shared) => {
                let address = gate.listener.local_addr();
                Event::Shared(look(address, self.context.known.clone()).await)
            }
            Ok(Standing::Alone) => match gate.probe(self.context.policy.probe_deadline).await {
                Ok(()) => Event::Proven,
                Err(silence) => Event::Silent(silence),
            },
            Err(error) if ports::is_exhaustion(&error) => Event::Silent(Silence::OutOfDescriptors),
            Err(error) => {
                warn!(address = %gate.listener.local_addr(), %error, "the list of listeners cannot be read");
                Event::Silent(Silence::Unverifiable)
            }
        }
    }

    async fn look(&self) -> Cause {
        look(self.address, self.context.known.clone()).await
    }
}

/// Binds a port that is being let go, after some pauses if need be. The kernel takes a socket off its list a little before it
/// gives the port back, and on a busy machine a process that ends may be held up in between.
async fn bind_settling(address: SocketAddr, sharing: Sharing) -> Option<Listener> {
    for pause in [1, 2, 4, 8, 16].map(Duration::from_millis) {
        if let Ok(listener) = Listener::bind(address, sharing) {
            return Some(listener);
        }
        sleep(pause).await;
    }
    Listener::bind(address, sharing).ok()
}

async fn crowded(port: u16, turned_away: u64) -> Event {
    let looking = tokio::task::spawn_blocking(move || ports::crowding(port));
    let by = looking.await.unwrap_or_default();
    Event::Crowded(u32::try_from(turned_away).unwrap_or(u32::MAX), by)
}

/// Runs the service until it ends, or until it has been told to stop and has used up its limit. A panic is an end, too.
pub(crate) async fn serve(serve: Serve, context: Context, stop: CancellationToken) -> News {
    let service = serve(context.gates.connections(), stop.clone());
    let mut work = AbortOnDropHandle::new(context.tasks.spawn(service));
    let overdue = async {
        stop.cancelled().await;
        sleep(context.policy.stop_limit + STOP_SLACK).await;
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
