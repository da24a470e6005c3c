//! Junk at `/api/chat`: Ogg pages with Opus that are spoilt in every way, and kinds of messages that nobody knows.

use std::f32::consts::TAU;
use std::net::SocketAddr;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use audio::opus::{SAMPLES_PER_SECOND, Writer};
use futures_util::{SinkExt, StreamExt};
use tokio::net::TcpStream;
use tokio::task::JoinSet;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::{WebSocketStream, client_async};

use super::fort::{Footprint, unharmed};
use super::many;
use super::mutation::{self, Dice};
use super::tally::{Tally, once};
use crate::figures::{Count, Table};
use crate::place::Place;
use crate::station::{Station, Wish};

const MESSAGES: usize = 160_905;
const CLIENTS: usize = 4;
/// After how many messages a client waits until they were read.
pub(super) const BURST: usize = 50;
/// How long anything may take.
pub(super) const PATIENCE: Duration = Duration::from_secs(20);
const SOUND: u8 = 1;

pub(super) type Client = WebSocketStream<TcpStream>;

/// What came of so many messages.
#[derive(Default)]
pub(super) struct Sent {
    pub(super) messages: usize,
    pub(super) connections: usize,
    /// How often an answer was awaited, and how often none came.
    pub(super) read: Tally,
    pub(super) bursts: usize,
}

impl Sent {
    pub(super) fn add(&mut self, other: Self) {
        self.messages += other.messages;
        self.connections += other.connections;
        self.bursts += other.bursts;
        self.read.add(other.read);
    }

    /// The lines for it.
    pub(super) fn rows(self, what: &str, planned: usize) -> Vec<crate::figures::Row> {
        vec![
            Count::new(what, self.messages, planned).exactly(planned).into(),
            self.read.row("  bursts of them that were read within 20 s, or refused", self.bursts),
            Count::new("  connections that it took", self.connections, self.connections).into(),
        ]
    }
}

pub(super) fn table(place: &Place) -> Result<Table> {
    let mut station = Station::proven(place, &Wish::default())?;
    let before = Footprint::of(&station)?;
    let (bridge, planned) = (station.bridge, many(MESSAGES));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let (sent, greeted) = runtime.block_on(async {
        let mut clients = JoinSet::new();
        for client in 0..CLIENTS {
            let share = planned / CLIENTS + usize::from(client < planned % CLIENTS);
            clients.spawn(junk(bridge, share, Dice::new(client)));
        }
        let mut sent = Sent::default();
        while let Some(one) = clients.join_next().await {
            sent.add(one?);
        }
        anyhow::Ok((sent, timeout(PATIENCE, greeted(bridge)).await))
    })?;
    let mut rows = sent.rows("junk messages sent to /api/chat", planned);
    let greeted = greeted.context("no handshake came").flatten();
    rows.push(once("a client that comes afterwards is greeted", greeted.map(drop)));
    rows.extend(unharmed(&mut station, before, 48.0)?);
    Ok(Table::new("Junk in the MOSHI protocol", rows))
}

/// Sends so many, over as many connections as it takes.
async fn junk(bridge: SocketAddr, share: usize, mut dice: Dice) -> Sent {
    let (mut sent, pages) = (Sent::default(), pages());
    while sent.messages < share {
        let client = timeout(PATIENCE, greeted(bridge)).await.context("no handshake came");
        sent.connections += 1;
        let Ok(mut client) = client.flatten().map_err(|error| sent.read.note(Err(error))) else {
            // A station that greets nobody would be tried for ever.
            sent.bursts += 1;
            if sent.bursts > share / BURST + 100 {
                break;
            }
            continue;
        };
        let mut is_open = true;
        while is_open && sent.messages < share {
            for _ in 0..BURST.min(share - sent.messages) {
                sent.messages += 1;
                let message = message(&mut dice, &pages);
                is_open &= timeout(PATIENCE, client.feed(Message::binary(message)))
                    .await
                    .is_ok_and(|fed| fed.is_ok());
            }
            sent.bursts += 1;
            let read = timeout(PATIENCE, until_read(&mut client)).await;
            is_open &= matches!(read, Ok(true));
            sent.read.note(read.map(drop).context("a burst was neither read nor refused"));
        }
    }
    sent
}

/// One that has been told that there is somebody to talk to.
async fn greeted(bridge: SocketAddr) -> Result<Client> {
    let stream = TcpStream::connect(bridge).await?;
    let (mut client, _) = client_async(format!("ws://{bridge}/api/chat"), stream).await?;
    while let Some(message) = client.next().await {
        if let Message::Binary(_) = message? {
            return Ok(client);
        }
    }
    bail!("the bridge has ended the call before its handshake")
}

/// Waits until all that was sent has been read, and tells whether the connection is still there.
pub(super) async fn until_read(client: &mut Client) -> bool {
    if client.send(Message::Ping(Vec::new().into())).await.is_err() {
        return false;
    }
    while let Some(Ok(message)) = client.next().await {
        if message.is_pong() {
            return true;
        }
    }
    false
}

fn message(dice: &mut Dice, pages: &[Vec<u8>]) -> Vec<u8> {
    let kind = if dice.is_one_of(4) { dice.below(256) as u8 } else { SOUND };
    let page = dice.choose(pages);
    let mut message = vec![kind];
    match dice.below(12) {
        0 => message.extend(page),
        1 => message.extend((0..dice.below(600)).map(|_| dice.below(256) as u8)),
        2 => message.truncate(dice.below(2)),
        3 => message.extend(page.iter().chain(dice.choose(pages))),
        4 => message.extend(&pages[0]),
        _ => message.extend(mutation::bytes(dice, page)),
    }
    message
}

/// Two seconds of a tone, as a client would send them, the heads of the stream first.
fn pages() -> Vec<Vec<u8>> {
    let mut writer = Writer::default();
    let tone = |n: u32| (TAU * 440.0 * n as f32 / SAMPLES_PER_SECOND as f32).sin() * 0.3;
    let samples: Vec<f32> = (0..2 * SAMPLES_PER_SECOND).map(tone).collect();
    let pages = samples.chunks(1920).map(|chunk| writer.push(chunk));
    pages.filter(|page| !page.is_empty()).collect()
}
