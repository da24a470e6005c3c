//! What many clients of port 9999 cost: how soon they hear of what happens, what those who never read take up, and whether
//! those who guess tokens can be heard in the calls.

mod caller;
mod client;

pub(crate) use client::guess_all;

use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

use crate::conversation::PATIENCE;
use crate::figures::{Count, Row, Spread, Table};
use crate::place::Place;
use crate::station::{Station, Wish};

const CALLS: usize = 20;
const CLIENTS: usize = 200;
const SILENT_CLIENTS: usize = 50;
/// For how long clients listen, and how long the calls go on before anybody guesses.
const LISTENED: Duration = Duration::from_secs(20);
/// For how long clients don't read: what their systems take for them is used up after half a minute.
const UNREAD: Duration = Duration::from_secs(90);
/// For how long others guess.
const MINUTE: Duration = Duration::from_secs(60);
/// How many wrong tokens are shown in a second, each client showing as many as it may.
const GUESSES: u32 = 1000;
const GUESSES_EACH: u32 = 3;
/// How much memory clients that never read may take in the second half of that time, in MiB: what waits for them has
/// long been as much as may.
const STEADY: f64 = 2.0;

pub(crate) fn tables(place: &Place) -> Result<Vec<Table>> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let mut rows = listening(place).await?;
        rows.extend(silent(place).await?);
        rows.extend(guessing(place).await?);
        let title = format!("The supervisor, with {CALLS} calls that are spoken in all the time");
        Ok(vec![Table::new(title, rows)])
    })
}

/// A station with calls, and room for all clients, however long they don't read.
async fn busy(place: &Place) -> Result<(Station, JoinSet<Result<()>>)> {
    let clients = CLIENTS + SILENT_CLIENTS;
    let wish = Wish { clients: Some(clients), stall: Some(2 * UNREAD), ..Wish::default() };
    let station = Station::proven(place, &wish)?;
    let mut callers = JoinSet::new();
    for number in 0..CALLS {
        callers.spawn(caller::call(station.bridge, number));
    }
    timeout(PATIENCE, client::until_calls(&station, CALLS))
        .await
        .context("the calls never came")??;
    Ok((station, callers))
}

/// How soon clients hear of what happens.
async fn listening(place: &Place) -> Result<Vec<Row>> {
    let (station, _callers) = busy(place).await?;
    let mut clients = JoinSet::new();
    for _ in 0..CLIENTS {
        clients.spawn(client::listen(client::subscribe(&station).await?, LISTENED));
    }
    let (mut all, mut others) = (Vec::new(), Vec::new());
    while let Some(heard) = clients.join_next().await {
        let heard = heard??;
        all.extend(heard.levels);
        others.extend(heard.others);
    }
    ensure!(others.len() > CLIENTS, "{CLIENTS} clients heard only {} events", others.len());
    all.extend(&others);
    let what = format!("from an event until each of {CLIENTS} clients has it");
    let besides = "the same, events besides levels";
    Ok(vec![
        Spread::of_times(what, &all).at_most("p99", 20.0).into(),
        Spread::of_times(besides, &others).at_most("p99", 20.0).into(),
    ])
}

/// What clients take up that never read what they asked for.
async fn silent(place: &Place) -> Result<Vec<Row>> {
    let (station, _callers) = busy(place).await?;
    let before = station.mebibytes("status", "VmRSS:")?;
    let mut clients = Vec::new();
    for _ in 0..SILENT_CLIENTS {
        clients.push(client::subscribe_without_room(&station).await?);
    }
    let mut grown = Vec::new();
    let began = Instant::now();
    while began.elapsed() < UNREAD {
        sleep(Duration::from_secs(1)).await;
        grown.push(station.mebibytes("status", "VmRSS:")? - before);
    }
    let mut missed = 0;
    for client in clients {
        let reading = timeout(PATIENCE, client::missed(client));
        missed += usize::from(reading.await.context("a client was forgotten")?? > 0);
    }
    let half = grown[grown.len() / 2];
    let since = grown[grown.len() / 2..].iter().map(|now| now - half).collect();
    let what = format!("memory for {SILENT_CLIENTS} clients that never read");
    let told = "of them, those that are told what they missed when they read";
    Ok(vec![
        Spread::new(what, "MiB", grown).at_most("max", SILENT_CLIENTS as f64).into(),
        Spread::new("of that, in the second half of the time", "MiB", since)
            .at_most("max", STEADY)
            .into(),
        Count::new(told, missed, SILENT_CLIENTS).exactly(SILENT_CLIENTS).into(),
    ])
}

/// Whether guessing tokens delays the sound of the calls.
async fn guessing(place: &Place) -> Result<Vec<Row>> {
    let (station, _callers) = busy(place).await?;
    let mut watching = client::log_in(&station).await?;
    let first = client::frames(&mut watching).await?;
    sleep(LISTENED).await;
    let quiet = client::frames(&mut watching).await?;
    let began = Instant::now();
    let (shown, wrong) = guess(&station).await?;
    let lasted = began.elapsed();
    let busy = client::frames(&mut watching).await?;
    let late = |what: &str, before: (usize, usize), after: (usize, usize)| {
        Count::new(format!("late frames (> 40 ms) {what}"), after.1 - before.1, after.0 - before.0)
    };
    let guessed = format!("while {GUESSES} tokens are guessed in a second");
    let seconds = lasted.as_secs_f64();
    Ok(vec![
        late("before", first, quiet).into(),
        late(&guessed, quiet, busy).exactly(0).into(),
        Count::new(format!("wrong tokens called wrong, in {seconds:.1} s"), wrong, shown)
            .exactly(shown)
            .into(),
    ])
}

/// Shows wrong tokens for a minute. Gives how many were shown, and how many were called wrong.
async fn guess(station: &Station) -> Result<(usize, usize)> {
    let each = GUESSES_EACH as usize;
    let mut guessers = JoinSet::new();
    let mut often = tokio::time::interval(Duration::from_secs(1) * GUESSES_EACH / GUESSES);
    let (began, mut shown, mut wrong) = (Instant::now(), 0, 0);
    while began.elapsed() < MINUTE {
        often.tick().await;
        shown += each;
        guessers.spawn(client::guess(station.supervisor, each));
        while let Some(guessed) = guessers.try_join_next() {
            wrong += guessed?.unwrap_or(0);
        }
    }
    while let Some(guessed) = guessers.join_next().await {
        wrong += guessed?.unwrap_or(0);
    }
    Ok((shown, wrong))
}
