//! Junk at `/api/chat`: Ogg pages with Opus that are spoilt in every way, and kinds of messages that nobody knows.

use std::f32::consts::TAU;
use std::net::SocketAddr;

use anyhow::{Context, Result, bail};
use audio::opus::{SAMPLES_PER_SECOND, Writer};
use futures_util::StreamExt;
use tokio::net::TcpStream;
use tokio::task::JoinSet;
use tokio_tungstenite::client_async;
use tokio_tungstenite::tungstenite::Message;

use super::bursts::{BURST, Client, PATIENCE, Sent};
use super::fort::{Footprint, unharmed};
use super::mutation::{self, Dice};
use super::patience::soon;
use super::scale::many;
use super::tally::once;
use crate::figures::Table;
use crate::place::Place;
use crate::station::{Station, Wish};

const MESSAGES: usize = 160_905;
const CLIENTS: usize = 4;
const SOUND: u8 = 1;

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
    while sent.messages < share && !sent.is_hopeless() {
        let client = soon(PATIENCE, greeted(bridge)).await.context("no handshake");
        sent.connections += 1;
        let Ok(mut client) = client.map_err(|error| sent.read.note(Err(error))) else {
            sent.bursts += 1;
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
