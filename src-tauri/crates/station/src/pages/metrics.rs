//! `/metrics`: the snapshot in the text format of Prometheus.
//!
//! Every value is read off the snapshot when it is asked for. The client libraries keep registers of values that change
//! under way, which would be a second truth beside it; the format itself is a few lines.

use std::fmt::Write as _;

use door::Page;
use http::StatusCode;
use wire::{Model, ModelHealth, PortState, Service, Snapshot, Timestamp};

use super::health::is_up;

pub(super) fn page(snapshot: &Snapshot) -> Page {
    let mut text = Text::default();
    text.family("xswarm_build_info", "Which xSwarm Voice it is.");
    text.sample("xswarm_build_info", &[("version", &snapshot.version)], 1.0);
    text.family("xswarm_start_time_seconds", "When it started, in seconds since 1970.");
    text.sample("xswarm_start_time_seconds", &[], seconds(snapshot.started));
    text.family("xswarm_service_up", "Whether the service is proven to answer on its port.");
    for service in &snapshot.services {
        text.sample(
            "xswarm_service_up",
            &[("service", service.name.id())],
            f64::from(is_up(service)),
        );
    }
    text.family("xswarm_port_state", "Whether the port is in this state at this address.");
    for (service, address, state) in ports(snapshot) {
        for each in PortState::WORDS {
            let labels = [("service", service.name.id()), ("address", address), ("state", each)];
            text.sample("xswarm_port_state", &labels, f64::from(*each == <&str>::from(state)));
        }
    }
    text.family(
        "xswarm_last_proof_timestamp_seconds",
        "When the port was last proven to be ours alone and to be answered, while it is.",
    );
    for (service, address, state) in ports(snapshot) {
        if let PortState::Listening { proven_at, .. } | PortState::Crowded { proven_at, .. } = state
        {
            let labels = [("service", service.name.id()), ("address", address)];
            text.sample("xswarm_last_proof_timestamp_seconds", &labels, seconds(*proven_at));
        }
    }
    text.family(
        "xswarm_model_reachable",
        "Whether the speech model can be reached, once that is known.",
    );
    for model in &snapshot.models {
        if let Some(is_reachable) = is_reachable(model) {
            let labels = [("server", model.server.as_str())];
            text.sample("xswarm_model_reachable", &labels, f64::from(is_reachable));
        }
    }
    text.family("xswarm_calls", "How many calls go on.");
    text.sample("xswarm_calls", &[], snapshot.calls.len() as f64);
    text.family("xswarm_turned_away_total", "How many were turned away since the start, and why.");
    for entry in &snapshot.turned_away {
        let labels = [("service", entry.service.id()), ("reason", entry.reason.as_str())];
        // Exact: nobody is turned away 2^53 times.
        text.sample("xswarm_turned_away_total", &labels, entry.times as f64);
    }
    Page {
        status: StatusCode::OK,
        content_type: "text/plain; version=0.0.4; charset=utf-8",
        text: text.0,
    }
}

/// Whether a model can be reached, as far as it was asked.
const fn is_reachable(model: &Model) -> Option<bool> {
    match model.health {
        ModelHealth::Unknown => None,
        ModelHealth::Reachable | ModelHealth::Busy | ModelHealth::Stalled => Some(true),
        ModelHealth::Unreachable { .. } => Some(false),
    }
}

fn ports(snapshot: &Snapshot) -> impl Iterator<Item = (&Service, &str, &PortState)> {
    snapshot.services.iter().flat_map(|service| {
        let own = (service, service.address.as_str(), &service.state);
        let companions = service.companions.iter();
        std::iter::once(own)
            .chain(companions.map(move |each| (service, each.address.as_str(), &each.state)))
    })
}

/// Exact: a double holds the milliseconds of another 280 000 years.
fn seconds(moment: Timestamp) -> f64 {
    moment.0 as f64 / 1000.0
}

/// Metrics in the text format, version 0.0.4. Totals only grow; all others are gauges.
#[derive(Default)]
struct Text(String);

impl Text {
    fn family(&mut self, name: &str, help: &str) {
        let kind = if name.ends_with("_total") { "counter" } else { "gauge" };
        self.line(format_args!("# HELP {name} {help}\n# TYPE {name} {kind}"));
    }

    fn sample(&mut self, name: &str, labels: &[(&str, &str)], value: f64) {
        let labels: Vec<String> =
            labels.iter().map(|(key, value)| format!("{key}=\"{}\"", escaped(value))).collect();
        if labels.is_empty() {
            self.line(format_args!("{name} {value}"));
        } else {
            self.line(format_args!("{name}{{{}}} {value}", labels.join(",")));
        }
    }

    fn line(&mut self, line: std::fmt::Arguments<'_>) {
        // Writing into a string cannot fail.
        let _ = writeln!(self.0, "{line}");
    }
}

fn escaped(label: &str) -> String {
    label.replace('\\', r"\\").replace('"', r#"\""#).replace('\n', r"\n")
}
