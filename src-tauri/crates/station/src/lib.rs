//! Settings and composition: the keeper, the bridge and the supervisor, ready to be run by a window or by a terminal.

mod conversation;
mod desktop;
pub mod doctor;
pub mod ended;
mod engine;
mod farewell;
pub mod folders;
mod footing;
mod glance;
mod handover;
mod handshake;
mod hang_up;
mod introduction;
mod journal;
mod kept;
mod ledgers;
mod lock;
mod log_file;
pub mod login_item;
mod orders;
mod outside;
mod oversight;
mod pages;
mod predecessor;
mod private;
mod recordings;
pub mod services;
pub mod settings;
mod sight;
#[cfg(unix)]
#[path = "socket/unix.rs"]
pub mod socket;
mod terminal;
mod token;
pub mod view;
pub mod welcome;
pub mod words;

use std::io;
use std::net::TcpListener;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::SystemTime;

use bridge::Bridge;
pub use bridge::Secret;
use keeper::{Charge, Keeper, Policy};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use wire::{Call, Failure, Note, Service, Snapshot};

pub use conversation::{Conversation, Misheard};
pub use desktop::Desktop;
pub use door::TOKEN_HEADER;
pub use farewell::Farewell;
pub use glance::glance;
pub use hang_up::is_hang_up_ignored;
pub use introduction::{Introduction, NotOurs, introduction};
pub use journal::{Journal, PlainLines};
pub use lock::{Role, Running, Turn, until_nobody_runs};
pub use log_file::LogFile;
pub use orders::Orders;
pub use outside::{outside, stream_secret};
pub use ports::{Capabilities, capabilities, inherited, reachable};
pub use services::{SUPERVISOR, VOICE_BRIDGE};
pub use settings::Settings;
pub use sight::{Sight, look, running};
pub use supervisor::Role as Access;
pub use terminal::free;
pub use token::{access_token, renew_token};

use ended::By;
use handover::Held;
use ledgers::Ledgers;
use lock::{Lock, Taken};
use services::{Hosted, Parts, Row};
use token::Tokens;

/// The version of xSwarm Voice.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");

/// What is to be run, and as what.
pub struct Options {
    /// The services.
    pub services: Vec<Row>,
    /// What we are.
    pub role: Role,
    /// Listeners that we were started with, or that another xSwarm Voice has handed to us. Those at an address of a
    /// service are used instead of new ones.
    pub adopted: Vec<TcpListener>,
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
    orders: keeper::Orders,
    snapshots: watch::Receiver<Snapshot>,
    tasks: TaskTracker,
    farewell: watch::Sender<Option<Farewell>>,
    stop: CancellationToken,
    // Released last, when the ports are free again; earlier only where another xSwarm Voice has taken them over.
    lock: Held,
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
        footing::check(&config, &data)?;
        let mut notes = Vec::new();
        let (lock, before) = match Lock::take(&data, options.role).map_err(unusable)? {
            Taken::Ours(lock, before) => (lock, before),
            Taken::Theirs(running) => return Err(OpenError::AlreadyRunning { running }),
        };
        if let Some(earlier) = folders::earlier(&data) {
            folders::take_along(&earlier, &data);
        }
        notes.extend(lock.note.clone());
        let loaded = Settings::load(&config).warned();
        let about_settings = loaded.notes();
        let mut settings = loaded.settings;
        if !about_settings.is_empty() || settings.has_secrets() {
            footing::close(&Settings::path(&config));
        }
        let guard = outside::of_this_station(&settings.voice_bridge, &data).map_err(unusable)?;
        let limits = &mut settings.voice_bridge.limits;
        (limits.outside, limits.stream_secret) = (guard.outside, guard.stream_secret);
        notes.extend(guard.notes);
        match recordings::recordings(settings.voice_bridge.recording, &data) {
            Ok(recordings) => settings.voice_bridge.limits.recordings = recordings,
            Err(cause) => notes.push(kept::not_kept(&data.join("recordings"), &cause)),
        }
        let tokens = token::load(&data).map_err(unusable)?;
        notes.extend(tokens.notes.iter().cloned());
        let mut notes = footing::warned_of(notes);
        // They have been warned of where they were read.
        notes.extend(about_settings);
        let known = ports::Known {
            running: None,
            older: before.map(|running| running.identity).filter(footing::is_a_program_of_ours),
            handshake: Some(handshake::is_one_of_us),
        };
        let meeting = handover::meeting(&data);
        let at_home = data.clone();
        let station = Self::compose(options, &settings, (tokens, data), notes, known, lock);
        if let Some(meeting) = meeting {
            station.offer(meeting);
        }
        station.show_at(at_home);
        Ok(station)
    }

    /// Asks the xSwarm Voice that runs for its listeners, and to end once its calls have ended; with them
    /// [`Station::open`] goes on where it leaves, and nobody is refused meanwhile. One that can't hand them over is asked to
    /// quit, and ended if it does not answer, politely first. Gives no listeners then, nor if there is none that runs.
    ///
    /// # Errors
    /// If it can't be ended either, and why.
    pub async fn take_over() -> Result<Vec<TcpListener>, Failure> {
        let (Some(config), Some(data)) = (folders::config(), folders::data()) else {
            return Ok(Vec::new());
        };
        // Where nothing can be started, and `open` tells why, nothing must be ended.
        if footing::check(&config, &data).is_err() {
            return Ok(Vec::new());
        }
        match lock::running(&data) {
            Some(running) => handover::from(running, &data).await,
            None => Ok(Vec::new()),
        }
    }

    /// Everything there is to show; changes whenever any of it does.
    #[must_use]
    pub fn snapshots(&self) -> watch::Receiver<Snapshot> {
        self.snapshots.clone()
    }

    /// Where orders are given.
    #[must_use]
    pub fn orders(&self) -> Orders {
        Orders::new(self.orders.clone(), self.snapshots.clone(), By::App)
    }

    /// Resolves when there is nothing left to do but to close.
    pub fn farewell(&self) -> impl Future<Output = Farewell> + Send + use<> {
        let mut farewell = self.farewell.subscribe();
        async move {
            match farewell.wait_for(Option::is_some).await.map(|farewell| *farewell) {
                Ok(Some(farewell)) => farewell,
                Ok(None) | Err(_) => std::future::pending().await,
            }
        }
    }

    /// Ends everything in order: live calls are told, given a few seconds, and the ports are free on return.
    pub async fn close(self) {
        self.keeper.close().await;
        self.stop.cancel();
        self.tasks.close();
        self.tasks.wait().await;
    }

    /// Tells the commands how everything is, also where they can't have the supervisor's port.
    fn show_at(&self, data: PathBuf) {
        let (snapshots, stop) = (self.snapshots.clone(), self.stop.clone());
        self.tasks
            .spawn(async move { stop.run_until_cancelled(glance::show(&data, snapshots)).await });
    }

    /// Lets another xSwarm Voice take over.
    fn offer(&self, meeting: handover::Meeting) {
        let (orders, lock) = (self.orders.clone(), Arc::clone(&self.lock));
        let offer = handover::offer(meeting, orders, lock, self.farewell.clone());
        let stop = self.stop.clone();
        self.tasks.spawn(async move { stop.run_until_cancelled(offer).await });
    }

    fn compose(
        options: Options,
        settings: &Settings,
        (tokens, data): (Tokens, PathBuf),
        notes: Vec<Note>,
        known: ports::Known,
        lock: Lock,
    ) -> Self {
        let (shown, snapshots) = watch::channel(Snapshot { notes, ..introduced(settings) });
        let (orders, inbox) = keeper::orders();
        let tokens = oversight::tokens(tokens, data);
        let ours = Arc::clone(&tokens);
        let bridge = Bridge::new(
            snapshots.clone(),
            pages::of(VOICE_BRIDGE, snapshots.clone()),
            Some(Arc::new(move |shown| ours.bearer_of(shown))),
            settings.bridge(),
        );
        let calls = (bridge.calls(), bridge.ended_calls());
        let farewell = watch::Sender::new(None);
        let supervisor = oversight::supervisor(
            tokens,
            settings,
            snapshots.clone(),
            Orders::new(orders.clone(), snapshots.clone(), By::Supervisor),
            farewell.clone(),
            &bridge,
        );
        let rows = options.services.clone();
        let parts = Parts { bridge, supervisor, snapshots: snapshots.clone() };
        let (charges, ledgers) = charges(options, settings, &parts);
        let keeper = Keeper::start((orders.clone(), inbox), charges, policy(settings), known);
        let (tasks, stop) = (TaskTracker::new(), CancellationToken::new());
        tasks.spawn(show(shown.clone(), rows, keeper.services(), calls));
        let (showing, stopped) = (ledgers.show(shown), stop.clone());
        tasks.spawn(async move { stopped.run_until_cancelled(showing).await });
        Self {
            keeper,
            orders,
            snapshots,
            tasks,
            farewell,
            stop,
            lock: Arc::new(Mutex::new(Some(lock))),
        }
    }
}

/// The services that are to be kept, and the ledger of each.
fn charges(
    Options { services, mut adopted, .. }: Options,
    settings: &Settings,
    parts: &Parts,
) -> (Vec<Charge>, Ledgers) {
    let mut ledgers = Vec::new();
    let charge = |row: Row| {
        let (listening, Hosted { serve, ledger }) = ((row.listening)(settings), (row.host)(parts));
        let (name, announcement) = (row.name, row.announcement);
        ledgers.push((row, Arc::clone(&ledger)));
        Charge {
            name,
            announcement,
            addresses: listening.addresses(),
            sharing: if listening.reuse_port {
                ports::Sharing::Shared
            } else {
                ports::Sharing::Exclusive
            },
            adopted: adopted_by(&mut adopted, listening.address.port()),
            serve,
            turned_away: Arc::new(move || ledger.for_want_of_place()),
        }
    };
    let charges = services.into_iter().map(charge).collect();
    (charges, Ledgers(ledgers))
}

/// Those of the listeners that have this port, wherever they listen.
fn adopted_by(adopted: &mut Vec<TcpListener>, port: u16) -> Vec<TcpListener> {
    let has_port = |listener: &mut TcpListener| {
        listener.local_addr().is_ok_and(|address| address.port() == port)
    };
    adopted.extract_if(.., has_port).collect()
}

/// How the services are kept.
fn policy(settings: &Settings) -> Policy {
    Policy {
        retry: settings.retry.into(),
        proof_interval: settings.proof.interval,
        probe_deadline: settings.proof.deadline,
        ..Policy::default()
    }
}

/// A snapshot of this process, in which nothing runs yet.
fn introduced(settings: &Settings) -> Snapshot {
    let started = SystemTime::now().into();
    Snapshot::new(VERSION, std::process::id(), started, settings.voice_bridge.engine)
}

/// Puts together what is shown, until the keeper ends.
async fn show(
    shown: watch::Sender<Snapshot>,
    rows: Vec<Row>,
    mut services: watch::Receiver<Vec<Service>>,
    (mut calls, mut ended): (watch::Receiver<Vec<Call>>, watch::Receiver<Vec<Call>>),
) {
    loop {
        shown.send_modify(|snapshot| {
            snapshot.services.clone_from(&services.borrow_and_update());
            for (service, row) in snapshot.services.iter_mut().zip(&rows) {
                row.title.clone_into(&mut service.title);
                row.purpose.clone_into(&mut service.purpose);
                row.deed.clone_into(&mut service.deed);
            }
            snapshot.calls.clone_from(&calls.borrow_and_update());
            snapshot.ended_calls.clone_from(&ended.borrow_and_update());
        });
        tokio::select! {
            changed = services.changed() => if changed.is_err() { break },
            Ok(()) = calls.changed() => {}
            Ok(()) = ended.changed() => {}
        }
    }
}
