//! A second start asks the first to show its window, and ends. It never ends silently: where the first does not answer,
//! or has no window, it says so.

use std::process::ExitCode;
use std::time::Duration;

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

/// Asks the first start to show its window. Nothing is known of it if it has started only this moment.
pub(crate) fn call(first: Option<&Running>) -> ExitCode {
    let who =
        first.map_or_else(String::new, |first| format!(", as process {}", first.identity.pid));
    if let Some(Role::Serve | Role::Single) = first.map(|first| first.role) {
        notice::tell(&format!(
            "xSwarm Voice runs already{who}, in a terminal and without a window. \
             End it there first, or watch it with `xswarm status --watch`."
        ));
        return ExitCode::FAILURE;
    }
    let trouble = match async_runtime::block_on(async { tokio::time::timeout(ANSWER, ask()).await })
    {
        Ok(Ok(())) => {
            tracing::info!(
                first = first.map(|first| first.identity.pid),
                "shown in the window that runs already"
            );
            return ExitCode::SUCCESS;
        }
        Ok(Err(error)) => format!("can't be reached ({error})"),
        Err(_) => "does not answer".to_owned(),
    };
    notice::tell(&format!(
        "xSwarm Voice runs already{who}, but {trouble}. End that process, then start xSwarm Voice again."
    ));
    ExitCode::FAILURE
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
