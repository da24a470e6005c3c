//! From pages to sound.

use opus_rs::OpusDecoder;

use super::pages::{Brought, Pages};
use super::{GRANULES_PER_SAMPLE, Garbled, HEAD, SAMPLES_PER_SECOND, TAGS};

/// How many samples the longest packet has: 120 ms.
const LONGEST_PACKET: usize = 2_880;

/// Understands a stream of sound.
pub struct Reader {
    pages: Pages,
    decoder: OpusDecoder,
    /// How many samples are still to be skipped, because they are the encoder's run-up.
    skip: usize,
    /// By what every sample is multiplied.
    gain: f32,
}

impl Default for Reader {
    fn default() -> Self {
        Self { pages: Pages::default(), decoder: decoder(), skip: 0, gain: 1.0 }
    }
}

fn decoder() -> OpusDecoder {
    OpusDecoder::new(SAMPLES_PER_SECOND as i32, 1).expect("Opus knows 24 kHz and one channel")
}

impl Reader {
    /// The sound, from -1 to 1, of the pages that are whole by these bytes.
    ///
    /// # Errors
    /// If they are no Ogg with Opus in it. Nothing can be read from then on.
    pub fn push(&mut self, bytes: &[u8]) -> Result<Vec<f32>, Garbled> {
        let mut sound = Vec::new();
        for brought in self.pages.push(bytes)? {
            match brought {
                Brought::Beginning => (self.decoder, self.skip, self.gain) = (decoder(), 0, 1.0),
                Brought::Packet(packet) if packet.starts_with(HEAD) => self.begin(&packet)?,
                Brought::Packet(packet) if packet.starts_with(TAGS) => {}
                Brought::Packet(packet) => self.decode(&packet, &mut sound)?,
            }
        }
        Ok(sound)
    }

    /// Takes the header of RFC 7845, 5.1.
    fn begin(&mut self, head: &[u8]) -> Result<(), Garbled> {
        let &[version, channels, skip_low, skip_high, _, _, _, _, gain_low, gain_high, mapping, ..] =
            &head[HEAD.len()..]
        else {
            return Err(Garbled::Head);
        };
        // The upper half of the version changes when old programs can't read on; a mapping is for more channels than two.
        if version & 0xF0 != 0 || !matches!(channels, 1 | 2) || mapping != 0 {
            return Err(Garbled::Head);
        }
        let skip = u64::from(u16::from_le_bytes([skip_low, skip_high])) / GRANULES_PER_SAMPLE;
        self.skip = skip as usize;
        let decibels = f32::from(i16::from_le_bytes([gain_low, gain_high])) / 256.0;
        self.gain = 10_f32.powf(decibels / 20.0);
        Ok(())
    }

    fn decode(&mut self, packet: &[u8], sound: &mut Vec<f32>) -> Result<(), Garbled> {
        // Some encoders say with an empty packet that there is nothing to say.
        if packet.is_empty() {
            return Ok(());
        }
        let start = sound.len();
        sound.resize(start + LONGEST_PACKET, 0.0);
        let decoded = self
            .decoder
            .decode(packet, LONGEST_PACKET, &mut sound[start..])
            .map_err(|_| Garbled::Packet)?;
        sound.truncate(start + decoded);
        let skipped = self.skip.min(decoded);
        self.skip -= skipped;
        sound.drain(start..start + skipped);
        for sample in &mut sound[start..] {
            *sample = (*sample * self.gain).clamp(-1.0, 1.0);
        }
        Ok(())
    }
}
