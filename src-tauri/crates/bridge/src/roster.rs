//! The calls that go on, for all to see.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::SystemTime;

use tokio::sync::watch;
use wire::{Call, CallPhase};

/// The calls that go on, the oldest first.
#[derive(Default)]
pub(crate) struct Roster {
    calls: watch::Sender<Vec<Call>>,
    last: AtomicU64,
}

impl Roster {
    /// Where to see them.
    pub(crate) fn watch(&self) -> watch::Receiver<Vec<Call>> {
        self.calls.subscribe()
    }

    /// Adds a call. It is on the roster for as long as its entry lives, so even a panic takes it off.
    pub(crate) fn enter(self: &Arc<Self>) -> Entry {
        let id = self.last.fetch_add(1, Ordering::Relaxed) + 1;
        let since = SystemTime::now().into();
        self.calls.send_modify(|calls| {
            calls.push(Call { id, since, phase: CallPhase::Quiet, echoes: 0 });
        });
        Entry {
            roster: Arc::clone(self),
            id,
            caller: AtomicBool::default(),
            engine: AtomicBool::default(),
        }
    }
}

/// A call's place on the roster.
pub(crate) struct Entry {
    roster: Arc<Roster>,
    id: u64,
    caller: AtomicBool,
    engine: AtomicBool,
}

impl Entry {
    /// The call's number since the start.
    pub(crate) fn id(&self) -> u64 {
        self.id
    }

    /// Notes whether the caller speaks.
    pub(crate) fn caller_speaks(&self, speaks: bool) {
        self.caller.store(speaks, Ordering::Relaxed);
        self.show_phase();
    }

    /// Notes whether the engine speaks.
    pub(crate) fn engine_speaks(&self, speaks: bool) {
        self.engine.store(speaks, Ordering::Relaxed);
        self.show_phase();
    }

    /// Notes that an utterance of the caller was played back.
    pub(crate) fn echoed(&self) {
        self.change(|call| call.echoes = call.echoes.saturating_add(1));
    }

    fn show_phase(&self) {
        let phase = match (self.caller.load(Ordering::Relaxed), self.engine.load(Ordering::Relaxed))
        {
            (true, _) => CallPhase::Caller,
            (false, true) => CallPhase::Engine,
            (false, false) => CallPhase::Quiet,
        };
        self.change(|call| call.phase = phase);
    }

    fn change(&self, change: impl FnOnce(&mut Call)) {
        self.roster.calls.send_if_modified(|calls| {
            let Some(call) = calls.iter_mut().find(|call| call.id == self.id) else { return false };
            let before = call.clone();
            change(call);
            *call != before
        });
    }
}

impl Drop for Entry {
    fn drop(&mut self) {
        self.roster.calls.send_modify(|calls| calls.retain(|call| call.id != self.id));
    }
}
