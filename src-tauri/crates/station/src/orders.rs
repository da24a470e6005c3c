//! Where orders are given, whoever gives them.

use std::sync::Arc;

use supervisor::Steering;
use tokio::sync::{broadcast, watch};
use tracing::info;
use wire::steering::{CallOrder, CallOutcome};
use wire::{EngineChosen, EngineOrder, Failure, Happening, Order, Outcome, Service, Snapshot};

use crate::answering::Answering;
use crate::installation::kill_log::{self, By};
use crate::peers::predecessor;
use crate::services::VOICE_BRIDGE;
use crate::words;

/// Where orders are given. Whom they end is written down.
#[derive(Clone)]
pub struct Orders {
    pub(crate) keeper: keeper::Orders,
    pub(crate) snapshots: watch::Receiver<Snapshot>,
    pub(crate) steering: Arc<Steering>,
    pub(crate) happenings: broadcast::Sender<Happening>,
    pub(crate) answering: Arc<Answering>,
    pub(crate) by: By,
}

impl Orders {
    /// Gives an order and waits until it has taken effect, or tells why it could not be carried out.
    pub async fn give(&self, order: Order) -> Result<Outcome, Failure> {
        let service = order.service();
        let port = self.snapshots.borrow().service(service).map(|service| service.port);
        let asked = match &order {
            Order::FreePort { victims, .. } => predecessor::ask_to_quit(victims).await,
            Order::Start { .. } | Order::Stop { .. } | Order::Restart { .. } => None,
        };
        kill_log::note_all(asked.as_slice(), port, self.by).await;
        let result = self.keeper.give(order).await;
        if let Some(port) = port {
            kill_log::note(&result, port, self.by).await;
        }
        let mut outcome = predecessor::credit(result, asked)?;
        let (Outcome::Done { service } | Outcome::Freed { service, .. }) = &mut outcome;
        self.say(service);
        Ok(outcome)
    }

    /// Has this answer calls from the next one on, and keeps it in the settings where that can be done. The server that is named, if one is,
    /// must have been found.
    pub async fn choose(&self, order: EngineOrder) -> Result<EngineChosen, Failure> {
        if self.snapshots.borrow().service(VOICE_BRIDGE).is_none() {
            return Err(Failure::NotHere { service: VOICE_BRIDGE });
        }
        self.answering.choose(order).await
    }

    /// Takes over what the file of the settings says by now, as far as that takes no restart, and shows what does.
    pub async fn reread_settings(&self) {
        self.answering.reread().await;
    }

    /// Puts into a service what is said of it, under the name by which people know it.
    fn say(&self, service: &mut Service) {
        words::say_of(service);
        if let Some(known) = self.snapshots.borrow().service(service.name) {
            service.title.clone_from(&known.title);
            service.purpose.clone_from(&known.purpose);
            service.deed.clone_from(&known.deed);
        }
    }

    /// Gives an order for a call and waits for its end: until a suggestion was used, or came to nothing, and until speech was
    /// heard. To drop it meanwhile silences what is being said.
    pub async fn steer(&self, order: CallOrder) -> Result<CallOutcome, Failure> {
        let text = order.text().to_owned();
        let begun = self.steering.begin(order).await?;
        let outcome = begun.outcome;
        info!(?outcome, "a call was steered");
        let Some(end) = begun.end else { return Ok(outcome) };
        let end = end.await;
        if let CallOutcome::Suggested { .. } = outcome {
            // Whoever follows suggestions on port 9999 is told, if there is anybody.
            let _ = self.happenings.send(Happening::SuggestionEnded { text, end: end.clone() });
        }
        Ok(end?)
    }
}
