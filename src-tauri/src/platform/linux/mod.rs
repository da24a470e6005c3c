//! Linux.

mod tray_host;

use anyhow::bail;
use tauri::WebviewWindow;
use tauri::image::Image;
use tauri::tray::TrayIcon;

pub(crate) use super::unix::{Doorbell, make_private_folder, ring, start_afresh, told_to_end};
pub(crate) use tray_host::tray_host;

/// Panels show the mark in its colours.
pub(crate) const TRAY_TAKES_ONLY_SHAPES: bool = false;

/// What panels call the icon in their settings and to screen readers.
pub(crate) const TRAY_TITLE: Option<&str> = Some("xSwarm Voice");

/// A signal asks any program to end.
pub(crate) const ALL_ARE_ASKED_TO_END: bool = true;

/// Changes the mark in the tray.
pub(crate) fn set_mark(icon: &TrayIcon, mark: Image<'_>) -> tauri::Result<()> {
    icon.set_icon(Some(mark))
}

/// Does what must be done before anything else.
pub(crate) fn prepare() {
    const DMABUF: &str = "WEBKIT_DISABLE_DMABUF_RENDERER";
    if std::env::var_os(DMABUF).is_none() {
        // With some graphics drivers the window stays blank otherwise.
        #[expect(
            unsafe_code,
            reason = "the standard library has no other way to set a variable of one's own process"
        )]
        // SAFETY: nothing has been started yet, so no other thread reads the environment.
        unsafe {
            std::env::set_var(DMABUF, "1");
        }
    }
}

/// Tells whether there is a desktop to be shown on.
pub(crate) fn check_display() -> anyhow::Result<()> {
    let is_set = |name| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    if !is_set("DISPLAY") && !is_set("WAYLAND_DISPLAY") {
        bail!("there is no display; `xswarm serve` runs the same services without one");
    }
    Ok(())
}

/// After it was hidden, a window's title bar may not answer any more on Wayland. Toggling what depends on it wakes it.
pub(crate) fn wake_title_bar(window: &WebviewWindow) -> tauri::Result<()> {
    if std::env::var_os("WAYLAND_DISPLAY").is_some() {
        window.set_resizable(false)?;
        window.set_resizable(true)?;
    }
    Ok(())
}
