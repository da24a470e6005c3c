//! `status`: how the services and their ports are.

use std::time::Duration;

use anyhow::{Context, Result};
use serde_json::{Value, json};
use station::view::{View, seen};
use station::{Conversation, Settings, Sight, folders, words};
use tokio::time::sleep;
use tracing::warn;
use wire::{ServiceName, Snapshot};

use crate::exit::Exit;
use crate::terminal::{now, say, say_json};

/// How often to look for somebody to follow while nobody is there.
const LOOK_AGAIN: Duration = Duration::from_secs(1);

#[derive(Debug, clap::Args)]
#[command(
    after_help = "Exit codes: 0 an xSwarm Voice answered; 3 none did, and the ports were looked at from outside."
)]
pub(crate) struct Arguments {
    /// Print JSON: the snapshot, or what the ports look like if no xSwarm Voice answers.
    #[arg(long)]
    json: bool,
    /// Print every change until Ctrl-C; with --json, one line for each.
    #[arg(long)]
    watch: bool,
}

/// How everything is, for people and for programs.
#[derive(Clone, Debug, PartialEq)]
struct Picture {
    /// Not counted as a change while watching.
    headline: String,
    lines: Vec<String>,
    json: Value,
}

pub(crate) async fn run(arguments: Arguments) -> Result<Exit> {
    let settings = settings()?;
    if arguments.watch {
        return watch(&settings, arguments.json).await;
    }
    if let Some(mut conversation) = Conversation::with_whoever_runs(&settings).await? {
        Picture::of(&conversation.status().await?).print(arguments.json)?;
        return Ok(Exit::Done);
    }
    Picture::from_outside(&settings).await.print(arguments.json)?;
    Ok(Exit::NoAnswer)
}

/// The settings in force. A bad file is told of, and the defaults are used, as the services do.
pub(crate) fn settings() -> Result<Settings> {
    let folder = folders::config().context("the system names no home folder; set XSWARM_HOME")?;
    Ok(Settings::load(&folder).unwrap_or_else(|unreadable| {
        warn!(%unreadable, "bad settings, using the defaults");
        Settings::default()
    }))
}

async fn watch(settings: &Settings, json: bool) -> Result<Exit> {
    let mut last = None;
    loop {
        if let Some(mut conversation) = Conversation::with_whoever_runs(settings).await? {
            conversation.subscribe(&["status"]).await?;
            while let Some(snapshot) = conversation.next_status().await? {
                Picture::of(&snapshot).print_change(json, &mut last)?;
            }
        }
        Picture::from_outside(settings).await.print_change(json, &mut last)?;
        sleep(LOOK_AGAIN).await;
    }
}

impl Picture {
    fn of(snapshot: &Snapshot) -> Self {
        let now = now();
        let headline = format!(
            "xSwarm Voice {}, process {}, running for {}",
            snapshot.version,
            snapshot.pid,
            words::span(snapshot.started, now)
        );
        let mut lines = Vec::new();
        for service in &snapshot.services {
            lines.push(words::service(service, now));
            lines.extend(
                words::companions(service, now).into_iter().map(|line| format!("  {line}")),
            );
        }
        lines.extend(snapshot.services.iter().flat_map(words::advice));
        lines.push(format!("Calls: {}", words::calls(&snapshot.calls)));
        lines.extend(snapshot.calls.iter().map(|call| format!("  {}", words::call(call, now))));
        lines.extend(snapshot.notes.iter().map(words::note));
        Self { headline, lines, json: json!(snapshot) }
    }

    /// What can be seen when nobody answers.
    async fn from_outside(settings: &Settings) -> Self {
        let running = station::running();
        let headline = match &running {
            None => "No xSwarm Voice is running.".to_owned(),
            Some(running) => {
                let (pid, port) = (running.identity.pid, settings.supervisor.address.port());
                format!(
                    "xSwarm Voice is running as process {pid}, but does not answer on port {port}."
                )
            }
        };
        let mut lines = Vec::new();
        let mut ports = Vec::new();
        for service in ServiceName::ALL {
            let views = View::of(service, settings).await;
            let Some((first, others)) = views.split_first() else { continue };
            lines.push(format!(
                "{service}: port {} {}",
                first.address.port(),
                seen(&first.sight, now())
            ));
            let in_use = others.iter().filter(|view| matches!(view.sight, Sight::InUse(_)));
            lines.extend(
                in_use.map(|view| format!("  {} {}", view.address, seen(&view.sight, now()))),
            );
            lines.extend(
                views.iter().filter_map(View::cause).filter_map(words::command).map(words::more),
            );
            ports.push(View::json_of(service, &views));
        }
        let json =
            json!({ "running": running.map(|running| running.identity.pid), "ports": ports });
        Self { headline, lines, json }
    }

    fn print(&self, json: bool) -> Result<()> {
        if json {
            say_json(&serde_json::to_string_pretty(&self.json)?)?;
            return Ok(());
        }
        say(&self.headline)?;
        for line in &self.lines {
            say(line)?;
        }
        Ok(())
    }

    fn print_change(self, json: bool, last: &mut Option<Self>) -> Result<()> {
        if json && last.as_ref().is_none_or(|last| last.json != self.json) {
            say_json(&self.json.to_string())?;
        }
        if !json && last.as_ref().is_none_or(|last| last.lines != self.lines) {
            if last.is_some() {
                say("")?;
            }
            self.print(false)?;
        }
        *last = Some(self);
        Ok(())
    }
}
