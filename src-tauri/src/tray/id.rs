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
        match self {
            Self::Status(service) => format!("status.{}", service.id()),
            Self::Shadow(service) => format!("shadow.{}", service.id()),
            Self::Free(service) => format!("free.{}", service.id()),
            Self::RetryNow(service) => format!("retry_now.{}", service.id()),
            Self::RestartNow(service) => format!("restart_now.{}", service.id()),
            Self::Service(service) => format!("service.{}", service.id()),
            Self::Start(service) => format!("start.{}", service.id()),
            Self::Stop(service) => format!("stop.{}", service.id()),
            Self::Restart(service) => format!("restart.{}", service.id()),
            Self::Open => "open".to_owned(),
            Self::LaunchAtLogin => "launch_at_login".to_owned(),
            Self::Quit => "quit".to_owned(),
        }
    }

    /// All names there can be.
    pub(crate) fn all() -> impl Iterator<Item = Self> {
        let of_services = ServiceName::ALL.into_iter().flat_map(|service| {
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
        });
        of_services.chain([Self::Open, Self::LaunchAtLogin, Self::Quit])
    }

    /// The line of that name.
    pub(crate) fn named(name: &str) -> Option<Self> {
        Self::all().find(|id| id.name() == name)
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

    use super::Id;

    #[test]
    fn every_line_has_a_name_of_its_own() {
        let names: HashSet<String> = Id::all().map(Id::name).collect();
        assert_eq!(names.len(), Id::all().count());
        assert!(Id::all().all(|id| Id::named(&id.name()) == Some(id)));
    }
}
