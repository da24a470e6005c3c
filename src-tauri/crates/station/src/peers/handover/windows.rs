//! On Windows there is no meeting: a duplicate of a listener stays listed under the process that made it, so a successor
//! could never prove it its own, and would seem to share it with a process that has ended.

use std::io::{self, ErrorKind};
use std::net::TcpListener;
use std::path::Path;

#[expect(clippy::unused_async, reason = "the same face as on systems that have it")]
pub(super) async fn take_over(_folder: &Path) -> io::Result<Vec<TcpListener>> {
    Err(ErrorKind::Unsupported.into())
}

pub(crate) enum Meeting {}
pub(super) enum Successor {}
pub(super) enum Heir {}

impl Meeting {
    pub(super) fn open(_folder: &Path) -> io::Result<Self> {
        Err(ErrorKind::Unsupported.into())
    }

    #[expect(clippy::unused_async, reason = "the same face as on systems that have it")]
    pub(super) async fn successor(&self) -> io::Result<Successor> {
        match *self {}
    }
}

impl Successor {
    #[expect(clippy::unused_async, reason = "the same face as on systems that have it")]
    pub(super) async fn send(self, _listeners: Vec<TcpListener>) -> io::Result<Heir> {
        match self {}
    }
}

impl Heir {
    #[expect(clippy::unused_async, reason = "the same face as on systems that have it")]
    pub(super) async fn tell(self) -> io::Result<()> {
        match self {}
    }
}
