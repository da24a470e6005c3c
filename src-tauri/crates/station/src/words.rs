//! Sentences about how things are, for terminals and the tray. All are functions of what they are given.

mod advice;
mod call;
mod holder;
mod order;
mod turned_away;

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use wire::{Call, Cause, Companion, Condition, Life, Mishap, Note, PortState, Service};
use wire::{SettingsEffect, Snapshot, Timestamp, Trouble};

pub use advice::{advice, as_what, more};
pub use call::{call, model};
pub use holder::{holder, name, names};
pub use order::{ended_all, failure, outcome};
use turned_away::crowd;
pub use turned_away::{is_recent, turned_away};
pub use wire::plain;

/// How a service is, with its name: "Voice bridge: listening on 127.0.0.1:9998".
#[must_use]
pub fn service(service: &Service, now: Timestamp) -> String {
    format!("{}: {}", service.title, state(service, now))
}

/// How a service is, without its name: "listening on 127.0.0.1:9998".
#[must_use]
pub fn state(service: &Service, now: Timestamp) -> String {
    match &service.life {
        Life::Failed { reason } => format!("failed: {}", plain(reason)),
        Life::Restarting { next_at, reason, .. } => {
            format!("restarting in {} because {}", span(now, *next_at), plain(reason))
        }
        Life::Stopping => "stopping".to_owned(),
        Life::Stopped | Life::Starting | Life::Waiting | Life::Running => {
            let port = format!("port {}", service.port);
            port_state(&service.state, &Place { port: &port, address: &service.address }, now)
        }
    }
}

/// How a service is at one of its further addresses: `listening on [::1]:9998`.
#[must_use]
pub fn companion(companion: &Companion, now: Timestamp) -> String {
    let address = &companion.address;
    match companion.state.cause().filter(|_| companion.is_shadowed) {
        Some(cause) => shadow(address, &companion.state, cause),
        None => port_state(&companion.state, &Place { port: address, address }, now),
    }
}

/// How a service is at each of its further addresses, while it runs or tries to.
#[must_use]
pub fn companions(service: &Service, now: Timestamp) -> Vec<String> {
    let at_work = service.companions.iter().filter(|each| each.state != PortState::Stopped);
    at_work.map(|each| companion(each, now)).collect()
}

/// What is wrong with a service that needs somebody, a sentence for each of its addresses where something is.
#[must_use]
pub fn wrong(service: &Service, now: Timestamp) -> Vec<String> {
    let in_trouble = service.companions.iter().filter(|each| each.is_in_trouble());
    let further: Vec<String> =
        in_trouble.map(|each| format!("{}: {}.", service.title, companion(each, now))).collect();
    let is_served =
        matches!((&service.life, &service.state), (Life::Running, PortState::Listening { .. }));
    let own = format!("{}.", self::service(service, now));
    let own = (further.is_empty() || !is_served).then_some(own);
    own.into_iter().chain(further).collect()
}

/// What a port is called where it is spoken of, and where it is.
struct Place<'a> {
    port: &'a str,
    address: &'a str,
}

fn port_state(state: &PortState, &Place { port, address }: &Place<'_>, now: Timestamp) -> String {
    match state {
        PortState::Stopped => "stopped".to_owned(),
        PortState::Binding { attempt, attempts } => {
            format!("binding {address}, attempt {attempt} of {attempts}")
        }
        PortState::Waiting { attempt, attempts, next_at, cause } => format!(
            "{port} {}; attempt {attempt} of {attempts} failed, the next in {}",
            in_use(cause, now),
            span(now, *next_at)
        ),
        PortState::Proving { .. } => format!("bound to {address}, waiting for its answer"),
        PortState::Listening { .. } => format!("listening on {address}"),
        PortState::Crowded { turned_away, by, .. } => {
            format!("listening on {address}, but crowded: {}", crowd(*turned_away, by))
        }
        PortState::Shared { cause, is_intended: true, .. } => format!(
            "listening on {address}; {port} {} as well, as the settings allow",
            in_use(cause, now)
        ),
        PortState::Shared { cause, is_intended: false, .. } => {
            format!("{port} {} as well as by us: connections may go astray", in_use(cause, now))
        }
        PortState::Silent { why, .. } => format!("holds {port}, but {why}"),
        PortState::Taken { cause, .. } => format!("{port} {}", in_use(cause, now)),
        PortState::Refused { refusal } => {
            format!("may not use {port}: {}", plain(&refusal.to_string()))
        }
    }
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
        | Cause::Lingering { .. }
        | Cause::Exhausted
        | Cause::Unseen { .. } => "another program".to_owned(),
    };
    let verb = match state {
        PortState::Shared { .. } => "shares",
        PortState::Stopped
        | PortState::Binding { .. }
        | PortState::Waiting { .. }
        | PortState::Proving { .. }
        | PortState::Listening { .. }
        | PortState::Crowded { .. }
        | PortState::Silent { .. }
        | PortState::Taken { .. }
        | PortState::Refused { .. } => "holds",
    };
    let is_many = cause.endable_holders().len() > 1;
    let verb = if is_many { verb.trim_end_matches('s') } else { verb };
    let with_us = if verb.starts_with("share") { " with us" } else { "" };
    if is_localhost(address) {
        format!("localhost may lead to {who}, which {verb} {address}{with_us}")
    } else {
        format!("{address} may lead to {who}, which {verb} it{with_us}")
    }
}

/// Whether the name `localhost` may stand for this address.
fn is_localhost(address: &str) -> bool {
    const LOCALHOST: [IpAddr; 2] =
        [IpAddr::V4(Ipv4Addr::LOCALHOST), IpAddr::V6(Ipv6Addr::LOCALHOST)];
    address.parse::<SocketAddr>().is_ok_and(|address| LOCALHOST.contains(&address.ip()))
}

/// Why a port is in use, as the rest of a sentence about it.
#[must_use]
pub fn in_use(cause: &Cause, now: Timestamp) -> String {
    match cause {
        Cause::Held { holders } if !holders.is_empty() => {
            format!("is held by {}{}", names(holders), holder::besides(holders))
        }
        Cause::Reserved { holders } if !holders.is_empty() => {
            let verb = if holders.len() == 1 { "does" } else { "do" };
            format!("is reserved by {}, which {verb} not listen there", names(holders))
        }
        Cause::Connected { holders } if !holders.is_empty() => {
            let whose = if holders.len() == 1 { "its" } else { "their" };
            format!("is used by {} as {whose} own end of a connection", names(holders))
        }
        Cause::Hidden { user: Some(user), .. } => {
            format!("is held by a program of the user {}", plain(user))
        }
        Cause::Hidden { user: None, .. } => "is held by a program of another user".to_owned(),
        Cause::Orphaned { pid } => {
            format!("is held by a program that process {pid} started before it ended")
        }
        Cause::Lingering { free_at } => {
            format!("still has closing connections of an earlier run, for {}", span(now, *free_at))
        }
        Cause::Exhausted => {
            "cannot be had: xSwarm Voice is out of file descriptors or buffers".to_owned()
        }
        Cause::Held { .. }
        | Cause::Reserved { .. }
        | Cause::Connected { .. }
        | Cause::Unseen { .. } => "is in use by a program that cannot be seen from here".to_owned(),
    }
}

/// What somebody with more rights may run to learn who is on the port.
#[must_use]
pub fn command(cause: &Cause) -> Option<&str> {
    match cause {
        Cause::Hidden { command, .. } | Cause::Unseen { command } => Some(command),
        Cause::Held { .. }
        | Cause::Reserved { .. }
        | Cause::Connected { .. }
        | Cause::Orphaned { .. }
        | Cause::Lingering { .. }
        | Cause::Exhausted => None,
    }
}

/// What went wrong, and when: "5 min ago: 127.0.0.1:9998 held by python3 (4711)".
#[must_use]
pub fn trouble(trouble: &Trouble, now: Timestamp) -> String {
    let at = trouble.at;
    // A heading has no tense: what is past is not told as if it were so.
    let heading = |address: &str, cause| {
        let text = in_use(cause, at);
        format!("{address} {}", text.strip_prefix("is ").unwrap_or(&text))
    };
    let what = match &trouble.what {
        Mishap::InUse { address, cause } => heading(address, cause),
        Mishap::Refused { address, refusal } => {
            format!("may not use {address}: {}", plain(&refusal.to_string()))
        }
        Mishap::Shared { address, cause } => {
            format!("{} as well as by us", heading(address, cause))
        }
        Mishap::Silent { address, why } => format!("no answer on {address}: {why}"),
        Mishap::Lost { address } => format!("lost the listener on {address}, and made it again"),
        Mishap::Crashed { reason } => format!("ended by itself: {}", plain(reason)),
    };
    format!("{} ago: {what}", span(at, now))
}

/// What people should know besides, in one sentence.
#[must_use]
pub fn note(note: &Note) -> String {
    match note {
        Note::SettingsUnreadable { path, problem, effect } => {
            let (path, problem) = (plain(path), plain(problem));
            let so = match effect {
                SettingsEffect::Kept => "",
                SettingsEffect::SetAside => " The rest of the file is used.",
                SettingsEffect::OnlyThisMachine => {
                    " Until you fix that and restart, only this machine can connect."
                }
            };
            format!("The settings in {path} have an error: {problem}.{so}")
        }
        Note::PublishedToken => {
            "SUPERVISOR_TOKEN names the token that was once published; this installation's own token is in force."
                .to_owned()
        }
        Note::ShortToken => {
            "SUPERVISOR_TOKEN is ignored: a token needs at least 16 characters, or it could be guessed. \
             This installation's own token is used; `xswarm token` shows it."
                .to_owned()
        }
        Note::SecretReplaced { problem } => {
            format!("{problem}, so a new secret was made in its place. Programs that used the old one need it.")
        }
        Note::NotKept { path, problem } => format!(
            "Nothing can be kept in {path} ({problem}), so tokens and recordings may be lost at the next start. \
             Make room there, or make it writable."
        ),
    }
}

/// How the whole is, in a few words: the tray's tooltip.
#[must_use]
pub fn summary(snapshot: &Snapshot) -> String {
    let calls = calls(&snapshot.calls);
    match snapshot.condition() {
        Condition::Well => format!("xSwarm Voice is listening, {calls}"),
        Condition::Off => "xSwarm Voice is stopped".to_owned(),
        Condition::Busy => "xSwarm Voice is not ready yet".to_owned(),
        Condition::NeedsYou if is_crowded_at_most(snapshot) => {
            format!("xSwarm Voice is crowded, {calls}")
        }
        Condition::NeedsYou => "xSwarm Voice needs you".to_owned(),
    }
}

/// Whether nothing would be wrong if nobody crowded the ports.
fn is_crowded_at_most(snapshot: &Snapshot) -> bool {
    let uncrowded = snapshot.services.iter().map(|service| service.clone().uncrowded());
    uncrowded.map(|service| service.condition).max() == Some(Condition::Well)
}

/// How many calls there are.
#[must_use]
pub fn calls(calls: &[Call]) -> String {
    match calls.len() {
        0 => "no calls".to_owned(),
        1 => "1 call".to_owned(),
        many => format!("{many} calls"),
    }
}

/// The time between two moments, as people say it: "4 s", "3 min", "2 h", "5 days".
#[must_use]
pub fn span(from: Timestamp, to: Timestamp) -> String {
    let seconds = to.0.saturating_sub(from.0).div_ceil(1000);
    match seconds {
        0..=119 => format!("{seconds} s"),
        120..=7199 => format!("{} min", seconds / 60),
        7200..=172_799 => format!("{} h", seconds / 3600),
        _ => format!("{} days", seconds / 86_400),
    }
}
