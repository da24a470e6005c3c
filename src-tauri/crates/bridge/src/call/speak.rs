//! What is sent to the caller.

use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::sync::atomic::Ordering;
use std::task::Poll;
use std::time::Duration;

use tokio::time::{Sleep, sleep, timeout};

use super::hold::OngoingCall;
use super::show::SHOWN_EVERY;
use crate::conversation::playout::{Cue, Mark, Out, Step};
use crate::ending::Ending;
use crate::leg::interface::Plays;
use crate::tap::Side;

/// How many frames a message of a model has.
const FRAMES: u32 = 4;

impl OngoingCall {
    /// Sends all that the engine says, each frame when it is due.
    pub(super) async fn speak(&self, plays: &mut impl Plays) -> Ending {
        let mouth = &self.handle.mouth;
        let (mut shown, mut unshown) = (None, 0);
        let mut alarm = pin!(sleep(Duration::ZERO));
        let mut cue = Cue::Clock;
        let mut frame = Vec::new();
        loop {
            let step = mouth.step(std::mem::replace(&mut cue, Cue::Clock), &mut frame);
            let state = Some((mouth.phase(), step == Step::Rest));
            if shown != state || unshown >= SHOWN_EVERY {
                (shown, unshown) = (state, 0);
                self.show_said();
                self.show_phase();
            }
            match step {
                Step::Rest => {
                    mouth.changed().await;
                    // What came while there was nothing to be said.
                    self.has_frame_come.store(false, Ordering::Relaxed);
                }
                Step::Wait(until) => {
                    alarm.as_mut().reset(until);
                    tokio::select! {
                        biased;
                        () = mouth.changed() => {}
                        next = self.cue(alarm.as_mut()) => cue = next,
                    }
                }
                Step::Send(out) => {
                    unshown += if let Out::Message(_) = out { FRAMES } else { 1 };
                    if let Err(ending) = self.send(out, &frame, plays).await {
                        return ending;
                    }
                }
            }
        }
    }

    async fn send(&self, out: Out, frame: &[i16], plays: &mut impl Plays) -> Result<(), Ending> {
        match out {
            Out::Frame => {
                self.taps.take(Side::Us, frame);
                self.sent(plays.play(frame)).await
            }
            Out::Silence => self.sent(plays.play(frame)).await,
            Out::Word(word) => self.sent(plays.show(&word)).await,
            Out::Mark(mark) => {
                self.sent(plays.mark(mark)).await?;
                if let Mark::Echo(_) = mark {
                    self.entry.note(|call| call.echoes = call.echoes.saturating_add(1));
                }
                Ok(())
            }
            Out::Clear => self.sent(plays.clear()).await,
            Out::Message(message) => {
                self.taps.take(Side::Us, frame);
                self.sent(plays.pass_on(message)).await
            }
        }
    }

    /// Waits until something was sent, and no longer than it may take.
    async fn sent(&self, sending: impl Future<Output = Result<(), Ending>>) -> Result<(), Ending> {
        let mut sending = pin!(sending);
        // It is mostly done at once, and then there is no need of a timer.
        match poll_fn(|context| Poll::Ready(sending.as_mut().poll(context))).await {
            Poll::Ready(sent) => sent,
            Poll::Pending => timeout(self.patience, sending).await.unwrap_or(Err(Ending::Unread)),
        }
    }

    /// Waits for the alarm, or for a frame of the caller's.
    async fn cue(&self, mut alarm: Pin<&mut Sleep>) -> Cue {
        poll_fn(|context| {
            // No waker for it: whoever reads the caller's frames is polled by the same task, just before.
            if self.has_frame_come.swap(false, Ordering::Relaxed) {
                return Poll::Ready(Cue::Caller);
            }
            alarm.as_mut().poll(context).map(|()| Cue::Clock)
        })
        .await
    }
}
