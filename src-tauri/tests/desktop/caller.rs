//! A caller, as Twilio puts one through.

use std::net::{SocketAddr, TcpStream};

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::{self, Message, WebSocket};

use super::until::PATIENCE;

/// Silence for 20 ms, in µ-law.
const SILENCE: [u8; 160] = [0xff; 160];

/// A call that is answered.
pub(crate) struct Call(WebSocket<TcpStream>);

impl Call {
    /// Calls, and returns when the other end is heard.
    pub(crate) fn place(address: SocketAddr) -> Self {
        let stream = TcpStream::connect(address).expect("the port answers");
        stream.set_read_timeout(Some(PATIENCE)).expect("a limit");
        let (mut call, _) =
            tungstenite::client(format!("ws://{address}/"), stream).expect("the call is taken");
        for message in beginning() {
            call.send(Message::text(message.to_string())).expect("the call goes on");
        }
        loop {
            let Message::Text(text) = call.read().expect("the call goes on") else { continue };
            let heard: Value = serde_json::from_str(&text).expect("JSON");
            if heard["event"] == "media" {
                let sound = BASE64_STANDARD
                    .decode(heard["media"]["payload"].as_str().expect("sound"))
                    .expect("base64");
                assert_eq!(sound.len(), SILENCE.len(), "20 ms at a time");
                return Self(call);
            }
        }
    }

    /// Listens until the other end hangs up, and tells with which code.
    pub(crate) fn ended_with(mut self) -> u16 {
        loop {
            let message = self.0.read().expect("the other end says that it hangs up");
            if let Message::Close(farewell) = message {
                return farewell.expect("it says why").code.into();
            }
        }
    }
}

/// What a carrier sends at first.
fn beginning() -> [Value; 3] {
    [
        json!({ "event": "connected", "protocol": "Call", "version": "1.0.0" }),
        json!({
            "event": "start", "sequenceNumber": "1", "streamSid": "MZ1",
            "start": {
                "accountSid": "AC1", "streamSid": "MZ1", "callSid": "CA1", "tracks": ["inbound"], "customParameters": {},
                "mediaFormat": { "encoding": "audio/x-mulaw", "sampleRate": 8000, "channels": 1 },
            },
        }),
        json!({
            "event": "media", "sequenceNumber": "2", "streamSid": "MZ1",
            "media": { "track": "inbound", "chunk": "1", "timestamp": "20", "payload": BASE64_STANDARD.encode(SILENCE) },
        }),
    ]
}
