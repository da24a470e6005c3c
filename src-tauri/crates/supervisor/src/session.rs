//! What a client may do once it has logged in.

use std::sync::Arc;

use door::{Place, Socket, reasons};
use serde_json::Value;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;
use tokio_util::sync::CancellationToken;
use tracing::info;
use wire::protocol::{self, Command, ErrorCode, Freeing, Kind, Message, Role};
use wire::steering::CallOrder;
use wire::{EngineOrder, Failure, Order, Outcome};

use crate::client::{self, Left, Reader};
use crate::given::{NAME, Run};
use crate::hub::Subscriber;
use crate::login::{TRIES, UNAUTHORIZED};
use crate::request::Request;
use crate::tokens::Pass;
use crate::topic::Topic;
use crate::words::Allowance;

/// How many lines of the log are told if nobody says how many.
const LINES: usize = 100;

struct Session<'a> {
    run: &'a Arc<Run>,
    subscriber: Arc<Subscriber>,
    pass: Pass,
    allowance: Allowance<'a>,
    wrong_tokens: u32,
}

const ENDING: Left = Left(Some((CloseCode::Restart, "the supervisor is ending")));

/// Answers the client and tells it what it wants to hear, until it leaves or the service ends.
pub(crate) async fn attend(
    socket: Socket,
    pass: Pass,
    run: &Arc<Run>,
    place: &Place,
    stop: &CancellationToken,
) {
    let settings = &run.supervisor.settings;
    let subscription = run.hub.enter(settings.events);
    let subscriber = Arc::clone(&subscription.subscriber);
    info!(client = subscriber.id, role = ?pass.role, "a client has logged in");
    let (mut reader, mut writer) = client::split(socket);
    let mut session = Session {
        run,
        subscriber: Arc::clone(&subscriber),
        pass,
        allowance: Allowance::new(settings),
        wrong_tokens: 0,
    };
    let Left(farewell) = tokio::select! {
        left = session.listen(&mut reader, stop) => left,
        Err(left) = writer.send_from(&subscriber.outbox, place, settings.stall) => left,
        () = place.must_make_way() => {
            Left(Some((CloseCode::Again, "it answered no ping, and its place was needed")))
        }
    };
    drop(subscription);
    if let Some((code, reason)) = farewell {
        writer.part(reader, &subscriber.outbox, code, reason).await;
    }
}

impl Session<'_> {
    async fn listen(&mut self, reader: &mut Reader, stop: &CancellationToken) -> Left {
        let mut tokens = self.run.supervisor.tokens.in_force();
        loop {
            if !tokens.borrow_and_update().knows(self.pass) {
                return Left(Some((UNAUTHORIZED, "the token was renewed")));
            }
            let request = tokio::select! {
                () = stop.cancelled() => return ENDING,
                Ok(()) = tokens.changed() => continue,
                request = reader.hear() => match request {
                    Ok(request) => request,
                    Err(left) => return left,
                },
            };
            let id = request.id.clone();
            let answer = self.answer(request, stop).await;
            self.subscriber.outbox.answer(protocol::write(&answer, id.as_ref()).into());
            if self.wrong_tokens == TRIES {
                self.run.supervisor.ledger.note(&reasons::WRONG_TOKEN);
                return Left(Some((UNAUTHORIZED, "the token was wrong too often")));
            }
            tokio::select! {
                () = stop.cancelled() => return ENDING,
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
            Ok(command) => self.obey(command, &name, id, stop).await,
            Err(error) => {
                Message::error(ErrorCode::Invalid, format!("Invalid message format: {error}"))
            }
        }
    }

    async fn obey(
        &mut self,
        command: Command,
        name: &str,
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
            Command::ChooseEngine(order) => self.choose(order, stop).await,
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
            Command::NotOffered => Message::error(
                ErrorCode::NotOffered,
                format!("{name} is not offered here; it belongs to another part of xSwarm"),
            ),
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
        self.run.give(order, id, &mut self.allowance, &self.subscriber, stop).await
    }

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
        let result = tokio::select! {
            // The order is given when its result is first asked for.
            biased;
            result = (self.run.supervisor.orders)(order) => result,
            // An order that ends this service waits for it to end, and it doesn't end before this visit.
            () = stop.cancelled() => if ends_us { self.as_it_is() } else { Err(Failure::Ending) },
        };
        result.map_or_else(Message::Failure, Message::Outcome)
    }

    async fn choose(&self, order: EngineOrder, stop: &CancellationToken) -> Message {
        info!(client = self.subscriber.id, ?order, "a client chooses what answers calls");
        let result = tokio::select! {
            biased;
            result = (self.run.supervisor.choose)(order) => result,
            () = stop.cancelled() => Err(Failure::Ending),
        };
        result.map_or_else(Message::Failure, Message::EngineChosen)
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
            self.subscriber.outbox.put(Topic::Status, status);
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
        | Command::ChooseEngine(_)
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
