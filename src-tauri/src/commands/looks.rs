//! What the window shows besides the snapshot: the log and the report.

use std::time::SystemTime;

use station::{doctor, folders};
use wire::Failure;
use wire::window::Report;

use super::failure;
use crate::{Shell, logging};

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
