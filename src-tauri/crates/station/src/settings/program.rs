//! What is said of a program that is to be run.

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

use wire::ServiceName;

/// A program that is to be run.
#[derive(Clone, PartialEq, Eq)]
pub struct ProgramSettings {
    /// What the service is called.
    pub name: ServiceName,
    /// Which of the servers it is that are known, if one: then that tells what is started.
    pub entry: Option<String>,
    /// What is started, and with which arguments.
    pub command: Vec<String>,
    /// The folder that it works in.
    pub folder: Option<PathBuf>,
    /// Variables that it gets besides ours. They may hold secrets.
    pub environment: BTreeMap<String, String>,
    /// Where it listens on this machine.
    pub port: u16,
    /// Whether it is started with the app.
    pub start_with_app: bool,
    /// How long it may take to get ready.
    pub ready: Duration,
    /// What proves that it is.
    pub proof: ProgramProof,
}

/// What proves that a program is ready.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProgramProof {
    /// That it answers HTTP, as every MOSHI server does.
    Http,
    /// That it listens.
    Port,
}

impl ProgramSettings {
    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        SocketAddr::from((Ipv4Addr::LOCALHOST, self.port))
    }
}

/// Variables may hold secrets, so only their names are told.
impl std::fmt::Debug for ProgramSettings {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("ProgramSettings")
            .field("name", &self.name)
            .field("entry", &self.entry)
            .field("command", &self.command)
            .field("port", &self.port)
            .field("environment", &self.environment.keys())
            .finish_non_exhaustive()
    }
}
