//! The log goes to standard error, so that standard output holds answers only; its last lines are kept for port 9999.

use std::io::{self, IsTerminal};

use anyhow::{Context, Result};
use station::Journal;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;
use tracing_subscriber::{EnvFilter, fmt};

const DEFAULT: &str = "info";

pub(crate) fn start(filter: Option<&str>) -> Result<()> {
    let from_environment = std::env::var(EnvFilter::DEFAULT_ENV).ok();
    let wanted = filter
        .or(from_environment.as_deref())
        .filter(|text| !text.trim().is_empty())
        .unwrap_or(DEFAULT);
    let filter =
        EnvFilter::try_new(wanted).with_context(|| format!("'{wanted}' is no log filter"))?;
    let is_colourful = io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none();
    tracing_subscriber::registry()
        .with(filter)
        .with(fmt::layer().with_ansi(false).with_writer(|| Journal))
        .with(fmt::layer().with_ansi(is_colourful).with_writer(io::stderr))
        .init();
    Ok(())
}
