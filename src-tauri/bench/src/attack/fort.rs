//! The station that is attacked: how it is set, what it takes up, and whether it came through unharmed.

use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use base64::prelude::{BASE64_STANDARD, Engine as _};
use hmac::{Hmac, KeyInit, Mac};
use serde_json::Value;
use sha1::Sha1;

use super::tally::once;
use crate::calls::Shown;
use crate::chance::pass;
use crate::conversation::Conversation;
use crate::figures::{Count, Row, Spread};
use crate::station::{Station, Wish};

pub(super) const HOST: &str = "voice.example.org";
pub(super) const SECRET: &str = "what-only-carriers-know";
pub(super) const AUTH_TOKEN: &str = "what-only-twilio-knows";
const OUTSIDE: &str = "public_url = \"https://voice.example.org\"\ntwilio_auth_token = \"what-only-twilio-knows\"\n\
    stream_secret = \"what-only-carriers-know\"\n";

/// How many descriptors more than before are no leak: a few connections of the last seconds are still being closed.
const FEW: usize = 4;
/// How long what an attack took up may take to be given back.
const GIVEN_BACK: Duration = Duration::from_secs(15);
const LOOK_AGAIN: Duration = Duration::from_millis(100);

/// One that the world reaches, for whoever signs or knows the secret.
pub(super) fn open_to_the_world() -> Wish {
    Wish { of_the_bridge: OUTSIDE, ..Wish::default() }
}

/// What a caller shows who knows the secret.
pub(super) fn secret() -> Shown {
    Shown { secret: Some(SECRET.to_owned()), ..Shown::default() }
}

/// What Twilio shows.
pub(super) fn signed() -> Shown {
    let signature = Some(signature(AUTH_TOKEN, "wss://voice.example.org/"));
    Shown { signature, host: Some(HOST), ..Shown::default() }
}

/// Twilio's signature of this text.
pub(super) fn signature(token: &str, text: &str) -> String {
    let mac = Hmac::<Sha1>::new_from_slice(token.as_bytes());
    let signed = mac.map(|mac| mac.chain_update(text).finalize().into_bytes());
    BASE64_STANDARD.encode(signed.unwrap_or_default())
}

/// What a station takes up.
#[derive(Clone, Copy)]
pub(super) struct Footprint {
    memory: f64,
    descriptors: usize,
}

impl Footprint {
    pub(super) fn of(station: &Station) -> Result<Self> {
        let memory = station.mebibytes("status", "VmRSS:")?;
        Ok(Self { memory, descriptors: station.descriptors()? })
    }
}

/// Whether it came through: alive, without a panic, with no more than so many MiB and hardly a descriptor more than before.
pub(super) fn unharmed(station: &mut Station, before: Footprint, most: f64) -> Result<Vec<Row>> {
    let mut rows = vec![Count::new("panics in its log", station.panics(), 1).exactly(0).into()];
    let alive = is_well(station);
    let is_alive = alive.is_ok();
    rows.push(once("alive, and both ports proven", alive));
    if is_alive {
        let after = settled(station, before)?;
        let leaked = after.descriptors.saturating_sub(before.descriptors + FEW);
        rows.push(Count::new("descriptors lost", leaked, after.descriptors).exactly(0).into());
        let grown = vec![after.memory - before.memory];
        rows.push(Spread::new("memory grown", "MiB", grown).at_most("max", most).into());
    }
    Ok(rows)
}

/// The same in one word, for one of many.
pub(super) fn came_through(station: &mut Station, before: Footprint, most: f64) -> Result<()> {
    is_well(station)?;
    ensure!(station.panics() == 0, "it panicked {} times", station.panics());
    let after = settled(station, before)?;
    let lost = after.descriptors.saturating_sub(before.descriptors + FEW);
    ensure!(lost == 0, "{lost} descriptors are lost");
    let grown = after.memory - before.memory;
    ensure!(grown <= most, "its memory grew by {grown:.0} MiB");
    Ok(())
}

/// What it takes up once connections are closed, or after long enough.
fn settled(station: &Station, before: Footprint) -> Result<Footprint> {
    let deadline = Instant::now() + GIVEN_BACK;
    loop {
        let after = Footprint::of(station)?;
        if after.descriptors <= before.descriptors + FEW || Instant::now() > deadline {
            return Ok(after);
        }
        pass(LOOK_AGAIN);
    }
}

/// Whether it runs, answers, and is soon shown with both ports proven.
pub(super) fn is_well(station: &mut Station) -> Result<()> {
    let deadline = Instant::now() + GIVEN_BACK;
    loop {
        if let Some(status) = station.ended_within(Duration::ZERO)? {
            anyhow::bail!("it has ended with {status}: {}", last_words(&station.said()));
        }
        let shown = shown(station);
        let states = shown.as_ref().map(states).unwrap_or_default();
        if states == ["listening", "listening"] {
            return Ok(());
        }
        if Instant::now() > deadline {
            shown.context("it does not answer")?;
            ensure!(false, "its ports are {states:?}");
        }
        pass(LOOK_AGAIN);
    }
}

fn shown(station: &Station) -> Result<Value> {
    Conversation::begin(station.supervisor, &station.token()?)?.status()
}

/// How many calls it shows.
pub(super) fn shown_calls(station: &Station) -> Result<usize> {
    Ok(shown(station)?["calls"].as_array().context("no calls are shown")?.len())
}

/// The words for its two ports.
pub(super) fn states(status: &Value) -> Vec<String> {
    let services = status["services"].as_array().into_iter().flatten();
    services.map(|service| service["state"]["state"].as_str().unwrap_or("?").to_owned()).collect()
}

/// The end of a log, where a reason is most likely to be.
pub(super) fn last_words(log: &str) -> String {
    let lines: Vec<&str> = log.lines().collect();
    lines[lines.len().saturating_sub(3)..].join(" | ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_callers_show_is_what_is_set() {
        for shown in [HOST, SECRET, AUTH_TOKEN] {
            assert!(OUTSIDE.contains(&format!("{shown}\"")), "{shown}");
        }
    }

    #[test]
    fn a_signature_is_that_of_twilios_documents() {
        let signed = "https://mycompany.com/myapp.php?foo=1&bar=2CallSidCA1234567890ABCDECaller+14158675309Digits1234\
            From+14158675309To+18005551212";
        assert_eq!(signature("12345", signed), "RSOYDt4T1cUTdK1PDd93/VVr8B8=");
    }
}
