//! An older xSwarm Voice on our ports is asked to quit before it is ended like any other program: so its calls end well,
//! also on Windows, where nothing else asks a program without a window.

use std::net::SocketAddr;
use std::time::Duration;

use tokio::time::timeout;
use tracing::{info, warn};
use wire::protocol::{Command, Message};
use wire::{Cause, Ended, Failure, Force, Identity, Outcome};

use crate::peers::conversation::{Conversation, Misheard};
use crate::peers::sight::{Sight, look};
use crate::{Access, Settings, installation::folders};

/// How long one that was asked to end may take for its calls. It is longer than that one gives them.
pub(crate) const GRACE: Duration = Duration::from_secs(8);

/// Asks the one among the confirmed holders of a port that has the supervisor's port, too, and waits for its end. Tells of
/// it if it has ended; whoever else there is, and one that hangs, is left to be ended.
pub(crate) async fn ask_to_quit(victims: &[Identity]) -> Option<Ended> {
    if victims.is_empty() {
        return None;
    }
    let address = supervisor_address();
    let Sight::InUse(Cause::Held { mut holders }) = look(address).await else { return None };
    let holder = holders.pop().filter(|_| holders.is_empty())?;
    if holder.guard.is_some() || !holder.identity.is_among(victims) {
        return None;
    }
    let has_quit = quits(address, &holder.identity).await;
    has_quit.then_some(Ended { identity: holder.identity, name: holder.name, force: Force::Polite })
}

/// Asks the xSwarm Voice that is this process over its supervisor's port, and waits for its end. Tells whether it has ended;
/// one that hangs, or does not let us steer it, is left to be ended.
pub(crate) async fn quits(address: SocketAddr, process: &Identity) -> bool {
    let pid = process.pid;
    match ask(address, process).await {
        Ok(true) => {}
        Ok(false) => {
            info!(pid, "an older xSwarm Voice does not quit when asked, so it is ended");
            return false;
        }
        Err(error) => {
            let error = &error as &dyn std::error::Error;
            warn!(pid, error, "an older xSwarm Voice cannot be asked to quit, so it is ended");
            return false;
        }
    }
    if timeout(GRACE, ports::gone(process)).await != Ok(true) {
        warn!(pid, "an older xSwarm Voice agreed to quit and is still there, so it is ended");
        return false;
    }
    info!(pid, "an older xSwarm Voice has quit when asked");
    true
}

/// Where the supervisor of another xSwarm Voice of this user listens: where ours would, or it would not be in our way.
pub(crate) fn supervisor_address() -> SocketAddr {
    let settings = folders::config().map(|folder| Settings::load(&folder).settings);
    settings.unwrap_or_default().supervisor.address
}

/// What came of freeing a port, told with whoever had quit when asked.
pub(crate) fn credit(
    result: Result<Outcome, Failure>,
    asked: Option<Ended>,
) -> Result<Outcome, Failure> {
    match (result, asked) {
        (Ok(Outcome::Freed { mut ended, took_ms, service }), Some(asked)) => {
            ended.retain(|one| !one.identity.is(&asked.identity));
            ended.insert(0, asked);
            Ok(Outcome::Freed { ended, took_ms, service })
        }
        (Err(failure), Some(asked)) => Err(failure.after(vec![asked])),
        (result, _) => result,
    }
}

async fn ask(address: SocketAddr, process: &Identity) -> Result<bool, Misheard> {
    match Conversation::begin(address, process, Access::Control).await? {
        Some(mut conversation) => Ok(conversation.ask(&Command::Quit).await? == Message::Quitting),
        None => Ok(false),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ended(force: Force) -> Ended {
        Ended { identity: ports::this_process(), name: "xswarm".to_owned(), force }
    }

    #[test]
    fn who_has_quit_is_named_once_also_where_the_port_is_not_ours_for_it() {
        let asked = ended(Force::Polite);
        let gone = vec![ended(Force::None)];
        for failure in [
            Failure::StillTaken { ended: gone, cause: Cause::Exhausted },
            Failure::Changed { pid: 5 },
        ] {
            let told = credit(Err(failure), Some(asked.clone())).unwrap_err();
            assert_eq!(told.ended(), std::slice::from_ref(&asked));
        }
    }
}
