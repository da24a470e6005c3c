//! Privacy by permission bits, whatever the process's umask is, and by who a file belongs to.

use std::fs::{DirBuilder, File, FileType, Metadata, OpenOptions, Permissions};
use std::io::{self, ErrorKind};
use std::os::unix::fs::{DirBuilderExt, FileTypeExt, MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use rustix::fs::OFlags;
use rustix::process::geteuid;

use super::errors::{at, instead};

const ROOT: u32 = 0;
/// What the group and all others may do.
const OTHERS: u32 = 0o077;

pub(crate) fn folder(path: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(path)?;
    std::fs::set_permissions(path, Permissions::from_mode(0o700))
}

pub(crate) fn open_folder(path: &Path) -> io::Result<File> {
    File::open(path).map_err(|cause| at(path, &cause))
}

pub(crate) fn options() -> OpenOptions {
    let mut options = OpenOptions::new();
    // A pipe in the place of a file would be waited for, and a terminal there would become ours.
    options.mode(0o600).custom_flags((OFlags::NONBLOCK | OFlags::NOCTTY).bits().cast_signed());
    options
}

pub(crate) fn name_of(kind: FileType) -> &'static str {
    match kind {
        kind if kind.is_fifo() => "a named pipe (FIFO)",
        kind if kind.is_socket() => "a socket",
        _ => "a device",
    }
}

/// Gives a file that was made this moment to its owner alone.
pub(crate) fn protect(_path: &Path, file: &File) -> io::Result<()> {
    file.set_permissions(Permissions::from_mode(0o600))
}

/// Refuses what belongs to another user, and closes what others may use.
pub(crate) fn close(path: &Path, file: &File) -> io::Result<()> {
    let about = file.metadata().map_err(|cause| at(path, &cause))?;
    if is_anothers(&about) {
        let what = format!("belongs to another user (uid {})", about.uid());
        return Err(instead(ErrorKind::PermissionDenied, path, &what, "Remove it"));
    }
    let mode = about.mode() & 0o777;
    if mode & OTHERS == 0 {
        return Ok(());
    }
    let path = path.display();
    match file.set_permissions(Permissions::from_mode(mode & !OTHERS)) {
        Ok(()) => {
            let mode = format!("{mode:o}");
            tracing::warn!(%path, mode, "this was open to others and has been closed to them");
        }
        Err(error) => tracing::warn!(%path, %error, "this is open to others and cannot be closed"),
    }
    Ok(())
}

pub(crate) fn reason_against(path: &Path, file: &File) -> Option<String> {
    let about = file.metadata().ok()?;
    let path = path.display();
    if is_anothers(&about) {
        return Some(format!("{path} belongs to another user (uid {}). Remove it", about.uid()));
    }
    let mode = about.mode() & 0o777;
    (mode & OTHERS != 0).then(|| {
        format!("others may read or write {path} (mode {mode:03o}). Run `chmod 600 {path}`")
    })
}

/// Whether a socket may have this path.
pub(crate) fn fits(path: &Path) -> bool {
    socket2::SockAddr::unix(path).is_ok()
}

/// Refuses a folder where somebody else could put what we would believe.
pub(crate) fn guard(folder: &Path) -> io::Result<()> {
    let about = match std::fs::metadata(folder) {
        Ok(about) if about.is_dir() => about,
        // Whether it can be made, or what it is instead, is found when it is used.
        Ok(_) | Err(_) => return Ok(()),
    };
    let path = folder.display();
    let refused = |text| Err(io::Error::new(ErrorKind::PermissionDenied, text));
    if is_anothers(&about) {
        return refused(format!(
            "{path} belongs to another user (uid {}), who could put a token of their own into it. \
             Run `chown {} {path}`, or let XSWARM_HOME name a folder of yours",
            about.uid(),
            geteuid().as_raw(),
        ));
    }
    if about.mode() & 0o022 != 0 {
        return refused(format!(
            "others may write to {path} (mode {:04o}), so they could put a token of their own into it. \
             See that what lies in it is yours, then run `chmod 700 {path}`",
            about.mode() & 0o7777,
        ));
    }
    Ok(())
}

fn is_anothers(about: &Metadata) -> bool {
    ![geteuid().as_raw(), ROOT].contains(&about.uid())
}

/// The folder itself, to be locked: it serves where no file can be made.
pub(crate) fn as_lock(folder: &Path) -> Option<File> {
    File::open(folder).ok()
}

/// How many bytes may still be written there.
pub(crate) fn free_space(folder: &Path) -> io::Result<u64> {
    let about = rustix::fs::statvfs(folder)?;
    Ok(about.f_bavail.saturating_mul(about.f_frsize))
}

/// Where folders may be that last as long as the user is logged in or the system runs, the best first.
pub(crate) fn short_places() -> Vec<PathBuf> {
    let uid = geteuid().as_raw();
    let named = std::env::var_os("XDG_RUNTIME_DIR").map(PathBuf::from);
    let logged_in = named.into_iter().chain([PathBuf::from(format!("/run/user/{uid}"))]);
    let own = logged_in.filter(|path| path.is_absolute() && is_private(path));
    own.map(|path| path.join("xswarm-voice"))
        .chain([PathBuf::from(format!("/tmp/xswarm-voice-{uid}"))])
        .collect()
}

/// Whether it is a folder of ours that nobody else may enter, and no link.
pub(crate) fn is_private(path: &Path) -> bool {
    std::fs::symlink_metadata(path).is_ok_and(|about| {
        about.is_dir() && about.uid() == geteuid().as_raw() && about.mode() & 0o077 == 0
    })
}

#[cfg(test)]
mod tests {
    use std::os::unix::net::UnixListener;
    use std::time::{Duration, Instant};

    use super::*;
    use crate::installation::private;

    fn mode(path: &Path) -> u32 {
        std::fs::symlink_metadata(path).unwrap().mode() & 0o7777
    }

    fn set(path: &Path, mode: u32) {
        std::fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
    }

    #[test]
    fn a_file_that_others_may_read_is_closed_to_them() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("token");
        for open in [0o644, 0o666, 0o640, 0o604] {
            for door in [|path: &Path| private::secret(path).map(drop), private::close] {
                std::fs::write(&path, "secret").unwrap();
                set(&path, open);
                door(&path).unwrap();
                assert_eq!(mode(&path), 0o600, "{open:o}");
            }
        }
        set(&path, 0o444);
        private::open(&path).unwrap();
        assert_eq!(mode(&path), 0o400);
    }

    #[test]
    fn folders_inside_ours_are_closed_to_others_as_well() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("recordings");
        std::fs::create_dir(&path).unwrap();
        set(&path, 0o755);
        private::inner_folder(&path).unwrap();
        assert_eq!(mode(&path), 0o700);
    }

    #[test]
    fn what_somebody_else_may_have_made_is_no_place_of_ours() {
        let folder = tempfile::tempdir().unwrap();
        set(folder.path(), 0o700);
        assert!(is_private(folder.path()));
        let link = folder.path().join("link");
        std::os::unix::fs::symlink(folder.path(), &link).unwrap();
        assert!(!is_private(&link), "a link may lead elsewhere tomorrow");
        assert!(!is_private(&folder.path().join("none")));
        let file = folder.path().join("file");
        std::fs::write(&file, "").unwrap();
        set(&file, 0o600);
        assert!(!is_private(&file));
        for open in [0o755, 0o770, 0o1777] {
            set(folder.path(), open);
            assert!(!is_private(folder.path()), "{open:o}");
        }
    }

    #[test]
    fn the_log_is_for_its_owner_alone_and_a_pipe_in_its_place_is_not_waited_for() {
        let folder = tempfile::tempdir().unwrap();
        let logs = folder.path().join("logs");
        std::fs::create_dir(&logs).unwrap();
        set(&logs, 0o755);
        let earlier = logs.join("xswarm-voice.2026-01-01.log");
        std::fs::write(&earlier, "a line").unwrap();
        set(&earlier, 0o644);
        drop(crate::LogFile::open(&logs).unwrap());
        assert_eq!((mode(&logs), mode(&earlier)), (0o700, 0o600));
        let mut entries = logs.read_dir().unwrap().map(|entry| entry.unwrap().path());
        let today = entries.find(|path| *path != earlier).unwrap();
        assert_eq!(mode(&today), 0o600);
        std::fs::remove_file(&today).unwrap();
        let (kind, mode) = (rustix::fs::FileType::Fifo, rustix::fs::Mode::RWXU);
        rustix::fs::mknodat(rustix::fs::CWD, &today, kind, mode, 0).unwrap();
        let error = crate::LogFile::open(&logs).unwrap_err().to_string();
        assert!(error.contains("is a named pipe (FIFO) and no file"), "{error}");
    }

    #[test]
    fn whatever_lies_in_the_place_of_a_file_is_named_at_once() {
        let folder = tempfile::tempdir().unwrap();
        let place = |name| folder.path().join(name);
        let (kind, mode) = (rustix::fs::FileType::Fifo, rustix::fs::Mode::RWXU);
        rustix::fs::mknodat(rustix::fs::CWD, place("pipe"), kind, mode, 0).unwrap();
        std::fs::create_dir(place("folder")).unwrap();
        std::os::unix::fs::symlink("/dev/zero", place("device")).unwrap();
        std::os::unix::fs::symlink("/nowhere/gone", place("link")).unwrap();
        let _socket = UnixListener::bind(place("socket")).unwrap();
        let began = Instant::now();
        for (name, what) in [
            ("pipe", "a named pipe (FIFO) and no file"),
            ("folder", "a folder and no file"),
            ("device", "a device and no file"),
            ("link", "a link to /nowhere/gone, which is not there"),
            ("socket", "a socket and no file"),
        ] {
            let path = place(name);
            let doors: [fn(&Path) -> io::Result<()>; 4] = [
                |path| private::read(path).map(drop),
                |path| private::secret(path).map(drop),
                |path| private::open(path).map(drop),
                |path| private::append(path).map(drop),
            ];
            for door in doors {
                let error = door(&path).unwrap_err().to_string();
                assert!(error.starts_with(&format!("{} is {what}. M", path.display())), "{error}");
            }
        }
        assert!(began.elapsed() < Duration::from_secs(1));
    }

    #[test]
    fn a_folder_that_others_may_write_to_is_refused_with_the_way_out() {
        let folder = tempfile::tempdir().unwrap();
        for open in [0o1777, 0o777, 0o770, 0o702, 0o720] {
            set(folder.path(), open);
            let error = guard(folder.path()).unwrap_err().to_string();
            assert!(error.contains(&format!("(mode {open:04o})")), "{error}");
            assert!(error.contains(&format!("`chmod 700 {}`", folder.path().display())), "{error}");
        }
        for closed in [0o700, 0o755, 0o750, 0o500] {
            set(folder.path(), closed);
            guard(folder.path()).unwrap();
        }
        set(folder.path(), 0o700);
    }
}
