//! `free`: shows who holds a port, asks, ends them, and makes sure that the port is free.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use anyhow::Result;
use station::view::seen;
use station::{Settings, Sight, services, words};
use wire::{Ended, Failure, Guard, Holder};

use crate::exit::Exit;
use crate::status::settings;
use crate::terminal::{agrees_to, can_ask, now, say};

const RULES: &str = "\
Without --yes it asks first, and without a terminal to ask at it ends nobody.
It never ends xSwarm Voice itself, programs of the system or of other users, or what started it.
A program that has another command line than it was shown with is left alone. Some rewrite theirs all the time: --yes ends
them as they are found.

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

struct Held {
    address: SocketAddr,
    holders: Vec<Holder>,
}

pub(crate) async fn run(arguments: Arguments) -> Result<Exit> {
    let Arguments { port, .. } = arguments;
    let addresses = addresses_on(&settings()?, port);
    let (places, beyond) = match look(&addresses).await {
        Looks::Free => {
            say(format_args!("Port {port} is free."))?;
            return Ok(Exit::Done);
        }
        Looks::Beyond(sight) => {
            say(format_args!(
                "Port {port} {}. Nothing can be ended from here.",
                seen(&sight, now())
            ))?;
            if let Sight::InUse(cause) = &sight
                && let Some(command) = words::command(cause)
            {
                say(words::more(command))?;
            }
            return Ok(Exit::NotFreed);
        }
        Looks::Held(places, beyond) => (places, beyond),
    };
    let holders: Vec<&Holder> = places.iter().flat_map(|held| &held.holders).collect();
    show(port, &holders)?;
    for holder in &holders {
        if let Some(guard) = holder.guard {
            say(format_args!("{} will not be ended: {guard}.", words::name(holder)))?;
        }
    }
    if holders.iter().any(|holder| holder.guard.is_some()) {
        return Ok(Exit::NotFreed);
    }
    if let Some(sight) = &beyond {
        say(format_args!(
            "Besides, port {port} {}. That can't be ended from here.",
            seen(sight, now())
        ))?;
    }
    if arguments.dry_run {
        say(format_args!(
            "Without --dry-run, {} would be ended. Nothing was done.",
            words::names(holders.iter().copied())
        ))?;
        return Ok(if beyond.is_none() { Exit::Done } else { Exit::NotFreed });
    }
    if !is_confirmed(&arguments, &holders)? {
        say("Nothing was ended.")?;
        return Ok(Exit::NotFreed);
    }
    end(port, &addresses, &places).await
}

/// What a port looks like at all of its addresses.
enum Looks {
    Free,
    /// It can't be had, and nobody is seen who could be ended for it.
    Beyond(Sight),
    /// Others have it, and perhaps somebody besides who isn't seen.
    Held(Vec<Held>, Option<Sight>),
}

/// Where services of ours listen on that port, else the port on this machine.
fn addresses_on(settings: &Settings, port: u16) -> Vec<SocketAddr> {
    let mut ours: Vec<SocketAddr> =
        services::all().iter().flat_map(|row| (row.listening)(settings).addresses()).collect();
    ours.retain(|address| address.port() == port);
    if ours.is_empty() {
        let loopbacks = [IpAddr::V4(Ipv4Addr::LOCALHOST), IpAddr::V6(Ipv6Addr::LOCALHOST)];
        ours.extend(loopbacks.map(|ip| SocketAddr::new(ip, port)));
    }
    ours
}

async fn look(addresses: &[SocketAddr]) -> Looks {
    let mut sights = Vec::new();
    for &address in addresses {
        sights.push((address, station::look(address).await));
    }
    looks(sights)
}

/// What a port looks like that looks so at each of its addresses.
fn looks(sights: Vec<(SocketAddr, Sight)>) -> Looks {
    let first = sights.first().map(|(address, _)| *address);
    let (mut held, mut beyond) = (Vec::new(), None);
    for (address, sight) in sights {
        match &sight {
            Sight::InUse(cause) if !cause.endable_holders().is_empty() => {
                held.push(Held { address, holders: cause.endable_holders().to_vec() });
            }
            // A machine without that further address has no trouble with it.
            Sight::Refused(_) if Some(address) != first => {}
            Sight::InUse(_) | Sight::Refused(_) => beyond = beyond.or(Some(sight)),
            Sight::Free => {}
        }
    }
    // What the xSwarm Voice that runs has is as it should be, if others have the rest.
    if beyond.is_some() || held.iter().any(|place| !is_ours(place)) {
        held.retain(|place| !is_ours(place));
    }
    match beyond {
        beyond if !held.is_empty() => Looks::Held(held, beyond),
        Some(sight) => Looks::Beyond(sight),
        None => Looks::Free,
    }
}

fn is_ours(place: &Held) -> bool {
    place.holders.iter().all(|holder| holder.guard == Some(Guard::RunningXswarm))
}

fn show(port: u16, holders: &[&Holder]) -> Result<()> {
    say(format_args!("Port {port} is held by"))?;
    for holder in holders {
        for line in words::holder(holder, now()) {
            say(format_args!("  {line}"))?;
        }
        say("")?;
    }
    Ok(())
}

fn is_confirmed(arguments: &Arguments, holders: &[&Holder]) -> Result<bool> {
    if arguments.yes {
        return Ok(true);
    }
    if !can_ask() {
        say("There is no terminal to ask at; --yes agrees beforehand.")?;
        return Ok(false);
    }
    Ok(agrees_to(&format!(
        "End {} to free port {}?",
        words::names(holders.iter().copied()),
        arguments.port
    ))?)
}

async fn end(port: u16, addresses: &[SocketAddr], places: &[Held]) -> Result<Exit> {
    let ended = match end_all(places).await {
        Ok(ended) => ended,
        Err(failure) => {
            say(words::failure(&failure, now()))?;
            return Ok(Exit::NotFreed);
        }
    };
    let ended = words::ended_all(&ended);
    let (after, exit) = match look(addresses).await {
        Looks::Free => ("is free".to_owned(), Exit::Done),
        Looks::Held(places, None) if places.iter().all(is_ours) => {
            ("has gone to xSwarm Voice, which was waiting for it".to_owned(), Exit::Done)
        }
        // Whoever starts it has started another, for instance.
        Looks::Held(places, _) => {
            let holders = places.iter().flat_map(|place| &place.holders);
            (format!("is held by {} all the same", words::names(holders)), Exit::NotFreed)
        }
        Looks::Beyond(sight) => (seen(&sight, now()), Exit::NotFreed),
    };
    say(format_args!("{ended}. Port {port} {after}."))?;
    Ok(exit)
}

async fn end_all(places: &[Held]) -> Result<Vec<Ended>, Failure> {
    let mut ended: Vec<Ended> = Vec::new();
    for Held { address, holders } in places {
        let live = holders.iter().map(|holder| &holder.identity);
        let live = live.filter(|one| !one.is_among(ended.iter().map(|ended| &ended.identity)));
        let victims: Vec<_> = live.cloned().collect();
        if !victims.is_empty() {
            ended.extend(station::free(*address, &victims).await?);
        }
    }
    Ok(ended)
}

#[cfg(test)]
mod tests {
    use wire::Cause;

    use super::*;

    fn held_by(guard: Option<Guard>) -> Sight {
        let holder = serde_json::json!({
            "identity": {"pid": 1, "began": "1", "executable": null, "uid": null}, "name": "x",
            "command_line": [], "user": null, "started": null, "address": "", "kind": "program",
            "is_frozen": false, "has_inherited": false, "started_by": null, "guard": guard,
        });
        let holders = vec![serde_json::from_value(holder).expect("a holder")];
        Sight::InUse(Cause::Held { holders })
    }

    fn unseen() -> Sight {
        Sight::InUse(Cause::Unseen { command: "sudo ss -ltnp".to_owned() })
    }

    fn looks_at(first: Sight, second: Sight) -> Looks {
        let [one, other] = [Ipv4Addr::LOCALHOST.into(), Ipv6Addr::LOCALHOST.into()]
            .map(|ip: IpAddr| SocketAddr::new(ip, 9998));
        looks(vec![(one, first), (other, second)])
    }

    #[test]
    fn whoever_is_not_seen_beside_us_is_told_of() {
        let ours = || held_by(Some(Guard::RunningXswarm));
        assert!(matches!(looks_at(ours(), unseen()), Looks::Beyond(sight) if sight == unseen()));
        assert!(matches!(looks_at(unseen(), ours()), Looks::Beyond(_)));
        assert!(
            matches!(looks_at(ours(), Sight::Free), Looks::Held(places, None) if places.len() == 1)
        );
    }

    #[test]
    fn whoever_may_be_ended_is_offered_whoever_else_is_there() {
        let others = |looks| matches!(looks, Looks::Held(places, _) if !places.iter().any(is_ours));
        assert!(others(looks_at(held_by(Some(Guard::RunningXswarm)), held_by(None))));
        assert!(others(looks_at(held_by(None), unseen())));
        let besides = looks_at(held_by(None), unseen());
        assert!(matches!(besides, Looks::Held(_, Some(sight)) if sight == unseen()), "and told of");
    }
}
