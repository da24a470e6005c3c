//! The supervisor on port 9999: programs and people watch the services and steer them.
//!
#![doc = include_str!("../PROTOCOL.md")]

mod calls;
mod changes;
mod client;
mod given;
mod hub;
mod login;
mod outbox;
mod request;
#[cfg(test)]
mod schema;
mod session;
mod settings;
mod steering;
mod tokens;
mod topic;
mod words;

use std::io;
use std::sync::Arc;
use std::time::Duration;

use door::{Admission, Door, Limits, Page, Place, Rejection, RequestHead, Site, Socket};
use futures_util::Stream;
use tokio::net::TcpStream;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

pub use calls::{Calls, Speech};
use given::Run;
pub use given::{Archives, Choose, NAME, Orders, Supervisor};
pub use settings::Settings;
pub use steering::{Begun, Steered, Steering};
pub use tokens::{Renew, Tokens};

/// How long clients may take to leave when the service ends.
const DRAIN: Duration = Duration::from_secs(2);

/// The longest message that a client can be sent: a status with thousands of calls. Only one is on its way at a time, so
/// no more waits in a connection, and room is made only for what there is.
const LONGEST_MESSAGE: usize = 16 * 1024 * 1024;

impl Supervisor {
    /// Serves until the connections end or `stop` is cancelled.
    pub async fn serve<S>(self: Arc<Self>, connections: S, stop: CancellationToken)
    where
        S: Stream<Item = io::Result<TcpStream>> + Send + Unpin + 'static,
    {
        let door = self.door();
        let (snapshots, happenings) = (self.snapshots.clone(), self.happenings.subscribe());
        let run = Arc::new(Run {
            supervisor: self,
            hub: Arc::default(),
            words: TaskTracker::new(),
            silence: CancellationToken::new(),
        });
        tokio::select! {
            () = door::serve(connections, Arc::new(door), Arc::clone(&run), stop, DRAIN) => {}
            () = run.hub.report(snapshots, happenings) => {}
        }
        // Nobody is told anything more after this.
        run.silence.cancel();
        run.words.close();
        run.words.wait().await;
    }

    fn door(&self) -> Door {
        let tokens = Arc::clone(&self.tokens);
        Door {
            hosts: self.settings.hosts.clone(),
            public_host: None,
            only_this_machine: self.settings.only_this_machine,
            origins: self.settings.origins.clone(),
            bearer_of: Some(Arc::new(move |shown| tokens.bearer_of(shown))),
            ledger: Arc::clone(&self.ledger),
            limits: Limits {
                connections: self.settings.connections,
                write_buffer_bytes: LONGEST_MESSAGE,
                ..Limits::default()
            },
        }
    }
}

impl Site for Run {
    fn admit(&self, _head: &RequestHead) -> Result<Admission, Rejection> {
        Ok(Admission::Stranger)
    }

    fn answer(&self, head: &RequestHead, _form: Option<&[u8]>) -> Result<Option<Page>, Rejection> {
        (self.supervisor.pages)(&head.path, head.provenance)
    }

    async fn receive(
        self: Arc<Self>,
        _head: RequestHead,
        socket: Socket,
        place: Place,
        stop: CancellationToken,
    ) {
        if let Some((socket, pass)) = login::log_in(socket, &place, &self, &stop).await {
            session::attend(socket, pass, &self, &place, &stop).await;
        }
    }
}
