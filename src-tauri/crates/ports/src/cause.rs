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

/// The sockets that are in the way of a listener on that address. One that is bound but does not listen is only looked for
/// where nothing listens: it takes a slower question, and it keeps others out just the same.
pub(crate) fn in_the_way(addr: SocketAddr) -> io::Result<Vec<Socket>> {
    let overlapping =
        |sockets: Vec<Socket>| sockets.into_iter().filter(|socket| socket.overlaps(addr)).collect();
    let listening: Vec<_> = overlapping(system::listening(addr.port())?);
    if listening.is_empty() {
        Ok(overlapping(system::reserved(addr.port())?))
    } else {
        Ok(listening)
    }
}

/// Everybody who is on an address at one moment.
pub(crate) struct Scene {
    /// The other processes on it.
    pub(crate) holders: Vec<Holder>,
    /// The sockets of those, all of them.
    pub(crate) sockets: Vec<Socket>,
    /// Sockets whose owners can't be seen.
    pub(crate) hidden: Vec<Socket>,
    /// This process, if it has a socket there.
    ourselves: Option<Holder>,
}

impl Scene {
    pub(crate) fn at(addr: SocketAddr, known: &Known) -> io::Result<Self> {
        let sockets = in_the_way(addr)?;
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
        Ok(Self { holders, sockets: theirs, hidden: still_there(hidden, addr)?, ourselves })
    }

    pub(crate) fn into_cause(self, addr: SocketAddr) -> Cause {
        if !self.holders.is_empty() {
            return Cause::Held { holders: self.holders };
        }
        if let Some(hidden) = self.hidden.first() {
            return Cause::Hidden { user: hidden.uid.and_then(system::user_name) };
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
fn still_there(hidden: Vec<Socket>, addr: SocketAddr) -> io::Result<Vec<Socket>> {
    if hidden.is_empty() {
        return Ok(hidden);
    }
    let present = in_the_way(addr)?;
    Ok(hidden
        .into_iter()
        .filter(|socket| present.iter().any(|other| other.key == socket.key))
        .collect())
}
