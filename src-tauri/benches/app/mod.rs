//! Each measurement has a display, a session bus and a tray of its own.
#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::print_stderr,
    dead_code,
    reason = "a measurement ends where something is not as it must be, and needs a part of what the tests need"
)]

mod bare;
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

/// Measures everything and writes the figures, as JSON, to the file named; or is the app to compare with.
pub(crate) fn main() {
    let words: Vec<String> = std::env::args().skip(1).collect();
    match words.first().map(String::as_str) {
        Some(bare::WORD) => bare::run(),
        Some(file) if !file.starts_with('-') => {
            let figures = json!({
                "starts": story::starts(),
                "rest": story::rest(),
                "window": story::window(),
            });
            std::fs::write(file, figures.to_string()).expect("room for the figures");
        }
        _ => eprintln!("this is run by `cargo xtask bench app`"),
    }
}
