//! `doctor`: one report of everything that matters when something is wrong, and what to do about it.

use anyhow::Result;
use station::doctor::Report;
use station::{Access, Conversation, Running, Settings};
use wire::Snapshot;

use crate::exit::Exit;
use crate::status::settings;
use crate::terminal::{now, say, say_json};

const ABOUT: &str = "\
It asks the xSwarm Voice that runs, and looks from outside where none answers. It ends nobody.

A voice model that is set to answer calls and can't be had isn't well, nor is a service that is switched off.

Whom xSwarm Voice turned away within the last hour is told with what would mend it; a port that is crowded isn't well.

Exit codes: 0 all is well; 1 something needs to be done, and what is said.";

#[derive(Debug, clap::Args)]
#[command(after_help = ABOUT)]
pub(crate) struct Arguments {
    /// Print JSON with the same content.
    #[arg(long)]
    json: bool,
}

pub(crate) async fn run(arguments: Arguments) -> Result<Exit> {
    let running = station::running();
    let told = match &running {
        Some(running) => ask(&settings()?, running).await.map_err(|error| format!("{error:#}")),
        None => Ok(None),
    };
    let report = Report::draw_up(running, told).await?;
    if arguments.json {
        say_json(&serde_json::to_string_pretty(&report)?)?;
    } else {
        for line in report.lines(now()) {
            say(line)?;
        }
    }
    Ok(if report.findings.is_empty() { Exit::Done } else { Exit::Error })
}

async fn ask(settings: &Settings, running: &Running) -> Result<Option<Snapshot>> {
    match Conversation::with_process(settings, &running.identity, Access::Control).await {
        Ok(Some(mut conversation)) => Ok(Some(conversation.status().await?)),
        untold => match station::glance().await {
            None => Ok(untold.map(|_| None)?),
            told => Ok(told),
        },
    }
}
