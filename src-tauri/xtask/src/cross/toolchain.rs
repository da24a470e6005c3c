//! The Rust that can build for another system: the one in use where it has that system's standard library, and otherwise
//! Debian's second one, which comes with the sources of its own.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Result, bail};

use crate::prerequisites;
use crate::programs::{cargo, output, program, target};

pub(super) enum Toolchain {
    /// The one that runs this program, with the target added to it.
    InUse,
    /// Debian's `rustc-web`, which makes the standard library on the way.
    Debians,
}

impl Toolchain {
    /// The one that builds for this target.
    pub(super) fn of(target: &str) -> Result<Self> {
        let line = ["--print", "target-libdir", "--target", target];
        if output(&mut program("rustc", line)).is_ok_and(|folder| Path::new(folder.trim()).exists())
        {
            return Ok(Self::InUse);
        }
        if !is_debian() {
            bail!(
                "the standard library for {target} is lacking; `rustup target add {target}` gets it"
            );
        }
        prerequisites::for_debians_second_toolchain()?;
        Ok(Self::Debians)
    }

    /// Cargo for this target, which keeps what it makes in a folder of that name.
    pub(super) fn cargo(&self, words: &str, triple: &str, folder: &str) -> Command {
        let mut command = match self {
            Self::InUse => cargo(words),
            Self::Debians => debians_cargo(words),
        };
        command.args(["--target", triple, "--target-dir"]).arg(target().join(folder));
        command
    }
}

fn debians_cargo(words: &str) -> Command {
    let mut command = program("/usr/bin/cargo", words.split_whitespace());
    command.arg("-Zbuild-std=std,panic_abort");
    // Making the standard library is not a stable feature, so the toolchain is told to take itself for the one that built it.
    command.env("RUSTC", "/usr/bin/rustc").env("RUSTC_BOOTSTRAP", "1");
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders =
        [Path::new("/usr/bin").to_owned()].into_iter().chain(std::env::split_paths(&path));
    if let Ok(path) = std::env::join_paths(folders) {
        command.env("PATH", path);
    }
    // The cargo that runs this program has pointed these at itself.
    for variable in ["CARGO", "LD_LIBRARY_PATH", "RUSTUP_TOOLCHAIN"] {
        command.env_remove(variable);
    }
    command
}

fn is_debian() -> bool {
    fs::read_to_string("/etc/os-release")
        .is_ok_and(|text| text.lines().any(|line| line == "ID=debian"))
}
