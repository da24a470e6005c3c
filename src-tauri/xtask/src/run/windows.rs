//! Starts the other program and ends as it ends. Windows sends Ctrl-C to every program of the console by itself.

use std::process::Command;

use anyhow::{Context, Result};

pub(super) fn to(command: &mut Command) -> Result<()> {
    let status = command
        .status()
        .with_context(|| format!("cannot start `{}`", crate::programs::line_of(command)))?;
    std::process::exit(status.code().unwrap_or(1))
}
