//! A listener that would share its port with others of its kind.

use std::net::{Ipv4Addr, SocketAddr};

use anyhow::Result;
use socket2::{Domain, Socket, Type};

pub(super) fn listener(port: u16) -> Result<Socket> {
    let socket = Socket::new(Domain::IPV4, Type::STREAM, None)?;
    socket.set_reuse_address(true)?;
    socket.set_reuse_port(true)?;
    socket.bind(&SocketAddr::from((Ipv4Addr::LOCALHOST, port)).into())?;
    socket.listen(128)?;
    Ok(socket)
}
