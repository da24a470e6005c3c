//! Descriptors of listeners in a message between two processes.

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

use tokio::net::TcpListener as Listener;

use crate::types::MOST_HANDED_OVER;

pub(crate) use std::os::unix::net::UnixStream as Stream;

pub(crate) fn send(stream: &Stream, listeners: &[&Listener]) -> io::Result<()> {
    let descriptors: Vec<_> = listeners.iter().map(|listener| listener.as_fd()).collect();
    let count = u8::try_from(descriptors.len()).map_err(io::Error::other)?;
    let mut space = [MaybeUninit::uninit(); cmsg_space!(ScmRights(MOST_HANDED_OVER))];
    let mut control = SendAncillaryBuffer::new(&mut space);
    if count > 0 && !control.push(SendAncillaryMessage::ScmRights(&descriptors)) {
        return Err(ErrorKind::InvalidInput.into());
    }
    let count = [count];
    let message = [IoSlice::new(&count)];
    retry_on_intr(|| sendmsg(stream, &message, &mut control, SendFlags::empty()))?;
    Ok(())
}

pub(crate) fn receive(stream: &Stream) -> io::Result<Vec<TcpListener>> {
    let mut count = [0];
    let mut space = [MaybeUninit::uninit(); cmsg_space!(ScmRights(MOST_HANDED_OVER))];
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
    descriptors.into_iter().map(ours).collect()
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
