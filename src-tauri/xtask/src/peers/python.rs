//! Python with packages of exactly these versions, in a folder of its own: nothing of the user's gets in, and nothing of ours
//! gets out.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};

use crate::programs::{output, program};

/// A virtual environment.
pub(super) struct Python {
    folder: PathBuf,
}

impl Python {
    /// One with these packages and no others, in this folder: made anew unless it was made from just these.
    pub(super) fn with(packages: &[&str], folder: &Path) -> Result<Self> {
        let python = Self { folder: folder.to_owned() };
        // The list is written last, so that a folder in which that was interrupted isn't taken for whole.
        let (list, wanted) = (folder.join("packages.txt"), packages.join("\n"));
        if fs::read_to_string(&list).is_ok_and(|made_from| made_from == wanted) {
            return Ok(python);
        }
        println!("  fetching {}", packages.join(" "));
        output(program("python3", ["-m", "venv", "--clear"]).arg(folder))?;
        // All are named, so that none is chosen by whoever asks first for whatever fits; and none is compiled.
        let words = ["--quiet", "--no-input", "--no-deps", "--only-binary=:all:"];
        let mut pip = python.command();
        pip.args(["-m", "pip", "--disable-pip-version-check", "install"])
            .args(words)
            .args(packages);
        let fetched = pip.output().context("cannot start pip")?;
        let complaint = String::from_utf8_lossy(&fetched.stderr);
        ensure!(fetched.status.success(), "pip says: {}", complaint.trim());
        fs::write(&list, wanted).with_context(|| format!("cannot write {}", list.display()))?;
        Ok(python)
    }

    /// Its interpreter.
    pub(super) fn program(&self) -> PathBuf {
        self.folder.join("bin/python")
    }

    /// Where its packages are.
    pub(super) fn packages(&self) -> Result<PathBuf> {
        let question = "import sysconfig; print(sysconfig.get_path('purelib'))";
        Ok(output(self.command().args(["-c", question]))?.trim().into())
    }

    fn command(&self) -> Command {
        program(&self.program().to_string_lossy(), [""; 0])
    }
}
