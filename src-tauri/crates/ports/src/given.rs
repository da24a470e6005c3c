//! Listeners that another process made: the one that started us, or an earlier copy of this program.

use std::io;
use std::net::TcpListener;

use crate::system;

/// The listeners that the service manager passed to this process when it started it, as `sd_listen_fds(3)` describes:
/// `LISTEN_PID` must name this process, and what is passed but does not listen for TCP connections is left out and closed.
/// [`Listener::adopt`](crate::Listener::adopt) makes them ours.
///
/// To be called once, before the first program and any thread that may start one: until then our children would inherit
/// the descriptors. Every further call gives none. The variables themselves stay, since they can't be removed safely
/// while other threads may read them; a program that we start sees that they are not meant for it. On Windows nothing is
/// ever passed this way.
pub fn inherited() -> io::Result<Vec<TcpListener>> {
    system::inherited()
}

/// Listeners on their way from one running process of ours to another.
///
/// Both have the same socket then, with the connections that wait in it, so nobody is refused while the first one
/// leaves. To the kernel it is one listener: [`standing`](crate::Listener::standing) says `Alone` in either process.
pub mod handover {
    use std::io;
    use std::net::TcpListener;

    use crate::{Listener, system};

    /// What they travel through: a Unix domain socket whose other end only our own user can have. There is no such thing
    /// on Windows, where the type has no values.
    pub type Stream = system::Stream;

    /// How many listeners fit into one message.
    pub const MOST: usize = 16;

    /// Sends these, all in one message of a single byte; the next byte of the stream is free for other uses. The stream
    /// must be a blocking one.
    ///
    /// # Errors
    ///
    /// [`InvalidInput`](io::ErrorKind::InvalidInput) for more than [`MOST`], and on Windows
    /// [`Unsupported`](io::ErrorKind::Unsupported).
    pub fn send(stream: &Stream, listeners: &[&Listener]) -> io::Result<()> {
        if listeners.len() > MOST {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, "too many listeners"));
        }
        system::send(stream, listeners)
    }

    /// Receives what [`send`] sent, in the same order, in blocking mode until
    /// [`Listener::adopt`](crate::Listener::adopt) makes them ours.
    ///
    /// # Errors
    ///
    /// [`UnexpectedEof`](io::ErrorKind::UnexpectedEof) if the other side has gone,
    /// [`InvalidData`](io::ErrorKind::InvalidData) if it sent anything else or some of it could not be received, and on
    /// Windows [`Unsupported`](io::ErrorKind::Unsupported).
    pub fn receive(stream: &Stream) -> io::Result<Vec<TcpListener>> {
        system::receive(stream)
    }
}
