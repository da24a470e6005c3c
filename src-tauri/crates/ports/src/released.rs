//! Waiting for a port to be let go, woken by the system where it can wake.
//!
//! Not every word of the system may be trusted alike. When a process has ended, and when the kernel reports one of the
//! sockets in question as destroyed, the port has been given back, and the next bind succeeds. The kernel's list is
//! different: a socket leaves it a little before its port is given back, so a look at the list is only the last resort.

use std::collections::BTreeSet;
use std::io;
use std::net::SocketAddr;
use std::time::{Duration, SystemTime};

use futures_util::future::OptionFuture;
use futures_util::stream::{FuturesUnordered, StreamExt};
use tokio::time::{Instant, MissedTickBehavior, interval, interval_at, sleep};
use wire::{Cause, Holder, Identity, Timestamp};

use crate::cause::in_the_way;
use crate::listen::is_bindable;
use crate::system::{Closings, ProcessHandle, identity};
use crate::types::Hold;

/// How often the kernel's list is read where the kernel doesn't report closed sockets, and how often a bind is tried where
/// only that can tell. This bounds how late a free port is noticed.
const LOOK: Duration = Duration::from_millis(200);
/// How often it is read where the kernel does report them: only against a report that never came.
const LOOK_ANYWAY: Duration = Duration::from_secs(1);

/// Resolves when what [`cause`](crate::cause()) named has gone or changed, so that a bind is worth trying. It may be dropped
/// at any time.
pub async fn released(addr: SocketAddr, cause: &Cause) {
    match cause {
        // The kernel may forget the connections before their time, for instance when it needs the memory.
        Cause::Lingering { free_at } => tokio::select! {
            () = until(*free_at) => {}
            () = change(addr, LOOK_ANYWAY) => {}
        },
        Cause::Exhausted => change(addr, LOOK).await,
        // Who is to have it isn't for the system to tell.
        Cause::Claimed { .. } => std::future::pending().await,
        Cause::Held { .. }
        | Cause::Reserved { .. }
        | Cause::Connected { .. }
        | Cause::Hidden { .. }
        | Cause::Orphaned { .. }
        | Cause::Unseen { .. } => let_go(addr, cause).await,
    }
}

/// The kernel's timers are not those of the clock on the wall, but for a minute they agree well enough.
async fn until(moment: Timestamp) {
    let rest = moment.0.saturating_sub(Timestamp::from(SystemTime::now()).0);
    sleep(Duration::from_millis(rest)).await;
}

/// Resolves when the address can be had, or when somebody else has got it.
async fn change(addr: SocketAddr, period: Duration) {
    let mut look = interval(period);
    look.set_missed_tick_behavior(MissedTickBehavior::Delay);
    while !is_bindable(addr) && !is_listened_at(addr) {
        look.tick().await;
    }
}

fn is_listened_at(addr: SocketAddr) -> bool {
    in_the_way(addr, Hold::Listening).is_ok_and(|sockets| !sockets.is_empty())
}

async fn let_go(addr: SocketAddr, cause: &Cause) {
    // First the subscriptions, then the look: what happens in between is not missed.
    let closings = Closings::subscribe(addr.port()).ok();
    let mut pinned = Vec::new();
    for holder in named(cause) {
        match pin(&holder.identity) {
            Pin::Held(process) | Pin::Ending(process) => pinned.push(process),
            Pin::Gone | Pin::Another => return,
            // Its socket can still be watched.
            Pin::Impossible(_) => {}
        }
    }
    let Some(watched) = Watched::begin(addr, cause) else { return };
    let mut exits: FuturesUnordered<_> = pinned.iter().map(ProcessHandle::gone).collect();
    let is_told = closings.is_some() && !watched.only_a_bind_tells;
    let period = if is_told { LOOK_ANYWAY } else { LOOK };
    // What can be read in the list has just been read; what only a bind tells has not been tried.
    let first = Instant::now() + if watched.only_a_bind_tells { Duration::ZERO } else { period };
    let mut look = interval_at(first, period);
    look.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        let is_over = tokio::select! {
            Some(()) = exits.next() => true,
            Some(closed) = OptionFuture::from(closings.as_ref().map(Closings::next)) => watched.is_over_with(closed),
            _ = look.tick() => watched.is_over(),
        };
        if is_over {
            return;
        }
    }
}

/// The processes that were named, also those that would never be ended for it.
fn named(cause: &Cause) -> &[Holder] {
    if let Cause::Connected { holders } = cause { holders } else { cause.endable_holders() }
}

struct Watched {
    addr: SocketAddr,
    hold: Hold,
    /// The sockets that are in the way in that way.
    cookies: BTreeSet<u64>,
    /// Whether something may be in the way that can't be watched, or can't be told from what is not.
    only_a_bind_tells: bool,
}

impl Watched {
    /// Nothing if what was named has gone already.
    fn begin(addr: SocketAddr, cause: &Cause) -> Option<Self> {
        match cause {
            Cause::Held { .. } | Cause::Orphaned { .. } => Self::at(addr, Hold::Listening),
            Cause::Reserved { .. } => Self::at(addr, Hold::Reserved),
            Cause::Connected { .. } => Self::at(addr, Hold::Connected),
            Cause::Hidden { .. } => [Hold::Listening, Hold::Reserved, Hold::Connected]
                .into_iter()
                .find_map(|hold| Self::at(addr, hold)),
            Cause::Unseen { .. }
            | Cause::Claimed { .. }
            | Cause::Lingering { .. }
            | Cause::Exhausted => Some(Self {
                addr,
                // Nobody was seen: whoever is seen now has come since.
                hold: Hold::Listening,
                cookies: BTreeSet::new(),
                only_a_bind_tells: true,
            }),
        }
    }

    fn at(addr: SocketAddr, hold: Hold) -> Option<Self> {
        let (cookies, is_known) = match cookies(addr, hold) {
            Ok(none) if none.is_empty() => return None,
            Ok(cookies) => (cookies, true),
            // Out of descriptors, for instance.
            Err(_) => (BTreeSet::new(), false),
        };
        // Of several connections one may go without the port being free.
        let only_a_bind_tells = !is_known || hold == Hold::Connected;
        Some(Self { addr, hold, cookies, only_a_bind_tells })
    }

    fn is_over(&self) -> bool {
        if self.only_a_bind_tells && is_bindable(self.addr) {
            return true;
        }
        cookies(self.addr, self.hold).is_ok_and(|present| match self.hold {
            Hold::Listening | Hold::Reserved => present != self.cookies,
            // Connections come and go.
            Hold::Connected => present.is_empty() || is_listened_at(self.addr),
        })
    }

    /// Whether a report of a closed socket ends the wait; where reports were lost, the list must be read.
    fn is_over_with(&self, closed: Option<u64>) -> bool {
        let is_awaited = |cookie| self.hold != Hold::Connected && self.cookies.contains(&cookie);
        // Another may be a connection that the holder had taken, for instance.
        let is_in_doubt = closed.is_none() || self.only_a_bind_tells;
        closed.is_some_and(is_awaited) || (is_in_doubt && self.is_over())
    }
}

fn cookies(addr: SocketAddr, hold: Hold) -> io::Result<BTreeSet<u64>> {
    Ok(in_the_way(addr, hold)?.into_iter().map(|socket| socket.cookie).collect())
}

/// A process that was named and is to be held on to.
pub(crate) enum Pin {
    /// It is this one, beyond doubt.
    Held(ProcessHandle),
    /// It is ending: the system does not say any more what it was, and it may hold its sockets for another moment.
    Ending(ProcessHandle),
    Gone,
    /// That process id belongs to another one.
    Another,
    /// The system does not let us hold on to it.
    Impossible(io::Error),
}

pub(crate) fn pin(wanted: &Identity) -> Pin {
    let process = match ProcessHandle::open(wanted.pid) {
        Ok(Some(process)) => process,
        Ok(None) => return Pin::Gone,
        Err(error) => return Pin::Impossible(error),
    };
    // If it lives after its identity was read, its id was its own all the while.
    match identity(wanted.pid) {
        _ if process.is_gone() => Pin::Gone,
        Some(found) if found.is(wanted) => Pin::Held(process),
        Some(found) if is_ending(&found, wanted) => Pin::Ending(process),
        Some(_) => Pin::Another,
        None => Pin::Ending(process),
    }
}

/// Whether what is found is what is left of a process that ends: it loses its program first and its sockets later.
pub(crate) fn is_ending(found: &Identity, wanted: &Identity) -> bool {
    found.began == wanted.began && found.executable.is_none()
}
