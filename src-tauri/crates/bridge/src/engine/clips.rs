//! The phrases of the line check, spoken once and for all: 8 kHz µ-law, about -16 dBFS.
//!
//! `clips/phrases.tsv` holds their words, and `clips/remake` makes them anew.

use wire::{PortState, ServiceName, Snapshot};

/// A phrase as sound.
#[derive(Clone, Copy)]
pub(crate) struct Phrase {
    /// Its name in `phrases.tsv`.
    pub(crate) name: &'static str,
    /// Its sound, as µ-law.
    pub(crate) sound: &'static [u8],
}

macro_rules! phrase {
    ($($part:literal),+) => {
        Phrase {
            name: concat!($($part),+),
            sound: include_bytes!(concat!("../../clips/", $($part,)+ ".ulaw")),
        }
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
            PortState::Shared { .. } => phrase!($service, "-shared"),
            PortState::Silent { .. } => phrase!($service, "-silent"),
            PortState::Taken { .. } => phrase!($service, "-taken"),
            PortState::Refused { .. } => phrase!($service, "-refused"),
        }
    };
}

/// What the line check says when it answers: what it is, how both services are, how many calls go on, what to do.
pub(crate) fn announcement(snapshot: &Snapshot, calls: usize) -> Vec<Phrase> {
    let state = |name| snapshot.service(name).map(|service| &service.state);
    let bridge = state(ServiceName::VoiceBridge).map(voice_bridge);
    let supervisor =
        state(ServiceName::Supervisor).map_or(phrase!("supervisor-absent"), supervisor);
    [Some(phrase!("greeting")), bridge, Some(supervisor), count(calls), Some(phrase!("invitation"))]
        .into_iter()
        .flatten()
        .collect()
}

fn voice_bridge(state: &PortState) -> Phrase {
    phrase_of_state!("voice-bridge", state)
}

fn supervisor(state: &PortState) -> Phrase {
    phrase_of_state!("supervisor", state)
}

fn count(calls: usize) -> Option<Phrase> {
    let phrase = match calls {
        0 => return None,
        1 => phrase!("one-call"),
        2 => phrase!("two-calls"),
        3 => phrase!("three-calls"),
        4 => phrase!("four-calls"),
        5 => phrase!("five-calls"),
        6 => phrase!("six-calls"),
        7 => phrase!("seven-calls"),
        8 => phrase!("eight-calls"),
        9 => phrase!("nine-calls"),
        10 => phrase!("ten-calls"),
        _ => phrase!("many-calls"),
    };
    Some(phrase)
}

#[cfg(test)]
mod tests {
    use std::net::SocketAddr;

    use audio::{Level, g711};
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
        assert_eq!(
            names(&snapshot([listening], []), 2),
            "greeting voice-bridge-listening supervisor-absent two-calls invitation"
        );
    }

    #[test]
    fn every_phrase_is_clear_and_loud_enough_and_not_clipped() {
        let phrases = every_phrase();
        assert_eq!(phrases.len(), include_str!("../../clips/phrases.tsv").lines().count());
        for Phrase { name, sound } in phrases {
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
            PortState::Shared { since, cause: cause.clone(), is_intended: false },
            PortState::Silent { since, why: Silence::Unanswered },
            PortState::Taken { attempts: 5, cause },
            PortState::Refused { refusal: Refusal::NotPermitted },
        ];
        let counts = (1..=11).filter_map(count);
        let fixed = [phrase!("greeting"), phrase!("invitation"), phrase!("supervisor-absent")];
        let of_states = states.iter().flat_map(|state| [voice_bridge(state), supervisor(state)]);
        counts.chain(fixed).chain(of_states).collect()
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
            .map(service(ServiceName::VoiceBridge))
            .chain(supervisor.into_iter().map(service(ServiceName::Supervisor)))
            .collect();
        Snapshot {
            version: String::new(),
            pid: 1,
            started: Timestamp(1),
            services,
            engine: Engine::LineCheck,
            calls: Vec::new(),
            ended_calls: Vec::new(),
            notes: Vec::new(),
        }
    }
}
