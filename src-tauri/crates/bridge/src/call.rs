//! One call, from its first message to its last.
//!
//! Reading, writing and the engine go on side by side, and none waits for another: a caller whose socket isn't read loses
//! sound, and a caller who doesn't read must not keep the engine from hearing.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use door::Socket;
use futures_util::stream::{SplitSink, SplitStream};
use futures_util::{SinkExt, StreamExt};
use tokio::time::{Instant, sleep_until, timeout};
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_util::sync::CancellationToken;
use tracing::{Instrument, debug, info, info_span, trace, warn};

use crate::Settings;
use crate::caller::twilio::{self, Garbled, Told};
use crate::engine::{Engine, Mouth};
use crate::hearing::{Ears, Hearing};
use crate::playout::{Mark, Out, Step};
use crate::roster::{Entry, Roster};
use wire::{CallPhase, Carrier, EndedBy};

/// An utterance is over when for that long no sound comes at all, not even silence.
const NO_SOUND: Duration = Duration::from_secs(1);

type Reader = SplitStream<Socket>;
type Writer = SplitSink<Socket, Message>;

/// Holds one call with this engine until either side hangs up or `stop` is cancelled.
pub(crate) async fn hold<E: Engine>(
    socket: Socket,
    engine: &E,
    roster: &Arc<Roster>,
    settings: &Settings,
    stop: CancellationToken,
) {
    let (writer, mut reader) = socket.split();
    let started = tokio::select! {
        () = stop.cancelled() => Err(Ending::Stopping),
        started = timeout(settings.start, until_start(&mut reader)) => {
            started.unwrap_or(Err(Ending::Fault(Fault::NoStart)))
        }
    };
    match started {
        Ok(stream) => {
            let line = Line::default();
            let entry = roster.enter(Carrier::Twilio, None, wire::Engine::LineCheck, line.clone());
            let span = info_span!("call", id = entry.id(), from = "twilio");
            let call = Call {
                stream,
                entry,
                line,
                idle: settings.idle,
                caller_speaks: AtomicBool::new(false),
            };
            call.run(engine, reader, writer, stop).instrument(span).await;
        }
        Err(ending) => {
            debug!(%ending, "a caller was let in but its stream never started");
            ending.tell(reader, writer).await;
        }
    }
}

/// Reads until the stream starts, and returns its name.
async fn until_start(reader: &mut Reader) -> Result<String, Ending> {
    loop {
        let Some(text) = next_text(reader).await? else { continue };
        match twilio::read(&text)?.told {
            Told::Start { stream } => return Ok(stream),
            Told::Connected | Told::Other => {}
            Told::Stop => return Err(Ending::HungUp),
            Told::Sound { .. } | Told::Key(_) | Told::Played(_) => {
                return Err(Fault::BeforeStart.into());
            }
        }
    }
}

/// What others than its reader and its writer may do with a call.
#[derive(Clone, Default)]
pub(crate) struct Line {
    /// What its engine hears.
    pub(crate) ears: Ears,
    /// What is said in it.
    pub(crate) mouth: Mouth,
    /// Ends it.
    pub(crate) hang_up: CancellationToken,
}

/// A call whose stream has started.
struct Call {
    stream: String,
    entry: Entry,
    line: Line,
    idle: Duration,
    caller_speaks: AtomicBool,
}

impl Call {
    async fn run<E: Engine>(
        self,
        engine: &E,
        mut reader: Reader,
        mut writer: Writer,
        stop: CancellationToken,
    ) {
        info!("the call began");
        let Line { ears, mouth, hang_up } = self.line.clone();
        let mut hearing = Hearing::new(ears.clone());
        let mut ignored = 0;
        let ending = tokio::select! {
            () = stop.cancelled() => Ending::Stopping,
            ending = self.listen(&mut reader, &mut hearing, &mut ignored) => ending,
            ending = self.speak(&mut writer) => ending,
            () = hang_up.cancelled() => Ending::Steered,
            () = engine.answer(ears, mouth) => Ending::Answered,
        };
        self.log(&ending, &hearing, ignored);
        self.entry.close(ending.by(), ending.to_string());
        // The call is over whether or not the caller takes note, so it leaves the roster first.
        drop(self);
        ending.tell(reader, writer).await;
    }

    /// Reads all that the caller sends.
    async fn listen(
        &self,
        reader: &mut Reader,
        hearing: &mut Hearing,
        ignored: &mut u64,
    ) -> Ending {
        loop {
            let patience = if hearing.is_speaking() { NO_SOUND } else { self.idle };
            let heard = match timeout(patience, next_text(reader)).await {
                Ok(Ok(None)) => Ok(()),
                Ok(Ok(Some(text))) => self.take(&text, hearing, ignored),
                Ok(Err(ending)) => Err(ending),
                Err(_) if hearing.is_speaking() => {
                    hearing.silence();
                    Ok(())
                }
                Err(_) => Err(Fault::Idle.into()),
            };
            if let Err(ending) = heard {
                return ending;
            }
            self.caller_speaks.store(hearing.is_speaking(), Ordering::Relaxed);
            self.show_phase();
        }
    }

    fn take(&self, text: &str, hearing: &mut Hearing, ignored: &mut u64) -> Result<(), Ending> {
        let message = twilio::read(text)?;
        if message.stream.is_some_and(|stream| stream != self.stream) {
            return Err(Fault::AnotherStream.into());
        }
        match message.told {
            Told::Sound { sound, at } => {
                trace!(bytes = sound.len(), "sound");
                hearing.sound(&sound, at);
            }
            Told::Key(key) => hearing.key(key),
            Told::Played(name) => {
                self.line.mouth.playout(|playout| playout.played(&name, Instant::now()));
            }
            Told::Stop => return Err(Ending::HungUp),
            Told::Start { .. } => return Err(Fault::StartedTwice.into()),
            Told::Connected | Told::Other => *ignored += 1,
        }
        Ok(())
    }

    /// Sends all that the engine says, each frame when it is due.
    async fn speak(&self, writer: &mut Writer) -> Ending {
        loop {
            let step = self.line.mouth.playout(|playout| playout.step(Instant::now()));
            self.show_phase();
            match step {
                Step::Rest => self.line.mouth.changed().await,
                Step::Wait(until) => tokio::select! {
                    () = self.line.mouth.changed() => {}
                    () = sleep_until(until) => {}
                },
                Step::Send(out) => {
                    let message = Message::text(self.render(&out));
                    match timeout(self.idle, writer.send(message)).await {
                        Ok(Ok(())) => {}
                        Ok(Err(_)) | Err(_) => return Ending::Gone,
                    }
                    if let Out::Mark(Mark::Echo(_)) = out {
                        self.entry.note(|call| call.echoes += 1);
                    }
                }
            }
        }
    }

    fn show_phase(&self) {
        let caller_speaks = self.caller_speaks.load(Ordering::Relaxed);
        let engine_speaks = self.line.mouth.playout(|playout| playout.is_heard());
        let phase = match (caller_speaks, engine_speaks) {
            (true, _) => CallPhase::Caller,
            (false, true) => CallPhase::Engine,
            (false, false) => CallPhase::Quiet,
        };
        self.entry.note(|call| call.phase = phase);
    }

    fn render(&self, out: &Out) -> String {
        match out {
            Out::Frame(payload) => twilio::media(&self.stream, payload),
            Out::Mark(mark) => twilio::mark(&self.stream, &mark.to_string()),
            Out::Clear => twilio::clear(&self.stream),
        }
    }

    fn log(&self, ending: &Ending, hearing: &Hearing, ignored: u64) {
        let (heard, said) = (hearing.tally(), self.line.mouth.playout(|playout| playout.tally()));
        if heard.dropped + u64::from(said.dropped) > 0 {
            warn!(
                heard = heard.dropped,
                said = said.dropped,
                "sound was dropped because too much waited"
            );
        }
        info!(
            %ending,
            heard = ?heard.sound,
            lost = ?heard.lost,
            utterances = heard.utterances,
            ignored,
            said = ?said.sound,
            clears = said.clears,
            gaps = said.gaps,
            slowest_echo = ?said.slowest_echo,
            "the call ended"
        );
    }
}

/// The next message if it is text; pings, pongs and the like are no text.
async fn next_text(reader: &mut Reader) -> Result<Option<String>, Ending> {
    match reader.next().await {
        None | Some(Ok(Message::Close(_))) => Err(Ending::HungUp),
        Some(Ok(Message::Text(text))) => Ok(Some(text.as_str().to_owned())),
        Some(Ok(Message::Binary(_))) => Err(Fault::Binary.into()),
        Some(Ok(Message::Ping(_) | Message::Pong(_) | Message::Frame(_))) => Ok(None),
        Some(Err(error)) => Err(Ending::from_error(&error)),
    }
}

/// How a call ended.
#[derive(Debug, thiserror::Error)]
enum Ending {
    #[error("the caller hung up")]
    HungUp,
    #[error("the connection is gone")]
    Gone,
    #[error("the engine hung up")]
    Answered,
    #[error("somebody who steers hung up")]
    Steered,
    #[error("the voice bridge is stopping")]
    Stopping,
    #[error(transparent)]
    Fault(#[from] Fault),
}

/// What the caller's side did wrong.
#[derive(Debug, thiserror::Error)]
enum Fault {
    #[error("binary messages are not taken here")]
    Binary,
    #[error(transparent)]
    Garbled(#[from] Garbled),
    #[error("the message breaks the rules of WebSocket")]
    WebSocket(CloseCode),
    #[error("sound, key or mark before start")]
    BeforeStart,
    #[error("no start in time")]
    NoStart,
    #[error("a second start")]
    StartedTwice,
    #[error("a message of another stream")]
    AnotherStream,
    #[error("no message for too long")]
    Idle,
}

impl From<Garbled> for Ending {
    fn from(garbled: Garbled) -> Self {
        Self::Fault(Fault::Garbled(garbled))
    }
}

impl Ending {
    fn from_error(error: &Error) -> Self {
        door::complaint(error).map_or(Self::Gone, |code| Self::Fault(Fault::WebSocket(code)))
    }

    fn code(&self) -> CloseCode {
        match self {
            Self::HungUp | Self::Gone | Self::Answered | Self::Steered => CloseCode::Normal,
            Self::Stopping => CloseCode::Away,
            Self::Fault(fault) => match fault {
                Fault::Binary | Fault::Garbled(Garbled::Format) => CloseCode::Unsupported,
                Fault::Garbled(_) => CloseCode::Invalid,
                Fault::WebSocket(code) => *code,
                Fault::BeforeStart
                | Fault::NoStart
                | Fault::StartedTwice
                | Fault::AnotherStream
                | Fault::Idle => CloseCode::Policy,
            },
        }
    }

    fn by(&self) -> EndedBy {
        match self {
            Self::HungUp => EndedBy::Caller,
            Self::Gone => EndedBy::Lost,
            Self::Answered => EndedBy::Engine,
            Self::Steered => EndedBy::Supervisor,
            Self::Stopping => EndedBy::Bridge,
            Self::Fault(Fault::Idle) => EndedBy::Limit,
            Self::Fault(_) => EndedBy::Fault,
        }
    }

    /// Tells the caller's side, if it is still there.
    async fn tell(self, reader: Reader, writer: Writer) {
        if let Self::Gone = self {
            return;
        }
        let Ok(socket) = writer.reunite(reader) else { return };
        door::dismiss(socket, self.code(), &self.to_string()).await;
    }
}
