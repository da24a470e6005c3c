//! What a client may do once it has logged in.

use serde_json::Value;
use tokio::sync::watch;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;
use tokio_util::sync::CancellationToken;
use tracing::info;
use wire::{Failure, Order, Outcome, ServiceName, Snapshot};

use crate::client::{Client, Left};
use crate::login::is_right;
use crate::protocol::{Answer, Code, Command, Kind, Request};
use crate::{Orders, Supervisor};

struct Session<'a> {
    client: Client,
    token: &'a str,
    orders: &'a Orders,
    snapshots: watch::Receiver<Snapshot>,
    is_subscribed: bool,
}

/// Answers the client until it leaves or the service ends.
pub(crate) async fn attend(client: Client, supervisor: &Supervisor, stop: &CancellationToken) {
    let mut session = Session {
        client,
        token: &supervisor.token,
        orders: &supervisor.orders,
        snapshots: supervisor.snapshots.clone(),
        is_subscribed: false,
    };
    match session.run(stop).await {
        Ok(()) => session.client.dismiss(CloseCode::Restart, "the supervisor is ending").await,
        Err(left) => session.client.part(left).await,
    }
}

impl Session<'_> {
    async fn run(&mut self, stop: &CancellationToken) -> Result<(), Left> {
        loop {
            tokio::select! {
                () = stop.cancelled() => return Ok(()),
                Ok(()) = self.snapshots.changed(), if self.is_subscribed => self.push_status().await?,
                request = self.client.hear() => self.answer(request?, stop).await?,
            }
        }
    }

    async fn answer(&mut self, request: Request, stop: &CancellationToken) -> Result<(), Left> {
        let answer = match request.command {
            Ok(Command::Auth { token }) if is_right(&token, self.token) => Answer::authenticated(),
            Ok(Command::Auth { .. }) => Answer::wrong_token(),
            Ok(Command::Ping) => Answer::Pong,
            Ok(Command::Status) => self.status(),
            Ok(Command::Subscribe { kinds }) => self.subscribe(kinds),
            Ok(Command::Start { service }) => {
                self.carry_out(Order::Start { service }, stop).await?
            }
            Ok(Command::Stop { service }) => self.carry_out(Order::Stop { service }, stop).await?,
            Ok(Command::Restart { service }) => {
                self.carry_out(Order::Restart { service }, stop).await?
            }
            Ok(Command::FreePort { service, victims }) => {
                self.carry_out(Order::FreePort { service, victims }, stop).await?
            }
            Ok(Command::NotOffered) => {
                Answer::error(Code::NotOffered, "This xSwarm Voice does not offer that")
            }
            Err(misunderstood) => Answer::error(Code::Invalid, misunderstood.in_detail()),
        };
        self.say(&answer, request.id.as_ref()).await
    }

    /// Gives an order and waits for what becomes of it. Subscribers are kept informed meanwhile.
    async fn carry_out(&mut self, order: Order, stop: &CancellationToken) -> Result<Answer, Left> {
        info!(order = name(&order), service = order.service().id(), "a client gives an order");
        let ends_us = matches!(
            order,
            Order::Stop { service: ServiceName::Supervisor }
                | Order::Restart { service: ServiceName::Supervisor }
        );
        let mut result = (self.orders)(order);
        loop {
            tokio::select! {
                // The order is given when its result is first asked for.
                biased;
                result = &mut result => return Ok(Answer::to_order(result)),
                // An order that ends this service waits for it to end, and it doesn't end before this visit.
                () = stop.cancelled() => {
                    let result = if ends_us { self.as_it_is() } else { Err(Failure::Ending) };
                    return Ok(Answer::to_order(result));
                }
                Ok(()) = self.snapshots.changed(), if self.is_subscribed => self.push_status().await?,
            }
        }
    }

    fn as_it_is(&self) -> Result<Outcome, Failure> {
        let snapshot = self.snapshots.borrow();
        let service = snapshot.service(ServiceName::Supervisor).ok_or(Failure::Ending)?;
        Ok(Outcome::Done { service: service.clone() })
    }

    fn status(&self) -> Answer {
        Answer::Status { snapshot: self.snapshots.borrow().clone() }
    }

    fn subscribe(&mut self, kinds: Vec<Kind>) -> Answer {
        self.is_subscribed = kinds.contains(&Kind::Status);
        // What there is to see at the moment is the first that a subscriber sees.
        self.snapshots.mark_changed();
        Answer::Subscribed { kinds }
    }

    async fn push_status(&mut self) -> Result<(), Left> {
        let snapshot = self.snapshots.borrow_and_update().clone();
        self.say(&Answer::Status { snapshot }, None).await
    }

    async fn say(&mut self, answer: &Answer, id: Option<&Value>) -> Result<(), Left> {
        self.client.say(answer, id).await
    }
}

fn name(order: &Order) -> &'static str {
    match order {
        Order::Start { .. } => "start",
        Order::Stop { .. } => "stop",
        Order::Restart { .. } => "restart",
        Order::FreePort { .. } => "free_port",
    }
}
