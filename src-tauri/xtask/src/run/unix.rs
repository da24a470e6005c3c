//! Becomes the other program, so that Ctrl-C and every other signal reach it and its exit code is the one people see.

use std::os::unix::process::CommandExt;
use std::process::Command;

use anyhow::{Context, Result};

pub(super) fn to(command: &mut Command) -> Result<()> {
    Err(command.exec())
        .with_context(|| format!("cannot start `{}`", crate::programs::line_of(command)))
}
