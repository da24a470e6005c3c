//! Each measurement has a display, a session bus and a tray of its own.
#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::print_stderr,
    dead_code,
    reason = "a measurement ends where something is not as it must be, and needs a part of what the tests need"
)]

mod cost;
#[path = "../../tests/desktop/family.rs"]
mod family;
#[path = "../../tests/desktop/screen.rs"]
mod screen;
#[path = "../../tests/desktop/session.rs"]
mod session;
mod story;
#[path = "../../tests/desktop/tray.rs"]
mod tray;
#[path = "../../tests/desktop/until.rs"]
mod until;
#[path = "../../tests/desktop/zombie.rs"]
mod zombie;

use serde_json::json;

/// Measures everything beside the app to compare with, and writes the figures, as JSON, to the file named.
pub(crate) fn main() {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let [file, bare, ..] = &*words else {
        return eprintln!("this is run by `cargo xtask bench app`");
    };
    let figures = json!({
        "starts": story::starts(bare.as_ref()),
        "rest": story::rest(bare.as_ref()),
        "window": story::window(),
    });
    std::fs::write(file, figures.to_string()).expect("room for the figures");
}
