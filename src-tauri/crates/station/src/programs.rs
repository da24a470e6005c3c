//! The programs of the settings, as the keeper is to run them.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

use bridge::MoshiSettings;
use futures_util::future::BoxFuture;
use keeper::{Prepare, ProgramSpec, Prove};
use ports::program::{Guardian, Program};
use wire::{Life, Model, ModelCause, ModelHealth, Service, ServiceKind, Silence};

use crate::models;
use crate::settings::{ProgramProof, ProgramSettings};

/// Variables of ours that are nobody else's business.
const OURS: [&str; 8] = [
    "SUPERVISOR_TOKEN",
    "TWILIO_AUTH_TOKEN",
    "LISTEN_FDS",
    "LISTEN_FDNAMES",
    "LISTEN_PID",
    "NOTIFY_SOCKET",
    "WATCHDOG_PID",
    "WATCHDOG_USEC",
];

/// How a program is to be kept.
pub(crate) fn spec(settings: &ProgramSettings) -> ProgramSpec {
    let address = settings.address();
    let (program, arguments) = settings.command.split_first().map_or_else(
        || (String::new(), Vec::new()),
        |(program, arguments)| (program.clone(), arguments.to_vec()),
    );
    let kept_from_it = OURS.iter().map(|name| ((*name).to_owned(), None));
    let given = settings.environment.iter();
    let given = given.map(|(name, value)| (name.clone(), Some(value.clone())));
    let program = Program {
        program,
        arguments,
        folder: settings.folder.clone(),
        environment: kept_from_it.chain(given).collect(),
    };
    ProgramSpec {
        name: settings.name,
        announcement: "the program is ready",
        address,
        program,
        prepare: settings.entry.as_ref().map(|entry| prepare(entry.clone(), settings.port)),
        guardian: Guardian::of_this_program(),
        ready_limit: settings.ready,
        prove: prove(settings.proof, address),
        starts_by_itself: settings.start_with_app,
    }
}

/// Sees to what this server takes, and starts whichever of its programs is installed.
fn prepare(entry: String, port: u16) -> Prepare {
    Arc::new(move |program| {
        let entry = entry.clone();
        Box::pin(async move {
            let server = models::known_server_with(&entry, port, &program.environment).await;
            let server = server.ok_or_else(|| format!("no server is known as {entry}"))?;
            let folder = server.folder.clone().map(PathBuf::from);
            let mut command = models::startable(server)?.into_iter();
            let first = command.next().unwrap_or_default();
            Ok(Program {
                program: first,
                arguments: command.collect(),
                folder: program.folder.or(folder),
                environment: program.environment,
            })
        })
    })
}

fn prove(proof: ProgramProof, address: SocketAddr) -> Prove {
    match proof {
        ProgramProof::Http => Arc::new(move || -> BoxFuture<'static, Result<(), Silence>> {
            Box::pin(answers_http(address))
        }),
        ProgramProof::Port => Arc::new(|| Box::pin(std::future::ready(Ok(())))),
    }
}

/// Whether an answer in HTTP comes, whatever it says, also where it is encrypted. MOSHI servers turn the question away before
/// they give it a place.
async fn answers_http(address: SocketAddr) -> Result<(), Silence> {
    let (health, _) = shown_by(address).await;
    let ModelHealth::Unreachable { cause } = health else { return Ok(()) };
    match cause {
        ModelCause::Unauthorized { .. }
        | ModelCause::Redirect { .. }
        | ModelCause::NotFound
        | ModelCause::NotMoshi { status: Some(_) }
        | ModelCause::Faulty { .. } => Ok(()),
        ModelCause::Refused | ModelCause::NoConnection => Err(Silence::Unreachable),
        ModelCause::Mute => Err(Silence::Unanswered),
        ModelCause::NoSuchName
        | ModelCause::SpeaksTls
        | ModelCause::SpeaksPlain
        | ModelCause::Certificate { .. }
        | ModelCause::NotMoshi { status: None }
        | ModelCause::HangsUp
        | ModelCause::DropsCalls
        | ModelCause::NotInstalled { .. }
        | ModelCause::Crashed { .. }
        | ModelCause::Starting { .. }
        | ModelCause::Stopped { .. }
        | ModelCause::Other { .. } => Err(Silence::OtherProtocol),
    }
}

/// What a server of this machine shows, and at which address: without TLS, unless that is what it speaks.
pub(crate) async fn shown_by(address: SocketAddr) -> (ModelHealth, String) {
    let plain = format!("ws://{address}");
    let health = shown_at(&plain).await;
    if !matches!(health, ModelHealth::Unreachable { cause: ModelCause::SpeaksTls }) {
        return (health, plain);
    }
    let encrypted = format!("wss://{address}");
    (shown_at(&encrypted).await, encrypted)
}

/// It may be one whom nobody has named, so it is told neither prompts nor keys.
async fn shown_at(url: &str) -> ModelHealth {
    let settings = MoshiSettings { self_signed: true, ..MoshiSettings::default() };
    bridge::inquire_at(url, &settings).await.unwrap_or(ModelHealth::Unknown)
}

/// Tells of each model that is a program of ours, and that can't be had, what becomes of that program.
pub(crate) fn explain(models: &mut [Model], services: &[Service]) {
    for model in models.iter_mut().filter(|model| model.cause().is_some()) {
        let is_it = |service: &&Service| {
            let place = service.address.parse::<SocketAddr>();
            model.is_local
                && service.kind == ServiceKind::Program
                && place.is_ok_and(|place| port_of(&model.server) == Some(place.port()))
        };
        let Some(cause) = services.iter().find(is_it).and_then(shows) else { continue };
        model.health = ModelHealth::Unreachable { cause };
        *model = model.clone().anew();
    }
}

fn port_of(authority: &str) -> Option<u16> {
    authority.rsplit_once(':')?.1.parse().ok()
}

/// What becomes of a program, as the cause why its model can't be had; nothing where it serves.
fn shows(service: &Service) -> Option<ModelCause> {
    let name = service.name;
    let could_start = service.program.as_ref().is_none_or(|program| program.could_start);
    match &service.life {
        Life::Stopped | Life::Stopping => Some(ModelCause::Stopped { service: name }),
        Life::Starting => Some(ModelCause::Starting { service: name }),
        Life::Restarting { reason, .. } | Life::Failed { reason } if could_start => {
            Some(ModelCause::Crashed { service: name, reason: reason.clone() })
        }
        Life::Restarting { reason, .. } | Life::Failed { reason } => {
            Some(ModelCause::NotInstalled { service: name, reason: reason.clone() })
        }
        Life::Waiting | Life::Running => None,
    }
}

#[cfg(test)]
mod tests {
    use wire::{Engine, PortState, Program, Timestamp};

    use super::*;

    /// What is said of a model on this port that nobody answers at, where a program like that should be it.
    fn told(port: u16, life: Life, could_start: bool) -> Option<ModelCause> {
        let address = SocketAddr::from(([127, 0, 0, 1], 8998));
        let name = wire::ServiceName::literal("moshi");
        let program = Program {
            command: "moshi".to_owned(),
            pid: None,
            started: None,
            ready_by: None,
            listens: false,
            elsewhere: Vec::new(),
            could_start,
        };
        let service = Service {
            kind: ServiceKind::Program,
            program: Some(Box::new(program)),
            ..Service::new(name, address, life, PortState::Stopped, Vec::new())
        };
        let unknown = Model::unknown(Engine::Moshi, format!("localhost:{port}"), Timestamp(1));
        let health = ModelHealth::Unreachable { cause: ModelCause::Refused };
        let mut models = [Model { health, is_local: true, ..unknown }];
        explain(&mut models, &[service]);
        models[0].cause().cloned()
    }

    #[test]
    fn a_model_that_is_a_program_of_ours_is_told_by_what_becomes_of_that() {
        let failed = || Life::Failed { reason: "no such program".to_owned() };
        let named = |cause: Option<ModelCause>| cause.map(|cause| <&'static str>::from(&cause));
        assert_eq!(named(told(8998, failed(), false)), Some("not_installed"));
        assert_eq!(named(told(8998, failed(), true)), Some("crashed"));
        assert_eq!(named(told(8998, Life::Starting, true)), Some("starting"));
        assert_eq!(named(told(8998, Life::Stopped, true)), Some("stopped"));
        assert_eq!(named(told(8998, Life::Running, true)), Some("refused"));
        assert_eq!(named(told(8999, failed(), false)), Some("refused"), "it is another's");
    }
}
