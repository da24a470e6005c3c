//! `serve`, `voice-bridge` and `supervisor`: the services in this process until it is told to end.

#[cfg_attr(unix, path = "serve/unix.rs")]
#[cfg_attr(windows, path = "serve/windows.rs")]
pub(crate) mod signals;

use std::net::TcpListener;

use anyhow::{Result, bail};
use station::services::Row;
use station::{Journal, OpenError, Options, Role, Running, Station, words};
use tracing::info;

use crate::exit::Exit;
use crate::terminal::{complain, now};

#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// Take the ports over from the xSwarm Voice that runs, with the connections that wait in them: nobody is refused,
    /// and that one ends. One that can't hand them over, as on Windows, is asked to quit; one that does not answer is ended.
    #[arg(long)]
    take_over: bool,
}

/// Runs the services until they are told to end, at first with the listeners that we were started with.
pub(crate) async fn run(
    services: Vec<Row>,
    role: Role,
    arguments: Arguments,
    mut adopted: Vec<TcpListener>,
    journal: Journal,
) -> Result<Exit> {
    // Before anything else, so that not even an early signal ends us without order.
    let mut signals = signals::Signals::listen()?;
    if arguments.take_over {
        match Station::take_over().await {
            Ok(handed) => adopted.extend(handed),
            Err(failure) => bail!(
                "the xSwarm Voice that runs does not hand over its ports. {}",
                words::failure(&failure, now())
            ),
        }
    }
    let station = match Station::open(Options { services, role, adopted, journal }) {
        Ok(station) => station,
        Err(OpenError::AlreadyRunning { running }) => {
            complain(already_running(running.as_ref()))?;
            return Ok(Exit::AlreadyRunning);
        }
        Err(error @ (OpenError::Homeless | OpenError::Folder { .. })) => return Err(error.into()),
    };
    tokio::select! {
        signal = signals.next() => info!(signal, "ending"),
        farewell = station.farewell() => info!("ending, for {farewell}"),
    }
    station.close().await;
    info!("ended");
    Ok(Exit::Done)
}

fn already_running(running: Option<&Running>) -> String {
    let Some(Running { identity, since, role }) = running else {
        return "another xSwarm Voice has only just started.".to_owned();
    };
    let what = words::as_what(*role);
    let how = match role {
        Role::Tray => "quit it from its tray menu",
        Role::Serve | Role::Single => "end it in its terminal with Ctrl-C",
    };
    format!(
        "xSwarm Voice is already running {what}, as process {} for {}. `xswarm status` shows how it is; \
         to run it here, {how} first, or add --take-over.",
        identity.pid,
        words::span(*since, now()),
    )
}
