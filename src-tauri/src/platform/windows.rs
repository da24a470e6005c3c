//! Windows.

use std::fs::File;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::io;
use std::os::windows::io::AsHandle as _;
use std::path::PathBuf;
use std::process::Command;

use station::folders;
use tauri::image::Image;
use tauri::tray::TrayIcon;
use tauri::{App, RunEvent, WebviewWindow};
use tokio::net::windows::named_pipe::{
    ClientOptions, NamedPipeClient, NamedPipeServer, ServerOptions,
};
use tokio::sync::watch;
use windows_sys::Win32::UI::WindowsAndMessaging::AllowSetForegroundWindow;

/// The taskbar shows the mark in its colours.
pub(crate) const TRAY_TAKES_ONLY_SHAPES: bool = false;

/// Icons have no title here.
pub(crate) const TRAY_TITLE: Option<&str> = None;

/// Notifications show their text as it is.
pub(crate) const NOTIFICATIONS_TAKE_MARKUP: bool = false;

/// Only a program with a window can be asked to end; any other is ended at once.
pub(crate) const ALL_ARE_ASKED_TO_END: bool = false;

/// Whether the system gives an app a menu of its own, with an entry that quits.
pub(crate) const APP_HAS_A_MENU: bool = false;

pub(crate) fn set_mark(icon: &TrayIcon, mark: Image<'_>) -> tauri::Result<()> {
    icon.set_icon(Some(mark))
}

pub(crate) const fn prepare() {}

pub(crate) fn this_program() -> io::Result<PathBuf> {
    std::env::current_exe()
}

pub(crate) const fn prepare_window(_: &mut Command) {}

/// Lets a process show its window in front of others. Whoever was clicked last has that right, and may share it.
pub(crate) fn let_come_to_the_front(pid: Option<u32>) {
    let Some(pid) = pid else { return };
    #[expect(unsafe_code, reason = "there is no other way to share the right")]
    // SAFETY: it takes a number and touches no memory of ours.
    let is_shared = unsafe { AllowSetForegroundWindow(pid) } != 0;
    tracing::debug!(is_shared, "the window may come to the front");
}

/// Takes standard input and output for the line to the tray's process. Programs without a console print nothing.
pub(crate) fn take_standard_streams() -> io::Result<(File, File)> {
    let input = io::stdin().as_handle().try_clone_to_owned()?;
    let output = io::stdout().as_handle().try_clone_to_owned()?;
    Ok((input.into(), output.into()))
}

/// Whether somebody has opened the app again. Here that is a second process.
pub(crate) const fn is_opened_again(_: &RunEvent) -> bool {
    false
}

/// Keeps the app's own process out of where windows are listed. It has none.
pub(crate) const fn live_in_the_tray(_: &mut App) {}

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

/// The taskbar always shows icons.
pub(crate) fn tray_host() -> watch::Receiver<bool> {
    watch::channel(true).1
}

/// Returns when the system or a terminal tells the app to end.
pub(crate) async fn told_to_end() -> io::Result<()> {
    let mut interrupt = tokio::signal::windows::ctrl_c()?;
    let mut close = tokio::signal::windows::ctrl_close()?;
    let mut shutdown = tokio::signal::windows::ctrl_shutdown()?;
    tokio::select! {
        _ = interrupt.recv() => {}
        _ = close.recv() => {}
        _ = shutdown.recv() => {}
    }
    Ok(())
}

/// Starts this program once more with the same arguments. This process is to end then.
pub(crate) fn start_afresh() -> io::Result<()> {
    let program = std::env::current_exe()?;
    std::process::Command::new(program).args(std::env::args_os().skip(1)).spawn().map(drop)
}

/// Where a first start is called. Only who holds the station's lock may be here.
pub(crate) struct Doorbell(NamedPipeServer);

impl Doorbell {
    pub(crate) fn put_up() -> io::Result<Self> {
        Ok(Self(ServerOptions::new().first_pipe_instance(true).create(name()?)?))
    }

    pub(crate) async fn rung(&mut self) -> io::Result<NamedPipeServer> {
        self.0.connect().await?;
        let next = ServerOptions::new().create(name()?)?;
        Ok(std::mem::replace(&mut self.0, next))
    }
}

#[expect(clippy::unused_async, reason = "on Unix it waits")]
pub(crate) async fn ring() -> io::Result<NamedPipeClient> {
    ClientOptions::new().open(name()?)
}

/// Pipes have no folders: the name carries the folder that is the user's own.
fn name() -> io::Result<String> {
    let folder = folders::needed(folders::data())?;
    let mut hasher = DefaultHasher::new();
    folder.hash(&mut hasher);
    Ok(format!(r"\\.\pipe\xswarm-voice-{:016x}", hasher.finish()))
}
