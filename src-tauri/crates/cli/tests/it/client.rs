//! A client of port 9999 that says whatever it likes.

use std::net::TcpStream;

use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::{Message, WebSocket, client};

use crate::home::Home;

pub(crate) struct Client(WebSocket<TcpStream>);

impl Client {
    /// One that has shown no token yet.
    pub(crate) fn of(home: &Home) -> Self {
        let stream = TcpStream::connect(("127.0.0.1", home.supervisor)).expect("it listens");
        Self(client("ws://localhost/", stream).expect("it is a WebSocket").0)
    }

    /// One that may do everything.
    pub(crate) fn in_control(home: &Home) -> Self {
        let mut client = Self::of(home);
        let token = std::fs::read_to_string(home.path("token")).expect("a token");
        let welcome = client.ask(json!({"type": "auth", "token": token.trim()}));
        assert_eq!(welcome["success"], true);
        client
    }

    /// Says this and waits for what is said next.
    pub(crate) fn ask(&mut self, message: impl ToString) -> Value {
        self.0.send(Message::text(message.to_string())).expect("it reads");
        let answer = self.0.read().expect("it answers").into_text().expect("text");
        serde_json::from_str(&answer).expect("JSON")
    }
}
