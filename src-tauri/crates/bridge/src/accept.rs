//! Who may call: the house behind the door of port 9998.

use std::sync::Arc;

use door::{Admission, House, Page, Place, Provenance, Refusal, Socket, Visitor};
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
    fn admit_stream(&self, visitor: &Visitor) -> Result<Admission, Refusal> {
        let refused = |text, reason| Err(Refusal::because(StatusCode::FORBIDDEN, text, reason));
        let settings = &self.bridge.settings;
        match (&settings.outside, visitor.provenance) {
            (Some(outside), _) => match outside.signature_of_stream(visitor) {
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
    fn page(&self, visitor: &Visitor) -> Result<Option<Page>, Refusal> {
        let mut page = (self.bridge.pages)(&visitor.path, visitor.provenance)?;
        if let (METRICS, Some(page)) = (&*visitor.path, &mut page) {
            page.text += &self.bridge.roster.metrics();
        }
        Ok(page)
    }
}

impl House for Switchboard {
    fn admit(&self, visitor: &Visitor) -> Result<Admission, Refusal> {
        match self.place(&visitor.path) {
            PHONE => self.admit_stream(visitor),
            CHAT => {
                chat::admit(&self.bridge, visitor)?;
                let settings = &self.bridge.settings;
                let others_must_show =
                    settings.outside.is_some() || settings.stream_secret.is_some();
                Ok(if others_must_show { Admission::Unproven } else { Admission::Known })
            }
            _ => {
                let text = "phone streams are taken at /, MOSHI clients at /api/chat";
                Err(Refusal::because(StatusCode::NOT_FOUND, text, &NO_SUCH_PATH))
            }
        }
    }

    fn speaks_at(&self, path: &str) -> bool {
        [PHONE, CHAT].contains(&self.place(path))
    }

    fn takes_forms(&self, path: &str) -> bool {
        self.place(path) == TWIML
    }

    fn answer(&self, visitor: &Visitor, form: Option<&[u8]>) -> Result<Option<Page>, Refusal> {
        match (self.place(&visitor.path), form, &self.bridge.settings.outside) {
            (TWIML, form, Some(outside)) => {
                outside.twiml(visitor, form.unwrap_or_default()).map(Some)
            }
            (TWIML, _, None) => Err(outside::no_twiml()),
            (_, None, _) => self.page(visitor),
            (_, Some(_), _) => Ok(None),
        }
    }

    async fn receive(
        self: Arc<Self>,
        visitor: Visitor,
        socket: Socket,
        place: Place,
        stop: CancellationToken,
    ) {
        if visitor.path == CHAT {
            return chat::hold(socket, visitor, &self.bridge, stop).await;
        }
        let entrance = self.bridge.settings.entrance(&visitor);
        call::hold(socket, &self.bridge, (entrance, place), stop).await;
    }
}
