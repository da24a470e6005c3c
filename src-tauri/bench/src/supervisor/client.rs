//! Clients of port 9999: those who listen, those who never read, and those who guess.

use std::net::SocketAddr;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use anyhow::{Context, Result, bail, ensure};
use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::net::{TcpSocket, TcpStream};
use tokio::time::{Instant, sleep, timeout_at};
use tokio_tungstenite::tungstenite::Message as Frame;
use tokio_tungstenite::{WebSocketStream, client_async};
use wire::Snapshot;
use wire::protocol::{self, Command, Kind, Message};

use crate::station::Station;

pub(crate) type Client = WebSocketStream<TcpStream>;

async fn connect(address: SocketAddr) -> Result<Client> {
    let stream = TcpStream::connect(address).await?;
    stream.set_nodelay(true)?;
    Ok(client_async(format!("ws://{address}/"), stream).await?.0)
}

/// A client that may do everything, and has asked for nothing yet.
pub(crate) async fn log_in(station: &Station) -> Result<Client> {
    welcomed(connect(station.supervisor).await?, station).await
}

async fn welcomed(mut client: Client, station: &Station) -> Result<Client> {
    let welcome = ask(&mut client, &Command::Auth { token: station.token()? }, None).await?;
    let is_taken = matches!(welcome, Message::AuthResult { success: true, .. });
    ensure!(is_taken, "the supervisor does not take its own token");
    Ok(client)
}

/// A client that has asked for everything.
pub(crate) async fn subscribe(station: &Station) -> Result<Client> {
    asks_for_all(log_in(station).await?).await
}

/// One that has asked for everything, and whose system keeps as little for it as it can, so that what it doesn't read
/// waits in the supervisor.
pub(crate) async fn subscribe_without_room(station: &Station) -> Result<Client> {
    let socket = TcpSocket::new_v4()?;
    socket.set_recv_buffer_size(1)?;
    let stream = socket.connect(station.supervisor).await?;
    let (client, _) = client_async(format!("ws://{}/", station.supervisor), stream).await?;
    asks_for_all(welcomed(client, station).await?).await
}

async fn asks_for_all(mut client: Client) -> Result<Client> {
    let all = Command::Subscribe { kinds: Kind::ALL.to_vec() };
    let answer = ask(&mut client, &all, None).await?;
    ensure!(matches!(answer, Message::Subscribed { .. }), "the supervisor answered {answer:?}");
    Ok(client)
}

/// How old events were when they came.
#[derive(Default)]
pub(crate) struct Ages {
    /// Those that tell levels, which all calls change all the time.
    pub(crate) levels: Vec<Duration>,
    /// All others that have a moment: here, that a caller has said something.
    pub(crate) others: Vec<Duration>,
}

/// Listens for that long.
pub(crate) async fn listen(mut client: Client, how_long: Duration) -> Result<Ages> {
    let until = Instant::now() + how_long;
    let mut ages = Ages::default();
    while let Ok(message) = timeout_at(until, client.next()).await {
        let Frame::Text(text) = message.context("the supervisor has ended")?? else { continue };
        ensure!(!text.starts_with(r#"{"type":"lagged""#), "a client that reads was too slow");
        if text.starts_with(r#"{"type":"levels""#) {
            ages.levels.push(age(&text).context("levels without a timestamp")?);
        } else {
            // A status is no event of a moment, and has none.
            ages.others.extend(age(&text));
        }
    }
    Ok(ages)
}

/// Reads all that waits for a client, and tells how many events it has missed.
pub(crate) async fn missed(mut client: Client) -> Result<usize> {
    let (mut lost, mut is_answered) = (0, false);
    client.send(Frame::text(protocol::write(&Command::Ping, Some(&json!("the last"))))).await?;
    while let Some(message) = client.next().await {
        let Frame::Text(text) = message? else { continue };
        // What is on the way comes before the answer, what waits comes after it, and the levels come last.
        is_answered |= text.starts_with(r#"{"type":"pong""#);
        if text.starts_with(r#"{"type":"lagged""#) {
            let Message::Lagged { lost: events } = serde_json::from_str(&text)? else { continue };
            lost += usize::try_from(events)?;
        } else if is_answered && text.starts_with(r#"{"type":"levels""#) {
            break;
        }
    }
    Ok(lost)
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

/// How many frames were sent so far, and how many of them came late, by the bridge's own count.
pub(crate) async fn frames(client: &mut Client) -> Result<(usize, usize)> {
    let calls = status(client).await?.calls;
    let sent: u64 = calls.iter().map(|call| call.said.sound_ms / 20).sum();
    let late = calls.iter().map(|call| call.said.gaps.late as usize).sum();
    Ok((usize::try_from(sent)?, late))
}

async fn status(client: &mut Client) -> Result<Snapshot> {
    let answer = ask(client, &Command::Status, Some(&json!(1))).await?;
    let Message::Status { snapshot } = answer else { bail!("the supervisor answered {answer:?}") };
    Ok(snapshot)
}

/// Shows so many wrong tokens, reads until it is sent away, and tells how many were called wrong.
pub(crate) async fn guess(address: SocketAddr, times: usize) -> Result<usize> {
    Ok(guess_all(address, &vec!["0".repeat(64); times]).await?.0)
}

/// Shows these tokens, reads until all are answered or it is sent away, and tells how many were called wrong and how many
/// right.
pub(crate) async fn guess_all(address: SocketAddr, tokens: &[String]) -> Result<(usize, usize)> {
    let mut client = connect(address).await?;
    for token in tokens {
        let guess = Command::Auth { token: token.clone() };
        client.send(Frame::text(protocol::write(&guess, None))).await?;
    }
    let (mut wrong, mut right) = (0, 0);
    while wrong + right < tokens.len()
        && let Some(Ok(message)) = client.next().await
    {
        let Frame::Text(text) = message else { continue };
        wrong += usize::from(text.contains(r#""success":false"#));
        right += usize::from(text.contains(r#""success":true"#));
    }
    Ok((wrong, right))
}

async fn ask(client: &mut Client, question: &Command, id: Option<&Value>) -> Result<Message> {
    client.send(Frame::text(protocol::write(question, id))).await?;
    while let Some(frame) = client.next().await {
        let Frame::Text(text) = frame? else { continue };
        let answer: Value = serde_json::from_str(&text)?;
        if answer.get("id") == id {
            return Ok(serde_json::from_value(answer)?);
        }
    }
    bail!("the supervisor has ended the conversation")
}
