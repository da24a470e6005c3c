//! How soon it is noticed that somebody else has got beside our listener, or that it is gone.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::process::Command;
use std::sync::mpsc::Receiver;
use std::time::{Duration, Instant};

use anyhow::{Result, anyhow, bail};
use wire::{PortState, Service};

use crate::chance::{pass, time_within};
use crate::conversation::{Sight, until};
use crate::figures::{Count, Row, Spread, Table};
use crate::place::Place;
use crate::station::{Station, Wish};
use crate::system;

/// So many stations at once, for each trial takes as long as stations take between two proofs.
const STATIONS: usize = 10;
const TRIALS_EACH: usize = 10;
const TRIALS: usize = STATIONS * TRIALS_EACH;

/// How often a station proves its ports as it is delivered.
const PROOF_INTERVAL: Duration = Duration::from_secs(5);

/// What was seen of one theft.
struct Theft {
    unnoticed_for: Duration,
    /// Whether a connection made meanwhile was answered by us, so that a probe alone would have found all well.
    fools_a_probe: bool,
}

/// On Linux somebody can only get beside our listener if a setting lets them.
pub(super) fn theft(place: &Place) -> Result<Table> {
    let wish = Wish { is_shareable: true, ..Wish::default() };
    let stations: Vec<Station> =
        (0..STATIONS).map(|_| Station::proven(place, &wish)).collect::<Result<_>>()?;
    let thefts = std::thread::scope(|scope| {
        let watch = |station: &Station| -> Result<_> {
            let (bridge, sights) = (station.bridge, station.conversation()?.follow()?);
            Ok(scope.spawn(move || thefts(bridge, &sights)))
        };
        let running = stations.iter().map(watch).collect::<Result<Vec<_>>>()?;
        let of_each = running.into_iter().map(|thefts| {
            thefts.join().map_err(|_| anyhow!("the watcher of a station has panicked"))?
        });
        of_each.collect::<Result<Vec<_>>>()
    })?;
    let thefts: Vec<Theft> = thefts.into_iter().flatten().collect();
    let unnoticed: Vec<Duration> = thefts.iter().map(|theft| theft.unnoticed_for).collect();
    let fooled = thefts.iter().filter(|theft| theft.fools_a_probe).count();
    let in_time = unnoticed.iter().filter(|time| **time <= PROOF_INTERVAL).count();
    let rows = vec![
        Count::new("noticed within one proof interval", in_time, TRIALS).exactly(TRIALS).into(),
        Spread::of_times("second listener → shown as shared", &unnoticed).into(),
        Count::new("one connection alone would have noticed nothing", fooled, TRIALS).into(),
    ];
    let title = format!(
        "Somebody gets beside our listener; proofs every {} s, as delivered",
        PROOF_INTERVAL.as_secs()
    );
    Ok(Table::new(title, rows))
}

fn thefts(bridge: SocketAddr, sights: &Receiver<Sight>) -> Result<Vec<Theft>> {
    let mut thefts = Vec::new();
    for _ in 0..TRIALS_EACH {
        until(sights, is_listening)?;
        // Proofs come at equal distances, thieves don't.
        pass(time_within(Duration::ZERO..PROOF_INTERVAL));
        let thief = system::shareable(bridge)?;
        let came = Instant::now();
        let fools_a_probe = is_answered(bridge);
        let (noticed, _) = until(sights, is_shared)?;
        thefts.push(Theft { unnoticed_for: noticed - came, fools_a_probe });
        drop(thief);
    }
    Ok(thefts)
}

/// Whether it is the voice bridge that answers: a thief never does.
fn is_answered(address: SocketAddr) -> bool {
    let answer = || -> std::io::Result<bool> {
        let mut stream = TcpStream::connect(address)?;
        stream.set_read_timeout(Some(Duration::from_millis(200)))?;
        stream.write_all(b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n")?;
        Ok(stream.read(&mut [0; 64])? > 0)
    };
    answer().unwrap_or(false)
}

/// The kernel destroys our listener, as an administrator may have it do.
pub(super) fn loss(place: &Place) -> Result<Table> {
    let what = "the kernel destroys our listener";
    let station = Station::proven(place, &Wish::default())?;
    let sights = station.conversation()?.follow()?;
    let (mut taken, mut listening) = (Vec::new(), until(&sights, is_listening)?.1);
    for _ in 0..TRIALS {
        let began = Instant::now();
        if !destroy(station.bridge)? {
            let why = "it takes root, and a kernel that was built to do it".to_owned();
            return Ok(Table::new(TITLE, vec![Row::Skipped { what: what.to_owned(), why }]));
        }
        let (again, younger) = until_younger(&sights, &listening)?;
        taken.push(again - began);
        listening = younger;
    }
    let in_time = taken.iter().filter(|time| **time <= PROOF_INTERVAL).count();
    let rows = vec![
        Count::new("listening again within one proof interval", in_time, TRIALS)
            .exactly(TRIALS)
            .into(),
        Spread::of_times("start of ss → bound and proven again", &taken).into(),
    ];
    Ok(Table::new(TITLE, rows))
}

const TITLE: &str = "Our listener is lost, by `ss --kill`";

/// Whether it could be done.
fn destroy(address: SocketAddr) -> Result<bool> {
    let (source, port) = (address.ip().to_string(), format!(":{}", address.port()));
    let words =
        ["--no-header", "--kill", "--tcp", "--listening", "src", &source, "sport", "=", &port];
    let Ok(output) = Command::new("ss").args(words).output() else { return Ok(false) };
    if !output.status.success() {
        bail!("`ss --kill` says '{}'", String::from_utf8_lossy(&output.stderr).trim());
    }
    Ok(!output.stdout.is_empty())
}

/// The first sight of the voice bridge with a listener that is younger than that.
fn until_younger(sights: &Receiver<Sight>, listening: &Service) -> Result<Sight> {
    let since = listening_since(listening);
    until(sights, |bridge| listening_since(bridge) > since)
}

fn listening_since(bridge: &Service) -> Option<u64> {
    if let PortState::Listening { since, .. } = &bridge.state { Some(since.0) } else { None }
}

fn is_listening(bridge: &Service) -> bool {
    matches!(bridge.state, PortState::Listening { .. })
}

fn is_shared(bridge: &Service) -> bool {
    matches!(bridge.state, PortState::Shared { .. })
}
