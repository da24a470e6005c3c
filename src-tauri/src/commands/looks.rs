//! What the window shows besides the snapshot: the log, the report, and whether this is the first run.

use std::time::SystemTime;

use serde::Serialize;
use station::{doctor, folders, welcome};
use wire::Failure;

use super::failure;
use crate::{Shell, logging};

/// The report, to be read and to be copied.
#[derive(Serialize)]
pub(super) struct Report {
    /// What needs to be done; nothing if all is well.
    findings: Vec<String>,
    /// All of it, line by line.
    lines: Vec<String>,
}

pub(super) fn open_logs() -> Result<(), Failure> {
    let folder = folders::needed(logging::folder()).map_err(failure)?;
    open::that_detached(folder).map_err(failure)
}

pub(super) async fn report(shell: &Shell) -> Result<Report, Failure> {
    let snapshot = shell.snapshots.borrow().clone();
    let report = doctor::Report::draw_up(station::running(), Ok(Some(snapshot))).await;
    let report = report.map_err(failure)?;
    let lines = report.lines(SystemTime::now().into());
    Ok(Report { findings: report.findings, lines })
}

pub(super) fn is_first_run() -> bool {
    welcome::is_first_run()
}

pub(super) fn was_welcomed() -> Result<(), Failure> {
    welcome::was_welcomed().map_err(failure)
}
