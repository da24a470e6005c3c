//! Which processes have a socket open: the kernel's list doesn't say, so every process's descriptors are read.

use std::collections::BTreeMap;
use std::io;

use rustix::fs::{CWD, Dir, Mode, OFlags, openat, readlinkat_raw};

use crate::seen::Socket;

/// The processes that have these sockets open, by the sockets' keys. Processes whose descriptors we may not read are
/// left out; a socket that only they have is in nobody's list.
pub(crate) fn owners(sockets: &[Socket]) -> BTreeMap<u64, Vec<u32>> {
    let mut owners = BTreeMap::<u64, Vec<u32>>::new();
    for pid in processes() {
        // An error means that the process has ended or that it isn't ours to look into.
        let _ = each_open_socket(pid, |key| {
            if sockets.iter().any(|socket| socket.key == key) {
                let pids = owners.entry(key).or_default();
                if pids.last() != Some(&pid) {
                    pids.push(pid);
                }
            }
        });
    }
    owners
}

/// Whether the process has one of these sockets open at this moment.
pub(crate) fn holds(pid: u32, sockets: &[Socket]) -> bool {
    let mut found = false;
    // As above: what can't be read holds nothing that we could prove.
    let _ = each_open_socket(pid, |key| found |= sockets.iter().any(|socket| socket.key == key));
    found
}

fn processes() -> impl Iterator<Item = u32> {
    let entries = std::fs::read_dir("/proc").into_iter().flatten().flatten();
    entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok())
}

fn each_open_socket(pid: u32, mut found: impl FnMut(u64)) -> io::Result<()> {
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
    let folder = openat(CWD, format!("/proc/{pid}/fd"), flags, Mode::empty())?;
    for entry in Dir::read_from(&folder)? {
        let mut target = [0; 64];
        if let Ok(length) = readlinkat_raw(&folder, entry?.file_name(), &mut target[..])
            && let Some(key) = socket_number(&target[..length])
        {
            found(key);
        }
    }
    Ok(())
}

fn socket_number(target: &[u8]) -> Option<u64> {
    let digits = target.strip_prefix(b"socket:[")?.strip_suffix(b"]")?;
    str::from_utf8(digits).ok()?.parse().ok()
}
