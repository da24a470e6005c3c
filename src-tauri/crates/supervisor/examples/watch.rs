//! A client of port 9999: shows the token, prints how many calls go on, and then every event that is told.
//!
//! `cargo run -p supervisor --example watch -- 127.0.0.1:9999 "$(xswarm token)"`; a third argument says after how many
//! events to end.

#![allow(clippy::print_stdout, reason = "printing is what this program is for")]

use std::error::Error;

use futures_util::{SinkExt, StreamExt};
use tokio_tungstenite::connect_async;
use tokio_tungstenite::tungstenite::Message as Frame;
use wire::protocol::{self, Command, Kind, Message};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let address = arguments.next().unwrap_or_else(|| "127.0.0.1:9999".to_owned());
    let token = arguments.next().ok_or("the token is missing")?;
    let most = arguments.next().map_or(Ok(usize::MAX), |most| most.parse())?;

    let (mut socket, _) = connect_async(format!("ws://{address}/")).await?;
    // Nobody has to wait for one answer before the next command: they come in the order of the commands.
    for command in [
        Command::Auth { token },
        Command::Subscribe {
            kinds: vec![Kind::Calls, Kind::Speech, Kind::Words, Kind::Suggestions],
        },
        Command::Calls,
    ] {
        socket.send(Frame::text(protocol::write(&command, None))).await?;
    }
    let mut events = 0;
    while let Some(frame) = socket.next().await {
        let Frame::Text(text) = frame? else { continue };
        // A supervisor of another version may tell what this program doesn't know.
        match serde_json::from_str(&text) {
            Ok(Message::AuthResult { success: false, .. }) => return Err("a wrong token".into()),
            Ok(Message::AuthResult { .. } | Message::Subscribed { .. }) => {}
            Ok(Message::Calls { calls, .. }) => println!("{} calls", calls.len()),
            Ok(_) | Err(_) => {
                println!("{text}");
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
