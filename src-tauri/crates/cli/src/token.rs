//! `token`: the token that port 9999 asks for.

use anyhow::{Context, Result, bail};
use serde_json::json;
use station::{Access, Conversation};

use crate::exit::Exit;
use crate::status::settings;
use crate::terminal::say;

#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// Make another one. Whoever uses the one before is sent away at once.
    #[arg(long)]
    new: bool,
    /// What it allows.
    #[arg(long, value_enum, default_value_t = Role::Control)]
    role: Role,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Role {
    /// To watch.
    Observe,
    /// To watch and to steer.
    Control,
}

impl Role {
    fn access(self) -> Access {
        match self {
            Self::Observe => Access::Observe,
            Self::Control => Access::Control,
        }
    }
}

pub(crate) async fn run(Arguments { new, role }: Arguments) -> Result<Exit> {
    let access = role.access();
    if new {
        renew(access).await?;
    }
    say(station::access_token(access).context("the token cannot be read")?)?;
    Ok(Exit::Done)
}

/// Whoever runs must know of it, or it would go on to let the one before in.
async fn renew(access: Access) -> Result<()> {
    if let Some(mut conversation) = Conversation::with_whoever_runs(&settings()?).await? {
        let answer = conversation.ask(json!({"type": "renew_token", "role": access})).await?;
        if answer["type"] != "token_renewed" {
            bail!("{}", answer["message"].as_str().unwrap_or("the token was not renewed"));
        }
        return Ok(());
    }
    station::renew_token(access).context("the token cannot be renewed")?;
    Ok(())
}
