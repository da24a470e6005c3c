//! Ending a process that is known by something else than a port, such as an older xSwarm Voice by its lock.

use std::time::Duration;

use tokio::time::timeout;
use wire::{Ended, Failure, Force, Identity};

use crate::free::{FIRM, ended_by_itself};
use crate::guard::{Known, endable};
use crate::released::{Pin, pin};
use crate::system::{self, ProcessHandle};

/// Ends that process, politely first and firmly when it has not ended by `grace`, and returns when it has. Sends no signal
/// on any doubt: not if it is another one by now, and not if it is one that is never ended.
///
/// # Errors
/// If something speaks against it, or it survives.
pub async fn end(victim: &Identity, grace: Duration, known: &Known) -> Result<Ended, Failure> {
    let pid = victim.pid;
    let process = match pin(victim) {
        Pin::Held(process) => process,
        Pin::Ending(process) => {
            is_over(&process, FIRM).await;
            return Ok(ended_by_itself(victim));
        }
        Pin::Gone => return Ok(ended_by_itself(victim)),
        Pin::Another => return Err(Failure::Changed { pid }),
        Pin::Impossible(error) => return Err(Failure::system(error)),
    };
    let Some(name) = endable(pid, known)? else { return Ok(ended_by_itself(victim)) };
    let is_the_one = || system::identity(pid).is_some_and(|found| found.is(victim));
    if is_the_one()
        && process.ask_to_end().map_err(Failure::system)?
        && is_over(&process, grace).await
    {
        return Ok(Ended { identity: victim.clone(), name, force: Force::Polite });
    }
    if is_the_one() {
        process.end().map_err(Failure::system)?;
    }
    if is_over(&process, FIRM).await {
        Ok(Ended { identity: victim.clone(), name, force: Force::Firm })
    } else {
        Err(Failure::Survived { pid, name })
    }
}

/// Resolves when that process has ended, with `true`; at once with `false` if the system does not let us watch it.
pub async fn gone(process: &Identity) -> bool {
    match pin(process) {
        Pin::Held(process) | Pin::Ending(process) => {
            process.gone().await;
            true
        }
        Pin::Gone | Pin::Another => true,
        Pin::Impossible(_) => false,
    }
}

async fn is_over(process: &ProcessHandle, limit: Duration) -> bool {
    process.is_gone() || timeout(limit, process.gone()).await.is_ok()
}
