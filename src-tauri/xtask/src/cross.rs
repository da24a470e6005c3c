//! `cargo xtask cross`: what a change means for the other systems, seen from Linux. Both are checked, Windows can be built.

mod stand_ins;
mod toolchain;
mod wine_skips;

use std::process::Command;

use anyhow::{Result, bail};

use crate::programs::succeed;
use crate::{prerequisites, window};
use toolchain::Toolchain;

const WINDOWS: &str = "x86_64-pc-windows-gnu";
const MACOS: &str = "aarch64-apple-darwin";

/// Without the shell, which takes minutes, and without the programs that nobody runs elsewhere by accident.
const HEADLESS: &str = "--workspace --exclude xtask --exclude bench --exclude xswarm-voice";
/// Where no port is ever called ours, as under Wine, these could tell nothing; of the first two the tests without sockets are
/// run.
const BLIND_UNDER_WINE: &str = "--exclude keeper --exclude station --exclude xswarm";
const WITH_THE_SHELL: &str = "--workspace --exclude xtask --exclude bench";

/// What is asked for beyond the crates without a window.
#[derive(Default)]
struct Wish {
    /// The shell too.
    app: bool,
    /// The Windows programs, and not only the word of the compiler that they could be built.
    build: bool,
    /// The Windows tests, run by Wine.
    tests: bool,
}

/// Checks for Windows and macOS; `--app` takes the shell along, `--build` builds the Windows programs, `--test` runs the
/// Windows tests.
pub(crate) fn run(flags: &[&str]) -> Result<()> {
    let wish = wish(flags)?;
    if std::env::consts::OS != "linux" {
        bail!("this looks at other systems from Linux; here it is `cargo xtask test` that tells");
    }
    if wish.app {
        // The shell embeds the window, on every system the same.
        prerequisites::for_the_window()?;
        window::build()?;
    }
    look_at_windows(&wish)?;
    check_for_macos(&wish)?;
    if wish.tests { test_windows_under_wine() } else { Ok(()) }
}

fn wish(flags: &[&str]) -> Result<Wish> {
    let mut wish = Wish::default();
    for flag in flags {
        match *flag {
            "--app" => wish.app = true,
            "--build" => wish.build = true,
            "--test" => wish.tests = true,
            unknown => bail!("`cargo xtask cross` knows --app, --build and --test, not {unknown}"),
        }
    }
    Ok(wish)
}

fn packages(wish: &Wish) -> &'static str {
    if wish.app { WITH_THE_SHELL } else { HEADLESS }
}

fn look_at_windows(wish: &Wish) -> Result<()> {
    // Some dependencies are partly C, which is compiled for a check as well.
    prerequisites::for_windows_programs()?;
    let how = if wish.build { "build" } else { "check" };
    succeed(&mut windows(&format!("{how} {}", packages(wish)))?)
}

fn check_for_macos(wish: &Wish) -> Result<()> {
    let mut check =
        Toolchain::of(MACOS)?.cargo(&format!("check {}", packages(wish)), MACOS, "macos");
    check.env("CC_aarch64_apple_darwin", stand_ins::apples_compiler()?);
    check.env("AR_aarch64_apple_darwin", "ar");
    succeed(&mut check)
}

fn test_windows_under_wine() -> Result<()> {
    prerequisites::for_running_windows_programs()?;
    under_wine(&format!("test --no-fail-fast {HEADLESS} {BLIND_UNDER_WINE}"))?;
    under_wine("test --no-fail-fast -p keeper -p station --lib")
}

fn under_wine(words: &str) -> Result<()> {
    let mut test = windows(words)?;
    let folder = stand_ins::folder_for_wine()?;
    test.env("CARGO_TARGET_X86_64_PC_WINDOWS_GNU_RUNNER", "wine").env("WINEDEBUG", "-all");
    // A Wine of our own: nothing of the user's is touched, and nothing of the user's gets in the way.
    test.env("WINEPREFIX", folder.join("prefix")).env("WINEPATH", folder);
    test.arg("--").args(wine_skips::left_out());
    succeed(&mut test)
}

fn windows(words: &str) -> Result<Command> {
    let mut command = Toolchain::of(WINDOWS)?.cargo(words, WINDOWS, "windows");
    command.env("CARGO_TARGET_X86_64_PC_WINDOWS_GNU_LINKER", stand_ins::WINDOWS_COMPILER);
    Ok(command)
}
