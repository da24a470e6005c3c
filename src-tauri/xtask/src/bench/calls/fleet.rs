//! Many callers at once, and what they hear.

use std::net::SocketAddr;
use std::time::Duration;

use anyhow::{Context, Result};
use tokio::runtime::Runtime;
use tokio::task::JoinSet;
use tokio::time::Instant;

use super::caller::{Caller, Script};
use crate::chance::pass;

/// What callers have heard, all together.
#[derive(Default)]
pub(super) struct Heard {
    /// How many of them were taken.
    pub(super) calls: usize,
    pub(super) lasted: Duration,
    /// The times between frames that follow one another.
    pub(super) gaps: Vec<Duration>,
    pub(super) frames: usize,
    /// How many frames came more than 40 ms after the last.
    pub(super) late: usize,
    /// From the beginning of a voice, where something is to be heard, to the `clear`.
    pub(super) cuts: Vec<Duration>,
    /// From a click to its echo.
    pub(super) clicks: Vec<Duration>,
}

pub(super) struct Fleet {
    bridge: SocketAddr,
    calls: usize,
}

impl Fleet {
    pub(super) fn of(bridge: SocketAddr, calls: usize) -> Self {
        Self { bridge, calls }
    }

    /// Everybody talks and listens for that long.
    pub(super) fn talk(&self, time: Duration) -> Result<Heard> {
        self.run(&runtime()?, time, Script::Talk)
    }

    /// Everybody clicks now and then.
    pub(super) fn click(&self, time: Duration) -> Result<Heard> {
        self.run(&runtime()?, time, Script::Click)
    }

    /// Everybody talks for that long; looks after a third of it, and at its end.
    pub(super) fn while_talking<T>(
        &self,
        time: Duration,
        look: impl Fn() -> Result<T>,
    ) -> Result<(T, T)> {
        let runtime = runtime()?;
        std::thread::scope(|scope| {
            let talk = scope.spawn(|| self.run(&runtime, time, Script::Talk));
            pass(time / 3);
            let early = look()?;
            pass(time * 2 / 3 - Duration::from_secs(1));
            let late = look()?;
            talk.join().ok().context("the callers broke down")??;
            Ok((early, late))
        })
    }

    fn run(&self, runtime: &Runtime, time: Duration, script: Script) -> Result<Heard> {
        runtime.block_on(async {
            let mut callers = Vec::new();
            for _ in 0..self.calls {
                callers.push(Caller::dial(self.bridge).await?);
            }
            let began = Instant::now();
            let mut talking = JoinSet::new();
            let calls = callers.len();
            for (nth, caller) in callers.into_iter().enumerate() {
                // Real callers aren't in step: neither their frames nor their words.
                let offset = Duration::from_micros(20_000 * nth as u64 / calls as u64);
                talking.spawn(caller.talk(script, nth, began + offset, began + time));
            }
            let mut all = Heard { lasted: time, ..Heard::default() };
            for heard in talking.join_all().await {
                let heard = heard?;
                all.calls += 1;
                all.frames += heard.gaps.len();
                all.late += heard.late;
                all.gaps.extend(heard.gaps);
                all.cuts.extend(heard.cuts);
                all.clicks.extend(heard.clicks);
            }
            Ok(all)
        })
    }
}

fn runtime() -> Result<Runtime> {
    Ok(tokio::runtime::Builder::new_multi_thread().enable_all().build()?)
}
