//! Sockets in the file system by which processes of one user meet. Only that user may connect, whatever the umask and the
//! folder's mode are, and both sides see to it.

use std::fs::Permissions;
use std::io::{self, ErrorKind};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use rustix::process::geteuid;
use socket2::{Domain, SockAddr, Socket, Type};
use tokio::net::{UnixListener, UnixStream};
use tracing::warn;

use crate::installation::private;

const BACKLOG: i32 = 16;

/// A socket at which others of this user find us.
pub struct Meeting {
    listener: UnixListener,
    /// Where it is.
    pub path: PathBuf,
}

impl Meeting {
    /// Opens the one of this name in our folder; beside it, where its path would be too long or nothing can be made. Whoever
    /// opens it has the lock, so what lies there is left from one that was killed.
    pub fn open(data: &Path, name: &str) -> io::Result<Self> {
        Self::at(data.join(name)).or_else(|cause| match private::nook(data) {
            Ok(nook) => Self::at(nook.join(name)),
            Err(_) => Err(cause),
        })
    }

    fn at(path: PathBuf) -> io::Result<Self> {
        let address = SockAddr::unix(&path)?;
        match std::fs::remove_file(&path) {
            Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
            Ok(()) | Err(_) => {}
        }
        let socket = Socket::new(Domain::UNIX, Type::STREAM, None)?;
        socket.bind(&address)?;
        // Until it listens nobody gets in, so there is no moment in which others might.
        std::fs::set_permissions(&path, Permissions::from_mode(0o600))?;
        socket.listen(BACKLOG)?;
        socket.set_nonblocking(true)?;
        Ok(Self { listener: UnixListener::from_std(socket.into())?, path })
    }

    /// The next who comes. Other users are turned away.
    pub async fn next(&self) -> io::Result<UnixStream> {
        loop {
            let stream = self.listener.accept().await?.0;
            match uid_of(&stream) {
                Ok(uid) if uid == geteuid().as_raw() => return Ok(stream),
                Ok(uid) => {
                    warn!(uid, path = %self.path.display(), "another user was turned away from our socket");
                }
                // It has gone already.
                Err(_) => {}
            }
        }
    }
}

/// Goes to the meeting of this name. An error if nobody is there, or another user.
pub async fn go(data: &Path, name: &str) -> io::Result<UnixStream> {
    let mut why = ErrorKind::NotFound.into();
    for place in [Some(data.to_owned()), private::nook_if_there(data)].into_iter().flatten() {
        match UnixStream::connect(place.join(name)).await {
            Ok(stream) => return ours(stream),
            Err(cause) => why = cause,
        }
    }
    Err(why)
}

fn ours(stream: UnixStream) -> io::Result<UnixStream> {
    match uid_of(&stream)? {
        uid if uid == geteuid().as_raw() => Ok(stream),
        uid => {
            warn!(uid, "another user answers at our socket and is not believed");
            Err(ErrorKind::PermissionDenied.into())
        }
    }
}

fn uid_of(stream: &UnixStream) -> io::Result<u32> {
    Ok(stream.peer_cred()?.uid())
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::{FileTypeExt as _, MetadataExt as _};

    use super::*;

    const NAME: &str = "meeting";

    fn mode(path: &Path) -> u32 {
        let about = std::fs::metadata(path).expect("it is there");
        assert!(about.file_type().is_socket());
        about.mode() & 0o777
    }

    #[tokio::test]
    async fn two_meet_in_our_folder_where_its_path_is_short() {
        let folder = tempfile::tempdir().expect("a folder");
        let meeting = Meeting::open(folder.path(), NAME).expect("a socket");
        assert_eq!(meeting.path, folder.path().join(NAME));
        assert_eq!(mode(&meeting.path), 0o600);
        go(folder.path(), NAME).await.expect("somebody is there");
        meeting.next().await.expect("it is one of us");
    }

    #[tokio::test]
    async fn two_meet_beside_our_folder_where_its_path_is_long() {
        let folder = tempfile::tempdir().expect("a folder");
        for length in [90, 108, 250] {
            let long = folder.path().join("h".repeat(length));
            std::fs::create_dir(&long).expect("a folder");
            let meeting = Meeting::open(&long, NAME).expect("a socket");
            assert_eq!(mode(&meeting.path), 0o600);
            go(&long, NAME).await.expect("somebody is there");
            meeting.next().await.expect("it is one of us");
            let nook = private::nook(&long).expect("there is one");
            std::fs::remove_dir_all(nook).expect("it is ours");
        }
    }

    #[tokio::test]
    async fn what_lies_in_its_place_does_not_keep_two_from_meeting() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join(NAME);
        std::fs::write(&path, "junk").expect("room");
        drop(Meeting::open(folder.path(), NAME).expect("a socket"));
        std::fs::remove_file(&path).expect("it is left behind");
        std::fs::create_dir(&path).expect("a folder");
        let meeting = Meeting::open(folder.path(), NAME).expect("a socket");
        go(folder.path(), NAME).await.expect("somebody is there");
        meeting.next().await.expect("it is one of us");
        std::fs::remove_dir_all(private::nook(folder.path()).expect("one")).expect("it is ours");
    }

    #[tokio::test]
    async fn where_nobody_is_that_is_told_at_once() {
        let folder = tempfile::tempdir().expect("a folder");
        assert!(go(folder.path(), NAME).await.is_err());
        drop(Meeting::open(folder.path(), NAME).expect("a socket"));
        let error = go(folder.path(), NAME).await.expect_err("nobody listens");
        assert_eq!(error.kind(), ErrorKind::ConnectionRefused);
    }
}
