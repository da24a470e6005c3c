//! How a port is at one of its addresses.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use wire::{Cause, Companion, Face, PortState, Refusal, Sentence, Silence, plain};

use super::cause::cause;
use super::holder::names;
use super::turned_away::{STILL_IN, crowd};

/// What a port is called where it is spoken of, and where it is.
pub(super) struct Spot<'a> {
    pub(super) port: &'a str,
    pub(super) address: &'a str,
}

pub(super) fn port_state(state: &PortState, &Spot { port, address }: &Spot<'_>) -> Sentence {
    let text = match state {
        PortState::Stopped => "stopped".to_owned(),
        PortState::Binding { attempt, attempts } => {
            format!("binding {address}, attempt {attempt} of {attempts}")
        }
        PortState::Waiting { attempt, attempts, next_at, cause } => {
            let failed = format!("; attempt {attempt} of {attempts} failed, the next in ");
            return used(port, cause).and(failed).until(*next_at);
        }
        PortState::Proving { .. } => format!("bound to {address}, waiting for its answer"),
        PortState::Listening { .. } => format!("listening on {address}"),
        PortState::Crowded { turned_away, by, .. } => {
            format!("listening on {address}, but crowded: {}", crowd(*turned_away, by))
        }
        PortState::Shared { cause, is_intended: true, .. } => {
            return Sentence::from(format!("listening on {address}; "))
                .with(used(port, cause))
                .and(" as well, as the settings allow");
        }
        PortState::Shared { cause, is_intended: false, .. } => {
            return used(port, cause).and(" as well as by us: connections may go astray");
        }
        PortState::Silent { why, .. } => format!("holds {port}, but {why}"),
        PortState::Taken { cause, .. } => return used(port, cause),
        PortState::Refused { refusal } => {
            format!("may not use {port}: {}", plain(&refusal.to_string()))
        }
    };
    text.into()
}

fn used(port: &str, cause: &Cause) -> Sentence {
    Sentence::from(format!("{port} ")).with(self::cause(cause))
}

pub(super) fn companion(companion: &Companion) -> Sentence {
    let address = &companion.address;
    match companion.state.cause().filter(|_| companion.is_shadowed) {
        Some(cause) => shadow(address, &companion.state, cause).into(),
        None => port_state(&companion.state, &Spot { port: address, address }),
    }
}

pub(super) fn companion_word(state: &PortState) -> &'static str {
    if is_absent(state) { "Not there" } else { word(Face::of_port(state)) }
}

pub(super) const fn word(face: Face) -> &'static str {
    match face {
        Face::Stopped => "Stopped",
        Face::Binding => "Starting",
        Face::Waiting => "Waiting",
        Face::Proving => "Checking",
        Face::Listening => "Listening",
        Face::Crowded => "Crowded",
        Face::Shared => "Shared",
        Face::Silent => "No answer",
        Face::Taken => "Port taken",
        Face::Refused => "Refused",
        Face::Stopping => "Stopping",
        Face::Restarting => "Restarting",
        Face::Failed => "Failed",
        Face::Partial => "Partly reachable",
    }
}

/// What comes of a port's state by itself, or what helps.
pub(super) const fn hint(state: &PortState) -> &'static str {
    match state {
        PortState::Stopped
        | PortState::Binding { .. }
        | PortState::Proving { .. }
        | PortState::Listening { .. }
        | PortState::Shared { .. } => "",
        PortState::Waiting { cause: Cause::Orphaned { .. }, .. } => {
            "End what that process has started."
        }
        PortState::Waiting { .. } => "",
        PortState::Taken { cause: Cause::Exhausted, .. } => {
            "The service starts by itself when some are free."
        }
        PortState::Taken { cause: Cause::Orphaned { .. }, .. } => {
            "End what that process has started. The service starts by itself when the port is free."
        }
        PortState::Taken { .. } => "The service starts by itself when the port is free.",
        PortState::Crowded { .. } => STILL_IN,
        PortState::Silent { why, .. } => match why {
            Silence::Unanswered => "A restart may help.",
            Silence::OutOfDescriptors => "It answers again when some are free.",
            Silence::Unreachable => "The loopback network may be down.",
            Silence::NotListening | Silence::OtherProtocol => "",
            Silence::Unverifiable => "So nobody else can be ruled out.",
        },
        PortState::Refused { refusal } => match refusal {
            Refusal::NotPermitted | Refusal::Reserved { .. } => {
                "Choose another port in the settings."
            }
            Refusal::NoSuchAddress => "Correct it in the settings.",
            Refusal::Other { .. } => "",
        },
    }
}

/// The same at a further address, which the service can do without.
pub(super) const fn companion_hint(companion: &Companion) -> &'static str {
    if is_absent(&companion.state) {
        "The service does without it."
    } else if matches!(companion.state, PortState::Taken { .. }) {
        ""
    } else {
        hint(&companion.state)
    }
}

const fn is_absent(state: &PortState) -> bool {
    matches!(state, PortState::Refused { refusal: Refusal::NoSuchAddress })
}

/// Where somebody else's listener at one of our further addresses leads people.
fn shadow(address: &str, state: &PortState, cause: &Cause) -> String {
    let who = match cause {
        Cause::Hidden { user: Some(user), .. } => {
            format!("a program of the user {}", plain(user))
        }
        Cause::Hidden { user: None, .. } => "a program of another user".to_owned(),
        Cause::Orphaned { pid } => format!("a program that process {pid} has left behind"),
        cause if !cause.endable_holders().is_empty() => names(cause.endable_holders()),
        Cause::Held { .. }
        | Cause::Reserved { .. }
        | Cause::Connected { .. }
        | Cause::Claimed { .. }
        | Cause::Lingering { .. }
        | Cause::Exhausted
        | Cause::Unseen { .. } => "another program".to_owned(),
    };
    let is_many = cause.endable_holders().len() > 1;
    let (verb, with_us) = match (matches!(state, PortState::Shared { .. }), is_many) {
        (true, true) => ("share", " with us"),
        (true, false) => ("shares", " with us"),
        (false, true) => ("hold", ""),
        (false, false) => ("holds", ""),
    };
    if is_localhost(address) {
        format!("localhost may lead to {who}, which {verb} {address}{with_us}")
    } else {
        format!("{address} may lead to {who}, which {verb} it{with_us}")
    }
}

fn is_localhost(address: &str) -> bool {
    const LOCALHOST: [IpAddr; 2] =
        [IpAddr::V4(Ipv4Addr::LOCALHOST), IpAddr::V6(Ipv6Addr::LOCALHOST)];
    address.parse::<SocketAddr>().is_ok_and(|address| LOCALHOST.contains(&address.ip()))
}
