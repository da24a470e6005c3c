//! The status window: made when asked for, and where a tray brings it back given back with all its memory when closed.

use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use serde::Serialize;
use tauri::webview::PageLoadEvent;
use tauri::{
    AppHandle, Emitter as _, Manager as _, PhysicalPosition, PhysicalSize, WebviewUrl,
    WebviewWindow, WebviewWindowBuilder, Window, WindowEvent,
};
use wire::ServiceName;

use crate::Shell;

const LABEL: &str = "main";
/// How long a window may take to come to the screen once it is made. A second start waits a little longer for its answer.
const LONGEST_SHOWING: Duration = Duration::from_secs(4);

/// What the window's page is told when the tray asks for the confirmation that frees a port.
#[derive(Clone, Copy, Serialize)]
struct ConfirmFree {
    service: ServiceName,
}

/// How far the window's page is, and where the window was last. An event that the page does not listen for yet would be
/// lost.
#[derive(Default)]
pub(crate) struct Page {
    stage: Mutex<Stage>,
    place: Mutex<Option<Place>>,
    leaving: Mutex<Leaving>,
}

/// Whether the window is on its way out. Until it is gone it can neither be shown nor made afresh.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
enum Leaving {
    #[default]
    No,
    Yes,
    /// It is wanted again as soon as it is gone.
    Wanted,
}

/// Where a window is, and how large.
#[derive(Clone, Copy)]
struct Place {
    position: Option<PhysicalPosition<i32>>,
    size: PhysicalSize<u32>,
}

enum Stage {
    /// Nobody listens; this confirmation is to be asked for when the page is there.
    Absent(Option<ServiceName>),
    /// The page listens.
    Ready,
}

impl Default for Stage {
    fn default() -> Self {
        Self::Absent(None)
    }
}

impl Page {
    /// Notes that the page listens, and tells what it has missed.
    pub(crate) fn is_ready(&self) -> Option<ServiceName> {
        match std::mem::replace(&mut *self.stage(), Stage::Ready) {
            Stage::Absent(confirmation) => confirmation,
            Stage::Ready => None,
        }
    }

    /// Notes that the page is loaded afresh, or gone with its window.
    fn is_away(&self) {
        let mut stage = self.stage();
        if matches!(*stage, Stage::Ready) {
            *stage = Stage::default();
        }
    }

    /// Whether the page listens; if it does not, it will be told of this confirmation later.
    fn hears_or_will(&self, service: ServiceName) -> bool {
        let mut stage = self.stage();
        match *stage {
            Stage::Ready => true,
            Stage::Absent(_) => {
                *stage = Stage::Absent(Some(service));
                false
            }
        }
    }

    fn leaving(&self) -> MutexGuard<'_, Leaving> {
        self.leaving.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether the window is on its way out; then it comes back when it is gone.
    fn comes_back(&self) -> bool {
        let mut leaving = self.leaving();
        if *leaving == Leaving::No {
            return false;
        }
        *leaving = Leaving::Wanted;
        true
    }

    fn stage(&self) -> MutexGuard<'_, Stage> {
        self.stage.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn place(&self) -> MutexGuard<'_, Option<Place>> {
        self.place.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Shows the window, in front of all others if the desktop allows it. Not to be called on the main thread.
pub(crate) fn show(app: &AppHandle) -> tauri::Result<()> {
    if app.state::<Arc<Shell>>().page.comes_back() {
        return Ok(());
    }
    let Some(window) = app.get_webview_window(LABEL) else { return create(app).map(drop) };
    window.unminimize()?;
    window.show()?;
    crate::platform::wake_title_bar(&window)?;
    window.set_focus()
}

/// Shows the window with the confirmation that frees a service's port.
pub(crate) fn confirm_free(app: &AppHandle, service: ServiceName) -> tauri::Result<()> {
    if app.state::<Arc<Shell>>().page.hears_or_will(service) {
        app.emit("confirm_free", ConfirmFree { service })?;
    }
    show(app)
}

/// Whether the window can be seen or at least reached.
pub(crate) fn is_shown(app: &AppHandle) -> bool {
    app.get_webview_window(LABEL).is_some_and(|window| window.is_visible().unwrap_or(false))
}

/// Closing the window leaves the app in the tray, without the window's memory. Where there is no tray it only leaves the
/// window smaller, since nothing could bring it back.
pub(crate) fn on_event(window: &Window, event: &WindowEvent) {
    let shell = window.state::<Arc<Shell>>();
    if let WindowEvent::Destroyed = event {
        shell.page.is_away();
        if std::mem::take(&mut *shell.page.leaving()) == Leaving::Wanted {
            let app = window.app_handle().clone();
            tauri::async_runtime::spawn(async move {
                if let Err(error) = create(&app) {
                    tracing::warn!(%error, "cannot bring the window back");
                }
            });
        }
        return;
    }
    let WindowEvent::CloseRequested { api, .. } = event else { return };
    if shell.ending.has_begun() {
        return;
    }
    if *shell.tray_host.borrow() {
        *shell.page.leaving() = Leaving::Yes;
        *shell.page.place() = window
            .inner_size()
            .ok()
            .map(|size| Place { position: window.outer_position().ok(), size });
        return;
    }
    api.prevent_close();
    if let Err(error) = window.minimize() {
        tracing::warn!(%error, "cannot put the window away");
    }
}

fn create(app: &AppHandle) -> tauri::Result<WebviewWindow> {
    let page = app.clone();
    let window = WebviewWindowBuilder::new(app, LABEL, WebviewUrl::default())
        .title("xSwarm Voice")
        .inner_size(720.0, 760.0)
        .min_inner_size(360.0, 480.0)
        // On Linux a window is on the screen a moment before its events are heard, and a close in that moment would take it
        // away unheard, for good. So it is shown when they are.
        .visible(false)
        .on_page_load(move |_, load| {
            if matches!(load.event(), PageLoadEvent::Started) {
                page.state::<Arc<Shell>>().page.is_away();
            }
        })
        .build()?;
    let place = *app.state::<Arc<Shell>>().page.place();
    if let Some(Place { position, size }) = place {
        window.set_size(size)?;
        if let Some(position) = position {
            window.set_position(position)?;
        }
    }
    window.show()?;
    until_visible(&window)?;
    Ok(window)
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

#[cfg(test)]
mod tests {
    use wire::ServiceName;

    use super::Page;

    #[test]
    fn a_confirmation_waits_for_the_page() {
        let page = Page::default();
        assert!(!page.hears_or_will(ServiceName::VoiceBridge));
        page.is_away();
        assert_eq!(page.is_ready(), Some(ServiceName::VoiceBridge));
        assert_eq!(page.is_ready(), None, "it is asked for once");
    }

    #[test]
    fn a_page_that_listens_is_told_at_once() {
        let page = Page::default();
        assert_eq!(page.is_ready(), None);
        assert!(page.hears_or_will(ServiceName::Supervisor));
    }

    #[test]
    fn a_page_that_is_loaded_afresh_does_not_listen() {
        let page = Page::default();
        page.is_ready();
        page.is_away();
        assert!(!page.hears_or_will(ServiceName::Supervisor));
    }
}
