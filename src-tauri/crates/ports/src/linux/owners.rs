//! Which processes have a socket open: the kernel's list doesn't say, so every process's descriptors are read.

use std::collections::BTreeMap;
use std::io::{self, ErrorKind};
use std::mem::MaybeUninit;
use std::thread;

use rustix::fs::{CWD, FileType, Mode, OFlags, RawDir, openat, readlinkat_raw};

use super::proc::{numbers_in, other_threads};
use crate::types::Socket;

type Owners = BTreeMap<u64, Vec<u32>>;

/// Room for the names of some three hundred descriptors at a time.
const BUFFER: usize = 8 * 1024;
/// With more processes than this a second thread is worth starting.
const MANY: usize = 100;

/// The processes that have these sockets open, by the sockets' keys. Processes whose descriptors we may not read are
/// left out; a socket that only they have is in nobody's list.
pub(crate) fn owners(sockets: &[Socket]) -> Owners {
    let pids: Vec<u32> = numbers_in("/proc").collect();
    let mut owners = shared_out(&pids, sockets, each_open_socket_of);
    // Few have descriptors that only their threads' folders show, and there are many threads.
    let unexplained: Vec<_> =
        sockets.iter().filter(|socket| !owners.contains_key(&socket.key)).cloned().collect();
    if !unexplained.is_empty() {
        owners.extend(shared_out(&pids, &unexplained, each_open_socket_of_threads));
    }
    owners
}

/// Whether the process has one of these sockets open at this moment.
pub(crate) fn holds(pid: u32, sockets: &[Socket]) -> bool {
    // What can't be read holds nothing that we could prove.
    let looks: [Look; 2] = [each_open_socket_of, each_open_socket_of_threads];
    looks.into_iter().any(|look| !owners_among(&[pid], sockets, look).is_empty())
}

/// Tells of every socket that a process has open, as far as it may be looked into.
type Look = fn(u32, &mut dyn FnMut(u64)) -> bool;

fn shared_out(pids: &[u32], sockets: &[Socket], look: Look) -> Owners {
    if pids.len() <= MANY {
        return owners_among(pids, sockets, look);
    }
    let (one_half, other_half) = pids.split_at(pids.len() / 2);
    thread::scope(|scope| {
        let others = || owners_among(other_half, sockets, look);
        let helper = thread::Builder::new().spawn_scoped(scope, others);
        let mut owners = owners_among(one_half, sockets, look);
        let others = match helper {
            Ok(helper) => helper.join().unwrap_or_default(),
            // Out of threads.
            Err(_) => others(),
        };
        for (key, pids) in others {
            owners.entry(key).or_default().extend(pids);
        }
        owners
    })
}

fn owners_among(pids: &[u32], sockets: &[Socket], look: Look) -> Owners {
    let mut owners = Owners::new();
    for pid in pids {
        // Those that can't be looked into have ended or aren't ours.
        look(*pid, &mut |key| {
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

fn each_open_socket_of(pid: u32, found: &mut dyn FnMut(u64)) -> bool {
    each_open_socket(&format!("/proc/{pid}/fd"), found).is_ok()
}

/// The sockets that a process's threads have open, besides its first. Of a process whose threads may not be looked into, no
/// more than one is tried.
fn each_open_socket_of_threads(pid: u32, found: &mut dyn FnMut(u64)) -> bool {
    other_threads(pid).all(|thread| {
        let looked = each_open_socket(&format!("/proc/{pid}/task/{thread}/fd"), found);
        // A thread may have ended since it was listed.
        looked.is_ok() || looked.is_err_and(|error| error.kind() == ErrorKind::NotFound)
    })
}

fn each_open_socket(folder: &str, found: &mut dyn FnMut(u64)) -> io::Result<()> {
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
    let folder = openat(CWD, folder, flags, Mode::empty())?;
    let mut buffer = [MaybeUninit::uninit(); BUFFER];
    let mut entries = RawDir::new(&folder, &mut buffer);
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
