//! `token`: the token that port 9999 asks for.

use anyhow::{Context, Result, bail};
use station::{Access, Conversation};
use wire::protocol::{Command, Message};

use crate::choice::one_of;
use crate::exit::Exit;
use crate::status::settings;
use crate::terminal::say;

#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// Make another one. Whoever uses the one before is sent away at once.
    #[arg(long)]
    new: bool,
    /// What it allows.
    #[arg(long, default_value = "control", value_parser = one_of::<Access>())]
    role: Access,
}

pub(crate) async fn run(Arguments { new, role }: Arguments) -> Result<Exit> {
    if new {
        renew(role).await?;
    }
    say(station::access_token(role).context("the token cannot be read")?)?;
    Ok(Exit::Done)
}

/// Whoever runs must know of it, or it would go on to let the one before in.
async fn renew(role: Access) -> Result<()> {
    if let Some(mut conversation) = Conversation::with_whoever_runs(&settings()?).await? {
        let answer = conversation.ask(&Command::RenewToken { role }).await?;
        if let Message::Error { message, .. } = answer {
            bail!("{message}");
        }
        return Ok(());
    }
    station::renew_token(role).context("the token cannot be renewed")?;
    Ok(())
}
