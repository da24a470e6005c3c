//! Waiting for a port to be let go, woken by the system where it can wake.

use std::collections::BTreeSet;
use std::io;
use std::net::SocketAddr;
use std::time::{Duration, SystemTime};

use futures_util::stream::{FuturesUnordered, StreamExt};
use tokio::time::{MissedTickBehavior, interval, sleep};
use wire::{Cause, Identity, Timestamp};

use crate::cause::{Hold, in_the_way};
use crate::listen::is_bindable;
use crate::system::{Closings, Pinned, identity};

/// How often the kernel's list is read where the kernel doesn't report closed sockets, and where there is nothing in it
/// to wait for. This bounds how late a free port is noticed.
const LOOK: Duration = Duration::from_millis(200);
/// How often it is read where the kernel does report them: only against a report that never came.
const LOOK_ANYWAY: Duration = Duration::from_secs(1);

/// Resolves when what [`cause`](crate::cause()) named has gone or changed, so that a bind is worth trying. It may be dropped
/// at any time.
pub async fn vacated(addr: SocketAddr, cause: &Cause) {
    match cause {
        Cause::Lingering { free_at } => until(*free_at).await,
        Cause::Held { .. } | Cause::Hidden { .. } | Cause::Unseen => let_go(addr, cause).await,
    }
}

/// The kernel's timers are not those of the clock on the wall, but for a minute they agree well enough.
async fn until(moment: Timestamp) {
    let rest = moment.0.saturating_sub(Timestamp::from(SystemTime::now()).0);
    sleep(Duration::from_millis(rest)).await;
}

async fn let_go(addr: SocketAddr, cause: &Cause) {
    // First the subscriptions, then the look: what happens in between is not missed.
    let closings = Closings::subscribe(addr.port()).ok();
    let mut pinned = Vec::new();
    for holder in cause.holders() {
        match pin(&holder.identity) {
            Pin::Held(process) => pinned.push(process),
            Pin::Gone | Pin::Another => return,
            // Its socket can still be watched.
            Pin::Impossible(_) => {}
        }
    }
    let at_first = listeners(addr);
    // Where nothing listens, something that doesn't is in the way, and only a try can tell when it goes.
    let is_over = || listeners(addr) != at_first || (at_first.is_empty() && is_bindable(addr));
    let mut exits: FuturesUnordered<_> = pinned.iter().map(Pinned::gone).collect();
    let mut look =
        interval(if closings.is_some() && !at_first.is_empty() { LOOK_ANYWAY } else { LOOK });
    look.set_missed_tick_behavior(MissedTickBehavior::Delay);
    while !is_over() {
        tokio::select! {
            Some(()) = exits.next() => return,
            () = next(closings.as_ref()) => {}
            _ = look.tick() => {}
        }
    }
}

/// Resolves at the next report of a closed socket, or never where there are none.
pub(crate) async fn next(closings: Option<&Closings>) {
    match closings {
        Some(closings) => closings.next().await,
        None => std::future::pending().await,
    }
}

/// The listening sockets in the way. If the list can't be read, none are known.
fn listeners(addr: SocketAddr) -> BTreeSet<u64> {
    in_the_way(addr, Hold::Listening)
        .unwrap_or_default()
        .into_iter()
        .map(|socket| socket.key)
        .collect()
}

/// A process that was named and is to be held on to.
pub(crate) enum Pin {
    /// It is this one, beyond doubt.
    Held(Pinned),
    /// It has ended.
    Gone,
    /// That process id belongs to another one.
    Another,
    /// The system does not let us hold on to it.
    Impossible(io::Error),
}

pub(crate) fn pin(wanted: &Identity) -> Pin {
    let process = match Pinned::open(wanted.pid) {
        Ok(Some(process)) => process,
        Ok(None) => return Pin::Gone,
        Err(error) => return Pin::Impossible(error),
    };
    // If it lives after its identity was read, its id was its own all the while.
    match identity(wanted.pid) {
        _ if process.is_gone() => Pin::Gone,
        None => Pin::Gone,
        Some(found) if found == *wanted => Pin::Held(process),
        Some(_) => Pin::Another,
    }
}
