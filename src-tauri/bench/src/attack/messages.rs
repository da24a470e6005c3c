//! Spoilt JSON: what carriers send, at `/`, and every command but the one to quit, at 9999.

use std::sync::Arc;

use anyhow::{Context, Result, ensure};
use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use testcall::{Dialect, Stream};
use tokio::net::TcpStream;
use tokio::task::JoinSet;
use tokio_tungstenite::client_async;
use tokio_tungstenite::tungstenite::Message;

use super::bursts::{BURST, Client, PATIENCE, Sent};
use super::fort::{Footprint, SECRET, open_to_the_world, secret, unharmed};
use super::mutation::{self, Dice};
use super::patience::{soon, within};
use super::scale::many;
use super::tally::once;
use crate::calls::Caller;
use crate::figures::{Row, Table};
use crate::place::Place;
use crate::station::{Home, Station};

const MESSAGES: usize = 250_371;
const CLIENTS: usize = 4;

#[derive(Clone, Copy)]
enum Port {
    Bridge,
    Supervisor,
}

pub(super) fn table(place: &Place) -> Result<Table> {
    let mut station = Station::proven(place, &open_to_the_world())?;
    let before = Footprint::of(&station)?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let planned = many(MESSAGES);
    let (at_the_bridge, at_the_supervisor) = (planned / 2, planned - planned / 2);
    let mut rows = runtime.block_on(sent(
        &station,
        Port::Bridge,
        ("spoilt messages of carriers sent to /", at_the_bridge),
    ))?;
    rows.extend(runtime.block_on(sent(
        &station,
        Port::Supervisor,
        ("spoilt commands sent to 9999", at_the_supervisor),
    ))?);
    // Some of the commands may have been well enough to stop it.
    let started = within(PATIENCE, start(station.home()));
    rows.push(once("9999 does what it is told afterwards", started));
    let called = within(PATIENCE, async {
        Caller::dial(station.bridge, &secret()).await?.hears_something().await
    });
    rows.push(once("a call afterwards is answered", called));
    rows.extend(unharmed(&mut station, before, 64.0)?);
    Ok(Table::new("Spoilt JSON", rows))
}

async fn sent(station: &Station, port: Port, (what, planned): (&str, usize)) -> Result<Vec<Row>> {
    let templates = Arc::new(match port {
        Port::Bridge => of_carriers(),
        Port::Supervisor => commands(),
    });
    let mut clients = JoinSet::new();
    for client in 0..CLIENTS {
        let share = planned / CLIENTS + usize::from(client < planned % CLIENTS);
        let (home, templates) = (Arc::clone(station.home()), Arc::clone(&templates));
        clients
            .spawn(async move { spoilt(&home, port, &templates, share, Dice::new(client)).await });
    }
    let mut all = Sent::default();
    while let Some(one) = clients.join_next().await {
        all.add(one?);
    }
    Ok(all.rows(what, planned))
}

/// Sends so many, over as many connections as it takes.
async fn spoilt(
    home: &Home,
    port: Port,
    templates: &[Value],
    share: usize,
    mut dice: Dice,
) -> Sent {
    let mut sent = Sent::default();
    while sent.messages < share && !sent.is_hopeless() {
        let client = soon(PATIENCE, enter(home, port, &mut dice)).await.context("no entrance");
        sent.connections += 1;
        let Ok(mut client) = client.map_err(|error| sent.read.note(Err(error))) else {
            sent.bursts += 1;
            continue;
        };
        let mut is_open = true;
        while is_open && sent.messages < share {
            for _ in 0..=dice.below(BURST).min(share - sent.messages - 1) {
                let template = dice.choose(templates);
                let text = mutation::json(&mut dice, template);
                let is_binary = dice.is_one_of(40);
                let message = if is_binary { Message::binary(text) } else { Message::text(text) };
                is_open = sent.send(&mut client, message).await;
                if !is_open {
                    break;
                }
            }
            is_open = sent.await_reading(&mut client).await;
        }
    }
    sent
}

/// A stream that has begun, mostly, or a client that has shown its token.
async fn enter(home: &Home, port: Port, dice: &mut Dice) -> Result<Client> {
    let address = match port {
        Port::Bridge => home.bridge,
        Port::Supervisor => home.supervisor,
    };
    let stream = TcpStream::connect(address).await?;
    stream.set_nodelay(true)?;
    let (mut client, _) = client_async(format!("ws://{address}/"), stream).await?;
    let first = match port {
        // One in ten must make its way without.
        Port::Bridge if dice.is_one_of(10) => return Ok(client),
        Port::Bridge => dice.choose(&of_carriers()[..3]).clone(),
        Port::Supervisor => json!({ "type": "auth", "token": home.token()? }),
    };
    client.send(Message::text(first.to_string())).await?;
    if matches!(port, Port::Supervisor) {
        loop {
            let message = client.next().await.context("9999 has closed the connection")??;
            let Message::Text(text) = message else { continue };
            // Another client may just have had the token renewed.
            ensure!(!text.contains(r#""success":false"#), "the token is wrong");
            break;
        }
    }
    Ok(client)
}

/// Has both services run again.
async fn start(home: &Home) -> Result<()> {
    let mut client = enter(home, Port::Supervisor, &mut Dice::new(0)).await?;
    for service in ["voice_bridge", "supervisor"] {
        let order = json!({ "type": "start", "service": service, "id": service });
        client.send(Message::text(order.to_string())).await?;
        loop {
            let message = client.next().await.context("9999 has closed the connection")??;
            let Message::Text(text) = message else { continue };
            if serde_json::from_str::<Value>(&text)?["id"] == service {
                break;
            }
        }
    }
    Ok(())
}

/// What Twilio, Telnyx and Plivo send, their starts first.
fn of_carriers() -> Vec<Value> {
    let mut streams = [Dialect::Twilio, Dialect::Telnyx, Dialect::Plivo]
        .map(|dialect| Stream::new(dialect, "MZ1", "CA1").showing(Some(SECRET.to_owned())));
    let mut said: Vec<String> = streams.iter_mut().map(Stream::start).collect();
    for stream in &mut streams {
        said.extend(stream.connected().map(str::to_owned));
        let payload = "/////////////////////38=";
        said.extend([stream.coded(payload), stream.coded(payload)]);
        said.extend([stream.played("1"), stream.key('2'), stream.stop()]);
    }
    let mut messages: Vec<Value> = said.iter().filter_map(|text| text.parse().ok()).collect();
    messages.extend([
        json!({"event": "clearedAudio", "streamId": "MZ1"}),
        json!({"event": "error", "payload": {"code": 100_002, "title": "unknown_error", "detail": ""}}),
    ]);
    messages
}

/// Every command but `quit`. Port 9999 itself is never stopped: nobody could say what else it takes.
fn commands() -> Vec<Value> {
    let victim = json!({"pid": 999_999, "began": "1", "executable": "/bin/true", "uid": 0});
    vec![
        json!({"type": "auth", "token": "guess"}),
        json!({"type": "ping", "id": 1}),
        json!({"type": "inject_suggestion", "text": "be kind", "priority": "high", "call": "next"}),
        json!({"type": "synthesize_text", "text": "hello", "call": 1, "stream_sid": "MZ1"}),
        json!({"type": "stop_speech", "call": 1, "speech": 1}),
        json!({"type": "status", "id": "a"}),
        json!({"type": "calls", "id": 2.5}),
        json!({"type": "subscribe", "kinds": ["status", "calls", "levels", "speech", "words", "suggestions", "services", "engine"]}),
        json!({"type": "hang_up", "call": 1}),
        json!({"type": "start", "service": "voice_bridge", "id": 4}),
        json!({"type": "stop", "service": "voice_bridge"}),
        json!({"type": "restart", "service": "voice_bridge"}),
        json!({"type": "free_port", "service": "voice_bridge", "victims": [victim]}),
        json!({"type": "settings"}),
        json!({"type": "logs", "lines": 20}),
        json!({"type": "renew_token", "role": "observe"}),
        json!({"type": "sms_received", "from": "+15550100", "body": "hello"}),
        json!({"type": "claude_code_connect", "project_path": "/", "user_id": "1"}),
        json!({"type": "schedule_appointment", "title": "x", "time": "now"}),
    ]
}
