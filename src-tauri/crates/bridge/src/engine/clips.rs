//! The phrases of the line check, spoken once and for all: 8 kHz µ-law, about -16 dBFS.
//!
//! `clips/phrases.tsv` holds their words, and `clips/remake` makes them anew.

use std::time::Duration;

use audio::Level;
use wire::{ModelState, PortState, ServiceName, Snapshot};

#[derive(Clone, Copy)]
pub(crate) struct Phrase {
    /// Its name in `phrases.tsv`.
    pub(crate) name: &'static str,
    /// Its sound, as µ-law.
    pub(crate) sound: &'static [u8],
}

impl Phrase {
    /// Its words as they are written, which isn't always how the voice has to be told them.
    pub(crate) fn words(self) -> &'static str {
        let mut lines = include_str!("../../clips/phrases.tsv").lines();
        let words = lines.find_map(|line| line.strip_prefix(self.name)?.strip_prefix('\t'));
        words.and_then(|words| words.rsplit('\t').next()).unwrap_or_default()
    }
}

macro_rules! phrase {
    ($($part:literal),+) => {
        Phrase {
            name: concat!($($part),+),
            sound: include_bytes!(concat!("../../clips/", $($part,)+ ".ulaw")),
        }
    };
}

macro_rules! numbers {
    ($($number:literal)+) => {
        [$(phrase!("number-", $number)),+]
    };
}

/// The phrase for each state of a service's port.
macro_rules! phrase_of_state {
    ($service:literal, $state:expr) => {
        match $state {
            PortState::Stopped => phrase!($service, "-stopped"),
            PortState::Binding { .. } => phrase!($service, "-binding"),
            PortState::Waiting { .. } => phrase!($service, "-waiting"),
            PortState::Proving { .. } => phrase!($service, "-proving"),
            PortState::Listening { .. } => phrase!($service, "-listening"),
            PortState::Crowded { .. } => phrase!($service, "-crowded"),
            PortState::Shared { .. } => phrase!($service, "-shared"),
            PortState::Silent { .. } => phrase!($service, "-silent"),
            PortState::Taken { .. } => phrase!($service, "-taken"),
            PortState::Refused { .. } => phrase!($service, "-refused"),
        }
    };
}

const CALLS: [Phrase; 11] = [
    phrase!("one-call"),
    phrase!("two-calls"),
    phrase!("three-calls"),
    phrase!("four-calls"),
    phrase!("five-calls"),
    phrase!("six-calls"),
    phrase!("seven-calls"),
    phrase!("eight-calls"),
    phrase!("nine-calls"),
    phrase!("ten-calls"),
    phrase!("many-calls"),
];

/// Of which the clips tell besides: who calls may be watched there.
const SUPERVISOR: ServiceName = ServiceName::literal("supervisor");

/// What the line check says when it answers: what it is, how both services are, how many calls go on, what to do.
pub(crate) fn announcement(snapshot: &Snapshot, calls: usize) -> Vec<Phrase> {
    let state = |name| snapshot.service(name).map(|service| &service.state);
    let bridge = state(crate::NAME).map(|state| phrase_of_state!("voice-bridge", state));
    let supervisor = state(SUPERVISOR)
        .map_or(phrase!("supervisor-absent"), |state| phrase_of_state!("supervisor", state));
    [Some(phrase!("greeting")), bridge, Some(supervisor), count(calls), Some(phrase!("invitation"))]
        .into_iter()
        .flatten()
        .collect()
}

fn count(calls: usize) -> Option<Phrase> {
    Some(CALLS[calls.checked_sub(1)?.min(CALLS.len() - 1)])
}

/// What is said to a caller who presses a key that means nothing.
pub(crate) const MENU: [Phrase; 2] = [phrase!("menu"), phrase!("menu-end")];
pub(crate) const GOOD_BYE: Phrase = phrase!("good-bye");
/// What is said to who wants to hear an echo before having spoken.
pub(crate) const NO_ECHO_YET: Phrase = phrase!("no-echo-yet");
/// What is said to who wants to hear a suggestion when there is none.
pub(crate) const NO_SUGGESTION: Phrase = phrase!("no-suggestion");
pub(crate) const SUGGESTION: Phrase = phrase!("suggestion");

#[derive(Clone, Copy, Debug)]
pub(crate) struct Measured {
    pub(crate) level: Level,
    pub(crate) lost: Duration,
}

/// What the line check says of an utterance that it has played back.
pub(crate) fn report(
    Measured { level, lost }: Measured,
    round_trip: Option<Duration>,
) -> Vec<Vec<Phrase>> {
    let decibels = level.decibels().round();
    let mut how_loud = vec![phrase!("your-level")];
    how_loud.extend((decibels < 0.0).then_some(phrase!("minus")));
    how_loud.extend(number(decibels.abs() as u64));
    how_loud.push(phrase!("decibels"));
    let how_whole = if lost.is_zero() {
        vec![phrase!("nothing-lost")]
    } else {
        milliseconds(phrase!("lost"), lost)
    };
    let how_far = round_trip.map(|time| milliseconds(phrase!("round-trip"), time));
    [how_loud, how_whole].into_iter().chain(how_far).collect()
}

fn milliseconds(before: Phrase, time: Duration) -> Vec<Phrase> {
    let mut phrases = vec![before];
    phrases.extend(number(u64::try_from(time.as_millis()).unwrap_or(u64::MAX)));
    phrases.push(phrase!("milliseconds"));
    phrases
}

/// The words for a number; those for a larger one than there are words for are those of the largest.
fn number(number: u64) -> Vec<Phrase> {
    let number = usize::try_from(number.min(999_999)).unwrap_or_default();
    let mut words = Vec::new();
    if number >= 1_000 {
        words.extend(below_a_thousand(number / 1_000));
        words.push(phrase!("number-thousand"));
    }
    if !number.is_multiple_of(1_000) || number == 0 {
        words.extend(below_a_thousand(number % 1_000));
    }
    words
}

fn below_a_thousand(number: usize) -> Vec<Phrase> {
    let mut words = Vec::new();
    if number >= 100 {
        words.extend([SMALL[number / 100], phrase!("number-hundred")]);
    }
    let rest = number % 100;
    if let Some(tens) = (rest / 10).checked_sub(2) {
        words.push(TENS[tens]);
        words.extend((!rest.is_multiple_of(10)).then(|| SMALL[rest % 10]));
    } else if rest > 0 || number == 0 {
        words.push(SMALL[rest]);
    }
    words
}

const SMALL: [Phrase; 20] = numbers![0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19];
const TENS: [Phrase; 8] = numbers![20 30 40 50 60 70 80 90];

/// What a caller is told when a speech model takes the call again.
pub(crate) const MODEL_BACK: Phrase = phrase!("model-back");

/// What a caller is told while there is no speech model to talk to.
pub(crate) fn of_model(state: ModelState) -> Option<Phrase> {
    match state {
        ModelState::Connecting => Some(phrase!("model-connecting")),
        ModelState::Queued => Some(phrase!("model-queued")),
        ModelState::Lost | ModelState::Reconnecting => Some(phrase!("model-reconnecting")),
        ModelState::Stalled => Some(phrase!("model-stalled")),
        ModelState::Unanswered => Some(phrase!("model-unanswered")),
        ModelState::Ready => None,
    }
}

#[cfg(test)]
mod tests {
    use std::net::SocketAddr;

    use audio::g711;
    use wire::{Cause, Engine, Life, Refusal, Service, Silence, Timestamp};

    use super::*;

    #[test]
    fn the_announcement_tells_the_state_of_both_services() {
        let listening = PortState::Listening { since: Timestamp(1), proven_at: Timestamp(2) };
        let taken = PortState::Taken { attempts: 5, cause: Cause::Exhausted };
        let with = |supervisor| snapshot([listening.clone()], [supervisor]);
        let names = |snapshot: &Snapshot, calls| {
            announcement(snapshot, calls)
                .iter()
                .map(|phrase| phrase.name)
                .collect::<Vec<_>>()
                .join(" ")
        };
        assert_eq!(
            names(&with(listening.clone()), 1),
            "greeting voice-bridge-listening supervisor-listening one-call invitation"
        );
        assert_eq!(
            names(&with(taken), 12),
            "greeting voice-bridge-listening supervisor-taken many-calls invitation"
        );
        let by = Vec::new();
        let crowded =
            PortState::Crowded { since: Timestamp(1), proven_at: Timestamp(2), turned_away: 3, by };
        assert_eq!(
            names(&snapshot([crowded.clone()], [crowded]), 1),
            "greeting voice-bridge-crowded supervisor-crowded one-call invitation"
        );
        assert_eq!(
            names(&snapshot([listening], []), 2),
            "greeting voice-bridge-listening supervisor-absent two-calls invitation"
        );
    }

    #[test]
    fn what_was_measured_is_told_in_numbers() {
        let names = |level, lost, round_trip| {
            let measured =
                Measured { level: Level::dbfs(level), lost: Duration::from_millis(lost) };
            let phrases = report(measured, round_trip);
            phrases.iter().flatten().map(|phrase| phrase.name).collect::<Vec<_>>().join(" ")
        };
        assert_eq!(
            names(-21.4, 0, None),
            "your-level minus number-20 number-1 decibels nothing-lost"
        );
        assert_eq!(
            names(0.0, 1_340, Some(Duration::from_millis(219))),
            "your-level number-0 decibels lost number-1 number-thousand number-3 number-hundred number-40 \
             milliseconds round-trip number-2 number-hundred number-19 milliseconds"
        );
        let largest: Vec<_> = number(u64::MAX).iter().map(|phrase| phrase.name).collect();
        assert_eq!(largest.len(), 9, "{largest:?}");
        assert_eq!(number(2_000).len(), 2);
    }

    #[test]
    fn every_phrase_is_clear_and_loud_enough_and_not_clipped() {
        let phrases = every_phrase();
        assert_eq!(phrases.len(), include_str!("../../clips/phrases.tsv").lines().count());
        for phrase in phrases {
            let Phrase { name, sound } = phrase;
            assert!(!phrase.words().is_empty(), "{name} has no words");
            let samples: Vec<i16> = g711::decode(sound).collect();
            let level = Level::of(&samples);
            assert!((level.decibels() + 16.0).abs() < 0.5, "{name} is at {level}");
            // The two codes of full scale are where clipped sound ends up.
            let clipped = sound.iter().filter(|&&byte| byte == 0x00 || byte == 0x80).count();
            assert!(clipped <= 2, "{name} has {clipped} samples at full scale");
            let longest_gap = samples.split(|sample| sample.abs() > 300).map(<[i16]>::len).max();
            assert!(
                longest_gap < Some(8_000 * 4 / 10),
                "{name} has a gap of {longest_gap:?} samples"
            );
        }
    }

    fn every_phrase() -> Vec<Phrase> {
        let (since, cause) = (Timestamp(1), Cause::Exhausted);
        let states = [
            PortState::Stopped,
            PortState::Binding { attempt: 1, attempts: 5 },
            PortState::Waiting { attempt: 1, attempts: 5, next_at: since, cause: cause.clone() },
            PortState::Proving { since },
            PortState::Listening { since, proven_at: since },
            PortState::Crowded { since, proven_at: since, turned_away: 3, by: Vec::new() },
            PortState::Shared { since, cause: cause.clone(), is_intended: false },
            PortState::Silent { since, why: Silence::Unanswered },
            PortState::Taken { attempts: 5, cause },
            PortState::Refused { refusal: Refusal::NotPermitted },
        ];
        let counts = (1..=11).filter_map(count);
        let fixed = [phrase!("greeting"), phrase!("invitation"), phrase!("supervisor-absent")];
        let fixed = fixed.into_iter().chain(MENU).chain(SMALL).chain(TENS).chain([
            GOOD_BYE,
            NO_ECHO_YET,
            NO_SUGGESTION,
            SUGGESTION,
            MODEL_BACK,
            phrase!("your-level"),
            phrase!("minus"),
            phrase!("decibels"),
            phrase!("nothing-lost"),
            phrase!("lost"),
            phrase!("milliseconds"),
            phrase!("round-trip"),
            phrase!("number-hundred"),
            phrase!("number-thousand"),
        ]);
        let of_states = states.iter().flat_map(|state| {
            [phrase_of_state!("voice-bridge", state), phrase_of_state!("supervisor", state)]
        });
        let of_models = [
            ModelState::Connecting,
            ModelState::Queued,
            ModelState::Reconnecting,
            ModelState::Stalled,
            ModelState::Unanswered,
        ];
        let of_models = of_models.into_iter().filter_map(of_model);
        counts.chain(fixed).chain(of_states).chain(of_models).collect()
    }

    fn snapshot<const A: usize, const B: usize>(
        bridge: [PortState; A],
        supervisor: [PortState; B],
    ) -> Snapshot {
        let service = |name| {
            move |state| {
                let address = SocketAddr::from(([127, 0, 0, 1], 1));
                Service::new(name, address, Life::Running, state, Vec::new())
            }
        };
        let services = bridge
            .into_iter()
            .map(service(crate::NAME))
            .chain(supervisor.into_iter().map(service(SUPERVISOR)))
            .collect();
        Snapshot { services, ..Snapshot::new("", 1, Timestamp(1), Engine::LineCheck) }
    }
}
