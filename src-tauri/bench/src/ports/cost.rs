//! What it costs to prove the ports again and again, and what it costs to do nothing.

use std::fs;
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};

use crate::chance::pass;
use crate::figures::{Row, Spread, Table};
use crate::place::Place;
use crate::station::{Station, Wish};

/// How often a station proves its ports as it is delivered.
const USUALLY_EVERY: Duration = Duration::from_secs(5);
/// How often it does so here, to have something to measure.
const HERE_EVERY: Duration = Duration::from_millis(50);
/// Both services, on both loopback addresses.
const ADDRESSES: u64 = 4;

const MEASURED_FOR: Duration = Duration::from_secs(30);
const IDLE_FOR: Duration = Duration::from_secs(60);
const LOOKS_BY_TOOL: u32 = 100;

pub(super) fn table(place: &Place) -> Result<Table> {
    let busy = Wish { proof_interval: Some(HERE_EVERY), ..Wish::default() };
    let station = Station::proven(place, &busy)?;
    let connections = taken_connections()?;
    let used = used_within(&station, MEASURED_FOR)?;
    let expected = (MEASURED_FOR.as_secs_f64() / HERE_EVERY.as_secs_f64()) as u64;
    // Each proof connects to each address. Connections of others must not make proofs look cheaper than they are.
    let proofs = ((taken_connections()? - connections) / ADDRESSES).min(expected * 11 / 10);
    ensure!(proofs > expected / 2, "only {proofs} proofs were made of some {expected}");
    drop(station);
    let proof = used.as_secs_f64() / proofs as f64;

    let station = Station::proven(place, &Wish::default())?;
    let idle = used_within(&station, IDLE_FOR)?.as_secs_f64() / IDLE_FOR.as_secs_f64();

    let rows = vec![
        of_one(format!("CPU time of one proof of {ADDRESSES} addresses"), "ms", proof * 1000.0)
            .into(),
        of_one("the same every 5 s, of a core", "%", 100.0 * proof / USUALLY_EVERY.as_secs_f64())
            .at_most("mean", 0.05)
            .into(),
        look_by_tool()?,
        of_one("all CPU time of an idle station, of a core", "%", 100.0 * idle)
            .at_most("mean", 0.1)
            .into(),
    ];
    let title = format!(
        "What it costs: {proofs} proofs in {} s, then {} s of nothing",
        MEASURED_FOR.as_secs(),
        IDLE_FOR.as_secs()
    );
    Ok(Table::new(title, rows))
}

fn of_one(what: impl Into<String>, unit: &'static str, figure: f64) -> Spread {
    Spread::new(what, unit, vec![figure])
}

fn used_within(station: &Station, time: Duration) -> Result<Duration> {
    let (before, began) = (cpu_time(&station.pid().to_string(), OWN)?, Instant::now());
    pass(time);
    let used = cpu_time(&station.pid().to_string(), OWN)? - before;
    Ok(used.mul_f64(time.as_secs_f64() / began.elapsed().as_secs_f64()))
}

/// What it would cost to have one address looked at by a tool, which does not even try to connect.
fn look_by_tool() -> Result<Row> {
    let what = "CPU time of one `ss -ltnH sport = :9998`";
    let before = cpu_time("self", OF_CHILDREN)?;
    for _ in 0..LOOKS_BY_TOOL {
        if Command::new("ss").args(["-ltnH", "sport", "=", ":9998"]).output().is_err() {
            return Ok(Row::Skipped {
                what: what.to_owned(),
                why: "ss is not installed".to_owned(),
            });
        }
    }
    let used = cpu_time("self", OF_CHILDREN)? - before;
    Ok(of_one(what, "ms", used.as_secs_f64() * 1000.0 / f64::from(LOOKS_BY_TOOL)).into())
}

/// Where `/proc/PID/stat` tells of CPU time in user and in kernel mode, counted from the state of the process on.
const OWN: usize = 11;
/// The same of children that have ended and were waited for.
const OF_CHILDREN: usize = 13;
/// The unit of those times, on every Linux that matters.
const TICK: Duration = Duration::from_millis(10);

/// The CPU time that this process has used so far.
pub(crate) fn cpu_time_of(pid: u32) -> Result<Duration> {
    cpu_time(&pid.to_string(), OWN)
}

fn cpu_time(process: &str, at: usize) -> Result<Duration> {
    let path = format!("/proc/{process}/stat");
    let text = fs::read_to_string(&path).with_context(|| format!("cannot read {path}"))?;
    // The name before it is in parentheses, and may hold anything.
    let (_, rest) = text.rsplit_once(')').context("it has no name")?;
    let ticks = rest.split_whitespace().skip(at).take(2).map(str::parse::<u32>);
    Ok(TICK * ticks.sum::<Result<u32, _>>()?)
}

/// How many connections this machine has taken since it started.
fn taken_connections() -> Result<u64> {
    let text = fs::read_to_string("/proc/net/snmp")?;
    let mut tcp = text.lines().filter_map(|line| line.strip_prefix("Tcp: "));
    let (names, figures) = (tcp.next().context("no names")?, tcp.next().context("no figures")?);
    let at = names.split(' ').position(|name| name == "PassiveOpens").context("no such figure")?;
    figures.split(' ').nth(at).context("too few figures")?.parse().context("no number")
}
