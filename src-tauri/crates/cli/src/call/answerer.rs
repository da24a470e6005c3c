//! Who answered a call, as the xSwarm Voice tells that took it.

use std::time::Duration;

use anyhow::Result;
use station::words;
use tokio::time::{Instant, sleep};
use wire::window::Answerer;

use crate::status;
use crate::terminal::now;

/// How long it may take to be told of a call that has ended, and how often it is asked for.
const SOON: Duration = Duration::from_secs(3);
const AGAIN: Duration = Duration::from_millis(200);

/// Who answered the call that its carrier calls so; nothing where nobody can be asked.
pub(super) async fn of(carrier_id: &str) -> Result<Option<Answerer>> {
    let (settings, until) = (status::settings()?, Instant::now() + SOON);
    loop {
        // Who can't be asked has answered all the same.
        let Ok(Some(snapshot)) = status::ask(&settings).await else { return Ok(None) };
        let answerer = words::answerer(&snapshot, carrier_id, now());
        if answerer.is_some() {
            return Ok(answerer);
        }
        if Instant::now() >= until {
            return Ok(Some(words::no_answerer_known(&snapshot)));
        }
        sleep(AGAIN).await;
    }
}
