//! A listening socket that nobody shares unasked, and what the kernel says of it.

use std::io::{self, ErrorKind};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::task::{Context, Poll};

use socket2::{Domain, Protocol, Socket, Type};
use tokio::net::{TcpListener, TcpStream};
use wire::Refusal;

use crate::cause::in_the_way;
use crate::system;
use crate::types::{Hold, Sharing};

/// How many connections may wait until they are accepted. The kernel has its own ceiling.
const BACKLOG: i32 = 1024;

/// A listening socket of ours: bindable again at once after it is dropped, not inherited by programs that we start, and
/// exclusive unless it was asked for otherwise.
#[derive(Debug)]
pub struct Listener {
    pub(crate) inner: TcpListener,
    local: SocketAddr,
    key: u64,
}

/// What the kernel says of a listener of ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// It listens, and nobody else does where it would matter.
    Alone,
    /// It listens, and so does somebody else: connections may go astray.
    Shared,
    /// It does not listen any more, though we still hold the socket.
    Lost,
}

/// Why an address can't be had.
#[derive(Debug, thiserror::Error)]
pub enum BindError {
    /// Somebody has it. [`crate::cause()`] tells who.
    #[error("the address is in use")]
    InUse,
    /// The system will not let us, however often we try.
    #[error("the system refuses the address")]
    Refused(#[source] Refusal),
    /// Out of descriptors or buffers, which may be better in a moment.
    #[error("the system is out of descriptors or buffers")]
    Exhausted(#[source] io::Error),
}

impl Listener {
    /// Binds and listens, as one step: two sockets may both be bound, and only the second `listen` tells.
    ///
    /// # Panics
    ///
    /// Outside of a tokio runtime.
    pub fn bind(addr: SocketAddr, sharing: Sharing) -> Result<Self, BindError> {
        bound(addr, sharing).and_then(Self::listening).map_err(|error| BindError::of(error, addr))
    }

    /// Makes a listener ours that another process made. Who may share it was for that process to say.
    ///
    /// # Panics
    ///
    /// Outside of a tokio runtime.
    pub fn adopt(listener: std::net::TcpListener) -> io::Result<Self> {
        Self::of(listener.into())
    }

    fn listening(socket: Socket) -> io::Result<Self> {
        socket.listen(BACKLOG)?;
        Self::of(socket)
    }

    fn of(socket: Socket) -> io::Result<Self> {
        socket.set_nonblocking(true)?;
        let inner = TcpListener::from_std(socket.into())?;
        Ok(Self { local: inner.local_addr()?, key: system::key(&inner)?, inner })
    }

    /// Where it listens.
    pub fn local_addr(&self) -> SocketAddr {
        self.local
    }

    /// The same listening socket once more, for another process. It stays open until both are closed.
    pub fn duplicate(&self) -> io::Result<std::net::TcpListener> {
        Ok(socket2::SockRef::from(&self.inner).try_clone()?.into())
    }

    /// Takes the next connection.
    pub fn poll_accept(&self, cx: &mut Context<'_>) -> Poll<io::Result<(TcpStream, SocketAddr)>> {
        self.inner.poll_accept(cx).map(|accepted| {
            let (stream, peer) = accepted?;
            system::keep_from_children(&stream)?;
            Ok((stream, peer))
        })
    }

    /// What the kernel says of it. On Linux this takes well under a tenth of a millisecond; elsewhere some milliseconds.
    pub fn standing(&self) -> io::Result<Standing> {
        // A socket of another process is the same as ours if they have been given it, or we have it from them.
        let (own, others): (Vec<_>, Vec<_>) = in_the_way(self.local, Hold::Listening)?
            .into_iter()
            .partition(|socket| socket.key == self.key);
        Ok(match (own.is_empty(), others.is_empty()) {
            (true, _) => Standing::Lost,
            (false, true) => Standing::Alone,
            (false, false) => Standing::Shared,
        })
    }
}

impl BindError {
    fn of(error: io::Error, addr: SocketAddr) -> Self {
        let kind = error.kind();
        if is_exhaustion(&error) {
            Self::Exhausted(error)
        } else if kind == ErrorKind::AddrInUse {
            Self::InUse
        } else if kind == ErrorKind::PermissionDenied {
            system::objection(addr).map_or(Self::InUse, Self::Refused)
        } else if kind == ErrorKind::AddrNotAvailable || system::is_unknown_family(&error) {
            Self::Refused(Refusal::NoSuchAddress)
        } else {
            Self::Refused(Refusal::Other { message: error.to_string() })
        }
    }
}

/// Whether a call failed only because the process or the system is out of descriptors or buffers, which may be better in
/// a moment.
pub fn is_exhaustion(error: &io::Error) -> bool {
    system::is_exhaustion(error)
}

/// Whether the address could be bound at this moment. Nothing stays bound.
pub(crate) fn is_bindable(addr: SocketAddr) -> bool {
    bound(addr, Sharing::Exclusive).is_ok()
}

fn bound(addr: SocketAddr, sharing: Sharing) -> io::Result<Socket> {
    let socket = Socket::new(Domain::for_address(addr), Type::STREAM, Some(Protocol::TCP))?;
    system::set_sharing(&socket, sharing)?;
    if addr.is_ipv6() {
        socket.set_only_v6(true)?;
    }
    socket.bind(&addr.into())?;
    Ok(socket)
}

/// Where programs of this machine reach who listens there: a wildcard through its loopback.
pub fn reachable(listening: SocketAddr) -> SocketAddr {
    let ip = match listening.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        specific @ (IpAddr::V4(_) | IpAddr::V6(_)) => specific,
    };
    SocketAddr::new(ip, listening.port())
}

#[cfg(all(test, unix))]
mod tests {
    use socket2::SockRef;

    use super::*;

    const SOME_PORT: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 0);

    #[tokio::test]
    async fn a_listener_that_was_shut_is_lost() {
        let ours = Listener::bind(SOME_PORT, Sharing::Exclusive).expect("a port is free");
        SockRef::from(&ours.inner).shutdown(std::net::Shutdown::Both).expect("it can be shut");
        assert_eq!(ours.standing().expect("the kernel answers"), Standing::Lost);
    }

    #[tokio::test]
    async fn of_two_who_have_bound_before_either_listens_only_the_first_gets_the_port() {
        let first = bound(SOME_PORT, Sharing::Exclusive).expect("a port is free");
        let addr =
            first.local_addr().expect("it is bound").as_socket().expect("an internet address");
        let second = bound(addr, Sharing::Exclusive).expect("nobody listens there");
        let first = Listener::listening(first).expect("nobody listens there");
        let error = Listener::listening(second).expect_err("somebody listens there");
        assert!(matches!(BindError::of(error, addr), BindError::InUse));
        assert_eq!(first.standing().expect("the kernel answers"), Standing::Alone);
    }

    #[tokio::test]
    async fn a_listener_of_ours_shares_only_if_it_was_told_to() {
        for (sharing, shares) in [(Sharing::Exclusive, false), (Sharing::Shared, true)] {
            let socket = bound(SOME_PORT, sharing).expect("a port is free");
            assert_eq!(socket.reuse_port().expect("the system has this option"), shares);
            assert!(socket.reuse_address().expect("the system has this option"));
        }
    }
}
