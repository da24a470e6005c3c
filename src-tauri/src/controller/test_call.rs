//! A test call from the window, the same as `xswarm call` places.

use std::net::SocketAddr;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use station::{Introduction, Settings, TOKEN_HEADER, VOICE_BRIDGE};
use testcall::{Course, End, PhoneCall, Unanswered};
use tokio::sync::oneshot;
use wire::window::TestCall;
use wire::{Failure, Snapshot};

/// The test call that goes on, if one does.
#[derive(Default)]
pub(crate) struct TestLine(Mutex<Option<oneshot::Sender<()>>>);

impl TestLine {
    /// Places a test call at the first of these addresses that the voice bridge holds alone, by the settings that it goes by.
    pub(super) async fn place(
        &self,
        settings: &Settings,
        addresses: &[SocketAddr],
    ) -> Result<TestCall, Failure> {
        let introduction = station::introduction(settings, addresses).await;
        let introduction = introduction.map_err(Failure::system)?;
        let (hang_up, hung_up) = oneshot::channel();
        // A call that goes on ends when another begins.
        drop(self.line().replace(hang_up));
        tokio::select! {
            told = place(introduction) => Ok(told),
            _ = hung_up => Ok(TestCall::HungUp),
        }
    }

    pub(super) fn hang_up(&self) {
        drop(self.line().take());
    }

    fn line(&self) -> MutexGuard<'_, Option<oneshot::Sender<()>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Where the voice bridge listens.
pub(super) fn addresses(snapshot: &Snapshot) -> Vec<SocketAddr> {
    let Some(bridge) = snapshot.service(VOICE_BRIDGE) else { return Vec::new() };
    let companions = bridge.companions.iter().map(|companion| &companion.address);
    std::iter::once(&bridge.address).chain(companions).filter_map(|at| at.parse().ok()).collect()
}

async fn place(Introduction { address, token, secret }: Introduction) -> TestCall {
    let token = token.as_deref().map(|token| (TOKEN_HEADER, token));
    let call = match PhoneCall::dial(address, &address.to_string(), secret, token.as_slice()).await
    {
        Ok(call) => call,
        Err(Unanswered::Nobody) => return TestCall::Unanswered { reason: None },
        Err(Unanswered::Declined { reason, .. }) => {
            return TestCall::Unanswered { reason: Some(reason) };
        }
    };
    let voice = testcall::voice();
    let ended = call.talk(&testcall::frames(&voice), std::future::pending()).await;
    let cut_off = match &ended.end {
        End::Broken(broken) => return TestCall::Broken { reason: broken.to_string() },
        End::CutOff(reason) => Some(reason.clone()),
        End::HungUp | End::Stopped => None,
    };
    let course = tokio::task::spawn_blocking(move || Course::of(&ended, &voice)).await;
    match course {
        Ok(course) => told(&course, cut_off),
        Err(error) => TestCall::Broken { reason: error.to_string() },
    }
}

fn told(course: &Course, cut_off: Option<String>) -> TestCall {
    TestCall::Done {
        answered_after_ms: course.answered_after.map(milliseconds),
        greeting_ms: milliseconds(course.greeting),
        has_spoken: !course.spoken.is_zero(),
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
