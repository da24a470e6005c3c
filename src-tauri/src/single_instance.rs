//! A second start asks the first to show its window, and ends. It never ends silently: where the first does not answer,
//! or has no window, it says so.
//!
//! The second says a word, and the first answers at once that it is there, and later what came of it. Starts take turns until
//! they can be asked, so a first is never met on its way up; one that is on its way down is waited for.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use anyhow::bail;
use station::{Role, Running, Turn};
use tauri::async_runtime;
use tokio::io::{
    AsyncBufRead, AsyncBufReadExt as _, AsyncRead, AsyncReadExt as _, AsyncWrite,
    AsyncWriteExt as _, BufReader,
};
use tokio::sync::{mpsc, oneshot};

use crate::controller::Request;
use crate::platform::{self, Doorbell};
use crate::shutdown::Shutdown;
use crate::{dialogs, logging};

/// What the second says: the window is to be shown, or it only asks whether anybody is there.
const SHOW: &str = "show\n";
const HERE: &str = "here\n";

/// What the first answers: at once, and when its window is on the screen or can't be.
const YES: &str = "yes\n";
const SHOWN: &str = "shown\n";
const NOT_SHOWN: &str = "not shown\n";

/// How long the first may take to answer. Below it people wait, above it they start a third.
const ANSWER: Duration = Duration::from_secs(5);

/// How long an end may take: somewhat longer than one does that waits for those who are on the line.
const LONGEST_END: Duration = Duration::from_secs(8);

/// How long its window may take to come, after which it has been given up there.
const LONGEST_OPENING: Duration = Duration::from_secs(45);

/// How long a caller may take to say what it wants.
const QUESTION: Duration = Duration::from_secs(1);

/// How long a bell that can't be heard is left alone.
const REST: Duration = Duration::from_secs(1);

/// What came of asking the first start for its window.
pub(crate) enum Summoned {
    /// It is shown, or was not wanted, and nothing is left to do.
    Answered,
    /// There is no first start any more.
    Nobody,
    /// The first start does not answer, and is to be replaced.
    Replace,
}

/// Waits for the turn of this start. Nothing if it doesn't come, because another hangs in its own.
pub(crate) fn turn() -> Option<Turn> {
    let Some(turn) = within(ANSWER, Turn::wait) else {
        tracing::warn!("another start hangs");
        return None;
    };
    turn.inspect_err(|error| tracing::warn!(%error, "starts can't take turns")).ok()
}

/// Asks the first start to show its window or, where this start is a hidden one, only whether it is there. The turn is given
/// on when it has answered. Nothing is known of the first where it is about to end.
///
/// # Errors
/// If there is no window to show, in words for whoever started us.
pub(crate) fn call(
    first: Option<&Running>,
    is_hidden: bool,
    turn: Option<Turn>,
) -> anyhow::Result<Summoned> {
    let pid = first.map(|first| first.identity.pid);
    let who = pid.map_or_else(String::new, |pid| format!(", as process {pid}"));
    if let Some(Role::Serve | Role::Single) = first.map(|first| first.role) {
        bail!(
            "it runs already{who}, in a terminal and without a window. \
             End it there first, or watch it with `xswarm status --watch`."
        );
    }
    // This start was asked for, so it may come to the front, and passes that on.
    platform::let_come_to_the_front(pid);
    let trouble = match async_runtime::block_on(ask(is_hidden, turn)) {
        Ok(Answer::Yes) => {
            tracing::info!(first = pid, is_hidden, "it runs already");
            return Ok(Summoned::Answered);
        }
        Ok(Answer::NotShown) => {
            let log =
                logging::folder().map_or_else(String::new, |log| format!(" in {}", log.display()));
            bail!(
                "it runs already{who}, and well, but its window can't be shown. The log{log} tells why."
            )
        }
        Ok(Answer::Nothing) => "does not answer".to_owned(),
        Err(_) if nobody_runs_soon() => return Ok(Summoned::Nobody),
        Err(error) => format!("can't be reached ({error})"),
    };
    // Only a process that is known can be ended.
    if first.is_some() {
        let question = format!(
            "xSwarm Voice runs already{who}, but {trouble}. Should it be ended, and xSwarm Voice be started afresh? \
             It is asked to end first; calls that it may still have are cut off."
        );
        if dialogs::agrees_to(&question, "End it and start afresh") {
            return Ok(Summoned::Replace);
        }
    }
    bail!("it runs already{who}, but {trouble}. End that process, then start xSwarm Voice again.")
}

/// Waits for the end of a first start that can't be reached, as it can't on its way down. Says whether it has come.
fn nobody_runs_soon() -> bool {
    matches!(within(LONGEST_END, station::until_nobody_runs), Some(Ok(())))
}

/// What that comes to, if it does in time.
fn within<T: Send + 'static>(
    limit: Duration,
    work: impl FnOnce() -> T + Send + 'static,
) -> Option<T> {
    let working = async_runtime::spawn_blocking(work);
    async_runtime::block_on(async { tokio::time::timeout(limit, working).await }).ok()?.ok()
}

enum Answer {
    /// That it is there, and its window on the screen if that was wanted.
    Yes,
    NotShown,
    Nothing,
}

/// An error means that nobody is there to be asked, or goes in the middle of it.
async fn ask(is_hidden: bool, turn: Option<Turn>) -> io::Result<Answer> {
    let mut line = BufReader::new(platform::ring().await?);
    let word = if is_hidden { HERE } else { SHOW };
    line.write_all(word.as_bytes()).await?;
    let Ok(answer) = tokio::time::timeout(ANSWER, answered(&mut line)).await else {
        return Ok(Answer::Nothing);
    };
    if answer? != YES {
        return Err(io::ErrorKind::InvalidData.into());
    }
    drop(turn);
    if is_hidden {
        return Ok(Answer::Yes);
    }
    match tokio::time::timeout(LONGEST_OPENING, answered(&mut line)).await {
        Ok(answer) => Ok(if answer? == SHOWN { Answer::Yes } else { Answer::NotShown }),
        Err(_) => Ok(Answer::NotShown),
    }
}

async fn answered(line: &mut (impl AsyncBufRead + Unpin)) -> io::Result<String> {
    let mut answer = String::new();
    match line.read_line(&mut answer).await? {
        0 => Err(io::ErrorKind::UnexpectedEof.into()),
        _ => Ok(answer),
    }
}

/// Puts up what further starts ring.
pub(crate) fn doorbell() -> Option<Doorbell> {
    let doorbell = async_runtime::block_on(async { Doorbell::put_up() });
    doorbell.inspect_err(|error| tracing::warn!(%error, "further starts can't be answered")).ok()
}

pub(crate) async fn answer(
    mut doorbell: Doorbell,
    requests: mpsc::Sender<Request>,
    shutdown: Arc<Shutdown>,
) {
    loop {
        match doorbell.rung().await {
            Ok(line) => {
                let (requests, shutdown) = (requests.clone(), Arc::clone(&shutdown));
                async_runtime::spawn(async move {
                    // An error means that the caller has gone, or never said what it wants.
                    let _ = answer_one(&requests, &shutdown, line).await;
                });
            }
            Err(error) => {
                tracing::warn!(%error, "a further start can't be answered");
                tokio::time::sleep(REST).await;
            }
        }
    }
}

async fn answer_one(
    requests: &mpsc::Sender<Request>,
    shutdown: &Shutdown,
    mut line: impl AsyncRead + AsyncWrite + Unpin,
) -> io::Result<()> {
    let mut word = [0; SHOW.len()];
    tokio::time::timeout(QUESTION, line.read_exact(&mut word)).await??;
    // Whoever comes during the end starts afresh after it.
    if shutdown.has_begun() {
        return Ok(());
    }
    if word == *HERE.as_bytes() {
        return line.write_all(YES.as_bytes()).await;
    }
    if word != *SHOW.as_bytes() {
        return Ok(());
    }
    let (tx, shown) = oneshot::channel();
    if requests.send(Request::ShowWindow(Some(tx))).await.is_err() {
        return Ok(());
    }
    line.write_all(YES.as_bytes()).await?;
    let is_shown = shown.await.is_ok();
    if !is_shown && shutdown.has_begun() {
        return Ok(());
    }
    line.write_all(if is_shown { SHOWN } else { NOT_SHOWN }.as_bytes()).await
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a start hears that says this to a first whose window does so.
    async fn heard(word: &str, shutdown: &Shutdown, comes: bool) -> String {
        let (requests, mut inbox) = mpsc::channel(1);
        let (mut caller, line) = tokio::io::duplex(64);
        caller.write_all(word.as_bytes()).await.expect("room");
        let window = async {
            if let Some(Request::ShowWindow(Some(shown))) = inbox.recv().await
                && comes
            {
                shown.send(()).expect("somebody waits");
            }
        };
        let answering = async {
            // An error means that the caller has gone.
            let _ = answer_one(&requests, shutdown, line).await;
            drop(requests);
        };
        let mut heard = String::new();
        let hearing = caller.read_to_string(&mut heard);
        let (_, (), ()) = tokio::join!(hearing, answering, window);
        heard
    }

    fn up() -> Shutdown {
        Shutdown::by(async {})
    }

    #[tokio::test]
    async fn a_second_start_is_told_that_the_first_is_there_and_when_its_window_is() {
        assert_eq!(heard(SHOW, &up(), true).await, format!("{YES}{SHOWN}"));
        assert_eq!(heard(SHOW, &up(), false).await, format!("{YES}{NOT_SHOWN}"));
    }

    #[tokio::test]
    async fn a_hidden_start_only_asks_whether_anybody_is_there() {
        assert_eq!(heard(HERE, &up(), true).await, YES);
        assert_eq!(heard("what\n", &up(), true).await, "");
    }

    #[tokio::test]
    async fn whoever_comes_during_the_end_is_not_answered_and_starts_after_it() {
        let shutdown = up();
        shutdown.begins();
        assert_eq!(heard(SHOW, &shutdown, true).await, "");
        assert_eq!(heard(HERE, &shutdown, true).await, "");
    }
}
