//! Each test has a display, a session bus and a tray of its own, and the app in its own folders and on its own ports.
//! A program that isn't there skips the test by name; it never passes silently.
#![allow(
    clippy::expect_used,
    clippy::panic,
    reason = "a test ends where something is not as it must be"
)]

mod apart;
mod caller;
mod crowd;
mod entries;
mod family;
mod notifications;
mod overlaps;
mod screen;
mod session;
mod stories;
mod tray;
mod until;
mod views;
mod window;
mod zombie;
