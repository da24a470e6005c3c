//! A process held by a handle: as long as it is open, the process id isn't given to another one.
#![expect(
    unsafe_code,
    reason = "processes and windows are only to be had from the system's C interface"
)]

use std::io;
use std::os::windows::io::{AsRawHandle, FromRawHandle, OwnedHandle};
use std::time::Duration;

use tokio::time::interval;
use windows_sys::Win32::Foundation::{ERROR_INVALID_PARAMETER, HWND, LPARAM, WAIT_OBJECT_0};
use windows_sys::Win32::System::Threading::{
    OpenProcess, PROCESS_QUERY_LIMITED_INFORMATION, PROCESS_SYNCHRONIZE, PROCESS_TERMINATE,
    TerminateProcess, WaitForSingleObject,
};
use windows_sys::Win32::UI::WindowsAndMessaging::{
    EnumWindows, GetWindowThreadProcessId, IsWindowVisible, PostMessageW, WM_CLOSE,
};
use windows_sys::core::BOOL;

const LOOK: Duration = Duration::from_millis(25);
/// What a process that we ended leaves as its exit code.
const ENDED_BY_US: u32 = 1;

pub(crate) struct ProcessHandle {
    handle: OwnedHandle,
    pid: u32,
}

impl ProcessHandle {
    pub(crate) fn open(pid: u32) -> io::Result<Option<Self>> {
        let handle =
            open(pid, PROCESS_QUERY_LIMITED_INFORMATION | PROCESS_SYNCHRONIZE | PROCESS_TERMINATE)?;
        Ok(handle.map(|handle| Self { handle, pid }))
    }

    pub(crate) fn is_gone(&self) -> bool {
        has_ended(&self.handle)
    }

    pub(crate) async fn gone(&self) {
        let mut look = interval(LOOK);
        while !self.is_gone() {
            look.tick().await;
        }
    }

    /// Asks it to end, by asking its windows to close. Tells whether there was one: a process without a window has no
    /// polite end on this system.
    pub(crate) fn ask_to_end(&self) -> io::Result<bool> {
        Ok(ask_to_close(self.pid))
    }

    pub(crate) fn end(&self) -> io::Result<()> {
        // SAFETY: the handle is open and was opened with the right to do this.
        let answer = unsafe { TerminateProcess(self.handle.as_raw_handle(), ENDED_BY_US) };
        if answer == 0 && !self.is_gone() { Err(io::Error::last_os_error()) } else { Ok(()) }
    }
}

/// Asks the windows of that process to close; tells whether there was one.
pub(super) fn ask_to_close(pid: u32) -> bool {
    let mut request = Request { pid, was_sent: false };
    // SAFETY: `close` gets this pointer and nothing else, and only during the call.
    unsafe { EnumWindows(Some(close), (&raw mut request) as LPARAM) };
    request.was_sent
}

/// A handle to a process; nothing if there is none of that id.
pub(super) fn open(pid: u32, rights: u32) -> io::Result<Option<OwnedHandle>> {
    // SAFETY: takes and gives plain numbers.
    let handle = unsafe { OpenProcess(rights, 0, pid) };
    if !handle.is_null() {
        // SAFETY: the handle is open and nobody else closes it.
        return Ok(Some(unsafe { OwnedHandle::from_raw_handle(handle) }));
    }
    let error = io::Error::last_os_error();
    if error.raw_os_error() == Some(ERROR_INVALID_PARAMETER.cast_signed()) {
        Ok(None)
    } else {
        Err(error)
    }
}

pub(super) fn has_ended(process: &OwnedHandle) -> bool {
    // SAFETY: the handle is open and may be waited for; with no time to wait this only looks.
    unsafe { WaitForSingleObject(process.as_raw_handle(), 0) == WAIT_OBJECT_0 }
}

struct Request {
    pid: u32,
    was_sent: bool,
}

unsafe extern "system" fn close(window: HWND, request: LPARAM) -> BOOL {
    // SAFETY: `ask_to_end` passes a pointer to its own request, and waits for the end of the enumeration.
    let request = unsafe { &mut *(request as *mut Request) };
    let mut owner = 0;
    // SAFETY: the system has just named this window, and bears with one that has gone meanwhile.
    unsafe {
        GetWindowThreadProcessId(window, &raw mut owner);
        if owner == request.pid && IsWindowVisible(window) != 0 {
            request.was_sent |= PostMessageW(window, WM_CLOSE, 0, 0) != 0;
        }
    }
    1
}
