//! Where the processes of a program listen.

use std::collections::BTreeMap;
use std::io;
use std::net::SocketAddr;
use std::slice;
use std::sync::{Arc, Mutex, PoisonError};

use wire::Identity;

use crate::cause::in_the_way;
use crate::system::{self, guarding};
use crate::types::{Hold, Socket};

/// All processes that came of a program.
#[derive(Clone, Debug)]
pub struct Tree {
    guardian: u32,
    /// Those that were seen so far.
    seen: Arc<Mutex<BTreeMap<u32, Identity>>>,
}

/// How a program stands to an address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Presence {
    /// Nobody listens there.
    Absent {
        /// Where it listens instead.
        elsewhere: Vec<SocketAddr>,
    },
    /// It listens there, and nobody else does.
    Alone,
    /// It listens there, and so does somebody else.
    Shared,
    /// Somebody else listens there.
    Foreign,
}

impl Tree {
    pub(super) fn of(guardian: u32) -> Self {
        Self { guardian, seen: Arc::default() }
    }

    /// How it stands to that address. It may block for some milliseconds.
    pub fn presence(&self, addr: SocketAddr) -> io::Result<Presence> {
        if self.still_has(addr)? {
            return Ok(Presence::Alone);
        }
        let first = self.glance(addr)?;
        // What came between the look at the processes and that at the sockets looks like somebody else's.
        if let Presence::Shared | Presence::Foreign = first { self.glance(addr) } else { Ok(first) }
    }

    /// Whether processes that were seen before are all that listens there. To ask them takes no look at all others.
    fn still_has(&self, addr: SocketAddr) -> io::Result<bool> {
        let seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let is_theirs = |socket: &Socket| {
            let mut holders =
                seen.values().filter(|one| system::holds(one.pid, slice::from_ref(socket)));
            holders.any(is_alive)
        };
        let listening = in_the_way(addr, Hold::Listening)?;
        Ok(!listening.is_empty() && listening.iter().all(is_theirs))
    }

    fn glance(&self, addr: SocketAddr) -> io::Result<Presence> {
        let pids = self.look();
        let is_ours =
            |socket: &Socket| pids.iter().any(|pid| system::holds(*pid, slice::from_ref(socket)));
        let (ours, others): (Vec<_>, Vec<_>) =
            in_the_way(addr, Hold::Listening)?.into_iter().partition(is_ours);
        Ok(match (ours.is_empty(), others.is_empty()) {
            (false, true) => Presence::Alone,
            (false, false) => Presence::Shared,
            (true, false) => Presence::Foreign,
            (true, true) => {
                let everywhere = system::all_listening()?;
                let elsewhere = everywhere.iter().filter(|socket| is_ours(socket));
                let mut elsewhere: Vec<_> = elsewhere.map(|socket| socket.local).collect();
                elsewhere.sort();
                elsewhere.dedup();
                Presence::Absent { elsewhere }
            }
        })
    }

    /// The processes that there are at this moment.
    fn look(&self) -> Vec<u32> {
        let pids = guarding::tree(self.guardian);
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        seen.retain(|pid, _| pids.contains(pid));
        for pid in &pids {
            if !seen.contains_key(pid)
                && let Some(identity) = system::identity(*pid)
            {
                seen.insert(*pid, identity);
            }
        }
        pids
    }

    /// The processes that are left of it where its guardian isn't any more: those that were seen before, and those that
    /// have its mark.
    pub(super) fn remains(&self, mark: &str) -> Vec<Identity> {
        let seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let marked = guarding::marked(mark).into_iter().filter_map(system::identity);
        seen.into_values().chain(marked).filter(is_alive).collect()
    }
}

/// Whether it is there still, whatever it runs by now.
fn is_alive(one: &Identity) -> bool {
    system::identity(one.pid).is_some_and(|found| found.began == one.began)
}
