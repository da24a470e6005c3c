//! macOS: a launch agent of the user, which is read at each login.

use std::io;
use std::path::PathBuf;

use super::entry::{Entry, HIDDEN, text_of};
use super::unix;

const LABEL: &str = "dev.xswarm.voice";

/// The agent that starts a program at login.
pub struct LoginItem {
    file: PathBuf,
    program: PathBuf,
}

impl LoginItem {
    /// That of this app, if the system says where it is.
    pub fn ours() -> io::Result<Self> {
        let home = std::env::home_dir()
            .ok_or_else(|| io::Error::other("the system names no home folder"))?;
        let file = home.join("Library/LaunchAgents").join(format!("{LABEL}.plist"));
        Ok(Self { file, program: std::env::current_exe()? })
    }

    /// Has the app started at login, or no longer.
    pub fn set(&self, on: bool) -> io::Result<()> {
        unix::set(&self.file, on.then(|| self.text()).transpose()?.as_deref())
    }

    pub(crate) fn entry(&self) -> io::Result<Entry> {
        let agent = unix::read(&self.file)?;
        Ok(Entry {
            place: self.file.display().to_string(),
            is_on: agent.contains("<key>RunAtLoad</key>"),
            program: program_of(&agent),
        })
    }

    fn text(&self) -> io::Result<String> {
        let program = text_of(&self.program)?;
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

/// The program that an agent starts: the first of its arguments.
fn program_of(agent: &str) -> Option<PathBuf> {
    let (_, arguments) = agent.split_once("<key>ProgramArguments</key>")?;
    let (_, first) = arguments.split_once("<string>")?;
    let (program, _) = first.split_once("</string>")?;
    let program = program.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&");
    Some(PathBuf::from(program))
}
