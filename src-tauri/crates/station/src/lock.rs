//! One xSwarm Voice for each user: the tray app, `xswarm serve` and the single services share one lock, which the system
//! releases when its holder ends, however it ends.

use std::fs::{File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use serde::{Deserialize, Serialize};
use wire::{Identity, Timestamp};

use crate::{folders, private};

const LOCK: &str = "lock";
const TURN: &str = "turn";
/// Beside the lock, for on Windows a locked file can't be read.
const HOLDER: &str = "running.json";

/// What runs the services.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// The app in the tray.
    Tray,
    /// `xswarm serve`.
    Serve,
    /// `xswarm voice-bridge` or `xswarm supervisor`.
    Single,
}

/// The xSwarm Voice that runs, or ran last.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Running {
    /// The process.
    pub identity: Identity,
    /// When it started.
    pub since: Timestamp,
    /// What it is.
    pub role: Role,
}

/// The lock, held until this is dropped.
pub(crate) struct Lock {
    _file: File,
    holder: PathBuf,
}

/// How the attempt to take it went.
pub(crate) enum Taken {
    /// It is ours; this is who had it before and did not end in order.
    Ours(Lock, Option<Running>),
    /// Somebody has it; nothing is known of them if they have only just taken it.
    Theirs(Option<Running>),
}

impl Lock {
    pub(crate) fn take(folder: &Path, role: Role) -> io::Result<Taken> {
        let file = private::open(&folder.join(LOCK))?;
        let before = last(folder);
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Ok(Taken::Theirs(before)),
            Err(TryLockError::Error(cause)) => return Err(cause),
        }
        let ours =
            Running { identity: ports::this_process(), since: SystemTime::now().into(), role };
        let holder = folder.join(HOLDER);
        private::write(&holder, &serde_json::to_string(&ours).map_err(io::Error::other)?)?;
        Ok(Taken::Ours(Self { _file: file, holder }, before))
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        // A note that outlives us is no harm: it names a process that is gone.
        let _ = std::fs::remove_file(&self.holder);
    }
}

/// The turn of a start, held until this is dropped: while somebody has it, nobody else is between having the lock and being
/// there to be asked.
#[derive(Debug)]
pub struct Turn {
    _file: File,
}

impl Turn {
    /// Waits for the turn to start. This blocks.
    ///
    /// # Errors
    /// If the file can't be opened or locked.
    pub fn wait() -> io::Result<Self> {
        Ok(Self { _file: locked(&ours()?.join(TURN))? })
    }
}

/// Waits until nobody has the lock. This blocks.
///
/// # Errors
/// If the file can't be opened or locked.
pub fn until_nobody_runs() -> io::Result<()> {
    locked(&ours()?.join(LOCK)).map(drop)
}

fn ours() -> io::Result<PathBuf> {
    let folder = folders::needed(folders::data())?;
    private::folder(&folder)?;
    Ok(folder)
}

/// The file, once nobody else has it locked.
fn locked(path: &Path) -> io::Result<File> {
    let file = private::open(path)?;
    file.lock()?;
    Ok(file)
}

/// Who has the lock, or had it last and did not end in order.
pub(crate) fn last(folder: &Path) -> Option<Running> {
    serde_json::from_str(&private::read(&folder.join(HOLDER)).ok()?).ok()
}

/// Who has the lock: the process that says so of itself and lives.
pub(crate) fn running(folder: &Path) -> Option<Running> {
    last(folder).filter(|said| ports::identity(said.identity.pid).as_ref() == Some(&said.identity))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ours(folder: &Path) -> (Lock, Option<Running>) {
        match Lock::take(folder, Role::Serve).unwrap() {
            Taken::Ours(lock, before) => (lock, before),
            Taken::Theirs(running) => panic!("{running:?} has it"),
        }
    }

    #[test]
    fn a_second_one_is_told_who_runs() {
        let folder = tempfile::tempdir().unwrap();
        let (_lock, before) = ours(folder.path());
        assert_eq!(before, None);
        let Taken::Theirs(Some(running)) = Lock::take(folder.path(), Role::Tray).unwrap() else {
            panic!("both have it");
        };
        assert_eq!((running.identity, running.role), (ports::this_process(), Role::Serve));
    }

    #[test]
    fn after_the_end_it_is_free_and_nobody_runs() {
        let folder = tempfile::tempdir().unwrap();
        drop(ours(folder.path()));
        assert_eq!(running(folder.path()), None);
        assert_eq!(ours(folder.path()).1, None);
    }

    #[test]
    fn one_that_was_killed_is_remembered_but_does_not_run() {
        let folder = tempfile::tempdir().unwrap();
        let identity = Identity { began: "0".to_owned(), ..ports::this_process() };
        let killed = Running { identity, since: Timestamp(1), role: Role::Tray };
        std::fs::write(folder.path().join(HOLDER), serde_json::to_string(&killed).unwrap())
            .unwrap();
        assert_eq!(running(folder.path()), None);
        assert_eq!(ours(folder.path()).1, Some(killed));
    }
}
