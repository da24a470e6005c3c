//! What the keeper is told of a service that it is to keep.

use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;

use futures_util::future::BoxFuture;
use tokio_util::sync::CancellationToken;
use wire::ServiceName;

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
