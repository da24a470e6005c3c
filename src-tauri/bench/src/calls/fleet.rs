//! Many callers at once, and what they hear.

use std::net::SocketAddr;
use std::sync::Barrier;
use std::time::Duration;

use anyhow::{Context, Result};
use audio::FRAME;
use tokio::runtime::Builder;
use tokio::task::JoinSet;
use tokio::time::{Instant, timeout, timeout_at};

use super::caller::{Caller, Script, Shown};
use super::heard::Heard;
use crate::chance::pass;

/// How long the bridge may take to take a call, or a call to end, before it counts as broken.
const PATIENCE: Duration = Duration::from_secs(30);

pub(crate) struct Fleet {
    bridge: SocketAddr,
    calls: usize,
    shown: Shown,
}

impl Fleet {
    pub(crate) fn of(bridge: SocketAddr, calls: usize) -> Self {
        Self { bridge, calls, shown: Shown::default() }
    }

    /// The same callers, who show this.
    pub(crate) fn showing(self, shown: Shown) -> Self {
        Self { shown, ..self }
    }

    /// Everybody talks and listens for that long.
    pub(crate) fn talk(&self, time: Duration) -> Result<Heard> {
        self.run(time, Script::Talk)
    }

    /// Everybody clicks now and then.
    pub(super) fn click(&self, time: Duration) -> Result<Heard> {
        self.run(time, Script::Click)
    }

    /// Everybody talks for that long; looks after a third of it, and at its end.
    pub(super) fn while_talking<T>(
        &self,
        time: Duration,
        look: impl Fn() -> Result<T>,
    ) -> Result<(T, T)> {
        std::thread::scope(|scope| {
            let talk = scope.spawn(|| self.talk(time));
            pass(time / 3);
            let early = look()?;
            pass(time * 2 / 3 - Duration::from_secs(1));
            let late = look()?;
            talk.join().ok().context("the callers broke down")??;
            Ok((early, late))
        })
    }

    /// On a thread for each core, for callers that wander from one to another cost more than their calls.
    fn run(&self, time: Duration, script: Script) -> Result<Heard> {
        let threads = std::thread::available_parallelism()?.get().min(self.calls);
        let all_there = Barrier::new(threads);
        let part = |first: usize| {
            let runtime = Builder::new_current_thread().enable_all().build()?;
            runtime.block_on(self.part(
                (first..self.calls).step_by(threads),
                &all_there,
                time,
                script,
            ))
        };
        let parts: Vec<Result<Heard>> = std::thread::scope(|scope| {
            let part = &part;
            let parts: Vec<_> =
                (0..threads).map(|first| scope.spawn(move || part(first))).collect();
            let joined =
                parts.into_iter().map(|part| part.join().ok().context("the callers broke down")?);
            joined.collect()
        });
        let mut all = Heard { lasted: time, ..Heard::default() };
        for heard in parts {
            all.add(heard?);
        }
        Ok(all)
    }

    /// Those with these numbers.
    async fn part(
        &self,
        numbers: impl Iterator<Item = usize> + Clone,
        all_there: &Barrier,
        time: Duration,
        script: Script,
    ) -> Result<Heard> {
        let mut callers = Vec::new();
        let mut dialled = Ok(());
        for number in numbers {
            let dialling = timeout(PATIENCE, Caller::dial(self.bridge, &self.shown)).await;
            match dialling.context("the bridge does not answer").flatten() {
                Ok(caller) => callers.push((number, caller)),
                Err(error) => {
                    dialled = Err(error);
                    break;
                }
            }
        }
        // Nobody waits for ever for somebody who couldn't dial.
        all_there.wait();
        dialled?;
        let (began, mut talking) = (Instant::now(), JoinSet::new());
        for (nth, caller) in callers {
            // Real callers aren't in step: neither their frames nor their words.
            let offset = FRAME.mul_f64(nth as f64 / self.calls as f64);
            let talk = caller.talk(script, nth, began + offset, began + time);
            talking.spawn(timeout_at(began + time + PATIENCE, talk));
        }
        let mut heard = Heard::default();
        while let Some(joined) = talking.join_next().await {
            heard.add(joined?.context("a call does not end")??);
        }
        Ok(heard)
    }
}
