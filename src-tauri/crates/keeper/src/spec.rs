//! What the keeper is told of a service that it is to keep.

use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::BoxFuture;
use ports::program::{Guardian, Program};
use tokio_util::sync::CancellationToken;
use wire::{ServiceName, Silence};

use crate::connections::Connections;

/// How a service is run: with the connections that come in, until the token is cancelled. Before that it must not end.
pub type Serve =
    Arc<dyn Fn(Connections, CancellationToken) -> BoxFuture<'static, ()> + Send + Sync>;

/// How many a service has turned away so far for want of a place.
pub type TurnedAway = Arc<dyn Fn() -> u64 + Send + Sync>;

/// A service that is to be kept.
pub struct ServiceSpec {
    /// Its name.
    pub name: ServiceName,
    /// What the log says whenever it can be reached: people look for that sentence.
    pub announcement: &'static str,
    /// Where it is to listen. It must have the first address; any other it has where it can.
    pub addresses: Vec<SocketAddr>,
    /// Whether other processes may listen beside it.
    pub sharing: ports::Sharing,
    /// Listeners that we were started with. One at an address of the service is used instead of a new one.
    pub adopted: Vec<TcpListener>,
    /// How it is run.
    pub serve: Serve,
    /// How many it has turned away.
    pub turned_away: TurnedAway,
}

/// Asks a program in its own protocol whether it is what it should be.
pub type Prove = Arc<dyn Fn() -> BoxFuture<'static, Result<(), Silence>> + Send + Sync>;

/// Sees whether everything is there that a program takes, and what exactly is to be started; or tells what is missing.
pub type Prepare =
    Arc<dyn Fn(Program) -> BoxFuture<'static, Result<Program, String>> + Send + Sync>;

/// A program that is to be started and watched, and that listens by itself.
pub struct ProgramSpec {
    /// Its name.
    pub name: ServiceName,
    /// What the log says whenever it can be reached.
    pub announcement: &'static str,
    /// Where it listens.
    pub address: SocketAddr,
    /// What is started.
    pub program: Program,
    /// What is seen to before each start, if anything.
    pub prepare: Option<Prepare>,
    /// What stands between it and us.
    pub guardian: Guardian,
    /// How long it may take to get ready before that is told as trouble. It may take longer all the same.
    pub ready_limit: Duration,
    /// How it is proven, once after each start.
    pub prove: Prove,
    /// Whether it is started with the others.
    pub starts_by_itself: bool,
}

/// Whatever is to be kept.
pub enum Spec {
    /// A service that is handed its connections.
    Hosted(ServiceSpec),
    /// A program that listens by itself.
    Program(ProgramSpec),
}

impl From<ServiceSpec> for Spec {
    fn from(spec: ServiceSpec) -> Self {
        Self::Hosted(spec)
    }
}

impl From<ProgramSpec> for Spec {
    fn from(spec: ProgramSpec) -> Self {
        Self::Program(spec)
    }
}
