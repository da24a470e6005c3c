//! A zombie: a process that holds a port and answers nobody.

use std::net::SocketAddr;
use std::os::fd::OwnedFd;
use std::process::{Command, Stdio};

use socket2::{Domain, Socket, Type};

use super::session::Running;

/// Starts a process that has inherited a listener with `SO_REUSEPORT`, as a server leaves it behind in its child.
pub(crate) fn zombie(address: SocketAddr) -> Running {
    let socket = Socket::new(Domain::for_address(address), Type::STREAM, None).expect("a socket");
    socket.set_reuse_port(true).expect("SO_REUSEPORT");
    socket.bind(&address.into()).expect("the port is free");
    socket.listen(16).expect("a listener");
    // Its standard input is the listener. Our own end of it closes with the command.
    Running::start(Command::new("sleep").arg("infinity").stdin(Stdio::from(OwnedFd::from(socket))))
}
