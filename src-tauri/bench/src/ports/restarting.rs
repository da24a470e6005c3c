//! Whether a restart of a service turns anybody away.

use std::io::{ErrorKind, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use anyhow::Result;
use socket2::SockRef;

use crate::chance::pass;
use crate::figures::{Count, Row, Spread, Table};
use crate::holder::free_address;
use crate::place::Place;
use crate::station::{Station, Wish};

const RESTARTS: usize = 15;
const CONNECTIONS: usize = 2000;
const CALLERS: usize = 4;

/// Who waits longer for an answer than this has got none.
const PATIENCE: Duration = Duration::from_secs(10);
/// Who is turned away comes back after this.
const NEXT_TRY: Duration = Duration::from_millis(1);
/// A request that every voice bridge answers, be it with a refusal.
const REQUEST: &[u8] = b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n";

/// What became of a connection.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fate {
    Answered(Duration),
    Refused,
    Reset,
    Unanswered,
}

pub(super) fn table(place: &Place) -> Result<Table> {
    let station = Station::proven(place, &Wish::default())?;
    let mut conversation = station.conversation()?;
    let kept = fates(station.bridge, || conversation.restart())?;
    let mut rows = told("a station", &kept, Some(0));
    drop(station);
    let bound_again = fates_of_one_that_binds_again(free_address()?)?;
    rows.extend(told("a program that closes and binds again", &bound_again, None));
    let title = format!(
        "{CONNECTIONS} connections with a request each, by {CALLERS} threads, during {RESTARTS} restarts"
    );
    Ok(Table::new(title, rows))
}

fn told(who: &str, fates: &[Fate], goal: Option<usize>) -> Vec<Row> {
    let count = |fate| fates.iter().filter(|other| **other == fate).count();
    let mut rows: Vec<Row> = [
        ("refused", Fate::Refused),
        ("reset", Fate::Reset),
        ("without an answer", Fate::Unanswered),
    ]
    .into_iter()
    .map(|(name, fate)| {
        let row = Count::new(format!("{who}: {name}"), count(fate), fates.len());
        if let Some(goal) = goal { row.exactly(goal).into() } else { row.into() }
    })
    .collect();
    let waited: Vec<Duration> = fates
        .iter()
        .filter_map(|fate| if let Fate::Answered(waited) = fate { Some(*waited) } else { None })
        .collect();
    rows.push(Spread::of_times(format!("{who}: answered after"), &waited).into());
    rows
}

/// What becomes of connections that come in while something is restarted again and again, each time after its share of
/// the connections has been answered.
fn fates(address: SocketAddr, mut restart: impl FnMut() -> Result<()>) -> Result<Vec<Fate>> {
    let (fates, is_over) = (Mutex::new(Vec::new()), AtomicBool::new(false));
    let (begun, answered) = (AtomicUsize::new(0), AtomicUsize::new(0));
    std::thread::scope(|scope| {
        for _ in 0..CALLERS {
            scope.spawn(|| {
                // Everybody goes on until the last restart is over, and until there are enough.
                while !is_over.load(Ordering::Acquire)
                    || begun.load(Ordering::Acquire) < CONNECTIONS
                {
                    begun.fetch_add(1, Ordering::AcqRel);
                    let fate = fate(address);
                    if matches!(fate, Fate::Answered(_)) {
                        answered.fetch_add(1, Ordering::AcqRel);
                    } else {
                        pass(NEXT_TRY);
                    }
                    fates.lock().unwrap_or_else(PoisonError::into_inner).push(fate);
                }
            });
        }
        let restarted = (0..RESTARTS).try_for_each(|number| {
            while answered.load(Ordering::Acquire) < number * CONNECTIONS / RESTARTS {
                std::thread::yield_now();
            }
            restart()
        });
        is_over.store(true, Ordering::Release);
        restarted
    })?;
    Ok(fates.into_inner().unwrap_or_else(PoisonError::into_inner))
}

pub(crate) fn fate(address: SocketAddr) -> Fate {
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

/// The same of a program that closes its listener for a restart and binds again, without a moment in between.
fn fates_of_one_that_binds_again(address: SocketAddr) -> Result<Vec<Fate>> {
    let mut program = Some(Program::at(address)?);
    fates(address, || {
        // The old one ends first, or the next would have no address.
        program = None;
        program = Some(Program::at(address)?);
        Ok(())
    })
}

/// A program that answers every request.
struct Program {
    listener: TcpListener,
    serving: Option<JoinHandle<()>>,
}

impl Program {
    #[expect(clippy::disallowed_methods, reason = "this is another program's way to bind")]
    fn at(address: SocketAddr) -> Result<Self> {
        let listener = TcpListener::bind(address)?;
        let connections = listener.try_clone()?;
        let serving = std::thread::spawn(move || {
            while let Ok((mut connection, _)) = connections.accept() {
                // What goes wrong is seen at the other end.
                let _ = connection.read(&mut [0; 512]);
                let _ = connection.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
            }
        });
        Ok(Self { listener, serving: Some(serving) })
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        // Wakes the thread that waits for a connection, and tells it that there will be none.
        let _ = SockRef::from(&self.listener).shutdown(Shutdown::Both);
        if let Some(serving) = self.serving.take() {
            let _ = serving.join();
        }
    }
}
