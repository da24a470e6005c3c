//! Finds a voice in what was heard after it spoke.

use std::time::Duration;

use audio::{Level, duration_of};

/// How long the piece is by which a voice is recognised: half a second, or all there is.
const PIECE: usize = 4_000;

/// The correlation from which on it is the same voice. Another voice, or noise, stays far below.
const SAME: f64 = 0.7;

/// A voice that came back.
#[derive(Clone, Copy, Debug)]
pub struct Echo {
    /// From what was said to when it was heard.
    pub delay: Duration,
    /// How much louder it was than what was said, in decibels.
    pub gain: f32,
    /// How alike they are: 1 is identical but for the level, 0 is unrelated.
    pub correlation: f64,
}

/// Looks for `spoken` in what was `heard` from the moment on at which it began.
pub(crate) fn find(spoken: &[i16], heard: &[i16]) -> Option<Echo> {
    let (place, piece) = loudest_piece(spoken);
    let piece_energy = energy(piece);
    if piece_energy == 0 {
        return None;
    }
    let (lag, correlation) = heard
        .windows(piece.len())
        .enumerate()
        .skip(place)
        .filter_map(|(lag, window)| Some((lag, likeness(piece, piece_energy, window)?)))
        .max_by(|(_, one), (_, other)| one.total_cmp(other))?;
    let window = &heard[lag..lag + piece.len()];
    let gain = Level::of(window).decibels() - Level::of(piece).decibels();
    (correlation >= SAME).then(|| Echo { delay: duration_of(lag - place), gain, correlation })
}

fn loudest_piece(spoken: &[i16]) -> (usize, &[i16]) {
    let length = spoken.len().min(PIECE);
    let places = (0..=spoken.len() - length).step_by(PIECE / 10);
    let place = places.max_by_key(|place| energy(&spoken[*place..*place + length])).unwrap_or(0);
    (place, &spoken[place..place + length])
}

fn likeness(piece: &[i16], piece_energy: i64, window: &[i16]) -> Option<f64> {
    let window_energy = energy(window);
    (window_energy > 0)
        .then(|| dot(piece, window) as f64 / (piece_energy as f64 * window_energy as f64).sqrt())
}

fn energy(samples: &[i16]) -> i64 {
    dot(samples, samples)
}

fn dot(one: &[i16], other: &[i16]) -> i64 {
    one.iter().zip(other).map(|(a, b)| i64::from(i32::from(*a) * i32::from(*b))).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Something like speech: noise under a slow envelope. The same for the same seed.
    fn voice(seed: u32, length: usize) -> Vec<i16> {
        let mut state = seed;
        (0..length)
            .map(|n| {
                state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                let envelope = (n as f32 / 900.0).sin().abs();
                ((state >> 16) as i16 as f32 * 0.3 * envelope) as i16
            })
            .collect()
    }

    #[test]
    fn a_voice_is_found_where_it_came_back_and_how_loud() {
        let spoken = voice(1, 12_000);
        let mut heard = vec![0; 16_000];
        heard.extend(spoken.iter().map(|sample| sample / 2));
        heard.extend([0; 4_000]);
        let echo = find(&spoken, &heard).expect("it is there");
        assert_eq!(echo.delay, Duration::from_secs(2));
        assert!((echo.gain + 6.0).abs() < 0.1 && echo.correlation > 0.99, "{echo:?}");
    }

    #[test]
    fn another_voice_or_none_is_not_taken_for_it() {
        let spoken = voice(1, 12_000);
        assert!(find(&spoken, &voice(2, 40_000)).is_none());
        assert!(find(&spoken, &[0; 40_000]).is_none());
        assert!(find(&spoken, &[]).is_none());
        assert!(find(&[0; 8_000], &spoken).is_none());
    }

    #[test]
    fn a_voice_shorter_than_a_piece_is_found_too() {
        let spoken = voice(1, 1_000);
        let mut heard = vec![0; 3_000];
        heard.extend(&spoken);
        assert_eq!(find(&spoken, &heard).expect("it is there").delay, duration_of(3_000));
    }
}
