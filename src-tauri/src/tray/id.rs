//! The names of the menu's lines.

use serde::{Deserialize, Serialize};
use wire::{Engine, EngineChoice, Order, ServiceName};

/// The name of a line. It stays the same whatever the line says, so that a click never means another line than the one
/// that was seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(crate) enum Id {
    /// How a service is. A click opens the window.
    Status(ServiceName),
    /// Who else may get the connections that are meant for a service. A click opens the window.
    Shadow(ServiceName),
    /// How a voice model is: the one at that place in the settings. A click opens the window.
    Model(usize),
    /// Opens the confirmation that frees a service's port.
    Free(ServiceName),
    /// Mends a service whose port nobody is to be ended for: tries it again at once.
    RetryNow(ServiceName),
    /// Mends a service that has its port and doesn't serve it: restarts it.
    RestartNow(ServiceName),
    Service(ServiceName),
    /// Starts a service, or tries its port again at once.
    Start(ServiceName),
    Stop(ServiceName),
    Restart(ServiceName),
    /// What answers calls, and below it what may.
    Answering,
    /// Has this engine answer calls.
    Answer(Engine),
    /// Has the engines answer calls that are listed in the settings, in turn.
    AnswerInTurn,
    /// Has the server answer calls that was found: the one at that place among those.
    UseServer(usize),
    Open,
    LaunchAtLogin,
    Quit,
}

impl Id {
    /// The line that chooses this.
    pub(crate) fn choosing(choice: &EngineChoice) -> Self {
        match choice {
            EngineChoice::One(engine) => Self::Answer(*engine),
            EngineChoice::InTurn(_) => Self::AnswerInTurn,
        }
    }

    /// The name as the toolkit keeps it.
    pub(crate) fn name(self) -> String {
        serde_json::to_string(&self).expect("names of lines and services are texts")
    }

    pub(crate) fn named(name: &str) -> Option<Self> {
        serde_json::from_str(name).ok()
    }

    /// The order that a click on the line gives, if it gives one.
    pub(crate) const fn order(self) -> Option<Order> {
        match self {
            Self::Start(service) | Self::RetryNow(service) => Some(Order::Start { service }),
            Self::Stop(service) => Some(Order::Stop { service }),
            Self::Restart(service) | Self::RestartNow(service) => Some(Order::Restart { service }),
            Self::Status(_)
            | Self::Shadow(_)
            | Self::Model(_)
            | Self::Free(_)
            | Self::Service(_)
            | Self::Answering
            | Self::Answer(_)
            | Self::AnswerInTurn
            | Self::UseServer(_)
            | Self::Open
            | Self::LaunchAtLogin
            | Self::Quit => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use wire::{Engine, ServiceName};

    use super::Id;

    #[test]
    fn every_line_has_a_name_of_its_own_whatever_services_there_are() {
        let services = ["voice_bridge", "supervisor", "bell"].map(ServiceName::literal);
        let lines = [
            Id::Status,
            Id::Shadow,
            Id::Free,
            Id::RetryNow,
            Id::RestartNow,
            Id::Service,
            Id::Start,
            Id::Stop,
            Id::Restart,
        ];
        let whole = [
            Id::Model(0),
            Id::Model(1),
            Id::Answering,
            Id::AnswerInTurn,
            Id::UseServer(0),
            Id::UseServer(1),
            Id::Open,
            Id::LaunchAtLogin,
            Id::Quit,
        ]
        .into_iter();
        let whole = whole.chain(Engine::ALL.iter().map(|engine| Id::Answer(*engine)));
        let of_services = services.into_iter().flat_map(|service| lines.map(|line| line(service)));
        let all: Vec<Id> = of_services.chain(whole).collect();
        let names: HashSet<String> = all.iter().map(|id| id.name()).collect();
        assert_eq!(names.len(), all.len());
        assert!(all.iter().all(|id| Id::named(&id.name()) == Some(*id)));
        assert_eq!(Id::named("free.Nobody's"), None);
        assert_eq!(Id::named(r#"{"Free":"Nobody's"}"#), None);
    }
}
