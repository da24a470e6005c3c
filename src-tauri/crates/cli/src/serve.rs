//! `serve`, `voice-bridge` and `supervisor`: the services in this process until it is told to end.

#[cfg_attr(unix, path = "serve/unix.rs")]
#[cfg_attr(windows, path = "serve/windows.rs")]
mod signals;

use anyhow::Result;
use station::{OpenError, Options, Role, Running, Station, words};
use tracing::info;
use wire::ServiceName;

use crate::exit::Exit;
use crate::terminal::{complain, now};

pub(crate) async fn run(services: &[ServiceName], role: Role) -> Result<Exit> {
    // Before anything else, so that not even an early signal ends us without order.
    let mut signals = signals::Signals::listen()?;
    let station = match Station::open(Options { services: services.to_vec(), role }) {
        Ok(station) => station,
        Err(OpenError::AlreadyRunning { running }) => {
            complain(already_running(running.as_ref()))?;
            return Ok(Exit::AlreadyRunning);
        }
        Err(error @ (OpenError::Homeless | OpenError::Folder { .. })) => return Err(error.into()),
    };
    info!(signal = signals.next().await, "ending");
    station.close().await;
    info!("ended");
    Ok(Exit::Done)
}

fn already_running(running: Option<&Running>) -> String {
    let Some(Running { identity, since, role }) = running else {
        return "another xSwarm Voice has only just started.".to_owned();
    };
    let (what, how) = match role {
        Role::Tray => ("in the tray", "quit it from its tray menu"),
        Role::Serve => ("as `xswarm serve`", "end it in its terminal with Ctrl-C"),
        Role::Single => ("as a single service", "end it in its terminal with Ctrl-C"),
    };
    format!(
        "xSwarm Voice is already running {what}, as process {} for {}. `xswarm status` shows how it is; \
         to run it here, {how} first.",
        identity.pid,
        words::span(*since, now()),
    )
}
