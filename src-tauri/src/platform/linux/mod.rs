//! Linux.

mod tray_host;

use std::ffi::OsString;
use std::io;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};

use anyhow::bail;
use tauri::image::Image;
use tauri::tray::TrayIcon;
use tauri::{App, RunEvent, WebviewWindow};
use x11rb::rust_connection::RustConnection;

pub(crate) use super::unix::{
    Doorbell, prepare_window, ring, start_afresh, take_standard_streams, told_to_end,
};
pub(crate) use tray_host::tray_host;

/// Panels show the mark in its colours.
pub(crate) const TRAY_TAKES_ONLY_SHAPES: bool = false;

/// What panels call the icon in their settings and to screen readers.
pub(crate) const TRAY_TITLE: Option<&str> = Some("xSwarm Voice");

/// Notifications are read as markup: `<b>` makes bold, and `<a>` a link.
pub(crate) const NOTIFICATIONS_TAKE_MARKUP: bool = true;

/// A signal asks any program to end.
pub(crate) const ALL_ARE_ASKED_TO_END: bool = true;

/// Whether the system gives an app a menu of its own, with an entry that quits.
pub(crate) const APP_HAS_A_MENU: bool = false;

pub(crate) fn set_mark(icon: &TrayIcon, mark: Image<'_>) -> tauri::Result<()> {
    icon.set_icon(Some(mark))
}

/// Does what must be done before anything else.
pub(crate) fn prepare() {
    const DMABUF: &str = "WEBKIT_DISABLE_DMABUF_RENDERER";
    if std::env::var_os(DMABUF).is_none() {
        // With some graphics drivers the window stays blank otherwise.
        set(DMABUF, Some("1"));
        // So nothing is drawn by a graphics driver. GTK would get one ready all the same where it finds none in use, which
        // with the compiler that drivers bring along takes a tenth of a second and ten megabytes.
        set("GDK_GL", Some("disable"));
    }
    // An AppImage tells what it starts where it is. Whoever is started from the terminal of another is not that one.
    let is_inside = |folder: OsString| {
        std::env::current_exe().is_ok_and(|program| program.starts_with(&folder))
    };
    if !std::env::var_os("APPDIR").is_some_and(is_inside) {
        set("APPIMAGE", None);
        set("APPDIR", None);
    }
}

/// Sets a variable of this process, or takes it away.
fn set(variable: &str, value: Option<&str>) {
    #[expect(
        unsafe_code,
        reason = "the standard library has no other way to set a variable of one's own process"
    )]
    // SAFETY: nothing has been started yet, so no other thread reads the environment.
    unsafe {
        match value {
            Some(value) => std::env::set_var(variable, value),
            None => std::env::remove_var(variable),
        }
    }
}

/// Where this program is. A package that was upgraded meanwhile has put another there, which would speak to us as it likes;
/// the system still has ours under another name.
pub(crate) fn this_program() -> io::Result<PathBuf> {
    let path = std::env::current_exe()?;
    Ok(if path.exists() { path } else { PathBuf::from("/proc/self/exe") })
}

/// Lets a process show its window in front of others, where that takes a permission.
pub(crate) const fn let_come_to_the_front(_: Option<u32>) {}

/// Whether somebody has opened the app again. Here that is a second process.
pub(crate) const fn is_opened_again(_: &RunEvent) -> bool {
    false
}

/// Keeps the app's own process out of where windows are listed. It has none.
pub(crate) const fn live_in_the_tray(_: &mut App) {}

/// A desktop to be shown on, held so that it is there for whoever asks next: an X server that has lost its last client may start
/// afresh, and is away meanwhile.
pub(crate) struct Display {
    _client: Option<RustConnection>,
}

/// Tells whether there is a desktop to be shown on. One that is only named ends whatever draws on it.
pub(crate) fn check_display() -> anyhow::Result<Display> {
    const OTHERWISE: &str = "`xswarm serve` runs the same services without one";
    let named = |name| std::env::var_os(name).filter(|value| !value.is_empty());
    let (wayland, x11) = (named("WAYLAND_DISPLAY"), named("DISPLAY"));
    if wayland.is_none() && x11.is_none() {
        bail!("there is no display; {OTHERWISE}");
    }
    if wayland.is_some_and(|name| answers(Path::new(&name))) {
        return Ok(Display { _client: None });
    }
    match x11rb::connect(None) {
        Ok((client, _)) => Ok(Display { _client: Some(client) }),
        Err(error) => {
            bail!("the display that the environment names can't be reached ({error}); {OTHERWISE}")
        }
    }
}

/// Whether somebody is there to draw for this name of Wayland's, a path or a file beside the user's other sockets.
fn answers(name: &Path) -> bool {
    let folder = std::env::var_os("XDG_RUNTIME_DIR").unwrap_or_default();
    UnixStream::connect(Path::new(&folder).join(name)).is_ok()
}

/// After it was hidden, a window's title bar may not answer any more on Wayland. Toggling what depends on it wakes it.
pub(crate) fn wake_title_bar(window: &WebviewWindow) -> tauri::Result<()> {
    if std::env::var_os("WAYLAND_DISPLAY").is_some() {
        window.set_resizable(false)?;
        window.set_resizable(true)?;
    }
    Ok(())
}
