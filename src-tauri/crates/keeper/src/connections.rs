//! The listener that is ours, the connections that come in through it, and the probe that proves that they are served.

use std::collections::HashMap;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use futures_util::Stream;
use futures_util::task::AtomicWaker;
use tokio::net::{TcpSocket, TcpStream};
use tokio::sync::{Notify, oneshot};
use tokio::time::timeout;
use wire::Silence;

/// A listener with the probes that are on their way to it. It outlives every restart of the service that it feeds.
pub(crate) struct Gate {
    pub(crate) listener: ports::Listener,
    /// The local addresses of probes that nobody has answered yet.
    expected: Mutex<HashMap<SocketAddr, oneshot::Sender<()>>>,
    /// Told when a connection could not be accepted, which is reason enough for a proof.
    pub(crate) trouble: Notify,
    /// Whether the last connection could not be accepted for want of descriptors.
    is_exhausted: AtomicBool,
}

/// The listeners of a service, one for each of its addresses that is ours at the moment.
#[derive(Default)]
pub(crate) struct Gates {
    open: Mutex<Vec<Arc<Gate>>>,
    changed: AtomicWaker,
}

/// The connections that come in on a service's ports, without our own probes. A service is handed this; it never sees a
/// listener, so it has no say in whether it has one.
pub struct Connections {
    gates: Arc<Gates>,
    /// Which gate is asked first, so that a busy one doesn't keep the others from being heard.
    turn: usize,
}

impl Gate {
    pub(crate) fn new(listener: ports::Listener) -> Arc<Self> {
        Arc::new(Self {
            listener,
            expected: Mutex::default(),
            trouble: Notify::new(),
            is_exhausted: AtomicBool::new(false),
        })
    }

    /// Has the service take a connection from us within the deadline. Nothing is sent: the connection is known by its
    /// address, which nobody else can have, and reset at the end so that it leaves no trace in the kernel.
    pub(crate) async fn probe(&self, deadline: Duration) -> Result<(), Silence> {
        match timeout(deadline, self.knock()).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(error)) if ports::is_exhaustion(&error) => Err(Silence::OutOfDescriptors),
            Ok(Err(_)) => Err(Silence::Unreachable),
            Err(_) if self.is_exhausted.load(Ordering::Relaxed) => Err(Silence::OutOfDescriptors),
            Err(_) => Err(Silence::Unanswered),
        }
    }

    fn poll_accept(&self, cx: &mut Context<'_>) -> Poll<io::Result<(TcpStream, SocketAddr)>> {
        let accepted = ready!(self.listener.poll_accept(cx));
        let is_exhausted = accepted.as_ref().is_err_and(ports::is_exhaustion);
        self.is_exhausted.store(is_exhausted, Ordering::Relaxed);
        if accepted.is_err() {
            self.trouble.notify_one();
        }
        Poll::Ready(accepted)
    }

    async fn knock(&self) -> io::Result<()> {
        let target = ports::reachable(self.listener.local_addr());
        let socket = if target.is_ipv4() { TcpSocket::new_v4()? } else { TcpSocket::new_v6()? };
        socket.bind(SocketAddr::new(target.ip(), 0))?;
        let (tx, answered) = oneshot::channel();
        let addr = socket.local_addr()?;
        self.expected.lock().unwrap_or_else(PoisonError::into_inner).insert(addr, tx);
        let _expected = Expected { gate: self, addr };
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

impl Drop for Expected<'_> {
    fn drop(&mut self) {
        self.gate.expected.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.addr);
    }
}

impl Gates {
    /// Has the service take this gate's connections, if it doesn't yet.
    pub(crate) fn open(&self, gate: &Arc<Gate>) {
        let mut open = self.lock();
        if !open.iter().any(|other| Arc::ptr_eq(other, gate)) {
            open.push(Arc::clone(gate));
            self.changed.wake();
        }
    }

    /// Takes this gate's connections no longer. The listener closes as soon as nobody else holds on to it.
    pub(crate) fn shut(&self, gate: &Arc<Gate>) {
        self.lock().retain(|open| !Arc::ptr_eq(open, gate));
    }

    pub(crate) fn connections(self: &Arc<Self>) -> Connections {
        Connections { gates: Arc::clone(self), turn: 0 }
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Arc<Gate>>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Stream for Connections {
    type Item = io::Result<TcpStream>;

    /// The stream never ends by itself: a gate may open at any time.
    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        // Before the look at the gates, so that one that opens meanwhile is not missed.
        self.gates.changed.register(cx.waker());
        let gates = Arc::clone(&self.gates);
        let mut open = gates.lock();
        let mut asked = 0;
        while asked < open.len() {
            let at = self.turn.wrapping_add(asked) % open.len();
            match open[at].poll_accept(cx) {
                Poll::Pending => asked += 1,
                Poll::Ready(Ok((_, peer))) if open[at].answer(peer) => {}
                Poll::Ready(Ok((stream, _))) => {
                    self.turn = at.wrapping_add(1);
                    return Poll::Ready(Some(Ok(stream)));
                }
                Poll::Ready(Err(error)) if is_dead(&error) => drop(open.swap_remove(at)),
                Poll::Ready(Err(error)) => {
                    self.turn = at.wrapping_add(1);
                    return Poll::Ready(Some(Err(error)));
                }
            }
        }
        Poll::Pending
    }
}

/// Whether the listener listens no longer: it would go on failing for ever.
fn is_dead(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::InvalidInput | io::ErrorKind::NotConnected)
}
