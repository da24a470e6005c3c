//! What `/proc` tells of a process. Nothing is read from there without a bound: what a process calls itself it chooses.

use std::fs::{self, File};
use std::io::{self, Read};
use std::sync::OnceLock;

use rustix::time::{ClockId, clock_gettime};
use wire::{Identity, Timestamp};

use crate::types::{self, Profile};
use crate::unix;

/// How much of a file is read: no more than people or we can make use of.
const MOST: u64 = 64 * 1024;
/// `PF_KTHREAD`: the process is a thread of the kernel.
const KERNEL_THREAD: u64 = 0x0020_0000;

/// Which process that is; nothing if there is none, or if it has ended and only waits to be reaped.
pub(crate) fn identity(pid: u32) -> Option<Identity> {
    Some(Facts::read(pid)?.identity)
}

/// The process that started it, or that adopted it.
pub(crate) fn parent(pid: u32) -> Option<u32> {
    Stat::read(pid).map(|stat| stat.parent).filter(|parent| *parent != 0)
}

pub(crate) fn profile(pid: u32) -> Option<Profile> {
    let Facts { stat, identity, command_line } = Facts::read(pid)?;
    Some(Profile {
        name: unix::recognisable_name(identity.executable.as_deref(), &stat.name),
        command_line: arguments(&command_line.unwrap_or_default()),
        user: identity.uid.and_then(unix::user_name),
        started: started(stat.began),
        is_frozen: stat.is_stopped,
        is_kernel: stat.flags & KERNEL_THREAD != 0,
        is_foreign: identity.uid != Some(rustix::process::geteuid().as_raw()),
        identity,
    })
}

struct Facts {
    stat: Stat,
    identity: Identity,
    command_line: Option<Vec<u8>>,
}

impl Facts {
    fn read(pid: u32) -> Option<Self> {
        let stat = Stat::read(pid)?;
        // A first thread that has ended has no program any more; the others have.
        let folder = if stat.is_leaderless {
            other_threads(pid)
                .map(|thread| format!("/proc/{pid}/task/{thread}"))
                .find(|thread| executable(thread).is_some())?
        } else {
            format!("/proc/{pid}")
        };
        let command_line = beginning(&format!("{folder}/cmdline")).ok();
        let identity = Identity {
            pid,
            began: stat.began.to_string(),
            executable: executable(&folder),
            uid: user(pid),
            command_digest: command_line.as_deref().map(types::digest),
        };
        Some(Self { stat, identity, command_line })
    }
}

/// The threads of a process besides its first, which gives the process its number. That one may end before the others, and any
/// of them may have descriptors of its own, which the process's folder in `/proc` doesn't show.
pub(super) fn other_threads(pid: u32) -> impl Iterator<Item = u32> {
    numbers_in(&format!("/proc/{pid}/task")).filter(move |thread| *thread != pid)
}

pub(super) fn numbers_in(folder: &str) -> impl Iterator<Item = u32> + use<> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok())
}

/// As much of a file as is ever read.
pub(super) fn beginning(path: &str) -> io::Result<Vec<u8>> {
    let mut text = Vec::new();
    File::open(path)?.take(MOST).read_to_end(&mut text)?;
    Ok(text)
}

/// The program's path. A running program whose file was replaced by an update keeps its path.
fn executable(folder: &str) -> Option<String> {
    let path = fs::read_link(format!("{folder}/exe")).ok()?;
    let path = path.to_string_lossy();
    Some(path.strip_suffix(" (deleted)").unwrap_or(&path).to_owned())
}

/// The user in whose name it acts.
fn user(pid: u32) -> Option<u32> {
    let status = beginning(&format!("/proc/{pid}/status")).ok()?;
    let status = String::from_utf8_lossy(&status);
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
        let [moment, since] = [ClockId::Realtime, ClockId::Boottime].map(clock_gettime);
        u64::try_from(moment.tv_sec - since.tv_sec).ok()
    })
}

struct Stat {
    name: String,
    /// By a signal, or by a debugger.
    is_stopped: bool,
    /// Whether its first thread has ended and others haven't. In its name the process lives on.
    is_leaderless: bool,
    parent: u32,
    flags: u64,
    /// In ticks since the system started.
    began: u64,
}

impl Stat {
    fn read(pid: u32) -> Option<Self> {
        Self::parse(&String::from_utf8_lossy(&beginning(&format!("/proc/{pid}/stat")).ok()?))
    }

    fn parse(text: &str) -> Option<Self> {
        // The name stands in brackets and may itself hold brackets and spaces.
        let (before, rest) = text.rsplit_once(") ")?;
        let (_, name) = before.split_once('(')?;
        let mut fields = rest.split_ascii_whitespace();
        let state = fields.next()?;
        let parent = fields.next()?.parse().ok()?;
        let flags = fields.nth(4)?.parse().ok()?;
        let threads: u64 = fields.nth(10)?.parse().ok()?;
        let began = fields.nth(1)?.parse().ok()?;
        let has_leader = !matches!(state, "Z" | "X");
        if !has_leader && threads < 2 {
            return None;
        }
        Some(Self {
            name: name.to_owned(),
            is_stopped: matches!(state, "T" | "t"),
            is_leaderless: !has_leader,
            parent,
            flags,
            began,
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
    fn a_process_whose_first_thread_has_ended_before_others_lives() {
        let stat = Stat::parse("7 (odd) Z 3 7 7 0 -1 4194308 0 0 0 0 0 0 0 0 20 0 2 0 4711 0 0")
            .expect("its other thread lives");
        assert!(stat.is_leaderless);
        assert_eq!((stat.parent, stat.began), (3, 4711));
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
