//! Who may call: the site behind the door of port 9998.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use door::{
    Admission, Door, Limits, Page, Place, Provenance, Rejection, RequestHead, Site, Socket,
};
use futures_util::Stream;
use http::StatusCode;
use tokio::net::TcpStream;
use tokio_util::sync::CancellationToken;

use crate::bridge::Bridge;
use crate::engine::moshi::LARGEST_MESSAGE;
use crate::public_access::{Entrance, TWIML};
use crate::reasons::{NO_PUBLIC_URL, NO_SUCH_PATH, NO_TWIML};
use crate::reception::{self, CHAT};

const PHONE: &str = "/";

/// What is counted is told at this path, besides what the station tells there.
const METRICS: &str = "/metrics";

/// How long calls may take to end when the service ends.
const DRAIN: Duration = Duration::from_secs(3);
/// How much may wait for a caller who reads slowly, besides the largest message of a model's: a second of sound is 12 KB on the
/// wire.
const WRITE_BUFFER_BYTES: usize = 64 * 1024;

impl Bridge {
    /// Answers calls until the connections end or `stop` is cancelled; then ends the calls and returns.
    pub async fn serve<S>(self: Arc<Self>, connections: S, stop: CancellationToken)
    where
        S: Stream<Item = io::Result<TcpStream>> + Send + Unpin + 'static,
    {
        let (door, roster) = (Arc::new(self.door()), Arc::clone(&self.roster));
        let partings = self.partings.clone();
        tokio::select! {
            () = door::serve(connections, door, self, stop, DRAIN) => {}
            () = roster.publish() => {}
        }
        roster.show();
        // None takes long.
        partings.close();
        partings.wait().await;
    }

    fn door(&self) -> Door {
        let at_once = self.engines().first().capabilities().at_once.unwrap_or(usize::MAX);
        let limits = Limits {
            connections: self.settings.calls.min(at_once),
            message_bytes: self.settings.message_bytes,
            write_buffer_bytes: WRITE_BUFFER_BYTES + LARGEST_MESSAGE,
            ..Limits::default()
        };
        let public_url = self.settings.outside.as_ref().map(|outside| &outside.url);
        Door {
            hosts: self.settings.hosts.clone(),
            public_host: public_url.map(|url| url.host().to_owned()),
            only_this_machine: self.settings.only_this_machine,
            origins: self.settings.origins.clone(),
            bearer_of: self.bearer_of.clone(),
            ledger: Arc::clone(&self.ledger),
            limits,
        }
    }

    /// What is asked for at this path, which a proxy may have left as the world sees it: nothing but calls is for the world.
    fn place<'a>(&self, path: &'a str) -> &'a str {
        let outside = self.settings.outside.as_ref().filter(|_| path != CHAT);
        let within = outside.map_or(path, |outside| outside.url.path_within(path));
        if [PHONE, TWIML].contains(&within) { within } else { path }
    }

    /// Who shows nothing in the request may still show the secret when the stream starts, a wrong signature or not.
    fn admit_stream(&self, head: &RequestHead) -> Result<Admission, Rejection> {
        let settings = &self.settings;
        match (settings.secret(), settings.entrance(head), head.provenance) {
            (Some(_), Entrance::Open | Entrance::OpenAllTheSame, _) => Ok(Admission::Known),
            (Some(_), Entrance::Needs(_) | Entrance::NeedsAsWell(_), _)
            | (None, _, Provenance::Local) => Ok(Admission::Stranger),
            (None, _, Provenance::Outside) => {
                let text = "streams from outside are taken once public_url is set";
                Err(Rejection::because(StatusCode::FORBIDDEN, text, &NO_PUBLIC_URL))
            }
        }
    }

    /// The station's page at this path, if it has one.
    fn page(&self, head: &RequestHead) -> Result<Option<Page>, Rejection> {
        let mut page = (self.pages)(&head.path, head.provenance)?;
        if let (METRICS, Some(page)) = (&*head.path, &mut page) {
            page.text += &self.roster.metrics();
        }
        Ok(page)
    }
}

/// Connects those who come through the door with the engine.
impl Site for Bridge {
    fn admit(&self, head: &RequestHead) -> Result<Admission, Rejection> {
        match self.place(&head.path) {
            PHONE => self.admit_stream(head),
            CHAT => {
                reception::admit_client(self, head)?;
                let others_must_show = self.settings.secret().is_some();
                Ok(if others_must_show { Admission::Unproven } else { Admission::Known })
            }
            _ => {
                let text = "phone streams are taken at /, MOSHI clients at /api/chat";
                Err(Rejection::because(StatusCode::NOT_FOUND, text, &NO_SUCH_PATH))
            }
        }
    }

    fn speaks_at(&self, path: &str) -> bool {
        [PHONE, CHAT].contains(&self.place(path))
    }

    fn takes_forms(&self, path: &str) -> bool {
        self.place(path) == TWIML
    }

    fn answer(&self, head: &RequestHead, form: Option<&[u8]>) -> Result<Option<Page>, Rejection> {
        match (self.place(&head.path), form, &self.settings.outside) {
            (TWIML, form, Some(outside)) => outside.twiml(head, form.unwrap_or_default()).map(Some),
            (TWIML, _, None) => {
                let text =
                    "there is no TwiML before voice_bridge.public_url is set in the settings";
                Err(Rejection::because(StatusCode::NOT_FOUND, text, &NO_TWIML))
            }
            (_, None, _) => self.page(head),
            (_, Some(_), _) => Ok(None),
        }
    }

    async fn receive(
        self: Arc<Self>,
        head: RequestHead,
        socket: Socket,
        place: Place,
        stop: CancellationToken,
    ) {
        if head.path == CHAT {
            return reception::client(socket, head.query, &self, stop).await;
        }
        let entrance = self.settings.entrance(&head);
        reception::stream(socket, &self, (entrance, place), stop).await;
    }
}
