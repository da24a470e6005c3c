//! Who or what keeps us from having a port to ourselves.

use std::collections::BTreeMap;
use std::io;
use std::net::SocketAddr;
use std::time::SystemTime;

use wire::{Cause, Holder, bounded, bounded_name};

use crate::guard::{self, Known};
use crate::system;
use crate::types::{Hold, Socket};

/// How many characters of a command line are kept, each argument counting for one more.
const LONGEST_COMMAND: usize = 4096;

/// Who or what is on that address besides our own listener. A socket of this very process is named only where there is
/// nobody else.
///
/// What is asked first is what most surely blocks a bind: a listener, then a socket that is only bound, and only then
/// connections, open ones before those that are closing. A connection need not be in the way: that depends on what its
/// listener asked for, which no system tells.
///
/// Being out of descriptors is no cause that is found here: it is the answer to a bind, [`crate::BindError::Exhausted`].
///
/// Slow: it may look into every process of the machine. In a runtime, call it where blocking is allowed.
pub fn cause(addr: SocketAddr, known: &Known) -> Cause {
    let found = Scene::at(addr, known).and_then(|scene| scene.into_cause(addr, known));
    let mut found = found.unwrap_or_else(|error| {
        tracing::warn!(%addr, error = &error as &dyn std::error::Error, "cannot read the list of sockets");
        unseen(addr)
    });
    if let Cause::Held { holders } = &mut found {
        guard::recognise(holders, addr, known);
    }
    found
}

/// The sockets that are in the way of a listener on that address.
pub(crate) fn in_the_way(addr: SocketAddr, hold: Hold) -> io::Result<Vec<Socket>> {
    let mut sockets = system::sockets(addr.port(), hold)?;
    sockets.retain(|socket| socket.overlaps(addr));
    Ok(sockets)
}

/// Everybody who is on an address at one moment.
pub(crate) struct Scene {
    /// In which way all of the following hold it.
    pub(crate) hold: Hold,
    /// The other processes, without this one.
    pub(crate) holders: Vec<Holder>,
    pub(crate) sockets: Vec<Socket>,
    /// Sockets whose owners can't be seen.
    hidden: Vec<Socket>,
    pub(crate) ourselves: Option<Holder>,
}

impl Scene {
    /// Those who have the address, as distinct from those who merely are connected there.
    pub(crate) fn at(addr: SocketAddr, known: &Known) -> io::Result<Self> {
        // What is only reserved matters, and is asked for, only where nothing listens; and what was only reserved at the
        // first look may listen by the second, so that neither has shown it.
        let mut listening = in_the_way(addr, Hold::Listening)?;
        if listening.is_empty() {
            let reserved = in_the_way(addr, Hold::Reserved)?;
            if !reserved.is_empty() {
                return Self::of(addr, Hold::Reserved, reserved, known);
            }
            listening = in_the_way(addr, Hold::Listening)?;
        }
        Self::of(addr, Hold::Listening, listening, known)
    }

    fn of(addr: SocketAddr, hold: Hold, sockets: Vec<Socket>, known: &Known) -> io::Result<Self> {
        let owners = if sockets.is_empty() { BTreeMap::new() } else { system::owners(&sockets) };
        let mut addresses = BTreeMap::<u32, Vec<String>>::new();
        let (mut theirs, mut hidden) = (Vec::new(), Vec::new());
        let own_pid = std::process::id();
        for socket in sockets {
            match pids(&owners, &socket) {
                [] => hidden.push(socket),
                // A socket of ours stays ours when a child has it too.
                pids if pids.contains(&own_pid) => note(&mut addresses, own_pid, &socket),
                pids => {
                    pids.iter().for_each(|pid| note(&mut addresses, *pid, &socket));
                    theirs.push(socket);
                }
            }
        }
        let (mut ourselves, mut holders): (Vec<_>, Vec<_>) = addresses
            .into_iter()
            .filter_map(|(pid, addresses)| holder(pid, &addresses, known))
            .partition(|holder| holder.identity.pid == own_pid);
        holders.sort_by_key(|holder| (holder.started, holder.identity.pid));
        theirs.iter().for_each(|socket| mark_heirs(&mut holders, pids(&owners, socket)));
        Ok(Self {
            hold,
            holders,
            sockets: theirs,
            hidden: still_there(hidden, addr, hold)?,
            ourselves: ourselves.pop(),
        })
    }

    pub(crate) fn into_cause(self, addr: SocketAddr, known: &Known) -> io::Result<Cause> {
        if let Some(cause) = self.others().or_else(|| self.ourselves()) {
            return Ok(cause);
        }
        let connected = Self::of(addr, Hold::Connected, in_the_way(addr, Hold::Connected)?, known)?;
        if let Some(cause) = connected.others() {
            return Ok(cause);
        }
        if let Some(rest) = system::lingering(addr)? {
            return Ok(Cause::Lingering { free_at: (SystemTime::now() + rest).into() });
        }
        // Calls that we took ourselves come last: they are not in the way of a listener like ours.
        Ok(connected.ourselves().unwrap_or_else(|| unseen(addr)))
    }

    fn others(&self) -> Option<Cause> {
        if self.holders.is_empty() {
            self.hidden_cause()
        } else {
            Some(self.held_by(self.holders.clone()))
        }
    }

    fn ourselves(&self) -> Option<Cause> {
        self.ourselves.clone().map(|ourselves| self.held_by(vec![ourselves]))
    }

    fn held_by(&self, holders: Vec<Holder>) -> Cause {
        match self.hold {
            Hold::Listening => Cause::Held { holders },
            Hold::Reserved => Cause::Reserved { holders },
            Hold::Connected => Cause::Connected { holders },
        }
    }

    pub(crate) fn hidden_cause(&self) -> Option<Cause> {
        let socket = self.hidden.first()?;
        Some(system::hidden(socket, system::inquiry(socket.local.port(), self.hold)))
    }
}

fn unseen(addr: SocketAddr) -> Cause {
    Cause::Unseen { command: system::inquiry(addr.port(), Hold::Reserved) }
}

fn pids<'a>(owners: &'a BTreeMap<u64, Vec<u32>>, socket: &Socket) -> &'a [u32] {
    owners.get(&socket.key).map(Vec::as_slice).unwrap_or_default()
}

fn note(addresses: &mut BTreeMap<u32, Vec<String>>, pid: u32, socket: &Socket) {
    let addresses = addresses.entry(pid).or_default();
    let address = socket.local.to_string();
    // A server may have a thousand connections on one address.
    if !addresses.contains(&address) {
        addresses.push(address);
    }
}

/// Of several processes that have the same socket the oldest is taken for the one that made it.
fn mark_heirs(holders: &mut [Holder], pids: &[u32]) {
    let owners = holders.iter_mut().filter(|holder| pids.contains(&holder.identity.pid));
    owners.skip(1).for_each(|heir| heir.has_inherited = true);
}

fn holder(pid: u32, addresses: &[String], known: &Known) -> Option<Holder> {
    let profile = system::profile(pid)?;
    Some(Holder {
        kind: guard::kind(&profile, known),
        guard: guard::guard(&profile, known),
        identity: profile.identity,
        name: bounded_name(&profile.name),
        command_line: shown(&profile.command_line),
        user: profile.user.as_deref().map(bounded_name),
        started: profile.started,
        address: addresses.join(", "),
        is_frozen: profile.is_frozen,
        has_inherited: false,
        program: known.programs.owner_of(pid),
        started_by: starter(pid),
    })
}

fn starter(pid: u32) -> Option<String> {
    // Who started us is nobody's business here, and nobody's trouble.
    let parent = system::parent(pid).filter(|_| pid != std::process::id())?;
    Some(format!("{} ({parent})", bounded_name(&system::profile(parent)?.name)))
}

/// As much of a command line as is shown, with "…" where it goes on.
fn shown(command_line: &[String]) -> Vec<String> {
    let mut room = LONGEST_COMMAND;
    let mut shown = Vec::new();
    for argument in command_line {
        if room == 0 {
            shown.push("…".to_owned());
            break;
        }
        let argument = bounded(argument, room);
        room = room.saturating_sub(argument.chars().count() + 1);
        shown.push(argument);
    }
    shown
}

/// A socket without an owner may only have lost it between the two looks, and be gone itself.
fn still_there(hidden: Vec<Socket>, addr: SocketAddr, hold: Hold) -> io::Result<Vec<Socket>> {
    if hidden.is_empty() {
        return Ok(hidden);
    }
    let present = in_the_way(addr, hold)?;
    Ok(hidden.into_iter().filter(|socket| socket.is_among(&present)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown_of(arguments: &[&str]) -> Vec<String> {
        shown(&arguments.iter().map(|one| (*one).to_owned()).collect::<Vec<_>>())
    }

    #[test]
    fn a_command_line_is_shown_whole_or_as_cut() {
        assert_eq!(shown_of(&["nc", "-l", ""]), ["nc", "-l", ""]);
        let long = "x".repeat(LONGEST_COMMAND);
        assert_eq!(shown_of(&[&long]), [long.as_str()]);
        assert_eq!(shown_of(&[&long, "more"]).last().map(String::as_str), Some("…"));
        let shown = shown_of(&["java", &long]);
        assert_eq!(shown[1].chars().count(), LONGEST_COMMAND - 5);
        assert!(shown[1].ends_with('…'));
        assert_eq!(shown_of(&vec![""; 60_000]).len(), LONGEST_COMMAND + 1);
    }
}
