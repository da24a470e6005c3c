//! macOS.

use tauri::WebviewWindow;
use tauri::image::Image;
use tauri::tray::TrayIcon;
use tokio::sync::watch;

pub(crate) use super::unix::{Doorbell, make_private_folder, ring, start_afresh, told_to_end};

/// The menu bar draws the shape in its own colour.
pub(crate) const TRAY_TAKES_ONLY_SHAPES: bool = true;

/// A title would stand beside the icon in the menu bar.
pub(crate) const TRAY_TITLE: Option<&str> = None;

/// A signal asks any program to end.
pub(crate) const ALL_ARE_ASKED_TO_END: bool = true;

/// Changes the mark in the menu bar, without the flicker of its colours in between.
pub(crate) fn set_mark(icon: &TrayIcon, mark: Image<'_>) -> tauri::Result<()> {
    icon.set_icon_with_as_template(Some(mark), TRAY_TAKES_ONLY_SHAPES)
}

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
