//! How the sound of a WAV file is coded, and what it is as numbers.

use super::unreadable::Unreadable;
use crate::g711;

/// The rest of the identifier of a coding that has a number, by which extensible formats name it.
const NUMBERED: [u8; 14] = [0, 0, 0, 0, 0x10, 0, 0x80, 0, 0, 0xAA, 0, 0x38, 0x9B, 0x71];

#[derive(Clone, Copy, Debug)]
pub(super) struct Format {
    pub(super) rate: u32,
    channels: usize,
    coding: Coding,
}

#[derive(Clone, Copy, Debug)]
enum Coding {
    /// Whole numbers in so many bytes, of which so many bits count. Those of one byte have no sign.
    Whole {
        bytes: usize,
        bits: u32,
    },
    Float,
    Double,
    MuLaw,
    ALaw,
}

impl Format {
    /// That of a chunk `fmt `.
    pub(super) fn of(chunk: &[u8]) -> Result<Self, Unreadable> {
        let header = |found: &str| Unreadable::Header { found: found.to_owned() };
        let short = |at: usize| chunk.get(at..at + 2).map(number);
        let (Some(tag), Some(channels), Some(rate), Some(block), Some(bits)) =
            (short(0), short(2), chunk.get(4..8).map(number), short(12), short(14))
        else {
            return Err(header("the chunk \"fmt \" is too short"));
        };
        let tag = match (tag, short(24), chunk.get(26..40)) {
            (0xFFFE, Some(tag), Some(rest)) if rest == NUMBERED => tag,
            (tag, _, _) => tag,
        };
        if channels == 0 || rate == 0 {
            return Err(header(if channels == 0 {
                "it has no channels"
            } else {
                "it has no rate"
            }));
        }
        // Where it makes no sense the size of a sample follows from its bits.
        let stated = (block % channels == 0).then_some(block / channels);
        let bytes = stated.filter(|bytes| bytes * 8 >= bits).unwrap_or(bits.div_ceil(8));
        let coding = match (tag, bytes) {
            (1, 1..=4 | 8) if bits > 0 => {
                // Bits that fill no byte are the upper ones of theirs.
                let bits = bits.next_multiple_of(8) as u32;
                Coding::Whole { bytes: bytes as usize, bits }
            }
            (3, 4) => Coding::Float,
            (3, 8) => Coding::Double,
            (6, _) => Coding::ALaw,
            (7, _) => Coding::MuLaw,
            (tag, _) => return Err(Unreadable::Coding { found: named(tag, bits) }),
        };
        Ok(Self { rate: rate as u32, channels: channels as usize, coding })
    }

    /// These bytes as one channel of numbers from -1 to 1. A moment that was cut off is left out.
    pub(super) fn mono(&self, bytes: &[u8]) -> Vec<f32> {
        let size = self.coding.bytes();
        let moments = bytes.chunks_exact(size * self.channels);
        let mean = |moment: &[u8]| {
            let all: f32 = moment.chunks_exact(size).map(|one| self.coding.sample(one)).sum();
            all / self.channels as f32
        };
        moments.map(mean).collect()
    }
}

impl Coding {
    const fn bytes(self) -> usize {
        match self {
            Self::Whole { bytes, .. } => bytes,
            Self::Float => 4,
            Self::Double => 8,
            Self::MuLaw | Self::ALaw => 1,
        }
    }

    fn sample(self, bytes: &[u8]) -> f32 {
        let telephone = |sample: i16| f32::from(sample) / 32_768.0;
        let value = match self {
            Self::Whole { bytes: 1, .. } => (f32::from(bytes[0]) - 128.0) / 128.0,
            Self::Whole { bits, .. } => {
                // Shifted up until the sign is where that of the number is.
                let sample = (number(bytes) << (64 - bits)) as i64;
                (sample as f64 / -(i64::MIN as f64)) as f32
            }
            Self::Float => f32::from_bits(number(bytes) as u32),
            Self::Double => f64::from_bits(number(bytes)) as f32,
            Self::MuLaw => telephone(g711::decoded(bytes[0])),
            Self::ALaw => g711::a_law::decode(bytes).next().map_or(0.0, telephone),
        };
        if value.is_finite() { value } else { 0.0 }
    }
}

/// A number whose lowest byte comes first.
pub(super) fn number(bytes: &[u8]) -> u64 {
    bytes.iter().rev().fold(0, |number, byte| number << 8 | u64::from(*byte))
}

/// A coding that isn't read, for people.
fn named(tag: u64, bits: u64) -> String {
    let name = match tag {
        1 => return format!("PCM of {bits} bits"),
        3 => return format!("float of {bits} bits"),
        0x0002 | 0x0011 => "ADPCM",
        0x0031 => "GSM 6.10",
        0x0040 | 0x0045 | 0x0064 | 0x0065 => "G.726",
        0x0050 => "MPEG audio",
        0x0055 => "MP3",
        0x00FF | 0x1610 => "AAC",
        0x0092 | 0x2000 => "AC-3",
        0xF1AC => "FLAC",
        0xFFFE => "a coding without a number",
        _ => "a coding that is not known here",
    };
    format!("{name} (format 0x{tag:04X})")
}
