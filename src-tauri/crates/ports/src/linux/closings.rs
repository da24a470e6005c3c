//! The kernel's word that a socket on a port is gone. It needs no rights, and it comes also when the holder lives on.

use std::io;
use std::os::fd::OwnedFd;

use rustix::net::netlink::SocketAddrNetlink;
use rustix::net::{RecvFlags, SocketFlags, bind, recv};
use socket2::{SockFilter, Socket};
use tokio::io::Interest;
use tokio::io::unix::AsyncFd;

use super::diag;
use crate::unix::watched;

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

    /// Resolves at the next report with the cookie of the socket that is gone, or with nothing if reports were lost. By
    /// then the kernel has given its port back.
    pub(crate) async fn next(&self) -> Option<u64> {
        let heard = self.0.async_io(Interest::READABLE, |descriptor| {
            let mut report = [0; 512];
            recv(descriptor, &mut report, RecvFlags::empty())?;
            Ok(diag::reported(&report))
        });
        heard.await.ok().flatten()
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

#[cfg(test)]
#[allow(
    clippy::disallowed_methods,
    reason = "a listener of any kind does for a port that is waited for"
)]
mod tests {
    use std::net::{TcpListener, TcpStream};
    use std::time::Duration;

    use socket2::SockRef;

    use super::super::sockets;
    use super::*;
    use crate::types::Hold;

    #[tokio::test]
    async fn of_all_the_machine_s_closed_sockets_only_those_on_the_port_are_reported() {
        let awaited = TcpListener::bind("127.0.0.1:0").expect("a port is free");
        let port = awaited.local_addr().expect("it is bound").port();
        let [socket] = &sockets(port, Hold::Listening).expect("the kernel answers")[..] else {
            panic!("there is one listener")
        };
        let closings = Closings::subscribe(port).expect("everybody may");
        let busy = TcpListener::bind("127.0.0.1:0").expect("a port is free");
        for _ in 0..2000 {
            let client = TcpStream::connect(busy.local_addr().expect("it is bound"));
            // Two thousand remembered connections would be in the way of other tests.
            SockRef::from(&client.expect("it listens"))
                .set_linger(Some(Duration::ZERO))
                .expect("it is a socket");
            busy.accept().expect("somebody has called");
        }
        drop(awaited);
        assert_eq!(closings.next().await, Some(socket.cookie));
    }
}
