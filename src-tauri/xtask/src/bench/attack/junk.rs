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
use super::mutation::{self, Dice};
use super::patience::soon;
use super::scale::many;
use super::tally::{Tally, once};
use crate::figures::{Count, Table};
use crate::place::Place;
use crate::station::{Station, Wish};

const MESSAGES: usize = 160_905;
const CLIENTS: usize = 4;
/// After how many messages at most a client waits until they were read: many of them end the connection, and what is sent
/// after them is read by nobody.
pub(super) const BURST: usize = 4;
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

    /// Sends one, and tells whether the connection took it.
    pub(super) async fn send(&mut self, client: &mut Client, message: Message) -> bool {
        let is_sent = timeout(PATIENCE, client.send(message)).await.is_ok_and(|sent| sent.is_ok());
        self.messages += usize::from(is_sent);
        is_sent
    }

    /// Waits until all that was sent has been read, and tells whether the connection is still there.
    pub(super) async fn await_reading(&mut self, client: &mut Client) -> bool {
        self.bursts += 1;
        let read = timeout(PATIENCE, until_read(client)).await;
        let is_open = matches!(read, Ok(true));
        self.read.note(read.map(drop).context("a burst was neither read nor refused"));
        is_open
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
        anyhow::Ok((sent, soon(PATIENCE, greeted(bridge)).await))
    })?;
    let mut rows = sent.rows("junk messages sent to /api/chat", planned);
    rows.push(once("a client that comes afterwards is greeted", greeted.map(drop)));
    rows.extend(unharmed(&mut station, before, 48.0)?);
    Ok(Table::new("Junk in the MOSHI protocol", rows))
}

/// Sends so many, over as many connections as it takes.
async fn junk(bridge: SocketAddr, share: usize, mut dice: Dice) -> Sent {
    let (mut sent, pages) = (Sent::default(), pages());
    while sent.messages < share {
        let client = soon(PATIENCE, greeted(bridge)).await.context("no handshake");
        sent.connections += 1;
        let Ok(mut client) = client.map_err(|error| sent.read.note(Err(error))) else {
            // A station that greets nobody would be tried for ever.
            sent.bursts += 1;
            if sent.bursts > share / BURST + 100 {
                break;
            }
            continue;
        };
        let mut is_open = true;
        while is_open && sent.messages < share {
            for _ in 0..=dice.below(BURST).min(share - sent.messages - 1) {
                let message = Message::binary(message(&mut dice, &pages));
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

/// One that has been told that there is somebody to talk to.
async fn greeted(bridge: SocketAddr) -> Result<Client> {
    let stream = TcpStream::connect(bridge).await?;
    stream.set_nodelay(true)?;
    let (mut client, _) = client_async(format!("ws://{bridge}/api/chat"), stream).await?;
    while let Some(message) = client.next().await {
        if let Message::Binary(_) = message? {
            return Ok(client);
        }
    }
    bail!("the bridge has ended the call before its handshake")
}

async fn until_read(client: &mut Client) -> bool {
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
