//! One call, from its first message to its last.
//!
//! Reading, writing and the engine go on side by side, and none waits for another: a caller whose socket isn't read loses
//! sound, and a caller who doesn't read must not keep the engine from hearing.

use std::pin::pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use audio::g711;
use door::Socket;
use futures_util::stream::{SplitSink, SplitStream};
use futures_util::{SinkExt, StreamExt};
use tokio::time::{Instant, sleep, sleep_until, timeout};
use tokio_tungstenite::tungstenite::{Message, Utf8Bytes};
use tokio_util::sync::CancellationToken;
use tracing::{Instrument, debug, info, info_span, trace, warn};
use wire::{CallPhase, Happening};

use crate::Bridge;
use crate::caller::{Pen, Start, Told, read};
use crate::ending::{Ending, Fault};
use crate::engine::Engine;
use crate::hearing::Hearing;
use crate::line::Line;
use crate::outside::Entrance;
use crate::playout::{Mark, Out, Playout, Step};
use crate::recording::{Side, Tape};
use crate::roster::Entry;

/// An utterance is over when for that long no sound comes at all, not even silence.
const NO_SOUND: Duration = Duration::from_secs(1);
/// Every how many messages or frames a call's figures are shown: five times a second.
const SHOWN_EVERY: u32 = 10;

type Reader = SplitStream<Socket>;
type Writer = SplitSink<Socket, Message>;

/// Holds one call until either side hangs up or `stop` is cancelled.
pub(crate) async fn hold(
    socket: Socket,
    bridge: &Bridge,
    entrance: Entrance<'_>,
    stop: CancellationToken,
) {
    let (writer, mut reader) = socket.split();
    let started = tokio::select! {
        () = stop.cancelled() => Err(Ending::Stopping),
        started = timeout(bridge.settings.start, until_start(&mut reader)) => {
            started.unwrap_or(Err(Fault::NoStart.into()))
        }
    };
    let admitted = started.and_then(|start| {
        let is_open = entrance.opens_for(start.secret.as_deref());
        if is_open { Ok(start) } else { Err(Fault::NoSecret.into()) }
    });
    match admitted {
        Ok(start) => Call::begin(*start, bridge).run(bridge, reader, writer, stop).await,
        Err(ending) => {
            debug!(%ending, "a caller was let in but its stream never started");
            tell(&ending, reader, writer).await;
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
    tape: Option<Tape>,
}

impl Call {
    fn begin(start: Start, bridge: &Bridge) -> Self {
        let line = Line { stream: Some(start.stream.as_str().into()), ..Line::default() };
        let engine = bridge.engine.engine();
        let entry = bridge.roster.enter(start.carrier, start.call.clone(), engine, line.clone());
        Self {
            start,
            entry,
            line,
            idle: bridge.settings.idle,
            caller_speaks: AtomicBool::new(false),
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
        let ending = tokio::select! {
            () = stop.cancelled() => Ending::Stopping,
            () = hang_up.cancelled() => Ending::Steered,
            () = sleep(bridge.settings.longest) => Ending::TooLong,
            ending = self.listen(&mut reader, &mut hearing, &mut ignored) => ending,
            ending = self.speak(&mut writer) => ending,
            () = bridge.engine.answer(ears, mouth, &self.entry) => Ending::Answered,
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

    /// Reads all that the caller sends.
    async fn listen(
        &self,
        reader: &mut Reader,
        hearing: &mut Hearing,
        ignored: &mut u64,
    ) -> Ending {
        // One timer that is set anew when it runs out: to set it at every message would cost more than to read it.
        let mut alarm = pin!(sleep(self.idle));
        let (mut last, mut unshown) = (Instant::now(), 0);
        loop {
            let was_speaking = hearing.is_speaking();
            tokio::select! {
                message = reader.next() => {
                    last = Instant::now();
                    let heard = text_of(message).and_then(|text| match text {
                        Some(text) => self.take(&text, hearing, ignored),
                        None => Ok(()),
                    });
                    if let Err(ending) = heard {
                        return ending;
                    }
                }
                () = &mut alarm => {
                    let patience = if was_speaking { NO_SOUND } else { self.idle };
                    let is_over = last.elapsed() >= patience;
                    if is_over && !was_speaking {
                        return Ending::Idle;
                    }
                    if is_over {
                        hearing.silence();
                        unshown = SHOWN_EVERY;
                    }
                    alarm.as_mut().reset(last + if is_over { self.idle } else { patience });
                }
            }
            unshown += 1;
            if hearing.is_speaking() != was_speaking {
                self.caller_speaks.store(hearing.is_speaking(), Ordering::Relaxed);
                alarm.as_mut().reset(last + NO_SOUND);
                self.show_phase();
                if was_speaking {
                    let duration_ms = milliseconds(hearing.last_utterance());
                    self.entry.tell(Happening::Utterance { call: self.entry.id(), duration_ms });
                }
            }
            if unshown >= SHOWN_EVERY {
                self.show_heard(hearing);
                unshown = 0;
            }
        }
    }

    fn take(&self, text: &str, hearing: &mut Hearing, ignored: &mut u64) -> Result<(), Ending> {
        let message = read(text)?;
        if matches!(message.told, Told::Start(_)) {
            return Err(Fault::StartedTwice.into());
        }
        if message.stream.is_some_and(|stream| stream != self.start.stream) {
            return Err(Fault::AnotherStream.into());
        }
        match message.told {
            Told::Sound(sound) => {
                trace!("sound");
                hearing.sound(&sound, Instant::now())?;
            }
            Told::Key(key) => hearing.key(key),
            Told::Played(name) => {
                self.line.mouth.playout(|playout| playout.played(&name, Instant::now()));
            }
            Told::Stop => return Err(Ending::HungUp),
            Told::Complaint(what) => warn!(%what, "the carrier complains"),
            Told::Start(_) | Told::Connected | Told::Other => *ignored += 1,
        }
        Ok(())
    }

    /// Sends all that the engine says, each frame when it is due.
    async fn speak(&self, writer: &mut Writer) -> Ending {
        let pen = Pen::new(self.start.carrier, &self.start.stream);
        let (mut was_resting, mut unshown) = (true, 0);
        loop {
            let step = self.line.mouth.step();
            let is_resting = !self.line.mouth.playout(|playout| playout.is_heard());
            if is_resting != was_resting || unshown >= SHOWN_EVERY {
                was_resting = is_resting;
                unshown = 0;
                self.show_said();
                self.show_phase();
            }
            match step {
                Step::Rest => self.line.mouth.changed().await,
                Step::Wait(until) => tokio::select! {
                    () = self.line.mouth.changed() => {}
                    () = sleep_until(until) => {}
                },
                Step::Send(out) => {
                    let text = match &out {
                        Out::Frame(payload) => {
                            if let Some(tape) = &self.tape {
                                tape.take(Side::Us, payload.map(g711::decoded));
                            }
                            pen.media(payload)
                        }
                        Out::Mark(mark) => pen.mark(&mark.to_string()),
                        Out::Clear => pen.clear(),
                    };
                    match timeout(self.idle, writer.send(Message::text(text))).await {
                        Ok(Ok(())) => unshown += 1,
                        Ok(Err(error)) => return Ending::from_error(&error),
                        Err(_) => return Ending::Unread,
                    }
                    if let Out::Mark(Mark::Echo(_)) = out {
                        self.entry.note(|call| call.echoes = call.echoes.saturating_add(1));
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

    fn show_heard(&self, hearing: &Hearing) {
        let (tally, level) = (hearing.tally(), hearing.level());
        self.entry.note(|call| {
            call.heard = wire::Heard {
                level_dbfs: level.dbfs(),
                sound_ms: milliseconds(tally.sound),
                lost_ms: milliseconds(tally.lost),
                lag_ms: u32::try_from(tally.lag.as_millis()).unwrap_or(u32::MAX),
                utterances: tally.utterances,
                keys: tally.keys,
                dropped: tally.dropped,
            };
        });
    }

    fn show_said(&self) {
        let said = self.line.mouth.playout(|playout| {
            let tally = playout.tally();
            wire::Said {
                level_dbfs: playout.level().dbfs(),
                sound_ms: milliseconds(tally.sound),
                clears: tally.clears,
                gaps: playout.gaps(),
                round_trip_ms: tally
                    .round_trip
                    .map(|time| u32::try_from(time.as_millis()).unwrap_or(u32::MAX)),
            }
        });
        self.entry.note(|call| call.said = said);
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
            longest_lag = ?heard.longest_lag,
            utterances = heard.utterances,
            keys = heard.keys,
            ignored,
            said = ?said.sound,
            clears = said.clears,
            gaps = said.gaps,
            slowest_echo = ?said.slowest_echo,
            "the call ended"
        );
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

fn milliseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
