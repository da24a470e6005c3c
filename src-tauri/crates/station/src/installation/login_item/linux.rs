//! Linux: an entry in the folder `autostart` of the user's settings, as the XDG specification has it.

use std::io;
use std::path::{Path, PathBuf};

use super::entry::{Entry, HIDDEN, text_of};
use super::unix;

const FILE: &str = "xswarm-voice.desktop";

/// The entry that starts a program at login.
pub struct LoginItem {
    file: PathBuf,
    program: PathBuf,
}

impl LoginItem {
    /// That of this app, if the system says where it is.
    pub fn ours() -> io::Result<Self> {
        let settings = std::env::var_os("XDG_CONFIG_HOME")
            .map(PathBuf::from)
            .filter(|folder| folder.is_absolute())
            .or_else(|| Some(std::env::home_dir()?.join(".config")))
            .ok_or_else(|| io::Error::other("the system names no home folder"))?;
        // An AppImage runs from a folder that is gone after a log-off; this variable names the file itself.
        let program = std::env::var_os("APPIMAGE")
            .map_or_else(std::env::current_exe, |image| Ok(image.into()))?;
        Ok(Self::at(&settings, where_it_lies(program)))
    }

    fn at(settings: &Path, program: PathBuf) -> Self {
        Self { file: settings.join("autostart").join(FILE), program }
    }

    /// Has the app started at login, or no longer.
    pub fn set(&self, on: bool) -> io::Result<()> {
        if on && !self.program.exists() {
            let gone = format!(
                "{} isn't there any more; start the app from where it lies, and try again",
                self.program.display()
            );
            return Err(io::Error::new(io::ErrorKind::NotFound, gone));
        }
        unix::set(&self.file, on.then(|| self.text()).transpose()?.as_deref())
    }

    pub(crate) fn entry(&self) -> io::Result<Entry> {
        let entry = unix::read(&self.file)?;
        let says = |key: &str, value: &str| {
            value_of(&entry, key).is_some_and(|said| said.eq_ignore_ascii_case(value))
        };
        let exec = value_of(&entry, "Exec");
        let is_off = says("Hidden", "true") || says("X-GNOME-Autostart-enabled", "false");
        Ok(Entry {
            place: self.file.display().to_string(),
            is_on: exec.is_some() && !is_off,
            program: exec.and_then(|exec| program_of(&exec)),
        })
    }

    fn text(&self) -> io::Result<String> {
        Ok(format!(
            "[Desktop Entry]\n\
             Type=Application\n\
             Name=xSwarm Voice\n\
             Comment=Answers calls, and tells the truth about its ports\n\
             Exec={} {HIDDEN}\n\
             Icon=xswarm-voice\n\
             Terminal=false\n\
             StartupNotify=false\n\
             X-GNOME-Autostart-enabled=true\n",
            quoted(text_of(&self.program)?)
        ))
    }
}

/// What the system adds to the name of a program that was replaced, or taken away, while it runs.
const REPLACED: &str = " (deleted)";

/// Where a program lies that the system says to run.
fn where_it_lies(running: PathBuf) -> PathBuf {
    match running.to_str().and_then(|path| path.strip_suffix(REPLACED)) {
        Some(path) if !running.exists() => path.into(),
        _ => running,
    }
}

/// An argument as the key `Exec` has it: quoted, escaped inside the quotes, and that escaped once more as every string
/// of the file. A per cent sign would begin a field code.
fn quoted(argument: &str) -> String {
    let mut text = String::from('"');
    for letter in argument.chars() {
        match letter {
            '"' | '`' | '$' => text.extend(['\\', '\\', letter]),
            '\\' => text.push_str(r"\\\\"),
            '%' => text.push_str("%%"),
            letter => text.push(letter),
        }
    }
    text.push('"');
    text
}

/// The program that a key `Exec` starts.
fn program_of(exec: &str) -> Option<PathBuf> {
    // What every string of the file has escaped is put back first, then what the quotes have.
    let exec = unescaped(exec);
    let program = match exec.strip_prefix('"') {
        None => exec.split_whitespace().next()?.to_owned(),
        Some(rest) => {
            let mut is_escaped = false;
            let end = rest.find(|letter| {
                let ends = letter == '"' && !is_escaped;
                is_escaped = letter == '\\' && !is_escaped;
                ends
            })?;
            unescaped(&rest[..end])
        }
    };
    Some(PathBuf::from(program.replace("%%", "%")))
}

/// The text with each backslash taken away and what follows it left.
fn unescaped(text: &str) -> String {
    let mut letters = text.chars();
    let mut plain = String::new();
    while let Some(letter) = letters.next() {
        plain.extend(if letter == '\\' { letters.next() } else { Some(letter) });
    }
    plain
}

/// The value of a key in the entry's own group.
fn value_of(entry: &str, key: &str) -> Option<String> {
    entry
        .lines()
        .map(str::trim)
        .skip_while(|line| *line != "[Desktop Entry]")
        .skip(1)
        .take_while(|line| !line.starts_with('['))
        .filter_map(|line| line.split_once('='))
        .find(|(name, _)| name.trim() == key)
        .map(|(_, value)| value.trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn item(folder: &Path, program: &str) -> LoginItem {
        LoginItem::at(folder, PathBuf::from(program))
    }

    #[test]
    fn it_is_off_until_switched_on_and_off_again_after() {
        let folder = tempfile::tempdir().expect("a folder");
        let item = item(folder.path(), "/bin/sh");
        assert!(!item.is_on().expect("read"));
        item.set(false).expect("switching off what is off is no error");
        item.set(true).expect("on");
        assert!(item.is_on().expect("read"));
        item.set(false).expect("off");
        assert!(!item.is_on().expect("read"));
    }

    #[test]
    fn an_entry_that_the_desktop_has_switched_off_is_off() {
        for off in ["Hidden=true", "X-GNOME-Autostart-enabled=false"] {
            let folder = tempfile::tempdir().expect("a folder");
            let item = item(folder.path(), "/bin/sh");
            item.set(true).expect("on");
            let entry = unix::read(&item.file)
                .expect("read")
                .replace("X-GNOME-Autostart-enabled=true", off);
            std::fs::write(&item.file, entry).expect("written");
            assert!(!item.is_on().expect("read"), "{off}");
        }
    }

    #[test]
    fn a_path_with_everything_in_it_comes_back_whole() {
        let folder = tempfile::tempdir().expect("a folder");
        let place = folder.path().join(r#"xSwarm Voice/a "quoted" $HOME `x` 100% back\slash"#);
        std::fs::create_dir_all(place.parent().expect("a folder")).expect("room");
        std::fs::write(&place, "").expect("room");
        let item = LoginItem::at(folder.path(), place.clone());
        item.set(true).expect("on");
        std::fs::remove_file(&place).expect("it was there");
        let exec = value_of(&unix::read(&item.file).expect("read"), "Exec").expect("a key");
        assert!(exec.contains(r#"/xSwarm Voice/a \\"quoted\\""#), "{exec}");
        assert!(exec.ends_with("\" --hidden"), "{exec}");
        let entry = item.entry().expect("read");
        assert_eq!(entry.program, Some(place));
        assert_eq!(entry.place, item.file.display().to_string());
        assert!(entry.is_on && entry.is_dead(), "there is no such program");
    }

    #[test]
    fn an_entry_of_a_program_that_has_gone_is_mended_and_no_other() {
        let folder = tempfile::tempdir().expect("a folder");
        let program = folder.path().join("xswarm-voice");
        std::fs::write(&program, "").expect("room");
        let gone = LoginItem::at(folder.path(), program.clone());
        let ours = item(folder.path(), "/bin/sh");
        ours.mend().expect("what is off stays off");
        assert!(!ours.is_on().expect("read"));
        gone.set(true).expect("on");
        std::fs::remove_file(&program).expect("it was there");
        ours.mend().expect("mended");
        assert_eq!(unix::read(&ours.file).expect("read"), ours.text().expect("text"));
        item(folder.path(), "/bin/other").mend().expect("nothing to mend");
        assert_eq!(unix::read(&ours.file).expect("read"), ours.text().expect("text"));
    }

    #[test]
    fn a_program_that_was_replaced_while_it_runs_is_started_from_where_it_lies() {
        let folder = tempfile::tempdir().expect("a folder");
        let program = folder.path().join("xswarm-voice");
        let running = folder.path().join("xswarm-voice (deleted)");
        std::fs::write(&program, "the one that replaced it").expect("room");
        let item = LoginItem::at(folder.path(), where_it_lies(running.clone()));
        item.set(true).expect("on");
        assert_eq!(item.entry().expect("read").program, Some(program.clone()));
        // One that is really called so is no other.
        std::fs::write(&running, "").expect("room");
        assert_eq!(where_it_lies(running.clone()), running);
        std::fs::remove_file(&running).expect("it was there");
        std::fs::remove_file(&program).expect("it was there");
        item.set(false).expect("off");
        let refused = LoginItem::at(folder.path(), where_it_lies(running)).set(true);
        let told = refused.expect_err("it is gone").to_string();
        assert!(told.starts_with(&format!("{} isn't there any more", program.display())), "{told}");
        assert!(!item.is_on().expect("read"));
    }

    #[test]
    fn keys_of_other_groups_do_not_count() {
        let entry = "[Desktop Entry]\nExec=a\n[Desktop Action x]\nHidden=true\n";
        assert_eq!(value_of(entry, "Hidden"), None);
    }
}
