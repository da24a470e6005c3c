//! Who has something locked, as `/proc` tells it.

use std::fs::File;
use std::io::Read;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

/// More than the system says of a descriptor.
const LONGEST: u64 = 64 * 1024;

/// Whether this process has it locked, where the system tells.
pub(super) fn has(pid: u32, locked: &File) -> Option<bool> {
    let process = Path::new("/proc").join(pid.to_string());
    let descriptors = process.join("fd").read_dir().ok()?;
    let about = locked.metadata().ok()?;
    Some(descriptors.flatten().any(|descriptor| {
        let is_it = std::fs::metadata(descriptor.path())
            .is_ok_and(|other| (other.dev(), other.ino()) == (about.dev(), about.ino()));
        is_it && holds_lock(&process.join("fdinfo").join(descriptor.file_name()))
    }))
}

fn holds_lock(about: &Path) -> bool {
    let mut text = String::new();
    let read = File::open(about).and_then(|file| file.take(LONGEST).read_to_string(&mut text));
    read.is_ok() && text.lines().any(|line| line.starts_with("lock:") && line.contains("FLOCK"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_who_has_locked_it_has_it() {
        let file = tempfile::tempfile().unwrap();
        assert_eq!(has(std::process::id(), &file), Some(false), "it is open, and not locked");
        file.lock().unwrap();
        assert_eq!(has(std::process::id(), &file), Some(true));
        assert_eq!(
            has(std::process::id(), &tempfile::tempfile().unwrap()),
            Some(false),
            "another file"
        );
        let mut sleep = std::process::Command::new("sleep").arg("60").spawn().unwrap();
        assert_eq!(has(sleep.id(), &file), Some(false), "an innocent process");
        sleep.kill().unwrap();
        sleep.wait().unwrap();
    }
}
