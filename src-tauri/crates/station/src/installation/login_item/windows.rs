//! Windows: a value of the user's own key `Run`.

use std::io;
use std::path::PathBuf;

use windows_registry::{CURRENT_USER, Key};

use super::entry::{Entry, HIDDEN, text_of};

const RUN: &str = r"Software\Microsoft\Windows\CurrentVersion\Run";
/// Where the task manager notes what people have switched off.
const APPROVED: &str = r"Software\Microsoft\Windows\CurrentVersion\Explorer\StartupApproved\Run";
const NAME: &str = "xSwarm Voice";

/// The value that starts a program at login.
pub struct LoginItem {
    program: PathBuf,
}

impl LoginItem {
    /// That of this app, if the system says where it is.
    pub fn ours() -> io::Result<Self> {
        Ok(Self { program: std::env::current_exe()? })
    }

    /// Has the app started at login, or no longer.
    pub fn set(&self, on: bool) -> io::Result<()> {
        if command()?.is_some() && !on {
            return Ok(run()?.remove_value(NAME)?);
        }
        if on {
            run()?.set_string(NAME, self.command()?)?;
            if let Ok(key) = CURRENT_USER.options().write().open(APPROVED) {
                // Nothing is noted where nobody has switched it off: an error means just that.
                let _ = key.remove_value(NAME);
            }
        }
        Ok(())
    }

    pub(crate) fn entry(&self) -> io::Result<Entry> {
        let place = format!(r"HKEY_CURRENT_USER\{RUN}, {NAME}");
        // An odd first byte means off. Where nothing is noted, nobody has switched it off.
        let is_switched_off = CURRENT_USER
            .open(APPROVED)
            .and_then(|key| key.get_value(NAME))
            .is_ok_and(|noted| noted.first().is_some_and(|byte| byte % 2 == 1));
        let command = command()?;
        let program = command.as_deref().and_then(program_of);
        Ok(Entry { place, is_on: command.is_some() && !is_switched_off, program })
    }

    fn command(&self) -> io::Result<String> {
        let program = text_of(&self.program)?;
        // A path can't contain quotes here, so that nothing needs to be escaped between them.
        Ok(format!("\"{program}\" {HIDDEN}"))
    }
}

fn run() -> io::Result<Key> {
    Ok(CURRENT_USER.create(RUN)?)
}

fn command() -> io::Result<Option<String>> {
    Ok(run()?.get_string(NAME).ok())
}

/// The program that a command starts.
fn program_of(command: &str) -> Option<PathBuf> {
    let program = match command.strip_prefix('"') {
        Some(rest) => rest.split('"').next()?,
        None => command.split_whitespace().next()?,
    };
    Some(PathBuf::from(program))
}
