//! Whom we never end.

use wire::{Guard, HolderKind, Identity};

use crate::seen::Profile;
use crate::system;

/// Which processes are xSwarm's. They are known by what they wrote into their lock, never by name.
#[derive(Clone, Debug, Default)]
pub struct Known {
    /// The one that runs at the moment.
    pub running: Option<Identity>,
    /// The one before it.
    pub older: Option<Identity>,
}

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

/// What we know of a process.
pub(crate) fn kind(profile: &Profile, known: &Known) -> HolderKind {
    if known.older.as_ref() == Some(&profile.identity) {
        HolderKind::OlderXswarm
    } else if is_one_of(profile, CONTAINER_PROXIES) {
        HolderKind::Container
    } else {
        HolderKind::Program
    }
}

/// Why we would not end it, or nothing if we would.
pub(crate) fn guard(profile: &Profile, known: &Known) -> Option<Guard> {
    let pid = profile.identity.pid;
    if pid == std::process::id() {
        Some(Guard::Ourselves)
    } else if known.running.as_ref() == Some(&profile.identity) {
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
    let mut generation = std::process::id();
    for _ in 0..GENERATIONS {
        match system::parent(generation) {
            Some(parent) if parent == pid => return true,
            Some(parent) => generation = parent,
            None => return false,
        }
    }
    false
}
