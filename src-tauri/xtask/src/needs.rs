//! What a machine must have before the app can be built and tested: how to see that it is there, why it is wanted, and
//! what it is called in the package managers we know.

mod install;
mod known;

use std::path::Path;

use anyhow::{Result, bail};

use crate::programs::{find, output, program, succeeds};
use install::{Answer, install};
use known::{
    APP, DEBIANS_SECOND_TOOLCHAIN, RUNNING_WINDOWS_PROGRAMS, SOUND, TESTS, TRYING_PACKAGES, WINDOW,
    WINDOWS_PROGRAMS,
};

/// Sees to all that building the app takes.
pub(crate) fn for_the_app() -> Result<()> {
    match std::env::consts::OS {
        "macos" if !succeeds("xcode-select", "-p") => {
            bail!("Apple's command line tools are lacking; `xcode-select --install` gets them")
        }
        "windows" if !has_webview2() => bail!(
            "WebView2, which draws the status window, is lacking; Microsoft has it at https://developer.microsoft.com/microsoft-edge/webview2"
        ),
        "macos" | "windows" => {}
        _ => required(APP)?,
    }
    for_the_window()
}

/// Sees to what the window is built with, and nothing else.
pub(crate) fn for_the_window() -> Result<()> {
    required(WINDOW)
}

/// Offers what tests take. Without it those that take it are skipped, each by name.
pub(crate) fn for_tests() -> Result<()> {
    if std::env::consts::OS == "linux" { offered(TESTS) } else { Ok(()) }
}

/// Offers what the tests of sound take. Without it they are skipped, each by name.
pub(crate) fn for_tests_of_sound() -> Result<()> {
    // There is no package manager to be counted on there.
    if std::env::consts::OS == "windows" { Ok(()) } else { offered(SOUND) }
}

fn offered(needs: &[Need]) -> Result<()> {
    match install(&lacking(needs))? {
        Answer::Done => {}
        Answer::Declined | Answer::NobodyToAsk => {
            println!("The tests that take it are skipped.");
        }
    }
    Ok(())
}

/// Sees to what builds for other systems on Debian.
pub(crate) fn for_debians_second_toolchain() -> Result<()> {
    required(DEBIANS_SECOND_TOOLCHAIN)
}

/// Sees to what links programs for Windows.
pub(crate) fn for_windows_programs() -> Result<()> {
    required(WINDOWS_PROGRAMS)
}

/// Sees to what runs programs for Windows.
pub(crate) fn for_running_windows_programs() -> Result<()> {
    required(RUNNING_WINDOWS_PROGRAMS)
}

/// Sees to what tries a package in a root of its own.
pub(crate) fn for_trying_packages() -> Result<()> {
    required(TRYING_PACKAGES)
}

/// One thing a machine must have.
struct Need {
    /// What it is called among people.
    what: &'static str,
    /// What it is wanted for.
    why: &'static str,
    /// The fact by which it is seen to be there.
    seen_by: Fact,
    packages: Packages,
}

/// A fact about the machine that can be looked up.
enum Fact {
    /// A program on the `PATH`.
    Program(&'static str),
    /// The same program under any of these names.
    AnyProgram(&'static [&'static str]),
    /// A library that pkg-config knows.
    Library(&'static str),
    /// A file at this path.
    File(&'static str),
    /// Node, at least this version.
    Node(u32, u32),
}

/// The packages of a need, in each manager's words; empty where the manager has none.
struct Packages {
    apt: &'static str,
    dnf: &'static str,
    pacman: &'static str,
    brew: &'static str,
}

/// Installs those that are not there, and does not go on without them.
fn required(needs: &[Need]) -> Result<()> {
    match install(&lacking(needs))? {
        Answer::Done => {}
        Answer::Declined => bail!("it does not work without them"),
        Answer::NobodyToAsk => {
            bail!("there is no terminal to ask on; run that as root and try again")
        }
    }
    let still = lacking(needs);
    if still.is_empty() {
        return Ok(());
    }
    let names: Vec<&str> = still.iter().map(|need| need.what).collect();
    let hint = if still.iter().any(|need| matches!(need.seen_by, Fact::Node(..))) {
        ". This system's own Node is too old: https://nodejs.org has a recent one"
    } else {
        ""
    };
    bail!("still lacking: {}{hint}", names.join(", "))
}

fn lacking(needs: &[Need]) -> Vec<&Need> {
    needs.iter().filter(|need| !need.seen_by.holds()).collect()
}

impl Fact {
    fn holds(&self) -> bool {
        match *self {
            Self::Program(name) => find(name).is_some(),
            Self::AnyProgram(names) => names.iter().any(|name| find(name).is_some()),
            Self::Library(name) => succeeds("pkg-config", &format!("--exists {name}")),
            Self::File(path) => Path::new(path).exists(),
            Self::Node(major, minor) => {
                node_version().is_some_and(|version| version >= (major, minor))
            }
        }
    }
}

fn node_version() -> Option<(u32, u32)> {
    let printed = output(&mut program("node", ["--version"])).ok()?;
    let mut numbers = printed.trim().trim_start_matches('v').split('.').map(str::parse);
    Some((numbers.next()?.ok()?, numbers.next()?.ok()?))
}

fn has_webview2() -> bool {
    const CLIENT: &str = r"Microsoft\EdgeUpdate\Clients\{F3017226-FE2A-4295-8BDF-00C3A9A7E4C5}";
    let homes = [r"HKLM\SOFTWARE\WOW6432Node", r"HKLM\SOFTWARE", r"HKCU\Software"];
    homes.iter().any(|home| succeeds("reg", &format!(r"query {home}\{CLIENT} /v pv")))
}
