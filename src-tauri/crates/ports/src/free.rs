//! Ending the processes that hold a port, and nobody else.
//!
//! Before the first signal everything must be certain: each victim is the process that was confirmed, holds the port, and
//! may be ended; and nobody holds it who was not confirmed. Each signal asks again.

use std::future::Future;
use std::net::SocketAddr;
use std::time::Duration;

use futures_util::stream::{FuturesUnordered, StreamExt};
use tokio::task::spawn_blocking;
use tokio::time::{MissedTickBehavior, interval, timeout};
use wire::{Cause, Ended, Failure, Force, Guard, Holder, Identity};

use crate::cause::{Scene, cause, in_the_way};
use crate::guard::{self, Known};
use crate::listen::is_bindable;
use crate::released::{Pin, is_ending, next, pin};
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
    let scene = off_the_runtime({
        let known = known.clone();
        move || Scene::at(addr, &known)
    })
    .await?
    .map_err(|error| system_failure(&error))?;

    let (mut condemned, mut ended) = (Vec::new(), Vec::new());
    for victim in victims {
        match judge(victim, &scene, known)? {
            Some(one) => condemned.push(one),
            None => ended.push(Ended {
                identity: victim.clone(),
                name: file_name(victim),
                force: Force::None,
            }),
        }
    }
    if scene.holders.iter().any(|holder| !holder.identity.is_among(victims)) {
        return Err(Failure::Unconfirmed { holders: scene.holders });
    }
    if let Some(cause) = scene.hidden_cause() {
        return Err(Failure::NotVisible { cause });
    }
    if victims.is_empty() {
        let known = known.clone();
        let cause = off_the_runtime(move || scene.into_cause(addr, &known)).await?;
        return Err(cause.map_or_else(|error| system_failure(&error), nobody_to_end));
    }

    let execution =
        Execution { addr, hold: scene.hold, closings: Closings::subscribe(addr.port()).ok() };
    let executed = execution.carry_out(&mut condemned).await;
    let has_let_go = |one: &Condemned| executed.is_ok() || execution.state(one) == State::LetGo;
    ended.extend(condemned.into_iter().filter(has_let_go).map(Condemned::into_ended));
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
    let known = known.clone();
    let cause = off_the_runtime(move || cause(addr, &known)).await?;
    Err(Failure::StillTaken { ended, cause })
}

/// A victim against whom nothing speaks.
struct Condemned {
    holder: Holder,
    process: ProcessHandle,
    force: Force,
}

/// Whether that process may be ended; nothing if there is nothing left to end.
fn judge(victim: &Identity, scene: &Scene, known: &Known) -> Result<Option<Condemned>, Failure> {
    let pid = victim.pid;
    let process = match pin(victim) {
        Pin::Held(process) => process,
        Pin::Ending(_) | Pin::Gone => return Ok(None),
        Pin::Another => return Err(Failure::Changed { pid }),
        Pin::Impossible(error) => return Err(system_failure(&error)),
    };
    let Some(profile) = system::profile(pid) else { return Ok(None) };
    if let Some(guard) = guard::guard(&profile, known) {
        return Err(Failure::Refused { pid, name: profile.name, guard });
    }
    match scene.holders.iter().find(|holder| holder.identity.is(victim)) {
        Some(holder) => Ok(Some(Condemned { holder: holder.clone(), process, force: Force::None })),
        None => Err(Failure::Changed { pid }),
    }
}

pub(crate) fn system_failure(error: &std::io::Error) -> Failure {
    Failure::System { message: error.to_string() }
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

/// The name of a program of which only the path is left.
pub(crate) fn file_name(victim: &Identity) -> String {
    let path = victim.executable.as_deref().unwrap_or_default();
    path.rsplit(['/', '\\']).next().unwrap_or_default().to_owned()
}

impl Condemned {
    fn into_ended(self) -> Ended {
        Ended { identity: self.holder.identity, name: self.holder.name, force: self.force }
    }

    fn system_failure(&self, error: &std::io::Error) -> Failure {
        Failure::System {
            message: format!("{} ({}): {error}", self.holder.name, self.holder.identity.pid),
        }
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
            could_be_asked |=
                one.process.ask_to_end().map_err(|error| one.system_failure(&error))?;
            one.force = Force::Polite;
        }
        if !could_be_asked || !self.let_go(POLITE, condemned).await {
            for one in condemned.iter_mut().filter(|one| self.state(one) == State::Holds) {
                one.process.end().map_err(|error| one.system_failure(&error))?;
                one.force = Force::Firm;
            }
        }
        // What has been seen to let go may look alive again for a moment, while one of its threads ends after the first.
        if self.let_go(FIRM, condemned).await {
            return Ok(());
        }
        let any = |state| condemned.iter().find(|one| self.state(one) == state);
        if let Some(Condemned { holder: Holder { identity, name, .. }, .. }) = any(State::Holds) {
            return Err(Failure::Survived { pid: identity.pid, name: name.clone() });
        }
        match any(State::Changed) {
            Some(changed) => Err(Failure::Changed { pid: changed.holder.identity.pid }),
            None => Ok(()),
        }
    }

    /// How it stands to the port at this moment.
    fn state(&self, one: &Condemned) -> State {
        let identity = &one.holder.identity;
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
        let is_gone = |socket: &Socket, present: &[Socket]| {
            present.iter().all(|other| other.key != socket.key)
        };
        in_the_way(self.addr, self.hold)
            .is_ok_and(|present| sockets.iter().all(|socket| is_gone(socket, &present)))
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
                    _ = next(self.closings.as_ref()) => {}
                    _ = look.tick() => {}
                }
            }
        };
        timeout(limit, waiting).await.is_ok()
    }
}

fn off_the_runtime<T: Send + 'static>(
    look: impl FnOnce() -> T + Send + 'static,
) -> impl Future<Output = Result<T, Failure>> {
    let looking = spawn_blocking(look);
    async move { looking.await.map_err(|error| Failure::System { message: error.to_string() }) }
}
