//! A test call from the window, the same as `xswarm call` places.

use std::net::SocketAddr;
use std::sync::{Mutex, PoisonError};

use serde::Serialize;
use station::{Introduction, Settings, TOKEN_HEADER, folders};
use testcall::{Call, Course, Echo, Unanswered};
use tokio::sync::oneshot;
use wire::{Failure, ServiceName, Snapshot};

use super::failure;
use crate::Shell;

/// The test call that goes on, if one does: whoever drops this hangs up.
#[derive(Default)]
pub(crate) struct Line(Mutex<Option<oneshot::Sender<()>>>);

/// What came of it. Times are in milliseconds, levels in decibels.
#[derive(Serialize)]
#[serde(tag = "call", rename_all = "snake_case")]
pub(super) enum Told {
    /// Nobody took it.
    Unanswered {
        /// Why, if that is known.
        reason: Option<String>,
    },
    /// It was hung up in the window.
    HungUp,
    /// It broke off.
    Broken {
        /// Why.
        reason: String,
    },
    /// It was seen through.
    Done {
        /// From the start until something was heard, if anything was.
        answered_after_ms: Option<u128>,
        /// How long the other side spoke before the voice did.
        greeting_ms: u128,
        /// Whether the voice was spoken.
        has_spoken: bool,
        /// The voice, if it came back.
        echo: Option<ToldEcho>,
        /// How much was heard.
        heard_ms: u128,
        /// How loud that was, below full scale.
        level_dbfs: f32,
        /// Why the other side ended the call, if it did.
        cut_off: Option<String>,
    },
}

#[derive(Serialize)]
pub(super) struct ToldEcho {
    delay_ms: u128,
    gain_db: f32,
    correlation: f64,
}

pub(super) async fn test_call(shell: &Shell) -> Result<Told, Failure> {
    let settings = folders::config().map(|folder| Settings::load(&folder).settings);
    let addresses = addresses(&shell.snapshots.borrow());
    let introduction = station::introduction(&settings.unwrap_or_default(), &addresses).await;
    let introduction = introduction.map_err(failure)?;
    let (hang_up, hung_up) = oneshot::channel();
    // A call that goes on ends when another begins.
    drop(shell.line.0.lock().unwrap_or_else(PoisonError::into_inner).replace(hang_up));
    tokio::select! {
        told = place(introduction) => Ok(told),
        _ = hung_up => Ok(Told::HungUp),
    }
}

/// Where the voice bridge listens.
fn addresses(snapshot: &Snapshot) -> Vec<SocketAddr> {
    let Some(bridge) = snapshot.service(ServiceName::VoiceBridge) else { return Vec::new() };
    let companions = bridge.companions.iter().map(|companion| &companion.address);
    std::iter::once(&bridge.address).chain(companions).filter_map(|at| at.parse().ok()).collect()
}

pub(super) fn hang_up(shell: &Shell) {
    drop(shell.line.0.lock().unwrap_or_else(PoisonError::into_inner).take());
}

async fn place(Introduction { address, token, secret }: Introduction) -> Told {
    let token = token.as_deref().map(|token| (TOKEN_HEADER, token));
    let call = match Call::dial(address, secret, token.as_slice()).await {
        Ok(call) => call,
        Err(Unanswered::Nobody) => return Told::Unanswered { reason: None },
        Err(Unanswered::Declined(reason)) => return Told::Unanswered { reason: Some(reason) },
    };
    let voice = testcall::voice();
    let ended = match call.talk(&testcall::frames(&voice)).await {
        Ok(ended) => ended,
        Err(broken) => return Told::Broken { reason: broken.to_string() },
    };
    let cut_off = ended.cut_off.clone();
    let course = tauri::async_runtime::spawn_blocking(move || Course::of(&ended, &voice)).await;
    match course {
        Ok(course) => told(&course, cut_off),
        Err(error) => Told::Broken { reason: error.to_string() },
    }
}

fn told(course: &Course, cut_off: Option<String>) -> Told {
    Told::Done {
        answered_after_ms: course.answered_after.map(|after| after.as_millis()),
        greeting_ms: course.greeting.as_millis(),
        has_spoken: course.has_spoken,
        echo: course.echo.map(|Echo { delay, gain, correlation }| ToldEcho {
            delay_ms: delay.as_millis(),
            gain_db: gain,
            correlation,
        }),
        heard_ms: course.heard.as_millis(),
        level_dbfs: course.level.decibels(),
        cut_off,
    }
}
