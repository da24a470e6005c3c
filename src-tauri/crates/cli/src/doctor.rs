//! `doctor`: one report of everything that matters when something is wrong, and what to do about it.

mod findings;
mod report;
#[cfg_attr(unix, path = "doctor/unix.rs")]
#[cfg_attr(windows, path = "doctor/windows.rs")]
mod system;
mod text;

use anyhow::Result;

use crate::exit::Exit;
use crate::terminal::{now, say};
use report::Report;

const ABOUT: &str = "\
It asks the xSwarm Voice that runs, and looks from outside where none answers. It ends nobody.

Exit codes: 0 all is well; 1 something needs to be done, and what is said.";

#[derive(Debug, clap::Args)]
#[command(after_help = ABOUT)]
pub(crate) struct Arguments {
    /// Print JSON with the same content.
    #[arg(long)]
    json: bool,
}

pub(crate) async fn run(arguments: Arguments) -> Result<Exit> {
    let report = Report::draw_up().await?;
    if arguments.json {
        say(serde_json::to_string_pretty(&report)?)?;
    } else {
        for line in text::lines(&report, now()) {
            say(line)?;
        }
    }
    Ok(if report.findings.is_empty() { Exit::Done } else { Exit::Error })
}
