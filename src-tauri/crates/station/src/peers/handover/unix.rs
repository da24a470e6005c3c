//! By a socket in the file system, through which descriptors can be sent.

use std::io::{self, ErrorKind, Read, Write};
use std::net::TcpListener;
use std::path::Path;
use std::time::Duration;

use ports::Listener;
use ports::handover::{self, Stream};
use tokio::net::UnixStream;
use tokio::task::spawn_blocking;

use crate::socket::go;

const MEETING: &str = "handover";
/// How long either side waits for the other's next word.
const PATIENCE: Duration = Duration::from_secs(2);

/// What is said besides the listeners: one byte each.
const GIVE: u8 = b'g';
const HAVE: u8 = b'h';
const YOURS: u8 = b'y';

pub(super) async fn take_over(folder: &Path) -> io::Result<Vec<TcpListener>> {
    let mut stream = blocking(go(folder, MEETING).await?)?;
    off_the_runtime(move || {
        patient(&stream)?;
        stream.write_all(&[GIVE])?;
        let listeners = handover::receive(&stream)?;
        stream.write_all(&[HAVE])?;
        hear(&mut stream, YOURS)?;
        Ok(listeners)
    })
    .await
}

pub(crate) struct Meeting(crate::socket::Meeting);

/// Somebody who wants the listeners.
pub(super) struct Successor(Stream);

/// Somebody who has them, and waits for us to let go.
pub(super) struct Heir(Stream);

impl Meeting {
    pub(super) fn open(folder: &Path) -> io::Result<Self> {
        crate::socket::Meeting::open(folder, MEETING).map(Self)
    }

    pub(super) async fn successor(&self) -> io::Result<Successor> {
        Ok(Successor(blocking(self.0.next().await?)?))
    }
}

impl Drop for Meeting {
    fn drop(&mut self) {
        // Whoever comes next removes it as well.
        let _ = std::fs::remove_file(&self.0.path);
    }
}

impl Successor {
    pub(super) async fn send(self, listeners: Vec<TcpListener>) -> io::Result<Heir> {
        let listeners: Vec<_> =
            listeners.into_iter().map(Listener::adopt).collect::<io::Result<_>>()?;
        let mut stream = self.0;
        off_the_runtime(move || {
            patient(&stream)?;
            hear(&mut stream, GIVE)?;
            handover::send(&stream, &listeners.iter().collect::<Vec<_>>())?;
            hear(&mut stream, HAVE)?;
            Ok(Heir(stream))
        })
        .await
    }
}

impl Heir {
    pub(super) async fn tell(self) -> io::Result<()> {
        let mut stream = self.0;
        off_the_runtime(move || stream.write_all(&[YOURS])).await
    }
}

fn blocking(stream: UnixStream) -> io::Result<Stream> {
    let stream = stream.into_std()?;
    stream.set_nonblocking(false)?;
    Ok(stream)
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
