//! Asks a program something: only so long, and only so much of its answer is read.

use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt};
use tokio::process::Command;
use tokio::time::timeout;

/// How long a program may take to answer. Python looks into many files the first time.
const PATIENCE: Duration = Duration::from_secs(10);
/// How much of an answer is read.
const MOST: u64 = 64 * 1024;

/// What a program has said.
pub(super) struct Reply {
    pub(super) output: String,
    pub(super) complaint: String,
    pub(super) has_succeeded: bool,
}

/// What that program says to these arguments, or why it says nothing.
pub(super) async fn ask(program: &Path, arguments: &[&str]) -> Result<Reply, String> {
    let mut child = Command::new(program)
        .args(arguments)
        .env("LC_ALL", "C")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .map_err(|error| format!("it can't be started ({error})"))?;
    let (output, complaint) = (child.stdout.take(), child.stderr.take());
    let heard = async {
        let (output, complaint) = tokio::join!(read(output), read(complaint));
        (output, complaint, child.wait().await)
    };
    let (output, complaint, status) = timeout(PATIENCE, heard)
        .await
        .map_err(|_| format!("it didn't answer within {} s", PATIENCE.as_secs()))?;
    Ok(Reply { output, complaint, has_succeeded: status.is_ok_and(|status| status.success()) })
}

async fn read(pipe: Option<impl AsyncRead + Unpin>) -> String {
    let Some(pipe) = pipe else { return String::new() };
    let mut bytes = Vec::new();
    // What came before an error is all there is; the pipe is closed behind it, so that whoever says more ends at that.
    let _ = pipe.take(MOST).read_to_end(&mut bytes).await;
    String::from_utf8_lossy(&bytes).into_owned()
}
