//! What the app costs, measured on a real desktop beside a tray app that does nothing. `cargo xtask bench app` runs it and
//! holds the figures against their goals.

#[cfg(target_os = "linux")]
mod app;

#[cfg(target_os = "linux")]
use app::main;

#[cfg(not(target_os = "linux"))]
fn main() {}
