//! How a service is, and what can be done about it.

use wire::{Companion, Face, Life, Offer, PortState, Remedy, Sentence, Service, Timestamp, plain};

use super::port::{self, Spot, port_state};
use super::program;

/// How a service is, with its name: "Voice bridge: listening on 127.0.0.1:9998".
pub fn service(service: &Service, now: Timestamp) -> String {
    format!("{}: {}", service.heading(), state(service, now))
}

/// How a service is, without its name: "listening on 127.0.0.1:9998". An older build leaves the words to us.
pub fn state(service: &Service, now: Timestamp) -> String {
    let told = Some(&service.sentence).filter(|sentence| !sentence.0.is_empty());
    told.map_or_else(|| sentence(service).at(now), |sentence| sentence.at(now))
}

/// How a service is at one of its further addresses: `listening on [::1]:9998`.
pub fn companion(companion: &Companion, now: Timestamp) -> String {
    port::companion(companion).at(now)
}

/// How a service is at each of its further addresses, while it runs or tries to.
pub fn companions(service: &Service, now: Timestamp) -> Vec<String> {
    let at_work = service.companions.iter().filter(|each| each.state != PortState::Stopped);
    at_work.map(|each| companion(each, now)).collect()
}

/// What is wrong with a service that needs somebody, a sentence for each of its addresses where something is.
pub fn wrong(service: &Service, now: Timestamp) -> Vec<String> {
    let in_trouble = service.companions.iter().filter(|each| each.is_in_trouble());
    let further: Vec<String> = in_trouble
        .map(|each| format!("{}: {}.", service.heading(), companion(each, now)))
        .collect();
    let is_served =
        matches!((&service.life, &service.state), (Life::Running, PortState::Listening { .. }));
    let own = format!("{}.", self::service(service, now));
    let own = (further.is_empty() || !is_served).then_some(own);
    own.into_iter().chain(further).collect()
}

/// Puts into a service what is said of it and offered.
pub fn say(service: &mut Service) {
    let own_word = service.program.as_ref().and_then(|_| program::word(service.face));
    service.word = own_word.unwrap_or_else(|| port::word(service.face)).to_owned();
    service.sentence = sentence(service);
    service.hint = hint(service);
    service.offers = offers(service);
    for companion in &mut service.companions {
        companion.word = port::companion_word(&companion.state).to_owned();
        companion.sentence = port::companion(companion);
        companion.hint = port::companion_hint(companion).to_owned();
    }
}

fn sentence(service: &Service) -> Sentence {
    if let Some(sentence) = service.program.as_ref().and_then(|it| program::sentence(service, it)) {
        return sentence;
    }
    match &service.life {
        Life::Failed { reason } => format!("failed: {}", plain(reason)).into(),
        Life::Restarting { next_at, reason, .. } => Sentence::from("restarting in ")
            .until(*next_at)
            .and(format!(" because {}", plain(reason))),
        Life::Stopping => "stopping".into(),
        Life::Stopped | Life::Starting | Life::Waiting | Life::Running => {
            let port = format!("port {}", service.port);
            port_state(&service.state, &Spot { port: &port, address: &service.address })
        }
    }
}

fn hint(service: &Service) -> String {
    if let Some(hint) = service.program.as_ref().and_then(|it| program::hint(service, it)) {
        return hint.to_owned();
    }
    let hint = match (&service.life, &service.state) {
        (Life::Stopping, _) => "It finishes what it has begun, then lets its port go.",
        (Life::Failed { .. }, _) => "It ended too often and is not started again.",
        (Life::Stopped, _) => "It stays stopped until you start it.",
        (Life::Restarting { crashes: 0 | 1, .. }, _) => "It ended by itself.",
        (Life::Restarting { crashes, .. }, _) => {
            return format!("It ended by itself {crashes} times.");
        }
        (_, PortState::Taken { attempts: 0 | 1, .. }) => {
            return format!("The one attempt failed. {}", port::hint(&service.state));
        }
        (_, PortState::Taken { attempts, .. }) => {
            return format!("All {attempts} attempts failed. {}", port::hint(&service.state));
        }
        (Life::Starting | Life::Waiting | Life::Running, state) => port::hint(state),
    };
    hint.to_owned()
}

/// What can be done about it, the most helpful first.
fn offers(service: &Service) -> Vec<Offer> {
    let offer = |remedy, label: &str| Offer { remedy, label: label.to_owned(), is_cure: false };
    let cure = |offer| Offer { is_cure: true, ..offer };
    let (start, retry) = (offer(Remedy::Start, "Start"), offer(Remedy::Retry, "Retry now"));
    let (restart, stop) = (offer(Remedy::Restart, "Restart"), offer(Remedy::Stop, "Stop"));
    let others = match service.face {
        Face::Stopped => vec![start],
        Face::Stopping => Vec::new(),
        Face::Binding | Face::Proving => vec![stop],
        Face::Waiting | Face::Restarting => vec![retry, stop],
        Face::Taken | Face::Refused => vec![cure(retry), stop],
        Face::Failed => vec![cure(start), stop],
        Face::Silent => vec![cure(restart), stop],
        Face::Listening | Face::Crowded | Face::Shared | Face::Partial => vec![restart, stop],
    };
    let free = may_be_freed(service).then(|| cure(offer(Remedy::Free, "Free the port…")));
    free.into_iter().chain(others).collect()
}

/// Whether somebody is on its port whom the settings don't allow there, and all of them may be ended.
fn may_be_freed(service: &Service) -> bool {
    let mut holders =
        service.unwanted_causes().flat_map(|cause| cause.endable_holders()).peekable();
    let is_somebody = holders.peek().is_some();
    is_somebody && holders.all(|holder| holder.guard.is_none())
}
