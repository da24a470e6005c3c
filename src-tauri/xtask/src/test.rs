//! `cargo xtask test`: all tests, Rust, window and desktop, and one last line that counts them.

mod tally;

use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, ensure};

use crate::programs::{cargo, line_of, npm, succeed, target};
use crate::{prerequisites, window};
use tally::RustTests;
pub(crate) use tally::Tally;

/// Installs what tests take, runs them all, and prints `N passed, N failed, N skipped` as the last line.
pub(crate) fn run() -> Result<()> {
    prerequisites::for_the_app()?;
    prerequisites::for_tests()?;
    prerequisites::for_tests_of_sound()?;
    window::build()?;

    // Each half is told even if the other fails: the count is of all tests.
    let rust = rust_tests();
    let window = window_tests();
    let tally = settled(rust, "the Rust tests") + settled(window, "the window's tests");
    println!("{tally}");
    ensure!(tally.failed == 0, "not all tests passed");
    Ok(())
}

/// Tests that could not even be started are one failure: a count of none would look like success.
fn settled(tally: Result<Tally>, whose: &str) -> Tally {
    tally.unwrap_or_else(|error| {
        println!("{whose} did not run to the end: {error:#}");
        Tally { failed: 1, ..Tally::default() }
    })
}

/// All Rust tests, the desktop's among them: these skip themselves where a program they take is not there, and say so.
fn rust_tests() -> Result<Tally> {
    // What passing tests print has to be asked for: a test that skips itself passes in cargo's eyes.
    let mut command =
        cargo("test --workspace --no-fail-fast --color=always -- --show-output --color=always");
    let (output, succeeded) =
        told(&mut command, RustTests::default(), |tests, line| tests.hears(line))?;
    Ok(output.tally(succeeded))
}

/// The window's tests, by vitest; those in a browser are shown a real station.
fn window_tests() -> Result<Tally> {
    // As for the Rust tests, which have built it already: alone it would have other features, and most of it be built again.
    succeed(&mut cargo("test --quiet --workspace --no-run"))?;
    let xswarm = format!("debug/xswarm{}", std::env::consts::EXE_SUFFIX);
    let report = target().join("window-tests.json");
    // A report of an earlier run must not be counted as this one's.
    if report.exists() {
        std::fs::remove_file(&report)
            .with_context(|| format!("cannot remove {}", report.display()))?;
    }
    let mut command = npm("test -- --reporter=default --reporter=json");
    let status = command
        .arg(format!("--outputFile.json={}", report.display()))
        .env("XSWARM", target().join(xswarm))
        .status()
        .with_context(|| format!("cannot start `{}`", line_of(&command)))?;
    let report = std::fs::read_to_string(&report)
        .with_context(|| format!("cannot read {}", report.display()))?;
    let (tally, skipped) = tally::of_vitest(&report, status.success())?;
    for name in skipped {
        println!("SKIPPED {name}");
    }
    Ok(tally)
}

/// Runs it and shows those lines of its output for which `shown` says so.
fn told<Listener>(
    command: &mut Command,
    mut listener: Listener,
    shown: impl Fn(&mut Listener, &str) -> bool,
) -> Result<(Listener, bool)> {
    println!("$ {}", line_of(command));
    let mut child = command
        .stdout(Stdio::piped())
        .spawn()
        .with_context(|| format!("cannot start `{}`", line_of(command)))?;
    let output = child.stdout.take().context("its output is not there")?;
    for line in BufReader::new(output).split(b'\n') {
        let line = line.context("cannot read its output")?;
        let line = String::from_utf8_lossy(&line);
        if shown(&mut listener, &line) {
            println!("{line}");
        }
    }
    Ok((listener, child.wait()?.success()))
}
