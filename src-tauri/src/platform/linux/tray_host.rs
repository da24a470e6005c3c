//! Whether anything on this desktop shows tray icons: a `StatusNotifierWatcher` on the session's bus to which a host has
//! registered. Both may come late, go and come back.

use futures_util::StreamExt as _;
use tauri::async_runtime;
use tokio::sync::watch;
use zbus::{Connection, MatchRule, MessageStream};

const WATCHER: &str = "org.kde.StatusNotifierWatcher";
const PATH: &str = "/StatusNotifierWatcher";

/// Whether the desktop shows tray icons, from here on.
pub(crate) fn tray_host() -> watch::Receiver<bool> {
    let (tx, rx) = watch::channel(false);
    async_runtime::spawn(async move {
        if let Err(error) = follow(&tx).await {
            tracing::warn!(%error, "cannot tell whether this desktop has a tray");
        }
        tx.send_replace(false);
        tx.closed().await;
    });
    rx
}

/// Follows the truth until the bus ends.
async fn follow(tx: &watch::Sender<bool>) -> zbus::Result<()> {
    let bus = Connection::session().await?;
    let of_owner = MatchRule::builder()
        .msg_type(zbus::message::Type::Signal)
        .sender("org.freedesktop.DBus")?
        .member("NameOwnerChanged")?
        .arg(0, WATCHER)?
        .build();
    let of_hosts = MatchRule::builder()
        .msg_type(zbus::message::Type::Signal)
        .interface(WATCHER)?
        .path(PATH)?
        .build();
    let mut owners = MessageStream::for_match_rule(of_owner, &bus, None).await?;
    let mut hosts = MessageStream::for_match_rule(of_hosts, &bus, None).await?;
    loop {
        let has_host = has_host(&bus).await;
        if tx.send_if_modified(|known| std::mem::replace(known, has_host) != has_host) {
            tracing::info!(has_host, "looked for a tray");
        }
        let told = tokio::select! {
            told = owners.next() => told,
            told = hosts.next() => told,
        };
        if told.is_none() {
            return Ok(());
        }
    }
}

/// Asks the watcher. Where there is none, no answer is the answer.
async fn has_host(bus: &Connection) -> bool {
    let question = bus.call_method(
        Some(WATCHER),
        PATH,
        Some("org.freedesktop.DBus.Properties"),
        "Get",
        &(WATCHER, "IsStatusNotifierHostRegistered"),
    );
    let Ok(answer) = question.await else { return false };
    answer
        .body()
        .deserialize::<zbus::zvariant::Value<'_>>()
        .is_ok_and(|value| bool::try_from(value).unwrap_or(false))
}
