//! Who may call: the house behind the door of port 9998.

use std::sync::Arc;

use door::{House, Page, Refusal, Socket, Visitor};
use http::StatusCode;
use tokio_util::sync::CancellationToken;
use tracing::warn;

use crate::chat::CHAT;
use crate::outside::{Entrance, Signature, TWIML};
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
    /// Turns away who signs wrongly. Who signs nothing may still show the secret when the stream starts.
    fn check_signature(&self, visitor: &Visitor) -> Result<(), Refusal> {
        let outside = self.bridge.settings.outside.as_ref();
        let signature = outside.map(|outside| outside.signature_of_stream(visitor));
        match signature {
            Some(Signature::Wrong) => {
                warn!("a stream was turned away, for its signature is wrong");
                Err(Refusal::new(StatusCode::FORBIDDEN, "the signature is wrong"))
            }
            None | Some(Signature::Right | Signature::Missing) => Ok(()),
        }
    }
}

impl House for Switchboard {
    fn admit(&self, visitor: &Visitor) -> Result<(), Refusal> {
        match &*visitor.path {
            PHONE => self.check_signature(visitor),
            CHAT => chat::admit(&self.bridge, visitor),
            _ => Err(Refusal::new(
                StatusCode::NOT_FOUND,
                "phone streams are taken at /, MOSHI clients at /api/chat",
            )),
        }
    }

    fn page(&self, path: &str) -> Option<Page> {
        let mut page = (self.bridge.pages)(path)?;
        if path == METRICS {
            page.text += &self.bridge.roster.metrics();
        }
        Some(page)
    }

    fn takes_forms(&self, path: &str) -> bool {
        path == TWIML
    }

    fn answer(&self, visitor: &Visitor, form: Option<&[u8]>) -> Option<Page> {
        match (&*visitor.path, form) {
            (TWIML, form) => Some(match &self.bridge.settings.outside {
                Some(outside) => outside.twiml(visitor, form.unwrap_or_default()),
                None => outside::no_twiml(),
            }),
            (path, None) => self.page(path),
            (_, Some(_)) => None,
        }
    }

    async fn receive(self: Arc<Self>, visitor: Visitor, socket: Socket, stop: CancellationToken) {
        if visitor.path == CHAT {
            return chat::hold(socket, visitor, &self.bridge, stop).await;
        }
        let outside = self.bridge.settings.outside.as_ref();
        let entrance = outside.map_or(Entrance::Open, |outside| outside.entrance(&visitor));
        call::hold(socket, &self.bridge, entrance, stop).await;
    }
}
