//! Listeners on their way from one running process of ours to another.
//!
//! Both have the same socket then, with the connections that wait in it, so nobody is refused while the first one
//! leaves. To the kernel it is one listener: [`standing`](crate::Listener::standing) says `Alone` in either process.

use std::io;
use std::net::TcpListener;

use crate::listen::Listener;
use crate::system;
use crate::types::MOST_HANDED_OVER;

/// What they travel through: a Unix domain socket whose other end only our own user can have. There is no such thing
/// on Windows, where the type has no values.
pub type Stream = system::Stream;

/// How many listeners fit into one message.
pub const MOST: usize = MOST_HANDED_OVER;

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
    let sockets: Vec<_> = listeners.iter().map(|listener| listener.socket()).collect();
    system::send(stream, &sockets)
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
    let listeners = system::receive(stream)?;
    if !listeners.iter().all(system::is_listening) {
        return Err(io::Error::new(io::ErrorKind::InvalidData, "these are no listeners"));
    }
    Ok(listeners)
}
