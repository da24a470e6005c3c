//! What the kernel tells of a process.

use std::io;

use libproc::bsd_info::BSDInfo;
use libproc::proc_pid::{name, pidinfo, pidpath};
use wire::{Identity, Timestamp};

use crate::types::{self, Profile};
use crate::unix;

/// `SSTOP`: the process was stopped by a signal or by a debugger.
const STOPPED: u32 = 4;
/// `SZOMB`: the process has ended and waits to be reaped.
const ENDED: u32 = 5;

pub(crate) fn identity(pid: u32) -> Option<Identity> {
    Some(identity_with(pid, &facts(pid)?))
}

pub(crate) fn parent(pid: u32) -> Option<u32> {
    facts(pid).map(|facts| facts.pbi_ppid).filter(|parent| *parent != 0)
}

pub(crate) fn profile(pid: u32) -> Option<Profile> {
    let facts = facts(pid)?;
    let identity = identity_with(pid, &facts);
    let own_name = name(pid.cast_signed()).unwrap_or_default();
    Some(Profile {
        name: unix::recognisable_name(identity.executable.as_deref(), &own_name),
        command_line: command_line(pid).unwrap_or_default(),
        user: unix::user_name(facts.pbi_uid),
        started: Some(Timestamp(facts.pbi_start_tvsec * 1000 + facts.pbi_start_tvusec / 1000)),
        is_frozen: facts.pbi_status == STOPPED,
        is_kernel: false,
        is_foreign: facts.pbi_uid != rustix::process::geteuid().as_raw(),
        identity,
    })
}

fn facts(pid: u32) -> Option<BSDInfo> {
    pidinfo::<BSDInfo>(pid.cast_signed(), 0).ok().filter(|facts| facts.pbi_status != ENDED)
}

fn identity_with(pid: u32, facts: &BSDInfo) -> Identity {
    let began = format!("{}.{:06}", facts.pbi_start_tvsec, facts.pbi_start_tvusec);
    let command_line = command_line(pid).map(|arguments| arguments.join("\0").into_bytes());
    Identity {
        pid,
        began,
        executable: pidpath(pid.cast_signed()).ok(),
        uid: Some(facts.pbi_uid),
        command_digest: command_line.as_deref().map(types::digest),
    }
}

fn command_line(pid: u32) -> Option<Vec<String>> {
    arguments(&argument_area(pid).ok()?)
}

/// The number of arguments, the program's path, padding, then the arguments, each ended by a zero.
fn arguments(area: &[u8]) -> Option<Vec<String>> {
    let (count, rest) = area.split_first_chunk::<4>()?;
    let count = usize::try_from(i32::from_ne_bytes(*count)).ok()?;
    let path = rest.iter().position(|byte| *byte == 0)?;
    let padding = rest[path..].iter().position(|byte| *byte != 0)?;
    let texts = rest[path + padding..].split(|byte| *byte == 0);
    Some(texts.take(count).map(|text| String::from_utf8_lossy(text).into_owned()).collect())
}

#[expect(unsafe_code, reason = "command lines are only to be had by `sysctl`")]
fn argument_area(pid: u32) -> io::Result<Vec<u8>> {
    let mut question = [libc::CTL_KERN, libc::KERN_PROCARGS2, pid.cast_signed()];
    // The system's limit for all arguments and variables of a process.
    let mut area = vec![0_u8; 1024 * 1024];
    let mut length = area.len();
    // SAFETY: the question has three parts, and `length` is the room at the pointer.
    let answer = unsafe {
        libc::sysctl(
            question.as_mut_ptr(),
            3,
            area.as_mut_ptr().cast(),
            &raw mut length,
            std::ptr::null_mut(),
            0,
        )
    };
    if answer != 0 {
        return Err(io::Error::last_os_error());
    }
    area.truncate(length);
    Ok(area)
}
