//! How quick and how small the whole station is.

use std::time::Duration;

use anyhow::Result;

use crate::figures::{Row, Spread, Table};
use crate::holder::Holder;
use crate::place::Place;
use crate::station::{Station, Wish};

const STARTS: usize = 20;
const HOLDERS: usize = 20;
const MEASURED_FOR_MEMORY: usize = 5;
/// How long nothing may be logged before a station counts as idle.
const IDLE: Duration = Duration::from_secs(2);

pub(crate) fn tables(place: &Place) -> Result<Vec<Table>> {
    let [resident, share] = memory(place)?;
    let rows = vec![both_ports_proven(place)?, holder_named(place)?, resident, share];
    Ok(vec![Table::new("The station without a window", rows)])
}

fn both_ports_proven(place: &Place) -> Result<Row> {
    let mut taken = Vec::new();
    for _ in 0..STARTS {
        let mut station = Station::start(place, &Wish::default())?;
        let first = station.until_listening()?;
        let second = station.until_listening()?;
        taken.push(first.max(second) - station.started);
    }
    let what = "from the start of the process until both ports are proven";
    Ok(Spread::of_times(what, &taken).at_most("p50", 100.0).into())
}

fn holder_named(place: &Place) -> Result<Row> {
    let mut taken = Vec::new();
    for _ in 0..HOLDERS {
        let holder = Holder::on_a_free_port()?;
        let wish = Wish { bridge: Some(holder.address), ..Wish::default() };
        let mut station = Station::start(place, &wish)?;
        taken.push(station.until_named(&holder)? - station.started);
    }
    let what = "from the start until who holds the port is named";
    Ok(Spread::of_times(what, &taken).at_most("max", 1000.0).into())
}

/// What is resident, and what of that is the station's own share: libraries are divided among those who use them.
fn memory(place: &Place) -> Result<[Row; 2]> {
    let (mut resident, mut share) = (Vec::new(), Vec::new());
    for _ in 0..MEASURED_FOR_MEMORY {
        let mut station = Station::proven(place, &Wish::default())?;
        station.until_quiet_for(IDLE)?;
        resident.push(station.mebibytes("status", "VmRSS:")?);
        share.push(station.mebibytes("smaps_rollup", "Pss:")?);
    }
    Ok([
        Spread::new("memory when idle (VmRSS)", "MiB", resident).at_most("mean", 20.0).into(),
        Spread::new("the same, shared libraries by share (Pss)", "MiB", share).into(),
    ])
}
