//! What has changed from one snapshot to the next, as events.

use std::collections::BTreeMap;
use std::time::SystemTime;

use wire::protocol::{CallLevels, Message, Moment};
use wire::{Call, Engine, Model, PortState, Service, Snapshot};

use crate::topic::Topic;

pub(crate) struct Changes {
    calls: BTreeMap<u64, Call>,
    /// The highest number that a call has had.
    newest: u64,
    lines: Vec<CallLevels>,
    services: Vec<Service>,
    models: Vec<Model>,
    engine: Engine,
}

impl Changes {
    pub(crate) fn since(snapshot: &Snapshot) -> Self {
        let ended = snapshot.ended_calls.iter().map(|call| call.id);
        let newest = snapshot.calls.iter().map(|call| call.id).chain(ended).max().unwrap_or(0);
        let is_over = |call: &Call| snapshot.ended_calls.iter().any(|ended| ended.id == call.id);
        let calls = snapshot.calls.iter().filter(|call| !is_over(call));
        Self {
            calls: calls.map(|call| (call.id, call.clone())).collect(),
            newest,
            lines: lines(snapshot),
            services: services(snapshot),
            models: models(snapshot),
            engine: snapshot.engine,
        }
    }

    pub(crate) fn to(&mut self, snapshot: &Snapshot) -> Vec<(Topic, Message)> {
        let timestamp = Moment::from(SystemTime::now());
        let mut events = self.calls_to(snapshot, timestamp);
        let lines = lines(snapshot);
        if lines != self.lines {
            self.lines.clone_from(&lines);
            events.push((Topic::Levels, Message::Levels { calls: lines, timestamp }));
        }
        let services = services(snapshot);
        for (service, shown) in services.iter().zip(&snapshot.services) {
            if !self.services.contains(service) {
                let service = shown.clone();
                events.push((Topic::Services, Message::ServiceChanged { service, timestamp }));
            }
        }
        self.services = services;
        let models = models(snapshot);
        for (model, shown) in models.iter().zip(&snapshot.models) {
            if !self.models.contains(model) {
                let model = shown.clone();
                events.push((Topic::Engine, Message::ModelHealthChanged { model, timestamp }));
            }
        }
        self.models = models;
        if snapshot.engine != self.engine {
            self.engine = snapshot.engine;
            let engine = snapshot.engine;
            events.push((Topic::Engine, Message::EngineChanged { engine, timestamp }));
        }
        events
    }

    /// A call may have begun and ended since the last snapshot, or be in both lists for a moment.
    fn calls_to(&mut self, snapshot: &Snapshot, timestamp: Moment) -> Vec<(Topic, Message)> {
        let mut events = Vec::new();
        let ended: BTreeMap<u64, &Call> =
            snapshot.ended_calls.iter().map(|call| (call.id, call)).collect();
        let going_on: BTreeMap<u64, &Call> =
            snapshot.calls.iter().map(|call| (call.id, call)).collect();
        let mut seen = going_on.clone();
        seen.extend(&ended);
        for (id, call) in seen {
            if id > self.newest {
                self.newest = id;
                self.calls.insert(id, call.clone());
                let call = going_on.get(&id).copied().unwrap_or(call).clone();
                events.push((Topic::Calls, Message::CallStarted { call, timestamp }));
            } else if let Some(last) = self.calls.get_mut(&id) {
                if let Some(model) = call.model.clone().filter(|_| call.model != last.model) {
                    let event = Message::ModelChanged { call: id, model, timestamp };
                    events.push((Topic::Engine, event));
                }
                last.clone_from(call);
            }
        }
        let over =
            self.calls.extract_if(.., |id, _| ended.contains_key(id) || !going_on.contains_key(id));
        events.extend(over.map(|(_, call)| (Topic::Calls, Message::CallEnded { call, timestamp })));
        events
    }
}

fn lines(snapshot: &Snapshot) -> Vec<CallLevels> {
    let line = |call: &Call| CallLevels {
        call: call.id,
        phase: call.phase,
        heard_dbfs: call.heard.level_dbfs,
        said_dbfs: call.said.level_dbfs,
    };
    snapshot.calls.iter().map(line).collect()
}

/// The services without what changes every few seconds and is no news: when they were last proven, and who was turned
/// away since.
fn services(snapshot: &Snapshot) -> Vec<Service> {
    let mut services = snapshot.services.clone();
    for service in &mut services {
        let companions = service.companions.iter_mut().map(|companion| &mut companion.state);
        for state in companions.chain([&mut service.state]) {
            match state {
                PortState::Listening { since, proven_at } => *proven_at = *since,
                PortState::Crowded { since, proven_at, turned_away, by } => {
                    *proven_at = *since;
                    *turned_away = 0;
                    by.clear();
                }
                PortState::Stopped
                | PortState::Binding { .. }
                | PortState::Waiting { .. }
                | PortState::Proving { .. }
                | PortState::Shared { .. }
                | PortState::Silent { .. }
                | PortState::Taken { .. }
                | PortState::Refused { .. } => {}
            }
        }
    }
    services
}

/// The models without when they were last asked, which is no news.
fn models(snapshot: &Snapshot) -> Vec<Model> {
    let unasked = |model: &Model| Model { asked_at: None, ..model.clone() };
    snapshot.models.iter().map(unasked).collect()
}
