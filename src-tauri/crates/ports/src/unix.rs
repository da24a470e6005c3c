//! What Linux and macOS have in common.

use std::io;

use rustix::io::Errno;
use socket2::Socket;

/// Lets a port be bound again while connections of its last listener are still closing. `SO_REUSEPORT` stays off: with
/// it a second process could listen beside us, and each connection would go to either.
pub(crate) fn make_exclusive(socket: &Socket) -> io::Result<()> {
    socket.set_reuse_address(true)
}

pub(crate) fn is_exhaustion(error: &io::Error) -> bool {
    matches!(
        Errno::from_io_error(error),
        Some(Errno::MFILE | Errno::NFILE | Errno::NOBUFS | Errno::NOMEM)
    )
}

pub(crate) fn is_unknown_family(error: &io::Error) -> bool {
    Errno::from_io_error(error) == Some(Errno::AFNOSUPPORT)
}

/// The name of a user, also of one that only a directory service knows.
pub(crate) fn user_name(uid: u32) -> Option<String> {
    uzers::get_user_by_uid(uid).map(|user| user.name().to_string_lossy().into_owned())
}

/// A program's name as people know it: that of its file, or its own shorter one where the file's name only adds a version
/// to it (`python3.11` calls itself `python3`). A name that has nothing to do with the file is a thread's, or made up.
pub(crate) fn recognisable_name(executable: Option<&str>, own: &str) -> String {
    let file = executable.and_then(|path| path.rsplit('/').next()).filter(|name| !name.is_empty());
    match file {
        Some(file) if file.strip_prefix(own).is_some_and(is_version) && !own.is_empty() => {
            own.to_owned()
        }
        Some(file) => file.to_owned(),
        None => own.to_owned(),
    }
}

fn is_version(text: &str) -> bool {
    text.chars().all(|c| c.is_ascii_digit() || c == '.' || c == '-')
}

#[cfg(test)]
mod tests {
    use super::recognisable_name;

    #[test]
    fn a_program_is_called_what_people_call_it() {
        assert_eq!(recognisable_name(Some("/usr/bin/python3.11"), "python3"), "python3");
        assert_eq!(recognisable_name(Some("/usr/bin/node"), "MainThread"), "node");
        assert_eq!(
            recognisable_name(Some("/opt/x/xswarm-voice-nightly"), "xswarm-voice-ni"),
            "xswarm-voice-nightly"
        );
        assert_eq!(recognisable_name(None, "nginx"), "nginx");
    }
}
