//! Where files live: the settings in the platform's folder for settings, everything else in its folder for data.

#[cfg(unix)]
mod unix;
#[cfg(windows)]
mod windows;

use std::io;
use std::path::{Path, PathBuf};

#[cfg(unix)]
use unix as system;
#[cfg(windows)]
use windows as system;

/// The folder that holds everything instead of the platform's two, if this variable names one.
const HOME: &str = "XSWARM_HOME";

/// The name of our folder inside the platform's.
const OURS: &str = "xswarm-voice";

/// What is wrong, and what to do, where there is neither.
pub(crate) const HOMELESS: &str =
    "the system names no home folder; set XSWARM_HOME to a folder for xSwarm Voice";

/// The folder of the settings. Nothing if the system names no home folder.
pub fn config() -> Option<PathBuf> {
    own().or_else(|| Some(system::config()?.join(OURS)))
}

/// The folder of the token, the lock and the logs. Nothing if the system names no home folder.
pub fn data() -> Option<PathBuf> {
    own().or_else(|| Some(system::data()?.join(OURS)))
}

/// Where earlier versions kept what lies in this folder of data, if that is elsewhere and is there.
pub(crate) fn earlier(data: &Path) -> Option<PathBuf> {
    let is_ours = system::data().is_some_and(|folder| folder.join(OURS) == data);
    Some(system::earlier()?.join(OURS)).filter(|folder| is_ours && folder.is_dir())
}

/// One of these folders, for whoever can't do without it.
pub fn needed(folder: Option<PathBuf>) -> io::Result<PathBuf> {
    folder.ok_or_else(|| io::Error::other(HOMELESS))
}

fn own() -> Option<PathBuf> {
    let named = std::env::var_os(HOME).filter(|home| !home.is_empty()).map(PathBuf::from)?;
    // Whoever is told of it may be in another folder than we are.
    Some(std::path::absolute(&named).unwrap_or(named))
}

/// Takes along from an earlier place what is not in ours yet. The lock must be held in both.
pub(crate) fn take_along(from: &Path, to: &Path) {
    const KEPT: [&str; 6] =
        ["token", "token-observe", "stream-secret", "ended.jsonl", "welcomed", "recordings"];
    for name in KEPT {
        let (old, ours) = (from.join(name), to.join(name));
        if ours.exists() || !old.exists() {
            continue;
        }
        match std::fs::rename(&old, &ours) {
            Ok(()) => tracing::info!(from = %old.display(), to = %ours.display(), "moved"),
            Err(error) => {
                tracing::warn!(from = %old.display(), %error, "this stays where it was");
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_lay_elsewhere_is_taken_along_once_and_replaces_nothing() {
        let (from, to) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let text = |folder: &Path, name| std::fs::read_to_string(folder.join(name)).ok();
        std::fs::write(from.path().join("token"), "old").unwrap();
        std::fs::write(from.path().join("token-observe"), "old").unwrap();
        std::fs::write(from.path().join("settings.toml"), "old").unwrap();
        std::fs::create_dir(from.path().join("recordings")).unwrap();
        std::fs::write(from.path().join("recordings/call-1-1.wav"), "old").unwrap();
        std::fs::write(to.path().join("token-observe"), "ours").unwrap();
        for _ in 0..2 {
            take_along(from.path(), to.path());
            assert_eq!(text(to.path(), "token").as_deref(), Some("old"));
            assert_eq!(text(to.path(), "token-observe").as_deref(), Some("ours"));
            assert_eq!(text(to.path(), "recordings/call-1-1.wav").as_deref(), Some("old"));
            assert_eq!(text(from.path(), "token"), None);
            assert_eq!(text(from.path(), "settings.toml").as_deref(), Some("old"));
        }
    }
}
