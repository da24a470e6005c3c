//! The log: to the terminal, to a file for each day of which the last seven are kept, and its last lines to the window and to
//! whoever asks on port 9999.

use std::io::{self, IsTerminal as _};
use std::path::PathBuf;
use std::sync::Mutex;

use station::{Journal, LogFile, PlainLines};
use tracing_appender::non_blocking::{NonBlockingBuilder, WorkerGuard};
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;
use tracing_subscriber::{EnvFilter, fmt};

/// How many lines may wait for the terminal. More are left out there; the file has them all.
const WAITING: usize = 4096;

/// Starts the log. `RUST_LOG` chooses what is in it; without it that is what a user would notice. What is returned besides
/// the journal writes what the terminal has not taken yet when it is dropped.
pub(crate) fn start() -> (Journal, WorkerGuard) {
    let journal = Journal::default();
    let filter =
        EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info,zbus=error"));
    let (file, problem) = match file() {
        Ok(file) => {
            (Some(fmt::layer().with_ansi(false).with_writer(Mutex::new(PlainLines(file)))), None)
        }
        Err(problem) => (None, Some(problem)),
    };
    // A terminal that isn't read on takes no more lines, and nothing may wait for that. The file is written as it comes and
    // not by a thread of its own: the last lines before an end are the ones that matter.
    let (terminal, writing) =
        NonBlockingBuilder::default().buffered_lines_limit(WAITING).finish(io::stderr());
    let is_colourful = io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none();
    tracing_subscriber::registry()
        .with(filter)
        // First the one without colours: the fields of a span are written once, for both.
        .with(file)
        .with(
            fmt::layer().with_ansi(is_colourful).with_writer(move || PlainLines(terminal.clone())),
        )
        .with(journal.clone())
        .init();
    if let Some(problem) = problem {
        tracing::warn!(error = %problem, "there is no log file");
    }
    (journal, writing)
}

/// Where the files are. Nothing if the system names no home folder.
pub(crate) fn folder() -> Option<PathBuf> {
    Some(station::folders::data()?.join("logs"))
}

fn file() -> io::Result<LogFile> {
    LogFile::open(&station::folders::needed(folder())?)
}
