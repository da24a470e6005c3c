//! What the app costs beside a tray app that does nothing, and how large what people download is. The former is measured by
//! the app's own bench on a desktop; here it is held against its goals.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, ensure};
use serde::Deserialize;

use crate::figures::{Count, Row, Spread, Table};

/// What the app's bench writes down: times in milliseconds, memory in MiB, use of a core in percent.
#[derive(Deserialize)]
struct Figures {
    starts: Starts,
    rest: Rest,
    window: Window,
}

/// From the start of the process.
#[derive(Deserialize)]
struct Starts {
    /// To the icon of the app that does nothing.
    bare: Vec<f64>,
    /// To our icon.
    app: Vec<f64>,
    /// To both ports, in the same starts.
    proven: Vec<f64>,
    /// To our icon, where another program holds a port.
    blocked: Vec<f64>,
}

#[derive(Deserialize)]
struct Rest {
    app: f64,
    bare: f64,
    app_cpu: f64,
    bare_cpu: f64,
}

#[derive(Deserialize)]
struct Window {
    shown: Vec<f64>,
    open: Vec<f64>,
    closed: Vec<f64>,
}

pub(crate) fn tables(measured: &Path, ui: &Path, packages: &Path) -> Result<Vec<Table>> {
    let text = fs::read_to_string(measured)
        .with_context(|| format!("cannot read {}", measured.display()))?;
    let Figures { starts, rest, window } = serde_json::from_str(&text)?;
    let last = *window.closed.last().context("no window was closed")?;
    let memory = vec![
        one("private memory of a tray app that does nothing", "MiB", rest.bare).into(),
        one("private memory of ours, no window opened yet", "MiB", rest.app).into(),
        one("that, by the former", "×", rest.app / rest.bare).at_most("mean", 1.15).into(),
        Spread::new("the same while the window is open", "MiB", window.open).into(),
        Spread::new("the same after the window was closed again", "MiB", window.closed).into(),
        one("that, after the last time, by the app that does nothing", "×", last / rest.bare)
            .at_most("mean", 1.15)
            .into(),
        one("CPU at rest, of a core", "%", rest.app_cpu).at_most("mean", 0.1).into(),
        one("CPU of the app that does nothing", "%", rest.bare_cpu).into(),
    ];
    let shown = Spread::new("from the click to the window on the screen", "ms", window.shown);
    Ok(vec![
        icon(starts),
        Table::new("Its rest, on a desktop without anything else", memory),
        Table::new("Its window", vec![shown.at_most("max", 600.0).into()]),
        Table::new("What people download", sizes(ui, packages)?),
    ])
}

fn icon(Starts { bare, app, proven, blocked }: Starts) -> Table {
    let in_time = app.iter().zip(&proven).filter(|(icon, ports)| ports <= icon).count();
    let of = app.len();
    let [usual, ours, delayed] = [&bare, &app, &blocked].map(|times| median(times));
    let rows = vec![
        Spread::new("the icon of a tray app that does nothing", "ms", bare).into(),
        Spread::new("ours", "ms", app).into(),
        one("its median, by that of the former", "×", ours / usual).at_most("mean", 1.3).into(),
        Spread::new("both ports proven", "ms", proven).into(),
        Count::new("before the icon was there", in_time, of).exactly(of).into(),
        Spread::new("our icon, where another program holds a port", "ms", blocked).into(),
        one("its median, by that without such a program", "×", delayed / ours)
            .at_most("mean", 1.1)
            .into(),
    ];
    Table::new("From the start of the process", rows)
}

fn sizes(ui: &Path, packages: &Path) -> Result<Vec<Row>> {
    let mut rows = vec![
        one("the window's files, gzipped", "KiB", gzipped(ui)? / 1024.0)
            .at_most("mean", 150.0)
            .into(),
    ];
    for package in files(packages) {
        let name = package.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let size = fs::metadata(&package)?.len() as f64 / 1024.0 / 1024.0;
        rows.push(one(&name, "MiB", size).at_most("mean", 15.0).into());
    }
    if rows.len() == 1 {
        let why = "`cargo xtask package` makes them".to_owned();
        rows.push(Row::Skipped { what: "the packages".to_owned(), why });
    }
    Ok(rows)
}

/// How many bytes are left of all files in a folder, each compressed for itself.
fn gzipped(folder: &Path) -> Result<f64> {
    let mut bytes = 0;
    for file in files(folder) {
        let mut gzip = Command::new("gzip");
        let output = gzip.args(["-9", "-c"]).arg(&file).stderr(Stdio::inherit()).output()?;
        ensure!(output.status.success(), "gzip fails on {}", file.display());
        bytes += output.stdout.len();
    }
    ensure!(bytes > 0, "there is no window in {}", folder.display());
    Ok(bytes as f64)
}

/// All files at and below a folder; none if it isn't there.
fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let mut found = Vec::new();
    for path in entries.map(|entry| entry.path()) {
        if path.is_dir() { found.extend(files(&path)) } else { found.push(path) }
    }
    found.sort();
    found
}

fn one(what: &str, unit: &'static str, measured: f64) -> Spread {
    Spread::new(what, unit, vec![measured])
}

fn median(times: &[f64]) -> f64 {
    let mut times = times.to_vec();
    times.sort_by(f64::total_cmp);
    times.get(times.len().saturating_sub(1) / 2).copied().unwrap_or(f64::NAN)
}
