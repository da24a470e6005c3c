//! Ending the processes that hold a port, and nobody else.
//!
//! Before the first signal everything must be certain: each victim is the process that was confirmed, holds the port, and
//! may be ended; and nobody holds it who was not confirmed. Each signal asks again.

use std::net::SocketAddr;
use std::time::Duration;

use futures_util::future::OptionFuture;
use futures_util::stream::{FuturesUnordered, StreamExt};
use tokio::task::spawn_blocking;
use tokio::time::{MissedTickBehavior, interval, timeout};
use wire::{Cause, Ended, Failure, Force, Guard, Identity};

use crate::cause::{Scene, cause, in_the_way};
use crate::guard::{Known, endable};
use crate::listen::is_bindable;
use crate::released::{Pin, is_ending, pin};
use crate::system::{self, Closings, ProcessHandle};
use crate::types::{Hold, Socket};

/// How long a process may take to end after it was asked.
const POLITE: Duration = Duration::from_secs(3);
/// How long the system may take to end it. What takes longer hangs in a driver and will not go.
pub(crate) const FIRM: Duration = Duration::from_secs(2);
/// How long the system may take from the end of the last socket to giving the port back. Where it takes longer, something
/// else is in the way, such as closing connections, and it is for the next bind to find out.
const SETTLING: Duration = Duration::from_millis(50);
/// How often the kernel's list is read where nothing else tells that a victim let go without ending.
const LOOK: Duration = Duration::from_millis(50);

/// Ends the confirmed holders of that address, politely first, and returns when their sockets are gone; that is a moment
/// before the processes are, and one that lets go of the port when asked may live on. Sends no signal on any doubt.
pub async fn free(
    addr: SocketAddr,
    victims: &[Identity],
    known: &Known,
) -> Result<Vec<Ended>, Failure> {
    let owned = known.clone();
    let scene = spawn_blocking(move || Scene::at(addr, &owned)).await.map_err(Failure::system)?;
    let scene = scene.map_err(Failure::system)?;

    let (mut condemned, mut ended) = (Vec::new(), Vec::new());
    for victim in victims {
        match judge(victim, &scene, known)? {
            Some(one) => condemned.push(one),
            None => ended.push(ended_by_itself(victim)),
        }
    }
    if scene.holders.iter().any(|holder| !holder.identity.is_among(victims)) {
        return Err(Failure::Unconfirmed { holders: scene.holders });
    }
    if let Some(cause) = scene.hidden_cause() {
        return Err(Failure::NotVisible { cause });
    }
    let known = known.clone();
    if victims.is_empty() {
        let looking = spawn_blocking(move || scene.into_cause(addr, &known));
        let cause = looking.await.map_err(Failure::system)?;
        return Err(cause.map_or_else(Failure::system, nobody_to_end));
    }

    let execution =
        Execution { addr, hold: scene.hold, closings: Closings::subscribe(addr.port()).ok() };
    let executed = execution.carry_out(&mut condemned).await;
    let has_let_go = |one: &Condemned| executed.is_ok() || execution.state(one) == State::LetGo;
    ended.extend(condemned.into_iter().filter(has_let_go).map(|one| one.fate));
    for one in ended.iter().filter(|one| one.force != Force::None) {
        tracing::info!(%addr, pid = one.identity.pid, name = one.name, force = ?one.force, "a holder of the port was ended");
    }
    if let Err(failure) = executed {
        return Err(failure.after(ended));
    }
    if execution.until(FIRM, || execution.are_gone(&scene.sockets), &[]).await {
        // Beside a listener of our own no other bind would succeed.
        if scene.ourselves.is_none() {
            execution.until(SETTLING, || is_bindable(addr), &[]).await;
        }
        return Ok(ended);
    }
    let cause = spawn_blocking(move || cause(addr, &known)).await.map_err(Failure::system)?;
    Err(Failure::StillTaken { ended, cause })
}

/// A victim against whom nothing speaks.
struct Condemned {
    process: ProcessHandle,
    /// What has been done to it.
    fate: Ended,
}

/// Whether that process may be ended; nothing if there is nothing left to end.
fn judge(victim: &Identity, scene: &Scene, known: &Known) -> Result<Option<Condemned>, Failure> {
    let pid = victim.pid;
    let process = match pin(victim) {
        Pin::Held(process) => process,
        Pin::Ending(_) | Pin::Gone => return Ok(None),
        Pin::Another => return Err(Failure::Changed { pid }),
        Pin::Impossible(error) => return Err(Failure::system(error)),
    };
    if endable(pid, known)?.is_none() {
        return Ok(None);
    }
    let holder = scene.holders.iter().find(|holder| holder.identity.is(victim));
    let holder = holder.ok_or(Failure::Changed { pid })?;
    let (identity, name) = (holder.identity.clone(), holder.name.clone());
    Ok(Some(Condemned { process, fate: Ended { identity, name, force: Force::None } }))
}

fn nobody_to_end(cause: Cause) -> Failure {
    match cause.endable_holders() {
        // Only this process is on the port: any other one would have been unconfirmed.
        [ourselves, ..] => Failure::Refused {
            pid: ourselves.identity.pid,
            name: ourselves.name.clone(),
            guard: ourselves.guard.unwrap_or(Guard::Ourselves),
        },
        [] => Failure::NotVisible { cause },
    }
}

/// What became of a process without us: of its program only the path is left to name it by.
pub(crate) fn ended_by_itself(victim: &Identity) -> Ended {
    let path = victim.executable.as_deref().unwrap_or_default();
    let name = path.rsplit(['/', '\\']).next().unwrap_or_default().to_owned();
    Ended { identity: victim.clone(), name, force: Force::None }
}

impl Condemned {
    fn failure(&self, error: &std::io::Error) -> Failure {
        let Ended { identity, name, .. } = &self.fate;
        Failure::system(format_args!("{name} ({}): {error}", identity.pid))
    }
}

/// How a condemned process stands to the port.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// It is the confirmed process, and on the port.
    Holds,
    /// It has ended, or ends, or has closed its socket.
    LetGo,
    /// It is on the port and runs something else than what was confirmed: it gets no further signal.
    Changed,
}

struct Execution {
    addr: SocketAddr,
    hold: Hold,
    closings: Option<Closings>,
}

impl Execution {
    async fn carry_out(&self, condemned: &mut [Condemned]) -> Result<(), Failure> {
        let mut could_be_asked = false;
        for one in condemned.iter_mut().filter(|one| self.state(one) == State::Holds) {
            could_be_asked |= one.process.ask_to_end().map_err(|error| one.failure(&error))?;
            one.fate.force = Force::Polite;
        }
        if !could_be_asked || !self.let_go(POLITE, condemned).await {
            for one in condemned.iter_mut().filter(|one| self.state(one) == State::Holds) {
                one.process.end().map_err(|error| one.failure(&error))?;
                one.fate.force = Force::Firm;
            }
        }
        // What has been seen to let go may look alive again for a moment, while one of its threads ends after the first.
        if self.let_go(FIRM, condemned).await {
            return Ok(());
        }
        let any = |state| condemned.iter().find(|one| self.state(one) == state);
        if let Some(Condemned { fate: Ended { identity, name, .. }, .. }) = any(State::Holds) {
            return Err(Failure::Survived { pid: identity.pid, name: name.clone() });
        }
        match any(State::Changed) {
            Some(changed) => Err(Failure::Changed { pid: changed.fate.identity.pid }),
            None => Ok(()),
        }
    }

    fn state(&self, one: &Condemned) -> State {
        let identity = &one.fate.identity;
        let holds = || {
            in_the_way(self.addr, self.hold)
                .is_ok_and(|sockets| system::holds(identity.pid, &sockets))
        };
        if one.process.is_gone() || !holds() {
            return State::LetGo;
        }
        match system::identity(identity.pid) {
            Some(found) if found.is(identity) => State::Holds,
            Some(found) if !is_ending(&found, identity) => State::Changed,
            Some(_) | None => State::LetGo,
        }
    }

    fn are_gone(&self, sockets: &[Socket]) -> bool {
        in_the_way(self.addr, self.hold)
            .is_ok_and(|present| !sockets.iter().any(|socket| socket.is_among(&present)))
    }

    /// Waits until none of them holds the port, because it ended or because it closed its socket.
    async fn let_go(&self, limit: Duration, condemned: &[Condemned]) -> bool {
        let have_gone = || condemned.iter().all(|one| self.state(one) == State::LetGo);
        self.until(limit, have_gone, condemned).await
    }

    /// Waits for a fact that changes only when a process ends or a socket is closed; tells whether it came true in time.
    async fn until(
        &self,
        limit: Duration,
        is_so: impl Fn() -> bool,
        condemned: &[Condemned],
    ) -> bool {
        let mut exits: FuturesUnordered<_> =
            condemned.iter().map(|one| one.process.gone()).collect();
        let mut look = interval(LOOK.min(limit / 10));
        look.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let waiting = async {
            while !is_so() {
                tokio::select! {
                    Some(()) = exits.next() => {}
                    Some(_) = OptionFuture::from(self.closings.as_ref().map(Closings::next)) => {}
                    _ = look.tick() => {}
                }
            }
        };
        timeout(limit, waiting).await.is_ok()
    }
}
