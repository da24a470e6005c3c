//! The window itself: its webview, its place on the screen, and how it comes to the front.

use std::io;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tauri::webview::PageLoadEvent;
use tauri::{
    AppHandle, Manager as _, PhysicalPosition, PhysicalSize, WebviewUrl, WebviewWindow,
    WebviewWindowBuilder, Window,
};

use super::Pane;
use crate::platform;
use crate::talk::{FromWindow, Place};

const LABEL: &str = "main";

/// How long a window may take to come to the screen once it is made.
const LONGEST_SHOWING: Duration = Duration::from_secs(4);

/// Shows the window, in front of all others if the desktop allows it, and returns when it can be seen. It is made there
/// where it was last. Not to be called on the main thread.
pub(super) fn show(app: &AppHandle, place: Option<Place>) -> tauri::Result<()> {
    let Some(window) = app.get_webview_window(LABEL) else { return create(app, place) };
    window.unminimize()?;
    window.show()?;
    platform::wake_title_bar(&window)?;
    window.set_focus()?;
    until_visible(&window)
}

/// Whether there is a window, shown or not.
pub(super) fn is_there(app: &AppHandle) -> bool {
    app.get_webview_window(LABEL).is_some()
}

/// Where the window is, and how large.
pub(super) fn place(window: &Window) -> Option<Place> {
    let PhysicalSize { width, height } = window.inner_size().ok()?;
    let position = window.outer_position().ok().map(|PhysicalPosition { x, y }| (x, y));
    Some(Place { position, size: (width, height) })
}

fn create(app: &AppHandle, place: Option<Place>) -> tauri::Result<()> {
    let pane = Arc::clone(&app.state::<Arc<Pane>>());
    let window = WebviewWindowBuilder::new(app, LABEL, WebviewUrl::default())
        .title("xSwarm Voice")
        .inner_size(720.0, 760.0)
        .min_inner_size(360.0, 480.0)
        // On Linux a window is on the screen a moment before its events are heard, and a close in that moment would take it
        // away unheard. So it is shown when they are.
        .visible(false)
        .on_page_load(move |_, load| {
            if matches!(load.event(), PageLoadEvent::Started) {
                pane.line.say(&FromWindow::Loads);
            }
        })
        .build()?;
    if let Some(Place { position, size: (width, height) }) = place {
        window.set_size(PhysicalSize { width, height })?;
        if let Some((x, y)) = position {
            window.set_position(PhysicalPosition { x, y })?;
        }
    }
    window.show()?;
    until_visible(&window)
}

/// Waits until the window is on the screen: the main thread is only told to show it, and whoever asked for it is answered when
/// it can be seen. Each question goes through the main thread, which gets on with its work in between.
fn until_visible(window: &WebviewWindow) -> tauri::Result<()> {
    let deadline = Instant::now() + LONGEST_SHOWING;
    while !window.is_visible()? {
        if Instant::now() > deadline {
            let late = format!("the window is not on the screen after {LONGEST_SHOWING:?}");
            return Err(io::Error::new(io::ErrorKind::TimedOut, late).into());
        }
    }
    Ok(())
}
