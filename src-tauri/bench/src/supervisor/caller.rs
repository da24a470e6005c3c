//! A caller as Twilio would bring one, who says a few words, hears them played back, and says them again.

use std::net::SocketAddr;

use anyhow::Result;
use testcall::{Caller, Dialect, Stream, frames, voice};

/// How much is said at once, and after how much it is said again, in frames of 20 ms.
const SAID: usize = 50;
const AGAIN: usize = 125;
/// Where in the recorded voice somebody speaks, in samples.
const LOUD: usize = 4_000;

/// Calls until it is dropped.
pub(crate) async fn call(bridge: SocketAddr, number: usize) -> Result<()> {
    let (stream, call) = (format!("MZ{number:032x}"), format!("CA{number:032x}"));
    let stream = Stream::new(Dialect::Twilio, stream, call);
    let mut caller = Caller::dial(bridge, format!("ws://{bridge}/"), stream).await?;
    caller.start().await?;
    // Callers don't speak in step.
    let mut said = frames(&voice()[LOUD..]);
    said.resize(said.len().max(AGAIN), [0; audio::FRAME_SAMPLES]);
    said[SAID..].fill([0; audio::FRAME_SAMPLES]);
    caller.stay(|frame| said[(frame as usize + number * 17) % AGAIN]).await?;
    Ok(())
}
