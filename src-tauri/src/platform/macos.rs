//! macOS.

use tauri::WebviewWindow;
use tokio::sync::watch;

pub(crate) use super::unix::{Doorbell, ring, told_to_end};

/// The menu bar draws the shape in its own colour.
pub(crate) const TRAY_TAKES_ONLY_SHAPES: bool = true;

/// A title would stand beside the icon in the menu bar.
pub(crate) const TRAY_TITLE: Option<&str> = None;

/// Does what must be done before anything else.
pub(crate) const fn prepare() {}

/// Tells whether there is a desktop to be shown on.
#[expect(clippy::unnecessary_wraps, reason = "on Linux there may be none")]
pub(crate) const fn check_display() -> anyhow::Result<()> {
    Ok(())
}

/// Wakes a title bar that does not answer, which happens on Linux only.
#[expect(clippy::unnecessary_wraps, reason = "on Linux it may fail")]
pub(crate) const fn wake_title_bar(_: &WebviewWindow) -> tauri::Result<()> {
    Ok(())
}

/// The menu bar always shows icons.
pub(crate) fn tray_host() -> watch::Receiver<bool> {
    watch::channel(true).1
}
