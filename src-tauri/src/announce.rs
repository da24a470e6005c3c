//! Brings every change to the tray, and carries out what was clicked.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use station::login_item::LoginItem;
use station::{Desktop, Orders};
use tauri::menu::MenuEvent;
use tauri::tray::TrayIconEvent;
use tauri::{AppHandle, Manager as _, async_runtime};
use tokio::sync::{mpsc, oneshot, watch};
use tokio::task::JoinSet;
use tokio::time::Instant;
use wire::{Cause, Life, Order, PortState, Service, ServiceName, Snapshot};

use crate::news::{self, Telling};
use crate::tray::{self, Face, Id, Tray};
use crate::{Shell, ending};

/// How long a tray may be away before the window shows itself: panels come a little after the app at login, and are
/// restarted now and then.
const PATIENCE: Duration = Duration::from_secs(5);

/// How often the login item is read anew, which people change elsewhere as well.
const READING: Duration = Duration::from_secs(10);

/// How often words with a countdown are made afresh.
const TICK: Duration = Duration::from_secs(1);

/// What somebody wants of the shell.
pub(crate) enum Wish {
    /// The window is to be shown. The answer comes when it is.
    ShowWindow(Option<oneshot::Sender<()>>),
    /// The window is to be shown with the confirmation that frees a service's port.
    ConfirmFree(ServiceName),
    /// An order of the tray.
    Give(Order),
    /// The login item is to be switched over.
    ToggleLoginItem,
    /// The login item has changed.
    ReadLoginItem,
    /// The app is to end.
    Quit,
}

/// Brings every change to where it is seen.
pub(crate) struct Announcer {
    app: AppHandle,
    shell: Arc<Shell>,
    orders: Orders,
    snapshots: watch::Receiver<Snapshot>,
    tray_host: watch::Receiver<bool>,
    is_window_shown: watch::Receiver<bool>,
    is_window_seen: watch::Receiver<bool>,
    wishes: mpsc::Receiver<Wish>,
    under_way: JoinSet<()>,
    tray: Option<Tray>,
    telling: Telling,
    launches_at_login: bool,
    login_item_read: Instant,
    /// When the window shows itself for want of a tray.
    patience: Option<Instant>,
    /// What was last kept about the tray, for whoever looks into trouble.
    kept_tray: Option<bool>,
}

impl Announcer {
    /// For that app, with what people want of it.
    pub(crate) fn new(app: AppHandle, wishes: mpsc::Receiver<Wish>) -> Self {
        let shell = Arc::clone(&app.state::<Arc<Shell>>());
        Self {
            app,
            orders: shell.orders.clone(),
            snapshots: shell.snapshots.clone(),
            tray_host: shell.tray_host.clone(),
            is_window_shown: shell.window.is_shown(),
            is_window_seen: shell.window.is_seen(),
            shell,
            wishes,
            under_way: JoinSet::new(),
            tray: None,
            telling: Telling::default(),
            launches_at_login: false,
            login_item_read: Instant::now(),
            patience: None,
            kept_tray: None,
        }
    }

    /// Runs until the station has ended. Unless it starts hidden, the window is the first thing people see.
    pub(crate) async fn run(mut self, is_hidden: bool) {
        if let Err(error) = LoginItem::ours().and_then(|item| item.mend()) {
            tracing::warn!(%error, "cannot mend the login item");
        }
        self.read_login_item();
        if !is_hidden {
            self.shell.window.show(None).await;
        }
        loop {
            if self.login_item_read.elapsed() > READING {
                self.read_login_item();
            }
            let snapshot = self.snapshots.borrow_and_update().clone();
            let has_countdown = snapshot.services.iter().any(has_countdown);
            self.tell_news(&snapshot);
            self.paint(snapshot).await;
            self.mind_the_window();
            self.keep_tray().await;
            let patience = self.patience;
            tokio::select! {
                changed = self.snapshots.changed() => if changed.is_err() { return },
                Ok(()) = self.tray_host.changed() => {}
                Ok(()) = self.is_window_shown.changed() => {}
                Some(wish) = self.wishes.recv() => self.grant(wish).await,
                Some(_) = self.under_way.join_next() => {}
                () = tokio::time::sleep(TICK), if has_countdown => {}
                () = sleep_until(patience), if patience.is_some() => {
                    self.patience = None;
                    self.shell.window.show(None).await;
                }
            }
        }
    }

    /// Shows how everything is.
    async fn paint(&mut self, snapshot: Snapshot) {
        let face = Face::of(&snapshot, self.launches_at_login, SystemTime::now().into());
        let (app, tray, has_host) = (self.app.clone(), self.tray.take(), *self.tray_host.borrow());
        let shell = Arc::clone(&self.shell);
        // What is on the screen is changed by the main thread, and waiting for it would block a thread of the runtime.
        let painted = async_runtime::spawn_blocking(move || match tray {
            Some(mut tray) => {
                // At the very end nobody is left who could change it.
                if let Err(error) = tray.show(face)
                    && !shell.ending.has_begun()
                {
                    tracing::warn!(%error, "cannot change the tray");
                }
                Some(tray)
            }
            None if has_host => Tray::new(&app, face)
                .inspect_err(|error| tracing::warn!(%error, "cannot show the tray"))
                .ok(),
            None => None,
        });
        self.tray = painted.await.unwrap_or_default();
    }

    /// Notes when the window must show itself: some time after the last tray has gone that could have opened it.
    fn mind_the_window(&mut self) {
        if *self.tray_host.borrow() {
            self.patience = None;
            return;
        }
        self.patience = if *self.is_window_shown.borrow_and_update() {
            None
        } else {
            self.patience.or_else(|| Some(Instant::now() + PATIENCE))
        };
    }

    /// Tells of trouble that the window does not show, for it is closed or put away.
    fn tell_news(&mut self, snapshot: &Snapshot) {
        let is_seen = *self.is_window_seen.borrow();
        let news = self.telling.hear(snapshot, is_seen, SystemTime::now().into());
        if !news.is_empty() {
            news::tell(news);
        }
    }

    /// Leaves word of whether there is a tray, which nobody outside can tell as well.
    async fn keep_tray(&mut self) {
        let has_tray = *self.tray_host.borrow();
        if self.kept_tray.replace(has_tray) == Some(has_tray) {
            return;
        }
        let keeping = async_runtime::spawn_blocking(move || Desktop::ours(has_tray).keep());
        if let Ok(Err(error)) = keeping.await {
            tracing::warn!(%error, "whether there is a tray cannot be told to others");
        }
    }

    async fn grant(&mut self, wish: Wish) {
        match wish {
            Wish::ShowWindow(shown) => self.shell.window.show(shown).await,
            Wish::ConfirmFree(service) => self.shell.window.confirm_free(service).await,
            Wish::Give(order) => self.give(order),
            Wish::ToggleLoginItem => {
                if let Some(tray) = &mut self.tray {
                    tray.was_clicked(Id::LaunchAtLogin);
                }
                // What people see is what they switch over, whoever has changed it since.
                let on = !self.launches_at_login;
                let item = LoginItem::ours().and_then(|item| item.set(on));
                if let Err(error) = item {
                    tracing::warn!(%error, "cannot change the login item");
                }
                self.read_login_item();
            }
            Wish::ReadLoginItem => self.read_login_item(),
            Wish::Quit => {
                // On the way out the tray goes on showing how things are.
                let app = self.app.clone();
                async_runtime::spawn(async move { ending::quit(&app).await });
            }
        }
    }

    /// Gives an order of the tray. Where it fails, the window comes up, which shows how things are.
    fn give(&mut self, order: Order) {
        tracing::info!(?order, "ordered in the tray");
        let orders = self.orders.clone();
        let wishes = self.shell.wishes.clone();
        self.under_way.spawn(async move {
            if let Err(failure) = orders.give(order).await {
                tracing::warn!(%failure, "an order of the tray was not carried out");
                // An error means that the app is ending.
                let _ = wishes.send(Wish::ShowWindow(None)).await;
            }
        });
    }

    fn read_login_item(&mut self) {
        self.login_item_read = Instant::now();
        self.launches_at_login =
            LoginItem::ours().and_then(|item| item.is_on()).unwrap_or_else(|error| {
                tracing::warn!(%error, "cannot read the login item");
                false
            });
    }
}

/// Hears clicks in the tray's menu.
pub(crate) fn on_menu_event(app: &AppHandle, event: &MenuEvent) {
    if let Some(id) = tray::clicked_line(event) {
        on_click(app, id);
    }
}

/// Hears clicks on the tray's icon.
pub(crate) fn on_icon_event(app: &AppHandle, event: &TrayIconEvent) {
    if tray::is_click(event) {
        on_click(app, Id::Open);
    }
}

/// What a click in the tray asks for. It is only noted here: this is the main thread.
fn on_click(app: &AppHandle, id: Id) {
    let wish = match (id, id.order()) {
        (_, Some(order)) => Wish::Give(order),
        (Id::Free(service), None) => Wish::ConfirmFree(service),
        (Id::LaunchAtLogin, None) => Wish::ToggleLoginItem,
        (Id::Quit, None) => Wish::Quit,
        (_, None) => Wish::ShowWindow(None),
    };
    if app.state::<Arc<Shell>>().wishes.try_send(wish).is_err() {
        tracing::warn!(?id, "a click was lost: too many before it wait to be carried out");
    }
}

/// Whether the words for a service change with the clock.
fn has_countdown(service: &Service) -> bool {
    let companions = service.companions.iter().map(|companion| &companion.state);
    matches!(service.life, Life::Restarting { .. })
        || std::iter::once(&service.state)
            .chain(companions)
            .any(|state| matches!(state, PortState::Waiting { .. }))
        || service.causes().any(|cause| matches!(cause, Cause::Lingering { .. }))
}

async fn sleep_until(moment: Option<Instant>) {
    if let Some(moment) = moment {
        tokio::time::sleep_until(moment).await;
    }
}
