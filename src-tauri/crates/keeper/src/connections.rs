//! The listener that is ours, the connections that come in through it, and the probe that proves that they are served.

use std::collections::HashMap;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use futures_util::Stream;
use tokio::net::{TcpSocket, TcpStream};
use tokio::sync::oneshot;

/// A listener with the probes that are on their way to it. It outlives every restart of the service that it feeds.
pub(crate) struct Gate {
    listener: ports::Listener,
    /// The local addresses of probes that nobody has answered yet.
    expected: Mutex<HashMap<SocketAddr, oneshot::Sender<()>>>,
}

/// The connections that come in on a port, without our own probes. A service is handed this; it never sees a listener,
/// so it has no say in whether it has one.
pub struct Connections {
    gate: Arc<Gate>,
}

impl Gate {
    pub(crate) fn new(listener: ports::Listener) -> Arc<Self> {
        Arc::new(Self { listener, expected: Mutex::default() })
    }

    pub(crate) fn connections(self: &Arc<Self>) -> Connections {
        Connections { gate: Arc::clone(self) }
    }

    /// What the kernel says of our listener.
    pub(crate) fn standing(&self) -> io::Result<ports::Standing> {
        self.listener.standing()
    }

    /// Whether the service takes a connection from us within the deadline. Nothing is sent: the connection is known by
    /// its address, which nobody else can have, and reset at the end so that it leaves no trace in the kernel.
    pub(crate) async fn is_answered(self: &Arc<Self>, deadline: Duration) -> bool {
        tokio::time::timeout(deadline, self.probe()).await.is_ok_and(|probed| probed.is_ok())
    }

    async fn probe(self: &Arc<Self>) -> io::Result<()> {
        let target = reachable(self.listener.local_addr());
        let socket = if target.is_ipv4() { TcpSocket::new_v4()? } else { TcpSocket::new_v6()? };
        socket.bind(SocketAddr::new(target.ip(), 0))?;
        let (tx, answered) = oneshot::channel();
        let _expected = Expected::new(self, socket.local_addr()?, tx);
        let stream = socket.connect(target).await?;
        stream.set_zero_linger()?;
        answered.await.map_err(io::Error::other)
    }

    fn answer(&self, peer: SocketAddr) -> bool {
        let mut expected = self.expected.lock().unwrap_or_else(PoisonError::into_inner);
        expected.remove(&peer).is_some_and(|tx| tx.send(()).is_ok())
    }
}

/// A probe's entry, gone with the probe: an address that is used again later must not be taken for one.
struct Expected<'a> {
    gate: &'a Gate,
    addr: SocketAddr,
}

impl<'a> Expected<'a> {
    fn new(gate: &'a Gate, addr: SocketAddr, tx: oneshot::Sender<()>) -> Self {
        gate.expected.lock().unwrap_or_else(PoisonError::into_inner).insert(addr, tx);
        Self { gate, addr }
    }
}

impl Drop for Expected<'_> {
    fn drop(&mut self) {
        self.gate.expected.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.addr);
    }
}

/// A wildcard is reached through its loopback.
fn reachable(listening: SocketAddr) -> SocketAddr {
    let ip = match listening.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        specific @ (IpAddr::V4(_) | IpAddr::V6(_)) => specific,
    };
    SocketAddr::new(ip, listening.port())
}

impl Stream for Connections {
    type Item = io::Result<TcpStream>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        loop {
            match ready!(self.gate.listener.poll_accept(cx)) {
                Ok((_, peer)) if self.gate.answer(peer) => {}
                Ok((stream, _)) => return Poll::Ready(Some(Ok(stream))),
                Err(cause) if cause.kind() == io::ErrorKind::InvalidInput => {
                    return Poll::Ready(None);
                }
                Err(cause) => return Poll::Ready(Some(Err(cause))),
            }
        }
    }
}
