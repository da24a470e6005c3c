//! What is sent to the caller.

use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::sync::atomic::Ordering;
use std::task::Poll;
use std::time::Duration;

use audio::g711;
use futures_util::SinkExt;
use tokio::time::{Sleep, sleep, timeout};
use tokio_tungstenite::tungstenite::Message;

use super::show::SHOWN_EVERY;
use super::{Call, Writer};
use crate::caller::Pen;
use crate::ending::Ending;
use crate::playout::{Cue, Mark, Out, Step};
use crate::recording::Side;

impl Call {
    /// Sends all that the engine says, each frame when it is due.
    pub(super) async fn speak(&self, writer: &mut Writer) -> Ending {
        let pen = Pen::new(self.start.carrier, &self.start.stream);
        let (mut was_resting, mut unshown) = (true, 0);
        let mut alarm = pin!(sleep(Duration::ZERO));
        let mut cue = Cue::Clock;
        loop {
            let step = self.line.mouth.step(std::mem::replace(&mut cue, Cue::Clock));
            let is_resting = !self.line.mouth.playout(|playout| playout.is_heard());
            if is_resting != was_resting || unshown >= SHOWN_EVERY {
                was_resting = is_resting;
                unshown = 0;
                self.show_said();
                self.show_phase();
            }
            match step {
                Step::Rest => {
                    self.line.mouth.changed().await;
                    // What came while there was nothing to be said.
                    self.has_frame_come.store(false, Ordering::Relaxed);
                }
                Step::Wait(until) => {
                    alarm.as_mut().reset(until);
                    tokio::select! {
                        biased;
                        () = self.line.mouth.changed() => {}
                        next = self.cue(alarm.as_mut()) => cue = next,
                    }
                }
                Step::Send(out) => {
                    let text = match &out {
                        Out::Frame(payload) => {
                            if let Some(tape) = &self.tape {
                                tape.take(Side::Us, payload.map(g711::decoded));
                            }
                            pen.media(payload)
                        }
                        Out::Mark(mark) => pen.mark(&mark.to_string()),
                        Out::Clear => pen.clear(),
                    };
                    if let Err(ending) = self.send(writer, text).await {
                        return ending;
                    }
                    unshown += 1;
                    if let Out::Mark(Mark::Echo(_)) = out {
                        self.entry.note(|call| call.echoes = call.echoes.saturating_add(1));
                    }
                }
            }
        }
    }

    /// Sends this, and waits no longer than it may take.
    async fn send(&self, writer: &mut Writer, text: String) -> Result<(), Ending> {
        let mut sending = pin!(writer.send(Message::text(text)));
        // It is mostly done at once, and then there is no need of a timer.
        let sent = match poll_fn(|context| Poll::Ready(sending.as_mut().poll(context))).await {
            Poll::Ready(sent) => Ok(sent),
            Poll::Pending => timeout(self.idle, sending).await,
        };
        match sent {
            Ok(Ok(())) => Ok(()),
            Ok(Err(error)) => Err(Ending::from_error(&error)),
            Err(_) => Err(Ending::Unread),
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
