//! What came of an order.

use wire::{Cause, Ended, Failure, Force, Holder, Outcome, ServiceKind, Timestamp, plain};

use super::cause::in_use;

/// What an order led to, in one sentence.
pub fn outcome(outcome: &Outcome, now: Timestamp) -> String {
    match outcome {
        Outcome::Done { service } => format!("{}.", super::service::service(service, now)),
        Outcome::Freed { ended, service, .. } if service.kind == ServiceKind::Program => {
            let (who, port) = (service.heading(), service.port);
            format!("{}; port {port} is free, and {who} is starting.", ended_all(ended))
        }
        Outcome::Freed { ended, took_ms, service } => format!(
            "{}; port {} is listening again after {:.1} s.",
            ended_all(ended),
            service.port,
            f64::from(*took_ms) / 1000.0
        ),
    }
}

/// Who was ended, as the beginning of a sentence. Those that had gone already were not.
pub fn ended_all(ended: &[Ended]) -> String {
    let (mut were_ended, mut had_gone) = (Vec::new(), Vec::new());
    for one in ended {
        let name = format!("{} ({})", plain(&one.name), one.identity.pid);
        match one.force {
            Force::None => had_gone.push(name),
            Force::Polite => were_ended.push(name),
            Force::Firm => were_ended.push(name + ", by force"),
        }
    }
    let gone = match had_gone.as_slice() {
        [] => String::new(),
        gone => format!("; {} had gone already", gone.join(" and ")),
    };
    if were_ended.is_empty() {
        return format!("Nobody had to be ended{gone}");
    }
    format!("Ended {}{gone}", were_ended.join(" and "))
}

/// Why an order was not carried out, in one sentence, with what to do where there is something.
pub fn failure(failure: &Failure, now: Timestamp) -> String {
    match failure {
        Failure::StillTaken { ended, cause } if ended.is_empty() => {
            format!("The port {}.", in_use(cause, now))
        }
        Failure::StillTaken { ended, cause } => match returned(ended, cause) {
            Some(holder) => {
                format!("{}, but it came back as {}.", ended_all(ended), return_of(holder))
            }
            None => format!("{}, but the port {} again.", ended_all(ended), in_use(cause, now)),
        },
        Failure::NotVisible { cause } => {
            format!("The port {}; it cannot be ended from here.", in_use(cause, now))
        }
        Failure::Halfway { ended, then } => {
            format!("{}, but then: {}", ended_all(ended), self::failure(then, now))
        }
        other @ (Failure::NotHere { .. }
        | Failure::NotRunning { .. }
        | Failure::NothingToFree { .. }
        | Failure::Unconfirmed { .. }
        | Failure::Refused { .. }
        | Failure::Changed { .. }
        | Failure::Survived { .. }
        | Failure::NotChosen { .. }
        | Failure::System { .. }
        | Failure::Ending
        | Failure::Call(_)) => sentence(&plain(&other.to_string())),
    }
}

/// The holder that is the same program as one that was ended, in another process.
fn returned<'a>(ended: &[Ended], cause: &'a Cause) -> Option<&'a Holder> {
    cause.endable_holders().iter().find(|holder| {
        ended.iter().any(|one| one.name == holder.name)
            && ended.iter().all(|one| !one.identity.is(&holder.identity))
    })
}

fn return_of(holder: &Holder) -> String {
    let pid = holder.identity.pid;
    match &holder.started_by {
        Some(parent) => {
            format!("process {pid}, started by {}, which may start it again", plain(parent))
        }
        None => format!("process {pid}"),
    }
}

/// With a capital at its beginning and a stop at its end.
pub(crate) fn sentence(text: &str) -> String {
    let mut letters = text.chars();
    letters
        .next()
        .map(|first| first.to_uppercase().collect::<String>() + letters.as_str() + ".")
        .unwrap_or_default()
}
