//! The names of the menu's lines.

use wire::{Order, ServiceName};

/// The name of a line. It stays the same whatever the line says, so that a click never means another line than the one
/// that was seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Id {
    /// How a service is. A click opens the window.
    Status(ServiceName),
    /// Who else may get the connections that are meant for a service. A click opens the window.
    Shadow(ServiceName),
    /// Opens the confirmation that frees a service's port.
    Free(ServiceName),
    /// Mends a service whose port nobody is to be ended for: tries it again at once.
    RetryNow(ServiceName),
    /// Mends a service that has its port and doesn't serve it: restarts it.
    RestartNow(ServiceName),
    /// The submenu of a service.
    Service(ServiceName),
    /// Starts a service, or tries its port again at once.
    Start(ServiceName),
    /// Stops it.
    Stop(ServiceName),
    /// Restarts it.
    Restart(ServiceName),
    /// Shows the window.
    Open,
    /// Starts the app at login, or no longer.
    LaunchAtLogin,
    /// Ends the app.
    Quit,
}

impl Id {
    /// The name as the toolkit keeps it.
    pub(crate) fn name(self) -> String {
        let (kind, service) = match self {
            Self::Status(service) => ("status", service),
            Self::Shadow(service) => ("shadow", service),
            Self::Free(service) => ("free", service),
            Self::RetryNow(service) => ("retry_now", service),
            Self::RestartNow(service) => ("restart_now", service),
            Self::Service(service) => ("service", service),
            Self::Start(service) => ("start", service),
            Self::Stop(service) => ("stop", service),
            Self::Restart(service) => ("restart", service),
            Self::Open => return "open".to_owned(),
            Self::LaunchAtLogin => return "launch_at_login".to_owned(),
            Self::Quit => return "quit".to_owned(),
        };
        format!("{kind}.{}", service.id())
    }

    /// The lines that there may be of a service.
    fn all_of(service: ServiceName) -> [Self; 9] {
        [
            Self::Status(service),
            Self::Shadow(service),
            Self::Free(service),
            Self::RetryNow(service),
            Self::RestartNow(service),
            Self::Service(service),
            Self::Start(service),
            Self::Stop(service),
            Self::Restart(service),
        ]
    }

    /// The line of that name.
    pub(crate) fn named(name: &str) -> Option<Self> {
        let service = name.split_once('.').and_then(|(_, service)| service.parse().ok());
        let of_service = service.map(Self::all_of).into_iter().flatten();
        let all = of_service.chain([Self::Open, Self::LaunchAtLogin, Self::Quit]);
        all.into_iter().find(|id| id.name() == name)
    }

    /// The order that a click on the line gives, if it gives one.
    pub(crate) const fn order(self) -> Option<Order> {
        match self {
            Self::Start(service) | Self::RetryNow(service) => Some(Order::Start { service }),
            Self::Stop(service) => Some(Order::Stop { service }),
            Self::Restart(service) | Self::RestartNow(service) => Some(Order::Restart { service }),
            Self::Status(_)
            | Self::Shadow(_)
            | Self::Free(_)
            | Self::Service(_)
            | Self::Open
            | Self::LaunchAtLogin
            | Self::Quit => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use wire::ServiceName;

    use super::Id;

    #[test]
    fn every_line_has_a_name_of_its_own_whatever_services_there_are() {
        let services = ["voice_bridge", "supervisor", "bell"].map(ServiceName::literal);
        let whole = [Id::Open, Id::LaunchAtLogin, Id::Quit];
        let all: Vec<Id> = services.into_iter().flat_map(Id::all_of).chain(whole).collect();
        let names: HashSet<String> = all.iter().map(|id| id.name()).collect();
        assert_eq!(names.len(), all.len());
        assert!(all.iter().all(|id| Id::named(&id.name()) == Some(*id)));
        assert_eq!(Id::named("free.Nobody's"), None);
    }
}
