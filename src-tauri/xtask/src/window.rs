//! Builds the status window, `ui/` into `ui/dist`, when what it is made from has changed.
//!
//! Whether it has changed is decided by content: neither a checkout's file times nor a build that was interrupted, or
//! made by hand, can leave an old window to be embedded in the app.

use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use crate::programs::{npm, succeed, top};

/// Installs the packages of the window if the lock file asks for others than are there.
pub(crate) fn install_packages() -> Result<()> {
    // Whoever empties the folder takes the note with it.
    let note = ui("node_modules/.installed-from");
    let wanted = print_of(&[ui("package.json"), ui("package-lock.json"), ui(".npmrc")])?;
    if noted(&note) == wanted {
        return Ok(());
    }
    succeed(&mut npm("ci --no-audit --no-fund"))?;
    fs::write(&note, wanted).with_context(|| format!("cannot write {}", note.display()))
}

/// Builds the window unless `ui/dist` was made from exactly these sources and nobody has touched it since.
pub(crate) fn build() -> Result<()> {
    install_packages()?;
    let note = ui("node_modules/.window-made-from");
    let sources = print_of(&sources()?)?;
    if noted(&note) == format!("{sources} {}", print_of(&[ui("dist")])?) {
        println!("The window is up to date.");
        return Ok(());
    }
    succeed(&mut npm("run build"))?;
    fs::write(&note, format!("{sources} {}", print_of(&[ui("dist")])?))
        .with_context(|| format!("cannot write {}", note.display()))
}

fn ui(path: &str) -> PathBuf {
    top().join("ui").join(path)
}

fn noted(note: &Path) -> String {
    fs::read_to_string(note).unwrap_or_default()
}

/// All that a window can be made from: `ui/` but for what is fetched and made there, and the icons.
fn sources() -> Result<Vec<PathBuf>> {
    let mut sources = vec![top().join("icons")];
    for entry in fs::read_dir(ui("")).context("cannot read ui")? {
        let entry = entry?;
        if entry.file_name() != "node_modules" && entry.file_name() != "dist" {
            sources.push(entry.path());
        }
    }
    Ok(sources)
}

/// A fingerprint of the names and contents of all files at and below these paths. It only has to notice a change, not to
/// withstand an attack.
fn print_of(paths: &[PathBuf]) -> Result<String> {
    let mut files = Vec::new();
    for path in paths {
        files_below(path, &mut files)?;
    }
    files.sort();
    let mut hasher = DefaultHasher::new();
    for file in files {
        file.hash(&mut hasher);
        fs::read(&file)
            .with_context(|| format!("cannot read {}", file.display()))?
            .hash(&mut hasher);
    }
    Ok(format!("{:016x}", hasher.finish()))
}

fn files_below(path: &Path, files: &mut Vec<PathBuf>) -> Result<()> {
    if path.is_dir() {
        for entry in
            fs::read_dir(path).with_context(|| format!("cannot read {}", path.display()))?
        {
            files_below(&entry?.path(), files)?;
        }
    } else if path.exists() {
        files.push(path.to_owned());
    }
    Ok(())
}
