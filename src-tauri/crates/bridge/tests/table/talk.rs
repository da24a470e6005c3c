//! A call in a cell of the table, from its beginning to its end.

use std::sync::Arc;
use std::time::Duration;

use audio::Level;
use bridge::{Additions, MoshiSettings, Settings};
use testcall::{Dialect, Stream};
use tokio::task::JoinHandle;
use wire::{Call, EndedBy, ModelState};

use crate::caller::Running;
use crate::cells::{Cell, EngineKind, LegKind};
use crate::fake_moshi::{FakeMoshi, Habits};
use crate::line::{Line, Phone};
use crate::moshi_client::MoshiClient;
use crate::own::{Whistler, cable};

/// How long nothing is heard until the other side has fallen silent.
const SILENT: Duration = Duration::from_millis(400);

/// How loud engines of the tests' own making are.
const LOUD: Level = Level::dbfs(-10.5);

/// A call that goes on.
pub(crate) struct Talk {
    pub(crate) cell: Cell,
    pub(crate) bridge: Running,
    pub(crate) id: u64,
    pub(crate) line: Line,
    /// Where the leg is of the test's own making, what holds its call.
    held: Option<JoinHandle<()>>,
    _server: Option<FakeMoshi>,
}

impl Cell {
    /// A call in this cell.
    pub(crate) async fn talk(self) -> Talk {
        self.talk_with(Settings::default()).await
    }

    /// The same at a bridge with these settings.
    pub(crate) async fn talk_with(self, settings: Settings) -> Talk {
        self.talk_at(LOUD, settings).await
    }

    /// The same with an engine that is as loud as that, if it isn't the line check.
    pub(crate) async fn talk_at(self, level: Level, mut settings: Settings) -> Talk {
        let (mut server, mut additions) = (None, Additions::default());
        match self.engine {
            EngineKind::LineCheck => {}
            EngineKind::Moshi => {
                let louder_by = level.decibels() - LOUD.decibels();
                let habits = Habits { hums: true, louder_by, ..Habits::default() };
                let humming = FakeMoshi::with(habits).await;
                let servers = vec![humming.url()];
                settings.moshi = Some(MoshiSettings { servers, ..MoshiSettings::default() });
                server = Some(humming);
            }
            EngineKind::Own => additions.engines.push(Arc::new(Whistler(level))),
        }
        let mut bridge = Running::with_more(settings, additions).await;
        let (phone, held) = Box::pin(self.dial(&bridge)).await;
        let mut line = Line::new(phone);
        let is_answered =
            |call: &Call| call.model.as_ref().is_none_or(|model| model.state == ModelState::Ready);
        let answered = bridge.calls_become(|calls| calls.iter().any(is_answered));
        let id = line.during(answered).await[0].id;
        Talk { cell: self, bridge, id, line, held, _server: server }
    }

    async fn dial(self, bridge: &Running) -> (Phone, Option<JoinHandle<()>>) {
        let dialect = match self.leg {
            LegKind::Twilio => Dialect::Twilio,
            LegKind::Telnyx => Dialect::Telnyx,
            LegKind::Plivo => Dialect::Plivo,
            LegKind::MoshiClient => {
                let mut client = Box::new(MoshiClient::of(bridge, "/api/chat").await);
                // Whoever keeps to the protocol says nothing before.
                while client.next().await.expect("it greets")[0] != 0 {}
                return (Phone::Client(client), None);
            }
            LegKind::Own => {
                let (cable, leg) = cable();
                let (bridge, stop) = (Arc::clone(&bridge.bridge), bridge.stop.clone());
                let held = tokio::spawn(async move { bridge.call(leg, stop).await });
                return (Phone::Own(cable), Some(held));
            }
        };
        let caller = bridge.caller_as(Stream::new(dialect, "S1", "C1")).await;
        (Phone::Carrier(Box::new(caller.0)), None)
    }
}

impl Talk {
    /// Goes on until the call is like that.
    pub(crate) async fn call_becomes(&mut self, like: impl Fn(&Call) -> bool) -> Call {
        let become_so = self.bridge.calls_become(|calls| calls.iter().any(&like));
        self.line.during(become_so).await.remove(0)
    }

    pub(crate) async fn hears_something(&mut self) {
        self.line.until(|noted| noted.loud.is_some()).await;
    }

    /// Speaks over what is said, and tells how long after the first loud frame it fell silent.
    pub(crate) async fn cuts_in(mut self) -> Duration {
        self.hears_something().await;
        self.line.says(&testcall::voice());
        self.line.until(|noted| noted.spoke.is_some()).await;
        let spoke = self.line.noted.spoke.expect("it was waited for");
        if self.cell.leg == LegKind::MoshiClient {
            // The protocol can't take back what was sent: so nothing more is.
            self.line.until(|noted| noted.loud.is_none_or(|at| at.elapsed() > SILENT)).await;
            return self
                .line
                .noted
                .loud
                .expect("something was heard")
                .saturating_duration_since(spoke);
        }
        self.line.until(|noted| noted.cleared.is_some()).await;
        self.line.noted.cleared.expect("it was waited for") - spoke
    }

    pub(crate) async fn hang_up(&mut self) {
        self.line.hang_up().await;
    }

    /// Who ended the call.
    pub(crate) async fn ended_by(&mut self) -> EndedBy {
        let ended = self.bridge.ended_become(|calls| calls.len() == 1).await.remove(0);
        ended.end.expect("it has ended").by
    }

    /// Waits until all is on the disk.
    pub(crate) async fn over(self) {
        let Self { bridge, line, held, .. } = self;
        bridge.ended_become(|calls| calls.len() == 1).await;
        drop(line);
        bridge.stop.cancel();
        bridge.served.await.expect("the bridge ends");
        if let Some(held) = held {
            held.await.expect("the call ends");
        }
    }
}
