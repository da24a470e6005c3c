//! `cargo xtask bench`: how quick and how small the station without a window is, in release. The figures go to the
//! terminal and to `target/bench.json`.

mod figures;
mod station;
mod zombie;

pub(crate) use zombie::hold;

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use serde_json::{Value, json};

use crate::programs::{cargo, output, program, succeed, target, top};
use figures::{Figures, backoff_waits};
use station::Station;
use zombie::Zombie;

const STARTS: usize = 20;
const ZOMBIES: usize = 20;
const REBINDS: usize = 100;
const MEASURED_FOR_MEMORY: usize = 5;
/// How long nothing may be logged before a station counts as idle.
const IDLE: Duration = Duration::from_secs(2);

/// Builds the station in release, measures, prints and writes.
pub(crate) fn run() -> Result<()> {
    if std::env::consts::OS != "linux" {
        bail!("the figures are taken on Linux, where /proc tells them");
    }
    succeed(&mut cargo("build --release --package xswarm"))?;
    let xswarm = target().join("release/xswarm");

    let [resident, share] = memory(&xswarm)?;
    let figures = [
        both_ports_proven(&xswarm)?,
        zombie_named(&xswarm)?,
        rebound(&xswarm)?,
        backoff_waits(),
        resident,
        share,
    ];
    for figures in &figures {
        println!("{figures}");
    }
    let file = target().join("bench.json");
    let all = json!({
        "date": output(&mut program("date", ["-u", "+%Y-%m-%dT%H:%M:%SZ"]))?.trim(),
        "commit": output(&mut program("git", ["rev-parse", "HEAD"])).unwrap_or_default().trim(),
        "machine": machine(),
        "figures": figures.iter().map(Figures::as_json).collect::<Vec<_>>(),
    });
    fs::write(&file, serde_json::to_string_pretty(&all)?)
        .with_context(|| format!("cannot write {}", file.display()))?;
    println!("written to {}", file.strip_prefix(top()).unwrap_or(&file).display());
    Ok(())
}

fn both_ports_proven(xswarm: &Path) -> Result<Figures> {
    let mut taken = Vec::new();
    for _ in 0..STARTS {
        let mut station = Station::start(xswarm)?;
        let first = station.until_listening()?;
        let second = station.until_listening()?;
        taken.push(first.max(second) - station.started);
    }
    Ok(Figures::of_times("start of the process until both ports are proven", taken)
        .at_most("p50", 100.0))
}

fn zombie_named(xswarm: &Path) -> Result<Figures> {
    let mut taken = Vec::new();
    for _ in 0..ZOMBIES {
        let zombie = Zombie::on_a_free_port()?;
        let mut station = Station::start_on(xswarm, zombie.port)?;
        taken.push(station.until_named(&zombie)? - station.started);
    }
    Ok(Figures::of_times("start of the process until a zombie on the port is named", taken)
        .at_most("max", 1000.0))
}

fn rebound(xswarm: &Path) -> Result<Figures> {
    let mut taken = Vec::new();
    for _ in 0..REBINDS {
        let mut zombie = Zombie::on_a_free_port()?;
        let mut station = Station::start_on(xswarm, zombie.port)?;
        station.until_named(&zombie)?;
        // The supervisor's port is free and proven first; what comes next is the voice bridge.
        station.until_listening()?;
        let killed = Instant::now();
        zombie.kill()?;
        taken.push(station.until_listening()? - killed);
    }
    Ok(Figures::of_times("SIGKILL of the holder until our own port is proven", taken)
        .at_most("p50", 2.0))
}

/// What is resident, and what of that is the station's own share: libraries are divided among those who use them.
fn memory(xswarm: &Path) -> Result<[Figures; 2]> {
    let (mut resident, mut share) = (Vec::new(), Vec::new());
    for _ in 0..MEASURED_FOR_MEMORY {
        let mut station = Station::start(xswarm)?;
        station.until_listening()?;
        station.until_listening()?;
        station.until_quiet_for(IDLE)?;
        resident.push(station.mebibytes("status", "VmRSS:")?);
        share.push(station.mebibytes("smaps_rollup", "Pss:")?);
    }
    Ok([
        Figures::of_sizes("memory of the idle station (VmRSS)", resident).at_most("mean", 20.0),
        Figures::of_sizes("the same, shared libraries by share (Pss)", share),
    ])
}

fn machine() -> Value {
    let first = |file: &str, key: &str| {
        let text = fs::read_to_string(file).unwrap_or_default();
        let line = text.lines().find_map(|line| line.strip_prefix(key)).unwrap_or_default();
        line.trim_start_matches([':', ' ', '\t']).trim().to_owned()
    };
    json!({
        "cores": std::thread::available_parallelism().map_or(0, usize::from),
        "processor": first("/proc/cpuinfo", "model name"),
        "kernel": first("/proc/sys/kernel/osrelease", ""),
        "memory": first("/proc/meminfo", "MemTotal"),
    })
}
