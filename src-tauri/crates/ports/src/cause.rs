//! Who or what keeps us from having a port to ourselves.

use std::collections::BTreeMap;
use std::io;
use std::net::SocketAddr;
use std::time::SystemTime;

use wire::{Cause, Holder};

use crate::guard::{self, Known};
use crate::seen::Socket;
use crate::system;

/// Who or what is on that address besides our own listener. A socket of this very process is named only where there is
/// nobody else.
///
/// Slow: it may look into every process of the machine. In a runtime, call it where blocking is allowed.
#[must_use]
pub fn cause(addr: SocketAddr, known: &Known) -> Cause {
    match Scene::at(addr, known) {
        Ok(scene) => scene.into_cause(addr),
        Err(error) => {
            tracing::warn!(%addr, error = &error as &dyn std::error::Error, "cannot read the list of sockets");
            Cause::Unseen
        }
    }
}

/// How a socket keeps others from an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Hold {
    /// It takes connections there.
    Listening,
    /// It is bound, but neither listens nor is connected. It takes a slow question to learn of it.
    Reserved,
}

/// The sockets that are in the way of a listener on that address.
pub(crate) fn in_the_way(addr: SocketAddr, hold: Hold) -> io::Result<Vec<Socket>> {
    let mut sockets = match hold {
        Hold::Listening => system::listening(addr.port())?,
        Hold::Reserved => system::reserved(addr.port())?,
    };
    sockets.retain(|socket| socket.overlaps(addr));
    Ok(sockets)
}

/// Everybody who is on an address at one moment.
pub(crate) struct Scene {
    /// In which way all of the following hold it.
    pub(crate) hold: Hold,
    /// The other processes on it.
    pub(crate) holders: Vec<Holder>,
    /// The sockets of those, all of them.
    pub(crate) sockets: Vec<Socket>,
    /// Sockets whose owners can't be seen.
    hidden: Vec<Socket>,
    /// This process, if it has a socket there.
    ourselves: Option<Holder>,
}

impl Scene {
    pub(crate) fn at(addr: SocketAddr, known: &Known) -> io::Result<Self> {
        // What is only reserved matters, and is asked for, only where nothing listens.
        let (hold, sockets) = match in_the_way(addr, Hold::Listening)? {
            nothing if nothing.is_empty() => (Hold::Reserved, in_the_way(addr, Hold::Reserved)?),
            sockets => (Hold::Listening, sockets),
        };
        let owners = if sockets.is_empty() { BTreeMap::new() } else { system::owners(&sockets) };
        let mut addresses = BTreeMap::<u32, Vec<String>>::new();
        let (mut theirs, mut hidden) = (Vec::new(), Vec::new());
        let own_pid = std::process::id();
        for socket in sockets {
            match owners.get(&socket.key).map(Vec::as_slice).unwrap_or_default() {
                [] => hidden.push(socket),
                // A listener of ours stays ours when a child has it too.
                pids if pids.contains(&own_pid) => note(&mut addresses, own_pid, &socket),
                pids => {
                    pids.iter().for_each(|pid| note(&mut addresses, *pid, &socket));
                    theirs.push(socket);
                }
            }
        }
        let mut holders: Vec<_> = addresses
            .into_iter()
            .filter_map(|(pid, addresses)| holder(pid, &addresses, known))
            .collect();
        let ourselves = holders
            .iter()
            .position(|holder| holder.identity.pid == own_pid)
            .map(|at| holders.remove(at));
        holders.sort_by_key(|holder| (holder.started, holder.identity.pid));
        Ok(Self {
            hold,
            holders,
            sockets: theirs,
            hidden: still_there(hidden, addr, hold)?,
            ourselves,
        })
    }

    /// What can be said of a socket whose owners can't be seen. Where not even its user is known, its owner has ended and
    /// left it to a process that the system doesn't name.
    pub(crate) fn hidden_cause(&self) -> Option<Cause> {
        let hidden = self.hidden.first()?;
        Some(hidden.uid.map_or(Cause::Unseen, |uid| Cause::Hidden { user: system::user_name(uid) }))
    }

    pub(crate) fn into_cause(self, addr: SocketAddr) -> Cause {
        if !self.holders.is_empty() {
            return Cause::Held { holders: self.holders };
        }
        if let Some(cause) = self.hidden_cause() {
            return cause;
        }
        if let Some(ourselves) = self.ourselves {
            return Cause::Held { holders: vec![ourselves] };
        }
        match system::lingering(addr) {
            Ok(Some(rest)) => Cause::Lingering { free_at: (SystemTime::now() + rest).into() },
            Ok(None) | Err(_) => Cause::Unseen,
        }
    }
}

fn note(addresses: &mut BTreeMap<u32, Vec<String>>, pid: u32, socket: &Socket) {
    addresses.entry(pid).or_default().push(socket.local.to_string());
}

fn holder(pid: u32, addresses: &[String], known: &Known) -> Option<Holder> {
    let profile = system::profile(pid)?;
    Some(Holder {
        kind: guard::kind(&profile, known),
        guard: guard::guard(&profile, known),
        identity: profile.identity,
        name: profile.name,
        command_line: profile.command_line,
        user: profile.user,
        started: profile.started,
        address: addresses.join(", "),
    })
}

/// A socket without an owner may only have lost it between the two looks, and be gone itself.
fn still_there(hidden: Vec<Socket>, addr: SocketAddr, hold: Hold) -> io::Result<Vec<Socket>> {
    if hidden.is_empty() {
        return Ok(hidden);
    }
    let present = in_the_way(addr, hold)?;
    Ok(hidden
        .into_iter()
        .filter(|socket| present.iter().any(|other| other.key == socket.key))
        .collect())
}
