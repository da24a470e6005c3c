//! One xSwarm Voice for each user: the tray app, `xswarm serve` and the single services share one lock, which the system
//! releases when its holder ends, however it ends.
//!
//! Two things are locked: our folder itself, which can be where nothing can be written, and a file in it, which earlier
//! versions and systems without locks on folders know.

#[cfg_attr(target_os = "linux", path = "lock/linux.rs")]
#[cfg_attr(not(target_os = "linux"), path = "lock/elsewhere.rs")]
mod holder;

use std::fs::{File, TryLockError};
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use serde::{Deserialize, Serialize};
use wire::{Identity, Note, Timestamp};

use crate::installation::kept::{keep, not_kept, places};
use crate::{installation::folders, installation::private};

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
#[expect(missing_docs, reason = "what is not explained is named as what it is")]
pub struct Running {
    pub identity: Identity,
    pub since: Timestamp,
    pub role: Role,
}

/// The lock, held until this is dropped.
pub(crate) struct Lock {
    pub(crate) note: Option<Note>,
    _files: Vec<File>,
    data: PathBuf,
}

pub(crate) enum Taken {
    /// It is ours; this is who had it before and did not end in order.
    Ours(Lock, Option<Running>),
    /// Somebody has it; nothing is known of them if they have only just taken it.
    Theirs(Option<Running>),
}

impl Lock {
    pub(crate) fn take(data: &Path, role: Role) -> io::Result<Taken> {
        let before = last(data);
        let files = keys(data)?;
        for file in &files {
            if !is_ours(file)? {
                return Ok(Taken::Theirs(running(data)));
            }
        }
        let ours =
            Running { identity: ports::this_process(), since: SystemTime::now().into(), role };
        let text = serde_json::to_string(&ours).map_err(io::Error::other)?;
        // Without it nobody is told who runs, which is no reason not to.
        let note = keep(data, HOLDER, &text)
            .unwrap_or_else(|cause| Some(not_kept(&data.join(HOLDER), &cause)));
        Ok(Taken::Ours(Self { note, _files: files, data: data.to_owned() }, before))
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        for place in places(&self.data) {
            // A note that outlives us is no harm: it names a process that is gone.
            let _ = std::fs::remove_file(place.join(HOLDER));
        }
        if let Some(nook) = private::nook_if_there(&self.data) {
            // Only if nothing is left in it.
            let _ = std::fs::remove_dir(nook);
        }
    }
}

/// What is to be locked, all of it: the folder, the file in it, and that of earlier versions.
fn keys(data: &Path) -> io::Result<Vec<File>> {
    let mut keys = Vec::new();
    match private::folder(data) {
        Ok(()) => {
            // Whoever may open the folder could lock it, too.
            private::inner_folder(data)?;
            keys.extend(private::as_lock(data));
            match private::to_lock(&data.join(LOCK)) {
                Ok(file) => keys.push(file),
                Err(cause) if keys.is_empty() || !is_missing(&cause) => return Err(cause),
                Err(_) => {}
            }
        }
        Err(cause) if private::has_no_room(&cause) => {
            keys.push(private::open(&private::nook(data)?.join(LOCK))?);
        }
        Err(cause) => return Err(cause),
    }
    if let Some(earlier) = folders::earlier(data) {
        keys.push(private::open(&earlier.join(LOCK))?);
    }
    Ok(keys)
}

/// Whether there is no file, since none can be made.
fn is_missing(cause: &io::Error) -> bool {
    cause.kind() == ErrorKind::NotFound || private::has_no_room(cause)
}

fn is_ours(file: &File) -> io::Result<bool> {
    match file.try_lock() {
        Ok(()) => Ok(true),
        Err(TryLockError::WouldBlock) => Ok(false),
        // Some network disks let no folder be locked; the file is there then.
        Err(TryLockError::Error(_)) if file.metadata()?.is_dir() => Ok(true),
        Err(TryLockError::Error(cause)) => Err(cause),
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
    pub fn wait() -> io::Result<Self> {
        let data = folders::needed(folders::data())?;
        private::folder(&data)?;
        let file = private::to_lock(&data.join(TURN))?;
        file.lock()?;
        Ok(Self { _file: file })
    }
}

/// Waits until nobody has the lock. This blocks.
pub fn until_nobody_runs() -> io::Result<()> {
    for file in keys(&folders::needed(folders::data())?)? {
        file.lock()?;
    }
    Ok(())
}

/// Who had the lock last and did not end in order, or says so.
fn last(data: &Path) -> Option<Running> {
    places(data).iter().find_map(|place| said(place))
}

fn said(place: &Path) -> Option<Running> {
    serde_json::from_str(&private::read(&place.join(HOLDER)).ok()?).ok()
}

/// Who has the lock: the process that says so of itself, lives, and has it. Whoever is only said to have it is not believed
/// to run, and so is never ended.
pub(crate) fn running(data: &Path) -> Option<Running> {
    let places = places(data);
    places.iter().filter_map(|place| said(place)).find(|said| {
        let is_it =
            ports::identity(said.identity.pid).is_some_and(|found| found.is(&said.identity));
        is_it && places.iter().any(|place| has_lock(said.identity.pid, place))
    })
}

/// Whether this process has what is locked in that place.
fn has_lock(pid: u32, place: &Path) -> bool {
    let file = private::to_read(&place.join(LOCK)).ok();
    // Where the system doesn't tell who has it, it is believed if anybody has.
    let has = |key: File| holder::has(pid, &key).unwrap_or_else(|| is_locked(&key));
    file.into_iter().chain(private::as_lock(place)).any(has)
}

/// Whether anybody has it locked. Whoever starts at this very moment is told that somebody does.
fn is_locked(key: &File) -> bool {
    key.try_lock_shared().is_err() || key.unlock().is_err()
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

    fn write(folder: &Path, identity: Identity) -> Running {
        let said = Running { identity, since: Timestamp(1), role: Role::Tray };
        std::fs::write(folder.join(HOLDER), serde_json::to_string(&said).unwrap()).unwrap();
        said
    }

    #[test]
    fn one_that_was_killed_is_remembered_but_does_not_run() {
        let folder = tempfile::tempdir().unwrap();
        let identity = Identity { began: "0".to_owned(), ..ports::this_process() };
        let killed = write(folder.path(), identity);
        assert_eq!(running(folder.path()), None);
        assert_eq!(ours(folder.path()).1, Some(killed));
    }

    #[test]
    fn whoever_does_not_have_the_lock_does_not_run_whatever_a_file_says() {
        let folder = tempfile::tempdir().unwrap();
        write(folder.path(), ports::this_process());
        assert_eq!(running(folder.path()), None, "nobody has ever had it");
        std::fs::write(folder.path().join(LOCK), "").unwrap();
        assert_eq!(running(folder.path()), None, "nobody has it");
        drop(ours(folder.path()));
        write(folder.path(), ports::this_process());
        assert_eq!(running(folder.path()), None, "it has been given up");
    }

    #[test]
    fn looking_keeps_nobody_from_starting() {
        let folder = tempfile::tempdir().unwrap();
        write(folder.path(), ports::this_process());
        std::thread::scope(|scope| {
            scope.spawn(|| (0..2000).for_each(|_| drop(running(folder.path()))));
            for _ in 0..200 {
                drop(ours(folder.path()));
                write(folder.path(), ports::this_process());
            }
        });
    }
}
