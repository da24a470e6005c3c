//! The supervisor, put together with what it shows and steers.

use std::sync::Arc;
use std::time::Duration;

use bridge::Bridge;
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use serde_json::Value;
use supervisor::{Archives, Calls, Speech, Supervisor};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use wire::steering::{CutShort, Fate, Priority, Refused, Whom};

use crate::{Farewell, Journal, Orders, Settings, pages};

const SECRETS: [&str; 3] = ["token", "secret", "password"];

pub(crate) fn supervisor(
    tokens: Arc<supervisor::Tokens>,
    settings: &Settings,
    journal: Journal,
    orders: Orders,
    farewell: watch::Sender<Option<Farewell>>,
    bridge: &Arc<Bridge>,
) -> Arc<Supervisor> {
    let snapshots = orders.snapshots.clone();
    let answering = Arc::clone(&orders.answering);
    let choosing = orders.clone();
    Arc::new(Supervisor {
        tokens,
        ledger: Arc::default(),
        pages: pages::of(supervisor::NAME, snapshots.clone()),
        snapshots,
        happenings: bridge.happenings(),
        steering: Arc::clone(&orders.steering),
        orders: Arc::new(move |order| {
            let orders = orders.clone();
            async move { orders.give(order).await }.boxed()
        }),
        choose: Arc::new(move |order| {
            let orders = choosing.clone();
            async move { orders.choose(order).await }.boxed()
        }),
        quit: Arc::new(move || {
            farewell.send_replace(Some(Farewell::Asked));
        }),
        archives: Archives {
            settings: Arc::new(move || {
                without_secrets(serde_json::to_value(answering.settings()).unwrap_or_default())
            }),
            log: Arc::new(move |most| journal.last(most)),
        },
        settings: settings.supervisor.limits.clone(),
    })
}

fn without_secrets(mut settings: Value) -> Value {
    match &mut settings {
        Value::Object(fields) => {
            for (name, value) in fields {
                let is_secret = SECRETS.iter().any(|secret| name.contains(secret));
                let is_set = value.as_str().is_some_and(|text| !text.is_empty());
                *value = if is_secret && is_set {
                    "(hidden)".into()
                } else {
                    without_secrets(value.take())
                };
            }
        }
        Value::Array(items) => {
            for item in items {
                *item = without_secrets(item.take());
            }
        }
        Value::String(text) => {
            if let Some(address) = without_keys(text) {
                *text = address;
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
    settings
}

/// An address without a user's name and without its query, either of which may hold a key. Other text is none.
fn without_keys(text: &str) -> Option<String> {
    let (scheme, rest) = text.split_once("://")?;
    let (place, query) = rest.split_once('?').map_or((rest, ""), |(place, _)| (place, "?(hidden)"));
    let (host, path) = place.split_at(place.find('/').unwrap_or(place.len()));
    let host = match host.rsplit_once('@') {
        Some((_, host)) => format!("(hidden)@{host}"),
        None => host.to_owned(),
    };
    Some(format!("{scheme}://{host}{path}{query}"))
}

/// The voice bridge, as those who hold calls are known to the supervisor.
pub(crate) struct Switchboard(pub(crate) Arc<Bridge>);

impl Calls for Switchboard {
    fn suggest(
        &self,
        whom: Whom,
        text: &str,
        priority: Priority,
    ) -> Result<BoxFuture<'static, Fate>, Refused> {
        let suggestion = self.0.suggest(whom, text, priority)?;
        Ok(suggestion.fate().boxed())
    }

    fn speak(
        &self,
        call: u64,
        text: String,
        silenced: CancellationToken,
    ) -> BoxFuture<'static, Result<Speech, Refused>> {
        let bridge = Arc::clone(&self.0);
        async move {
            let speech = bridge.speak(call, &text).await?;
            let length = speech.length;
            Ok(Speech { length, end: said(speech, silenced).boxed() })
        }
        .boxed()
    }

    fn hang_up(&self, call: u64) -> Result<(), Refused> {
        self.0.hang_up(call)
    }

    fn named(&self, stream: &str) -> Option<u64> {
        self.0.named(stream)
    }
}

/// Waits until this was heard, or was silenced.
async fn said(
    mut speech: bridge::Speech,
    silenced: CancellationToken,
) -> Result<Duration, CutShort> {
    match silenced.run_until_cancelled(speech.heard()).await {
        Some(heard) => heard,
        None => {
            speech.silence();
            speech.heard().await
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn settings_are_shown_without_their_secrets() {
        let settings = json!({
            "voice_bridge": {"twilio_auth_token": "s3cret", "calls": 32, "secret": null},
            "servers": [{"url": "ws://127.0.0.1", "password": "s3cret"}],
            "moshi": {"servers": ["wss://ann:s3cret@gpu:8998/api/chat?worker_auth_id=s3cret"]},
            "also": ["::1"],
        });
        let shown = without_secrets(settings);
        assert!(!shown.to_string().contains("s3cret"), "{shown}");
        assert_eq!(shown["voice_bridge"]["calls"], 32);
        assert_eq!(shown["servers"][0]["url"], "ws://127.0.0.1");
        let server = "wss://(hidden)@gpu:8998/api/chat?(hidden)";
        assert_eq!(shown["moshi"]["servers"][0], server);
        assert_eq!(shown["also"][0], "::1");
    }
}
