//! Which processes have a socket open: the kernel's list doesn't say, so every process's descriptors are read.

use std::collections::BTreeMap;
use std::io;
use std::mem::MaybeUninit;
use std::thread;

use rustix::fs::{CWD, FileType, Mode, OFlags, RawDir, openat, readlinkat_raw};

use crate::seen::Socket;

type Owners = BTreeMap<u64, Vec<u32>>;

/// Room for the names of some three hundred descriptors at a time.
const BUFFER: usize = 8 * 1024;
/// With more processes than this a second thread is worth starting.
const MANY: usize = 100;

/// The processes that have these sockets open, by the sockets' keys. Processes whose descriptors we may not read are
/// left out; a socket that only they have is in nobody's list.
pub(crate) fn owners(sockets: &[Socket]) -> Owners {
    let pids: Vec<u32> = processes().collect();
    if pids.len() <= MANY {
        return owners_among(&pids, sockets);
    }
    let (one_half, other_half) = pids.split_at(pids.len() / 2);
    thread::scope(|scope| {
        let look = || owners_among(other_half, sockets);
        let helper = thread::Builder::new().spawn_scoped(scope, look);
        let mut owners = owners_among(one_half, sockets);
        let others = match helper {
            Ok(helper) => helper.join().unwrap_or_default(),
            // Out of threads.
            Err(_) => look(),
        };
        for (key, pids) in others {
            owners.entry(key).or_default().extend(pids);
        }
        owners
    })
}

fn owners_among(pids: &[u32], sockets: &[Socket]) -> Owners {
    let mut owners = Owners::new();
    let mut buffer = [MaybeUninit::uninit(); BUFFER];
    for pid in pids {
        // An error means that the process has ended or that it isn't ours to look into.
        let _ = each_open_socket(*pid, &mut buffer, |key| {
            if sockets.iter().any(|socket| socket.key == key) {
                let owners = owners.entry(key).or_default();
                if owners.last() != Some(pid) {
                    owners.push(*pid);
                }
            }
        });
    }
    owners
}

/// Whether the process has one of these sockets open at this moment.
pub(crate) fn holds(pid: u32, sockets: &[Socket]) -> bool {
    let (mut found, mut buffer) = (false, [MaybeUninit::uninit(); BUFFER]);
    // As above: what can't be read holds nothing that we could prove.
    let _ = each_open_socket(pid, &mut buffer, |key| {
        found |= sockets.iter().any(|socket| socket.key == key);
    });
    found
}

fn processes() -> impl Iterator<Item = u32> {
    let entries = std::fs::read_dir("/proc").into_iter().flatten().flatten();
    entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok())
}

fn each_open_socket(
    pid: u32,
    buffer: &mut [MaybeUninit<u8>],
    mut found: impl FnMut(u64),
) -> io::Result<()> {
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
    let folder = openat(CWD, format!("/proc/{pid}/fd"), flags, Mode::empty())?;
    let mut entries = RawDir::new(&folder, buffer);
    while let Some(entry) = entries.next() {
        let entry = entry?;
        let mut target = [0; 64];
        // The others are the folder itself and the one above it.
        if entry.file_type() == FileType::Symlink
            && let Ok(length) = readlinkat_raw(&folder, entry.file_name(), &mut target[..])
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
