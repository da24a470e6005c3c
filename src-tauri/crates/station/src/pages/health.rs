//! `/healthz`: 200 while the service is proven to answer, 503 otherwise, and the state of its ports as JSON.

use door::Page;
use http::StatusCode;
use serde::Serialize;
use wire::{Companion, PortState, Service, ServiceName, Snapshot, Timestamp};

#[derive(Serialize)]
struct Health<'a> {
    status: &'static str,
    service: ServiceName,
    address: Option<&'a str>,
    state: Option<State>,
    companions: Vec<Elsewhere<'a>>,
}

#[derive(Serialize)]
struct Elsewhere<'a> {
    address: &'a str,
    state: State,
    is_shadowed: bool,
}

/// What everybody may know of a port's state.
#[derive(Serialize)]
struct State {
    state: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    cause: Option<&'static str>,
    /// How many found no place between the last two proofs.
    #[serde(skip_serializing_if = "Option::is_none")]
    turned_away: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    since: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    proven_at: Option<Timestamp>,
}

pub(super) fn page(name: ServiceName, snapshot: &Snapshot) -> Page {
    let service = snapshot.service(name);
    let is_up = service.is_some_and(is_up);
    let companions = service.iter().flat_map(|service| &service.companions);
    let health = Health {
        status: status(is_up),
        service: name,
        address: service.map(|service| service.address.as_str()),
        state: service.map(|service| State::of(&service.state)),
        companions: companions.map(Elsewhere::of).collect(),
    };
    let text = serde_json::to_string(&health).expect("names and plain values always make JSON");
    json(is_up, text)
}

/// What everybody may know, wherever they come from.
pub(super) fn in_short(name: ServiceName, snapshot: &Snapshot) -> Page {
    let is_up = snapshot.service(name).is_some_and(is_up);
    json(is_up, format!(r#"{{"status":"{}"}}"#, status(is_up)))
}

fn status(is_up: bool) -> &'static str {
    if is_up { "ok" } else { "failing" }
}

fn json(is_up: bool, text: String) -> Page {
    let status = if is_up { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    Page { status, content_type: "application/json", text }
}

impl<'a> Elsewhere<'a> {
    fn of(companion: &'a Companion) -> Self {
        let Companion { address, state, is_shadowed, .. } = companion;
        Self { address, state: State::of(state), is_shadowed: *is_shadowed }
    }
}

impl State {
    fn of(state: &PortState) -> Self {
        let (since, proven_at, turned_away) = match *state {
            PortState::Listening { since, proven_at } => (Some(since), Some(proven_at), None),
            PortState::Crowded { since, proven_at, turned_away, .. } => {
                (Some(since), Some(proven_at), Some(turned_away))
            }
            PortState::Proving { since }
            | PortState::Shared { since, .. }
            | PortState::Silent { since, .. } => (Some(since), None, None),
            PortState::Stopped
            | PortState::Binding { .. }
            | PortState::Waiting { .. }
            | PortState::Taken { .. }
            | PortState::Refused { .. } => (None, None, None),
        };
        let cause = state.cause().map(Into::into);
        Self { state: state.into(), cause, turned_away, since, proven_at }
    }
}

/// Whether the service answers at the address that it must have, as far as the last proof goes.
pub(super) fn is_up(service: &Service) -> bool {
    match service.state {
        PortState::Listening { .. }
        | PortState::Crowded { .. }
        | PortState::Shared { is_intended: true, .. } => true,
        PortState::Stopped
        | PortState::Binding { .. }
        | PortState::Waiting { .. }
        | PortState::Proving { .. }
        | PortState::Shared { is_intended: false, .. }
        | PortState::Silent { .. }
        | PortState::Taken { .. }
        | PortState::Refused { .. } => false,
    }
}
