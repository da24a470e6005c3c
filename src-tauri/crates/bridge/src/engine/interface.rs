//! What an engine is: the side of a call that answers.

use std::sync::Arc;

use futures_util::future::BoxFuture;
use tokio::sync::watch;
use tokio_util::task::TaskTracker;
use wire::{Model, Snapshot};

use crate::capabilities::Capabilities;
use crate::conversation::ears::Ears;
use crate::conversation::mouth::{Mouth, Said};
use crate::ending::Farewell;
use crate::roster::{Entry, Roster};
use crate::speech::Voice;

/// Something that answers calls.
pub trait Engine: Send + Sync + 'static {
    /// What people are told that answers them.
    fn kind(&self) -> wire::Engine;

    /// What it can do.
    fn capabilities(&self) -> Capabilities;

    /// Whether it has as many calls as it takes, so that a client had better try again later.
    fn is_busy(&self) -> bool {
        false
    }

    /// Whether it takes what MOSHI clients send as it comes, and answers in kind.
    fn takes_messages(&self) -> bool {
        false
    }

    /// Finds out, for as long as it is polled, how it is with the models that it speaks with, where it does with any. Calls that
    /// it can't answer are left to `stand_in`. Never ends.
    fn watch_models(&self, _stand_in: Option<wire::Engine>) -> BoxFuture<'_, ()> {
        Box::pin(std::future::pending())
    }

    /// Takes part in one call, for as long as it likes. It is dropped when the caller has gone, or when another that is
    /// preferred comes back.
    fn answer<'a>(&'a self, conversation: Conversation<'a>) -> BoxFuture<'a, Answered>;

    /// Waits, while another answers a call in its place, until it can take that call back and there is a pause to do so.
    /// What is returned is its part in the call from then on. It has come back to this call so many `times` already.
    fn come_back<'a>(
        &'a self,
        _conversation: Conversation<'a>,
        _times: u32,
    ) -> BoxFuture<'a, BoxFuture<'a, Answered>> {
        Box::pin(std::future::pending())
    }
}

/// What engines may know of.
#[derive(Clone)]
pub(crate) struct Surroundings {
    pub(crate) snapshots: watch::Receiver<Snapshot>,
    pub(crate) roster: Arc<Roster>,
    pub(crate) voice: Option<Voice>,
    /// Where those who speak with models tell how these are.
    pub(crate) models: watch::Sender<Vec<Model>>,
    /// The goodbyes that are on their way to servers.
    pub(crate) partings: TaskTracker,
}

/// How an engine's part in a call ended.
pub enum Answered {
    /// It hangs up. The caller's side is told so, in these words if there are any.
    HungUp(Option<Farewell>),
    /// It couldn't answer, and has told the caller so. Another may.
    Not {
        /// What the caller was told.
        told: Option<Said>,
    },
}

/// What a MOSHI client has asked for, whose messages are passed on as they are.
#[derive(Clone, Debug, Default)]
pub(crate) struct Passage {
    pub(crate) query: Option<String>,
}

/// An engine's end of a call.
#[derive(Clone)]
pub struct Conversation<'a> {
    /// What the engine hears.
    pub ears: Ears,
    /// Its way to be heard.
    pub mouth: Mouth,
    pub(crate) entry: &'a Entry,
    pub(crate) passage: Option<&'a Passage>,
}

impl Conversation<'_> {
    /// The number of the call.
    pub fn call(&self) -> u64 {
        self.entry.id
    }

    /// Notes and tells a piece of what the engine says.
    pub fn says(&self, piece: &str) {
        self.entry.says(piece);
    }
}
