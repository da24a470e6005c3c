//! macOS: a launch agent of the user, which is read at each login.

use std::io;
use std::path::PathBuf;

use crate::arguments::HIDDEN;

const LABEL: &str = "dev.xswarm.voice";

/// The agent that starts a program at login.
pub(crate) struct LoginItem {
    file: PathBuf,
    program: PathBuf,
}

impl LoginItem {
    /// That of this app.
    pub(crate) fn ours() -> io::Result<Self> {
        let home = std::env::home_dir()
            .ok_or_else(|| io::Error::other("the system names no home folder"))?;
        let file = home.join("Library/LaunchAgents").join(format!("{LABEL}.plist"));
        Ok(Self { file, program: std::env::current_exe()? })
    }

    /// Whether the app is started at login.
    pub(crate) fn is_on(&self) -> io::Result<bool> {
        Ok(self.read()?.contains("<key>RunAtLoad</key>"))
    }

    /// Has the app started at login, or no longer.
    pub(crate) fn set(&self, on: bool) -> io::Result<()> {
        if !on {
            return match std::fs::remove_file(&self.file) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
                _ => Ok(()),
            };
        }
        if let Some(folder) = self.file.parent() {
            std::fs::create_dir_all(folder)?;
        }
        std::fs::write(&self.file, self.text()?)
    }

    /// Makes an agent that is on start this program, where it starts another.
    pub(crate) fn mend(&self) -> io::Result<()> {
        if self.is_on()? && self.read()? != self.text()? { self.set(true) } else { Ok(()) }
    }

    fn read(&self) -> io::Result<String> {
        match std::fs::read_to_string(&self.file) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(String::new()),
            read => read,
        }
    }

    fn text(&self) -> io::Result<String> {
        let program = self
            .program
            .to_str()
            .ok_or_else(|| io::Error::other("the program's path is not Unicode"))?;
        let program = program.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
        Ok(format!(
            r#"<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
<plist version="1.0">
<dict>
	<key>Label</key>
	<string>{LABEL}</string>
	<key>ProgramArguments</key>
	<array>
		<string>{program}</string>
		<string>{HIDDEN}</string>
	</array>
	<key>RunAtLoad</key>
	<true/>
	<key>ProcessType</key>
	<string>Interactive</string>
</dict>
</plist>
"#
        ))
    }
}
