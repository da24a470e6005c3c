//! What a tap is: somebody who listens along.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use audio::Rate;
use futures_util::future::BoxFuture;
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio::time::Instant;
use tracing::warn;

/// How many frames may wait for a tap: two seconds of both sides.
pub(super) const WAITING: usize = 200;

/// Somebody who listens along: a recorder, a transcriber.
pub trait Tap: Send + Sync + 'static {
    /// What it is called where the log tells of it.
    fn name(&self) -> &'static str;

    /// Listens to one call until its sound ends. The call is over when all who listen have finished.
    fn listen(&self, sound: Overheard) -> BoxFuture<'static, ()>;
}

/// The sound of one call, on a way of its own: who takes it too slowly loses some, and holds nobody up.
pub struct Overheard {
    /// The number of the call.
    pub call: u64,
    /// The rate of its sound.
    pub rate: Rate,
    pieces: mpsc::Receiver<Snippet>,
    lost: Arc<AtomicU64>,
}

impl Overheard {
    /// Of this call, and the call's end of it.
    pub(super) fn new(call: u64, rate: Rate) -> (mpsc::Sender<Snippet>, Self) {
        let (sender, pieces) = mpsc::channel(WAITING);
        (sender, Self { call, rate, pieces, lost: Arc::default() })
    }

    /// The next piece of either side; nothing when the call is over. Cancel-safe.
    pub async fn next(&mut self) -> Option<Snippet> {
        self.pieces.recv().await
    }

    /// The same for a thread that may wait.
    pub fn blocking_next(&mut self) -> Option<Snippet> {
        self.pieces.blocking_recv()
    }

    /// How many pieces were lost so far, because too many waited.
    pub fn lost(&self) -> u64 {
        self.lost.load(Ordering::Relaxed)
    }
}

/// Sound of one side.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Snippet {
    /// Whose.
    pub side: Side,
    /// How long after the call began it was there.
    pub at: Duration,
    /// The samples.
    pub samples: Box<[i16]>,
}

/// Whose sound.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// The caller's.
    Caller,
    /// Ours.
    Us,
}

/// The call's ends of all ways to those who listen along.
#[derive(Clone, Default)]
pub(crate) struct Taps(Option<Arc<Ways>>);

struct Ways {
    began: Instant,
    all: Vec<Way>,
}

struct Way {
    name: &'static str,
    pieces: mpsc::Sender<Snippet>,
    lost: Arc<AtomicU64>,
}

impl Taps {
    /// Passes on sound that is there now.
    pub(crate) fn take(&self, side: Side, samples: &[i16]) {
        let Some(ways) = &self.0 else { return };
        if samples.is_empty() {
            return;
        }
        for Way { name, pieces, lost } in &ways.all {
            let piece = Snippet { side, at: ways.began.elapsed(), samples: samples.into() };
            let taken = pieces.try_send(piece);
            let is_full = matches!(taken, Err(mpsc::error::TrySendError::Full(_)));
            if is_full && lost.fetch_add(1, Ordering::Relaxed) == 0 {
                warn!(tap = name, "it listens too slowly, so it misses some sound");
            }
        }
    }
}

/// Those who listen to a call, at work.
pub(crate) struct Listening(JoinSet<()>);

impl Listening {
    /// Has all these listen to a call that begins.
    pub(crate) fn begin(taps: &[Arc<dyn Tap>], call: u64, rate: Rate) -> (Taps, Self) {
        let mut at_work = JoinSet::new();
        let way = |tap: &Arc<dyn Tap>| {
            let (pieces, sound) = Overheard::new(call, rate);
            let lost = Arc::clone(&sound.lost);
            at_work.spawn(tap.listen(sound));
            Way { name: tap.name(), pieces, lost }
        };
        let all: Vec<Way> = taps.iter().map(way).collect();
        let ways = (!all.is_empty()).then(|| Arc::new(Ways { began: Instant::now(), all }));
        (Taps(ways), Self(at_work))
    }

    /// Waits until all have finished, after the last of the call's ends was dropped.
    pub(crate) async fn ended(mut self) {
        // What went wrong there was told there.
        while self.0.join_next().await.is_some() {}
    }
}
