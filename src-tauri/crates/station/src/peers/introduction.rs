//! What a test call shows to a voice bridge, once it is proven that it is ours.

#![expect(missing_docs, reason = "what is not explained is named as what it is")]

use std::io;
use std::net::SocketAddr;

use crate::outside::stream_secret;
use crate::peers::sight::{is_held_only_by, running};
use crate::{Access, Settings, access_token};

/// Where our voice bridge is, and what it is shown.
pub struct Introduction {
    pub address: SocketAddr,
    /// Our token, so that there is a place when all others are taken. Where others may share the port it is shown to nobody.
    pub token: Option<String>,
    /// What streams show, if the bridge asks for it.
    pub secret: Option<String>,
}

/// Why a voice bridge isn't called.
#[derive(Debug, thiserror::Error)]
pub enum NotOurs {
    #[error("no xSwarm Voice is running")]
    NobodyRuns,
    /// The one that runs doesn't have its port, or not for itself.
    #[error(
        "port {} isn't held by the xSwarm Voice that runs (process {pid}) alone, so nothing is shown to whoever answers there",
        address.port()
    )]
    HeldByOthers { address: SocketAddr, pid: u32 },
    #[error("what the voice bridge is to be shown cannot be read")]
    Unreadable(#[from] io::Error),
}

/// How to call the voice bridge of the xSwarm Voice that runs: at the first of these addresses that the kernel says it holds
/// alone, if it holds one.
pub async fn introduction(
    settings: &Settings,
    addresses: &[SocketAddr],
) -> Result<Introduction, NotOurs> {
    let running = running().ok_or(NotOurs::NobodyRuns)?;
    let pid = running.identity.pid;
    // By its loopback address the bridge knows who comes from this machine.
    let mut addresses = addresses.to_vec();
    addresses.sort_by_key(|address| !ports::reachable(*address).ip().is_loopback());
    for address in &addresses {
        if is_held_only_by(&running.identity, *address).await {
            let secret = stream_secret(&settings.voice_bridge)?;
            return Ok(Introduction {
                address: ports::reachable(*address),
                token: Some(access_token(Access::Control)?),
                secret: secret.map(|secret| secret.reveal().to_owned()),
            });
        }
    }
    let address = addresses.first().copied().unwrap_or(settings.voice_bridge.address);
    if settings.voice_bridge.reuse_port {
        return Ok(Introduction { address: ports::reachable(address), token: None, secret: None });
    }
    Err(NotOurs::HeldByOthers { address, pid })
}
