//! A desktop that does nothing but remember what it was told, and an app that is shown on it.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use station::Settings;
use tokio::sync::{mpsc, oneshot, watch};
use tokio::task::JoinSet;
use wire::{
    Cause, Engine, EngineOrder, Failure, Life, Order, PortState, Service, ServiceName, Snapshot,
    Timestamp,
};

use super::super::{App, Controller, Desktop, Request, TestLine};
use crate::notifications::News;
use crate::shutdown::Shutdown;
use crate::tray::{Face, Id};
use station::Journal;

pub(super) const NOON: Timestamp = Timestamp(43_200_000);

/// How long a test waits for what must come, on a clock that stands still while anything is under way.
const LONGEST: Duration = Duration::from_secs(600);

/// Something that was done on the desktop, or to the app.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Deed {
    WindowShown,
    FreeConfirmed(ServiceName),
    WindowEnded,
    Notified(Vec<String>),
    FolderOpened(PathBuf),
    LoginItemSet(bool),
    TrayKept(bool),
    Clicked(Id),
    Ordered(Order),
    Chosen(EngineOrder),
    SettingsReread,
    PortsLetGo,
    Started(PathBuf),
    Exited,
}

/// A desktop that remembers.
pub(super) struct FakeDesktop {
    pub(super) tray_host: watch::Sender<bool>,
    pub(super) is_window_shown: watch::Sender<bool>,
    pub(super) is_window_seen: watch::Sender<bool>,
    deeds: Arc<watch::Sender<Vec<Deed>>>,
    /// What the tray shows, each time that it was painted.
    pub(super) faces: watch::Sender<Vec<Face>>,
    pub(super) launches_at_login: AtomicBool,
    pub(super) program: Mutex<Option<PathBuf>>,
}

impl FakeDesktop {
    fn did(&self, deed: Deed) {
        self.deeds.send_modify(|deeds| deeds.push(deed));
    }
}

impl Desktop for FakeDesktop {
    fn tray_host(&self) -> watch::Receiver<bool> {
        self.tray_host.subscribe()
    }

    fn is_window_shown(&self) -> watch::Receiver<bool> {
        self.is_window_shown.subscribe()
    }

    fn is_window_seen(&self) -> watch::Receiver<bool> {
        self.is_window_seen.subscribe()
    }

    async fn paint(&self, face: Face) -> anyhow::Result<()> {
        self.faces.send_modify(|faces| faces.push(face));
        Ok(())
    }

    fn was_clicked(&self, id: Id) {
        self.did(Deed::Clicked(id));
    }

    async fn keep_tray(&self, has_tray: bool) -> io::Result<()> {
        self.did(Deed::TrayKept(has_tray));
        Ok(())
    }

    async fn show_window(&self, shown: Option<oneshot::Sender<()>>) {
        self.did(Deed::WindowShown);
        self.is_window_shown.send_replace(true);
        // Whoever called may not want to know.
        let _ = shown.map(|shown| shown.send(()));
    }

    async fn confirm_free(&self, service: ServiceName) {
        self.did(Deed::FreeConfirmed(service));
    }

    fn page_is_ready(&self) -> Option<ServiceName> {
        None
    }

    async fn end_window(&self) {
        self.did(Deed::WindowEnded);
    }

    fn notify(&self, news: Vec<News>) {
        self.did(Deed::Notified(news.into_iter().map(|news| news.title).collect()));
    }

    fn open_folder(&self, folder: &Path) -> io::Result<()> {
        self.did(Deed::FolderOpened(folder.to_owned()));
        Ok(())
    }

    fn launches_at_login(&self) -> io::Result<bool> {
        Ok(self.launches_at_login.load(Ordering::Relaxed))
    }

    fn set_launch_at_login(&self, on: bool) -> io::Result<()> {
        self.did(Deed::LoginItemSet(on));
        self.launches_at_login.store(on, Ordering::Relaxed);
        Ok(())
    }

    fn mend_login_item(&self) -> io::Result<()> {
        Ok(())
    }

    fn successor(&self) -> io::Result<PathBuf> {
        self.program.lock().expect("no panic").clone().ok_or(io::ErrorKind::NotFound.into())
    }

    fn start(&self, program: &Path) -> io::Result<()> {
        self.did(Deed::Started(program.to_owned()));
        Ok(())
    }

    fn exit(&self) {
        self.did(Deed::Exited);
    }
}

/// An app on such a desktop. Its orders fail.
pub(super) struct Stage {
    pub(super) app: Arc<App<FakeDesktop>>,
    pub(super) snapshots: watch::Sender<Snapshot>,
    deeds: watch::Receiver<Vec<Deed>>,
    inbox: Option<mpsc::Receiver<Request>>,
    tasks: JoinSet<()>,
}

impl Stage {
    pub(super) fn new() -> Self {
        let (deeds, seen) = watch::channel(Vec::new());
        let deeds = Arc::new(deeds);
        let (snapshots, how_it_is) = watch::channel(snapshot(listening()));
        let (requests, inbox) = mpsc::channel(16);
        let desktop = FakeDesktop {
            tray_host: watch::Sender::new(true),
            is_window_shown: watch::Sender::new(false),
            is_window_seen: watch::Sender::new(false),
            deeds: Arc::clone(&deeds),
            faces: watch::Sender::default(),
            launches_at_login: AtomicBool::new(false),
            program: Mutex::new(Some(PathBuf::from("xswarm-voice"))),
        };
        let (ordered, let_go) = (Arc::clone(&deeds), Arc::clone(&deeds));
        let (chosen, reread) = (Arc::clone(&deeds), deeds);
        let app = App {
            desktop,
            snapshots: how_it_is,
            orders: Box::new(move |order| {
                ordered.send_modify(|deeds| deeds.push(Deed::Ordered(order)));
                Box::pin(async { Err(Failure::Ending) })
            }),
            choose: Box::new(move |order| {
                chosen.send_modify(|deeds| deeds.push(Deed::Chosen(order)));
                Box::pin(async { Err(Failure::Ending) })
            }),
            reread_settings: Box::new(move || {
                reread.send_modify(|deeds| deeds.push(Deed::SettingsReread));
                Box::pin(async {})
            }),
            steer: Box::new(|_| Box::pin(async { Err(Failure::Ending) })),
            settings: Settings::default(),
            journal: Journal::default(),
            test_line: TestLine::default(),
            requests,
            shutdown: Arc::new(Shutdown::by(async move {
                let_go.send_modify(|deeds| deeds.push(Deed::PortsLetGo));
            })),
        };
        Self {
            app: Arc::new(app),
            snapshots,
            deeds: seen,
            inbox: Some(inbox),
            tasks: JoinSet::new(),
        }
    }

    /// The same, with its controller at work and its tray painted once.
    pub(super) async fn at_work(is_hidden: bool) -> Self {
        let mut stage = Self::new();
        stage.begin(is_hidden);
        stage.paints().await;
        stage
    }

    pub(super) fn begin(&mut self, is_hidden: bool) {
        let inbox = self.inbox.take().expect("it begins once");
        self.tasks.spawn(Controller::new(Arc::clone(&self.app), inbox).run(is_hidden));
    }

    pub(super) async fn click(&self, id: Id) {
        self.app.requests.send(Request::Click(id)).await.expect("the controller is at work");
    }

    /// All that was done so far.
    pub(super) fn deeds(&self) -> Vec<Deed> {
        self.deeds.borrow().clone()
    }

    /// Waits until this was done.
    pub(super) async fn does(&self, deed: Deed) {
        let mut deeds = self.deeds.clone();
        let done = deeds.wait_for(|deeds| deeds.contains(&deed));
        let done = tokio::time::timeout(LONGEST, done).await.map(|done| done.is_ok());
        assert_eq!(done, Ok(true), "{deed:?} was not done, but {:?}", self.deeds());
    }

    /// Waits until the tray was painted once more since the last time, and gives what it shows.
    pub(super) async fn paints(&self) -> Face {
        let mut faces = self.app.desktop.faces.subscribe();
        let before = faces.borrow_and_update().len();
        let painted = async {
            if before == 0 {
                faces.wait_for(|faces| !faces.is_empty()).await.expect("there is a desktop");
                return;
            }
            self.app.requests.send(Request::ReadLoginItem).await.expect("it is at work");
            faces.wait_for(|faces| faces.len() > before).await.expect("there is a desktop");
        };
        tokio::time::timeout(LONGEST, painted).await.expect("the tray is painted");
        let shown = self.app.desktop.faces.borrow();
        shown.last().expect("it was painted").clone()
    }
}

pub(super) fn snapshot(state: PortState) -> Snapshot {
    let address = std::net::SocketAddr::from(([127, 0, 0, 1], 9998));
    let service = Service::new(station::VOICE_BRIDGE, address, Life::Running, state, Vec::new());
    let nothing = Snapshot::new("1.0.0", 1, NOON, Engine::LineCheck);
    let mut snapshot = Snapshot { services: vec![service], ..nothing };
    station::words::say(&mut snapshot);
    snapshot
}

pub(super) fn listening() -> PortState {
    PortState::Listening { since: NOON, proven_at: NOON }
}

pub(super) fn taken() -> PortState {
    PortState::Taken { attempts: 5, cause: Cause::Held { holders: Vec::new() } }
}
