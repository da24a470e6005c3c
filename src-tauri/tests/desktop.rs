//! The app on a real desktop, used as a person uses it: through the tray and the window.

#[cfg(target_os = "linux")]
#[path = "desktop/linux.rs"]
mod linux;
