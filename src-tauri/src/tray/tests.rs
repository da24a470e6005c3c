//! What the tray shows where a voice model is to answer calls, and where somebody has switched a service off.

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;

use station::words;
use wire::{
    Engine, FoundServer, Life, Model, ModelCause, ModelHealth, PortState, Service, ServiceName,
    Snapshot,
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
fn every_way_in_which_a_model_cannot_be_had_is_told_with_its_cause_and_nothing_is_well() {
    let scenes = include_str!("../../../ui/dev/scenes.json");
    let scenes: BTreeMap<String, Snapshot> = serde_json::from_str(scenes).expect("snapshots");
    let ill = scenes.values().filter(|scene| {
        !scene.models.is_empty() && scene.models.iter().all(|model| model.cause().is_some())
    });
    let mut causes = BTreeSet::new();
    for scene in ill {
        let (face, lines) = shown(scene);
        assert_ne!(face.condition, Condition::Well, "{}", scene.sentence);
        assert!(!face.tooltip.contains("listening"), "{}", face.tooltip);
        for model in &scene.models {
            causes.extend(model.cause().map(<&str>::from));
            let line = words::voice_model(model, NOON);
            assert!(lines.contains(&line), "{line} is not among {lines:?}");
        }
    }
    assert_eq!(causes.len(), 19, "{causes:?}");
}

#[test]
fn a_server_that_was_found_is_offered_as_long_as_it_is_there() {
    let found = FoundServer { server: "127.0.0.1:8998".to_owned(), ..FoundServer::default() };
    let before = snapshot(true, None);
    let offer = "Use the MOSHI server found at 127.0.0.1:8998".to_owned();
    assert!(!shown(&before).1.contains(&offer));
    let (face, lines) = shown(&Snapshot { found: vec![found], ..before });
    assert_eq!(lines[2], offer);
    assert_eq!(face.condition, Condition::Well, "it is no trouble");
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
