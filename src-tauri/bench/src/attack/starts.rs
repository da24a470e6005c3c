//! What becomes of a start that has it hard: the ports come up, or the truth is told, within three seconds; and nothing is
//! ever called listening that can't be reached.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use anyhow::{Result, bail, ensure};

use super::fort::last_words;
use super::tally::once;
use crate::chance::pass;
use crate::figures::{Count, Row, Spread};
use crate::station::{Home, Station};

/// How soon it must be clear, and how long it is looked at before it counts as hanging.
const CLEAR: Duration = Duration::from_secs(3);
const GIVEN_UP: Duration = Duration::from_secs(10);
const LOOK_AGAIN: Duration = Duration::from_millis(20);
/// How long a page may take.
const PAGE: Duration = Duration::from_millis(500);

/// What became of a start.
pub(super) enum Outcome {
    /// Both ports are there; and what was said besides.
    Up(String),
    /// They aren't, and this was said.
    Told(String),
}

/// The lines for a start, with what became of it.
pub(super) fn judged(
    what: String,
    comes_up: bool,
    outcome: Result<(Outcome, Duration)>,
) -> Vec<Row> {
    let (how, after, is_right) = match outcome {
        Ok((Outcome::Up(how), after)) => (how, after, after <= CLEAR),
        Ok((Outcome::Told(how), after)) => (how, after, after <= CLEAR && !comes_up),
        Err(error) => return vec![once(what, Err(error))],
    };
    let wanted = if comes_up { "up" } else { "up, or the reason," };
    let count = Count::new(format!("{what}: {wanted} within 3 s"), usize::from(is_right), 1);
    vec![count.because(vec![how]).exactly(1).into(), Spread::of_times("  after", &[after]).into()]
}

/// What became of it, and how soon.
pub(super) fn outcome(station: &mut Station, is_mute: bool) -> Result<(Outcome, Duration)> {
    let (mut log, mut spoke_after) = (String::new(), None);
    while station.started.elapsed() < GIVEN_UP {
        if [station.bridge, station.supervisor].into_iter().all(is_healthy) {
            let after = station.started.elapsed();
            let log = station.said();
            return Ok((
                Outcome::Up(if complains(&log) { last_words(&log) } else { "both up".to_owned() }),
                after,
            ));
        }
        if let Some(status) = station.ended_within(Duration::ZERO)? {
            let after = station.started.elapsed();
            let log = station.said();
            ensure!(!status.success(), "it ended as if all were well: {}", last_words(&log));
            ensure!(!log.is_empty() || is_mute, "it ended with {status}, without a word");
            ensure!(station.panics() == 0, "it broke down: {}", last_words(&log));
            return Ok((Outcome::Told(format!("it ended: {}", last_words(&log))), after));
        }
        log = station.said();
        if complains(&log) {
            let after = *spoke_after.get_or_insert(station.started.elapsed());
            if station.started.elapsed() > CLEAR {
                return truth(station.home(), &log).map(|how| (Outcome::Told(how), after));
            }
        }
        pass(LOOK_AGAIN);
    }
    bail!("it neither comes up nor says why: {}", last_words(&log));
}

fn complains(log: &str) -> bool {
    log.contains("WARN") || log.contains("ERROR")
}

/// What is said of a start that goes on without its ports, if it is true.
fn truth(home: &Home, log: &str) -> Result<String> {
    for (name, address) in [("Voice bridge", home.bridge), ("Supervisor", home.supervisor)] {
        let claims = log.contains(&format!("{name} WebSocket server listening"));
        ensure!(!claims || is_healthy(address), "{name} is called listening and can't be reached");
    }
    Ok(last_words(log))
}

/// Whether a port answers, and says that it is proven.
fn is_healthy(address: SocketAddr) -> bool {
    let ask = || -> Result<String> {
        let mut stream = TcpStream::connect_timeout(&address, PAGE)?;
        stream.set_read_timeout(Some(PAGE))?;
        stream
            .write_all(b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n")?;
        let mut page = String::new();
        stream.read_to_string(&mut page)?;
        Ok(page)
    };
    ask().is_ok_and(|page| page.starts_with("HTTP/1.1 200"))
}
