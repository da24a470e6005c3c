//! The kernel's word that a socket on a port is gone. It needs no rights, and it comes also when the holder lives on.

use std::io;
use std::os::fd::OwnedFd;

use rustix::net::netlink::SocketAddrNetlink;
use rustix::net::{RecvFlags, SocketFlags, bind, recv};
use socket2::{SockFilter, Socket};
use tokio::io::Interest;
use tokio::io::unix::AsyncFd;

use super::diag;

/// The multicast groups for destroyed TCP sockets, IPv4 (1) and IPv6 (3), as a mask.
const DESTROYED_TCP: u32 = 0b101;
/// Where the local port stands in the kernel's message: after its header and four bytes of the socket's state.
const LOCAL_PORT: u32 = 20;

/// News of destroyed sockets with one local port. Every closing socket of the machine costs the kernel some
/// microseconds while somebody subscribes, so this lives only while a port is waited for.
pub(crate) struct Closings(AsyncFd<OwnedFd>);

impl Closings {
    pub(crate) fn subscribe(port: u16) -> io::Result<Self> {
        let socket = Socket::from(diag::connect(SocketFlags::CLOEXEC | SocketFlags::NONBLOCK)?);
        // Before the subscription, so that not one message about another port gets in.
        socket.attach_filter(&only(port))?;
        bind(&socket, &SocketAddrNetlink::new(0, DESTROYED_TCP))?;
        Ok(Self(watched(socket.into())?))
    }

    /// Resolves when a socket was destroyed since the last call.
    pub(crate) async fn next(&self) {
        let heard = self.0.async_io(Interest::READABLE, |descriptor| {
            recv(descriptor, &mut [0; 512], RecvFlags::empty()).map_err(io::Error::from)
        });
        // An error means that messages were lost, which is news as well.
        let _ = heard.await;
    }
}

/// A packet filter that keeps only the messages about that port.
fn only(port: u16) -> [SockFilter; 4] {
    const LOAD_HALF_WORD: u16 = 0x28;
    const JUMP_IF_EQUAL: u16 = 0x15;
    const RETURN: u16 = 0x06;
    [
        SockFilter::new(LOAD_HALF_WORD, 0, 0, LOCAL_PORT),
        SockFilter::new(JUMP_IF_EQUAL, 0, 1, u32::from(port)),
        SockFilter::new(RETURN, 0, 0, u32::MAX),
        SockFilter::new(RETURN, 0, 0, 0),
    ]
}

/// Has the runtime watch a descriptor.
#[expect(unsafe_code, reason = "tokio's only constructor for descriptors that is not deprecated")]
pub(super) fn watched(descriptor: OwnedFd) -> io::Result<AsyncFd<OwnedFd>> {
    // SAFETY: an `OwnedFd` is open, its number never changes, and the `AsyncFd` owns it from here on.
    Ok(unsafe { AsyncFd::register_with_interest(descriptor, Interest::READABLE) }?)
}
