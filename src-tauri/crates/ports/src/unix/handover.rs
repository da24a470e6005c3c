//! Listeners on their way from one running process of ours to another, as descriptors in a message.
//!
//! Both have the same socket then, with the connections that wait in it, so nobody is refused while the first one
//! leaves. To the kernel it is one listener: [`standing`](Listener::standing) says `Alone` in either process.

use std::io::{self, ErrorKind, IoSlice, IoSliceMut};
use std::mem::MaybeUninit;
use std::net::TcpListener;
use std::os::fd::{AsFd, OwnedFd};

use rustix::cmsg_space;
use rustix::io::{FdFlags, fcntl_setfd, retry_on_intr};
use rustix::net::{
    RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, ReturnFlags, SendAncillaryBuffer,
    SendAncillaryMessage, SendFlags, recvmsg, sendmsg,
};

use crate::listen::Listener;
use crate::system;

/// What they travel through: its other end only our own user can have.
pub use std::os::unix::net::UnixStream as Stream;

/// How many listeners fit into one message.
pub const MOST: usize = 16;

/// Sends these, all in one message of a single byte; the next byte of the stream is free for other uses. The stream
/// must be a blocking one.
///
/// # Errors
///
/// [`InvalidInput`](ErrorKind::InvalidInput) for more than [`MOST`].
pub fn send(stream: &Stream, listeners: &[&Listener]) -> io::Result<()> {
    if listeners.len() > MOST {
        return Err(io::Error::new(ErrorKind::InvalidInput, "too many listeners"));
    }
    let descriptors: Vec<_> = listeners.iter().map(|listener| listener.inner.as_fd()).collect();
    let count = [descriptors.len() as u8];
    let mut space = [MaybeUninit::uninit(); cmsg_space!(ScmRights(MOST))];
    let mut control = SendAncillaryBuffer::new(&mut space);
    if !descriptors.is_empty() && !control.push(SendAncillaryMessage::ScmRights(&descriptors)) {
        return Err(ErrorKind::InvalidInput.into());
    }
    let message = [IoSlice::new(&count)];
    retry_on_intr(|| sendmsg(stream, &message, &mut control, SendFlags::empty()))?;
    Ok(())
}

/// Receives what [`send`] sent, in the same order, in blocking mode until [`Listener::adopt`] makes them ours.
///
/// # Errors
///
/// [`UnexpectedEof`](ErrorKind::UnexpectedEof) if the other side has gone, [`InvalidData`](ErrorKind::InvalidData) if it
/// sent anything else or some of it could not be received.
pub fn receive(stream: &Stream) -> io::Result<Vec<TcpListener>> {
    let mut count = [0];
    let mut space = [MaybeUninit::uninit(); cmsg_space!(ScmRights(MOST))];
    let mut control = RecvAncillaryBuffer::new(&mut space);
    let message =
        retry_on_intr(|| recvmsg(stream, &mut [IoSliceMut::new(&mut count)], &mut control, FLAGS))?;
    let rights = control.drain().filter_map(|message| {
        if let RecvAncillaryMessage::ScmRights(rights) = message { Some(rights) } else { None }
    });
    let descriptors: Vec<OwnedFd> = rights.flatten().collect();
    if message.bytes == 0 {
        return Err(ErrorKind::UnexpectedEof.into());
    }
    // Where we are out of descriptors, the kernel drops those that it can't give us.
    let is_whole =
        !message.flags.contains(ReturnFlags::CTRUNC) && descriptors.len() == usize::from(count[0]);
    if !is_whole {
        return Err(io::Error::new(ErrorKind::InvalidData, "not all that was announced has come"));
    }
    let listeners: Vec<_> = descriptors.into_iter().map(ours).collect::<io::Result<_>>()?;
    if !listeners.iter().all(system::is_listening) {
        return Err(io::Error::new(ErrorKind::InvalidData, "these are no listeners"));
    }
    Ok(listeners)
}

/// Programs that we start must not get it.
fn ours(descriptor: OwnedFd) -> io::Result<TcpListener> {
    fcntl_setfd(&descriptor, FdFlags::CLOEXEC)?;
    Ok(descriptor.into())
}

/// Not inherited from the first moment on, where the system can do that.
#[cfg(target_os = "linux")]
const FLAGS: RecvFlags = RecvFlags::CMSG_CLOEXEC;
#[cfg(not(target_os = "linux"))]
const FLAGS: RecvFlags = RecvFlags::empty();
