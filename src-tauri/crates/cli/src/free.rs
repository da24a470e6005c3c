//! `free`: shows who holds a port, asks, ends them, and makes sure that the port is free.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use anyhow::Result;
use station::{Settings, Sight, words};
use wire::{Cause, Holder, Identity, ServiceName};

use crate::exit::Exit;
use crate::status::{seen, settings};
use crate::terminal::{agrees_to, can_ask, now, say};

const RULES: &str = "\
Without --yes it asks first, and without a terminal to ask at it ends nobody.
It never ends xSwarm Voice itself, programs of the system or of other users, or what started it.

Exit codes: 0 the port is free, or with --dry-run could be freed; 5 it was not freed, and why is said.";

#[derive(Debug, clap::Args)]
#[command(after_help = RULES)]
pub(crate) struct Arguments {
    /// The port, for instance 9998.
    #[arg(value_parser = clap::value_parser!(u16).range(1..))]
    port: u16,
    /// Agree beforehand to the end of whoever is shown.
    #[arg(long)]
    yes: bool,
    /// Show who would be ended, and end nobody.
    #[arg(long)]
    dry_run: bool,
}

pub(crate) async fn run(arguments: Arguments) -> Result<Exit> {
    let Arguments { port, .. } = arguments;
    let address = address_of(&settings()?, port);
    let sight = station::look(address).await;
    let holders = match &sight {
        Sight::Free => {
            say(format_args!("Port {port} is free."))?;
            return Ok(Exit::Done);
        }
        Sight::InUse(cause @ Cause::Held { holders }) if !cause.holders().is_empty() => holders,
        Sight::InUse(_) | Sight::Refused(_) => {
            say(format_args!("Port {port} {}. Nothing can be ended from here.", seen(&sight)))?;
            return Ok(Exit::NotFreed);
        }
    };
    show(port, holders)?;
    for holder in holders {
        if let Some(guard) = holder.guard {
            say(format_args!("{} will not be ended: {guard}.", words::name(holder)))?;
        }
    }
    if holders.iter().any(|holder| holder.guard.is_some()) {
        return Ok(Exit::NotFreed);
    }
    if arguments.dry_run {
        say(format_args!(
            "Without --dry-run, {} would be ended. Nothing was done.",
            names(holders)
        ))?;
        return Ok(Exit::Done);
    }
    if !is_confirmed(&arguments, holders)? {
        say("Nothing was ended.")?;
        return Ok(Exit::NotFreed);
    }
    end(address, holders).await
}

/// Where a service of ours listens on that port, else the port on this machine.
fn address_of(settings: &Settings, port: u16) -> SocketAddr {
    let ours = ServiceName::ALL.map(|service| settings.address(service));
    let local = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), port);
    ours.into_iter().find(|address| address.port() == port).unwrap_or(local)
}

fn show(port: u16, holders: &[Holder]) -> Result<()> {
    say(format_args!("Port {port} is held by"))?;
    for holder in holders {
        for line in words::holder(holder, now()) {
            say(format_args!("  {line}"))?;
        }
        say("")?;
    }
    Ok(())
}

fn is_confirmed(arguments: &Arguments, holders: &[Holder]) -> Result<bool> {
    if arguments.yes {
        return Ok(true);
    }
    if !can_ask() {
        say("There is no terminal to ask at; --yes agrees beforehand.")?;
        return Ok(false);
    }
    Ok(agrees_to(&format!("End {} to free port {}?", names(holders), arguments.port))?)
}

async fn end(address: SocketAddr, holders: &[Holder]) -> Result<Exit> {
    let victims: Vec<Identity> = holders.iter().map(|holder| holder.identity.clone()).collect();
    match station::free(address, &victims).await {
        Ok(ended) => {
            let port = address.port();
            let after = match station::look(address).await {
                Sight::InUse(_) => "has gone to xSwarm Voice, which was waiting for it",
                Sight::Free | Sight::Refused(_) => "is free",
            };
            say(format_args!("{}. Port {port} {after}.", words::ended_all(&ended)))?;
            Ok(Exit::Done)
        }
        Err(failure) => {
            say(words::failure(&failure, now()))?;
            Ok(Exit::NotFreed)
        }
    }
}

fn names(holders: &[Holder]) -> String {
    holders.iter().map(words::name).collect::<Vec<_>>().join(" and ")
}
