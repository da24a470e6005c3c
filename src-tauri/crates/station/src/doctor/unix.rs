//! The system's name and version, as its kernel gives them.

use rustix::system::uname;

/// For instance `Linux 6.18.0 x86_64`.
pub(super) fn name() -> String {
    let told = uname();
    [told.sysname(), told.release(), told.machine()].map(|part| part.to_string_lossy()).join(" ")
}
