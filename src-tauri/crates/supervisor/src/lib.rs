//! The supervisor on port 9999: programs and people watch the services and steer them.
//!
//! # The protocol
//!
//! JSON objects in WebSocket text frames, at any path; binary frames are ignored. The field `type` says what a message
//! is. Unknown fields are ignored. A message may carry an `id`, a string or a number, which its answer carries too.
//! Commands are carried out strictly in the order in which they arrive, and each has exactly one answer.
//!
//! | command | fields | answer |
//! |---|---|---|
//! | `auth` | `token` | `auth_result` |
//! | `ping` | | `pong` |
//! | `status` | | `status` |
//! | `subscribe` | `kinds`: `["status"]`, or `[]` to end it | `subscribed` |
//! | `start`, `stop`, `restart` | `service`: `"voice_bridge"` or `"supervisor"` | `outcome` or `failure` |
//! | `free_port` | `service`, `victims` | `outcome` or `failure` |
//!
//! | answer | fields |
//! |---|---|
//! | `auth_result` | `success`, `message` |
//! | `pong` | |
//! | `status` | `snapshot`: a [`wire::Snapshot`] |
//! | `subscribed` | `kinds` |
//! | `outcome` | those of [`wire::Outcome`]; `outcome` says which |
//! | `failure` | those of [`wire::Failure`]; `failure` says which |
//! | `error` | `code`, `message` |
//!
//! **First of all** comes `auth` with this installation's token. Before it only `ping` is answered; every other command
//! gets an `error`, and nothing is pushed. Without the right token within five seconds, or with a wrong one for the third
//! time, the connection is closed with code 4401. The token `dev-token-12345`, which was once published, is never right.
//!
//! **After `subscribe`** a `status` without an `id` follows at once and at every change. Who reads slowly gets the latest
//! only.
//!
//! **Freeing a port takes two steps.** `free_port` without `victims` ends nothing: it is answered by the failure
//! `unconfirmed`, whose `holders` say who holds the port. When a person has agreed, the `identity` of each goes back, as
//! it came, in `victims`.
//!
//! **An order for the supervisor itself** is answered when it begins to take effect, right before the connection is
//! closed with code 1012.
//!
//! The codes of an `error` are `not_authenticated`, `invalid` (the message could not be understood) and `not_offered` (a
//! command of an earlier xSwarm that belongs to no part of this one, such as `sms_received`). The connection stays open
//! after each. A message of more than 64 KiB closes it with code 1009.
//!
//! **Plain HTTP requests** get the pages that the service is handed, which are for everybody on this machine.
//!
//! ```text
//! > {"type":"auth","token":"…"}
//! < {"type":"auth_result","success":true,"message":"Authenticated successfully"}
//! > {"type":"free_port","service":"voice_bridge","id":1}
//! < {"type":"failure","failure":"unconfirmed","holders":[{"identity":{"pid":4711,…},"name":"python3",…}],"id":1}
//! > {"type":"free_port","service":"voice_bridge","victims":[{"pid":4711,…}],"id":2}
//! < {"type":"outcome","outcome":"freed","ended":[…],"took_ms":41,"service":{…},"id":2}
//! ```

mod client;
mod login;
mod protocol;
mod session;
mod settings;

use std::io;
use std::sync::Arc;
use std::time::Duration;

use door::{Door, House, Limits, Page, Pages, Refusal, Socket, Visitor};
use futures_util::Stream;
use futures_util::future::BoxFuture;
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use wire::{Failure, Order, Outcome, Snapshot};

use client::Client;
pub use settings::Settings;

/// How long clients may take to leave when the service ends.
const DRAIN: Duration = Duration::from_secs(2);

/// Where orders go.
pub type Orders = Arc<dyn Fn(Order) -> BoxFuture<'static, Result<Outcome, Failure>> + Send + Sync>;

/// The service. It lives as long as the program; [`Supervisor::serve`] is one run of it.
pub struct Supervisor {
    token: String,
    snapshots: watch::Receiver<Snapshot>,
    orders: Orders,
    pages: Pages,
    settings: Settings,
}

impl Supervisor {
    /// A supervisor that lets in who knows `token`, shows them `snapshots` and passes on their `orders`. Its `pages` are
    /// for everybody.
    #[must_use]
    pub fn new(
        token: String,
        snapshots: watch::Receiver<Snapshot>,
        orders: Orders,
        pages: Pages,
        settings: Settings,
    ) -> Arc<Self> {
        Arc::new(Self { token, snapshots, orders, pages, settings })
    }

    /// Serves until the connections end or `stop` is cancelled.
    pub async fn serve<S>(self: Arc<Self>, connections: S, stop: CancellationToken)
    where
        S: Stream<Item = io::Result<TcpStream>> + Send + Unpin + 'static,
    {
        let door = Door {
            hosts: self.settings.hosts.clone(),
            origins: self.settings.origins.clone(),
            limits: Limits { connections: self.settings.connections, ..Limits::default() },
        };
        door::serve(connections, Arc::new(door), self, stop, DRAIN).await;
    }
}

impl House for Supervisor {
    fn admit(&self, _visitor: &Visitor) -> Result<(), Refusal> {
        Ok(())
    }

    fn page(&self, path: &str) -> Option<Page> {
        (self.pages)(path)
    }

    async fn receive(self: Arc<Self>, _visitor: Visitor, socket: Socket, stop: CancellationToken) {
        if let Some(client) =
            login::log_in(Client::new(socket), &self.token, self.settings.login, &stop).await
        {
            session::attend(client, &self, &stop).await;
        }
    }
}
