//! How many calls the voice bridge carries at once, and what they cost: callers on the same cores talk to it as a carrier
//! does, over WebSocket, 50 frames a second each way.

mod bare;
mod caller;
mod fleet;
mod heard;
mod server;

pub(crate) use bare::serve as serve_bare;
pub(crate) use caller::{Caller, Shown};
pub(crate) use fleet::Fleet;

use std::time::Duration;

use anyhow::{Context, Result, bail};

use crate::figures::{Count, Row, Spread, Table};
use crate::place::Place;
use crate::ports::cpu_time_of;
use crate::station::{Station, Wish};
use bare::Bare;
use heard::Heard;
use server::ModelServer;

/// How long each number of calls is kept up.
const LONG: Duration = Duration::from_secs(30);
/// How many calls the costs are taken from.
const FOR_COSTS: usize = 100;
/// The numbers of calls that are tried, until one is too many.
const CHECK_STEPS: [usize; 5] = [100, 300, 500, 750, 1_000];
const MODEL_STEPS: [usize; 4] = [50, 100, 150, 200];
/// With how many calls, and in what time, memory must not grow. `XSWARM_BENCH_MINUTES` makes it longer.
const STEADY: usize = 50;
const STEADY_FOR: Duration = Duration::from_secs(60);

type Part = fn(&Place) -> Result<Table>;

/// What is measured, by the name under which it can be asked for alone.
const PARTS: [(&str, Part); 4] = [
    ("line-check", line_check),
    ("model", model),
    ("latency", latency),
    ("steadiness", steadiness),
];

/// These parts, or all where none is named.
pub(crate) fn tables(place: &Place, names: &[&str]) -> Result<Vec<Table>> {
    if let Some(name) = names.iter().find(|name| !PARTS.iter().any(|(part, _)| part == *name)) {
        bail!("there is no part {name}");
    }
    let wanted = PARTS.iter().filter(|(name, _)| names.is_empty() || names.contains(name));
    let measured = wanted.map(|(_, part)| {
        let table = part(place)?;
        // It takes minutes, so each is shown as soon as it is there.
        println!("{table}");
        Ok(table)
    });
    measured.collect()
}

/// Callers alone, for a bridge that runs already: to look at it with other tools meanwhile.
pub(crate) fn talk(address: &str, calls: &str, seconds: &str) -> Result<()> {
    let (calls, time) = (calls.parse()?, Duration::from_secs(seconds.parse()?));
    let (own, mut heard) =
        cost(std::process::id(), || Fleet::of(address.parse()?, calls).talk(time))?;
    let mut rows = frames(&format!("{calls} calls"), &heard);
    rows.push(of_times("from a voice's beginning to `clear`", &mut heard.cuts).into());
    rows.push(of_one("CPU of a caller, of a core", "%", own).into());
    println!("{}", Table::new("Calls", rows));
    Ok(())
}

fn line_check(place: &Place) -> Result<Table> {
    let bare = Bare::start()?;
    let bare_cost = cost(bare.pid(), || Fleet::of(bare.address, FOR_COSTS).talk(LONG))?.0;
    drop(bare);
    let wish = Wish { further: limits(), ..Wish::default() };
    let station = Station::proven(place, &wish)?;
    let before = station.mebibytes("status", "VmRSS:")?;
    let (own_cost, mut heard) =
        cost(station.pid(), || Fleet::of(station.bridge, FOR_COSTS).talk(LONG))?;
    let memory = 1024.0 * (station.mebibytes("status", "VmHWM:")? - before) / FOR_COSTS as f64;
    let mut rows = frames(&format!("{FOR_COSTS} calls"), &heard);
    rows.push(
        of_times("from a voice's beginning to `clear`", &mut heard.cuts)
            .at_most("p95", 100.0)
            .into(),
    );
    rows.push(of_one("CPU of a call, of a core", "%", own_cost).into());
    rows.push(of_one("CPU of one at a bare server that echoes, of a core", "%", bare_cost).into());
    let times = own_cost / bare_cost;
    rows.push(
        of_one("CPU of a call, by that of one at a bare server", "×", times)
            .at_most("mean", 1.5)
            .into(),
    );
    rows.push(of_one("memory of a call", "KiB", memory).at_most("mean", 200.0).into());
    rows.extend(most(station.bridge, &CHECK_STEPS, 500)?);
    Ok(Table::new("Calls with the line check", rows))
}

fn model(place: &Place) -> Result<Table> {
    let server = ModelServer::start(place, &[])?;
    let station = Station::proven(place, &with_model(&server))?;
    let before = station.mebibytes("status", "VmRSS:")?;
    let (own_cost, heard) =
        cost(station.pid(), || Fleet::of(station.bridge, FOR_COSTS).talk(LONG))?;
    let memory = 1024.0 * (station.mebibytes("status", "VmHWM:")? - before) / FOR_COSTS as f64;
    let mut rows = frames(&format!("{FOR_COSTS} calls"), &heard);
    rows.push(of_one("CPU of a call, of a core", "%", own_cost).into());
    rows.push(of_one("memory of a call", "KiB", memory).into());
    rows.extend(most(station.bridge, &MODEL_STEPS, 100)?);
    Ok(Table::new(
        "Calls with a stand-in for a speech model, 80 ms at a time, in a process of its own",
        rows,
    ))
}

/// Both ways, each time through µ-law, resampling and Opus, to a server that sends every packet back at once.
fn latency(place: &Place) -> Result<Table> {
    let server = ModelServer::start(place, &["--at-once"])?;
    let station = Station::proven(place, &with_model(&server))?;
    let mut heard = Fleet::of(station.bridge, 5).click(LONG)?;
    let both = of_times("from a sound's frame to its frame, there and back", &mut heard.clicks);
    let rows = vec![both.at_most("p50", 60.0).into()];
    Ok(Table::new("What the bridge adds to a model's latency, at most 30 ms each way", rows))
}

fn steadiness(place: &Place) -> Result<Table> {
    let minutes = std::env::var("XSWARM_BENCH_MINUTES").ok().and_then(|text| text.parse().ok());
    let time = minutes.map_or(STEADY_FOR, |minutes: u64| Duration::from_secs(60 * minutes));
    let wish = Wish { further: limits(), ..Wish::default() };
    let station = Station::proven(place, &wish)?;
    let fleet = Fleet::of(station.bridge, STEADY);
    let (early, late) = fleet.while_talking(time, || station.mebibytes("status", "VmRSS:"))?;
    let grown = of_one("by how much memory grew after the first third", "MiB", late - early);
    let title = format!("{STEADY} calls for {} s", time.as_secs());
    Ok(Table::new(title, vec![grown.at_most("mean", 1.0).into()]))
}

fn limits() -> String {
    "[voice_bridge.limits]\ncalls = 2000\n".to_owned()
}

fn with_model(server: &ModelServer) -> Wish {
    let further = format!("{}\n[moshi]\nservers = [\"ws://{}\"]\n", limits(), server.address);
    Wish { engine: Some("moshi"), further, ..Wish::default() }
}

/// The CPU time of that process for each of the calls, in percent of a core.
fn cost(pid: u32, talk: impl FnOnce() -> Result<Heard>) -> Result<(f64, Heard)> {
    let before = cpu_time_of(pid)?;
    let heard = talk()?;
    let used = cpu_time_of(pid)?.checked_sub(before).context("time ran backwards")?;
    let calls = heard.calls as f64;
    Ok((100.0 * used.as_secs_f64() / heard.lasted.as_secs_f64() / calls, heard))
}

fn frames(of: &str, heard: &Heard) -> Vec<Row> {
    let mut gaps = heard.gaps.clone();
    let spread = of_times(&format!("between two frames of {of}"), &mut gaps);
    let late = Count::new(
        format!("frames of {of} more than 40 ms after the last"),
        heard.late,
        heard.gaps.len(),
    );
    vec![spread.at_most("p95", 25.0).into(), late.exactly(0).into()]
}

/// The most calls without a late frame.
fn most(bridge: std::net::SocketAddr, steps: &[usize], goal: usize) -> Result<Vec<Row>> {
    let mut rows = Vec::new();
    let mut most = 0;
    for &calls in steps {
        let heard = Fleet::of(bridge, calls).talk(LONG)?;
        let what = format!("late frames of {calls} calls");
        rows.push(Count::new(what, heard.late, heard.gaps.len()).into());
        if heard.late > 0 || heard.calls < calls {
            break;
        }
        most = calls;
    }
    let what = format!("calls short of {goal} at once without a late frame, of {most} reached");
    rows.push(Count::new(what, goal.saturating_sub(most), goal).exactly(0).into());
    Ok(rows)
}

fn of_times(what: &str, taken: &mut [Duration]) -> Spread {
    // All of them would be millions of lines in the file of figures.
    const KEPT: usize = 10_000;
    taken.sort_unstable();
    let step = taken.len().div_ceil(KEPT).max(1);
    let last = taken.last().copied();
    let mut kept: Vec<Duration> = taken.iter().step_by(step).copied().collect();
    kept.extend(last.filter(|_| step > 1));
    Spread::of_times(what, &kept)
}

fn of_one(what: &str, unit: &'static str, figure: f64) -> Spread {
    Spread::new(what, unit, vec![figure])
}
