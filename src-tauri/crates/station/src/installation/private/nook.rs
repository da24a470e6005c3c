//! A folder beside our own: short to name, for sockets whose path would be too long, and writable where ours takes nothing.
//! What lies in it is gone when the user logs off or the system ends.

use std::io;
use std::path::{Path, PathBuf};

use super::{folder, system};

/// The longest path of one, so that there is room for the name of a socket within 103 bytes.
const LONGEST: usize = 80;

/// The one that belongs to this folder of ours, made if it isn't there.
pub(crate) fn nook(of: &Path) -> io::Result<PathBuf> {
    let mut why = io::ErrorKind::Unsupported.into();
    for path in candidates(of) {
        match made(&path) {
            Ok(()) => return Ok(path),
            Err(cause) => why = cause,
        }
    }
    Err(why)
}

/// The one that belongs to this folder of ours, if it has been needed.
pub(crate) fn nook_if_there(of: &Path) -> Option<PathBuf> {
    candidates(of)
        .find(|path| path.parent().is_some_and(system::is_private) && system::is_private(path))
}

fn made(path: &Path) -> io::Result<()> {
    for each in path.parent().into_iter().chain([path]) {
        folder(each)?;
        if !system::is_private(each) {
            let text = format!("{} is not ours alone", each.display());
            return Err(io::Error::new(io::ErrorKind::PermissionDenied, text));
        }
    }
    Ok(())
}

fn candidates(of: &Path) -> impl Iterator<Item = PathBuf> {
    let of = std::fs::canonicalize(of).unwrap_or_else(|_| of.to_owned());
    let name = format!("{:016x}", hash(of.as_os_str().as_encoded_bytes()));
    let paths = system::short_places().into_iter().map(move |place| place.join(&name));
    paths.filter(|path| path.as_os_str().len() <= LONGEST)
}

/// FNV-1a: the same in every version, for an older and a later one meet there.
fn hash(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
    })
}
