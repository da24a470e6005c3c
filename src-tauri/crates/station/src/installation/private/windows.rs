//! Privacy by access lists: what we make is for its owner and the system alone, wherever it lies. Inside the user's profile
//! that is so already.

#![expect(
    unsafe_code,
    reason = "access lists and free space are only to be had from the system's C interface"
)]

use std::fs::{File, FileType, OpenOptions};
use std::io;
use std::iter::once;
use std::os::windows::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::ptr::{null, null_mut};

use windows_sys::Win32::Foundation::LocalFree;
use windows_sys::Win32::Security::Authorization::{
    ConvertStringSecurityDescriptorToSecurityDescriptorW, SDDL_REVISION_1,
};
use windows_sys::Win32::Security::{
    DACL_SECURITY_INFORMATION, PROTECTED_DACL_SECURITY_INFORMATION, PSECURITY_DESCRIPTOR,
    SetFileSecurityW,
};
use windows_sys::Win32::Storage::FileSystem::GetDiskFreeSpaceExW;

/// All rights for the system and for the owner, nothing inherited.
const OWN_ALONE: &str = "D:P(A;;FA;;;SY)(A;;FA;;;OW)";

pub(crate) fn folder(path: &Path) -> io::Result<()> {
    std::fs::create_dir_all(path)
}

/// Folders can't be opened as files are, and need not be: what lies in them has access lists of its own.
pub(crate) fn open_folder(_path: &Path) -> io::Result<File> {
    File::open("NUL")
}

pub(crate) fn options() -> OpenOptions {
    OpenOptions::new()
}

pub(crate) fn name_of(_kind: FileType) -> &'static str {
    "a device"
}

/// Gives a file that was made this moment to its owner alone. A disk that knows no access lists is no reason to fail.
pub(crate) fn protect(path: &Path, _file: &File) -> io::Result<()> {
    if let Err(error) = set_access(path, OWN_ALONE) {
        tracing::warn!(path = %path.display(), %error, "this cannot be closed to others");
    }
    Ok(())
}

pub(crate) const fn close(_path: &Path, _file: &File) -> io::Result<()> {
    Ok(())
}

pub(crate) const fn reason_against(_path: &Path, _file: &File) -> Option<String> {
    None
}

/// Pipes have names of their own here.
pub(crate) const fn fits(_path: &Path) -> bool {
    true
}

pub(crate) const fn guard(_folder: &Path) -> io::Result<()> {
    Ok(())
}

/// Folders can't be locked here.
pub(crate) const fn as_lock(_folder: &Path) -> Option<File> {
    None
}

pub(crate) fn free_space(folder: &Path) -> io::Result<u64> {
    let (path, mut free) = (wide(folder.as_os_str()), 0);
    // SAFETY: the path ends with a zero, and the number outlives the call.
    let is_known =
        unsafe { GetDiskFreeSpaceExW(path.as_ptr(), &raw mut free, null_mut(), null_mut()) };
    if is_known == 0 { Err(io::Error::last_os_error()) } else { Ok(free) }
}

/// The user's own folder for what is soon forgotten.
pub(crate) fn short_places() -> Vec<PathBuf> {
    vec![std::env::temp_dir().join("xswarm-voice")]
}

pub(crate) fn is_private(path: &Path) -> bool {
    path.is_dir()
}

fn set_access(path: &Path, list: &str) -> io::Result<()> {
    let (path, list) = (wide(path.as_os_str()), wide(list.as_ref()));
    let mut descriptor: PSECURITY_DESCRIPTOR = null_mut();
    // SAFETY: the text ends with a zero; the descriptor is the system's until it is given back below.
    let is_read = unsafe {
        ConvertStringSecurityDescriptorToSecurityDescriptorW(
            list.as_ptr(),
            SDDL_REVISION_1,
            &raw mut descriptor,
            null::<u32>().cast_mut(),
        )
    };
    if is_read == 0 {
        return Err(io::Error::last_os_error());
    }
    let what = DACL_SECURITY_INFORMATION | PROTECTED_DACL_SECURITY_INFORMATION;
    // SAFETY: the path ends with a zero, and the descriptor is the one that was made above.
    let is_set = unsafe { SetFileSecurityW(path.as_ptr(), what, descriptor) };
    let result = if is_set == 0 { Err(io::Error::last_os_error()) } else { Ok(()) };
    // SAFETY: it was made by the system for us to give back, and is not used again.
    unsafe { LocalFree(descriptor) };
    result
}

fn wide(text: &std::ffi::OsStr) -> Vec<u16> {
    text.encode_wide().chain(once(0)).collect()
}
