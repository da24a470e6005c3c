//! The HTTP front that both ports share: who may come in, limits, deadlines, pages, and the WebSocket upgrade.
//!
//! A service hands [`serve()`] its connections and a [`House`]. Every connection gets one request. These are turned away
//! before the house hears of them, each with a status and one sentence:
//!
//! | answer | to whom |
//! |---|---|
//! | 400 | a request without exactly one `Host`, or with a broken WebSocket handshake |
//! | 403 | a web page of a foreign origin, or a name of this machine that isn't ours (DNS rebinding) |
//! | 405 | another method than GET, or than POST at a path that takes forms |
//! | 413 | a form that is too large |
//! | 426 | a request that doesn't ask for a WebSocket, or for another version of it than 13 |
//! | 503 | one visit more than the limit allows, or a service that is ending |
//!
//! A house may also have [pages](House::page), which plain requests get in place of the 426. They take no place among the
//! visits: a health check is answered however many there are.
//!
//! A connection that hasn't finished its request within the deadline is closed. A panic ends the visit it happens in
//! and nothing else.

mod gate;
mod leave;
pub mod seconds;
mod serve;
mod visit;

use std::future::Future;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use http::{HeaderMap, StatusCode};
use tokio::net::TcpStream;
use tokio_tungstenite::WebSocketStream;
use tokio_util::sync::CancellationToken;

pub use leave::{complaint, dismiss};
pub use serve::serve;

/// What every answer names as its `Server`, by which one xSwarm Voice knows another.
pub const PRODUCT: &str = "xSwarm-Voice";

/// A visitor's WebSocket.
pub type Socket = WebSocketStream<TcpStream>;

/// Who may come in, and how much of everything there may be.
#[derive(Clone, Debug, Default)]
pub struct Door {
    /// Host names that are ours besides loopback, without a port.
    pub hosts: Vec<String>,
    /// Origins whose web pages may come in, for instance `https://example.org`.
    pub origins: Vec<String>,
    /// How much of everything there may be.
    pub limits: Limits,
}

/// How much of everything there may be.
#[derive(Clone, Debug)]
pub struct Limits {
    /// How long a connection may take until its request is read and answered.
    pub request: Duration,
    /// How many visits there may be at once.
    pub connections: usize,
    /// The largest message that a visitor may send.
    pub message_bytes: usize,
    /// The largest form that may be posted.
    pub form_bytes: usize,
    /// How much may wait for a visitor who reads slowly.
    pub write_buffer_bytes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            request: Duration::from_secs(5),
            connections: 64,
            message_bytes: 64 * 1024,
            form_bytes: 16 * 1024,
            write_buffer_bytes: 256 * 1024,
        }
    }
}

/// A request that passed the door.
#[derive(Clone, Debug)]
pub struct Visitor {
    /// The path of its address, for instance `/api/chat`.
    pub path: String,
    /// What follows the `?`.
    pub query: Option<String>,
    /// All that it said of itself.
    pub headers: HeaderMap,
    /// Where it comes from, where the system can tell.
    pub peer: Option<SocketAddr>,
}

/// What lies behind the door.
pub trait House: Send + Sync + 'static {
    /// Decides before the upgrade whether to let the visitor in.
    ///
    /// # Errors
    /// The refusal is the answer that the visitor gets.
    fn admit(&self, visitor: &Visitor) -> Result<(), Refusal>;

    /// The page for a request that doesn't ask for a WebSocket, if there is one at its path.
    fn page(&self, _path: &str) -> Option<Page> {
        None
    }

    /// Whether forms are taken at this path, by POST.
    fn takes_forms(&self, _path: &str) -> bool {
        false
    }

    /// The answer to a request that doesn't ask for a WebSocket, with its form if it posts one. By default it is the page at
    /// its path, and nobody posts.
    fn answer(&self, visitor: &Visitor, form: Option<&[u8]>) -> Option<Page> {
        if form.is_none() { self.page(&visitor.path) } else { None }
    }

    /// Talks with the visitor. Ends when the visit is over, and soon after `stop` is cancelled.
    fn receive(
        self: Arc<Self>,
        visitor: Visitor,
        socket: Socket,
        stop: CancellationToken,
    ) -> impl Future<Output = ()> + Send;
}

/// The pages of a house, by their paths.
pub type Pages = Arc<dyn Fn(&str) -> Option<Page> + Send + Sync>;

/// A page as it is at this moment. It is told to be kept by nobody.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page {
    /// The answer's status.
    pub status: StatusCode,
    /// What the text is, for instance `application/json`.
    pub content_type: &'static str,
    /// The text.
    pub text: String,
}

/// Why somebody was not let in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// The answer's status.
    pub status: StatusCode,
    /// The answer's text: one line for a person.
    pub reason: String,
}

impl Refusal {
    /// A refusal with this status and reason.
    #[must_use]
    pub fn new(status: StatusCode, reason: impl Into<String>) -> Self {
        Self { status, reason: reason.into() }
    }
}
