//! macOS.

use std::io;
use std::path::PathBuf;

use tauri::image::Image;
use tauri::tray::TrayIcon;
use tauri::{ActivationPolicy, App, RunEvent, WebviewWindow};
use tokio::sync::watch;

pub(crate) use super::unix::{
    Doorbell, prepare_window, ring, start_afresh, take_standard_streams, told_to_end,
};

/// The menu bar draws the shape in its own colour.
pub(crate) const TRAY_TAKES_ONLY_SHAPES: bool = true;

/// A title would stand beside the icon in the menu bar.
pub(crate) const TRAY_TITLE: Option<&str> = None;

/// Notifications show their text as it is.
pub(crate) const NOTIFICATIONS_TAKE_MARKUP: bool = false;

/// A signal asks any program to end.
pub(crate) const ALL_ARE_ASKED_TO_END: bool = true;

/// Whether the system gives an app a menu of its own, with an entry that quits.
pub(crate) const APP_HAS_A_MENU: bool = true;

/// Changes the mark in the menu bar, without the flicker of its colours in between.
pub(crate) fn set_mark(icon: &TrayIcon, mark: Image<'_>) -> tauri::Result<()> {
    icon.set_icon_with_as_template(Some(mark), TRAY_TAKES_ONLY_SHAPES)
}

pub(crate) const fn prepare() {}

pub(crate) fn this_program() -> io::Result<PathBuf> {
    std::env::current_exe()
}

/// Lets a process show its window in front of others, where that takes a permission.
pub(crate) const fn let_come_to_the_front(_: Option<u32>) {}

/// Whether somebody has opened the app again, for which the system starts no second process.
pub(crate) const fn is_opened_again(event: &RunEvent) -> bool {
    matches!(event, RunEvent::Reopen { .. })
}

/// Keeps the app's own process out of the Dock. The window's is there while the window is.
pub(crate) fn live_in_the_tray(app: &mut App) {
    app.set_activation_policy(ActivationPolicy::Accessory);
}

pub(crate) struct Display;

#[expect(clippy::unnecessary_wraps, reason = "on Linux there may be none")]
pub(crate) const fn check_display() -> anyhow::Result<Display> {
    Ok(Display)
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
