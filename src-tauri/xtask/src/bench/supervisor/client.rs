//! Clients of port 9999: those who listen, those who never read, and those who guess.

use std::net::SocketAddr;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use anyhow::{Context, Result, bail, ensure};
use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio::time::{Instant, sleep, timeout_at};
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::{WebSocketStream, client_async};
use wire::Snapshot;

use crate::station::Station;

pub(crate) type Client = WebSocketStream<TcpStream>;

/// All that there is to hear.
const KINDS: [&str; 8] =
    ["status", "calls", "levels", "speech", "words", "suggestions", "services", "engine"];

async fn connect(address: SocketAddr) -> Result<Client> {
    let stream = TcpStream::connect(address).await?;
    stream.set_nodelay(true)?;
    Ok(client_async(format!("ws://{address}/"), stream).await?.0)
}

/// A client that may do everything, and has asked for nothing yet.
pub(crate) async fn log_in(station: &Station) -> Result<Client> {
    let mut client = connect(station.supervisor).await?;
    let welcome = ask(&mut client, json!({"type": "auth", "token": station.token()?})).await?;
    ensure!(welcome["success"] == true, "the supervisor does not take its own token");
    Ok(client)
}

/// A client that has asked for everything.
pub(crate) async fn subscribe(station: &Station) -> Result<Client> {
    let mut client = log_in(station).await?;
    let answer = ask(&mut client, json!({"type": "subscribe", "kinds": KINDS})).await?;
    ensure!(answer["type"] == "subscribed", "the supervisor answered {answer}");
    Ok(client)
}

/// For that long: how old each telling of levels was when it came.
pub(crate) async fn listen(mut client: Client, how_long: Duration) -> Result<Vec<Duration>> {
    let until = Instant::now() + how_long;
    let mut taken = Vec::new();
    while let Ok(message) = timeout_at(until, client.next()).await {
        let Message::Text(text) = message.context("the supervisor has ended")?? else { continue };
        if text.starts_with(r#"{"type":"levels""#) {
            taken.push(age(&text).context("levels without a timestamp")?);
        }
        ensure!(!text.starts_with(r#"{"type":"lagged""#), "a client that reads was too slow");
    }
    Ok(taken)
}

/// How long ago the moment in `timestamp` was. Only seconds are read, for nothing takes a minute.
fn age(text: &str) -> Option<Duration> {
    let (_, rest) = text.split_once(r#""timestamp":""#)?;
    let (moment, _) = rest.split_once('"')?;
    let seconds: f64 = moment.rsplit(':').next()?.trim_end_matches('Z').parse().ok()?;
    let now = SystemTime::now().duration_since(UNIX_EPOCH).ok()?.as_secs_f64() % 60.0;
    Some(Duration::from_secs_f64((now - seconds).rem_euclid(60.0)))
}

/// Waits until so many calls are shown.
pub(crate) async fn until_calls(station: &Station, calls: usize) -> Result<()> {
    let mut client = log_in(station).await?;
    while status(&mut client).await?.calls.len() < calls {
        sleep(Duration::from_millis(50)).await;
    }
    Ok(())
}

/// How many frames came late so far, by the bridge's own count.
pub(crate) async fn late_frames(client: &mut Client) -> Result<usize> {
    let calls = status(client).await?.calls;
    Ok(calls.iter().map(|call| call.said.gaps.late as usize).sum())
}

async fn status(client: &mut Client) -> Result<Snapshot> {
    let mut answer = ask(client, json!({"type": "status", "id": 1})).await?;
    Ok(serde_json::from_value(answer["snapshot"].take())?)
}

/// Shows so many wrong tokens, and reads until it is sent away.
pub(crate) async fn guess(address: SocketAddr, times: u32) -> Result<()> {
    let mut client = connect(address).await?;
    let guess = json!({"type": "auth", "token": "0".repeat(64)}).to_string();
    for _ in 0..times {
        client.send(Message::text(guess.as_str())).await?;
    }
    while let Some(Ok(_)) = client.next().await {}
    Ok(())
}

async fn ask(client: &mut Client, question: Value) -> Result<Value> {
    let label = question.get("id").cloned();
    client.send(Message::text(question.to_string())).await?;
    while let Some(message) = client.next().await {
        let Message::Text(text) = message? else { continue };
        let answer: Value = serde_json::from_str(&text)?;
        if answer.get("id").cloned() == label {
            return Ok(answer);
        }
    }
    bail!("the supervisor has ended the conversation")
}
