//! The system's name and version, as the registry has them.

use windows_registry::LOCAL_MACHINE;

const VERSION: &str = r"SOFTWARE\Microsoft\Windows NT\CurrentVersion";

/// For instance `Windows 10.0.26100 x86_64`. Programs that don't ask for more are told 10.0 by every later version, too;
/// the build tells them apart.
pub(super) fn name() -> String {
    let build = LOCAL_MACHINE.open(VERSION).and_then(|key| key.get_string("CurrentBuildNumber"));
    let build = build.unwrap_or_else(|_| "?".to_owned());
    format!("Windows 10.0.{build} {}", std::env::consts::ARCH)
}
