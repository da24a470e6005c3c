//! `twiml`: what to tell Twilio, so that it brings calls here.

use anyhow::{Context, Result};

use crate::exit::Exit;
use crate::status::settings;
use crate::terminal::say;

const NOT_SET: &str = "no public address is set, so nobody but this machine reaches the voice bridge; \
    set voice_bridge.public_url in the settings to the address of your tunnel";

pub(crate) fn run() -> Result<Exit> {
    let settings = settings()?.voice_bridge;
    let outside = station::outside(&settings).context("the stream's secret cannot be read")?;
    let outside = outside.context(NOT_SET)?;
    say("Set this at Twilio as the webhook of your number, for \"A call comes in\":")?;
    say(format_args!("  {}", outside.webhook()))?;
    say("Or give it this TwiML, for instance in a TwiML Bin:")?;
    say(outside.document().trim_end())?;
    if let Some(port) = outside.url.port_beyond_twilio() {
        say(format_args!(
            "Twilio connects calls to port 443 only, not to {port}: give your tunnel an address without a port."
        ))?;
    }
    if outside.auth_token.is_none() {
        say("The secret in it lets streams in; keep it to yourself.")?;
    }
    Ok(Exit::Done)
}
