//! The HTTP front that both ports share: who may come in, limits, deadlines, pages, and the WebSocket upgrade.
//!
//! A service hands [`serve()`] its connections and a [`Site`]. Every connection gets one request. Where it comes from is
//! decided here, once, and handed inward as a [`Provenance`]. These are turned away before the site hears of them, each with
//! a status and one sentence:
//!
//! | answer | to whom |
//! |---|---|
//! | 400 | a request without exactly one `Host`, or with a broken WebSocket handshake |
//! | 401 | a program of this machine that shows a wrong token of ours |
//! | 403 | a web page of a foreign origin, a name of this machine that isn't ours (DNS rebinding), or anybody from outside while only this machine is let in |
//! | 404 | a plain request where there is nothing |
//! | 405 | another method than GET or HEAD, or than POST at a path that takes forms |
//! | 413 | a form that is too large |
//! | 426 | a request that doesn't ask for a WebSocket where one is spoken, or for another version of it than 13 |
//! | 503 | one visit more than the limit allows, or a service that is ending |
//!
//! A site may also have [pages](Site::answer), which plain requests get in place of the 426. They take no place among the
//! visits: a health check is answered however many there are.
//!
//! Whoever hasn't shown yet who it is has a stranger's [`Place`]: strangers have places of their own, and the one that has
//! waited longest makes way. Whoever is turned away is noted in the [`Ledger`], with the reason and what would mend it.
//!
//! A connection that hasn't finished its request within the deadline is closed. A panic ends the visit it happens in
//! and nothing else.

mod gate;
mod leave;
mod ledger;
mod places;
mod provenance;
pub mod reasons;
mod rules;
pub mod seconds;
mod serve;
mod visit;

use std::future::Future;
use std::sync::Arc;

use http::{HeaderMap, StatusCode};
use tokio::net::TcpStream;
use tokio_tungstenite::WebSocketStream;
use tokio_util::sync::CancellationToken;

pub use leave::{complaint, dismiss, send_off};
pub use ledger::{Ledger, Reason, TurnedAway};
pub use places::{NoPlace, Place};
pub use provenance::Provenance;
pub use rules::{Bearer, BearerOf, Door, Limits, Rejection};
pub use serve::serve;

/// What every answer names as its `Server`, by which one xSwarm Voice knows another.
pub const PRODUCT: &str = "xSwarm-Voice";

/// The header in which a program of ours shows one of our tokens, so that it finds a place when all others are taken. It is
/// none that carriers use for secrets of theirs.
pub const TOKEN_HEADER: &str = "xswarm-token";

/// A visitor's WebSocket.
pub type Socket = WebSocketStream<TcpStream>;

/// A request that passed the door.
#[derive(Clone, Debug)]
pub struct RequestHead {
    /// The path of its address, for instance `/api/chat`.
    pub path: String,
    /// What follows the `?`.
    pub query: Option<String>,
    /// All that it said of itself.
    pub headers: HeaderMap,
    /// Where it comes from.
    pub provenance: Provenance,
}

/// Whether a visitor's request has shown who it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Admission {
    /// It has, for instance by a signature.
    Known,
    /// It need not, though others must: such visitors leave half of the places to those others.
    Unproven,
    /// It has yet to do so.
    Stranger,
}

/// What lies behind the door.
pub trait Site: Send + Sync + 'static {
    /// Decides before the upgrade whether to let the visitor in; a refusal is the answer that it gets.
    fn admit(&self, head: &RequestHead) -> Result<Admission, Rejection>;

    /// Whether plain requests at this path are told that it speaks WebSocket, and not that there is nothing.
    fn speaks_at(&self, path: &str) -> bool {
        path == "/"
    }

    /// Whether forms are taken at this path, by POST.
    fn takes_forms(&self, _path: &str) -> bool {
        false
    }

    /// The answer to a request that doesn't ask for a WebSocket, with its form if it posts one: nothing if there is none, and
    /// a refusal is an answer, too.
    fn answer(&self, _head: &RequestHead, _form: Option<&[u8]>) -> Result<Option<Page>, Rejection> {
        Ok(None)
    }

    /// Talks with the visitor. Ends when the visit is over, soon after `stop` is cancelled, and as soon as the visitor
    /// [must make way](Place::must_make_way).
    fn receive(
        self: Arc<Self>,
        head: RequestHead,
        socket: Socket,
        place: Place,
        stop: CancellationToken,
    ) -> impl Future<Output = ()> + Send;
}

/// The pages of a site, by their paths and by who asks.
pub type Pages = Arc<dyn Fn(&str, Provenance) -> Result<Option<Page>, Rejection> + Send + Sync>;

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
