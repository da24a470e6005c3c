//! The services of this installation, running.

use std::net::TcpListener;
use std::sync::{Arc, Mutex};
use std::time::SystemTime;

use bridge::{Additions, Bridge};
use keeper::Keeper;
use supervisor::Steering;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use wire::{Failure, Snapshot};

use crate::answering::Answering;
use crate::composition::{labels, policy, programs, show, show_turned_away, specs};
use crate::farewell::Farewell;
use crate::footing::{self, Footing, OpenError};
use crate::installation::folders;
use crate::installation::kill_log::By;
use crate::installation::lock::{self, Role};
use crate::installation::token;
use crate::journal::Journal;
use crate::orders::Orders;
use crate::oversight::{self, Switchboard};
use crate::peers::glance;
use crate::peers::handover::{self, Held};
use crate::services::{Parts, Row, VOICE_BRIDGE};
use crate::settings::Settings;
use crate::{VERSION, found, pages};

/// What is to be run, and as what.
pub struct Options {
    /// The services.
    pub services: Vec<Row>,
    /// What we are.
    pub role: Role,
    /// Listeners that we were started with, or that another xSwarm Voice has handed to us. Those at an address of a
    /// service are used instead of new ones.
    pub adopted: Vec<TcpListener>,
    /// Where the log's last lines are.
    pub journal: Journal,
}

/// The services, running.
pub struct Station {
    keeper: Keeper,
    orders: Orders,
    snapshots: watch::Receiver<Snapshot>,
    tasks: TaskTracker,
    farewell: watch::Sender<Option<Farewell>>,
    stop: CancellationToken,
    // Released last, when the ports are free again; earlier only where another xSwarm Voice has taken them over.
    lock: Held,
}

impl Station {
    /// Starts the services. Needs the context of a tokio runtime with I/O and time. A port that is in use is no error: the
    /// snapshots tell of it.
    pub fn open(options: Options) -> Result<Self, OpenError> {
        let footing = Footing::find(options.role)?;
        let (data, meeting) = (footing.data.clone(), handover::meeting(&footing.data));
        let station = Self::compose(options, footing);
        if let Some(meeting) = meeting {
            let (orders, lock) = (station.orders.keeper.clone(), Arc::clone(&station.lock));
            station.run(handover::offer(meeting, orders, lock, station.farewell.clone()));
        }
        // The commands are told how everything is, also where they can't have the supervisor's port.
        station.run(glance::show(data, station.snapshots()));
        Ok(station)
    }

    /// Asks the xSwarm Voice that runs for its listeners, and to end once its calls have ended; with them
    /// [`Station::open`] goes on where it leaves, and nobody is refused meanwhile. One that can't hand them over is asked to
    /// quit, and ended if it does not answer, politely first: then there are no listeners, as where none runs. An error tells why
    /// it can't be ended either.
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
    pub fn snapshots(&self) -> watch::Receiver<Snapshot> {
        self.snapshots.clone()
    }

    /// Where orders are given.
    pub fn orders(&self) -> Orders {
        self.orders.clone()
    }

    /// The settings that are in force, whatever their file says by now.
    pub fn settings(&self) -> Settings {
        self.orders.answering.settings()
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

    fn run(&self, task: impl Future<Output = ()> + Send + 'static) {
        let stop = self.stop.clone();
        self.tasks.spawn(async move { stop.run_until_cancelled(task).await });
    }

    fn compose(options: Options, footing: Footing) -> Self {
        let Footing { data, config, settings, problems, tokens, notes, known, lock } = footing;
        let (began, engine) = (SystemTime::now().into(), settings.voice_bridge.engine.first());
        let at_first = Snapshot::new(VERSION, std::process::id(), began, engine);
        let (shown, snapshots) = watch::channel(Snapshot { notes, ..at_first });
        let (keeper, inbox) = keeper::orders();
        let renew = Arc::new(move |role| token::renew(&data, role));
        let tokens = Arc::new(supervisor::Tokens::new(tokens.control, tokens.observe, renew));
        let bridge = bridge(&snapshots, &tokens, &settings);
        let answering = Answering::new(
            Arc::clone(&bridge),
            config,
            (settings.clone(), problems),
            shown.clone(),
        );
        let calls = (bridge.calls(), bridge.ended_calls());
        // Who doesn't take calls has nothing to say of what answers them.
        let answerer = options.services.iter().any(|row| row.name == VOICE_BRIDGE);
        let answerer = answerer.then(|| Arc::clone(&bridge));
        let switchboard = Arc::new(Switchboard(Arc::clone(&bridge)));
        let orders = Orders {
            keeper,
            snapshots: snapshots.clone(),
            steering: Arc::new(Steering::new(switchboard, snapshots.clone())),
            happenings: bridge.happenings(),
            answering: Arc::clone(&answering),
            by: By::App,
        };
        let farewell = watch::Sender::new(None);
        let supervisor = oversight::supervisor(
            tokens,
            &settings,
            options.journal,
            Orders { by: By::Supervisor, ..orders.clone() },
            farewell.clone(),
            &bridge,
        );
        let rows = options.services.clone();
        let parts = Parts { bridge, supervisor };
        let (mut specs, ledgers) = specs(options.services, options.adopted, &settings, &parts);
        specs.extend(programs(&settings, options.role));
        let labels = labels(&rows, &specs);
        let keeper = Keeper::start((orders.keeper.clone(), inbox), specs, policy(&settings), known);
        let tasks = TaskTracker::new();
        let models = answerer
            .as_ref()
            .map_or_else(|| watch::Sender::default().subscribe(), |bridge| bridge.models());
        tasks.spawn(show(shown.clone(), labels, keeper.services(), calls, models.clone()));
        let (stop, lock) = (CancellationToken::new(), Arc::new(Mutex::new(Some(lock))));
        let (in_force, known, offered) = (Arc::clone(&answering), models, shown.clone());
        let station = Self { keeper, orders, snapshots, tasks, farewell, stop, lock };
        station.run(answering.follow());
        station.run(show_turned_away(ledgers, shown));
        if let Some(bridge) = answerer {
            station.run(async move { bridge.watch_models().await });
            station.run(found::look_out(move || in_force.settings(), known, offered));
        }
        station
    }
}

fn bridge(
    snapshots: &watch::Receiver<Snapshot>,
    tokens: &Arc<supervisor::Tokens>,
    settings: &Settings,
) -> Arc<Bridge> {
    let ours = Arc::clone(tokens);
    Bridge::new(
        snapshots.clone(),
        pages::of(VOICE_BRIDGE, snapshots.clone()),
        Some(Arc::new(move |shown| ours.bearer_of(shown))),
        settings.bridge(),
        Additions::default(),
    )
}
