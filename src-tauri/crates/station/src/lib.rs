//! Settings and composition: the keeper, the bridge and the supervisor, ready to be run by a window or by a terminal.

pub mod folders;
mod lock;
mod private;
pub mod settings;
mod terminal;
mod token;
pub mod words;

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

use keeper::{Charge, Keeper, Policy};
use tokio::sync::watch;
use tokio_util::task::TaskTracker;
use tracing::warn;
use wire::{Call, Engine, Note, Service, ServiceName, Snapshot};

pub use keeper::Orders;
pub use lock::{Role, Running};
pub use settings::Settings;
pub use terminal::{Sight, free, look, running, token};

use lock::{Lock, Taken};

/// The version of xSwarm Voice.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");

/// What is to be run, and as what.
#[derive(Clone, Debug)]
pub struct Options {
    /// The services.
    pub services: Vec<ServiceName>,
    /// What we are.
    pub role: Role,
}

/// Why nothing could be started.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// Another process runs the services already.
    #[error("xSwarm Voice is already running")]
    AlreadyRunning {
        /// Which, unless it has started only this moment.
        running: Option<Running>,
    },
    /// The system names no home folder.
    #[error("the system names no home folder; set XSWARM_HOME to a folder for xSwarm Voice")]
    Homeless,
    /// Our folder can't be used.
    #[error("the folder {} cannot be used", path.display())]
    Folder {
        /// Which.
        path: PathBuf,
        /// Why not.
        #[source]
        cause: io::Error,
    },
}

/// The services, running.
pub struct Station {
    keeper: Keeper,
    orders: Orders,
    snapshots: watch::Receiver<Snapshot>,
    tasks: TaskTracker,
    // Released last, when the ports are free again.
    _lock: Lock,
}

impl Station {
    /// Starts the services. Needs the context of a tokio runtime with I/O and time.
    ///
    /// # Errors
    /// If another process of this user runs them, or our folders can't be used. A port that is in use is no error: the
    /// snapshots tell of it.
    pub fn open(options: Options) -> Result<Self, OpenError> {
        let config = folders::config().ok_or(OpenError::Homeless)?;
        let data = folders::data().ok_or(OpenError::Homeless)?;
        let unusable = |cause| OpenError::Folder { path: data.clone(), cause };
        private::folder(&data).map_err(unusable)?;
        let (lock, before) = match Lock::take(&data, options.role).map_err(unusable)? {
            Taken::Ours(lock, before) => (lock, before),
            Taken::Theirs(running) => return Err(OpenError::AlreadyRunning { running }),
        };
        let (settings, mut notes) = settings(&config);
        let token = token::load(&data).map_err(unusable)?;
        if token.refused_published {
            warn!("SUPERVISOR_TOKEN is the published token, using this installation's own");
            notes.push(Note::PublishedToken);
        }
        let known = ports::Known { running: None, older: before.map(|running| running.identity) };
        Ok(Self::compose(&options.services, &settings, token.text, notes, known, lock))
    }

    /// Everything there is to show; changes whenever any of it does.
    #[must_use]
    pub fn snapshots(&self) -> watch::Receiver<Snapshot> {
        self.snapshots.clone()
    }

    /// Where orders are given.
    #[must_use]
    pub fn orders(&self) -> Orders {
        self.orders.clone()
    }

    /// Ends everything in order: live calls are told, given a few seconds, and the ports are free on return.
    pub async fn close(self) {
        self.keeper.close().await;
        self.tasks.close();
        self.tasks.wait().await;
    }

    fn compose(
        services: &[ServiceName],
        settings: &Settings,
        token: String,
        notes: Vec<Note>,
        known: ports::Known,
        lock: Lock,
    ) -> Self {
        let (shown, snapshots) = watch::channel(first_snapshot(notes));
        let (orders, inbox) = keeper::orders();
        let bridge = bridge::Bridge::new(snapshots.clone(), settings.voice_bridge.limits.clone());
        let calls = bridge.calls();
        let supervisor = supervisor::Supervisor::new(
            token,
            snapshots.clone(),
            supervisor_orders(orders.clone()),
            settings.supervisor.limits.clone(),
        );
        let charges = services
            .iter()
            .map(|name| Charge {
                name: *name,
                address: settings.address(*name),
                serve: match name {
                    ServiceName::VoiceBridge => {
                        let bridge = Arc::clone(&bridge);
                        Arc::new(move |connections, stop| {
                            Box::pin(Arc::clone(&bridge).serve(connections, stop))
                        })
                    }
                    ServiceName::Supervisor => {
                        let supervisor = Arc::clone(&supervisor);
                        Arc::new(move |connections, stop| {
                            Box::pin(Arc::clone(&supervisor).serve(connections, stop))
                        })
                    }
                },
            })
            .collect();
        let policy = Policy { retry: settings.retry.into(), ..Policy::default() };
        let keeper = Keeper::start((orders.clone(), inbox), charges, policy, known);
        let tasks = TaskTracker::new();
        tasks.spawn(show(shown, keeper.services(), calls));
        Self { keeper, orders, snapshots, tasks, _lock: lock }
    }
}

/// The settings in force, and what is to be said about them.
fn settings(folder: &Path) -> (Settings, Vec<Note>) {
    match Settings::load(folder) {
        Ok(settings) => (settings, Vec::new()),
        Err(unreadable) => {
            warn!(path = %unreadable.path.display(), problem = unreadable.problem, "bad settings, using the defaults");
            let path = unreadable.path.display().to_string();
            (
                Settings::default(),
                vec![Note::SettingsUnreadable { path, problem: unreadable.problem }],
            )
        }
    }
}

fn first_snapshot(notes: Vec<Note>) -> Snapshot {
    Snapshot {
        version: VERSION.to_owned(),
        pid: std::process::id(),
        started: SystemTime::now().into(),
        services: Vec::new(),
        engine: Engine::LineCheck,
        calls: Vec::new(),
        notes,
    }
}

/// The keeper's orders in the shape in which the supervisor, which doesn't know the keeper, takes them.
fn supervisor_orders(orders: Orders) -> supervisor::Orders {
    Arc::new(move |order| {
        let orders = orders.clone();
        Box::pin(async move { orders.give(order).await })
    })
}

/// Puts together what is shown, until the keeper ends.
async fn show(
    shown: watch::Sender<Snapshot>,
    mut services: watch::Receiver<Vec<Service>>,
    mut calls: watch::Receiver<Vec<Call>>,
) {
    loop {
        shown.send_modify(|snapshot| {
            snapshot.services.clone_from(&services.borrow_and_update());
            snapshot.calls.clone_from(&calls.borrow_and_update());
        });
        tokio::select! {
            changed = services.changed() => if changed.is_err() { break },
            Ok(()) = calls.changed() => {}
        }
    }
}
