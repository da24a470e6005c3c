//! Whom we never end.

use std::net::SocketAddr;

use wire::{Failure, Guard, Holder, HolderKind, Identity};

use crate::programs::{self, Programs};
use crate::system;
use crate::types::Profile;

/// Which processes are xSwarm's. They are known by what they wrote into their lock or say themselves, never by name alone.
#[derive(Clone, Debug, Default)]
pub struct Known {
    /// The one that runs at the moment.
    pub running: Option<Identity>,
    /// The one before it.
    pub older: Option<Identity>,
    /// Tells whether whoever listens at an address says that it is an xSwarm. It may block for a moment, and is only put to
    /// a program that is alone there and has a name like one of ours: nobody else gets to hear from us.
    pub handshake: Option<fn(SocketAddr) -> bool>,
    /// The programs that this process runs.
    pub programs: Programs,
}

/// What the names of our programs begin with.
const OUR_NAMES: &str = "xswarm";

/// What stands between a container's port and the machine's.
const CONTAINER_PROXIES: &[&str] = &[
    "com.docker.backend",
    "com.docker.vpnkit",
    "conmon",
    "containerd",
    "containerd-shim-runc-v2",
    "docker-proxy",
    "dockerd",
    "gvproxy",
    "netavark",
    "OrbStack Helper",
    "pasta",
    "passt",
    "rootlesskit",
    "rootlessport",
    "slirp4netns",
    "vpnkit",
    "wslrelay",
];

/// How many generations of our ancestors are looked at, lest a circle of recycled ids never ends.
const GENERATIONS: usize = 64;

pub(crate) fn kind(profile: &Profile, known: &Known) -> HolderKind {
    if known.older.as_ref().is_some_and(|older| older.is(&profile.identity)) {
        HolderKind::OlderXswarm
    } else if is_one_of(profile, CONTAINER_PROXIES) {
        HolderKind::Container
    } else {
        HolderKind::Program
    }
}

/// Lets the program that is alone on that address say what it is, if it may be one of ours.
pub(crate) fn recognise(holders: &mut [Holder], addr: SocketAddr, known: &Known) {
    if let ([holder], Some(handshake)) = (holders, known.handshake)
        && holder.kind == HolderKind::Program
        && holder.guard.is_none()
        && has_one_of_our_names(&holder.name)
        && handshake(addr)
    {
        holder.kind = HolderKind::OlderXswarm;
    }
}

fn has_one_of_our_names(name: &str) -> bool {
    name.get(..OUR_NAMES.len()).is_some_and(|start| start.eq_ignore_ascii_case(OUR_NAMES))
}

/// The name of the process of that id, which may be ended; nothing if there is none any more.
pub(crate) fn endable(pid: u32, known: &Known) -> Result<Option<String>, Failure> {
    let Some(profile) = system::profile(pid) else { return Ok(None) };
    match guard(&profile, known) {
        Some(guard) => Err(Failure::Refused { pid, name: profile.name, guard }),
        None => Ok(Some(profile.name)),
    }
}

/// Why we would not end it, or nothing if we would.
pub(crate) fn guard(profile: &Profile, known: &Known) -> Option<Guard> {
    let pid = profile.identity.pid;
    if pid == std::process::id() {
        Some(Guard::Ourselves)
    } else if is_our_program(pid, known) {
        Some(Guard::OurProgram)
    } else if known.running.as_ref().is_some_and(|running| running.is(&profile.identity)) {
        Some(Guard::RunningXswarm)
    } else if is_system(profile) {
        Some(Guard::System)
    } else if is_ancestor(pid) {
        Some(Guard::Ancestor)
    } else if profile.is_foreign {
        Some(Guard::AnotherUser)
    } else if is_one_of(profile, CONTAINER_PROXIES) {
        Some(Guard::Container)
    } else {
        None
    }
}

/// Whether we run it, or the xSwarm Voice does that runs.
fn is_our_program(pid: u32, known: &Known) -> bool {
    known.programs.owner_of(pid).is_some()
        || known.running.as_ref().is_some_and(|running| programs::is_run_by(running.pid, pid))
}

fn is_system(profile: &Profile) -> bool {
    system::SYSTEM_PIDS.contains(&profile.identity.pid)
        || profile.is_kernel
        || is_one_of(profile, system::SYSTEM_PROGRAMS)
}

fn is_one_of(profile: &Profile, names: &[&str]) -> bool {
    let name = profile.name.strip_suffix(".exe").unwrap_or(&profile.name);
    names.iter().any(|one| one.eq_ignore_ascii_case(name))
}

fn is_ancestor(pid: u32) -> bool {
    let parent = |pid: &u32| system::parent(*pid);
    let ancestors = std::iter::successors(parent(&std::process::id()), parent);
    ancestors.take(GENERATIONS).any(|ancestor| ancestor == pid)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A process of our own user, of which nothing is special but its name.
    fn named(name: &str) -> Profile {
        Profile {
            identity: Identity { pid: u32::MAX, began: "1".to_owned(), ..Identity::default() },
            name: name.to_owned(),
            ..Profile::default()
        }
    }

    fn guarded(profile: &Profile) -> Option<Guard> {
        guard(profile, &Known::default())
    }

    #[test]
    fn a_program_of_our_user_may_be_ended_whatever_it_is_called() {
        assert_eq!(guarded(&named("node")), None);
        assert_eq!(guarded(&named("xswarm")), None);
    }

    #[test]
    fn what_stands_for_a_container_is_told_as_one_and_left_alone() {
        for name in ["docker-proxy", "rootlessport", "com.docker.backend.exe"] {
            assert_eq!(kind(&named(name), &Known::default()), HolderKind::Container, "{name}");
            assert_eq!(guarded(&named(name)), Some(Guard::Container), "{name}");
        }
    }

    #[test]
    fn the_system_and_other_users_are_left_alone() {
        for name in system::SYSTEM_PROGRAMS {
            assert_eq!(guarded(&named(name)), Some(Guard::System), "{name}");
        }
        assert_eq!(guarded(&Profile { is_kernel: true, ..named("kworker") }), Some(Guard::System));
        assert_eq!(
            guarded(&Profile { is_foreign: true, ..named("node") }),
            Some(Guard::AnotherUser)
        );
    }

    #[test]
    fn an_xswarm_is_known_by_all_of_its_identity() {
        let profile = named("xswarm");
        let running = Known { running: Some(profile.identity.clone()), ..Known::default() };
        assert_eq!(guard(&profile, &running), Some(Guard::RunningXswarm));
        let started_otherwise = Identity { began: "2".to_owned(), ..profile.identity.clone() };
        assert_eq!(
            guard(&profile, &Known { running: Some(started_otherwise), ..Known::default() }),
            None
        );
    }
}
