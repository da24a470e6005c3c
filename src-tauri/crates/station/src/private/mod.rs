//! Files that only their owner may read.

#[cfg(unix)]
mod unix;
#[cfg(windows)]
mod windows;

use std::fs::{File, FileType, OpenOptions};
use std::io::{self, ErrorKind, Read, Write};
use std::path::Path;

#[cfg(unix)]
use unix as system;
#[cfg(windows)]
use windows as system;

/// How much is read of a file that is written by hand or by us. Whatever is longer is none of ours.
const LONGEST: u64 = 1 << 20;

/// The text of a file. It never waits, whatever lies there, and reads nothing without end.
///
/// # Errors
/// Each names the file, what it is instead, and what to do: [`ErrorKind::NotFound`] where nothing is there,
/// [`ErrorKind::InvalidData`] where it is a link that leads nowhere, too long or no text, and another where it is no file or
/// can't be read.
pub(crate) fn read(path: &Path) -> io::Result<String> {
    text(path, opened(path, system::options().read(true))?)
}

fn text(path: &Path, file: File) -> io::Result<String> {
    let mut bytes = Vec::new();
    file.take(LONGEST + 1).read_to_end(&mut bytes).map_err(|cause| at(path, &cause))?;
    if bytes.len() as u64 > LONGEST {
        return Err(instead(ErrorKind::InvalidData, path, "is larger than 1 MiB", "Move it away"));
    }
    String::from_utf8(bytes).map_err(|error| {
        let what = format!("is no text: byte {} is no UTF-8", error.utf8_error().valid_up_to());
        instead(ErrorKind::InvalidData, path, &what, "Save it as UTF-8, or move it away")
    })
}

/// Opens what lies there, if it is a file.
fn opened(path: &Path, options: &OpenOptions) -> io::Result<File> {
    let file = options.open(path).map_err(|cause| unopened(path, &cause))?;
    let kind = file.metadata().map_err(|cause| at(path, &cause))?.file_type();
    if kind.is_file() {
        return Ok(file);
    }
    Err(no_file(path, kind))
}

/// Why it could not be opened, by what it is.
fn unopened(path: &Path, cause: &io::Error) -> io::Error {
    match std::fs::metadata(path) {
        Ok(about) if !about.is_file() => no_file(path, about.file_type()),
        Err(_) if cause.kind() == ErrorKind::NotFound && path.is_symlink() => {
            let target = std::fs::read_link(path).unwrap_or_default();
            let what = format!("is a link to {}, which is not there", target.display());
            instead(ErrorKind::InvalidData, path, &what, "Mend the link, or remove it")
        }
        Ok(_) | Err(_) => at(path, cause),
    }
}

fn no_file(path: &Path, kind: FileType) -> io::Error {
    let what = format!("is {} and no file", system::name_of(kind));
    instead(ErrorKind::InvalidInput, path, &what, "Move it away")
}

fn instead(kind: ErrorKind, path: &Path, what: &str, cure: &str) -> io::Error {
    io::Error::new(kind, format!("{} {what}. {cure}", path.display()))
}

/// The same error, with the file's name.
fn at(path: &Path, cause: &io::Error) -> io::Error {
    io::Error::new(cause.kind(), format!("{}: {cause}", path.display()))
}

/// Makes a folder, and those above it, that only its owner may enter.
pub(crate) fn folder(path: &Path) -> io::Result<()> {
    system::folder(path)
}

/// Opens a file for reading and writing; makes it for its owner alone if it isn't there.
pub(crate) fn open(path: &Path) -> io::Result<File> {
    system::options().read(true).write(true).create(true).truncate(false).open(path)
}

/// Closes a file that is there to all but its owner.
pub(crate) fn close(path: &Path) -> io::Result<()> {
    system::close(path)
}

/// Replaces a file as a whole: whoever reads it sees the old text or the whole of the other one.
pub(crate) fn write(path: &Path, text: &str) -> io::Result<()> {
    let beside = path.with_extension(format!("{}.part", std::process::id()));
    let written = system::options()
        .write(true)
        .create(true)
        .truncate(true)
        .open(&beside)
        .and_then(|mut file| file.write_all(text.as_bytes()).and_then(|()| file.sync_all()))
        .and_then(|()| std::fs::rename(&beside, path));
    if written.is_err() {
        // What could not be written must not lie about; that it can't be removed either adds nothing to the error.
        let _ = std::fs::remove_file(&beside);
    }
    written
}
