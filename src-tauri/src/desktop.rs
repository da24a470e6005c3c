//! The desktop as Tauri reaches it.

use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Arc, Mutex, PoisonError};

use station::login_item::LoginItem;
use tauri::{AppHandle, Manager as _, async_runtime};
use tokio::sync::{mpsc, oneshot, watch};
use wire::ServiceName;

use crate::context::context;
use crate::controller::{Desktop, Request};
use crate::notifications::{self, News};
use crate::platform;
use crate::tray::{self, Face, Id, Tray};
use crate::window::{Opening, Window};

pub(crate) struct TauriDesktop {
    app: AppHandle,
    window: Window,
    tray_host: watch::Receiver<bool>,
    tray: Arc<Mutex<Option<Tray>>>,
}

/// The app on that display, which is held until the app is a client of it. What is clicked in the tray is only noted: clicks
/// are heard on the main thread.
///
/// # Errors
/// If the system lets us draw nothing.
pub(crate) fn app(
    requests: &mpsc::Sender<Request>,
    _display: platform::Display,
) -> tauri::Result<tauri::App> {
    let (of_menu, of_icon) = (requests.clone(), requests.clone());
    tauri::Builder::default()
        .on_menu_event(move |_, event| {
            note(&of_menu, tray::clicked_line(&event).map(Request::Click));
        })
        .on_tray_icon_event(move |_, event| {
            note(&of_icon, tray::is_click(&event).then_some(Request::Click(Id::Open)));
        })
        .build(context())
}

pub(crate) fn note(requests: &mpsc::Sender<Request>, request: Option<Request>) {
    let Some(request) = request else { return };
    if let Err(error) = requests.try_send(request) {
        let request = error.into_inner();
        tracing::warn!(?request, "a click was lost: too many before it wait to be carried out");
    }
}

impl TauriDesktop {
    pub(crate) fn new(app: AppHandle, window: Window, tray_host: watch::Receiver<bool>) -> Self {
        Self { app, window, tray_host, tray: Arc::default() }
    }
}

impl Desktop for TauriDesktop {
    fn tray_host(&self) -> watch::Receiver<bool> {
        self.tray_host.clone()
    }

    fn is_window_shown(&self) -> watch::Receiver<bool> {
        self.window.is_shown.clone()
    }

    fn is_window_seen(&self) -> watch::Receiver<bool> {
        self.window.is_seen.clone()
    }

    async fn paint(&self, face: Face) -> anyhow::Result<()> {
        let (app, tray, has_host) =
            (self.app.clone(), Arc::clone(&self.tray), *self.tray_host.borrow());
        // What is on the screen is changed by the main thread, and waiting for it would block a thread of the runtime.
        let painting = async_runtime::spawn_blocking(move || {
            let mut tray = tray.lock().unwrap_or_else(PoisonError::into_inner);
            match &mut *tray {
                Some(tray) => tray.show(face),
                None if has_host => Tray::new(&app, face).map(|made| *tray = Some(made)),
                None => Ok(()),
            }
        });
        Ok(painting.await??)
    }

    fn was_clicked(&self, id: Id) {
        if let Some(tray) = &mut *self.tray.lock().unwrap_or_else(PoisonError::into_inner) {
            tray.was_clicked(id);
        }
    }

    async fn keep_tray(&self, has_tray: bool) -> io::Result<()> {
        let keeping =
            async_runtime::spawn_blocking(move || station::Desktop::ours(has_tray).keep());
        keeping.await.unwrap_or_else(|error| Err(io::Error::other(error)))
    }

    async fn show_window(&self, shown: Option<oneshot::Sender<()>>) {
        self.window.open(Opening { shown, ..Opening::default() }).await;
    }

    async fn confirm_free(&self, service: ServiceName) {
        let confirm_free = Some(service);
        self.window.open(Opening { confirm_free, ..Opening::default() }).await;
    }

    fn page_is_ready(&self) -> Option<ServiceName> {
        self.window.page_is_ready()
    }

    async fn end_window(&self) {
        self.window.end().await;
    }

    fn notify(&self, news: Vec<News>) {
        async_runtime::spawn_blocking(move || notifications::tell(news));
    }

    fn open_folder(&self, folder: &Path) -> io::Result<()> {
        open::that_detached(folder)
    }

    fn launches_at_login(&self) -> io::Result<bool> {
        LoginItem::ours()?.is_on()
    }

    fn set_launch_at_login(&self, on: bool) -> io::Result<()> {
        LoginItem::ours()?.set(on)
    }

    fn mend_login_item(&self) -> io::Result<()> {
        LoginItem::ours()?.mend()
    }

    fn successor(&self) -> io::Result<PathBuf> {
        let program = tauri::process::current_binary(&self.app.env())?;
        program.metadata()?;
        Ok(program)
    }

    fn start(&self, program: &Path) -> io::Result<()> {
        Command::new(program).spawn().map(drop)
    }

    fn exit(&self) {
        self.app.exit(0);
    }
}
