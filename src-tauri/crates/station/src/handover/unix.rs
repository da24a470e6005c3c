//! By a socket in the file system, through which descriptors can be sent.

use std::io::{self, ErrorKind, Read, Write};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::time::Duration;

use ports::Listener;
use ports::handover::{self, Stream};
use tokio::net::UnixListener;
use tokio::task::spawn_blocking;

const MEETING: &str = "handover";
/// How long either side waits for the other's next word.
const PATIENCE: Duration = Duration::from_secs(2);

/// What is said besides the listeners: one byte each.
const GIVE: u8 = b'g';
const HAVE: u8 = b'h';
const YOURS: u8 = b'y';

pub(super) fn take_over(folder: &Path) -> io::Result<Vec<TcpListener>> {
    let mut stream = Stream::connect(folder.join(MEETING))?;
    patient(&stream)?;
    stream.write_all(&[GIVE])?;
    let listeners = handover::receive(&stream)?;
    stream.write_all(&[HAVE])?;
    hear(&mut stream, YOURS)?;
    Ok(listeners)
}

/// Where a successor finds us.
pub(crate) struct Meeting {
    socket: UnixListener,
    path: PathBuf,
}

/// Somebody who wants the listeners.
pub(super) struct Successor(Stream);

/// Somebody who has them, and waits for us to let go.
pub(super) struct Waiting(Stream);

impl Meeting {
    /// Whoever opens it has the lock, so what lies there is left from one that was killed.
    pub(super) fn open(folder: &Path) -> io::Result<Self> {
        let path = folder.join(MEETING);
        match std::fs::remove_file(&path) {
            Err(error) if error.kind() != ErrorKind::NotFound => Err(error),
            _ => Ok(Self { socket: UnixListener::bind(&path)?, path }),
        }
    }

    pub(super) async fn successor(&self) -> io::Result<Successor> {
        let (stream, _) = self.socket.accept().await?;
        let stream = stream.into_std()?;
        stream.set_nonblocking(false)?;
        Ok(Successor(stream))
    }
}

impl Drop for Meeting {
    fn drop(&mut self) {
        // Whoever comes next removes it as well.
        let _ = std::fs::remove_file(&self.path);
    }
}

impl Successor {
    pub(super) async fn send(self, listeners: Vec<TcpListener>) -> io::Result<Waiting> {
        let listeners: Vec<_> =
            listeners.into_iter().map(Listener::adopt).collect::<io::Result<_>>()?;
        let mut stream = self.0;
        off_the_runtime(move || {
            patient(&stream)?;
            hear(&mut stream, GIVE)?;
            handover::send(&stream, &listeners.iter().collect::<Vec<_>>())?;
            hear(&mut stream, HAVE)?;
            Ok(Waiting(stream))
        })
        .await
    }
}

impl Waiting {
    pub(super) async fn tell(self) -> io::Result<()> {
        let mut stream = self.0;
        off_the_runtime(move || stream.write_all(&[YOURS])).await
    }
}

fn patient(stream: &Stream) -> io::Result<()> {
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))
}

fn hear(stream: &mut Stream, expected: u8) -> io::Result<()> {
    let mut heard = [0];
    stream.read_exact(&mut heard)?;
    if heard == [expected] { Ok(()) } else { Err(ErrorKind::InvalidData.into()) }
}

async fn off_the_runtime<T: Send + 'static>(
    talk: impl FnOnce() -> io::Result<T> + Send + 'static,
) -> io::Result<T> {
    spawn_blocking(talk).await.map_err(io::Error::other)?
}
