//! Where calls are recorded, if they are: a folder beside the state, for its owner alone.

use std::io;
use std::path::Path;
use std::time::Duration;

use bridge::{Recordings, Shelf};

use crate::installation::private;
use crate::settings::Recording;

const FOLDER: &str = "recordings";

/// What the bridge needs to know to record calls.
pub(crate) fn recordings(settings: Recording, data: &Path) -> io::Result<Option<Recordings>> {
    if !settings.on {
        return Ok(None);
    }
    let folder = data.join(FOLDER);
    private::inner_folder(&folder)?;
    Ok(Some(Recordings {
        folder,
        open: private::open,
        kept: Duration::from_hours(24) * settings.days,
        most_bytes: u64::from(settings.megabytes) * 1_000_000,
        shelf: Shelf::default(),
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_recorded_until_people_ask_for_it() {
        let data = tempfile::tempdir().expect("a folder");
        assert!(recordings(Recording::default(), data.path()).expect("nothing to make").is_none());
        assert!(!data.path().join(FOLDER).exists());
        let on = Recording { on: true, ..Recording::default() };
        let asked = recordings(on, data.path()).expect("a folder to write").expect("it is on");
        assert!(asked.folder.is_dir());
    }
}
