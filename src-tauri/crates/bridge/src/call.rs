//! One call, from its first message to its last.
//!
//! Reading, writing and the engine go on side by side, and none waits for another: a caller whose socket isn't read loses
//! sound, and a caller who doesn't read must not keep the engine from hearing.

mod listen;
mod show;
mod speak;

use std::sync::atomic::AtomicBool;
use std::time::Duration;

use door::{NoPlace, Place, Socket};
use futures_util::StreamExt;
use futures_util::stream::{SplitSink, SplitStream};
use tokio::time::{sleep, timeout};
use tokio_tungstenite::tungstenite::{Message, Utf8Bytes};
use tokio_util::sync::CancellationToken;
use tracing::{Instrument, debug, info, info_span};

use crate::caller::{Garbled, Start, Told, read};
use crate::doze::doze;
use crate::ending::{Ending, Fault};
use crate::engine::Engine;
use crate::hearing::Hearing;
use crate::line::Line;
use crate::outside::Entrance;
use crate::playout::Playout;
use crate::recording::Tape;
use crate::roster::Entry;
use crate::{Bridge, reasons};

type Reader = SplitStream<Socket>;
type Writer = SplitSink<Socket, Message>;

/// Holds one call until either side hangs up or `stop` is cancelled. Until it has shown what `entrance` wants, the caller is
/// a stranger and may have to make way.
pub(crate) async fn hold(
    socket: Socket,
    bridge: &Bridge,
    (entrance, place): (Entrance<'_>, Place),
    stop: CancellationToken,
) {
    let (writer, mut reader) = socket.split();
    let started = tokio::select! {
        () = stop.cancelled() => Err(Ending::Stopping),
        () = place.must_make_way() => Err(Ending::MadeWay),
        started = timeout(bridge.settings.start, until_start(&mut reader)) => {
            started.unwrap_or(Err(Fault::NoStart.into()))
        }
    };
    let admitted = started.and_then(|start| {
        // Every message that we send has it, and there are fifty a second.
        if start.stream.chars().count() > wire::LONGEST_NAME {
            return Err(Garbled::LongStream.into());
        }
        if !entrance.opens_for(start.secret.as_deref()) {
            return Err(Fault::NoSecret.into());
        }
        place.settle().map(|()| start).map_err(|NoPlace| Ending::NoPlace)
    });
    match admitted {
        Ok(start) => Call::begin(*start, bridge).run(bridge, reader, writer, stop).await,
        Err(ending) => {
            debug!(%ending, "a caller was let in but its stream never started");
            bridge.roster.note_not_started(ending.by());
            if let Some(reason) = reasons::of(&ending) {
                bridge.ledger.note(reason);
            }
            if let Ending::MadeWay = ending {
                return send_off(&ending, reader, writer);
            }
            // It is a stranger still, and its place may be wanted.
            tokio::select! {
                () = place.must_make_way() => {}
                () = tell(&ending, reader, writer) => {}
            }
        }
    }
}

/// Reads until the stream starts.
async fn until_start(reader: &mut Reader) -> Result<Box<Start>, Ending> {
    loop {
        let Some(text) = text_of(reader.next().await)? else { continue };
        match read(&text)?.told {
            Told::Start(start) => return Ok(start),
            Told::Connected | Told::Complaint(_) | Told::Other => {}
            Told::Stop => return Err(Ending::HungUp),
            Told::Sound(_) | Told::Key(_) | Told::Played(_) => {
                return Err(Fault::BeforeStart.into());
            }
        }
    }
}

/// A call whose stream has started.
struct Call {
    start: Start,
    entry: Entry,
    line: Line,
    idle: Duration,
    caller_speaks: AtomicBool,
    /// Whether a frame of the caller's has come that none of ours went along with.
    has_frame_come: AtomicBool,
    tape: Option<Tape>,
}

impl Call {
    fn begin(mut start: Start, bridge: &Bridge) -> Self {
        let line = Line { stream: Some(start.stream.as_str().into()), ..Line::default() };
        let engine = bridge.engine.engine();
        // What has served its purpose is not kept for as long as the call lasts.
        let (carrier_id, _) = (start.call.take(), start.secret.take());
        let carrier_id = carrier_id.as_deref();
        let entry = bridge.roster.enter(start.carrier, carrier_id, engine, line.clone());
        Self {
            start,
            entry,
            line,
            idle: bridge.settings.idle,
            caller_speaks: AtomicBool::new(false),
            has_frame_come: AtomicBool::new(false),
            tape: None,
        }
    }

    async fn run(self, bridge: &Bridge, reader: Reader, writer: Writer, stop: CancellationToken) {
        let span = info_span!("call", id = self.entry.id(), from = ?self.start.carrier);
        self.take_place(bridge, reader, writer, stop).instrument(span).await;
    }

    async fn take_place(
        mut self,
        bridge: &Bridge,
        mut reader: Reader,
        mut writer: Writer,
        stop: CancellationToken,
    ) {
        info!(coding = ?self.start.coding, "the call began");
        let Line { ears, mouth, hang_up, .. } = self.line.clone();
        let recordings = bridge.settings.recordings.as_ref();
        let (tape, written) = recordings.map(|them| them.begin(self.entry.id())).unzip();
        self.tape.clone_from(&tape);
        let mut hearing = Hearing::new(ears.clone(), self.start.carrier, self.start.coding, tape);
        let mut ignored = 0;
        let seldom = doze(async {
            tokio::select! {
                () = stop.cancelled() => Ending::Stopping,
                () = hang_up.cancelled() => Ending::Steered,
                () = sleep(bridge.settings.longest) => Ending::TooLong,
                () = bridge.engine.answer(ears, mouth, &self.entry) => Ending::Answered,
            }
        });
        let ending = tokio::select! {
            // In this order, so that our frames go along with the caller's.
            biased;
            ending = seldom => ending,
            ending = self.listen(&mut reader, &mut hearing, &mut ignored) => ending,
            ending = self.speak(&mut writer) => ending,
        };
        self.show_heard(&hearing);
        self.show_said();
        self.log(&ending, &hearing, ignored);
        self.line.mouth.playout(Playout::finish);
        self.entry.close(ending.by(), ending.to_string());
        // The call is over whether or not the caller takes note, so it leaves the roster first.
        drop((self, hearing));
        tell(&ending, reader, writer).await;
        if let Some(written) = written {
            // What went wrong there was told there.
            let _ = written.await;
        }
    }
}

/// The text of a message; pings, pongs and the like have none.
fn text_of(
    message: Option<Result<Message, tokio_tungstenite::tungstenite::Error>>,
) -> Result<Option<Utf8Bytes>, Ending> {
    match message {
        None | Some(Ok(Message::Close(_))) => Err(Ending::HungUp),
        Some(Ok(Message::Text(text))) => Ok(Some(text)),
        Some(Ok(Message::Binary(_))) => Err(Fault::Binary.into()),
        Some(Ok(Message::Ping(_) | Message::Pong(_) | Message::Frame(_))) => Ok(None),
        Some(Err(error)) => Err(Ending::from_error(&error)),
    }
}

/// Tells the caller's side how the call ended, if it is still there.
async fn tell(ending: &Ending, reader: Reader, writer: Writer) {
    if let Ending::Gone = ending {
        return;
    }
    let Ok(socket) = writer.reunite(reader) else { return };
    door::dismiss(socket, ending.code(), &ending.to_string()).await;
}

/// Tells the caller's side the same without waiting for it.
fn send_off(ending: &Ending, reader: Reader, writer: Writer) {
    if let Ok(socket) = writer.reunite(reader) {
        door::send_off(socket, ending.code(), &ending.to_string());
    }
}
