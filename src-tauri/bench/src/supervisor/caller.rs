//! A caller as Twilio would bring one, who says a few words, hears them played back, and says them again.

use std::net::SocketAddr;
use std::sync::LazyLock;
use std::time::Duration;

use anyhow::Result;
use audio::g711;
use base64::prelude::{BASE64_STANDARD, Engine as _};
use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio::time::{MissedTickBehavior, interval};
use tokio_tungstenite::client_async;
use tokio_tungstenite::tungstenite::Message;

/// How much is said at once, and after how much it is said again, in frames of 20 ms.
const SAID: usize = 50;
const AGAIN: usize = 125;
/// Where in the recorded voice somebody speaks, in samples.
const LOUD: usize = 4_000;

/// A second of the recorded voice that the tests share, as base64 of µ-law.
static VOICE: LazyLock<Vec<String>> = LazyLock::new(|| {
    const WAV: &[u8] = include_bytes!("../../../crates/audio/tests/data/voice.wav");
    // The samples follow a header of 44 bytes.
    let (samples, _) = WAV[44..].as_chunks::<2>();
    let samples: Vec<i16> = samples.iter().map(|bytes| i16::from_le_bytes(*bytes)).collect();
    let frames = samples[LOUD..].chunks_exact(audio::FRAME_SAMPLES).take(SAID);
    frames.map(|frame| BASE64_STANDARD.encode(g711::encode(frame))).collect()
});
static SILENCE: LazyLock<String> =
    LazyLock::new(|| BASE64_STANDARD.encode([g711::SILENCE; audio::FRAME_SAMPLES]));

/// Calls until it is dropped.
pub(crate) async fn call(bridge: SocketAddr, number: usize) -> Result<()> {
    let stream = TcpStream::connect(bridge).await?;
    stream.set_nodelay(true)?;
    let (socket, _) = client_async(format!("ws://{bridge}/"), stream).await?;
    let (mut line, mut sound) = socket.split();
    let sid = format!("MZ{number:032x}");
    let start = json!({"event": "start", "sequenceNumber": "1", "streamSid": sid, "start": {
        "accountSid": "AC0", "streamSid": sid, "callSid": format!("CA{number:032x}"),
        "tracks": ["inbound"],
        "mediaFormat": {"encoding": "audio/x-mulaw", "sampleRate": 8000, "channels": 1},
        "customParameters": {},
    }});
    for message in [json!({"event": "connected", "protocol": "Call", "version": "1.0.0"}), start] {
        line.send(Message::text(message.to_string())).await?;
    }
    let mut often = interval(Duration::from_millis(20));
    often.set_missed_tick_behavior(MissedTickBehavior::Burst);
    let mut frame = 0_usize;
    loop {
        tokio::select! {
            _ = often.tick() => {
                // Callers don't speak in step.
                let payload = VOICE.get((frame + number * 17) % AGAIN).unwrap_or(&SILENCE);
                let media = json!({"event": "media", "streamSid": sid, "media": {
                    "track": "inbound", "chunk": (frame + 1).to_string(),
                    "timestamp": (frame * 20).to_string(), "payload": payload,
                }});
                line.send(Message::text(media.to_string())).await?;
                frame += 1;
            }
            message = sound.next() => {
                let Some(message) = message else { return Ok(()) };
                let Message::Text(text) = message? else { continue };
                // What was sent is taken as played.
                if serde_json::from_str::<Value>(&text)?["event"] == "mark" {
                    line.send(Message::Text(text)).await?;
                }
            }
        }
    }
}
