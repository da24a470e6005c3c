//! What the tray's menu says, as a value: made here without a desktop, put on the screen by the module above.

use station::words;
use wire::{Holder, Life, Order, PortState, Service, ServiceName, Snapshot, Timestamp};

/// The menu from top to bottom.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Menu(pub(crate) Vec<Entry>);

/// An entry of the menu.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Entry {
    /// Something to click.
    Line(Line),
    /// What can be done with a service.
    Submenu(Line, Vec<Line>),
    /// A rule between groups.
    Rule,
}

/// Something to click.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Line {
    /// Which.
    pub(crate) id: Id,
    /// What it says.
    pub(crate) text: String,
    /// Whether it can be clicked.
    pub(crate) is_enabled: bool,
    /// Whether it carries a check mark.
    pub(crate) is_checked: bool,
}

/// The name of a line. It stays the same whatever the line says, so that a click never means another line than the one
/// that was seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Id {
    /// How a service is. A click opens the window.
    Status(ServiceName),
    /// Opens the confirmation that frees a service's port.
    Free(ServiceName),
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

/// The menu that shows this.
pub(crate) fn menu(snapshot: &Snapshot, launches_at_login: bool, at: Timestamp) -> Menu {
    let mut entries = Vec::new();
    for service in &snapshot.services {
        entries.push(Entry::Line(Line::new(Id::Status(service.name), words::service(service, at))));
        entries.extend(free(service).map(Entry::Line));
    }
    entries.push(Entry::Rule);
    entries.extend(snapshot.services.iter().map(submenu));
    entries.push(Entry::Rule);
    entries.push(Entry::Line(Line::new(Id::Open, "Open xSwarm Voice")));
    let login = Line::new(Id::LaunchAtLogin, "Start at login");
    entries.push(Entry::Line(Line { is_checked: launches_at_login, ..login }));
    entries.push(Entry::Rule);
    entries.push(Entry::Line(Line::new(Id::Quit, "Quit xSwarm Voice")));
    Menu(entries)
}

/// The line that frees the port, where somebody holds it whom we would end. It names them.
fn free(service: &Service) -> Option<Line> {
    let holders = service.state.cause()?.holders();
    let (first, others) = holders.split_first()?;
    if holders.iter().any(|holder| holder.guard.is_some()) {
        return None;
    }
    let names = match others.len() {
        0 => victim(first),
        more => format!("{} and {more} more", victim(first)),
    };
    Some(Line::new(Id::Free(service.name), format!("Free port {}… ({names})", service.port)))
}

fn victim(holder: &Holder) -> String {
    format!("{}, {}", holder.name, holder.identity.pid)
}

fn submenu(service: &Service) -> Entry {
    let name = service.name;
    let start = match service.state {
        PortState::Waiting { .. } | PortState::Taken { .. } | PortState::Refused { .. } => {
            "Retry now"
        }
        PortState::Stopped
        | PortState::Binding { .. }
        | PortState::Proving { .. }
        | PortState::Listening { .. }
        | PortState::Shared { .. }
        | PortState::Silent { .. } => "Start",
    };
    let (can_start, can_stop, can_restart) = match service.life {
        Life::Stopped => (true, false, false),
        Life::Failed { .. } | Life::Waiting | Life::Restarting { .. } => (true, true, false),
        Life::Starting => (false, true, false),
        Life::Running => (false, true, true),
        Life::Stopping => (false, false, false),
    };
    Entry::Submenu(
        Line::new(Id::Service(name), name.to_string()),
        vec![
            Line { is_enabled: can_start, ..Line::new(Id::Start(name), start) },
            Line { is_enabled: can_stop, ..Line::new(Id::Stop(name), "Stop") },
            Line { is_enabled: can_restart, ..Line::new(Id::Restart(name), "Restart") },
        ],
    )
}

impl Line {
    fn new(id: Id, text: impl Into<String>) -> Self {
        Self { id, text: text.into(), is_enabled: true, is_checked: false }
    }
}

impl Entry {
    /// The name of the line, or of the submenu. A rule has none: it never comes or goes.
    pub(crate) const fn id(&self) -> Option<Id> {
        match self {
            Self::Line(line) | Self::Submenu(line, _) => Some(line.id),
            Self::Rule => None,
        }
    }

    /// The line itself and those of its submenu.
    pub(crate) fn lines(&self) -> impl Iterator<Item = &Line> {
        let (own, below) = match self {
            Self::Line(line) => (Some(line), [].as_slice()),
            Self::Submenu(line, lines) => (Some(line), lines.as_slice()),
            Self::Rule => (None, [].as_slice()),
        };
        own.into_iter().chain(below)
    }
}

impl Id {
    /// The name as the toolkit keeps it.
    pub(crate) fn name(self) -> String {
        match self {
            Self::Status(service) => format!("status.{}", service.id()),
            Self::Free(service) => format!("free.{}", service.id()),
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
                Self::Free(service),
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
            Self::Start(service) => Some(Order::Start { service }),
            Self::Stop(service) => Some(Order::Stop { service }),
            Self::Restart(service) => Some(Order::Restart { service }),
            Self::Status(_)
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
    use std::net::SocketAddr;

    use wire::{Cause, Engine, Guard, HolderKind, Identity};

    use super::*;

    const NOON: Timestamp = Timestamp(43_200_000);
    const LISTENING: PortState = PortState::Listening { since: NOON, proven_at: NOON };

    fn snapshot(life: Life, state: PortState) -> Snapshot {
        let address = |port| SocketAddr::from(([127, 0, 0, 1], port));
        Snapshot {
            version: "1.0.0".to_owned(),
            pid: 1,
            started: NOON,
            services: vec![
                Service::new(ServiceName::VoiceBridge, address(9998), life, state),
                Service::new(ServiceName::Supervisor, address(9999), Life::Running, LISTENING),
            ],
            engine: Engine::LineCheck,
            calls: Vec::new(),
            notes: Vec::new(),
        }
    }

    fn holder(name: &str, pid: u32, guard: Option<Guard>) -> Holder {
        Holder {
            identity: Identity { pid, began: "1".to_owned(), executable: None, uid: None },
            name: name.to_owned(),
            command_line: Vec::new(),
            user: None,
            started: None,
            address: "127.0.0.1:9998".to_owned(),
            kind: HolderKind::Program,
            guard,
        }
    }

    fn waiting(holders: Vec<Holder>) -> Snapshot {
        let next_at = Timestamp(NOON.0 + 2000);
        snapshot(
            Life::Waiting,
            PortState::Waiting { attempt: 2, attempts: 5, next_at, cause: Cause::Held { holders } },
        )
    }

    fn taken(holders: Vec<Holder>) -> Snapshot {
        snapshot(Life::Waiting, PortState::Taken { attempts: 5, cause: Cause::Held { holders } })
    }

    /// The menu as people see it: what can't be clicked is in brackets.
    fn drawn(snapshot: &Snapshot) -> String {
        let line = |line: &Line| match (line.is_enabled, line.is_checked) {
            (true, false) => line.text.clone(),
            (true, true) => format!("[x] {}", line.text),
            (false, _) => format!("({})", line.text),
        };
        let entry = |entry: &Entry| match entry {
            Entry::Rule => "----".to_owned(),
            Entry::Line(own) => line(own),
            Entry::Submenu(own, below) => {
                format!(
                    "{} > {}",
                    line(own),
                    below.iter().map(line).collect::<Vec<_>>().join(" | ")
                )
            }
        };
        menu(snapshot, false, NOON).0.iter().map(entry).collect::<Vec<_>>().join("\n")
    }

    #[test]
    fn all_is_well() {
        assert_eq!(
            drawn(&snapshot(Life::Running, LISTENING)),
            "Voice bridge: listening on 127.0.0.1:9998\n\
             Supervisor: listening on 127.0.0.1:9999\n\
             ----\n\
             Voice bridge > (Start) | Stop | Restart\n\
             Supervisor > (Start) | Stop | Restart\n\
             ----\n\
             Open xSwarm Voice\n\
             Start at login\n\
             ----\n\
             Quit xSwarm Voice"
        );
    }

    #[test]
    fn a_zombie_is_named_with_the_attempt_and_the_time_to_the_next() {
        let menu = drawn(&waiting(vec![holder("python3", 4711, None)]));
        let lines: Vec<&str> = menu.lines().collect();
        assert_eq!(
            lines[..2],
            [
                "Voice bridge: port 9998 is held by python3 (4711); attempt 2 of 5 failed, the next in 2 s",
                "Free port 9998… (python3, 4711)",
            ]
        );
        assert!(menu.contains("Voice bridge > Retry now | Stop | (Restart)"), "{menu}");
    }

    #[test]
    fn several_holders_are_counted() {
        let menu = drawn(&taken(vec![
            holder("node", 1, None),
            holder("sh", 2, None),
            holder("sh", 3, None),
        ]));
        assert!(menu.contains("Free port 9998… (node, 1 and 2 more)"), "{menu}");
    }

    #[test]
    fn whom_we_would_not_end_is_not_offered() {
        let menu =
            drawn(&taken(vec![holder("node", 1, None), holder("systemd", 2, Some(Guard::System))]));
        assert!(!menu.contains("Free"), "{menu}");
        assert!(!drawn(&taken(Vec::new())).contains("Free"));
    }

    #[test]
    fn a_stopped_service_can_only_be_started() {
        let menu = drawn(&snapshot(Life::Stopped, PortState::Stopped));
        assert!(menu.contains("Voice bridge > Start | (Stop) | (Restart)"), "{menu}");
    }

    #[test]
    fn quit_is_never_beside_free() {
        let Menu(entries) = menu(&taken(vec![holder("node", 1, None)]), true, NOON);
        let place = |wanted: Id| {
            entries.iter().position(|entry| entry.id() == Some(wanted)).expect("it is there")
        };
        assert!(place(Id::Quit).abs_diff(place(Id::Free(ServiceName::VoiceBridge))) > 2);
    }

    #[test]
    fn every_line_has_a_name_of_its_own() {
        let names: std::collections::HashSet<String> = Id::all().map(Id::name).collect();
        assert_eq!(names.len(), Id::all().count());
        assert!(Id::all().all(|id| Id::named(&id.name()) == Some(id)));
    }
}
