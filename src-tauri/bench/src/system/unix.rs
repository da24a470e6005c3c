//! What only Unix has.

use std::net::SocketAddr;
use std::process::Child;

use anyhow::{Context, Result};
use rustix::process::{Pid, Resource, Rlimit, Signal, getrlimit, kill_process, nice, setrlimit};
use socket2::{Domain, Socket, Type};

/// A listener that shares its address with others of its kind.
pub(crate) fn shareable(addr: SocketAddr) -> Result<Socket> {
    let socket = Socket::new(Domain::for_address(addr), Type::STREAM, None)?;
    socket.set_reuse_address(true)?;
    socket.set_reuse_port(true)?;
    socket.bind(&addr.into())?;
    socket.listen(128)?;
    Ok(socket)
}

/// Asks it to end.
pub(crate) fn ask_to_end(process: &Child) -> Result<()> {
    kill_process(Pid::from_child(process), Signal::TERM).context("cannot ask it to end")
}

/// Lets this process have as many descriptors as it may.
pub(crate) fn have_all_descriptors() -> Result<()> {
    let limits = getrlimit(Resource::Nofile);
    let all = Rlimit { current: limits.maximum, ..limits };
    setrlimit(Resource::Nofile, all).context("it may not have more descriptors")
}

/// Lets everybody else go first, on Linux before this thread alone.
pub(crate) fn give_way() -> Result<()> {
    nice(10).map(drop).context("it may not give way")
}
