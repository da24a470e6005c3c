//! What many clients of port 9999 cost: how soon they hear of what happens, what those who never read take up, and whether
//! those who guess tokens can be heard in the calls.

mod caller;
mod client;

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
/// For how long each thing is looked at.
const LOOKED_AT: Duration = Duration::from_secs(20);
/// How many wrong tokens are shown in a second, each client showing as many as it may.
const GUESSES: u32 = 1000;
const GUESSES_EACH: u32 = 3;

pub(crate) fn tables(place: &Place) -> Result<Vec<Table>> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        Ok(vec![Table::new(
            format!("The supervisor, with {CALLS} calls that are spoken to all the time"),
            vec![listening(place).await?, silent(place).await?]
                .into_iter()
                .chain(guessing(place).await?)
                .collect(),
        )])
    })
}

/// A station with calls, and room for all clients.
async fn busy(place: &Place) -> Result<(Station, JoinSet<Result<()>>)> {
    let wish = Wish { clients: Some(CLIENTS + SILENT_CLIENTS), ..Wish::default() };
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

/// How soon clients hear of the calls' levels.
async fn listening(place: &Place) -> Result<Row> {
    let (station, _callers) = busy(place).await?;
    let mut clients = JoinSet::new();
    for _ in 0..CLIENTS {
        clients.spawn(client::listen(client::subscribe(&station).await?, LOOKED_AT));
    }
    let mut taken = Vec::new();
    while let Some(heard) = clients.join_next().await {
        taken.extend(heard??);
    }
    ensure!(taken.len() > CLIENTS, "{CLIENTS} clients heard only {} events", taken.len());
    let what = format!("from an event until each of {CLIENTS} clients has it");
    Ok(Spread::of_times(what, &taken).at_most("p99", 20.0).into())
}

/// What clients take up that never read what they asked for.
async fn silent(place: &Place) -> Result<Row> {
    let (station, _callers) = busy(place).await?;
    let before = station.mebibytes("status", "VmRSS:")?;
    let mut clients = Vec::new();
    for _ in 0..SILENT_CLIENTS {
        clients.push(client::subscribe(&station).await?);
    }
    let mut grown = Vec::new();
    let began = Instant::now();
    while began.elapsed() < LOOKED_AT {
        sleep(Duration::from_secs(1)).await;
        grown.push(station.mebibytes("status", "VmRSS:")? - before);
    }
    drop(clients);
    let what = format!("memory for {SILENT_CLIENTS} clients that never read");
    Ok(Spread::new(what, "MiB", grown).at_most("max", SILENT_CLIENTS as f64).into())
}

/// Whether guessing tokens delays the sound of the calls.
async fn guessing(place: &Place) -> Result<Vec<Row>> {
    let (station, _callers) = busy(place).await?;
    let mut watching = client::log_in(&station).await?;
    let before = client::late_frames(&mut watching).await?;
    let began = Instant::now();
    let mut guessers = JoinSet::new();
    let mut often = tokio::time::interval(Duration::from_secs(1) * GUESSES_EACH / GUESSES);
    while began.elapsed() < LOOKED_AT {
        often.tick().await;
        guessers.spawn(client::guess(station.supervisor, GUESSES_EACH));
        while guessers.try_join_next().is_some() {}
    }
    let lasted = began.elapsed();
    let late = client::late_frames(&mut watching).await? - before;
    let connections = (lasted.as_secs_f64() * f64::from(GUESSES / GUESSES_EACH)) as usize;
    let spoken = CALLS * usize::try_from(lasted.as_millis() / 20)?;
    let what = format!("late frames (> 40 ms) while {GUESSES} tokens are guessed in a second");
    let guesses = connections * GUESSES_EACH as usize;
    Ok(vec![
        Count::new(what, late, spoken).exactly(0).into(),
        Count::new("wrong tokens shown meanwhile", guesses, guesses).into(),
    ])
}
