//! What a guardian does with the processes below it: all of them are in its job, which nobody leaves and which ends with it.
#![expect(unsafe_code, reason = "jobs are only to be had from the system's C interface")]

use std::io;
use std::mem::size_of;
use std::os::windows::io::{AsRawHandle, FromRawHandle, OwnedHandle};
use std::os::windows::process::CommandExt;
use std::process::{Child, Command};
use std::ptr::{null, null_mut};
use std::sync::OnceLock;
use std::thread;
use std::time::Duration;

use windows_sys::Win32::System::JobObjects::{
    AssignProcessToJobObject, CreateJobObjectW, JOB_OBJECT_LIMIT_KILL_ON_JOB_CLOSE,
    JOBOBJECT_EXTENDED_LIMIT_INFORMATION, JobObjectBasicProcessIdList,
    JobObjectExtendedLimitInformation, OpenJobObjectW, QueryInformationJobObject,
    SetInformationJobObject,
};
use windows_sys::Win32::System::Threading::{CREATE_NO_WINDOW, GetCurrentProcess};

use super::process_handle::{self, ProcessHandle};

pub(crate) const MARK: &str = "XSWARM_PROGRAM";

const LOOK: Duration = Duration::from_millis(50);
/// `JOB_OBJECT_QUERY`.
const QUERY: u32 = 4;
/// How many processes of a job are listed.
const MOST: usize = 4096;

/// Makes this process the first of a job that ends when its last handle is closed, which is this process's.
pub(crate) fn prepare(_asked: impl Fn() + Send + 'static) -> io::Result<()> {
    static JOB: OnceLock<OwnedHandle> = OnceLock::new();
    let name = name(std::process::id());
    // SAFETY: the name ends with a zero.
    let job = unsafe { CreateJobObjectW(null(), name.as_ptr()) };
    if job.is_null() {
        return Err(io::Error::last_os_error());
    }
    // SAFETY: the handle is open and nobody else closes it.
    let job = unsafe { OwnedHandle::from_raw_handle(job) };
    let mut limits = JOBOBJECT_EXTENDED_LIMIT_INFORMATION::default();
    limits.BasicLimitInformation.LimitFlags = JOB_OBJECT_LIMIT_KILL_ON_JOB_CLOSE;
    let length = size_of::<JOBOBJECT_EXTENDED_LIMIT_INFORMATION>() as u32;
    // SAFETY: the handle is open, and the length is that of what the pointer leads to.
    let is_done = unsafe {
        SetInformationJobObject(
            job.as_raw_handle(),
            JobObjectExtendedLimitInformation,
            (&raw const limits).cast(),
            length,
        ) != 0
            && AssignProcessToJobObject(job.as_raw_handle(), GetCurrentProcess()) != 0
    };
    if !is_done {
        return Err(io::Error::last_os_error());
    }
    let _ = JOB.set(job);
    Ok(())
}

/// Keeps a console window from opening for it.
pub(crate) fn detach(guardian: &mut tokio::process::Command) {
    guardian.creation_flags(CREATE_NO_WINDOW);
}

pub(crate) fn start(program: &mut Command) -> io::Result<Child> {
    program.creation_flags(CREATE_NO_WINDOW).spawn()
}

pub(crate) fn outlive(mut program: Child, mut ended: impl FnMut(Option<i32>, Option<i32>)) {
    let code = program.wait().ok().and_then(|status| status.code());
    ended(code, None);
    while !tree(std::process::id()).is_empty() {
        thread::park_timeout(LOOK);
    }
}

pub(crate) fn tree(guardian: u32) -> Vec<u32> {
    let name = name(guardian);
    // SAFETY: the name ends with a zero.
    let job = unsafe { OpenJobObjectW(QUERY, 0, name.as_ptr()) };
    if job.is_null() {
        return Vec::new();
    }
    // SAFETY: the handle is open and nobody else closes it.
    let job = unsafe { OwnedHandle::from_raw_handle(job) };
    // Two numbers of 32 bits, how many there are and how many are listed, and then the list.
    let mut list = vec![0_usize; MOST + 8 / size_of::<usize>()];
    let length = size_of_val(&*list) as u32;
    // SAFETY: the handle is open, and the length is that of what the pointer leads to.
    let is_told = unsafe {
        QueryInformationJobObject(
            job.as_raw_handle(),
            JobObjectBasicProcessIdList,
            list.as_mut_ptr().cast(),
            length,
            null_mut(),
        ) != 0
    };
    if !is_told {
        return Vec::new();
    }
    let head: Vec<u8> = list.iter().flat_map(|word| word.to_ne_bytes()).take(8).collect();
    let listed = u32::from_ne_bytes([head[4], head[5], head[6], head[7]]) as usize;
    let pids = list.iter().skip(8 / size_of::<usize>()).take(listed.min(MOST));
    pids.filter_map(|pid| u32::try_from(*pid).ok()).filter(|pid| *pid != guardian).collect()
}

pub(crate) fn is_in_tree(pid: u32, guardian: u32) -> bool {
    tree(guardian).contains(&pid)
}

/// A program without a window has no polite end on this system.
pub(crate) fn ask_all(guardian: u32) -> bool {
    let asked = tree(guardian).into_iter().map(process_handle::ask_to_close);
    asked.fold(false, |any, was_asked| any | was_asked)
}

pub(crate) fn kill_all(guardian: u32) {
    for pid in tree(guardian) {
        if let Ok(Some(process)) = ProcessHandle::open(pid)
            && is_in_tree(pid, guardian)
        {
            // One that survives is found again by the next look.
            let _ = process.end();
        }
    }
}

/// With its guardian's last handle the system has ended all of them.
pub(crate) fn marked(_mark: &str) -> Vec<u32> {
    Vec::new()
}

fn name(guardian: u32) -> Vec<u16> {
    format!("Local\\xswarm-guardian-{guardian}\0").encode_utf16().collect()
}
