//! What the app finds on its desktop, kept for whoever looks into trouble from outside.

use std::io;
use std::path::Path;

use serde::{Deserialize, Serialize};
use wire::Identity;

use crate::{installation::folders, installation::private};

const FILE: &str = "desktop.json";

/// What the app finds on its desktop.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Desktop {
    identity: Identity,
    pub(crate) has_tray: bool,
}

impl Desktop {
    /// What this process finds.
    pub fn ours(has_tray: bool) -> Self {
        Self { identity: ports::this_process(), has_tray }
    }

    /// Keeps it.
    pub fn keep(&self) -> io::Result<()> {
        self.keep_in(&folders::data().ok_or(io::ErrorKind::NotFound)?)
    }

    /// What that process found last, if it is an app and has found anything.
    pub(crate) fn of(process: &Identity) -> Option<Self> {
        Self::in_folder(&folders::data()?, process)
    }

    fn keep_in(&self, folder: &Path) -> io::Result<()> {
        let text = serde_json::to_string(self).map_err(io::Error::other)?;
        private::write(&folder.join(FILE), &text)
    }

    fn in_folder(folder: &Path, process: &Identity) -> Option<Self> {
        let text = private::read(&folder.join(FILE)).ok()?;
        serde_json::from_str(&text).ok().filter(|kept: &Self| kept.identity.is(process))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_one_process_found_is_not_taken_for_what_another_did() {
        let folder = tempfile::tempdir().expect("a folder");
        let ours = Desktop::ours(true);
        assert_eq!(Desktop::in_folder(folder.path(), &ours.identity), None);
        ours.keep_in(folder.path()).expect("written");
        assert_eq!(Desktop::in_folder(folder.path(), &ours.identity), Some(ours.clone()));
        let earlier = Identity { began: "0".to_owned(), ..ours.identity };
        assert_eq!(Desktop::in_folder(folder.path(), &earlier), None);
    }
}
