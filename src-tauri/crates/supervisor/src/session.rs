//! What a client may do once it has logged in.

use std::sync::Arc;

use door::Place;
use serde_json::Value;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;
use tokio_util::sync::CancellationToken;
use tracing::info;
use wire::protocol::{self, Command, ErrorCode, Freeing, Kind, Message, Role};
use wire::steering::CallOrder;
use wire::{Failure, Order, Outcome};

use crate::client::{Client, Left, Reader};
use crate::given::{NAME, Run};
use crate::hub::Subscriber;
use crate::login::{TRIES, UNAUTHORIZED};
use crate::outbox::Slot;
use crate::reasons::WRONG_TOKEN;
use crate::request::Request;
use crate::tokens::Pass;
use crate::words::Allowance;

/// How many lines of the log are told if nobody says how many.
const LINES: usize = 100;

struct Session<'a> {
    run: &'a Run,
    subscriber: Arc<Subscriber>,
    pass: Pass,
    allowance: Allowance,
    wrong_tokens: u32,
}

/// Why a visit ends.
enum Leaving {
    Left(Left),
    MadeWay,
    Stopping,
    TooManyTries,
    TokenRenewed,
}

impl From<Left> for Leaving {
    fn from(left: Left) -> Self {
        Self::Left(left)
    }
}

/// Answers the client and tells it what it wants to hear, until it leaves or the service ends.
pub(crate) async fn attend(
    client: Client,
    pass: Pass,
    run: &Run,
    place: &Place,
    stop: &CancellationToken,
) {
    let settings = &run.supervisor.settings;
    let subscription = run.hub.enter(settings.events);
    let subscriber = Arc::clone(&subscription.subscriber);
    info!(client = subscriber.id, role = ?pass.role, "a client has logged in");
    let (mut reader, mut writer) = client.split();
    let mut session = Session {
        run,
        subscriber: Arc::clone(&subscriber),
        pass,
        allowance: Allowance::new(settings),
        wrong_tokens: 0,
    };
    let ending = tokio::select! {
        ending = session.listen(&mut reader, stop) => ending,
        left = writer.send_from(&subscriber.outbox, place, settings.stall) => Leaving::Left(left),
        () = place.must_make_way() => Leaving::MadeWay,
    };
    drop(subscription);
    let (code, reason) = match ending {
        Leaving::Left(Left(None)) => return,
        Leaving::Left(Left(Some(code))) => (code, "the message broke the rules"),
        Leaving::MadeWay => (CloseCode::Again, "it answered no ping, and its place was needed"),
        Leaving::Stopping => (CloseCode::Restart, "the supervisor is ending"),
        Leaving::TooManyTries => (UNAUTHORIZED.into(), "the token was wrong too often"),
        Leaving::TokenRenewed => (UNAUTHORIZED.into(), "the token was renewed"),
    };
    writer.part(reader, &subscriber.outbox, code, reason).await;
}

impl Session<'_> {
    async fn listen(&mut self, reader: &mut Reader, stop: &CancellationToken) -> Leaving {
        let mut renewals = self.run.supervisor.tokens.renewals();
        loop {
            if !self.pass.is_valid(*renewals.borrow_and_update()) {
                return Leaving::TokenRenewed;
            }
            let request = tokio::select! {
                () = stop.cancelled() => return Leaving::Stopping,
                Ok(()) = renewals.changed() => continue,
                request = reader.hear() => match request {
                    Ok(request) => request,
                    Err(left) => return left.into(),
                },
            };
            let id = request.id.clone();
            let answer = self.answer(request, stop).await;
            self.subscriber.outbox.answer(protocol::write(&answer, id.as_ref()).into());
            if self.wrong_tokens == TRIES {
                self.run.supervisor.ledger.note(&WRONG_TOKEN);
                return Leaving::TooManyTries;
            }
            tokio::select! {
                () = stop.cancelled() => return Leaving::Stopping,
                () = self.subscriber.outbox.room() => {}
            }
        }
    }

    async fn answer(&mut self, request: Request, stop: &CancellationToken) -> Message {
        let Request { id, name, command } = request;
        match command {
            Ok(command) if self.pass.role == Role::Observe && steers(&command) => Message::error(
                ErrorCode::Forbidden,
                format!("{name} is not for those who only watch"),
            ),
            Ok(Command::NotOffered) => Message::error(
                ErrorCode::NotOffered,
                format!("{name} is not offered here; it belongs to another part of xSwarm"),
            ),
            Ok(command) => self.obey(command, id, stop).await,
            Err(misunderstood) => Message::error(ErrorCode::Invalid, misunderstood.in_detail()),
        }
    }

    async fn obey(
        &mut self,
        command: Command,
        id: Option<Value>,
        stop: &CancellationToken,
    ) -> Message {
        let supervisor = &self.run.supervisor;
        let snapshot = || supervisor.snapshots.borrow().clone();
        match command {
            Command::Auth { token } => self.show(&token),
            Command::Ping => Message::Pong,
            Command::InjectSuggestion(suggesting) => {
                self.steer(CallOrder::Suggest(suggesting), id, stop).await
            }
            Command::SynthesizeText(speaking) => {
                self.steer(CallOrder::Speak(speaking), id, stop).await
            }
            Command::StopSpeech(meant) => self.steer(CallOrder::StopSpeech(meant), id, stop).await,
            Command::HangUp { call } => self.steer(CallOrder::HangUp { call }, id, stop).await,
            Command::Status => Message::Status { snapshot: snapshot() },
            Command::Calls => {
                let snapshot = snapshot();
                Message::Calls { calls: snapshot.calls, ended_calls: snapshot.ended_calls }
            }
            Command::Subscribe { kinds } => self.subscribe(kinds),
            Command::Start { service } => self.carry_out(Order::Start { service }, stop).await,
            Command::Stop { service } => self.carry_out(Order::Stop { service }, stop).await,
            Command::Restart { service } => self.carry_out(Order::Restart { service }, stop).await,
            Command::FreePort(Freeing { service, victims }) => {
                self.carry_out(Order::FreePort { service, victims }, stop).await
            }
            Command::Settings => Message::Settings { settings: (supervisor.archives.settings)() },
            Command::Logs { lines } => {
                Message::logs((supervisor.archives.log)(lines.unwrap_or(LINES)))
            }
            Command::Quit => {
                info!(client = self.subscriber.id, "a client asks us to quit");
                (supervisor.quit)();
                Message::Quitting
            }
            Command::RenewToken { role } => self.renew(role),
            Command::NotOffered => Message::error(ErrorCode::NotOffered, "not offered here"),
        }
    }

    /// A further token may be shown, but no more often wrongly than before the first.
    fn show(&mut self, token: &str) -> Message {
        if let Some(pass) = self.run.supervisor.tokens.pass_for(token) {
            info!(client = self.subscriber.id, role = ?pass.role, "a client has shown a further token");
            self.pass = pass;
            return Message::authenticated();
        }
        self.wrong_tokens += 1;
        Message::wrong_token()
    }

    fn renew(&mut self, role: Role) -> Message {
        match self.run.supervisor.tokens.renew(role) {
            Ok(()) => {
                // Who has renewed the token stays.
                if role == self.pass.role {
                    self.pass = self.run.supervisor.tokens.fresh_pass(role);
                }
                info!(?role, client = self.subscriber.id, "a client has renewed the token");
                Message::TokenRenewed { role }
            }
            Err(error) => Message::error(ErrorCode::System, error.to_string()),
        }
    }

    async fn steer(
        &mut self,
        order: CallOrder,
        id: Option<Value>,
        stop: &CancellationToken,
    ) -> Message {
        self.run.words.give(order, id, &mut self.allowance, &self.subscriber, stop).await
    }

    /// Gives an order and waits for what becomes of it.
    async fn carry_out(&self, order: Order, stop: &CancellationToken) -> Message {
        let (client, service) = (self.subscriber.id, order.service());
        info!(
            client,
            order = <&str>::from(&order),
            service = service.id(),
            "a client gives an order"
        );
        let ends = matches!(order, Order::Stop { .. } | Order::Restart { .. });
        let ends_us = ends && service == NAME;
        tokio::select! {
            // The order is given when its result is first asked for.
            biased;
            result = (self.run.supervisor.orders)(order) => Message::to_order(result),
            // An order that ends this service waits for it to end, and it doesn't end before this visit.
            () = stop.cancelled() => {
                Message::to_order(if ends_us { self.as_it_is() } else { Err(Failure::Ending) })
            }
        }
    }

    fn as_it_is(&self) -> Result<Outcome, Failure> {
        let snapshot = self.run.supervisor.snapshots.borrow();
        let service = snapshot.service(NAME).ok_or(Failure::Ending)?;
        Ok(Outcome::Done { service: service.clone() })
    }

    fn subscribe(&self, kinds: Vec<Kind>) -> Message {
        self.subscriber.subscribe(&kinds);
        // What there is to see at the moment is the first that a subscriber sees.
        if kinds.contains(&Kind::Status) {
            let snapshot = self.run.supervisor.snapshots.borrow().clone();
            let status = protocol::write(&Message::Status { snapshot }, None).into();
            self.subscriber.outbox.latest(Slot::Status, status);
        }
        Message::Subscribed { kinds }
    }
}

/// Whether it changes anything, or shows what is not for everybody who watches.
fn steers(command: &Command) -> bool {
    match command {
        Command::InjectSuggestion(_)
        | Command::SynthesizeText(_)
        | Command::StopSpeech(_)
        | Command::HangUp { .. }
        | Command::Start { .. }
        | Command::Stop { .. }
        | Command::Restart { .. }
        | Command::FreePort(_)
        | Command::Logs { .. }
        | Command::Quit
        | Command::RenewToken { .. } => true,
        Command::Auth { .. }
        | Command::Ping
        | Command::Status
        | Command::Calls
        | Command::Subscribe { .. }
        | Command::Settings
        | Command::NotOffered => false,
    }
}
