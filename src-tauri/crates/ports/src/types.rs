//! What is asked of a system, and what it tells of the sockets on a port and of a process.

use std::net::{IpAddr, SocketAddr};

use wire::{Identity, Timestamp};

/// A socket that has a local address and takes, or could take, connections there.
#[derive(Clone, Debug)]
pub(crate) struct Socket {
    pub(crate) local: SocketAddr,
    /// Whether an IPv6 wildcard leaves IPv4 alone.
    pub(crate) is_v6_only: bool,
    /// What its owners are found by: the socket's own number, or on systems without one its owner's process id.
    pub(crate) key: u64,
    /// What tells it from all others, also from those that come after it, as far as the system has such a thing.
    pub(crate) cookie: u64,
    /// The user that made it. Windows doesn't tell.
    #[cfg(unix)]
    pub(crate) uid: u32,
}

impl Socket {
    pub(crate) fn is_among(&self, others: &[Self]) -> bool {
        others.iter().any(|other| other.key == self.key)
    }

    /// Whether it and an exclusive listener of ours on that address would be in each other's way.
    pub(crate) fn overlaps(&self, ours: SocketAddr) -> bool {
        if self.local.port() != ours.port() {
            return false;
        }
        match (self.local.ip().to_canonical(), ours.ip().to_canonical()) {
            (IpAddr::V4(theirs), IpAddr::V4(ours)) => {
                theirs == ours || theirs.is_unspecified() || ours.is_unspecified()
            }
            (IpAddr::V6(theirs), IpAddr::V6(ours)) => {
                theirs == ours || theirs.is_unspecified() || ours.is_unspecified()
            }
            (IpAddr::V6(theirs), IpAddr::V4(_)) => theirs.is_unspecified() && !self.is_v6_only,
            // Our own listeners are never dual: on an IPv6 address they leave IPv4 alone.
            (IpAddr::V4(_), IpAddr::V6(_)) => false,
        }
    }
}

/// Whether both ends of a connection with these addresses are on this machine.
pub(crate) fn is_same_machine(one: IpAddr, other: IpAddr) -> bool {
    let [one, other] = [one, other].map(|ip| ip.to_canonical());
    one == other || (one.is_loopback() && other.is_loopback())
}

/// How a socket keeps others from an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Hold {
    /// It takes connections there.
    Listening,
    /// It is bound, but neither listens nor is connected. It takes a slow question to learn of it.
    Reserved,
    /// It is one end of a connection, which it may have made or accepted.
    Connected,
}

/// Whether others may listen beside us.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Sharing {
    /// Nobody gets in beside us, whatever they ask for.
    #[default]
    Exclusive,
    /// Others of our user who ask for the same may listen beside us. Linux deals the connections out evenly; on macOS the
    /// last to come gets them all. Windows has nothing of the kind: there it is the same as `Exclusive`.
    Shared,
}

/// A process as it is shown to a person and judged by a guard.
#[derive(Clone, Debug, Default)]
pub(crate) struct Profile {
    pub(crate) identity: Identity,
    pub(crate) name: String,
    pub(crate) command_line: Vec<String>,
    pub(crate) user: Option<String>,
    pub(crate) started: Option<Timestamp>,
    /// Whether somebody has stopped it: the kernel still takes its connections, and it answers none of them.
    pub(crate) is_frozen: bool,
    /// Whether the kernel itself says that it is a part of the system.
    pub(crate) is_kernel: bool,
    /// Whether it belongs to another user than we do.
    pub(crate) is_foreign: bool,
}

/// What tells one command line from another. It keeps nobody out who chooses his own, which every program may do as well:
/// it only has to differ where command lines do, and to be the same in every build of ours (FNV-1a).
pub(crate) fn digest(command_line: &[u8]) -> String {
    let digest = command_line.iter().fold(0xcbf2_9ce4_8422_2325_u64, |digest, byte| {
        (digest ^ u64::from(*byte)).wrapping_mul(0x100_0000_01b3)
    });
    format!("{digest:016x}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digests_are_those_of_every_other_build() {
        assert_eq!(digest(b""), "cbf29ce484222325");
        assert_eq!(digest(b"foobar"), "85944171f73967e8");
    }

    fn overlap(theirs: &str, is_v6_only: bool, ours: &str) -> bool {
        let local = theirs.parse().expect("a socket address");
        let theirs = Socket {
            local,
            is_v6_only,
            key: 0,
            cookie: 0,
            #[cfg(unix)]
            uid: 0,
        };
        theirs.overlaps(ours.parse().expect("a socket address"))
    }

    #[test]
    fn the_same_address_and_every_wildcard_over_it_overlap() {
        assert!(overlap("127.0.0.1:9998", false, "127.0.0.1:9998"));
        assert!(overlap("0.0.0.0:9998", false, "127.0.0.1:9998"));
        assert!(overlap("[::]:9998", false, "127.0.0.1:9998"));
        assert!(overlap("[::ffff:127.0.0.1]:9998", false, "127.0.0.1:9998"));
        assert!(overlap("[::]:9998", true, "[::1]:9998"));
        assert!(overlap("127.0.0.1:9998", false, "0.0.0.0:9998"));
    }

    #[test]
    fn what_takes_no_connection_of_ours_does_not_overlap() {
        assert!(!overlap("127.0.0.1:9999", false, "127.0.0.1:9998"));
        assert!(!overlap("127.0.0.2:9998", false, "127.0.0.1:9998"));
        assert!(!overlap("[::1]:9998", false, "127.0.0.1:9998"));
        assert!(!overlap("[::]:9998", true, "127.0.0.1:9998"));
        assert!(!overlap("127.0.0.1:9998", false, "[::1]:9998"));
    }
}
