//! Who may call: the site behind the door of port 9998.

use std::sync::Arc;

use door::{Admission, Page, Place, Provenance, Rejection, RequestHead, Site, Socket};
use http::StatusCode;
use tokio_util::sync::CancellationToken;

use crate::chat::CHAT;
use crate::outside::{Signature, TWIML};
use crate::reasons::{NO_PUBLIC_URL, NO_SUCH_PATH, WRONG_SIGNATURE};
use crate::{Bridge, call, chat, outside};

/// Phone streams come to this path.
const PHONE: &str = "/";

/// What is counted is told at this path, besides what the station tells there.
const METRICS: &str = "/metrics";

/// Connects those who come through the door with the engine.
pub(crate) struct Switchboard {
    bridge: Arc<Bridge>,
}

impl Switchboard {
    pub(crate) fn new(bridge: Arc<Bridge>) -> Self {
        Self { bridge }
    }
}

impl Switchboard {
    /// What is asked for at this path, which a proxy may have left as the world sees it: nothing but calls is for the world.
    fn place<'a>(&self, path: &'a str) -> &'a str {
        let outside = self.bridge.settings.outside.as_ref().filter(|_| path != CHAT);
        let within = outside.map_or(path, |outside| outside.path_within(path));
        if [PHONE, TWIML].contains(&within) { within } else { path }
    }

    /// Turns away who signs wrongly. Who signs nothing may still show the secret when the stream starts.
    fn admit_stream(&self, head: &RequestHead) -> Result<Admission, Rejection> {
        let refused = |text, reason| Err(Rejection::because(StatusCode::FORBIDDEN, text, reason));
        let settings = &self.bridge.settings;
        match (&settings.outside, head.provenance) {
            (Some(outside), _) => match outside.signature_of_stream(head) {
                Signature::Right => Ok(Admission::Known),
                Signature::Missing => Ok(Admission::Stranger),
                Signature::Wrong => refused("the signature is wrong", &WRONG_SIGNATURE),
            },
            (None, Provenance::Local) => Ok(Admission::Stranger),
            (None, Provenance::Outside) if settings.stream_secret.is_some() => {
                Ok(Admission::Stranger)
            }
            (None, Provenance::Outside) => {
                refused("streams from outside are taken once public_url is set", &NO_PUBLIC_URL)
            }
        }
    }

    /// The station's page at this path, if it has one.
    fn page(&self, head: &RequestHead) -> Result<Option<Page>, Rejection> {
        let mut page = (self.bridge.pages)(&head.path, head.provenance)?;
        if let (METRICS, Some(page)) = (&*head.path, &mut page) {
            page.text += &self.bridge.roster.metrics();
        }
        Ok(page)
    }
}

impl Site for Switchboard {
    fn admit(&self, head: &RequestHead) -> Result<Admission, Rejection> {
        match self.place(&head.path) {
            PHONE => self.admit_stream(head),
            CHAT => {
                chat::admit(&self.bridge, head)?;
                let settings = &self.bridge.settings;
                let others_must_show =
                    settings.outside.is_some() || settings.stream_secret.is_some();
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
        match (self.place(&head.path), form, &self.bridge.settings.outside) {
            (TWIML, form, Some(outside)) => outside.twiml(head, form.unwrap_or_default()).map(Some),
            (TWIML, _, None) => Err(outside::no_twiml()),
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
            return chat::hold(socket, head, &self.bridge, stop).await;
        }
        let entrance = self.bridge.settings.entrance(&head);
        call::hold(socket, &self.bridge, (entrance, place), stop).await;
    }
}
