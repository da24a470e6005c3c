//! A listening socket that nobody can share.

use std::io::{self, ErrorKind};
use std::net::SocketAddr;
use std::task::{Context, Poll};

use socket2::{Domain, Protocol, Socket, Type};
use tokio::net::{TcpListener, TcpStream};
use wire::Refusal;

use crate::system;

/// How many connections may wait until they are accepted. The kernel has its own ceiling.
const BACKLOG: i32 = 1024;

/// A listening socket that only we hold: exclusive, bindable again at once after it is dropped, not inherited by
/// programs that we start.
#[derive(Debug)]
pub struct Listener {
    inner: TcpListener,
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
    pub fn bind(addr: SocketAddr) -> Result<Self, BindError> {
        Self::make(addr).map_err(|error| BindError::of(error, addr))
    }

    fn make(addr: SocketAddr) -> io::Result<Self> {
        let socket = bound(addr)?;
        socket.listen(BACKLOG)?;
        Self::of(socket)
    }

    fn of(socket: Socket) -> io::Result<Self> {
        socket.set_nonblocking(true)?;
        let inner = TcpListener::from_std(socket.into())?;
        Ok(Self { local: inner.local_addr()?, key: system::key(&inner)?, inner })
    }

    /// Where it listens.
    #[must_use]
    pub fn local_addr(&self) -> SocketAddr {
        self.local
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
        let listening = system::listening(self.local.port())?;
        let (own, others): (Vec<_>, Vec<_>) = listening
            .iter()
            .filter(|socket| socket.overlaps(self.local))
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
        if system::is_exhaustion(&error) {
            Self::Exhausted(error)
        } else if kind == ErrorKind::AddrInUse {
            Self::InUse
        } else if kind == ErrorKind::PermissionDenied {
            if system::denies_what_is_held(addr) {
                Self::InUse
            } else {
                Self::Refused(Refusal::NotPermitted)
            }
        } else if kind == ErrorKind::AddrNotAvailable || system::is_unknown_family(&error) {
            Self::Refused(Refusal::NoSuchAddress)
        } else {
            Self::Refused(Refusal::Other { message: error.to_string() })
        }
    }
}

/// Whether the address could be bound at this moment. Nothing stays bound.
pub(crate) fn is_bindable(addr: SocketAddr) -> bool {
    bound(addr).is_ok()
}

fn bound(addr: SocketAddr) -> io::Result<Socket> {
    let socket = Socket::new(Domain::for_address(addr), Type::STREAM, Some(Protocol::TCP))?;
    system::make_exclusive(&socket)?;
    if addr.is_ipv6() {
        socket.set_only_v6(true)?;
    }
    socket.bind(&addr.into())?;
    Ok(socket)
}

#[cfg(all(test, unix))]
mod tests {
    use socket2::SockRef;

    use super::*;

    fn shareable(addr: SocketAddr) -> Socket {
        let socket = Socket::new(Domain::for_address(addr), Type::STREAM, None)
            .expect("a descriptor is left");
        socket.set_reuse_port(true).expect("the system has this option");
        socket.bind(&addr.into()).expect("the address is free, or shareable");
        socket.listen(1).expect("it is bound");
        socket
    }

    #[tokio::test]
    async fn a_listener_beside_ours_is_noticed() {
        // A listener of ours is never made so that this could happen, which is why it is made differently here.
        let theirs = shareable(SocketAddr::from(([127, 0, 0, 1], 0)));
        let addr =
            theirs.local_addr().expect("it is bound").as_socket().expect("an internet address");
        let ours = Listener::of(shareable(addr)).expect("it listens");
        assert_eq!(ours.standing().expect("the kernel answers"), Standing::Shared);
        drop(theirs);
        assert_eq!(ours.standing().expect("the kernel answers"), Standing::Alone);
    }

    #[tokio::test]
    async fn a_listener_that_was_shut_is_lost() {
        let ours = Listener::bind(SocketAddr::from(([127, 0, 0, 1], 0))).expect("a port is free");
        SockRef::from(&ours.inner).shutdown(std::net::Shutdown::Both).expect("it can be shut");
        assert_eq!(ours.standing().expect("the kernel answers"), Standing::Lost);
    }
}
