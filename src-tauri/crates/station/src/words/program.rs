//! What is said of a service that is a program of its own, where that isn't what is said of all.

use wire::{Face, Life, PortState, Program, Sentence, Service, Silence, plain};

pub(super) const fn word(face: Face) -> Option<&'static str> {
    match face {
        Face::Binding | Face::Proving => Some("Starting"),
        Face::Silent => Some("Not ready"),
        Face::Stopped
        | Face::Waiting
        | Face::Listening
        | Face::Crowded
        | Face::Shared
        | Face::Taken
        | Face::Refused
        | Face::Stopping
        | Face::Restarting
        | Face::Failed
        | Face::Partial => None,
    }
}

pub(super) fn sentence(service: &Service, program: &Program) -> Option<Sentence> {
    let (address, port) = (&service.address, service.port);
    match (&service.life, &service.state) {
        (Life::Failed { reason }, _) if !program.could_start => {
            Some(format!("can't be started: {}", plain(reason)).into())
        }
        (Life::Starting | Life::Running, PortState::Binding { .. }) => {
            Some(format!("starting as soon as port {port} is free").into())
        }
        (Life::Starting | Life::Running, PortState::Proving { .. }) => {
            let Some(pid) = program.pid else { return Some("starting".into()) };
            let so_far = if program.listens {
                format!("listens on {address}, but hasn't answered yet")
            } else {
                format!("nothing on port {port} yet{}", elsewhere(program))
            };
            let said = Sentence::from(format!("starting as process {pid}: {so_far}"));
            Some(match program.ready_by {
                Some(moment) => said.and("; should be ready within ").until(moment),
                None => said,
            })
        }
        (Life::Starting | Life::Running, PortState::Silent { why, .. }) => {
            let runs =
                program.pid.map_or("runs".to_owned(), |pid| format!("runs as process {pid}"));
            let said = match why {
                Silence::NotListening => {
                    format!(
                        "{runs}, but nothing of it listens on port {port}{}",
                        elsewhere(program)
                    )
                }
                Silence::Unanswered | Silence::Unreachable => {
                    format!("listens on {address}, but doesn't answer")
                }
                Silence::OtherProtocol => format!(
                    "listens on {address}, but doesn't answer HTTP, as a MOSHI server would"
                ),
                Silence::OutOfDescriptors | Silence::Unverifiable => return None,
            };
            Some(said.into())
        }
        (
            Life::Stopped
            | Life::Starting
            | Life::Waiting
            | Life::Running
            | Life::Restarting { .. }
            | Life::Stopping
            | Life::Failed { .. },
            _,
        ) => None,
    }
}

fn elsewhere(program: &Program) -> String {
    match program.elsewhere.as_slice() {
        [] => String::new(),
        others => format!(" (it listens on {} instead)", super::holder::list(others)),
    }
}

pub(super) fn hint(service: &Service, program: &Program) -> Option<&'static str> {
    match (&service.life, &service.state) {
        (Life::Failed { .. }, _) if !program.could_start => {
            Some("Install what is missing, or correct its command in the settings; then start it.")
        }
        (Life::Stopping, _) => Some(
            "It was asked to end, with all that it has started, and is ended soon if it doesn't.",
        ),
        (Life::Starting | Life::Running, PortState::Silent { why: Silence::NotListening, .. }) => {
            Some(if program.elsewhere.is_empty() {
                "Fetching or loading a model may take long: it counts as ready as soon as it listens there."
            } else {
                "Its address in the settings and the one in its command must be the same."
            })
        }
        (Life::Starting | Life::Running, PortState::Silent { why: Silence::OtherProtocol, .. }) => {
            Some("Is it the right program? If it speaks TLS, set proof = \"port\" for it.")
        }
        (
            Life::Stopped
            | Life::Starting
            | Life::Waiting
            | Life::Running
            | Life::Restarting { .. }
            | Life::Failed { .. },
            _,
        ) => None,
    }
}
