//! The licences, sources and bans of everything the app depends on, by cargo-deny.

use anyhow::Result;

use crate::programs::{cargo, find, program, succeed, target};

/// The version that is built where the machine has none of its own.
const VERSION: &str = "0.20.2";

pub(super) fn check() -> Result<()> {
    let deny = match find("cargo-deny") {
        Some(path) => path,
        None => built()?,
    };
    // Known weaknesses are looked up where there is a network: in the public workflow.
    succeed(&mut program(&deny.to_string_lossy(), ["check", "bans", "licenses", "sources"]))
}

/// Builds cargo-deny once and keeps it among the build's other results.
fn built() -> Result<std::path::PathBuf> {
    let tools = target().join("tools").join(format!("cargo-deny-{VERSION}"));
    let path = tools.join("bin").join(format!("cargo-deny{}", std::env::consts::EXE_SUFFIX));
    if !path.exists() {
        println!("cargo-deny is not here, so it is built, which takes a minute or two.");
        // It runs for a second and is built for a minute, so the time to optimise it would never come back.
        let mut install = cargo("install cargo-deny --locked --debug --no-default-features");
        install
            .args(["--version", VERSION, "--root"])
            .arg(&tools)
            .arg("--target-dir")
            .arg(tools.join("build"));
        succeed(install.env("CARGO_PROFILE_DEV_DEBUG", "false"))?;
        std::fs::remove_dir_all(tools.join("build"))?;
    }
    Ok(path)
}
