//! Which processes are those of programs that we run.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use wire::ServiceName;

use crate::system::{self, guarding};

/// The argument with which a program of ours is started to be a guardian. It is nobody else's business.
pub const ARGUMENT: &str = "--guard-a-program";

/// How many generations a process may be away from its guardian.
const GENERATIONS: usize = 64;

/// The programs that we run at the moment: whoever shares this knows them.
#[derive(Clone, Debug, Default)]
pub struct Programs(Arc<Mutex<BTreeMap<u32, ServiceName>>>);

/// A program's entry, gone with the program.
pub(crate) struct Entry {
    programs: Programs,
    guardian: u32,
}

impl Programs {
    pub(crate) fn enter(&self, guardian: u32, name: ServiceName) -> Entry {
        self.lock().insert(guardian, name);
        Entry { programs: self.clone(), guardian }
    }

    /// The program that this process belongs to, if it does to one.
    pub(crate) fn owner_of(&self, pid: u32) -> Option<ServiceName> {
        let programs = self.lock().clone();
        let mut owners = programs.into_iter();
        owners.find(|(guardian, _)| guarding::is_in_tree(pid, *guardian)).map(|(_, name)| name)
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<u32, ServiceName>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whether a guardian of that process stands above this one, so that it runs it.
pub(crate) fn is_run_by(runner: u32, pid: u32) -> bool {
    let is_guardian = |pid: u32| {
        system::parent(pid) == Some(runner)
            && system::profile(pid)
                .is_some_and(|profile| profile.command_line.iter().any(|one| one == ARGUMENT))
    };
    let ancestors = std::iter::successors(system::parent(pid), |pid| system::parent(*pid));
    ancestors.take(GENERATIONS).any(is_guardian)
}

impl Drop for Entry {
    fn drop(&mut self) {
        self.programs.lock().remove(&self.guardian);
    }
}
