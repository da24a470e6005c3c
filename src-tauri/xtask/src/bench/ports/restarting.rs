//! Whether a restart of a service turns anybody away.

use std::io::{ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use anyhow::Result;

use crate::figures::{Count, Row, Spread, Table};
use crate::place::Place;
use crate::station::{Station, Wish};

const RESTARTS: usize = 15;
const CONNECTIONS: usize = 2000;
const CALLERS: usize = 4;

/// Who waits longer for an answer than this has got none.
const PATIENCE: Duration = Duration::from_secs(10);
/// A request that every voice bridge answers, be it with a refusal.
const REQUEST: &[u8] = b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n";

/// What became of a connection.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Fate {
    Answered(Duration),
    Refused,
    Reset,
    Unanswered,
}

pub(super) fn table(place: &Place) -> Result<Table> {
    let station = Station::proven(place, &Wish::default())?;
    let mut conversation = station.conversation()?;
    let kept = fates(station.bridge, || conversation.restart())?;
    let rows = told(&kept);
    let title = format!(
        "{CONNECTIONS} connections with a request each, by {CALLERS} threads, during {RESTARTS} restarts"
    );
    Ok(Table::new(title, rows))
}

fn told(fates: &[Fate]) -> Vec<Row> {
    let count = |fate| fates.iter().filter(|other| **other == fate).count();
    let mut rows: Vec<Row> = [
        ("refused", Fate::Refused),
        ("reset", Fate::Reset),
        ("without an answer", Fate::Unanswered),
    ]
    .into_iter()
    .map(|(name, fate)| Count::new(name, count(fate), fates.len()).exactly(0).into())
    .collect();
    let waited: Vec<Duration> = fates
        .iter()
        .filter_map(|fate| if let Fate::Answered(waited) = fate { Some(*waited) } else { None })
        .collect();
    rows.push(Spread::of_times("answered after", &waited).into());
    rows
}

/// What becomes of connections that come in while something is restarted again and again, each time as soon as its share
/// of the connections has begun to come in.
fn fates(address: SocketAddr, mut restart: impl FnMut() -> Result<()>) -> Result<Vec<Fate>> {
    let (fates, is_over) = (Mutex::new(Vec::new()), AtomicBool::new(false));
    let begun = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for _ in 0..CALLERS {
            scope.spawn(|| {
                // Everybody goes on until the last restart is over, and until there are enough.
                while !is_over.load(Ordering::Acquire)
                    || begun.load(Ordering::Acquire) < CONNECTIONS
                {
                    begun.fetch_add(1, Ordering::AcqRel);
                    let fate = fate(address);
                    fates.lock().unwrap_or_else(PoisonError::into_inner).push(fate);
                }
            });
        }
        let restarted = (0..RESTARTS).try_for_each(|number| {
            while begun.load(Ordering::Acquire) < number * CONNECTIONS / RESTARTS {
                std::thread::yield_now();
            }
            restart()
        });
        is_over.store(true, Ordering::Release);
        restarted
    })?;
    Ok(fates.into_inner().unwrap_or_else(PoisonError::into_inner))
}

fn fate(address: SocketAddr) -> Fate {
    let began = Instant::now();
    match answer(address) {
        Ok(true) => Fate::Answered(began.elapsed()),
        Ok(false) => Fate::Reset,
        Err(error) if error.kind() == ErrorKind::ConnectionRefused => Fate::Refused,
        Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {
            Fate::Unanswered
        }
        Err(_) => Fate::Reset,
    }
}

/// Whether there is an answer before the connection ends.
fn answer(address: SocketAddr) -> std::io::Result<bool> {
    let mut stream = TcpStream::connect_timeout(&address, PATIENCE)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.write_all(REQUEST)?;
    Ok(stream.read(&mut [0; 512])? > 0)
}
