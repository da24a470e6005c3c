//! Listeners that the process made which started us.

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
    let passed = system::inherited()?;
    let (listeners, others): (Vec<_>, Vec<_>) = passed.into_iter().partition(system::is_listening);
    if !others.is_empty() {
        tracing::warn!(count = others.len(), "some of the passed descriptors do not listen");
    }
    Ok(listeners)
}
