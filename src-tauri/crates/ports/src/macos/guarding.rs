//! What a guardian does with the processes below it. One that leaves its group and loses its parent is found only if it was
//! seen before that, so they are looked at all the time.

use std::collections::BTreeMap;
use std::io;
use std::process::{Child, Command};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use libproc::processes::{ProcFilter, pids_by_type};
use rustix::process::{Signal, kill_process};

use super::process::{identity, parent};
pub(crate) use crate::unix::guarding::MARK;
use crate::unix::guarding::{self, raw};

const LOOK: Duration = Duration::from_millis(50);

/// The processes that were seen below each guardian, and when each of them began.
static SEEN: Mutex<BTreeMap<u32, BTreeMap<u32, String>>> = Mutex::new(BTreeMap::new());

pub(crate) fn prepare(asked: impl Fn() + Send + 'static) -> io::Result<()> {
    guarding::prepare(asked)
}

pub(crate) fn detach(_guardian: &mut tokio::process::Command) {}

pub(crate) fn start(program: &mut Command) -> io::Result<Child> {
    program.spawn()
}

pub(crate) fn outlive(mut program: Child, mut ended: impl FnMut(Option<i32>, Option<i32>)) {
    use std::os::unix::process::ExitStatusExt;

    let own = std::process::id();
    let mut is_over = false;
    loop {
        let left = tree(own);
        if !is_over && let Ok(Some(status)) = program.try_wait() {
            is_over = true;
            ended(status.code(), status.signal());
        }
        if is_over && left.is_empty() {
            return;
        }
        thread::park_timeout(LOOK);
    }
}

pub(crate) fn tree(guardian: u32) -> Vec<u32> {
    let all = pids_by_type(ProcFilter::All).unwrap_or_default();
    let processes: Vec<_> = all.into_iter().filter_map(|pid| Some((pid, parent(pid)?))).collect();
    let group = pids_by_type(ProcFilter::ByProgramGroup { pgrpid: guardian }).unwrap_or_default();
    let mut seen = SEEN.lock().unwrap_or_else(PoisonError::into_inner);
    let seen = seen.entry(guardian).or_default();
    seen.retain(|pid, began| identity(*pid).is_some_and(|found| found.began == *began));
    // Whatever came of one that has left is found by it.
    let roots: Vec<u32> = std::iter::once(guardian).chain(seen.keys().copied()).collect();
    let below = roots.into_iter().flat_map(|root| guarding::descendants(root, &processes));
    for pid in below.chain(group).filter(|pid| *pid != guardian) {
        if let Some(found) = identity(pid) {
            seen.insert(pid, found.began);
        }
    }
    seen.keys().copied().collect()
}

pub(crate) fn is_in_tree(pid: u32, guardian: u32) -> bool {
    tree(guardian).contains(&pid)
}

pub(crate) fn ask_all(guardian: u32) -> bool {
    send(guardian, &[Signal::TERM, Signal::CONT]);
    true
}

pub(crate) fn kill_all(guardian: u32) {
    send(guardian, &[Signal::KILL]);
}

fn send(guardian: u32, signals: &[Signal]) {
    for pid in tree(guardian).into_iter().filter_map(raw) {
        for signal in signals {
            // One that has ended needs none.
            let _ = kill_process(pid, *signal);
        }
    }
}

/// The system shows nobody's variables.
pub(crate) fn marked(_mark: &str) -> Vec<u32> {
    Vec::new()
}
