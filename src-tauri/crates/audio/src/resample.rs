//! Between telephone sound at 8 kHz and the 24 kHz of speech models: streaming, one channel, 5.5 ms late either way.
//!
//! A windowed sinc does it, as rubato has it. Its pass band ends exactly where telephone sound ends, so that a voice
//! which goes up and down again loses less than µ-law costs; rubato's FFT resampler would cut off the top tenth.

use std::borrow::Cow;

use rubato::audioadapter_buffers::direct::SequentialSlice;
use rubato::{
    Async, FixedAsync, Resampler as _, SincInterpolationParameters, SincInterpolationType,
    WindowFunction,
};

use crate::{FRAME_SAMPLES, Rate, to_f32, to_i16};

/// How many samples at 24 kHz there are for one at 8 kHz.
const RATIO: usize = 3;
/// How long the sinc is, in samples at 8 kHz. Half of it is the delay.
const SINC: usize = 80;
/// By how much the output is delayed besides, in samples at 8 kHz, so that every input has its output at once: the first
/// chunk has a few samples less, and rounding may shift one.
const HEAD_START: usize = 4;

/// Brings sound from one rate to another, piece by piece.
pub struct Converter(Option<Box<Stream>>);

impl Converter {
    /// From one rate to another.
    pub fn new(from: Rate, to: Rate) -> Self {
        let sinc = match (from, to) {
            (Rate::Telephone, Rate::Telephone) | (Rate::Wide, Rate::Wide) => return Self(None),
            (Rate::Telephone, Rate::Wide) => SINC,
            (Rate::Wide, Rate::Telephone) => SINC * RATIO,
        };
        Self(Some(Box::new(Stream::new(from.frame_samples(), to.frame_samples(), sinc))))
    }

    /// The next sound at the other rate: a frame for every frame. What is left over waits for the next.
    pub fn push<'a>(&mut self, samples: &'a [i16]) -> Cow<'a, [i16]> {
        match &mut self.0 {
            None => samples.into(),
            Some(stream) => to_i16(&stream.push(&to_f32(samples))).into(),
        }
    }
}

/// A stream that takes chunks of one length and gives chunks of another.
struct Stream {
    sinc: Async<f32>,
    chunk: usize,
    chunk_out: usize,
    waiting: Vec<f32>,
    ready: Vec<f32>,
}

impl Stream {
    fn new(chunk: usize, chunk_out: usize, sinc_len: usize) -> Self {
        let parameters = SincInterpolationParameters {
            sinc_len,
            // In the middle of the transition, so nothing that a telephone carries is touched. What comes through from
            // just beyond, where a voice has next to nothing, is damped by 6 dB and rapidly more.
            f_cutoff: Some(1.0),
            // The ratio is whole: every sample lies exactly on one of these points.
            oversampling_factor: (chunk_out / chunk).max(1),
            interpolation: SincInterpolationType::Nearest,
            window: WindowFunction::Blackman,
        };
        let ratio = chunk_out as f64 / chunk as f64;
        let sinc = Async::new_sinc(ratio, 1.0, &parameters, chunk, 1, FixedAsync::Input)
            .expect("the ratio and the lengths are positive");
        let head_start = HEAD_START * chunk_out / FRAME_SAMPLES;
        Self { sinc, chunk, chunk_out, waiting: Vec::new(), ready: vec![0.0; head_start] }
    }

    fn push(&mut self, samples: &[f32]) -> Vec<f32> {
        self.waiting.extend(samples);
        let mut chunks = 0;
        for chunk in self.waiting.chunks_exact(self.chunk) {
            let start = self.ready.len();
            self.ready.resize(start + self.sinc.output_frames_next(), 0.0);
            let room = self.ready.len() - start;
            let (_, made) = SequentialSlice::new(chunk, 1, chunk.len())
                .and_then(|input| {
                    Ok((input, SequentialSlice::new_mut(&mut self.ready[start..], 1, room)?))
                })
                .map_err(drop)
                .and_then(|(input, mut output)| {
                    self.sinc.process_into_buffer(&input, &mut output, None).map_err(drop)
                })
                .expect("the chunk and the room for its output are as long as they must be");
            self.ready.truncate(start + made);
            chunks += 1;
        }
        self.waiting.drain(..chunks * self.chunk);
        let due = (chunks * self.chunk_out).min(self.ready.len());
        self.ready.drain(..due).collect()
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_frame_at_one_rate_is_a_frame_at_the_other() {
        for (from, to) in [(Rate::Telephone, Rate::Wide), (Rate::Wide, Rate::Telephone)] {
            let mut converter = Converter::new(from, to);
            for _ in 0..100 {
                let frame = converter.push(&vec![100; from.frame_samples()]).into_owned();
                assert_eq!(frame.len(), to.frame_samples());
            }
            let steady = converter.push(&vec![100; from.frame_samples()]).into_owned();
            assert!(steady.iter().all(|sample| (99..=101).contains(sample)), "{steady:?}");
        }
    }

    #[test]
    fn sound_that_has_the_rate_already_is_left_as_it_is() {
        let sound = [1, -2, i16::MIN, i16::MAX];
        for rate in [Rate::Telephone, Rate::Wide] {
            assert_eq!(*Converter::new(rate, rate).push(&sound), sound);
        }
        assert_eq!(to_i16(&to_f32(&sound)), sound);
    }

    #[test]
    fn a_second_is_a_second_at_any_rate() {
        for rate in [Rate::Telephone, Rate::Wide] {
            let second = rate.samples_per_second() as usize;
            assert_eq!(rate.duration_of(second), Duration::from_secs(1));
            assert_eq!(rate.duration_of(rate.frame_samples()), crate::FRAME);
        }
    }
}
