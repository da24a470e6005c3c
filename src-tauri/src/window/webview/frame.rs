//! The window itself: its webview, its place on the screen, and how it comes to the front.

use std::io;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tauri::webview::PageLoadEvent;
use tauri::{
    AppHandle, Manager as _, PhysicalPosition, PhysicalSize, WebviewUrl, WebviewWindow,
    WebviewWindowBuilder, Window,
};

use super::link::Tx;
use crate::platform;
use crate::window::protocol::{FromWindow, Placement};

const LABEL: &str = "main";

/// How long a window may take to come to the screen once it is made.
const LONGEST_SHOWING: Duration = Duration::from_secs(4);

/// How long to leave the main thread alone between two questions whether the window is on the screen, unless something happens
/// to it meanwhile.
const BETWEEN_LOOKS: Duration = Duration::from_millis(50);

/// Shows the window, in front of all others if the desktop allows it, and returns when it can be seen. It is made there
/// where it was last. Not to be called on the main thread.
pub(super) fn show(app: &AppHandle, place: Option<Placement>, tx: &Arc<Tx>) -> tauri::Result<()> {
    let Some(window) = app.get_webview_window(LABEL) else { return create(app, place, tx) };
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

/// Where the window is, and how large. Nothing where it is put away, for that place is none.
pub(super) fn place(window: &Window) -> Option<Placement> {
    if window.is_minimized().unwrap_or(false) {
        return None;
    }
    let PhysicalSize { width, height } = window.inner_size().ok()?;
    let position = window.outer_position().ok().map(|PhysicalPosition { x, y }| (x, y));
    Some(Placement { position, size: (width, height) })
}

fn create(app: &AppHandle, place: Option<Placement>, tx: &Arc<Tx>) -> tauri::Result<()> {
    let tx = Arc::clone(tx);
    let window = WebviewWindowBuilder::new(app, LABEL, WebviewUrl::default())
        .title("xSwarm Voice")
        .inner_size(720.0, 760.0)
        .min_inner_size(360.0, 480.0)
        // On Linux a window is on the screen a moment before its events are heard, and a close in that moment would take it
        // away unheard. So it is shown when they are.
        .visible(false)
        .on_page_load(move |_, load| {
            if matches!(load.event(), PageLoadEvent::Started) {
                tx.say(&FromWindow::Loads);
            }
        })
        .build()?;
    if let Some(place) = place {
        put(&window, place)?;
    }
    window.show()?;
    until_visible(&window)
}

/// Puts the window where it was, unless there is no screen any more.
fn put(window: &WebviewWindow, Placement { position, size }: Placement) -> tauri::Result<()> {
    let (width, height) = size;
    let screens = window.available_monitors()?;
    let mut screens = screens.iter().map(|screen| {
        let (PhysicalPosition { x, y }, size) = (*screen.position(), *screen.size());
        ((x, y), (size.width, size.height))
    });
    // First of all, for a screen may have a scale of its own, which changes the size.
    if let Some((x, y)) = position
        && screens.any(|screen| is_within_reach((x, y), size, screen))
    {
        window.set_position(PhysicalPosition { x, y })?;
    }
    window.set_size(PhysicalSize { width, height })
}

/// Whether so much of a window's upper edge is on that screen that it can be taken hold of.
fn is_within_reach(
    (x, y): (i32, i32),
    (width, _): (u32, u32),
    ((left, top), (screen_width, screen_height)): ((i32, i32), (u32, u32)),
) -> bool {
    const HOLD: i64 = 64;
    let [x, y, left, top] = [x, y, left, top].map(i64::from);
    let [width, screen_width, screen_height] = [width, screen_width, screen_height].map(i64::from);
    let across = (x + width).min(left + screen_width) - x.max(left);
    across >= HOLD.min(width) && (top - HOLD / 2..top + screen_height - HOLD / 2).contains(&y)
}

/// Waits until the window is on the screen: the main thread is only told to show it, and whoever asked for it is answered when
/// it can be seen. Whoever hears of an event of the window wakes this thread; not every system has one for being shown, so it
/// looks now and then as well. Each look goes through the main thread, which is left to its work in between.
fn until_visible(window: &WebviewWindow) -> tauri::Result<()> {
    let deadline = Instant::now() + LONGEST_SHOWING;
    while !window.is_visible()? {
        if Instant::now() > deadline {
            let late = format!("the window is not on the screen after {LONGEST_SHOWING:?}");
            return Err(io::Error::new(io::ErrorKind::TimedOut, late).into());
        }
        std::thread::park_timeout(BETWEEN_LOOKS);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::is_within_reach;

    const SIZE: (u32, u32) = (720, 760);
    const SCREEN: ((i32, i32), (u32, u32)) = ((0, 0), (1920, 1080));

    #[test]
    fn a_window_that_hangs_over_an_edge_can_be_taken_hold_of() {
        for place in [(0, 0), (-600, 100), (1800, 1000), (0, -20)] {
            assert!(is_within_reach(place, SIZE, SCREEN), "{place:?}");
        }
        assert!(is_within_reach((2000, 10), SIZE, ((1920, 0), (1280, 1024))));
    }

    #[test]
    fn a_window_on_a_screen_that_has_gone_can_not() {
        for place in [(2000, 10), (-700, 100), (0, 1060), (0, -700), (-32_000, -32_000)] {
            assert!(!is_within_reach(place, SIZE, SCREEN), "{place:?}");
        }
    }
}
