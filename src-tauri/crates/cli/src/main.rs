//! xSwarm Voice without a window, and the commands that talk to a running one.

mod arguments;
mod call;
mod check;
mod choice;
mod doctor;
mod engine;
mod exit;
mod free;
mod handbook;
mod logging;
mod monitor;
mod orders;
mod serve;
mod status;
mod terminal;
mod token;
mod twiml;

use std::process::ExitCode;

use clap::Parser;

use arguments::Arguments;
use exit::Exit;

fn main() -> ExitCode {
    // Nothing of ours is to be begun in a process that only stands between us and a program.
    if let Some(exit) = station::guard_if_asked() {
        return exit;
    }
    match Arguments::parse().run() {
        Ok(exit) => exit.into(),
        Err(error) => Exit::of(&error).into(),
    }
}
