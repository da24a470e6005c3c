//! The voice bridge on port 9998: phone calls to a speech engine.
//!
//! | file | what it holds |
//! |---|---|
//! | `accept` | who may call: the site behind the door |
//! | `reasons` | why callers are turned away |
//! | `outside` | who may call through a tunnel: signatures, secrets, TwiML |
//! | `call`, `doze` | one call from its first message to its last |
//! | `ending` | how calls end |
//! | `hearing`, `lag` | the caller's sound on its way to the engine |
//! | `mouth`, `playout`, `gaps` | the engine's sound on its way to the caller, frame by frame on a 20 ms clock |
//! | `sound` | what is to be said, in parts |
//! | `meter` | levels as they are shown |
//! | `recording` | recordings of calls, where people have asked for them |
//! | `roster` | the calls that go on, for all to see |
//! | `caller` | the wire formats of those who bring calls |
//! | `line` | what others may do with a call |
//! | `steering`, `terms`, `suggestions` | what those who steer may do to calls: suggest, speak, hang up |
//! | `speech` | the system's voice, for free text |
//! | `chat` | calls of MOSHI clients |
//! | `engine` | what answers calls |
//! | `moshi`, `sentence` | the protocol of speech models, and their words |

mod accept;
mod call;
mod caller;
mod chat;
mod doze;
mod ending;
mod engine;
mod gaps;
mod hearing;
mod lag;
mod line;
mod meter;
mod moshi;
mod mouth;
mod outside;
mod playout;
mod reasons;
mod recording;
mod roster;
mod sentence;
mod settings;
mod sound;
mod speech;
mod steering;
mod suggestions;

use std::io;
use std::sync::Arc;
use std::time::Duration;

use door::{BearerOf, Door, Ledger, Limits, Pages};
use futures_util::Stream;
use tokio::net::TcpStream;
use tokio::sync::{broadcast, watch};
use tokio_util::sync::CancellationToken;

use accept::Switchboard;
use engine::moshi::Moshi;
use engine::{Answering, Engine, LineCheck};
use roster::Roster;
use speech::Voice;

pub use engine::moshi::{BadAddress, MoshiSettings};
pub use engine::{Capabilities, TextInjection};
pub use outside::{Outside, PublicUrl, Secret};
pub use recording::{Recordings, Shelf};
pub use settings::Settings;
pub use steering::Speech;
pub use suggestions::Suggestion;

/// What this service is called.
pub const NAME: wire::ServiceName = wire::ServiceName::literal("voice_bridge");

/// How long calls may take to end when the service ends.
const DRAIN: Duration = Duration::from_secs(3);
/// How much may wait for a caller who reads slowly: a second of sound is 12 KB on the wire.
const WRITE_BUFFER_BYTES: usize = 64 * 1024;

/// The voice bridge. It is handed its connections and never has a say in its port.
pub struct Bridge {
    settings: Settings,
    engine: Answering,
    roster: Arc<Roster>,
    pages: Pages,
    voice: Option<Voice>,
    bearer_of: Option<BearerOf>,
    ledger: Arc<Ledger>,
}

impl Bridge {
    /// A bridge whose engine speaks of what `snapshots` says, with these pages beside its calls. Programs that show one of our
    /// tokens find a place when all others are taken.
    #[must_use]
    pub fn new(
        snapshots: watch::Receiver<wire::Snapshot>,
        pages: Pages,
        bearer_of: Option<BearerOf>,
        settings: Settings,
    ) -> Arc<Self> {
        let roster = Arc::new(Roster::default());
        let voice = Voice::find();
        let engine = LineCheck::new(snapshots, Arc::clone(&roster), voice.clone());
        // The settings were checked when they were read; whoever composes them otherwise gets the line check.
        let moshi = settings.moshi.as_ref().and_then(|moshi| Moshi::new(moshi).ok());
        let falls_back = settings.moshi.as_ref().is_none_or(|moshi| moshi.fall_back);
        let engine = Answering::new(engine, moshi, falls_back);
        let ledger = Arc::default();
        Arc::new(Self { settings, engine, roster, pages, voice, bearer_of, ledger })
    }

    /// What answers calls as they begin.
    #[must_use]
    pub fn engine(&self) -> wire::Engine {
        self.engine.engine()
    }

    /// The calls that go on, the oldest first.
    #[must_use]
    pub fn calls(&self) -> watch::Receiver<Vec<wire::Call>> {
        self.roster.watch()
    }

    /// The last calls that ended, the latest first.
    #[must_use]
    pub fn ended_calls(&self) -> watch::Receiver<Vec<wire::Call>> {
        self.roster.watch_ended()
    }

    /// Who was turned away.
    #[must_use]
    pub fn ledger(&self) -> Arc<Ledger> {
        Arc::clone(&self.ledger)
    }

    /// Where what happens in calls is told.
    #[must_use]
    pub fn happenings(&self) -> broadcast::Sender<wire::Happening> {
        self.roster.happenings()
    }

    /// What the engine that answers calls can do.
    #[must_use]
    pub fn capabilities(&self) -> Capabilities {
        self.engine.capabilities()
    }

    /// Answers calls until the connections end or `stop` is cancelled; then ends the calls and returns.
    pub async fn serve<S>(self: Arc<Self>, connections: S, stop: CancellationToken)
    where
        S: Stream<Item = io::Result<TcpStream>> + Send + Unpin + 'static,
    {
        let (door, roster) = (Arc::new(self.door()), Arc::clone(&self.roster));
        let site = Arc::new(Switchboard::new(self));
        tokio::select! {
            () = door::serve(connections, door, site, stop, DRAIN) => {}
            () = roster.publish() => {}
        }
        roster.show();
    }

    fn door(&self) -> Door {
        let at_once = self.capabilities().at_once.unwrap_or(usize::MAX);
        let limits = Limits {
            connections: self.settings.calls.min(at_once),
            message_bytes: self.settings.message_bytes,
            write_buffer_bytes: WRITE_BUFFER_BYTES,
            ..Limits::default()
        };
        Door {
            hosts: self.settings.hosts.clone(),
            public_host: self
                .settings
                .outside
                .as_ref()
                .map(|outside| outside.url.host().to_owned()),
            only_this_machine: self.settings.only_this_machine,
            origins: self.settings.origins.clone(),
            bearer_of: self.bearer_of.clone(),
            ledger: Arc::clone(&self.ledger),
            limits,
        }
    }
}
