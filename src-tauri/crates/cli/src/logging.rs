//! The log goes to standard error, so that standard output holds answers only.

use std::io::{self, IsTerminal};

use anyhow::{Context, Result};
use tracing_subscriber::EnvFilter;

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
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(io::stderr)
        .with_ansi(is_colourful)
        .init();
    Ok(())
}
