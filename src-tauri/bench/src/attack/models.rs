//! Hostile servers in the place of a speech model: a call is answered all the same and ends in order, nothing hangs, and
//! memory stays bounded.

use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};

use super::fort::{Footprint, came_through, last_words, shown_calls};
use super::hostile::{Habit, Server};
use super::patience::within;
use super::tally::once;
use crate::calls::{Caller, Fleet, Shown};
use crate::chance::pass;
use crate::figures::{Row, Spread, Table};
use crate::place::Place;
use crate::station::{Station, Wish};

/// How long until the caller hears something, be it that the model does not answer.
const ANSWER: Duration = Duration::from_secs(15);
/// How long a caller talks to it.
const TALK: Duration = Duration::from_secs(5);
/// How long a call that was hung up may be shown, and how long an ordered end may take.
const END: Duration = Duration::from_secs(10);

/// By how many MiB it may grow.
const MOST: f64 = 64.0;

pub(super) fn table(place: &Place) -> Result<Table> {
    let mut rows = Vec::new();
    for habit in Habit::ALL {
        rows.extend(beside(place, habit).unwrap_or_else(|error| {
            let (what, why) = (format!("one that {}", habit.name()), format!("{error:#}"));
            vec![Row::Failed { what, why }]
        }));
    }
    Ok(Table::new("Hostile servers in the place of a speech model", rows))
}

fn beside(place: &Place, habit: Habit) -> Result<Vec<Row>> {
    let server = Server::start(habit)?;
    let further = format!(
        "[moshi]\nservers = [\"{}\"]\nself_signed = true\nconnect = 2\nready = 4\nfall_back = true\n",
        habit.url(server.address)
    );
    let wish = Wish { engine: Some("moshi"), further, ..Wish::default() };
    let mut station = Station::proven(place, &wish)?;
    let before = Footprint::of(&station)?;
    let what = |how: &str| format!("one that {}: {how}", habit.name());
    let began = Instant::now();
    let heard = within(ANSWER, async {
        Caller::dial(station.bridge, &Shown::default()).await?.hears_something().await
    });
    let after = began.elapsed();
    let mut rows = vec![once(what("a call hears something within 15 s"), heard)];
    rows.push(Spread::of_times("  after", &[after]).into());
    let talked = Fleet::of(station.bridge, 2).talk(TALK).map(drop);
    rows.push(once(what("two calls go on for 5 s"), talked));
    rows.push(once(what("hung up, they end"), calls_end(&station)));
    let unharmed = came_through(&mut station, before, MOST);
    rows.push(once(what("alive, no panic, nothing lost, memory bounded"), unharmed));
    rows.push(once(what("it ends in order when it is asked"), ends(&mut station)));
    Ok(rows)
}

fn calls_end(station: &Station) -> Result<()> {
    let deadline = Instant::now() + END;
    loop {
        let calls = shown_calls(station)?;
        if calls == 0 {
            return Ok(());
        }
        ensure!(Instant::now() < deadline, "{calls} calls are still shown after 10 s");
        pass(Duration::from_millis(100));
    }
}

fn ends(station: &mut Station) -> Result<()> {
    station.ask_to_end()?;
    let status = station.ended_within(END)?;
    let status = status
        .with_context(|| format!("it still runs 10 s later: {}", last_words(&station.said())))?;
    ensure!(status.success(), "it ended with {status}");
    Ok(())
}
