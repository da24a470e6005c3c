//! The folder where a package's files are laid out before they are packed, each where it will be on people's machines.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};

use crate::programs::{succeed, take_away};

/// What a package holds: where each file will be, and where it is.
pub(super) struct Staging {
    folder: PathBuf,
    files: BTreeMap<String, PathBuf>,
}

impl Staging {
    /// An empty one in this folder.
    pub(super) fn empty(folder: PathBuf) -> Result<Self> {
        take_away(&folder)?;
        Ok(Self { folder, files: BTreeMap::new() })
    }

    /// Lays out a copy of this file.
    pub(super) fn copy(&mut self, place: &str, source: &Path) -> Result<()> {
        let path = self.at(place)?;
        fs::copy(source, &path).with_context(|| format!("cannot copy {}", source.display()))?;
        Ok(())
    }

    /// Lays out a file with this content.
    pub(super) fn write(&mut self, place: &str, content: impl AsRef<[u8]>) -> Result<()> {
        let path = self.at(place)?;
        fs::write(&path, content).with_context(|| format!("cannot write {}", path.display()))
    }

    /// Lays out a compressed file with this content, as manual pages and long texts are.
    pub(super) fn compress(&mut self, place: &str, content: impl AsRef<[u8]>) -> Result<()> {
        let path = self.at(place)?;
        fs::write(&path, content).with_context(|| format!("cannot write {}", path.display()))?;
        // Without the time, so that the same content gives the same package.
        succeed(Command::new("gzip").args(["-9", "--no-name", "--force"]).arg(&path))?;
        let packed = format!("{place}.gz");
        self.files.remove(place);
        self.files.insert(packed.clone(), self.folder.join(packed.trim_start_matches('/')));
        Ok(())
    }

    /// Where each file will be, and where it is.
    pub(super) fn files(&self) -> &BTreeMap<String, PathBuf> {
        &self.files
    }

    fn at(&mut self, place: &str) -> Result<PathBuf> {
        let path = self.folder.join(place.trim_start_matches('/'));
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder)
                .with_context(|| format!("cannot make {}", folder.display()))?;
        }
        self.files.insert(place.to_owned(), path.clone());
        Ok(path)
    }
}
