//! `engine check`: which servers of speech models this machine can run, and what is missing for each.

use anyhow::Result;
use wire::{KnownServer, ServerCheck};

use crate::exit::Exit;
use crate::terminal::{complain, say, say_json};

#[derive(Debug, clap::Args)]
#[command(after_help = "It starts and installs nothing.\n\
                  Exit codes: 0 nothing is missing for the server, or for one of them; 1 something is, and what is said.")]
pub(crate) struct Arguments {
    /// Only this server, by its name in the settings, for instance `kyutai_python` [default: all that are known].
    server: Option<String>,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

pub(crate) async fn run(Arguments { server, json }: Arguments) -> Result<Exit> {
    let servers = match server {
        None => station::known_servers().await,
        Some(id) => match station::known_server(&id.replace('-', "_")).await {
            Some(server) => vec![server],
            None => {
                complain(format!("No server is known as {id}; `xswarm engine check` lists all."))?;
                return Ok(Exit::Error);
            }
        },
    };
    if json {
        say_json(&serde_json::to_string_pretty(&servers)?)?;
    } else {
        servers.iter().try_for_each(tell)?;
    }
    let can_run = servers.iter().any(|server| server.is_ready);
    Ok(if can_run { Exit::Done } else { Exit::Error })
}

fn tell(server: &KnownServer) -> std::io::Result<()> {
    let KnownServer { id, title, about, checks, sentence, command, url, is_ready, .. } = server;
    say(format!("{title} ({id}): {sentence}"))?;
    say(format!("  {about}"))?;
    for ServerCheck { word, sentence, cure, command, .. } in checks {
        let cure = cure.as_ref().map(|cure| format!(" {cure}")).unwrap_or_default();
        say(format!("  {word:<9} {sentence}{cure}"))?;
        if let Some(command) = command {
            say(format!("              {command}"))?;
        }
    }
    if *is_ready {
        say(format!("  started by  {}", command.join(" ")))?;
        if let Some(folder) = &server.folder {
            say(format!("  in          {folder}"))?;
        }
        say(format!("  then at     {url}"))?;
        say("  or by xSwarm Voice, with these lines at the end of its settings:")?;
        server.settings.lines().try_for_each(|line| say(format!("              {line}")))?;
    }
    say("")
}
