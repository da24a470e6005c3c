//! A program that runs: it is started when its port is free, watched until it ends or is to end, and proven once.

use std::sync::Arc;
use std::time::{Duration, Instant};

use ports::program::{End, Presence, Program, Running, Tree};
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;
use tracing::info;
use wire::{Cause, ServiceName, Silence, Timestamp, bounded, plain};

use crate::context::{Context, now};
use crate::effects::look;
use crate::message::{News, Reporter, Started};
use crate::port::Event;
use crate::spec::ProgramSpec;

/// How much of a command line is shown.
const LONGEST_COMMAND: usize = 1024;

/// How often one that isn't ready is looked at, at first and later.
const SOON: Duration = Duration::from_millis(100);
const LATER: Duration = Duration::from_millis(500);
/// How long it is looked at so often.
const AT_FIRST: Duration = Duration::from_secs(5);
/// How long it may take to answer in its own protocol. While it isn't ready it is asked again.
const ANSWER: Duration = Duration::from_secs(5);
/// How much of the interval is rested, and how much more often one in doubt is looked at; as with listeners of ours.
const PROMPTLY: f64 = 0.95;
const DOUBTFUL: u32 = 5;

/// Runs the program as soon as its port is free, until it ends or is told to stop.
pub(crate) async fn attend(
    spec: Arc<ProgramSpec>,
    context: Context,
    stop: CancellationToken,
    reporter: Reporter,
) -> News {
    let mut clearance = context.clearance.subscribe();
    let starting = async {
        // The sender is the context's, so it is there.
        let _ = clearance.wait_for(|is_clear| *is_clear).await;
        let program = prepared(&spec).await?;
        let (name, programs) = (context.service, &context.known.programs);
        let running = Running::start(&program, name, &spec.guardian, programs, heard_from(name));
        let running = running.await.map_err(|error| error.to_string())?;
        Ok::<_, String>((running, command_line(&program)))
    };
    let started = tokio::select! {
        started = starting => started,
        () = stop.cancelled() => return News::Ended,
    };
    let (mut running, command) = match started {
        Ok(started) => started,
        Err(why) => return News::NotStarted(why),
    };
    info!(service = context.service.id(), pid = running.pid(), "the program was started");
    let watched = Watched::new(&spec, &context, (&running, command), reporter);
    let end = tokio::select! {
        end = running.ended() => Some(end),
        () = watched.watch() => None,
        () = stop.cancelled() => {
            running.end(context.policy.stop_limit).await;
            return News::Ended;
        }
    };
    match end {
        Some(end) => News::Crashed(reason(end, &running.last_lines())),
        None => {
            running.end(context.policy.stop_limit).await;
            News::Crashed(format!("another program has taken port {}", spec.address.port()))
        }
    }
}

/// What is to be started, once everything is there that it takes.
async fn prepared(spec: &ProgramSpec) -> Result<Program, String> {
    match &spec.prepare {
        Some(prepare) => prepare(spec.program.clone()).await,
        None => Ok(spec.program.clone()),
    }
}

/// What is started, as one would type it; a long one ends with "…".
pub(crate) fn command_line(program: &Program) -> String {
    let parts = std::iter::once(&program.program).chain(&program.arguments);
    let command = parts.map(String::as_str).collect::<Vec<_>>().join(" ");
    bounded(&plain(&command), LONGEST_COMMAND)
}

fn heard_from(name: ServiceName) -> impl FnMut(&str) + Send + 'static {
    move |line| info!(target: "program", "{}: {line}", name.id())
}

fn reason(end: End, last_lines: &[String]) -> String {
    match last_lines {
        [] => format!("{end}, without a word"),
        lines => format!("{end}; its last words: {}", lines.join(" / ")),
    }
}

struct Watched {
    spec: Arc<ProgramSpec>,
    context: Context,
    tree: Tree,
    reporter: Reporter,
    began: Instant,
    told: Started,
    is_proven: bool,
    was_proven: bool,
}

impl Watched {
    fn new(
        spec: &Arc<ProgramSpec>,
        context: &Context,
        (running, command): (&Running, String),
        reporter: Reporter,
    ) -> Self {
        let started = now();
        let ready_by = Timestamp(started.0 + spec.ready_limit.as_millis() as u64);
        Self {
            spec: Arc::clone(spec),
            context: context.clone(),
            tree: running.tree(),
            reporter,
            began: Instant::now(),
            told: Started {
                command,
                pid: running.pid(),
                started,
                ready_by,
                listens: false,
                elsewhere: Vec::new(),
            },
            is_proven: false,
            was_proven: false,
        }
    }

    /// Looks at it again and again, and tells how it is; returns if its port is somebody else's.
    async fn watch(mut self) {
        self.reporter.tell(News::Started(self.told.clone())).await;
        loop {
            let (tree, address) = (self.tree.clone(), self.spec.address);
            let looking = tokio::task::spawn_blocking(move || tree.presence(address));
            let event = match looking.await {
                Ok(Ok(Presence::Foreign)) => return,
                Ok(Ok(Presence::Alone)) => self.proof().await,
                Ok(Ok(Presence::Shared)) => Some(Event::Shared(self.others().await)),
                Ok(Ok(Presence::Absent { elsewhere })) => {
                    self.is_proven = false;
                    let elsewhere = elsewhere.iter().map(ToString::to_string).collect();
                    self.tell_where(false, elsewhere).await;
                    self.is_late().then_some(Event::Silent(Silence::NotListening))
                }
                Ok(Err(error)) if ports::is_exhaustion(&error) => {
                    Some(Event::Silent(Silence::OutOfDescriptors))
                }
                Ok(Err(_)) | Err(_) => Some(Event::Silent(Silence::Unverifiable)),
            };
            if let Some(event) = event {
                self.reporter.tell(News::Port(event)).await;
            }
            tokio::select! {
                () = sleep(self.rest()) => {}
                () = self.context.nudge.notified() => {}
            }
        }
    }

    /// What its answer tells: it is asked until it has given a right one.
    async fn proof(&mut self) -> Option<Event> {
        self.tell_where(true, Vec::new()).await;
        if !self.is_proven {
            match timeout(ANSWER, (self.spec.prove)()).await {
                Ok(Ok(())) => (self.is_proven, self.was_proven) = (true, true),
                // It may be about to get ready.
                Ok(Err(Silence::Unanswered | Silence::Unreachable)) | Err(_) => {
                    return self.is_late().then_some(Event::Silent(Silence::Unanswered));
                }
                Ok(Err(silence)) => return Some(Event::Silent(silence)),
            }
        }
        Some(Event::Proven)
    }

    /// Whether it should have been ready by now.
    fn is_late(&self) -> bool {
        self.was_proven || self.began.elapsed() >= self.spec.ready_limit
    }

    /// Who listens beside it.
    async fn others(&self) -> Cause {
        let mut cause = look(self.spec.address, self.context.known.clone()).await;
        if let Cause::Held { holders } = &mut cause {
            holders.retain(|holder| holder.program != Some(self.context.service));
        }
        cause
    }

    async fn tell_where(&mut self, listens: bool, elsewhere: Vec<String>) {
        let told = Started { listens, elsewhere, ..self.told.clone() };
        if told != self.told {
            self.told = told;
            self.reporter.tell(News::Started(self.told.clone())).await;
        }
    }

    fn rest(&self) -> Duration {
        let interval = self.context.policy.proof_interval;
        if self.is_proven {
            interval.mul_f64(PROMPTLY)
        } else if self.was_proven {
            interval / DOUBTFUL
        } else if self.began.elapsed() < AT_FIRST {
            SOON
        } else {
            LATER
        }
    }
}
