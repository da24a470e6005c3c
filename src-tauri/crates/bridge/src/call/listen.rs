//! What the caller sends.

use std::pin::pin;
use std::sync::atomic::Ordering;
use std::time::Duration;

use tokio::task::yield_now;
use tokio::time::{Instant, sleep};
use tracing::{trace, warn};
use wire::{Happening, bounded_name, plain};

use super::hearing::Hearing;
use super::hold::OngoingCall;
use super::show::{SHOWN_EVERY, milliseconds};
use crate::conversation::ears::EarEvent;
use crate::ending::Ending;
use crate::leg::interface::{Event, Hears};

/// An utterance is over when for that long no sound comes at all, not even silence.
const NO_SOUND: Duration = Duration::from_secs(1);
/// Of how many messages that mean nothing to us, complaints among them, the log tells in one call.
const TOLD_OF: u64 = 8;
/// After how many messages without a break it is looked whether something is to be said.
const BREAK_AFTER: u32 = 64;

impl OngoingCall {
    pub(super) async fn listen(&self, hears: &mut impl Hears, hearing: &mut Hearing) -> Ending {
        // One timer that is set anew when it runs out: to set it at every message would cost more than to read it.
        let mut alarm = pin!(sleep(self.idle));
        let (mut last, mut unshown, mut unbroken) = (Instant::now(), 0, 0);
        let mut sound = Vec::new();
        loop {
            let (was_speaking, utterances) = (hearing.is_speaking, hearing.tally.utterances);
            tokio::select! {
                biased;
                event = hears.hear(&mut sound) => {
                    last = Instant::now();
                    match event {
                        Ok(event) => self.take(event, &sound, last, hearing),
                        Err(ending) => return ending,
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
            if hearing.is_speaking != was_speaking {
                alarm.as_mut().reset(last + NO_SOUND);
                self.show_phase();
            }
            if hearing.tally.utterances != utterances {
                let duration_ms = milliseconds(hearing.last_utterance);
                self.entry.tell(Happening::Utterance { call: self.entry.id, duration_ms });
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

    fn take(&self, event: Event, sound: &[i16], now: Instant, hearing: &mut Hearing) {
        match event {
            Event::Sound { at, number } => {
                trace!("sound");
                hearing.sound(sound, at, number, now);
                self.has_frame_come.store(true, Ordering::Relaxed);
            }
            Event::Unreadable { at, number } => {
                hearing.unreadable(at, number, now);
                note_odd(hearing);
            }
            Event::Message(message) => {
                hearing.sound(sound, None, None, now);
                hearing.pass(EarEvent::Message(message));
            }
            Event::Key(key) => hearing.key(key),
            Event::Played(mark) => {
                self.handle.mouth.playout(|playout| playout.played(mark, now));
            }
            Event::Complaint(what) => {
                hearing.tally.ignored += 1;
                hearing.tally.complaints += 1;
                // One that complains without end must not fill the log.
                if hearing.tally.complaints <= TOLD_OF {
                    let what = without_numbers(&plain(&bounded_name(&what)));
                    warn!(what, "the carrier complains");
                }
            }
            Event::Other => hearing.tally.ignored += 1,
            Event::Odd => note_odd(hearing),
            Event::Alive => {}
        }
    }
}

/// Counts a message that the caller's side should not send. The first is told of, without what it says.
fn note_odd(hearing: &mut Hearing) {
    if hearing.tally.odd == 0 {
        warn!("the caller's side sends messages that can't be understood; the call goes on");
    }
    hearing.tally.odd += 1;
}

/// This text without what may be somebody's number: five digits and more in a row.
fn without_numbers(text: &str) -> String {
    let is_digit = |letter: char| letter.is_ascii_digit();
    let runs = text.split_inclusive(|letter| !is_digit(letter));
    runs.map(|run| {
        let digits = run.chars().filter(|letter| is_digit(*letter)).count();
        if digits < 5 {
            run.to_owned()
        } else {
            format!("\u{2026}{}", run.trim_start_matches(is_digit))
        }
    })
    .collect()
}
