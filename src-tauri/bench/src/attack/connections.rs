//! Connections that close at once, and floods of pings.

use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use serde_json::json;
use socket2::SockRef;
use testcall::{Dialect, Stream};
use tokio_tungstenite::tungstenite::{self, Message};

use super::fort::{Footprint, SECRET, is_well, open_to_the_world, unharmed};
use super::scale::many;
use super::tally::{Tally, once};
use crate::figures::{Count, Row, Spread, Table};
use crate::place::Place;
use crate::station::Station;

const CONNECTS: usize = 10_000;
/// Pings of the largest size, 0.7 GB of them with their heads.
const PINGS: usize = 5_343_500;
const PING: usize = 131;
const AT_ONCE: usize = 500;
const PATIENCE: Duration = Duration::from_secs(10);
/// How long a flood is kept up at most.
const LONGEST: Duration = Duration::from_secs(90);

/// How a flood is sent: to which port, and whether the pongs are read.
#[derive(Clone, Copy)]
struct Flood {
    is_at_the_bridge: bool,
    reads: bool,
}

pub(super) fn table(place: &Place) -> Result<Table> {
    let mut station = Station::proven(place, &open_to_the_world())?;
    is_well(&mut station)?;
    let before = Footprint::of(&station)?;
    let mut rows = vec![connects(&station)];
    rows.push(once("well after them", is_well(&mut station)));
    for is_at_the_bridge in [true, false] {
        for reads in [true, false] {
            rows.extend(flood(&station, Flood { is_at_the_bridge, reads })?);
        }
    }
    rows.extend(unharmed(&mut station, before, 32.0)?);
    Ok(Table::new("Connections that close at once, and 0.7 GB of pings", rows))
}

/// To both ports in turn; half of them are reset.
fn connects(station: &Station) -> Row {
    let (mut tally, planned) = (Tally::default(), many(CONNECTS));
    for number in 0..planned {
        if tally.is_hopeless() {
            break;
        }
        let address = if number % 2 == 0 { station.bridge } else { station.supervisor };
        tally.note((|| {
            let stream = TcpStream::connect_timeout(&address, PATIENCE)?;
            if number % 4 < 2 {
                SockRef::from(&stream).set_linger(Some(Duration::ZERO))?;
            }
            Ok(())
        })());
    }
    tally.row("connections that were taken and closed at once", planned)
}

fn flood(station: &Station, flood: Flood) -> Result<Vec<Row>> {
    let planned = many(PINGS) / 4;
    let (began, mut sent, mut connections) = (Instant::now(), 0, 0);
    let mut result = Ok(());
    while sent < planned && result.is_ok() {
        if began.elapsed() > LONGEST {
            break;
        }
        connections += 1;
        match guest(station, flood.is_at_the_bridge) {
            Ok(stream) => sent += pour(stream, planned - sent, flood.reads)?,
            Err(error) => result = Err(error.context("no connection to flood")),
        }
    }
    let port = if flood.is_at_the_bridge { "9998" } else { "9999" };
    let how = if flood.reads { "" } else { " by somebody who reads no pong" };
    let megabytes = (sent * PING) as f64 / 1e6;
    Ok(vec![
        once(format!("pings to {port}{how}: sent, or refused"), result),
        Spread::new("  so many", "MB", vec![megabytes]).into(),
        Count::new("  over so many connections", connections, connections).into(),
    ])
}

/// A connection past every check: a stream that has begun, or a client that has shown its token.
fn guest(station: &Station, is_at_the_bridge: bool) -> Result<TcpStream> {
    let address: SocketAddr = if is_at_the_bridge { station.bridge } else { station.supervisor };
    let stream = TcpStream::connect_timeout(&address, PATIENCE)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    let (mut socket, _) = tungstenite::client(format!("ws://{address}/"), stream)
        .map_err(|error| anyhow::anyhow!("no WebSocket: {error}"))?;
    let first = if is_at_the_bridge {
        Stream::new(Dialect::Twilio, "MZ1", "CA1").showing(Some(SECRET.to_owned())).start()
    } else {
        json!({"type": "auth", "token": station.token()?}).to_string()
    };
    socket.send(Message::text(first))?;
    let answer = socket.read().context("there is no answer")?;
    ensure!(!answer.is_close(), "it was closed: {answer:?}");
    Ok(socket.get_ref().try_clone()?)
}

/// Sends pings until there are enough, or the station has had enough. Gives how many went out.
fn pour(mut stream: TcpStream, most: usize, reads: bool) -> Result<usize> {
    // Masked with zeros.
    let ping = [&[0x89, 0x80 | 125, 0, 0, 0, 0], [b'x'; 125].as_slice()].concat();
    let block = ping.repeat(AT_ONCE);
    let mut pongs = stream.try_clone()?;
    std::thread::scope(|scope| {
        if reads {
            scope.spawn(move || {
                let mut sink = vec![0; 65_536];
                while pongs.read(&mut sink).is_ok_and(|read| read > 0) {}
            });
        }
        let (mut sent, began) = (0, Instant::now());
        // Whoever is cut off, or isn't read for longer than the patience, comes again.
        while sent < most && began.elapsed() < LONGEST && stream.write_all(&block).is_ok() {
            sent += AT_ONCE;
        }
        // It has been closed already where the station did.
        let _ = stream.shutdown(Shutdown::Both);
        Ok(sent)
    })
}
