//! The process between us and a program. It outlives the program, and us by no more than it takes to end the program.

use std::io;
use std::process::{Command, ExitCode, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::thread;
use std::time::{Duration, Instant};

use super::exchange::{End, Report, read_command, read_order};
use crate::programs::ARGUMENT;
use crate::system::guarding;

/// How long a program may take to end once we are gone.
const BEREFT: Duration = Duration::from_millis(300);
/// How long it may take when somebody asks its guardian to end.
const ASKED: Duration = Duration::from_secs(3);
/// How soon what is left is ended again: it may have started something just before its end.
const AGAIN: Duration = Duration::from_millis(2);
/// How late it is at last, where something hangs in the system and will not go.
const LATEST: Duration = Duration::from_millis(500);

enum Event {
    /// Everything is to be ended, politely for that long at most.
    Order(Duration),
    /// The program itself has ended; others that it started may live.
    Ended(End),
    /// Nothing of the program is left.
    Alone,
}

/// Is a guardian, if this process was started to be one, and gives its exit code then. To be called before anything else.
#[must_use]
pub fn guard_if_asked() -> Option<ExitCode> {
    (std::env::args_os().nth(1)? == ARGUMENT).then(guard)
}

/// Starts the program that is named on the standard input, passes its output on to the standard error, and ends it with all
/// that came of it when it is told to, when the input ends, and when the program itself ends badly.
#[must_use]
pub fn guard() -> ExitCode {
    match watch_over() {
        Ok(end) => {
            Report::Ended(end).tell();
            ExitCode::SUCCESS
        }
        Err(error) => {
            Report::NotStarted(error.raw_os_error().unwrap_or_default()).tell();
            ExitCode::FAILURE
        }
    }
}

fn watch_over() -> io::Result<End> {
    let parts = read_command(&mut io::stdin().lock())?;
    let Some((program, arguments)) = parts.split_first() else {
        return Err(io::ErrorKind::InvalidInput.into());
    };
    let (tx, events) = sync_channel(16);
    let asked = tx.clone();
    guarding::prepare(move || tell(&asked, Event::Order(ASKED)))?;
    let mut command = Command::new(program);
    command.args(arguments).stdin(Stdio::null()).stdout(io::stderr()).stderr(io::stderr());
    // On some systems the program ends with the thread that started it: this one lives to the end.
    let child = guarding::start(&mut command)?;
    Report::Started(child.id()).tell();
    let told = tx.clone();
    thread::Builder::new().spawn(move || hear(&told))?;
    thread::Builder::new().spawn(move || {
        guarding::outlive(child, |code, signal| {
            let end = signal.map_or_else(|| End::Code(code.unwrap_or(-1)), End::Signal);
            tell(&tx, Event::Ended(end));
        });
        tell(&tx, Event::Alone);
    })?;
    Ok(attend(&events))
}

fn tell(tx: &SyncSender<Event>, event: Event) {
    // The receiver is the thread that everything ends with.
    let _ = tx.send(event);
}

/// Takes orders until there is nobody any more who could give one.
fn hear(tx: &SyncSender<Event>) {
    let mut input = io::stdin().lock();
    while let Some(grace) = read_order(&mut input) {
        tell(tx, Event::Order(grace));
    }
    tell(tx, Event::Order(BEREFT));
}

fn attend(events: &Receiver<Event>) -> End {
    let mut end = None;
    loop {
        match events.recv() {
            // It went into the background, if anything of it is left.
            Ok(Event::Ended(how @ End::Code(0))) => end = Some(how),
            Ok(Event::Ended(how)) => {
                end_all(events, BEREFT);
                return how;
            }
            Ok(Event::Order(grace)) => {
                let how = end_all(events, grace);
                return how.or(end).unwrap_or(End::Code(0));
            }
            Ok(Event::Alone) | Err(_) => return end.unwrap_or(End::Code(0)),
        }
    }
}

/// Ends everything that came of the program; gives how the program itself ended, if it did so meanwhile.
fn end_all(events: &Receiver<Event>, grace: Duration) -> Option<End> {
    let own = std::process::id();
    let could_be_asked = guarding::ask_all(own);
    let mut deadline = Instant::now() + if could_be_asked { grace } else { Duration::ZERO };
    let (mut end, mut pause) = (None, AGAIN);
    loop {
        let mut rest = deadline.saturating_duration_since(Instant::now());
        if rest.is_zero() {
            guarding::kill_all(own);
            rest = pause;
            pause = (2 * pause).min(LATEST);
        }
        match events.recv_timeout(rest) {
            Ok(Event::Alone) | Err(RecvTimeoutError::Disconnected) => return end,
            Ok(Event::Ended(how)) => end = Some(how),
            Ok(Event::Order(sooner)) => deadline = deadline.min(Instant::now() + sooner),
            Err(RecvTimeoutError::Timeout) => {}
        }
    }
}
