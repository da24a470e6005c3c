//! A test call from the window, the same as `xswarm call` places.

use std::net::SocketAddr;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use station::{Introduction, Settings, TOKEN_HEADER, VOICE_BRIDGE, folders};
use testcall::{Call, Course, Unanswered};
use tokio::sync::oneshot;
use wire::window::TestCall;
use wire::{Failure, Snapshot};

use super::failure;
use crate::Shell;

/// The test call that goes on, if one does: whoever drops this hangs up.
#[derive(Default)]
pub(crate) struct Line(Mutex<Option<oneshot::Sender<()>>>);

pub(super) async fn test_call(shell: &Shell) -> Result<TestCall, Failure> {
    let settings = folders::config().map(|folder| Settings::load(&folder).settings);
    let addresses = addresses(&shell.snapshots.borrow());
    let introduction = station::introduction(&settings.unwrap_or_default(), &addresses).await;
    let introduction = introduction.map_err(failure)?;
    let (hang_up, hung_up) = oneshot::channel();
    // A call that goes on ends when another begins.
    drop(shell.line.0.lock().unwrap_or_else(PoisonError::into_inner).replace(hang_up));
    tokio::select! {
        told = place(introduction) => Ok(told),
        _ = hung_up => Ok(TestCall::HungUp),
    }
}

/// Where the voice bridge listens.
fn addresses(snapshot: &Snapshot) -> Vec<SocketAddr> {
    let Some(bridge) = snapshot.service(VOICE_BRIDGE) else { return Vec::new() };
    let companions = bridge.companions.iter().map(|companion| &companion.address);
    std::iter::once(&bridge.address).chain(companions).filter_map(|at| at.parse().ok()).collect()
}

pub(super) fn hang_up(shell: &Shell) {
    drop(shell.line.0.lock().unwrap_or_else(PoisonError::into_inner).take());
}

async fn place(Introduction { address, token, secret }: Introduction) -> TestCall {
    let token = token.as_deref().map(|token| (TOKEN_HEADER, token));
    let call = match Call::dial(address, secret, token.as_slice()).await {
        Ok(call) => call,
        Err(Unanswered::Nobody) => return TestCall::Unanswered { reason: None },
        Err(Unanswered::Declined { reason, .. }) => {
            return TestCall::Unanswered { reason: Some(reason) };
        }
    };
    let voice = testcall::voice();
    let ended = match call.talk(&testcall::frames(&voice)).await {
        Ok(ended) => ended,
        Err(broken) => return TestCall::Broken { reason: broken.to_string() },
    };
    let cut_off = ended.cut_off.clone();
    let course = tauri::async_runtime::spawn_blocking(move || Course::of(&ended, &voice)).await;
    match course {
        Ok(course) => told(&course, cut_off),
        Err(error) => TestCall::Broken { reason: error.to_string() },
    }
}

fn told(course: &Course, cut_off: Option<String>) -> TestCall {
    TestCall::Done {
        answered_after_ms: course.answered_after.map(milliseconds),
        greeting_ms: milliseconds(course.greeting),
        has_spoken: course.has_spoken,
        echo: course.echo.map(|echo| wire::window::Echo {
            delay_ms: milliseconds(echo.delay),
            gain_db: echo.gain,
            correlation: echo.correlation,
        }),
        heard_ms: milliseconds(course.heard),
        level_dbfs: course.level.decibels(),
        cut_off,
    }
}

fn milliseconds(time: Duration) -> u32 {
    u32::try_from(time.as_millis()).unwrap_or(u32::MAX)
}
