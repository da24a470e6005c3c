//! What `/proc` tells of a process.

use std::fs;
use std::sync::OnceLock;

use wire::{Identity, Timestamp};

use crate::seen::Profile;
use crate::unix;

/// `PF_KTHREAD`: the process is a thread of the kernel.
const KERNEL_THREAD: u64 = 0x0020_0000;

/// Which process that is; nothing if there is none, or if it has ended and only waits to be reaped.
pub(crate) fn identity(pid: u32) -> Option<Identity> {
    Some(identity_with(pid, &Stat::read(pid)?))
}

/// The process that started it, or that adopted it.
pub(crate) fn parent(pid: u32) -> Option<u32> {
    Stat::read(pid).map(|stat| stat.parent).filter(|parent| *parent != 0)
}

/// All that is told of it.
pub(crate) fn profile(pid: u32) -> Option<Profile> {
    let stat = Stat::read(pid)?;
    let identity = identity_with(pid, &stat);
    let command_line = fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
    Some(Profile {
        name: unix::recognisable_name(identity.executable.as_deref(), &stat.name),
        command_line: arguments(&command_line),
        user: identity.uid.and_then(unix::user_name),
        started: started(stat.began),
        is_frozen: stat.is_stopped,
        is_kernel: stat.flags & KERNEL_THREAD != 0,
        is_foreign: identity.uid != Some(rustix::process::geteuid().as_raw()),
        identity,
    })
}

fn identity_with(pid: u32, stat: &Stat) -> Identity {
    Identity { pid, began: stat.began.to_string(), executable: executable(pid), uid: user(pid) }
}

/// The program's path. A running program whose file was replaced by an update keeps its path.
fn executable(pid: u32) -> Option<String> {
    let path = fs::read_link(format!("/proc/{pid}/exe")).ok()?;
    let path = path.to_string_lossy();
    Some(path.strip_suffix(" (deleted)").unwrap_or(&path).to_owned())
}

/// The user in whose name it acts.
fn user(pid: u32) -> Option<u32> {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("Uid:"))?;
    line.split_ascii_whitespace().nth(1)?.parse().ok()
}

fn arguments(command_line: &[u8]) -> Vec<String> {
    let whole = command_line.strip_suffix(b"\0").unwrap_or(command_line);
    if whole.is_empty() {
        return Vec::new();
    }
    whole
        .split(|byte| *byte == 0)
        .map(|argument| String::from_utf8_lossy(argument).into_owned())
        .collect()
}

fn started(ticks: u64) -> Option<Timestamp> {
    let booted = booted()?;
    Some(Timestamp(booted * 1000 + ticks * 1000 / rustix::param::clock_ticks_per_second()))
}

/// When the system started, in seconds since 1970. Read once, so that a process's start is the same whenever it is shown.
fn booted() -> Option<u64> {
    static BOOTED: OnceLock<Option<u64>> = OnceLock::new();
    *BOOTED.get_or_init(|| {
        let stat = fs::read_to_string("/proc/stat").ok()?;
        stat.lines().find_map(|line| line.strip_prefix("btime "))?.parse().ok()
    })
}

/// The part of `/proc/PID/stat` that we need.
struct Stat {
    name: String,
    /// By a signal, or by a debugger.
    is_stopped: bool,
    parent: u32,
    flags: u64,
    /// In ticks since the system started.
    began: u64,
}

impl Stat {
    fn read(pid: u32) -> Option<Self> {
        Self::parse(&String::from_utf8_lossy(&fs::read(format!("/proc/{pid}/stat")).ok()?))
    }

    fn parse(text: &str) -> Option<Self> {
        // The name stands in brackets and may itself hold brackets and spaces.
        let (before, rest) = text.rsplit_once(") ")?;
        let (_, name) = before.split_once('(')?;
        let mut fields = rest.split_ascii_whitespace();
        let state = fields.next()?;
        if matches!(state, "Z" | "X") {
            return None;
        }
        Some(Self {
            name: name.to_owned(),
            is_stopped: matches!(state, "T" | "t"),
            parent: fields.next()?.parse().ok()?,
            flags: fields.nth(4)?.parse().ok()?,
            began: fields.nth(12)?.parse().ok()?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_with_brackets_and_spaces_does_not_shift_the_fields() {
        let text = "7 (a) S (b) S 3 7 7 0 -1 4194304 0 0 0 0 0 0 0 0 20 0 1 0 4711 9 9";
        let stat = Stat::parse(text).expect("a whole line");
        assert_eq!(
            (stat.name.as_str(), stat.parent, stat.flags, stat.began),
            ("a) S (b", 3, 4_194_304, 4711)
        );
    }

    #[test]
    fn a_process_that_only_waits_to_be_reaped_is_none() {
        assert!(
            Stat::parse("7 (gone) Z 3 7 7 0 -1 4194304 0 0 0 0 0 0 0 0 20 0 1 0 4711 9 9")
                .is_none()
        );
    }

    #[test]
    fn a_process_that_was_stopped_is_told_from_one_that_sleeps() {
        let in_state = |state: &str| {
            Stat::parse(&format!("7 (cat) {state} 3 7 7 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 4711 9 9"))
                .expect("a whole line")
        };
        assert!(in_state("T").is_stopped && in_state("t").is_stopped);
        assert!(!in_state("S").is_stopped && !in_state("R").is_stopped);
    }

    #[test]
    fn an_empty_argument_is_an_argument() {
        assert_eq!(arguments(b"nc\0-l\0\0"), ["nc", "-l", ""]);
        assert!(arguments(b"").is_empty());
    }
}
