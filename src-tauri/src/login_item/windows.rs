//! Windows: a value of the user's own key `Run`.

use std::io;
use std::path::PathBuf;

use windows_registry::{CURRENT_USER, Key};

use crate::arguments::HIDDEN;

const RUN: &str = r"Software\Microsoft\Windows\CurrentVersion\Run";
/// Where the task manager notes what people have switched off.
const APPROVED: &str = r"Software\Microsoft\Windows\CurrentVersion\Explorer\StartupApproved\Run";
const NAME: &str = "xSwarm Voice";

/// The value that starts a program at login.
pub(crate) struct LoginItem {
    program: PathBuf,
}

impl LoginItem {
    /// That of this app.
    pub(crate) fn ours() -> io::Result<Self> {
        Ok(Self { program: std::env::current_exe()? })
    }

    /// Whether the app is started at login.
    pub(crate) fn is_on(&self) -> io::Result<bool> {
        // An odd first byte means off. Where nothing is noted, nobody has switched it off.
        let is_switched_off = CURRENT_USER
            .open(APPROVED)
            .and_then(|key| key.get_value(NAME))
            .is_ok_and(|noted| noted.first().is_some_and(|byte| byte % 2 == 1));
        Ok(command()?.is_some() && !is_switched_off)
    }

    /// Has the app started at login, or no longer.
    pub(crate) fn set(&self, on: bool) -> io::Result<()> {
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

    /// Makes a value that is on start this program, where it starts another.
    pub(crate) fn mend(&self) -> io::Result<()> {
        if self.is_on()? && command()? != Some(self.command()?) { self.set(true) } else { Ok(()) }
    }

    fn command(&self) -> io::Result<String> {
        let program = self
            .program
            .to_str()
            .ok_or_else(|| io::Error::other("the program's path is not Unicode"))?;
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
