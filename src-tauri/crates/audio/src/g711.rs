//! µ-law after ITU-T G.711: 16-bit samples to bytes and back.

pub mod a_law;

/// The sample that a byte stands for, and the byte for a sample.
pub use audio_codec_algorithms::{decode_ulaw as decoded, encode_ulaw as encoded};

/// The µ-law byte of silence.
pub const SILENCE: u8 = 0xFF;

/// The samples that these bytes stand for.
pub fn decode(bytes: &[u8]) -> impl ExactSizeIterator<Item = i16> + '_ {
    bytes.iter().map(|&byte| decoded(byte))
}

/// The bytes for these samples.
pub fn encode(samples: &[i16]) -> Vec<u8> {
    samples.iter().map(|&sample| encoded(sample)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Encoding as the ITU's software tool library (G.191, `ulaw_compress`) spells it out, step by step.
    fn reference_encode(sample: i16) -> u8 {
        let magnitude = if sample < 0 { (!sample >> 2) + 33 } else { (sample >> 2) + 33 };
        let magnitude = magnitude.min(0x1FFF);
        let mut segment = 1;
        let mut rest = magnitude >> 6;
        while rest != 0 {
            segment += 1;
            rest >>= 1;
        }
        let high = 8 - segment;
        let low = 0xF - ((magnitude >> segment) & 0xF);
        let code = (high << 4) | low;
        u8::try_from(if sample >= 0 { code | 0x80 } else { code }).expect("a code has eight bits")
    }

    /// Decoding as G.191 (`ulaw_expand`) spells it out.
    fn reference_decode(byte: u8) -> i16 {
        let sign: i16 = if byte < 0x80 { -1 } else { 1 };
        let mantissa = i16::from(!byte);
        let exponent = (mantissa >> 4) & 0x7;
        let mantissa = mantissa & 0xF;
        let step = 4 << (exponent + 1);
        sign * ((0x80 << exponent) + step * mantissa + step / 2 - 4 * 33)
    }

    #[test]
    fn every_sample_is_encoded_as_the_reference_does() {
        for sample in i16::MIN..=i16::MAX {
            assert_eq!(encode(&[sample]), [reference_encode(sample)], "sample {sample}");
        }
    }

    #[test]
    fn every_byte_is_decoded_as_the_reference_does() {
        for byte in 0..=u8::MAX {
            assert!(decode(&[byte]).eq([reference_decode(byte)]), "byte {byte:#04x}");
        }
    }

    #[test]
    fn every_byte_survives_the_round_trip_but_for_negative_zero() {
        for byte in 0..=u8::MAX {
            let again = encode(&decode(&[byte]).collect::<Vec<_>>());
            // µ-law has two zeros; a 16-bit sample has one.
            let expected = if byte == 0x7F { 0xFF } else { byte };
            assert_eq!(again, [expected], "byte {byte:#04x}");
        }
    }
}
