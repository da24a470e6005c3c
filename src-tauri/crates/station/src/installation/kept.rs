//! What is kept for this installation in small files: in our folder, or beside it where that takes nothing.

use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use wire::Note;

use crate::{installation::folders, installation::private};

/// How many letters keep a secret from being guessed.
pub(crate) const SHORTEST: usize = 16;

pub(crate) struct Kept {
    pub(crate) text: String,
    pub(crate) notes: Vec<Note>,
    /// Why it could be kept nowhere, and is only in memory, if so.
    pub(crate) unkept: Option<io::Error>,
}

/// The folders where something may be kept, the first is ours.
pub(crate) fn places(data: &Path) -> Vec<PathBuf> {
    let others = private::nook_if_there(data).into_iter().chain(folders::earlier(data));
    [data.to_owned()].into_iter().chain(others).collect()
}

/// Keeps a text. Where our folder takes nothing it is kept beside it, and that is to be said.
pub(crate) fn keep(data: &Path, name: &str, text: &str) -> io::Result<Option<Note>> {
    let path = data.join(name);
    let Err(cause) = private::write(&path, text) else {
        // What was kept beside it is older.
        if let Some(nook) = private::nook_if_there(data) {
            let _ = std::fs::remove_file(nook.join(name));
        }
        return Ok(None);
    };
    if private::nook(data).and_then(|nook| private::write(&nook.join(name), text)).is_err() {
        return Err(cause);
    }
    // What lies in our folder is older, and a full disk still lets go of it.
    let _ = std::fs::remove_file(&path);
    Ok(Some(not_kept(&path, &cause)))
}

/// What is to be said where this can't be written: of its folder, if nothing can be written there.
pub(crate) fn not_kept(path: &Path, cause: &io::Error) -> Note {
    let folder = path.parent().filter(|_| private::has_no_room(cause));
    let problem = if folder.is_some() { cause.kind().to_string() } else { cause.to_string() };
    Note::NotKept { path: folder.unwrap_or(path).display().to_string(), problem }
}

/// The secret of this name; made if there is none, or if what lies there is none. An error if what lies there can't be used
/// safely, and must not be replaced.
pub(crate) fn secret(data: &Path, name: &str, bytes: usize) -> io::Result<Kept> {
    let mut spoilt = None;
    for place in places(data) {
        let path = place.join(name);
        let problem = match private::secret(&path) {
            Ok(text) if is_secret(text.trim()) => {
                return Ok(Kept { text: text.trim().to_owned(), notes: Vec::new(), unkept: None });
            }
            Ok(_) => format!("{} has fewer than {SHORTEST} readable characters", path.display()),
            Err(cause) if cause.kind() == ErrorKind::NotFound => continue,
            Err(cause) if cause.kind() == ErrorKind::InvalidData => {
                // What to do about it has been done.
                cause.to_string().split(". ").next().unwrap_or_default().to_owned()
            }
            Err(cause) if place == data => return Err(cause),
            Err(_) => continue,
        };
        spoilt = spoilt.or(Some(problem));
    }
    let mut kept = renewed(data, name, bytes)?;
    kept.notes.extend(spoilt.map(|problem| Note::SecretReplaced { problem }));
    Ok(kept)
}

/// Another secret of this name in the place of one that is right. An error if that stays, which would be found first.
pub(crate) fn replaced(data: &Path, name: &str, bytes: usize) -> io::Result<Kept> {
    let kept = renewed(data, name, bytes)?;
    if kept.unkept.is_some() || secret(data, name, bytes)?.text == kept.text {
        return Ok(kept);
    }
    if let Some(nook) = private::nook_if_there(data) {
        let _ = std::fs::remove_file(nook.join(name));
    }
    let what = format!("{} can't be replaced, so it stays in force", data.join(name).display());
    Err(io::Error::new(ErrorKind::ReadOnlyFilesystem, what))
}

/// Whether it can be one: long enough, and letters that can be written, for a file of zeros is what a power cut may leave.
pub(crate) fn is_secret(text: &str) -> bool {
    text.len() >= SHORTEST && !text.contains(char::is_control)
}

fn renewed(data: &Path, name: &str, bytes: usize) -> io::Result<Kept> {
    let text = made_up(bytes)?;
    let (notes, unkept) = match keep(data, name, &format!("{text}\n")) {
        Ok(note) => (note.into_iter().collect(), None),
        Err(cause) => (vec![not_kept(&data.join(name), &cause)], Some(cause)),
    };
    Ok(Kept { text, notes, unkept })
}

pub(crate) fn made_up(bytes: usize) -> io::Result<String> {
    let mut bytes = vec![0; bytes];
    getrandom::fill(&mut bytes).map_err(io::Error::other)?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(text: &[u8]) -> (tempfile::TempDir, io::Result<Kept>) {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("token"), text).unwrap();
        let kept = secret(folder.path(), "token", 32);
        (folder, kept)
    }

    #[test]
    fn a_secret_that_was_cut_is_none_and_its_file_is_named() {
        let large = vec![b'a'; 2 << 20];
        let zeros = "\0".repeat(32);
        let cut =
            ["5db1e", "", "\n", " 123456789012345 \n", "\u{e9}", &zeros, "two lines\nof letters"];
        for text in cut.map(str::as_bytes) {
            let (folder, kept) = written(text);
            let kept = kept.unwrap();
            assert_eq!(kept.text.len(), 64);
            let [Note::SecretReplaced { problem }] = kept.notes.as_slice() else {
                panic!("{:?}", kept.notes);
            };
            let path = folder.path().join("token").display().to_string();
            assert!(problem.starts_with(&path), "{problem}");
            let again = secret(folder.path(), "token", 32).unwrap();
            assert_eq!((again.text, again.notes), (kept.text, Vec::new()));
        }
        for text in [&[0xff, 0xfe, b'a', 0], large.as_slice()] {
            assert_eq!(written(text).1.unwrap().notes.len(), 1);
        }
    }

    #[test]
    fn sixteen_letters_are_a_secret() {
        let (_folder, kept) = written(b" 1234567890123456\n");
        let kept = kept.unwrap();
        assert_eq!((kept.text.as_str(), kept.notes), ("1234567890123456", Vec::new()));
    }

    #[test]
    fn one_that_is_renewed_is_the_one_that_is_found() {
        let folder = tempfile::tempdir().unwrap();
        let first = secret(folder.path(), "token", 32).unwrap();
        let fresh = replaced(folder.path(), "token", 32).unwrap();
        assert_ne!(first.text, fresh.text);
        assert_eq!(secret(folder.path(), "token", 32).unwrap().text, fresh.text);
    }

    #[test]
    fn a_folder_in_its_place_is_not_replaced() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("token")).unwrap();
        let refused = secret(folder.path(), "token", 32).err().expect("it is refused").to_string();
        assert!(refused.contains("is a folder and no file"), "{refused}");
        assert!(folder.path().join("token").is_dir());
    }
}
