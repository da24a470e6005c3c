//! Who answered a call, as the xSwarm Voice tells that took it.

use std::time::Duration;

use anyhow::Result;
use station::{Conversation, words};
use tokio::time::timeout;
use wire::protocol::Kind;
use wire::window::Answerer;

use crate::status;
use crate::terminal::now;

/// How long it may take to be told of a call that has ended.
const SOON: Duration = Duration::from_secs(3);

/// Who answered the call that its carrier calls so; nothing where nobody can be asked.
pub(super) async fn of(carrier_id: &str) -> Result<Option<Answerer>> {
    let settings = status::settings()?;
    // Who can't be asked has answered all the same.
    let Ok(Some(latest)) = status::ask(&settings).await else { return Ok(None) };
    if let Some(answerer) = words::answerer(&latest, carrier_id, now()) {
        return Ok(Some(answerer));
    }
    let told = timeout(SOON, async {
        let mut conversation = Conversation::with_whoever_runs(&settings).await.ok()??;
        conversation.subscribe(&[Kind::Status]).await.ok()?;
        while let Ok(Some(snapshot)) = conversation.next_status().await {
            let answerer = words::answerer(&snapshot, carrier_id, now());
            if answerer.is_some() {
                return answerer;
            }
        }
        None
    });
    let told = told.await.ok().flatten();
    Ok(Some(told.unwrap_or_else(|| words::no_answerer_known(&latest))))
}
