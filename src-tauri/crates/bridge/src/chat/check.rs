//! A client and the line check: Opus to telephone sound, and back.

use audio::opus::{Reader as OpusReader, Writer as OpusWriter};
use audio::{Downsampler, Upsampler, g711};
use futures_util::SinkExt;
use tokio::time::{Duration, sleep_until, timeout};
use tokio_tungstenite::tungstenite::Message;
use wire::Carrier;

use super::{Reader, Writer, next};
use crate::Bridge;
use crate::caller::Coding;
use crate::ending::{Ending, Fault};
use crate::engine::Engine;
use crate::hearing::Hearing;
use crate::line::Line;
use crate::moshi::{Told, handshake, read, sound};
use crate::playout::{Cue, Out, Step};
use crate::recording::{Side, Tape};
use crate::roster::Entry;

/// Lets the client and the line check talk until one of them ends.
pub(super) async fn run(
    bridge: &Bridge,
    entry: &Entry,
    line: &Line,
    (reader, writer): (&mut Reader, &mut Writer),
    tape: Option<Tape>,
) -> Ending {
    let idle = bridge.settings.idle;
    tokio::select! {
        ending = hear(entry, line, reader, tape.clone(), idle) => ending,
        ending = speak(line, writer, tape, idle) => ending,
        () = bridge.engine.answer(line.ears.clone(), line.mouth.clone(), entry) => Ending::Answered,
    }
}

async fn hear(
    entry: &Entry,
    line: &Line,
    reader: &mut Reader,
    tape: Option<Tape>,
    idle: Duration,
) -> Ending {
    let mut hearing = Hearing::new(line.ears.clone(), Carrier::Moshi, Coding::MuLaw, tape);
    let (mut opus, mut down) = (OpusReader::default(), Downsampler::default());
    loop {
        let message = match timeout(idle, next(reader)).await {
            Ok(Ok(message)) => message,
            Ok(Err(ending)) => return ending,
            Err(_) => return Ending::Idle,
        };
        if let Told::Sound(pages) = read(&message) {
            match opus.push(pages) {
                Ok(sound) => hearing.samples(&down.push(&sound)),
                Err(garbled) => return Fault::Opus(garbled).into(),
            }
            entry.heard(&hearing);
        }
    }
}

async fn speak(line: &Line, writer: &mut Writer, tape: Option<Tape>, idle: Duration) -> Ending {
    let (mut up, mut opus) = (Upsampler::default(), OpusWriter::default());
    let mut due = Some(Message::binary(handshake()));
    loop {
        if let Some(message) = due.take() {
            match timeout(idle, writer.send(message)).await {
                Ok(Ok(())) => {}
                Ok(Err(_)) => return Ending::Gone,
                Err(_) => return Ending::Unread,
            }
        }
        match line.mouth.step(Cue::Clock) {
            Step::Rest => line.mouth.changed().await,
            Step::Wait(until) => tokio::select! {
                () = line.mouth.changed() => {}
                () = sleep_until(until) => {}
            },
            Step::Send(Out::Frame(payload)) => {
                let samples = payload.map(g711::decoded);
                if let Some(tape) = &tape {
                    tape.take(Side::Us, samples);
                }
                let pages = opus.push(&up.push(&samples));
                due = (!pages.is_empty()).then(|| Message::binary(sound(&pages)));
            }
            // The protocol has neither marks nor a way to take back what was sent.
            Step::Send(Out::Mark(_) | Out::Clear) => {}
        }
    }
}
