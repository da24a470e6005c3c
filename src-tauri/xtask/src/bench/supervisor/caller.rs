//! A caller as Twilio would bring one: silence in at a steady pace, and a key now and then so that the line speaks.

use std::net::SocketAddr;
use std::time::Duration;

use anyhow::Result;
use futures_util::{SinkExt, StreamExt};
use serde_json::json;
use tokio::net::TcpStream;
use tokio::time::{MissedTickBehavior, interval};
use tokio_tungstenite::client_async;
use tokio_tungstenite::tungstenite::Message;

/// After how many frames of 20 ms the key for the announcement is pressed: before the last one has ended.
const FRAMES_BETWEEN_KEYS: u64 = 125;

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
    let hears = async {
        while let Some(message) = sound.next().await {
            message?;
        }
        Ok(())
    };
    let speaks = async {
        // 160 bytes of µ-law silence.
        let silence = "/".repeat(213) + "w==";
        let mut often = interval(Duration::from_millis(20));
        often.set_missed_tick_behavior(MissedTickBehavior::Burst);
        for frame in 0_u64.. {
            often.tick().await;
            let media = json!({"event": "media", "streamSid": sid, "media": {
                "track": "inbound", "chunk": (frame + 1).to_string(),
                "timestamp": (frame * 20).to_string(), "payload": silence,
            }});
            line.send(Message::text(media.to_string())).await?;
            if frame % FRAMES_BETWEEN_KEYS == 0 {
                let key = json!({"event": "dtmf", "streamSid": sid,
                    "dtmf": {"track": "inbound_track", "digit": "1"}});
                line.send(Message::text(key.to_string())).await?;
            }
        }
        Ok(())
    };
    tokio::select! {
        ended = hears => ended,
        ended = speaks => ended,
    }
}
