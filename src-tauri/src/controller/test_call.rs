//! A test call from the window, the same as `xswarm call` places.

use std::net::SocketAddr;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use station::{Introduction, Settings, TOKEN_HEADER, VOICE_BRIDGE, words};
use testcall::{Course, End, PhoneCall, Unanswered};
use tokio::sync::{oneshot, watch};
use tokio::time::timeout;
use wire::window::{Answerer, TestCall};
use wire::{Failure, Snapshot};

/// How long it may take to be told of a call that has ended.
const SOON: Duration = Duration::from_secs(3);

/// The test call that goes on, if one does.
#[derive(Default)]
pub(crate) struct TestLine(Mutex<Option<oneshot::Sender<()>>>);

impl TestLine {
    /// Places a test call at the first of these addresses that the voice bridge holds alone, by the settings that it goes by.
    pub(super) async fn place(
        &self,
        settings: &Settings,
        addresses: &[SocketAddr],
        snapshots: watch::Receiver<Snapshot>,
    ) -> Result<TestCall, Failure> {
        let introduction = station::introduction(settings, addresses).await;
        let introduction = introduction.map_err(Failure::system)?;
        let (hang_up, hung_up) = oneshot::channel();
        // A call that goes on ends when another begins.
        drop(self.line().replace(hang_up));
        tokio::select! {
            told = place(introduction, snapshots) => Ok(told),
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

async fn place(
    Introduction { address, token, secret }: Introduction,
    snapshots: watch::Receiver<Snapshot>,
) -> TestCall {
    let token = token.as_deref().map(|token| (TOKEN_HEADER, token));
    let call = match PhoneCall::dial(address, &address.to_string(), secret, token.as_slice()).await
    {
        Ok(call) => call,
        Err(Unanswered::Nobody) => return TestCall::Unanswered { reason: None },
        Err(Unanswered::Declined { reason, .. }) => {
            return TestCall::Unanswered { reason: Some(reason) };
        }
    };
    let (voice, carrier_id) = (testcall::voice(), call.carrier_id().to_owned());
    let ended = call.talk(&testcall::frames(&voice), std::future::pending()).await;
    let cut_off = match &ended.end {
        End::Broken(broken) => return TestCall::Broken { reason: broken.to_string() },
        End::CutOff(reason) => Some(reason.clone()),
        End::HungUp | End::Stopped => None,
    };
    let answerer = answerer(snapshots, &carrier_id).await;
    let course = tokio::task::spawn_blocking(move || Course::of(&ended, &voice)).await;
    match course {
        Ok(course) => told(&course, cut_off, answerer),
        Err(error) => TestCall::Broken { reason: error.to_string() },
    }
}

/// Who answered that call. Calls that have ended are told of a moment later.
async fn answerer(mut snapshots: watch::Receiver<Snapshot>, carrier_id: &str) -> Answerer {
    let known = timeout(SOON, async {
        loop {
            let now = SystemTime::now().into();
            let answerer = words::answerer(&snapshots.borrow_and_update(), carrier_id, now);
            if answerer.is_some() || snapshots.changed().await.is_err() {
                return answerer;
            }
        }
    });
    let known = known.await.ok().flatten();
    known.unwrap_or_else(|| words::no_answerer_known(&snapshots.borrow()))
}

fn told(course: &Course, cut_off: Option<String>, answerer: Answerer) -> TestCall {
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
        answerer: Some(answerer),
    }
}

fn milliseconds(time: Duration) -> u32 {
    u32::try_from(time.as_millis()).unwrap_or(u32::MAX)
}
