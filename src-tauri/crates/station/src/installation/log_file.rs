//! The log on the disk: a file for each day, for its owner alone, of which the last few are kept.

use std::fs::File;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use crate::installation::private;

/// For how many days files are kept.
const DAYS: usize = 7;
const BEGINNING: &str = "xswarm-voice.";
const END: &str = ".log";

/// Where a log writes its lines. A line for which there is no room is lost, and nothing else is.
#[derive(Debug)]
pub struct LogFile {
    folder: PathBuf,
    day: String,
    file: File,
}

impl LogFile {
    /// Opens today's in this folder, and removes those that are too old.
    pub fn open(folder: &Path) -> io::Result<Self> {
        private::inner_folder(folder)?;
        let day = today(SystemTime::now());
        let file = private::append(&path(folder, &day))?;
        let log = Self { folder: folder.to_owned(), day, file };
        log.sweep();
        Ok(log)
    }

    /// Goes on in another file when another day has come. If that can't be opened, it goes on in the one before.
    fn turn_to(&mut self, day: String) {
        if day == self.day {
            return;
        }
        if let Ok(file) = private::append(&path(&self.folder, &day)) {
            self.file = file;
            self.sweep();
        }
        self.day = day;
    }

    fn sweep(&self) {
        let Ok(entries) = self.folder.read_dir() else { return };
        let is_ours = |path: &PathBuf| {
            let name = path.file_name().and_then(|name| name.to_str());
            name.is_some_and(|name| name.starts_with(BEGINNING) && name.ends_with(END))
        };
        let mut files: Vec<_> =
            entries.flatten().map(|entry| entry.path()).filter(is_ours).collect();
        files.sort();
        for (place, path) in files.iter().rev().enumerate() {
            // Earlier versions left them open to others. What can't be closed or removed stays as it is.
            let _ = if place < DAYS { private::close(path) } else { std::fs::remove_file(path) };
        }
    }
}

impl Write for LogFile {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        self.turn_to(today(SystemTime::now()));
        // Whoever looks is told by the doctor that the disk is full.
        let _ = self.file.write_all(line);
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn path(folder: &Path, day: &str) -> PathBuf {
    folder.join(format!("{BEGINNING}{day}{END}"))
}

/// The day in UTC, as `2026-11-27`.
fn today(now: SystemTime) -> String {
    let mut text = humantime::format_rfc3339_seconds(now).to_string();
    text.truncate("2026-11-27".len());
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(folder: &Path) -> Vec<String> {
        let entries = folder.read_dir().expect("it is there").flatten();
        let mut names: Vec<_> =
            entries.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
        names.sort();
        names
    }

    #[test]
    fn each_day_has_its_file_and_the_last_seven_are_kept() {
        let folder = tempfile::tempdir().expect("a folder");
        let logs = folder.path().join("logs");
        let mut log = LogFile::open(&logs).expect("a file");
        std::fs::write(logs.join("of-somebody-else.txt"), "kept").expect("room");
        for day in 1..=9 {
            log.turn_to(format!("2999-01-0{day}"));
            log.file.write_all(b"a line\n").expect("room");
        }
        let names = names(&logs);
        assert_eq!(names.len(), 8, "{names:?}");
        assert_eq!(names[0], "of-somebody-else.txt");
        assert_eq!(names[7], "xswarm-voice.2999-01-09.log");
    }

    #[test]
    fn a_file_that_is_there_is_written_on() {
        let folder = tempfile::tempdir().expect("a folder");
        for line in ["one\n", "two\n"] {
            LogFile::open(folder.path()).expect("a file").write_all(line.as_bytes()).expect("room");
        }
        let text = std::fs::read_to_string(path(folder.path(), &today(SystemTime::now())));
        assert_eq!(text.expect("it is there"), "one\ntwo\n");
    }

    #[test]
    fn what_is_no_file_in_its_place_is_an_error_and_not_waited_for() {
        let folder = tempfile::tempdir().expect("a folder");
        let today = path(folder.path(), &today(SystemTime::now()));
        std::fs::create_dir(&today).expect("a folder");
        let error = LogFile::open(folder.path()).expect_err("it is a folder").to_string();
        assert!(error.starts_with(&today.display().to_string()), "{error}");
    }
}
