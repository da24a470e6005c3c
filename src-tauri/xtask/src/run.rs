//! `cargo xtask run`: from a fresh machine to the app in the tray, or to the same station in the terminal where there is
//! no display.

use anyhow::Result;

use crate::{prerequisites, programs, window};

#[cfg_attr(unix, path = "run/unix.rs")]
#[cfg_attr(windows, path = "run/windows.rs")]
mod hand_over;

/// Builds and starts the app; `passed_on` are its arguments.
pub(crate) fn run(passed_on: &[&str]) -> Result<()> {
    let mut start = if has_display() {
        prerequisites::for_the_app()?;
        window::build()?;
        programs::cargo("run --package xswarm-voice --")
    } else {
        println!("There is no display here, so the services run without a window.");
        programs::cargo("run --package xswarm -- serve")
    };
    hand_over::to(start.args(passed_on))
}

fn has_display() -> bool {
    let named = |variable| std::env::var_os(variable).is_some_and(|value| !value.is_empty());
    std::env::consts::OS != "linux" || named("DISPLAY") || named("WAYLAND_DISPLAY")
}
