//! Ends and starts: killed and started again, started twice at once, taken over under load, restarted a thousand times.

use std::net::TcpStream;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};

use super::fort::{Footprint, is_well, last_words, unharmed};
use super::scale::many;
use super::takeovers;
use super::tally::{Tally, once};
use crate::figures::{Count, Row, Spread, Table};
use crate::place::Place;
use crate::station::{Home, Station, Wish};

const KILLS: usize = 50;
const DOUBLE_STARTS: usize = 50;
const RESTARTS: usize = 1000;
/// After how many restarts it is looked what the station takes up: the first ones lay things out that are used ever after.
const WARM: usize = 10;
/// How soon a start is to be up and proven, and a second one to give up.
const UP: Duration = Duration::from_secs(3);
const GIVES_UP: Duration = Duration::from_secs(10);
/// The exit code of one that finds another running.
const ALREADY_RUNNING: i32 = 4;
/// What it says of one that isn't there to be asked yet.
const JUST_STARTED: &str = "another xSwarm Voice has only just started";

pub(super) fn table(place: &Place) -> Result<Table> {
    let mut rows = kills(place)?;
    rows.extend(double_starts(place)?);
    rows.extend(takeovers::rows(place)?);
    rows.extend(restarts(place)?);
    Ok(Table::new("Ends and starts", rows))
}

fn serve(home: &Arc<Home>) -> Result<Station> {
    let serve = home.command(&["serve"]);
    Station::start_as(home, serve)
}

/// When both its services are proven.
fn proven(station: &mut Station) -> Result<Duration> {
    let first = station.until_listening()?;
    let second = station.until_listening()?;
    Ok(first.max(second) - station.started)
}

fn kills(place: &Place) -> Result<Vec<Row>> {
    let home = Arc::new(Home::new(place, &Wish::default())?);
    let (mut tally, mut taken) = (Tally::default(), Vec::new());
    for _ in 0..many(KILLS) {
        if tally.is_hopeless() {
            break;
        }
        let mut station = serve(&home)?;
        tally.note(proven(&mut station).and_then(|after| {
            taken.push(after);
            ensure!(after <= UP, "it took longer than 3 s");
            Ok(())
        }));
        // Whoever is connected leaves something for the kernel to clear away beside the next start.
        let callers = [home.bridge, home.supervisor].map(TcpStream::connect);
        station.kill()?;
        drop(callers);
    }
    Ok(vec![
        tally.row("kill -9, and the next start up and proven within 3 s", many(KILLS)),
        Spread::of_times("  after", &taken).into(),
    ])
}

fn double_starts(place: &Place) -> Result<[Row; 2]> {
    let (mut one_runs, mut named) = (Tally::default(), 0);
    for _ in 0..many(DOUBLE_STARTS) {
        if one_runs.is_hopeless() {
            break;
        }
        let home = Arc::new(Home::new(place, &Wish::default())?);
        one_runs.note(two_at_once(&home).and_then(|(runs, said)| {
            let is_named = said.contains(&format!("process {runs}"));
            named += usize::from(is_named);
            ensure!(
                is_named || said.contains(JUST_STARTED),
                "the other said: {}",
                last_words(&said)
            );
            Ok(())
        }));
    }
    let planned = many(DOUBLE_STARTS);
    let what = "double starts: exactly one runs, and the other says so";
    Ok([
        one_runs.row(what, planned),
        Count::new("  of which the other could name it", named, planned).into(),
    ])
}

/// Which one runs, and what the other said.
fn two_at_once(home: &Arc<Home>) -> Result<(u32, String)> {
    let mut both = [serve(home)?, serve(home)?];
    let deadline = Instant::now() + GIVES_UP;
    let loser = loop {
        let ended = both.iter_mut().position(|station| {
            station.ended_within(Duration::ZERO).is_ok_and(|status| status.is_some())
        });
        if let Some(ended) = ended {
            break ended;
        }
        ensure!(Instant::now() < deadline, "both still run after 10 s");
    };
    let [first, second] = &mut both;
    let (lost, won) = if loser == 0 { (first, second) } else { (second, first) };
    let status = lost.ended_within(Duration::ZERO)?.context("it has ended")?;
    let said = lost.said();
    let is_known = status.code() == Some(ALREADY_RUNNING);
    ensure!(is_known, "the other ended with {status}: {}", last_words(&said));
    proven(won).context("the one that runs has no ports")?;
    Ok((won.pid(), said))
}

fn restarts(place: &Place) -> Result<Vec<Row>> {
    let mut station = Station::proven(place, &Wish::default())?;
    is_well(&mut station)?;
    let mut conversation = station.conversation()?;
    let (mut tally, mut before) = (Tally::default(), Footprint::of(&station)?);
    for number in 0..many(RESTARTS) {
        if tally.is_hopeless() {
            break;
        }
        if number == WARM {
            before = Footprint::of(&station)?;
        }
        tally.note(conversation.restart());
    }
    let mut rows = vec![tally.row("restarts of the voice bridge", many(RESTARTS))];
    rows.push(once("well after them", is_well(&mut station)));
    rows.extend(unharmed(&mut station, before, 4.0)?);
    Ok(rows)
}
