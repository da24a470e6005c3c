//! Windows has neither `SO_REUSEPORT` nor a way to ask a program without a window to end.

use std::net::SocketAddr;
use std::process::Child;

use anyhow::{Result, bail};
use socket2::Socket;

pub(crate) fn shareable(_addr: SocketAddr) -> Result<Socket> {
    bail!("there is no SO_REUSEPORT here")
}

pub(crate) fn ask_to_end(_process: &Child) -> Result<()> {
    bail!("there is no SIGTERM here")
}

#[expect(clippy::unnecessary_wraps, reason = "elsewhere there is a limit")]
pub(crate) fn have_all_descriptors() -> Result<()> {
    Ok(())
}

#[expect(clippy::unnecessary_wraps, reason = "elsewhere it may fail")]
pub(crate) fn give_way() -> Result<()> {
    Ok(())
}
