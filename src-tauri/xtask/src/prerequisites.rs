//! What a machine must have before the app can be built and tested: how to see that it is there, why it is wanted, and
//! what it is called in the package managers we know.

mod install;
mod known;
mod need;

use anyhow::{Result, bail};

use crate::programs::succeeds;
use install::{Answer, install};
use known::{
    APP, DEBIANS_SECOND_TOOLCHAIN, RUNNING_WINDOWS_PROGRAMS, SOUND, TESTS, TRYING_PACKAGES, WINDOW,
    WINDOWS_PROGRAMS,
};
pub(crate) use need::{Fact, Need, Packages};

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

/// Offers what a single try takes, and names what is lacking all the same.
pub(crate) fn still_lacking(needs: &[Need]) -> Vec<&'static str> {
    if let Err(error) = install(&lacking(needs)) {
        println!("{error:#}");
    }
    lacking(needs).iter().map(|need| need.what).collect()
}

fn lacking(needs: &[Need]) -> Vec<&Need> {
    needs.iter().filter(|need| !need.seen_by.holds()).collect()
}

fn has_webview2() -> bool {
    const CLIENT: &str = r"Microsoft\EdgeUpdate\Clients\{F3017226-FE2A-4295-8BDF-00C3A9A7E4C5}";
    let homes = [r"HKLM\SOFTWARE\WOW6432Node", r"HKLM\SOFTWARE", r"HKCU\Software"];
    homes.iter().any(|home| succeeds("reg", &format!(r"query {home}\{CLIENT} /v pv")))
}
