//! Finds a voice in what was heard after it spoke, piece by piece: whoever answers may have let it come back in several turns.

use std::iter::zip;
use std::time::Duration;

use audio::{Level, duration_of};

use crate::playback::QUIET;

/// How long the pieces are by which a voice is recognised: half a second, or all there is.
const PIECE: usize = 4_000;
/// The correlation from which on it is the same voice. Another voice, or noise, stays far below.
const SAME: f64 = 0.7;
/// The one from which on no better place is looked for.
const CERTAIN: f64 = 0.9;
/// The one from which on it is worth a closer look, at a fourth of the samples.
const ALIKE: f64 = 0.3;
/// How many samples are one for a first look.
const COARSE: usize = 4;
/// How far quieter than the voice as a whole a piece is that holds none.
const PAUSE: f32 = -20.0;
/// Which part of it may be missing of a voice that came back.
const LOST: f64 = 0.1;

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

/// What was said at a stretch, and what was heard from then on.
#[derive(Clone, Copy)]
pub(crate) struct Turn<'a> {
    pub(crate) spoken: &'a [i16],
    pub(crate) heard: &'a [i16],
}

/// What came back of a voice.
#[derive(Debug, Default)]
pub(crate) struct Returned {
    pub(crate) echo: Option<Echo>,
    /// How much of it did, of how much: pauses don't count.
    pub(crate) returned: Duration,
    pub(crate) whole: Duration,
}

/// Looks for what was said in what was heard.
pub(crate) fn find(turns: &[Turn<'_>]) -> Returned {
    let all: Vec<i16> = turns.iter().flat_map(|turn| turn.spoken).copied().collect();
    let pause = Level::of(&all).louder_by(PAUSE);
    let (mut whole, mut pairs) = (0, Vec::new());
    for turn in turns {
        let pieces = loud_pieces(turn.spoken, if pause > QUIET { pause } else { QUIET });
        whole += pieces.iter().map(|(_, piece)| piece.len()).sum::<usize>();
        pairs.extend(turn.returned(&pieces));
    }
    let returned: usize = pairs.iter().map(|pair| pair.spoken.len()).sum();
    let is_back = returned > 0 && returned as f64 >= whole as f64 * (1.0 - LOST);
    let echo = pairs.first().filter(|_| is_back).map(|first| Echo {
        delay: duration_of(first.lag),
        gain: level_of(&pairs, |pair| pair.heard) - level_of(&pairs, |pair| pair.spoken),
        correlation: correlation(&pairs),
    });
    Returned { echo, returned: duration_of(returned), whole: duration_of(whole) }
}

/// A piece that came back.
struct Pair<'a> {
    spoken: &'a [i16],
    heard: &'a [i16],
    lag: usize,
}

/// The pieces that hold a voice, and where each begins.
fn loud_pieces(spoken: &[i16], pause: Level) -> Vec<(usize, &[i16])> {
    let length = spoken.len().div_ceil((spoken.len() / PIECE).max(1)).max(1);
    let pieces = spoken.chunks(length).enumerate();
    pieces
        .map(|(number, piece)| (number * length, piece))
        .filter(|(_, piece)| Level::of(piece) > pause)
        .collect()
}

impl<'a> Turn<'a> {
    fn returned(&self, pieces: &[(usize, &'a [i16])]) -> Vec<Pair<'a>> {
        let mut lags: Vec<Option<usize>> = Vec::new();
        // To look everywhere takes long, so the more pieces were looked for in vain the fewer are.
        let (mut known, mut in_vain, mut next) = (0, 0, 0);
        for (number, &(place, piece)) in pieces.iter().enumerate() {
            let mut lag = self.is_at(place, piece, known).then_some(known);
            if lag.is_none() && number >= next {
                lag = self.lag(place, piece, known);
                in_vain = if lag.is_some() { 0 } else { in_vain + 1 };
                next = number + 1 + in_vain;
            }
            if let Some(lag) = lag.filter(|lag| *lag != known) {
                known = lag;
                // What was passed over before may have come back with it.
                for (earlier, &(place, piece)) in lags.iter_mut().zip(pieces).rev() {
                    if earlier.is_some() || !self.is_at(place, piece, lag) {
                        break;
                    }
                    *earlier = Some(lag);
                }
            }
            lags.push(lag);
        }
        let pair = |(lag, &(place, piece)): (Option<usize>, &(usize, &'a [i16]))| {
            let (began, lag) = (place + lag?, lag?);
            Some(Pair { spoken: piece, heard: self.heard.get(began..began + piece.len())?, lag })
        };
        lags.into_iter().zip(pieces).filter_map(pair).collect()
    }

    fn is_at(&self, place: usize, piece: &[i16], lag: usize) -> bool {
        self.likeness(place, piece, lag).is_some_and(|likeness| likeness >= SAME)
    }

    /// How much later than it was said this piece was heard, if it was, and no less than so much later.
    fn lag(&self, place: usize, piece: &[i16], least: usize) -> Option<usize> {
        let heard = coarse(self.heard.get(place + least..)?);
        let small = coarse(piece);
        let small_energy = energy(&small);
        let mut best: Option<(usize, f64)> = None;
        for (at, window) in heard.windows(small.len()).enumerate() {
            let is_over = best.is_some_and(|(peak, most)| most >= CERTAIN && at > peak + COARSE);
            if is_over {
                break;
            }
            let likeness = likeness(&small, small_energy, window).unwrap_or(0.0);
            if best.is_none_or(|(_, most)| likeness > most) {
                best = Some((at, likeness));
            }
        }
        let (at, _) = best.filter(|(_, likeness)| *likeness >= ALIKE)?;
        let around = (at * COARSE + least).saturating_sub(COARSE)..=(at + 1) * COARSE + least;
        let near = around.filter_map(|lag| Some((lag, self.likeness(place, piece, lag)?)));
        let (lag, likeness) = near.max_by(|(_, one), (_, other)| one.total_cmp(other))?;
        (likeness >= SAME).then_some(lag)
    }

    fn likeness(&self, place: usize, piece: &[i16], lag: usize) -> Option<f64> {
        let window = self.heard.get(place + lag..place + lag + piece.len())?;
        likeness(piece, energy(piece), window)
    }
}

/// The means of some samples each.
fn coarse(samples: &[i16]) -> Vec<i16> {
    let mean = |some: &[i16]| some.iter().map(|one| i32::from(*one)).sum::<i32>() / COARSE as i32;
    samples.chunks_exact(COARSE).map(|some| mean(some) as i16).collect()
}

fn level_of<'a>(pairs: &[Pair<'a>], side: fn(&Pair<'a>) -> &'a [i16]) -> f32 {
    Level::of(&pairs.iter().flat_map(side).copied().collect::<Vec<_>>()).decibels()
}

fn correlation(pairs: &[Pair<'_>]) -> f64 {
    let sum = |of: fn(&Pair<'_>) -> i64| pairs.iter().map(of).sum::<i64>() as f64;
    let energies = sum(|pair| energy(pair.spoken)) * sum(|pair| energy(pair.heard));
    sum(|pair| dot(pair.spoken, pair.heard)) / energies.sqrt().max(1.0)
}

fn likeness(piece: &[i16], piece_energy: i64, window: &[i16]) -> Option<f64> {
    let energies = piece_energy as f64 * energy(window) as f64;
    (energies > 0.0).then(|| dot(piece, window) as f64 / energies.sqrt())
}

fn energy(samples: &[i16]) -> i64 {
    dot(samples, samples)
}

fn dot(one: &[i16], other: &[i16]) -> i64 {
    zip(one, other).map(|(a, b)| i64::from(i32::from(*a) * i32::from(*b))).sum()
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

    fn found(spoken: &[i16], heard: &[i16]) -> Option<Echo> {
        find(&[Turn { spoken, heard }]).echo
    }

    #[test]
    fn a_voice_is_found_where_it_came_back_and_how_loud() {
        let spoken = voice(1, 12_000);
        for delay in [16_000, 16_001, 16_002, 16_003] {
            let mut heard = vec![0; delay];
            heard.extend(spoken.iter().map(|sample| sample / 2));
            heard.extend([0; 4_000]);
            let echo = found(&spoken, &heard).expect("it is there");
            assert_eq!(echo.delay, duration_of(delay));
            assert!((echo.gain + 6.0).abs() < 0.1 && echo.correlation > 0.99, "{echo:?}");
        }
    }

    #[test]
    fn another_voice_or_none_is_not_taken_for_it() {
        let spoken = voice(1, 12_000);
        assert!(found(&spoken, &voice(2, 40_000)).is_none());
        assert!(found(&spoken, &[0; 40_000]).is_none());
        assert!(found(&spoken, &[]).is_none());
        assert!(found(&[], &spoken).is_none());
        assert!(found(&[0; 8_000], &spoken).is_none());
        assert!(find(&[]).echo.is_none());
    }

    #[test]
    fn a_voice_shorter_than_a_piece_is_found_too() {
        let spoken = voice(1, 1_000);
        let mut heard = vec![0; 3_000];
        heard.extend(&spoken);
        assert_eq!(found(&spoken, &heard).expect("it is there").delay, duration_of(3_000));
    }

    #[test]
    fn a_voice_that_comes_back_in_pieces_is_whole_and_one_that_lacks_a_piece_is_not() {
        let spoken = voice(1, 80_000);
        let quiet = || vec![0; 20_000];
        let parts = [quiet(), spoken[..40_000].to_vec(), quiet(), spoken[40_000..].to_vec()];
        let returned = find(&[Turn { spoken: &spoken, heard: &parts.concat() }]);
        assert_eq!(returned.returned, returned.whole);
        assert!(returned.echo.expect("it is there").correlation > 0.99);
        let returned = find(&[Turn { spoken: &spoken, heard: &parts[..3].concat() }]);
        assert!(returned.echo.is_none());
        assert_eq!(returned.returned, returned.whole / 2);
    }
}
