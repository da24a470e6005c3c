//! The caller's sound on its way to the engine: frames and utterances out, what was lost counted.

use std::time::Duration;

use audio::{Converter, FRAME_SAMPLES, Limits, Rate, Utterances};
use tokio::time::Instant;

use super::reorder::{Packet, ReorderBuffer};
use super::timeline::Timeline;
use crate::conversation::ears::{EarEvent, Ears};
use crate::conversation::mouth::Mouth;
use crate::meter::Meter;
use crate::tap::{Side, Taps};

pub(super) struct Hearing {
    ears: Ears,
    mouth: Mouth,
    rate: Rate,
    /// Where sound may come out of turn.
    order: Option<ReorderBuffer>,
    /// What isn't a frame yet.
    waiting: Vec<i16>,
    /// To the rate at which voices are found.
    converter: Converter,
    utterances: Utterances,
    pub(super) is_speaking: bool,
    pub(super) last_utterance: Duration,
    timeline: Timeline,
    taps: Taps,
    pub(super) level: Meter,
    pub(super) tally: Tally,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Tally {
    pub(super) sound: Duration,
    pub(super) lost: Duration,
    /// By how much the last of it came late.
    pub(super) lag: Duration,
    /// By how much the latest of it came late.
    pub(super) longest_lag: Duration,
    pub(super) utterances: u32,
    pub(super) keys: u32,
    /// How often the carrier's counter made a step that the clock on the wall doesn't confirm.
    pub(super) steps: u32,
    /// How many messages weren't for us.
    pub(super) ignored: u64,
    /// How often the carrier complained.
    pub(super) complaints: u64,
    /// How many messages nobody should send who speaks as this caller does.
    pub(super) odd: u64,
    /// How often the engine was too slow to hear.
    pub(super) dropped: u64,
}

impl Hearing {
    pub(super) fn new(ears: Ears, mouth: Mouth, rate: Rate, taps: Taps) -> Self {
        Self {
            ears,
            mouth,
            rate,
            order: None,
            waiting: Vec::new(),
            converter: Converter::new(rate, Rate::Telephone),
            utterances: Utterances::new(rate, Limits::default()),
            is_speaking: false,
            last_utterance: Duration::ZERO,
            timeline: Timeline::default(),
            taps,
            level: Meter::default(),
            tally: Tally::default(),
        }
    }

    /// Takes a piece of sound that came `now`. It was made `at` that time after the start of the stream, where that is told,
    /// and has this number where pieces may come out of turn.
    pub(super) fn sound(
        &mut self,
        samples: &[i16],
        at: Option<Duration>,
        number: Option<u64>,
        now: Instant,
    ) {
        match number {
            Some(number) => {
                let position = self.timeline.position(at);
                let is_hungry = self.timeline.is_hungry(now);
                let piece = Packet { samples: samples.to_vec(), at, came: now };
                let due =
                    self.order.get_or_insert_default().put(number, piece, position, is_hungry);
                self.hear_all(due);
            }
            None => self.hear(samples, at, now),
        }
    }

    /// Takes note of a piece of sound that can't be read: a frame of it is lost.
    pub(super) fn unreadable(&mut self, at: Option<Duration>, number: Option<u64>, now: Instant) {
        if at.is_none() {
            self.timeline.lose(audio::FRAME);
        }
        // Where its time is told, what comes next tells that this is missing.
        self.sound(&[], at, number, now);
    }

    fn hear_all(&mut self, pieces: Vec<Packet>) {
        for Packet { samples, at, came } in pieces {
            self.hear(&samples, at, came);
        }
    }

    fn hear(&mut self, samples: &[i16], at: Option<Duration>, came: Instant) {
        let length = self.rate.duration_of(samples.len());
        let is_heard = self.timeline.take(at, length, came);
        if self.timeline.lost != self.tally.lost {
            self.tally.lost = self.timeline.lost;
            self.ears.note_lost(self.tally.lost);
        }
        self.tally.lag = self.timeline.lag;
        self.tally.longest_lag = self.tally.longest_lag.max(self.tally.lag);
        self.tally.steps = self.timeline.steps;
        if !is_heard {
            return;
        }
        self.tally.sound += length;
        let mut waiting = std::mem::take(&mut self.waiting);
        waiting.extend_from_slice(samples);
        let frames = waiting.chunks_exact(self.rate.frame_samples());
        let rest = waiting.len() - frames.remainder().len();
        frames.for_each(|frame| self.frame(frame));
        waiting.drain(..rest);
        self.waiting = waiting;
    }

    fn frame(&mut self, frame: &[i16]) {
        self.taps.take(Side::Caller, frame);
        if self.ears.want_sound() {
            self.pass(EarEvent::Sound { samples: frame.into(), rate: self.rate });
        }
        let narrow = self.converter.push(frame);
        let Some(narrow) = narrow.first_chunk::<FRAME_SAMPLES>() else { return };
        let event = self.utterances.push(narrow, frame);
        self.level.note(self.utterances.level());
        if let Some(event) = event {
            self.note(event);
        }
    }

    pub(super) fn key(&mut self, key: char) {
        self.tally.keys += 1;
        self.pass(EarEvent::Key(key));
    }

    /// Ends what is being said, because no sound comes any more.
    pub(super) fn silence(&mut self) {
        let held = self.order.as_mut().map(ReorderBuffer::finish).unwrap_or_default();
        self.hear_all(held);
        self.level = Meter::default();
        if let Some(event) = self.utterances.finish() {
            self.note(event);
        }
    }

    fn note(&mut self, event: audio::SpeechEvent) {
        let heard = match event {
            audio::SpeechEvent::Started => EarEvent::Started,
            audio::SpeechEvent::Ended(utterance) => {
                self.tally.utterances += 1;
                self.last_utterance = utterance.duration();
                EarEvent::Ended(utterance)
            }
        };
        self.is_speaking = heard == EarEvent::Started;
        self.mouth.note_caller(self.is_speaking);
        self.pass(heard);
    }

    pub(super) fn pass(&mut self, heard: EarEvent) {
        self.tally.dropped += u64::from(self.ears.push(heard));
    }
}

#[cfg(test)]
mod clock_tests;

#[cfg(test)]
mod tests {
    use audio::duration_of;
    use futures_util::FutureExt;
    use wire::CallPhase;

    use super::*;
    use crate::conversation::ears::CAPACITY;
    use crate::conversation::playout::Played;
    use crate::conversation::sound::Sound;

    const QUIET: [i16; FRAME_SAMPLES] = [0; FRAME_SAMPLES];

    fn hearing() -> (Ears, Hearing) {
        let ears = Ears::default();
        let mouth = Mouth::new(Rate::Telephone, true);
        (ears.clone(), Hearing::new(ears, mouth, Rate::Telephone, Taps::default()))
    }

    #[tokio::test]
    async fn an_engine_that_does_not_listen_loses_the_oldest_sound_and_nothing_else() {
        let (mut ears, mut hearing) = hearing();
        hearing.key('1');
        hearing.hear(&vec![0; 160 * CAPACITY], None, Instant::now());
        assert_eq!(hearing.tally.dropped, 1);
        assert_eq!(ears.next().await, EarEvent::Key('1'));
        let quiet = EarEvent::Sound { samples: QUIET.into(), rate: Rate::Telephone };
        assert_eq!(ears.next().await, quiet);
    }

    #[tokio::test]
    async fn an_engine_that_has_no_use_for_sound_hears_all_else() {
        let (mut ears, mut hearing) = hearing();
        ears.leave_out_sound();
        hearing.hear(&[0; 160 * 2 * CAPACITY], None, Instant::now());
        hearing.key('1');
        assert_eq!(hearing.tally.dropped, 0);
        assert_eq!(ears.next().await, EarEvent::Key('1'));
    }

    #[test]
    fn a_jump_of_the_timestamp_is_lost_sound() {
        let (ears, mut hearing) = hearing();
        let start = Instant::now();
        for at in [0, 20, 60, 80, 60].map(Duration::from_millis) {
            hearing.hear(&QUIET, Some(at), start + at);
        }
        assert_eq!(hearing.tally.lost, Duration::from_millis(20));
        assert_eq!(ears.lost(), Duration::from_millis(20));
        assert_eq!(hearing.tally.sound, Duration::from_millis(80), "the last was heard already");
    }

    #[test]
    fn pieces_whose_time_is_not_told_are_not_lost() {
        let (_, mut hearing) = hearing();
        let start = Instant::now();
        for piece in 0..200 {
            let at = audio::FRAME * piece;
            hearing.hear(&QUIET, Some(at).filter(|_| piece % 2 == 0), start + at);
        }
        assert_eq!((hearing.tally.lost, hearing.tally.steps), (Duration::ZERO, 0));
        assert_eq!(hearing.tally.sound, audio::FRAME * 200);
    }

    #[test]
    fn a_counter_that_stands_still_while_nothing_is_sent_makes_nothing_late() {
        let (_, mut hearing) = hearing();
        let (start, mut paused) = (Instant::now(), Duration::ZERO);
        for piece in 0..1_000 {
            if piece % 100 == 99 {
                paused += Duration::from_secs(1);
            }
            let at = audio::FRAME * piece;
            hearing.hear(&QUIET, Some(at), start + at + paused);
            if piece % 100 == 50 {
                assert_eq!(hearing.tally.lag, Duration::ZERO, "at piece {piece}");
            }
        }
        assert_eq!((hearing.tally.lost, hearing.tally.steps), (Duration::ZERO, 9));
    }

    #[test]
    fn a_burst_after_a_stall_leaves_no_more_than_a_second_to_be_heard() {
        let (ears, mut hearing) = hearing();
        for frame in 0..500 {
            hearing.hear(&QUIET, Some(audio::FRAME * frame), Instant::now());
        }
        assert_eq!(ears.waiting(), CAPACITY);
        assert_eq!(hearing.tally.dropped, 500 - CAPACITY as u64);
    }

    #[tokio::test]
    async fn sound_out_of_turn_is_heard_in_order_where_the_carrier_may_send_it_so() {
        let (mut ears, mut hearing) = hearing();
        for (number, samples) in [(1, 30), (3, 90), (2, 60), (4, 120)] {
            let piece = vec![number as i16; samples];
            hearing.sound(&piece, None, Some(number), Instant::now());
        }
        assert_eq!(duration_of(300), hearing.tally.sound);
        let expected = [vec![1; 30], vec![2; 60], vec![3; 70]].concat().into();
        assert_eq!(ears.next().await, EarEvent::Sound { samples: expected, rate: Rate::Telephone });
    }

    #[tokio::test]
    async fn who_speaks_again_within_one_piece_is_not_talked_over() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../audio/tests/data/voice.wav");
        let recording = hound::WavReader::open(path).expect("the recording");
        let voice: Vec<i16> = recording.into_samples().map(|it| it.expect("a sample")).collect();
        let (_, mut hearing) = hearing();
        let mouth = hearing.mouth.clone();
        hearing.hear(&voice, None, Instant::now());
        let mut said = mouth.say(Sound::new(vec![0; 8_000], Rate::Telephone));
        hearing.hear(&[vec![0; 8_000], voice].concat(), None, Instant::now());
        assert_eq!((mouth.phase(), hearing.tally.utterances), (CallPhase::Caller, 1));
        assert!(matches!(said.ended().await, Played::Cut { .. }));
    }

    proptest::proptest! {
        #[test]
        fn frames_hold_the_same_samples_however_they_arrive(
            parts in proptest::collection::vec(proptest::collection::vec(proptest::num::i16::ANY, 0..500), 0..20)
        ) {
            let (mut ears, mut hearing) = hearing();
            let mut heard = Vec::new();
            for part in &parts {
                hearing.hear(part, None, Instant::now());
                while ears.waiting() > 0 {
                    if let Some(EarEvent::Sound { samples, .. }) = ears.next().now_or_never() {
                        heard.extend(samples);
                    }
                }
            }
            let whole = parts.concat();
            proptest::prop_assert_eq!(heard.len(), whole.len() / 160 * 160);
            proptest::prop_assert_eq!(&heard[..], &whole[..heard.len()]);
        }

        #[test]
        fn arbitrary_sound_and_times_never_panic(
            is_wide: bool,
            parts in proptest::collection::vec((proptest::collection::vec(proptest::num::i16::ANY, 0..900), proptest::option::of(proptest::num::u64::ANY), proptest::option::of(proptest::num::u64::ANY)), 0..8)
        ) {
            let rate = if is_wide { Rate::Wide } else { Rate::Telephone };
            let mut hearing = Hearing::new(Ears::default(), Mouth::new(rate, true), rate, Taps::default());
            for (samples, at, number) in parts {
                hearing.sound(&samples, at.map(Duration::from_millis), number, Instant::now());
            }
            hearing.silence();
        }
    }
}
