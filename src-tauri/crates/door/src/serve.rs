//! The loop that takes connections in, and its end.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use futures_util::{Stream, StreamExt};
use tokio::net::TcpStream;
use tokio::task::{JoinError, JoinSet};
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;
use tracing::{Instrument, debug_span, info, warn};

use crate::places::Places;
use crate::visit::{Shared, visit};
use crate::{Door, Site};

/// How long to leave the listener alone after an error such as "too many open files", which lasts.
const PAUSE: Duration = Duration::from_millis(200);

/// Serves until the connections end or `stop` is cancelled; then tells the visits, gives them `drain` to end, ends what
/// is left of them, and returns.
pub async fn serve<S, T>(
    mut connections: S,
    door: Arc<Door>,
    site: Arc<T>,
    stop: CancellationToken,
    drain: Duration,
) where
    S: Stream<Item = io::Result<TcpStream>> + Send + Unpin + 'static,
    T: Site,
{
    let places = Places::new(door.limits.connections, Arc::clone(&door.ledger));
    let shared = Arc::new(Shared { door, site, places, stop: stop.child_token() });
    let mut visits = JoinSet::new();
    let mut is_failing = false;
    loop {
        let connection = tokio::select! {
            // Whoever comes after the end is not taken in to be turned away, but waits for the next to serve here.
            biased;
            () = stop.cancelled() => break,
            Some(ended) = visits.join_next(), if !visits.is_empty() => {
                note_panic(ended);
                continue;
            }
            connection = connections.next() => connection,
        };
        match connection {
            None => break,
            Some(Ok(stream)) => {
                if is_failing {
                    info!("connections are accepted again");
                    is_failing = false;
                }
                let span = debug_span!(
                    "visit",
                    peer = stream.peer_addr().ok().map(tracing::field::display)
                );
                let place = shared.places.enter();
                visits.spawn(visit(stream, place, Arc::clone(&shared)).instrument(span));
            }
            Some(Err(error)) => {
                if !is_failing {
                    warn!(%error, "no connection can be accepted");
                    is_failing = true;
                }
                // Where descriptors are short, whoever has not even shown who it is has one too many.
                shared.places.make_way();
                tokio::select! {
                    () = stop.cancelled() => break,
                    () = sleep(PAUSE) => {}
                }
            }
        }
    }
    drop(connections);
    shared.stop.cancel();
    see_off(visits, drain).await;
}

async fn see_off(mut visits: JoinSet<()>, drain: Duration) {
    let all_gone = async {
        while let Some(ended) = visits.join_next().await {
            note_panic(ended);
        }
    };
    if timeout(drain, all_gone).await.is_err() {
        warn!(visits = visits.len(), "visits did not end in time and were cut off");
        visits.shutdown().await;
    }
}

fn note_panic(ended: Result<(), JoinError>) {
    if let Err(error) = ended {
        warn!(%error, "a visit broke down");
    }
}
