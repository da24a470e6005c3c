//! `start`, `stop`, `restart`, `hang-up` and `stop-speech`: orders for the xSwarm Voice that runs.

use anyhow::Result;
use station::{Conversation, words};
use wire::ServiceName;
use wire::protocol::{Command, Message};

use crate::exit::Exit;
use crate::status::settings;
use crate::steer::silenced;
use crate::terminal::{complain, now, say};

/// What `--help` says of how an order ends.
const HELP: &str = "Exit codes: 0 done; 3 no xSwarm Voice answers; 8 it was not carried out.";

#[derive(Debug, clap::Args)]
#[command(after_help = HELP)]
pub(crate) struct OfService {
    /// Which, for instance `voice-bridge`.
    #[arg(value_parser = |name: &str| name.replace('-', "_").parse::<ServiceName>())]
    pub(crate) service: ServiceName,
}

#[derive(Debug, clap::Args)]
#[command(after_help = HELP)]
pub(crate) struct HangUp {
    /// The call's number.
    pub(crate) call: u64,
}

#[derive(Debug, clap::Args)]
#[command(after_help = HELP)]
pub(crate) struct StopSpeech {
    /// Only what is being said in this call.
    #[arg(long, value_name = "ID")]
    pub(crate) call: Option<u64>,
}

/// Gives an order, and tells what came of it.
pub(crate) async fn give(order: impl Into<Command>) -> Result<Exit> {
    let Some(mut conversation) = Conversation::with_whoever_runs(&settings()?).await? else {
        complain("No xSwarm Voice answers. `xswarm status` tells why.")?;
        return Ok(Exit::NoAnswer);
    };
    let label = conversation.say(&order.into()).await?;
    let (said, exit) = match conversation.answer(label).await? {
        Some(Message::Outcome(outcome)) => (words::outcome(&outcome, now()), Exit::Done),
        Some(Message::HungUp { call }) => (format!("Hung up call {call}."), Exit::Done),
        Some(Message::SpeechStopped { stopped }) => (silenced(stopped), Exit::Done),
        Some(Message::Failure(failure)) => (words::failure(&failure, now()), Exit::NotDone),
        Some(Message::Error { message, .. }) => (format!("Not done: {message}."), Exit::NotDone),
        Some(_) | None => {
            let ended = "xSwarm Voice has ended; what became of the order is not known.";
            (ended.to_owned(), Exit::NotDone)
        }
    };
    say(said)?;
    Ok(exit)
}
