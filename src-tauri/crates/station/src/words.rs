//! Sentences about how things are, for terminals and the tray. All are functions of what they are given.

use wire::{
    Call, Cause, Condition, Ended, Failure, Force, Holder, HolderKind, Note, Outcome, PortState,
};
use wire::{Service, Snapshot, Timestamp};

/// How a service is, without its name: "listening on 127.0.0.1:9998".
#[must_use]
pub fn state(service: &Service, now: Timestamp) -> String {
    let (port, address) = (service.port, &service.address);
    if let wire::Life::Failed { reason } = &service.life {
        return format!("failed: {reason}");
    }
    if let wire::Life::Restarting { next_at, reason, .. } = &service.life {
        return format!("restarting in {} because {reason}", span(now, *next_at));
    }
    if service.life == wire::Life::Stopping {
        return "stopping".to_owned();
    }
    match &service.state {
        PortState::Stopped => "stopped".to_owned(),
        PortState::Binding { attempt, attempts } => {
            format!("binding {address}, attempt {attempt} of {attempts}")
        }
        PortState::Waiting { attempt, attempts, next_at, cause } => format!(
            "port {port} {}; attempt {attempt} of {attempts} failed, the next in {}",
            in_use(cause, now),
            span(now, *next_at)
        ),
        PortState::Proving { .. } => format!("bound to {address}, waiting for its answer"),
        PortState::Listening { .. } => format!("listening on {address}"),
        PortState::Shared { cause, .. } => {
            format!(
                "port {port} {} as well as by us: connections may go astray",
                in_use(cause, now)
            )
        }
        PortState::Silent { .. } => format!("holds port {port} but does not answer"),
        PortState::Taken { cause, .. } => format!("port {port} {}", in_use(cause, now)),
        PortState::Refused { refusal } => format!("may not use port {port}: {refusal}"),
    }
}

/// How a service is, with its name: "Voice bridge: listening on 127.0.0.1:9998".
#[must_use]
pub fn service(service: &Service, now: Timestamp) -> String {
    format!("{}: {}", service.name, state(service, now))
}

/// Why a port is in use, as the rest of a sentence about it.
#[must_use]
pub fn in_use(cause: &Cause, now: Timestamp) -> String {
    match cause {
        Cause::Held { holders } if !holders.is_empty() => {
            let names: Vec<String> = holders.iter().map(name).collect();
            format!("is held by {}", names.join(" and "))
        }
        Cause::Hidden { user: Some(user) } => format!("is held by a program of the user {user}"),
        Cause::Hidden { user: None } => "is held by a program of another user".to_owned(),
        Cause::Lingering { free_at } => {
            format!("still has closing connections of an earlier run, for {}", span(now, *free_at))
        }
        Cause::Held { .. } | Cause::Unseen => {
            "is in use by a program that cannot be seen from here".to_owned()
        }
    }
}

/// A holder in brief: "python3 (4711)".
#[must_use]
pub fn name(holder: &Holder) -> String {
    let pid = holder.identity.pid;
    match holder.kind {
        HolderKind::Program => format!("{} ({pid})", holder.name),
        HolderKind::OlderXswarm => format!("an older xSwarm Voice, {} ({pid})", holder.name),
        HolderKind::Container => format!("a container, through {} ({pid})", holder.name),
    }
}

/// Everything about a holder that a person needs before agreeing to its end, a line for each.
#[must_use]
pub fn holder(holder: &Holder, now: Timestamp) -> Vec<String> {
    let or_unknown = |text: Option<&str>| text.unwrap_or("not visible").to_owned();
    let mut lines = vec![
        format!("program   {}", name(holder)),
        format!("path      {}", or_unknown(holder.identity.executable.as_deref())),
        format!("command   {}", holder.command_line.join(" ")),
        format!("user      {}", or_unknown(holder.user.as_deref())),
        format!("listens   {}", holder.address),
    ];
    if let Some(started) = holder.started {
        lines.push(format!("running   for {}", span(started, now)));
    }
    if let Some(guard) = holder.guard {
        lines.push(format!("protected {guard}"));
    }
    lines
}

/// What an order led to, in one sentence.
#[must_use]
pub fn outcome(outcome: &Outcome, now: Timestamp) -> String {
    match outcome {
        Outcome::Done { service } => format!("{}.", self::service(service, now)),
        Outcome::Freed { ended, took_ms, service } => format!(
            "{}; port {} is listening again after {:.1} s.",
            ended_all(ended),
            service.port,
            f64::from(*took_ms) / 1000.0
        ),
    }
}

/// Who was ended, as the beginning of a sentence.
#[must_use]
pub fn ended_all(ended: &[Ended]) -> String {
    if ended.is_empty() {
        return "Nobody had to be ended".to_owned();
    }
    let each: Vec<String> = ended
        .iter()
        .map(|one| {
            let how = match one.force {
                Force::None => ", which had gone already",
                Force::Polite => "",
                Force::Firm => ", by force",
            };
            format!("{} ({}){how}", one.name, one.identity.pid)
        })
        .collect();
    format!("Ended {}", each.join(" and "))
}

/// Why an order was not carried out, in one sentence, with what to do where there is something.
#[must_use]
pub fn failure(failure: &Failure, now: Timestamp) -> String {
    match failure {
        Failure::StillTaken { ended, cause } if ended.is_empty() => {
            format!("The port {}.", in_use(cause, now))
        }
        Failure::StillTaken { ended, cause } => {
            format!("{}, but the port {} again.", ended_all(ended), in_use(cause, now))
        }
        Failure::NotVisible { cause } => {
            format!("The port {}; it cannot be ended from here.", in_use(cause, now))
        }
        other @ (Failure::NotHere { .. }
        | Failure::NotRunning { .. }
        | Failure::NothingToFree { .. }
        | Failure::Unconfirmed { .. }
        | Failure::Refused { .. }
        | Failure::Changed { .. }
        | Failure::Survived { .. }
        | Failure::System { .. }
        | Failure::Ending) => sentence(&other.to_string()),
    }
}

/// What people should know besides, in one sentence.
#[must_use]
pub fn note(note: &Note) -> String {
    match note {
        Note::SettingsUnreadable { path, problem } => {
            format!("The settings in {path} are not in force, the defaults are: {problem}.")
        }
        Note::PublishedToken => {
            "SUPERVISOR_TOKEN names the token that was once published; this installation's own token is in force."
                .to_owned()
        }
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
        Condition::NeedsYou => "xSwarm Voice needs you".to_owned(),
    }
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

fn sentence(text: &str) -> String {
    let mut letters = text.chars();
    letters
        .next()
        .map(|first| first.to_uppercase().collect::<String>() + letters.as_str() + ".")
        .unwrap_or_default()
}
