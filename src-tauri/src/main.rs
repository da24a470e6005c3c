//! xSwarm Voice in the tray.

// A console window beside the app would be of no use on Windows.
#![cfg_attr(not(debug_assertions), windows_subsystem = "windows")]

use std::process::ExitCode;

fn main() -> ExitCode {
    // Nothing of ours is to be begun in a process that only stands between us and a program.
    if let Some(exit) = station::guard_if_asked() {
        return exit;
    }
    shell::run(&shell::Arguments::read(std::env::args().skip(1)))
}
