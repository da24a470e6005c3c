//! What a terminal can do by itself, whether or not a station runs: free a port.

use std::net::SocketAddr;
use std::time::Duration;

use tokio::time::{Instant, timeout_at};
use wire::{Cause, Ended, Failure, Identity};

use crate::installation::kill_log::{By, note_all};
use crate::peers::predecessor;
use crate::peers::sight::{Sight, known, look, running};

/// How long a port may take to become free once its holders have ended.
const SETTLING: Duration = Duration::from_secs(3);

/// Ends the confirmed holders of a port, and makes sure that it is free or has gone to the xSwarm Voice that runs.
pub async fn free(address: SocketAddr, victims: &[Identity]) -> Result<Vec<Ended>, Failure> {
    let asked = predecessor::ask_to_quit(victims).await;
    let has_quit = |victim: &Identity| asked.iter().any(|one| one.identity.is(victim));
    let victims: Vec<_> = victims.iter().filter(|one| !has_quit(one)).cloned().collect();
    // Where it was the only one, the port may be that of the xSwarm Voice that runs by now.
    let freed = if victims.is_empty() && asked.is_some() {
        Ok(Vec::new())
    } else {
        ports::free(address, &victims, &known()).await
    };
    let more = freed.as_ref().map_or_else(Failure::ended, Vec::as_slice);
    note_all(&[asked.as_slice(), more].concat(), Some(address.port()), By::Terminal).await;
    let ended: Vec<_> = asked.into_iter().chain(freed?).collect();
    let until = Instant::now() + SETTLING;
    loop {
        match look(address).await {
            Sight::Free => return Ok(ended),
            Sight::InUse(cause) if is_ours(&cause) => return Ok(ended),
            // The port tells whether it is free, and whoever is on it may be ending.
            Sight::InUse(cause) => {
                let vacated = timeout_at(until, ports::released(address, &cause)).await;
                if vacated.is_err() || until <= Instant::now() {
                    return Err(Failure::StillTaken { ended, cause });
                }
            }
            Sight::Refused(refusal) => {
                return Err(Failure::System { message: refusal.to_string() });
            }
        }
    }
}

/// Whether the port has gone to the xSwarm Voice that runs, which was waiting for it.
fn is_ours(cause: &Cause) -> bool {
    running().is_some_and(|running| cause.is_held_only_by(&running.identity))
}
