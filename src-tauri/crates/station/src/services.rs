//! The services: all that the station has to know of one is its row.

#![expect(missing_docs, reason = "what is not explained is named as what it is")]

use std::sync::Arc;

use bridge::Bridge;
use door::Ledger;
use keeper::Serve;
use supervisor::Supervisor;
use wire::ServiceName;

use crate::settings::{Listening, Section, Settings};

/// Phone calls and MOSHI clients.
pub const VOICE_BRIDGE: ServiceName = bridge::NAME;
/// Watching and steering.
pub const SUPERVISOR: ServiceName = supervisor::NAME;

/// A service: what it is called, where it listens, and how it is run.
#[derive(Clone)]
pub struct Row {
    pub name: ServiceName,
    pub title: &'static str,
    /// What it is for, in a few words.
    pub purpose: &'static str,
    /// What it does, as the end of a sentence.
    pub deed: &'static str,
    /// One of those who come to it, and several.
    pub visitors: [&'static str; 2],
    /// What the log says whenever it can be reached.
    pub announcement: &'static str,
    pub listening: Arc<dyn Fn(&Settings) -> Listening + Send + Sync>,
    pub host: Arc<dyn Fn(&Parts) -> Hosted + Send + Sync>,
}

/// What services are made of.
pub struct Parts {
    pub(crate) bridge: Arc<Bridge>,
    pub(crate) supervisor: Arc<Supervisor>,
}

/// A service, ready to be handed its connections.
pub struct Hosted {
    pub serve: Serve,
    pub ledger: Arc<Ledger>,
}

/// All of them, in the order in which they are shown.
pub fn all() -> Vec<Row> {
    vec![
        Row {
            name: VOICE_BRIDGE,
            title: "Voice bridge",
            purpose: "Phone calls",
            deed: "takes phone calls and MOSHI clients",
            visitors: ["stream to the voice bridge", "streams to the voice bridge"],
            announcement: "Voice bridge WebSocket server listening",
            listening: Arc::new(|settings| settings.listening(Section::VoiceBridge)),
            host: Arc::new(|parts| {
                let (bridge, ledger) = (Arc::clone(&parts.bridge), parts.bridge.ledger());
                let serve: Serve = Arc::new(move |connections, stop| {
                    Box::pin(Arc::clone(&bridge).serve(connections, stop))
                });
                Hosted { serve, ledger }
            }),
        },
        Row {
            name: SUPERVISOR,
            title: "Supervisor",
            purpose: "Watching and steering",
            deed: "lets people and agents watch and steer them",
            visitors: ["client of the supervisor", "clients of the supervisor"],
            announcement: "Supervisor WebSocket server listening",
            listening: Arc::new(|settings| settings.listening(Section::Supervisor)),
            host: Arc::new(|parts| {
                let supervisor = Arc::clone(&parts.supervisor);
                let ledger = Arc::clone(&supervisor.ledger);
                let serve: Serve = Arc::new(move |connections, stop| {
                    Box::pin(Arc::clone(&supervisor).serve(connections, stop))
                });
                Hosted { serve, ledger }
            }),
        },
    ]
}

impl Row {
    /// So many of those who come to it: `3 streams to the voice bridge`.
    pub fn visitors(&self, times: u64) -> String {
        let [one, many] = self.visitors;
        format!("{times} {}", if times == 1 { one } else { many })
    }
}
