//! Handing the ports to another xSwarm Voice of this user, with the connections that wait in them: nobody is refused.
//!
//! The two meet at a socket in our private folder. The successor asks; it is sent the listeners; it says that it has
//! them; the predecessor lets go of its own and of the lock, says so, and ends when its calls have.

#[cfg(unix)]
mod unix;
#[cfg(windows)]
mod windows;

use std::net::TcpListener;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use keeper::Orders;
use tokio::sync::watch;
use tokio::time::sleep;
use tracing::{info, warn};
use wire::{Failure, Force};

use crate::Farewell;
use crate::installation::kill_log::{By, note_all};
use crate::installation::lock::{Lock, Running};
use crate::peers::predecessor::{GRACE, quits, supervisor_address};

#[cfg(unix)]
use unix as system;
#[cfg(windows)]
use windows as system;

/// How long to leave the meeting point alone after an error that lasts, such as "too many open files".
const PAUSE: Duration = Duration::from_secs(1);

/// The lock, until it is given up.
pub(crate) type Held = Arc<Mutex<Option<Lock>>>;

/// Takes the listeners of that xSwarm Voice over. If it does not answer within a few seconds, as a hung one doesn't, or
/// this system has no way to hand listeners over, it is asked to quit, and ended if it does not. An error if it can't be.
pub(crate) async fn from(running: Running, folder: &Path) -> Result<Vec<TcpListener>, Failure> {
    let silence = match system::take_over(folder).await {
        Ok(listeners) => return Ok(listeners),
        Err(silence) => silence,
    };
    let pid = running.identity.pid;
    warn!(pid, error = %silence, "the xSwarm Voice that runs does not hand over its ports, so it is to end");
    let has_quit = quits(supervisor_address(), &running.identity).await;
    let mut ended = ports::end(&running.identity, GRACE, &ports::Known::default()).await?;
    if has_quit {
        ended.force = Force::Polite;
    }
    info!(pid, force = ?ended.force, "ended the xSwarm Voice that ran");
    note_all(&[ended], None, By::Successor).await;
    Ok(Vec::new())
}

/// Waits for a successor, gives it everything, and bids farewell.
pub(crate) async fn offer(
    meeting: system::Meeting,
    orders: Orders,
    lock: Held,
    farewell: watch::Sender<Option<Farewell>>,
) {
    let waiting = next(&meeting, &orders).await;
    // From here on there is no way back: the successor has the listeners. It opens a meeting of its own as soon as it
    // has the lock, which must not be taken for ours.
    drop(meeting);
    orders.release().await;
    drop(lock.lock().unwrap_or_else(PoisonError::into_inner).take());
    match waiting.tell().await {
        Ok(()) => info!("handed the ports to another xSwarm Voice"),
        Err(error) => warn!(%error, "the one that took the ports over has gone"),
    }
    farewell.send_replace(Some(Farewell::HandedOver));
}

/// The next successor that has received the listeners.
async fn next(meeting: &system::Meeting, orders: &Orders) -> system::Heir {
    loop {
        match meeting.successor().await {
            Ok(successor) => match successor.send(orders.listeners().await).await {
                Ok(waiting) => return waiting,
                Err(error) => warn!(%error, "the ports were not handed over"),
            },
            Err(error) => {
                warn!(%error, "nobody can ask for the ports");
                sleep(PAUSE).await;
            }
        }
    }
}

/// Opens the place where a successor may ask. Without one, the ports can't be handed over, which is not worth failing for.
pub(crate) fn meeting(folder: &Path) -> Option<system::Meeting> {
    system::Meeting::open(folder)
        .inspect_err(|error| warn!(%error, "the ports cannot be handed over to a later start"))
        .ok()
}
