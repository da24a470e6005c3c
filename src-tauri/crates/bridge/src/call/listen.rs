//! What the caller sends.

use std::pin::pin;
use std::sync::atomic::Ordering;
use std::time::Duration;

use futures_util::StreamExt;
use tokio::task::yield_now;
use tokio::time::{Instant, sleep};
use tracing::{trace, warn};
use wire::{Happening, bounded_name, plain};

use super::show::{SHOWN_EVERY, milliseconds};
use super::{Call, Reader, text_of};
use crate::caller::{Told, read};
use crate::ending::{Ending, Fault};
use crate::hearing::Hearing;

/// An utterance is over when for that long no sound comes at all, not even silence.
const NO_SOUND: Duration = Duration::from_secs(1);
/// Of how many messages that mean nothing to us, complaints among them, the log tells in one call.
const TOLD_OF: u64 = 8;
/// After how many messages without a break it is looked whether something is to be said.
const BREAK_AFTER: u32 = 64;

impl Call {
    /// Reads all that the caller sends.
    pub(super) async fn listen(
        &self,
        reader: &mut Reader,
        hearing: &mut Hearing,
        ignored: &mut u64,
    ) -> Ending {
        // One timer that is set anew when it runs out: to set it at every message would cost more than to read it.
        let mut alarm = pin!(sleep(self.idle));
        let (mut last, mut unshown, mut unbroken) = (Instant::now(), 0, 0);
        loop {
            let was_speaking = hearing.is_speaking();
            tokio::select! {
                biased;
                message = reader.next() => {
                    last = Instant::now();
                    let heard = text_of(message).and_then(|text| match text {
                        Some(text) => self.take(&text, last, hearing, ignored),
                        None => Ok(()),
                    });
                    if let Err(ending) = heard {
                        return ending;
                    }
                    unbroken += 1;
                }
                () = &mut alarm => {
                    let patience = if was_speaking { NO_SOUND } else { self.idle };
                    let is_over = last.elapsed() >= patience;
                    if is_over && !was_speaking {
                        return Ending::Idle;
                    }
                    if is_over {
                        hearing.silence();
                        unshown = SHOWN_EVERY;
                    }
                    alarm.as_mut().reset(last + if is_over { self.idle } else { patience });
                }
            }
            unshown += 1;
            if hearing.is_speaking() != was_speaking {
                self.caller_speaks.store(hearing.is_speaking(), Ordering::Relaxed);
                alarm.as_mut().reset(last + NO_SOUND);
                self.show_phase();
                if was_speaking {
                    let duration_ms = milliseconds(hearing.last_utterance());
                    self.entry.tell(Happening::Utterance { call: self.entry.id(), duration_ms });
                }
            }
            if unshown >= SHOWN_EVERY {
                self.show_heard(hearing);
                unshown = 0;
            }
            if unbroken >= BREAK_AFTER {
                unbroken = 0;
                yield_now().await;
            }
        }
    }

    fn take(
        &self,
        text: &str,
        now: Instant,
        hearing: &mut Hearing,
        ignored: &mut u64,
    ) -> Result<(), Ending> {
        let message = read(text)?;
        if matches!(message.told, Told::Start(_)) {
            return Err(Fault::StartedTwice.into());
        }
        if message.stream.is_some_and(|stream| stream != self.start.stream) {
            return Err(Fault::AnotherStream.into());
        }
        match message.told {
            Told::Sound(sound) => {
                trace!("sound");
                hearing.sound(&sound, now)?;
                self.has_frame_come.store(true, Ordering::Relaxed);
            }
            Told::Key(key) => hearing.key(key),
            Told::Played(name) => {
                self.line.mouth.playout(|playout| playout.played(&name, now));
            }
            Told::Stop => return Err(Ending::HungUp),
            Told::Complaint(what) => {
                *ignored += 1;
                if *ignored > TOLD_OF {
                    // One that complains without end must not fill the log.
                    return Ok(());
                }
                warn!(what = plain(&bounded_name(&what)), "the carrier complains");
            }
            Told::Start(_) | Told::Connected | Told::Other => *ignored += 1,
        }
        Ok(())
    }
}
