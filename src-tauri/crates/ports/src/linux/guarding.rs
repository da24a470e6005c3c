//! What a guardian does with the processes below it: they can't leave, for the kernel gives it those whose parent has ended.

use std::io;
use std::os::unix::process::CommandExt;
use std::process::{Child, Command};

use rustix::io::Errno;
use rustix::process::{
    PidfdFlags, Signal, WaitOptions, getpid, pidfd_open, pidfd_send_signal, set_child_subreaper,
    set_parent_process_death_signal, wait,
};

use super::proc::{beginning, numbers_in, parent};
pub(crate) use crate::unix::guarding::MARK;
use crate::unix::guarding::{self, raw};

/// How many generations a process may be away from its guardian.
const GENERATIONS: usize = 4096;

/// Makes this process a guardian. `asked` is called whenever somebody asks it to end.
pub(crate) fn prepare(asked: impl Fn() + Send + 'static) -> io::Result<()> {
    guarding::prepare(asked)?;
    set_child_subreaper(Some(getpid()))?;
    // It is how it is listed; nothing depends on it.
    let _ = rustix::thread::set_name(c"xswarm-guardian");
    Ok(())
}

/// Starts a guardian so that it is nobody's but ours.
pub(crate) fn detach(_guardian: &mut tokio::process::Command) {
    // It leaves our session by itself.
}

/// Starts the program. It ends with the thread that calls this, even if that is ended by force.
#[expect(
    unsafe_code,
    reason = "a process can ask for this only itself, before it becomes the program"
)]
pub(crate) fn start(program: &mut Command) -> io::Result<Child> {
    let ends_with_us = || Ok(set_parent_process_death_signal(Some(Signal::KILL))?);
    // SAFETY: it is one call of the kernel, which takes no lock and no memory.
    unsafe { program.pre_exec(ends_with_us) }.spawn()
}

/// Tells how the program ended, with its code or its signal, and returns when nothing of it is left: whatever comes of it
/// becomes this process's child before it can end unseen.
pub(crate) fn outlive(program: Child, mut ended: impl FnMut(Option<i32>, Option<i32>)) {
    loop {
        match wait(WaitOptions::empty()) {
            Ok(Some((pid, status))) if Some(pid) == raw(program.id()) => {
                ended(status.exit_status(), status.terminating_signal());
            }
            Ok(_) | Err(Errno::INTR) => {}
            Err(_) => return,
        }
    }
}

/// All processes below a guardian.
pub(crate) fn tree(guardian: u32) -> Vec<u32> {
    let processes: Vec<_> =
        numbers_in("/proc").filter_map(|pid| Some((pid, parent(pid)?))).collect();
    guarding::descendants(guardian, &processes)
}

pub(crate) fn is_in_tree(pid: u32, guardian: u32) -> bool {
    let ancestors = std::iter::successors(parent(pid), |pid| parent(*pid));
    ancestors.take(GENERATIONS).any(|ancestor| ancestor == guardian)
}

/// Asks all of them to end, also those that are stopped; tells whether there was a way to ask.
pub(crate) fn ask_all(guardian: u32) -> bool {
    send(guardian, &[Signal::TERM, Signal::CONT]);
    true
}

/// Ends all of them that there are at this moment.
pub(crate) fn kill_all(guardian: u32) {
    send(guardian, &[Signal::KILL]);
}

fn send(guardian: u32, signals: &[Signal]) {
    for pid in tree(guardian) {
        let Some(handle) = raw(pid).and_then(|pid| pidfd_open(pid, PidfdFlags::empty()).ok())
        else {
            continue;
        };
        // It is below us still, so it is the one that the handle is of.
        if is_in_tree(pid, guardian) {
            for signal in signals {
                // One that has ended needs none.
                let _ = pidfd_send_signal(&handle, *signal);
            }
        }
    }
}

/// All processes that have that mark.
pub(crate) fn marked(mark: &str) -> Vec<u32> {
    let wanted = format!("{MARK}={mark}");
    let is_marked = |pid: &u32| {
        let variables = beginning(&format!("/proc/{pid}/environ")).unwrap_or_default();
        variables.split(|byte| *byte == 0).any(|variable| variable == wanted.as_bytes())
    };
    numbers_in("/proc").filter(is_marked).collect()
}
