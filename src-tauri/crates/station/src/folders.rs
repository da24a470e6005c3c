//! Where files live: the settings in the platform's folder for settings, everything else in its folder for data.

use std::io;
use std::path::PathBuf;

use etcetera::BaseStrategy;

/// The folder that holds everything instead of the platform's two, if this variable names one.
const HOME: &str = "XSWARM_HOME";

/// The name of our folder inside the platform's.
const OURS: &str = "xswarm-voice";

/// What is wrong, and what to do, where there is neither.
const HOMELESS: &str =
    "the system names no home folder; set XSWARM_HOME to a folder for xSwarm Voice";

/// The folder of the settings. Nothing if the system names no home folder.
#[must_use]
pub fn config() -> Option<PathBuf> {
    own().or_else(|| {
        Some(etcetera::base_strategy::choose_native_strategy().ok()?.config_dir().join(OURS))
    })
}

/// The folder of the token, the lock and the logs. Nothing if the system names no home folder.
#[must_use]
pub fn data() -> Option<PathBuf> {
    own().or_else(|| {
        Some(etcetera::base_strategy::choose_native_strategy().ok()?.data_dir().join(OURS))
    })
}

/// One of these folders, for whoever can't do without it.
///
/// # Errors
/// If the system names no home folder.
pub fn needed(folder: Option<PathBuf>) -> io::Result<PathBuf> {
    folder.ok_or_else(|| io::Error::other(HOMELESS))
}

fn own() -> Option<PathBuf> {
    std::env::var_os(HOME).filter(|home| !home.is_empty()).map(PathBuf::from)
}
