//! Starting at login. Whether it does is always read back from the system, which people change behind our back.

#[cfg(target_os = "linux")]
mod linux;
#[cfg(target_os = "macos")]
mod macos;
#[cfg(windows)]
mod windows;

#[cfg(target_os = "linux")]
pub(crate) use linux::LoginItem;
#[cfg(target_os = "macos")]
pub(crate) use macos::LoginItem;
#[cfg(windows)]
pub(crate) use windows::LoginItem;
