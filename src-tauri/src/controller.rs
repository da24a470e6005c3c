//! What the app does of its own accord and when somebody clicks: it brings every change to where it is seen, and decides what
//! comes of a request. Generic over the desktop, so that every decision is tested without one.

mod app;
mod backend;
mod desktop;
mod settings;
mod test_call;
#[cfg(test)]
mod tests;

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, sleep_until};
use wire::{Order, Sentence, Service, Snapshot};

pub(crate) use app::{App, Given, Request};
pub(crate) use backend::answer;
pub(crate) use desktop::Desktop;
pub(crate) use test_call::TestLine;

use crate::notifications::Telling;
use crate::tray::{self, Face, Id};

/// How long a tray may be away before the window shows itself: panels come a little after the app at login, and are
/// restarted now and then.
const PATIENCE: Duration = Duration::from_secs(5);

/// How often the login item is read anew, which people change elsewhere as well.
const READING: Duration = Duration::from_secs(10);

/// How often words with a countdown are made afresh.
const TICK: Duration = Duration::from_secs(1);

/// Decides what is shown, what is told, and what comes of what people want.
pub(crate) struct Controller<D> {
    app: Arc<App<D>>,
    snapshots: watch::Receiver<Snapshot>,
    tray_host: watch::Receiver<bool>,
    is_window_shown: watch::Receiver<bool>,
    is_window_seen: watch::Receiver<bool>,
    requests: mpsc::Receiver<Request>,
    under_way: JoinSet<()>,
    telling: Telling,
    launches_at_login: bool,
    login_item_read: Instant,
    /// When the window shows itself for want of a tray.
    patience: Option<Instant>,
    /// What was last kept about the tray, for whoever looks into trouble.
    kept_tray: Option<bool>,
}

impl<D: Desktop> Controller<D> {
    pub(crate) fn new(app: Arc<App<D>>, requests: mpsc::Receiver<Request>) -> Self {
        Self {
            snapshots: app.snapshots.clone(),
            tray_host: app.desktop.tray_host(),
            is_window_shown: app.desktop.is_window_shown(),
            is_window_seen: app.desktop.is_window_seen(),
            app,
            requests,
            under_way: JoinSet::new(),
            telling: Telling::default(),
            launches_at_login: false,
            login_item_read: Instant::now(),
            patience: None,
            kept_tray: None,
        }
    }

    /// Runs until the station has ended. Unless it starts hidden, the window is the first thing people see.
    pub(crate) async fn run(mut self, is_hidden: bool) {
        if let Err(error) = self.app.desktop.mend_login_item() {
            tracing::warn!(%error, "cannot mend the login item");
        }
        self.read_login_item();
        if !is_hidden {
            self.app.desktop.show_window(None).await;
        }
        loop {
            if self.login_item_read.elapsed() > READING {
                self.read_login_item();
            }
            let snapshot = self.snapshots.borrow_and_update().clone();
            let has_countdown = snapshot.services.iter().any(has_countdown);
            self.tell_news(&snapshot);
            self.paint(&snapshot).await;
            self.mind_the_window();
            self.keep_tray().await;
            let patience = self.patience;
            tokio::select! {
                changed = self.snapshots.changed() => if changed.is_err() { break },
                Ok(()) = self.tray_host.changed() => {}
                Ok(()) = self.is_window_shown.changed() => {}
                Some(request) = self.requests.recv() => self.grant(request).await,
                Some(_) = self.under_way.join_next() => {}
                () = sleep(TICK), if has_countdown => {}
                () = sleep_until(patience.unwrap_or_else(Instant::now)), if patience.is_some() => {
                    self.patience = None;
                    self.app.desktop.show_window(None).await;
                }
            }
        }
        // A quit is not over when the station is.
        while self.under_way.join_next().await.is_some() {}
    }

    async fn paint(&self, snapshot: &Snapshot) {
        let face = Face::of(snapshot, self.launches_at_login, SystemTime::now().into());
        // At the very end nobody is left who could change the tray.
        if let Err(error) = self.app.desktop.paint(face).await
            && !self.app.shutdown.has_begun()
        {
            tracing::warn!(%error, "cannot change the tray");
        }
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
            self.app.desktop.notify(news);
        }
    }

    async fn keep_tray(&mut self) {
        let has_tray = *self.tray_host.borrow();
        if self.kept_tray.replace(has_tray) != Some(has_tray)
            && let Err(error) = self.app.desktop.keep_tray(has_tray).await
        {
            tracing::warn!(%error, "whether there is a tray cannot be told to others");
        }
    }

    async fn grant(&mut self, request: Request) {
        match request {
            Request::Click(id) => self.click(id).await,
            Request::ShowWindow(shown) => self.app.desktop.show_window(shown).await,
            Request::ReadLoginItem => self.read_login_item(),
        }
    }

    async fn click(&mut self, id: Id) {
        match (id, id.order()) {
            (_, Some(order)) => self.give(order),
            (Id::Free(service), None) => self.app.desktop.confirm_free(service).await,
            (Id::Answer(_) | Id::AnswerInTurn | Id::UseServer(_), None) => self.choose(id),
            (Id::LaunchAtLogin, None) => self.toggle_login_item(),
            (Id::Quit, None) => {
                // On the way out the tray goes on showing how things are.
                let app = Arc::clone(&self.app);
                self.under_way.spawn(async move { app.quit().await });
            }
            (_, None) => self.app.desktop.show_window(None).await,
        }
    }

    /// Gives an order of the tray. Where it fails, the window comes up, which shows how things are.
    fn give(&mut self, order: Order) {
        tracing::info!(?order, "ordered in the tray");
        let app = Arc::clone(&self.app);
        self.under_way.spawn(async move {
            if let Err(failure) = (app.orders)(order).await {
                tracing::warn!(%failure, "an order of the tray was not carried out");
                app.desktop.show_window(None).await;
            }
        });
    }

    /// Chooses what answers calls. Where that fails, the window comes up, which shows how things are.
    fn choose(&mut self, id: Id) {
        self.app.desktop.was_clicked(id);
        let snapshot = self.app.snapshots.borrow();
        let Some(order) = tray::chosen(&snapshot, id) else { return };
        drop(snapshot);
        tracing::info!(?order, "chosen in the tray");
        let app = Arc::clone(&self.app);
        self.under_way.spawn(async move {
            if let Err(failure) = (app.choose)(order).await {
                tracing::warn!(%failure, "what was chosen in the tray can't answer calls");
                app.desktop.show_window(None).await;
            }
        });
    }

    /// What people see is what they switch over, whoever has changed it since.
    fn toggle_login_item(&mut self) {
        self.app.desktop.was_clicked(Id::LaunchAtLogin);
        if let Err(error) = self.app.desktop.set_launch_at_login(!self.launches_at_login) {
            tracing::warn!(%error, "cannot change the login item");
        }
        self.read_login_item();
    }

    fn read_login_item(&mut self) {
        self.login_item_read = Instant::now();
        self.launches_at_login = self.app.desktop.launches_at_login().unwrap_or_else(|error| {
            tracing::warn!(%error, "cannot read the login item");
            false
        });
    }
}

/// Whether the words for a service change with the clock.
fn has_countdown(service: &Service) -> bool {
    let companions = service.companions.iter().map(|companion| &companion.sentence);
    std::iter::once(&service.sentence).chain(companions).any(Sentence::ticks)
}
