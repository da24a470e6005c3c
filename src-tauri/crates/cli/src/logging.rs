//! The log goes to standard error, so that standard output holds answers only; its last lines are kept for port 9999.
//!
//! A terminal or a pipe that isn't read on, as where somebody selects text in it, takes no more lines. So a thread of its own
//! writes them, and neither a call nor a port ever waits for it.

use std::io::{self, IsTerminal};

use anyhow::{Context, Result};
use station::{Journal, PlainLines};
use tracing_appender::non_blocking::{NonBlockingBuilder, WorkerGuard};
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;
use tracing_subscriber::{EnvFilter, fmt};

const DEFAULT: &str = "info";
/// How many lines may wait to be written. More are left out; the last ones are on port 9999.
const WAITING: usize = 4096;

/// Starts the log. What is returned besides the journal writes what still waits when it is dropped, and gives up after a second.
pub(crate) fn start(filter: Option<&str>) -> Result<(Journal, WorkerGuard)> {
    let journal = Journal::default();
    let from_environment = std::env::var(EnvFilter::DEFAULT_ENV).ok();
    let wanted = filter
        .or(from_environment.as_deref())
        .filter(|text| !text.trim().is_empty())
        .unwrap_or(DEFAULT);
    let filter =
        EnvFilter::try_new(wanted).with_context(|| format!("'{wanted}' is no log filter"))?;
    let is_colourful = io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none();
    let (stderr, writing) =
        NonBlockingBuilder::default().buffered_lines_limit(WAITING).finish(io::stderr());
    tracing_subscriber::registry()
        .with(filter)
        .with(fmt::layer().with_ansi(is_colourful).with_writer(move || PlainLines(stderr.clone())))
        .with(journal.clone())
        .init();
    Ok((journal, writing))
}
