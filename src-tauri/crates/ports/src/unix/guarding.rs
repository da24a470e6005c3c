//! What guardians do alike on Linux and macOS.

use std::ffi::OsStr;
use std::io;
use std::os::fd::BorrowedFd;
use std::thread;

use rustix::io::{FdFlags, fcntl_setfd};
use rustix::process::{Pid, setsid};
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::iterator::Signals;

/// The variable whose value marks all processes of a program.
pub(crate) const MARK: &str = "XSWARM_PROGRAM";

/// Leaves the terminal, so that what is typed there ends us and not the guardian; has whoever wants the guardian to end asked
/// for nothing more than that; and keeps all that this process was given from the program.
pub(crate) fn prepare(asked: impl Fn() + Send + 'static) -> io::Result<()> {
    // It fails where this process leads a group already, and has its own then.
    let _ = setsid();
    keep_descriptors_from_children();
    // Handlers, which a program that is started doesn't inherit.
    let mut signals = Signals::new([SIGTERM, SIGINT, SIGHUP])?;
    thread::Builder::new().spawn(move || signals.forever().for_each(|_| asked()))?;
    Ok(())
}

/// Has whatever this process was given by others closed in the programs that it starts. What we open ourselves is.
#[expect(unsafe_code, reason = "nothing but their numbers tells of these descriptors")]
fn keep_descriptors_from_children() {
    let number = |name: &OsStr| name.to_str()?.parse::<i32>().ok();
    let open: Vec<i32> = std::fs::read_dir("/dev/fd")
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| number(&entry.file_name()))
        .filter(|descriptor| *descriptor > 2)
        .collect();
    for descriptor in open {
        // SAFETY: it is used for this one call, which fails if the descriptor is not open.
        let _ = fcntl_setfd(unsafe { BorrowedFd::borrow_raw(descriptor) }, FdFlags::CLOEXEC);
    }
}

/// All that descend from that process, by pairs of a process and its parent.
pub(crate) fn descendants(of: u32, processes: &[(u32, u32)]) -> Vec<u32> {
    let mut found = vec![of];
    let mut at = 0;
    while let Some(parent) = found.get(at).copied() {
        let children = processes.iter().filter(|(pid, its)| *its == parent && !found.contains(pid));
        let children: Vec<u32> = children.map(|(pid, _)| *pid).collect();
        found.extend(children);
        at += 1;
    }
    found.remove(0);
    found
}

pub(crate) fn raw(pid: u32) -> Option<Pid> {
    i32::try_from(pid).ok().and_then(Pid::from_raw)
}

#[cfg(test)]
mod tests {
    use super::descendants;

    #[test]
    fn descendants_are_children_and_theirs_and_nobody_else() {
        let processes = [(1, 0), (5, 1), (7, 5), (6, 5), (9, 7), (8, 1), (2, 2)];
        assert_eq!(descendants(5, &processes), [7, 6, 9]);
        assert!(descendants(9, &processes).is_empty());
        assert!(descendants(2, &processes).is_empty());
    }
}
