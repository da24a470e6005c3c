//! Ending a process that is known by something else than a port, such as an older xSwarm Voice by its lock.

use std::time::Duration;

use tokio::time::timeout;
use wire::{Ended, Failure, Force, Identity};

use crate::free::{FIRM, file_name, system_failure};
use crate::guard::{self, Known};
use crate::released::{Pin, pin};
use crate::system::{self, ProcessHandle};

/// Ends that process, politely first and firmly when it has not ended by `grace`, and returns when it has. Sends no signal
/// on any doubt: not if it is another one by now, and not if it is one that is never ended.
///
/// # Errors
/// If something speaks against it, or it survives.
pub async fn end(victim: &Identity, grace: Duration, known: &Known) -> Result<Ended, Failure> {
    let ended = |name, force| Ended { identity: victim.clone(), name, force };
    let pid = victim.pid;
    let process = match pin(victim) {
        Pin::Held(process) => process,
        Pin::Ending(process) => {
            is_over(&process, FIRM).await;
            return Ok(ended(file_name(victim), Force::None));
        }
        Pin::Gone => return Ok(ended(file_name(victim), Force::None)),
        Pin::Another => return Err(Failure::Changed { pid }),
        Pin::Impossible(error) => return Err(system_failure(&error)),
    };
    let Some(profile) = system::profile(pid) else {
        return Ok(ended(file_name(victim), Force::None));
    };
    let name = profile.name.clone();
    if let Some(guard) = guard::guard(&profile, known) {
        return Err(Failure::Refused { pid, name, guard });
    }
    let is_the_one = || system::identity(pid).is_some_and(|found| found.is(victim));
    if is_the_one()
        && process.ask_to_end().map_err(|error| system_failure(&error))?
        && is_over(&process, grace).await
    {
        return Ok(ended(name, Force::Polite));
    }
    if is_the_one() {
        process.end().map_err(|error| system_failure(&error))?;
    }
    if is_over(&process, FIRM).await {
        Ok(ended(name, Force::Firm))
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
