//! A second start asks the first to show its window, and ends. It never ends silently: where the first does not answer,
//! or has no window, it says so.

use std::time::Duration;

use anyhow::bail;
use station::{Role, Running};
use tauri::async_runtime;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::sync::{mpsc, oneshot};

use crate::announce::Wish;
use crate::notice;
use crate::platform::{self, Doorbell};

/// What the second says, and what the first answers when its window is on the screen.
const SHOW: &[u8; 5] = b"show\n";
const SHOWN: &[u8; 6] = b"shown\n";

/// How long the first may take to show its window. Below it people wait, above it they start a third.
const ANSWER: Duration = Duration::from_secs(5);

/// How long a caller may take to say what it wants.
const QUESTION: Duration = Duration::from_secs(1);

/// What came of asking the first start for its window.
pub(crate) enum Summoned {
    /// It is shown, and nothing is left to do.
    Shown,
    /// The first start does not answer, and is to be replaced.
    Replace,
}

/// Asks the first start to show its window. Nothing is known of it if it has started only this moment.
///
/// # Errors
/// If there is no window to show, in words for whoever started us.
pub(crate) fn call(first: Option<&Running>) -> anyhow::Result<Summoned> {
    let who =
        first.map_or_else(String::new, |first| format!(", as process {}", first.identity.pid));
    if let Some(Role::Serve | Role::Single) = first.map(|first| first.role) {
        bail!(
            "it runs already{who}, in a terminal and without a window. \
             End it there first, or watch it with `xswarm status --watch`."
        );
    }
    let trouble = match async_runtime::block_on(async { tokio::time::timeout(ANSWER, ask()).await })
    {
        Ok(Ok(())) => {
            tracing::info!(
                first = first.map(|first| first.identity.pid),
                "shown in the window that runs already"
            );
            return Ok(Summoned::Shown);
        }
        Ok(Err(error)) => format!("can't be reached ({error})"),
        Err(_) => "does not answer".to_owned(),
    };
    // Only a process that is known can be ended.
    if first.is_some() {
        let question = format!(
            "xSwarm Voice runs already{who}, but {trouble}. Should it be ended, and xSwarm Voice be started afresh? \
             It is asked to end first; calls that it may still have are cut off."
        );
        if notice::agrees_to(&question, "End it and start afresh") {
            return Ok(Summoned::Replace);
        }
    }
    bail!("it runs already{who}, but {trouble}. End that process, then start xSwarm Voice again.")
}

async fn ask() -> std::io::Result<()> {
    let mut line = platform::ring().await?;
    line.write_all(SHOW).await?;
    let mut answer = [0; SHOWN.len()];
    line.read_exact(&mut answer).await?;
    if &answer == SHOWN { Ok(()) } else { Err(std::io::ErrorKind::InvalidData.into()) }
}

/// Answers every further start, one after the other.
pub(crate) async fn answer(wishes: mpsc::Sender<Wish>) {
    if let Err(error) = answer_all(&wishes).await {
        tracing::warn!(%error, "further starts can't be answered");
    }
}

async fn answer_all(wishes: &mpsc::Sender<Wish>) -> std::io::Result<()> {
    let mut doorbell = Doorbell::put_up()?;
    loop {
        let mut line = doorbell.rung().await?;
        let mut question = [0; SHOW.len()];
        let asked = tokio::time::timeout(QUESTION, line.read_exact(&mut question)).await;
        if !matches!(asked, Ok(Ok(_))) || &question != SHOW {
            continue;
        }
        let (tx, shown) = oneshot::channel();
        if wishes.send(Wish::ShowWindow(Some(tx))).await.is_err() {
            return Ok(());
        }
        if shown.await.is_ok() {
            // An error means that the caller has stopped waiting, and has said so.
            let _ = line.write_all(SHOWN).await;
        }
    }
}
