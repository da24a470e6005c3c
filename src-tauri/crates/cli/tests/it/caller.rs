//! A caller who stays on the line and says nothing.

use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::runtime::Runtime;
use tokio::time::interval;
use tokio_tungstenite::connect_async;
use tokio_tungstenite::tungstenite::Message;

use crate::home::Home;

/// Calls until it is dropped.
pub(crate) struct Caller {
    _runtime: Runtime,
}

impl Caller {
    pub(crate) fn of(home: &Home) -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .expect("a thread");
        runtime.spawn(call(format!("ws://127.0.0.1:{}/", home.bridge)));
        Self { _runtime: runtime }
    }
}

async fn call(bridge: String) {
    let (socket, _) = connect_async(bridge).await.expect("the bridge answers");
    let (mut line, mut sound) = socket.split();
    let start = json!({"event": "start", "streamSid": "MZ1", "start": {
        "streamSid": "MZ1", "callSid": "CA1", "tracks": ["inbound"],
        "mediaFormat": {"encoding": "audio/x-mulaw", "sampleRate": 8000, "channels": 1},
    }});
    line.send(Message::text(start.to_string())).await.expect("the bridge reads");
    // 160 bytes of µ-law silence.
    let silence = "/".repeat(213) + "w==";
    let mut often = interval(Duration::from_millis(20));
    let mut frame = 0_u64;
    loop {
        tokio::select! {
            _ = often.tick() => {
                let media = json!({"event": "media", "streamSid": "MZ1", "media": {
                    "timestamp": (frame * 20).to_string(), "payload": silence,
                }});
                frame += 1;
                line.send(Message::text(media.to_string())).await.expect("the bridge reads");
            }
            message = sound.next() => {
                let Some(Ok(Message::Text(text))) = message else { return };
                let message: Value = serde_json::from_str(&text).expect("the bridge sends JSON");
                // What was sent is taken as played.
                if message["event"] == "mark" {
                    line.send(Message::text(text)).await.expect("the bridge reads");
                }
            }
        }
    }
}
