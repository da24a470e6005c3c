//! Files that only their owner may read: every file of ours is opened, read and written here. Nothing in here waits,
//! whatever lies where a file should be, and each error names the file and what to do.

mod errors;
mod nook;
#[cfg(unix)]
mod unix;
#[cfg(windows)]
mod windows;

use std::fs::{File, FileType, OpenOptions};
use std::io::{self, ErrorKind, Read, Write};
use std::path::Path;

use errors::{at, instead};
#[cfg(unix)]
use unix as system;
#[cfg(windows)]
use windows as system;

pub(crate) use nook::{nook, nook_if_there};
pub(crate) use system::{as_lock, fits, free_space, guard};

/// How much is read of a file that is written by hand or by us. Whatever is longer is none of ours.
const LONGEST: u64 = 1 << 20;

/// The text of a file. It never waits, whatever lies there, and reads nothing without end. Its errors are
/// [`ErrorKind::NotFound`] where nothing is there, [`ErrorKind::InvalidData`] where it is a link that leads nowhere, too long
/// or no text, and others where it is no file or can't be read.
pub(crate) fn read(path: &Path) -> io::Result<String> {
    text(path, to_read(path)?)
}

/// The same for a file that may be no text.
pub(crate) fn read_bytes(path: &Path) -> io::Result<Vec<u8>> {
    bytes(path, to_read(path)?)
}

/// The text of a file as [`read`] gives it, of one that nobody else may know: another user's is not believed, and one that
/// others may read is closed to them.
pub(crate) fn secret(path: &Path) -> io::Result<String> {
    let file = to_read(path)?;
    system::close(path, &file)?;
    text(path, file)
}

/// Opens a file for reading and writing; makes it for its owner alone if it isn't there, and closes it to others if it is.
pub(crate) fn open(path: &Path) -> io::Result<File> {
    closed(path, system::options().read(true).write(true).create(true).truncate(false))
}

/// Opens a file to be written on at its end, else as [`open`] does.
pub(crate) fn append(path: &Path) -> io::Result<File> {
    closed(path, system::options().append(true).create(true))
}

/// Closes a file that is there to all but its owner.
pub(crate) fn close(path: &Path) -> io::Result<()> {
    system::close(path, &to_read(path)?)
}

/// Opens a file to be locked and for nothing else: where nothing can be written, a file that is there serves as well.
pub(crate) fn to_lock(path: &Path) -> io::Result<File> {
    open(path).or_else(|cause| if has_no_room(&cause) { to_read(path) } else { Err(cause) })
}

pub(crate) fn to_read(path: &Path) -> io::Result<File> {
    opened(path, system::options().read(true))
}

/// Makes a folder, and those above it, that only its owner may enter.
pub(crate) fn folder(path: &Path) -> io::Result<()> {
    match std::fs::metadata(path) {
        Ok(about) if about.is_dir() => Ok(()),
        Ok(about) => {
            let what = format!("is {} and no folder", name_of(about.file_type()));
            Err(instead(ErrorKind::NotADirectory, path, &what, "Move it away"))
        }
        Err(_) => system::folder(path).map_err(|cause| unopened(path, &cause)),
    }
}

/// Makes a folder inside one of ours, or closes the one that is there to all but its owner.
pub(crate) fn inner_folder(path: &Path) -> io::Result<()> {
    folder(path)?;
    system::close(path, &system::open_folder(path)?)
}

/// Replaces a file as a whole: whoever reads it sees the old text or the whole of the other one.
pub(crate) fn write(path: &Path, text: &str) -> io::Result<()> {
    let folder = path.parent().unwrap_or(Path::new("."));
    let written = || {
        let mut file = tempfile::Builder::new().prefix(".").suffix(".part").tempfile_in(folder)?;
        system::protect(file.path(), file.as_file())?;
        file.write_all(text.as_bytes())?;
        file.as_file().sync_all()?;
        file.persist(path).map(drop).map_err(|error| error.error)
    };
    written().map_err(|cause: io::Error| at(path, &cause))
}

/// Whether nothing can be written there by us: the disk is full, or may only be read.
pub(crate) fn has_no_room(cause: &io::Error) -> bool {
    matches!(
        cause.kind(),
        ErrorKind::StorageFull
            | ErrorKind::QuotaExceeded
            | ErrorKind::ReadOnlyFilesystem
            | ErrorKind::PermissionDenied
    )
}

/// What speaks against the file there: it is none, another user's, or open to others.
pub(crate) fn reason_against(path: &Path) -> Option<String> {
    match to_read(path) {
        Ok(file) => system::reason_against(path, &file),
        Err(cause) if cause.kind() == ErrorKind::NotFound => None,
        Err(cause) => Some(cause.to_string()),
    }
}

/// Writes something in this folder that leaves no trace.
pub(crate) fn try_out(folder: &Path) -> io::Result<()> {
    let mut file = tempfile::tempfile_in(folder)?;
    file.write_all(&[b' '; 4096])?;
    file.sync_all()
}

fn closed(path: &Path, options: &OpenOptions) -> io::Result<File> {
    let is_there = path.exists();
    let file = opened(path, options)?;
    let guarded = if is_there { system::close } else { system::protect };
    guarded(path, &file)?;
    Ok(file)
}

fn bytes(path: &Path, file: File) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    file.take(LONGEST + 1).read_to_end(&mut bytes).map_err(|cause| at(path, &cause))?;
    if bytes.len() as u64 > LONGEST {
        return Err(instead(ErrorKind::InvalidData, path, "is larger than 1 MiB", "Move it away"));
    }
    Ok(bytes)
}

fn text(path: &Path, file: File) -> io::Result<String> {
    String::from_utf8(bytes(path, file)?).map_err(|error| {
        let what = format!("is no text: byte {} is no UTF-8", error.utf8_error().valid_up_to());
        instead(ErrorKind::InvalidData, path, &what, "Save it as UTF-8, or move it away")
    })
}

fn opened(path: &Path, options: &OpenOptions) -> io::Result<File> {
    let file = options.open(path).map_err(|cause| unopened(path, &cause))?;
    let kind = file.metadata().map_err(|cause| at(path, &cause))?.file_type();
    if kind.is_file() { Ok(file) } else { Err(no_file(path, kind)) }
}

/// Why it could not be opened, by what it is.
fn unopened(path: &Path, cause: &io::Error) -> io::Error {
    match std::fs::metadata(path) {
        Ok(about) if !about.is_file() => no_file(path, about.file_type()),
        Err(_) if path.is_symlink() => {
            let target = std::fs::read_link(path).unwrap_or_default();
            let what = format!("is a link to {}, which is not there", target.display());
            instead(ErrorKind::InvalidData, path, &what, "Mend the link, or remove it")
        }
        Ok(_) | Err(_) => at(path, cause),
    }
}

fn no_file(path: &Path, kind: FileType) -> io::Error {
    let what = format!("is {} and no file", name_of(kind));
    instead(ErrorKind::InvalidInput, path, &what, "Move it away")
}

fn name_of(kind: FileType) -> &'static str {
    match kind {
        kind if kind.is_file() => "a file",
        kind if kind.is_dir() => "a folder",
        kind => system::name_of(kind),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_replaced_as_a_whole_and_nothing_else_is_left_beside_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("token");
        write(&path, "first").unwrap();
        write(&path, "second").unwrap();
        assert_eq!(read(&path).unwrap(), "second");
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn what_cannot_be_written_leaves_nothing_beside_it_either() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("token");
        std::fs::create_dir(&path).unwrap();
        let error = write(&path, "text").unwrap_err().to_string();
        assert!(error.starts_with(&path.display().to_string()), "{error}");
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn writers_of_one_process_do_not_meet() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("token");
        std::thread::scope(|scope| {
            for letter in ["a", "b", "c", "d"] {
                let (path, text) = (&path, letter.repeat(100_000));
                scope.spawn(move || (0..20).for_each(|_| write(path, &text).unwrap()));
            }
        });
        let text = read(&path).unwrap();
        assert_eq!((text.len(), text.replace(&text[..1], "")), (100_000, String::new()));
    }

    #[test]
    fn what_is_no_text_or_too_much_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("settings.toml");
        for (bytes, what) in [
            (vec![b'a', 0xe9], "is no text: byte 1 is no UTF-8"),
            (vec![0xff, 0xfe, b'a', 0], "is no text: byte 0 is no UTF-8"),
            (vec![b'a'; (1 << 20) + 1], "is larger than 1 MiB"),
        ] {
            std::fs::write(&path, bytes).unwrap();
            let error = read(&path).unwrap_err();
            let is_named = error.to_string().starts_with(&format!("{} {what}", path.display()));
            assert!(is_named && error.kind() == ErrorKind::InvalidData, "{error}");
        }
        std::fs::write(&path, vec![b'a'; 1 << 20]).unwrap();
        assert_eq!(read(&path).unwrap().len(), 1 << 20);
        assert_eq!(read(&folder.path().join("none")).unwrap_err().kind(), ErrorKind::NotFound);
    }
}
