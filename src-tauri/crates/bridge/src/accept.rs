//! Who may call: the house behind the door of port 9998.

use std::sync::Arc;

use door::{House, Page, Refusal, Socket, Visitor};
use http::StatusCode;
use tokio_util::sync::CancellationToken;

use crate::{Bridge, call};

/// Phone streams come to this path.
const PHONE: &str = "/";

/// Connects those who come through the door with the engine.
pub(crate) struct Switchboard {
    bridge: Arc<Bridge>,
}

impl Switchboard {
    pub(crate) fn new(bridge: Arc<Bridge>) -> Self {
        Self { bridge }
    }
}

impl House for Switchboard {
    fn admit(&self, visitor: &Visitor) -> Result<(), Refusal> {
        if visitor.path == PHONE {
            Ok(())
        } else {
            Err(Refusal::new(
                StatusCode::NOT_FOUND,
                "phone streams are taken at / and nowhere else",
            ))
        }
    }

    fn page(&self, path: &str) -> Option<Page> {
        (self.bridge.pages)(path)
    }

    async fn receive(self: Arc<Self>, _: Visitor, socket: Socket, stop: CancellationToken) {
        let Bridge { settings, engine, roster, .. } = &*self.bridge;
        call::hold(socket, engine, roster, settings, stop).await;
    }
}
