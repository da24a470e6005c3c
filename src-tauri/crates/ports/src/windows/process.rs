//! What the system tells of a process.
#![expect(unsafe_code, reason = "processes are only to be had from the system's C interface")]

use std::io;
use std::os::windows::io::{AsRawHandle, FromRawHandle, OwnedHandle, RawHandle};
use std::ptr::{null, null_mut};

use windows_sys::Wdk::System::Threading::{
    NtQueryInformationProcess, ProcessCommandLineInformation,
};
use windows_sys::Win32::Foundation::{FILETIME, INVALID_HANDLE_VALUE, LocalFree, UNICODE_STRING};
use windows_sys::Win32::Security::{
    EqualSid, GetTokenInformation, LookupAccountSidW, TOKEN_QUERY, TOKEN_USER, TokenUser,
};
use windows_sys::Win32::System::Diagnostics::ToolHelp::{
    CreateToolhelp32Snapshot, PROCESSENTRY32W, Process32FirstW, Process32NextW, TH32CS_SNAPPROCESS,
};
use windows_sys::Win32::System::Threading::{
    GetCurrentProcess, GetProcessTimes, OpenProcessToken, PROCESS_NAME_WIN32,
    PROCESS_QUERY_LIMITED_INFORMATION, PROCESS_SYNCHRONIZE, QueryFullProcessImageNameW,
};
use windows_sys::Win32::UI::Shell::CommandLineToArgvW;
use wire::{Identity, Timestamp};

use super::process_handle;
use crate::types::{self, Profile};

/// How many tenths of microseconds lie between the beginnings of Windows's and of Unix's time.
const UNIX_EPOCH: u64 = 116_444_736_000_000_000;
/// Longer than any path that the system gives.
const LONGEST_PATH: usize = 32 * 1024;

/// Nothing also of a process that may not be looked into.
pub(crate) fn identity(pid: u32) -> Option<Identity> {
    identity_of(pid, &open(pid)?)
}

/// Whether there is a process of that id that may have done something at that moment, as the system counts time. What
/// can't be looked into is given the benefit of the doubt; what began later has the id of one that has ended.
pub(super) fn was_there(pid: u32, moment: u64) -> bool {
    match open(pid) {
        Some(process) => began(&process).is_none_or(|began| began <= moment),
        None => listed(pid).is_some(),
    }
}

/// The process that started it, unless that has ended and its id belongs to a younger one.
pub(crate) fn parent(pid: u32) -> Option<u32> {
    let parent = listed(pid)?.th32ParentProcessID;
    let (own, its) = (began(&open(pid)?)?, began(&open(parent)?)?);
    (its <= own).then_some(parent)
}

pub(crate) fn profile(pid: u32) -> Option<Profile> {
    let Some(process) = open(pid) else {
        return listed(pid).map(|entry| closed_profile(pid, &entry));
    };
    let identity = identity_of(pid, &process)?;
    let account = Account::of(process.as_raw_handle());
    let own = Account::of(own_process());
    let path = identity.executable.as_deref().unwrap_or_default();
    Some(Profile {
        name: path.rsplit('\\').next().unwrap_or_default().to_owned(),
        command_line: command_line(&process).unwrap_or_default(),
        user: account.as_ref().and_then(Account::name),
        started: began(&process).map(|began| Timestamp(began.saturating_sub(UNIX_EPOCH) / 10_000)),
        // Windows has no such state: it stops threads, not processes.
        is_frozen: false,
        is_kernel: false,
        is_foreign: !account.zip(own).is_some_and(|(its, own)| its.is(&own)),
        identity,
    })
}

/// The little that is told of a process into which we may not look, which is never one of ours.
fn closed_profile(pid: u32, entry: &PROCESSENTRY32W) -> Profile {
    let name = entry.szExeFile.split(|unit| *unit == 0).next().unwrap_or_default();
    Profile {
        identity: Identity { pid, ..Identity::default() },
        name: String::from_utf16_lossy(name),
        is_foreign: true,
        ..Profile::default()
    }
}

fn open(pid: u32) -> Option<OwnedHandle> {
    let process =
        process_handle::open(pid, PROCESS_QUERY_LIMITED_INFORMATION | PROCESS_SYNCHRONIZE)
            .ok()??;
    // Somebody's open handle keeps a process in the system's books after its end.
    (!process_handle::has_ended(&process)).then_some(process)
}

fn own_process() -> RawHandle {
    // SAFETY: gives a constant that stands for this process.
    unsafe { GetCurrentProcess() }
}

fn identity_of(pid: u32, process: &OwnedHandle) -> Option<Identity> {
    Some(Identity {
        pid,
        began: began(process)?.to_string(),
        executable: executable(process),
        uid: None,
        command_digest: command_line(process)
            .map(|line| types::digest(&line.join("\0").into_bytes())),
    })
}

/// In tenths of microseconds since 1601.
fn began(process: &OwnedHandle) -> Option<u64> {
    let [mut began, mut ended, mut in_kernel, mut in_user] = [FILETIME::default(); 4];
    // SAFETY: the handle is open and the pointers lead to four structures of ours.
    let answer = unsafe {
        GetProcessTimes(
            process.as_raw_handle(),
            &raw mut began,
            &raw mut ended,
            &raw mut in_kernel,
            &raw mut in_user,
        )
    };
    (answer != 0).then_some(u64::from(began.dwHighDateTime) << 32 | u64::from(began.dwLowDateTime))
}

fn executable(process: &OwnedHandle) -> Option<String> {
    let mut path = vec![0; LONGEST_PATH];
    let mut length = LONGEST_PATH as u32;
    // SAFETY: the handle is open, and `length` is how many units there are at the pointer.
    let answer = unsafe {
        QueryFullProcessImageNameW(
            process.as_raw_handle(),
            PROCESS_NAME_WIN32,
            path.as_mut_ptr(),
            &raw mut length,
        )
    };
    (answer != 0).then(|| String::from_utf16_lossy(&path[..length as usize]))
}

fn command_line(process: &OwnedHandle) -> Option<Vec<String>> {
    // A header, then the text that it points to. Words of eight bytes are aligned for the header.
    let mut buffer = vec![0_u64; LONGEST_PATH / 4 + 2];
    // SAFETY: the handle is open, and the length is that of the buffer in bytes.
    let status = unsafe {
        NtQueryInformationProcess(
            process.as_raw_handle(),
            ProcessCommandLineInformation,
            buffer.as_mut_ptr().cast(),
            size_of_val(buffer.as_slice()) as u32,
            null_mut(),
        )
    };
    if status < 0 {
        return None;
    }
    // SAFETY: on success the buffer begins with a string's header, which points into the buffer.
    let text = unsafe {
        let header = &*buffer.as_ptr().cast::<UNICODE_STRING>();
        match header.Length {
            0 => return Some(Vec::new()),
            length => std::slice::from_raw_parts(header.Buffer, usize::from(length) / 2),
        }
    };
    Some(arguments(text))
}

fn arguments(command_line: &[u16]) -> Vec<String> {
    let terminated: Vec<u16> = command_line.iter().copied().chain([0]).collect();
    let mut count = 0;
    // SAFETY: the text ends with a zero. The result is an array of `count` texts that end with a zero, in one block.
    unsafe {
        let array = CommandLineToArgvW(terminated.as_ptr(), &raw mut count);
        if array.is_null() {
            return Vec::new();
        }
        let pointers =
            std::slice::from_raw_parts(array, usize::try_from(count).unwrap_or_default());
        let arguments = pointers.iter().map(|pointer| text_at(*pointer)).collect();
        LocalFree(array.cast());
        arguments
    }
}

/// # Safety
///
/// A text that ends with a zero must lie there.
unsafe fn text_at(pointer: *const u16) -> String {
    // SAFETY: up to the zero everything may be read, says the caller.
    unsafe {
        let length = (0..).take_while(|at| *pointer.add(*at) != 0).count();
        String::from_utf16_lossy(std::slice::from_raw_parts(pointer, length))
    }
}

/// The account that a process runs under: what the system calls a token's user, in words of its alignment.
struct Account(Vec<u64>);

impl Account {
    fn of(process: RawHandle) -> Option<Self> {
        let mut token = null_mut();
        // SAFETY: the process's handle is open, and the pointer leads to a handle of ours.
        if unsafe { OpenProcessToken(process, TOKEN_QUERY, &raw mut token) } == 0 {
            return None;
        }
        // SAFETY: the handle is open and nobody else closes it.
        let token = unsafe { OwnedHandle::from_raw_handle(token) };
        let mut words = vec![0_u64; 64];
        let mut length = 0;
        // SAFETY: the handle is open, and the length is that of the buffer in bytes.
        let answer = unsafe {
            GetTokenInformation(
                token.as_raw_handle(),
                TokenUser,
                words.as_mut_ptr().cast(),
                size_of_val(words.as_slice()) as u32,
                &raw mut length,
            )
        };
        (answer != 0).then_some(Self(words))
    }

    fn sid(&self) -> windows_sys::Win32::Security::PSID {
        // SAFETY: the system filled the words with this structure, whose pointer leads into them.
        unsafe { (*self.0.as_ptr().cast::<TOKEN_USER>()).User.Sid }
    }

    fn is(&self, other: &Self) -> bool {
        // SAFETY: both lead to accounts that live as long as the borrows.
        unsafe { EqualSid(self.sid(), other.sid()) != 0 }
    }

    fn name(&self) -> Option<String> {
        let (mut name, mut domain) = ([0; 256], [0; 256]);
        let (mut name_length, mut domain_length, mut kind) = (256, 256, 0);
        // SAFETY: the account lives as long as the borrow, and the lengths are those of the arrays.
        let answer = unsafe {
            LookupAccountSidW(
                null(),
                self.sid(),
                name.as_mut_ptr(),
                &raw mut name_length,
                domain.as_mut_ptr(),
                &raw mut domain_length,
                &raw mut kind,
            )
        };
        (answer != 0).then(|| String::from_utf16_lossy(&name[..name_length as usize]))
    }
}

fn listed(pid: u32) -> Option<PROCESSENTRY32W> {
    // SAFETY: takes and gives plain numbers.
    let list = unsafe { CreateToolhelp32Snapshot(TH32CS_SNAPPROCESS, 0) };
    if list == INVALID_HANDLE_VALUE {
        tracing::debug!(error = %io::Error::last_os_error(), "cannot list processes");
        return None;
    }
    // SAFETY: the handle is open and nobody else closes it.
    let list = unsafe { OwnedHandle::from_raw_handle(list) };
    let mut entry =
        PROCESSENTRY32W { dwSize: size_of::<PROCESSENTRY32W>() as u32, ..Default::default() };
    // SAFETY: the handle is open, and the entry says how large it is.
    let mut is_there = unsafe { Process32FirstW(list.as_raw_handle(), &raw mut entry) };
    while is_there != 0 {
        if entry.th32ProcessID == pid {
            return Some(entry);
        }
        // SAFETY: as above.
        is_there = unsafe { Process32NextW(list.as_raw_handle(), &raw mut entry) };
    }
    None
}

#[cfg(test)]
mod tests {
    use std::process::{Command, Stdio};
    use std::time::{Duration, SystemTime};

    use super::super::ProcessHandle;
    use super::*;

    #[test]
    fn this_process_is_told_with_all_that_a_person_wants_to_know() {
        let profile = profile(std::process::id()).expect("it runs");
        let path = std::env::current_exe().expect("the path of this program");
        assert_eq!(Some(profile.name.as_str()), path.file_name().and_then(|name| name.to_str()));
        // Wine and Windows before 8.1 do not tell command lines.
        assert!(
            profile.command_line.is_empty()
                || profile.command_line.into_iter().eq(std::env::args())
        );
        assert!(profile.user.is_some() && !profile.is_foreign);
        let ago =
            Timestamp::from(SystemTime::now()).0 - profile.started.expect("the system tells").0;
        assert!(Duration::from_millis(ago) < Duration::from_secs(600), "{ago} ms");
    }

    #[test]
    fn a_process_is_pinned_known_by_its_parent_and_ended() {
        // It reads until its input ends, which is when this test does.
        let mut child = Command::new("cmd")
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .spawn()
            .expect("every Windows has it");
        assert_eq!(parent(child.id()), Some(std::process::id()));
        let pinned = ProcessHandle::open(child.id()).expect("it is ours").expect("it runs");
        assert!(!pinned.is_gone());
        pinned.end().expect("it is ours");
        child.wait().expect("it is our child");
        assert!(pinned.is_gone());
        assert_eq!(identity(child.id()), None);
    }
}
