//! A client of port 9999: shows the token, prints how many calls go on, and then every event that is told.
//!
//! `cargo run -p supervisor --example watch -- 127.0.0.1:9999 "$(xswarm token)"`; a third argument says after how many
//! events to end.

#![allow(clippy::print_stdout, reason = "printing is what this program is for")]

use std::error::Error;

use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio_tungstenite::connect_async;
use tokio_tungstenite::tungstenite::Message;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let address = arguments.next().unwrap_or_else(|| "127.0.0.1:9999".to_owned());
    let token = arguments.next().ok_or("the token is missing")?;
    let most = arguments.next().map_or(Ok(usize::MAX), |most| most.parse())?;

    let (mut socket, _) = connect_async(format!("ws://{address}/")).await?;
    // Nobody has to wait for one answer before the next command: they come in the order of the commands.
    for command in [
        json!({"type": "auth", "token": token}),
        json!({"type": "subscribe", "kinds": ["calls", "speech", "words", "suggestions"]}),
        json!({"type": "calls"}),
    ] {
        socket.send(Message::text(command.to_string())).await?;
    }
    let mut events = 0;
    while let Some(message) = socket.next().await {
        let Message::Text(text) = message? else { continue };
        let message: Value = serde_json::from_str(&text)?;
        match message["type"].as_str() {
            Some("auth_result") if message["success"] != true => return Err("a wrong token".into()),
            Some("auth_result" | "subscribed") => {}
            Some("calls") => {
                println!("{} calls", message["calls"].as_array().map_or(0, Vec::len));
            }
            _ => {
                println!("{message}");
                events += 1;
            }
        }
        if events >= most {
            break;
        }
    }
    socket.close(None).await?;
    Ok(())
}
