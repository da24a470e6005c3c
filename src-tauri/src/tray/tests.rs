//! What the tray shows where a voice model is to answer calls, and where somebody has switched a service off.

use std::net::SocketAddr;

use station::words;
use wire::{
    Engine, Life, Model, ModelCause, ModelHealth, PortState, Service, ServiceName, Snapshot,
};

use super::menu::Entry;
use super::*;

const NOON: Timestamp = Timestamp(43_200_000);

fn service(name: ServiceName, port: u16, is_on: bool) -> Service {
    let (life, state) = if is_on {
        (Life::Running, PortState::Listening { since: NOON, proven_at: NOON })
    } else {
        (Life::Stopped, PortState::Stopped)
    };
    Service::new(name, SocketAddr::from(([127, 0, 0, 1], port)), life, state, Vec::new())
}

fn snapshot(is_on: bool, model: Option<ModelHealth>) -> Snapshot {
    let engine = if model.is_some() { Engine::Moshi } else { Engine::LineCheck };
    let models = model.into_iter().map(|health| {
        let model = Model::unknown(Engine::Moshi, "127.0.0.1:8998".to_owned(), NOON);
        Model { health, stand_in: Some(Engine::LineCheck), ..model }.anew()
    });
    let services =
        vec![service(station::VOICE_BRIDGE, 9998, is_on), service(station::SUPERVISOR, 9999, true)];
    let nothing = Snapshot::new("1.0.0", 1, NOON, engine);
    let mut snapshot = Snapshot { services, models: models.collect(), ..nothing };
    words::say(&mut snapshot);
    snapshot
}

/// What the tray shows, and its menu's lines.
fn shown(snapshot: &Snapshot) -> (Face, Vec<String>) {
    let face = Face::of(snapshot, false, NOON);
    let lines = face.menu.0.iter().flat_map(Entry::lines).map(|line| line.text.clone()).collect();
    (face, lines)
}

#[test]
fn a_model_that_cannot_be_had_comes_first_and_nothing_is_well() {
    let cause = ModelCause::Refused;
    let (face, lines) = shown(&snapshot(true, Some(ModelHealth::Unreachable { cause })));
    assert_eq!(lines[0], "Voice model at 127.0.0.1:8998: nobody listens there");
    assert_eq!(face.condition, Condition::NeedsYou);
    assert_eq!(face.tooltip, "xSwarm Voice: no voice model at 127.0.0.1:8998, no calls");
}

#[test]
fn a_model_that_can_be_had_has_its_line_below_the_services() {
    let (face, lines) = shown(&snapshot(true, Some(ModelHealth::Reachable)));
    assert_eq!(lines[2], "Voice model at 127.0.0.1:8998: can be reached");
    assert_eq!(face.condition, Condition::Well);
}

#[test]
fn who_is_switched_off_is_not_well() {
    let (face, _) = shown(&snapshot(false, None));
    assert_eq!(face.condition, Condition::Off);
    assert_eq!(face.tooltip, "xSwarm Voice is stopped in part, no calls");
}
