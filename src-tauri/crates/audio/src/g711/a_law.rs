//! A-law after ITU-T G.711, the coding of telephones outside North America and Japan.

use audio_codec_algorithms::{decode_alaw, encode_alaw};

/// The samples that these bytes stand for.
pub fn decode(bytes: &[u8]) -> impl ExactSizeIterator<Item = i16> + '_ {
    bytes.iter().map(|&byte| decode_alaw(byte))
}

/// The bytes for these samples.
pub fn encode(samples: &[i16]) -> Vec<u8> {
    samples.iter().map(|&sample| encode_alaw(sample)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Encoding as the ITU's software tool library (G.191, `alaw_compress`) spells it out, step by step.
    fn reference_encode(sample: i16) -> u8 {
        let mut code = if sample < 0 { !sample >> 4 } else { sample >> 4 };
        if code > 15 {
            let mut exponent = 1;
            while code > 16 + 15 {
                code >>= 1;
                exponent += 1;
            }
            code = code - 16 + (exponent << 4);
        }
        if sample >= 0 {
            code |= 0x80;
        }
        u8::try_from(code).expect("a code has eight bits") ^ 0x55
    }

    /// Decoding as G.191 (`alaw_expand`) spells it out.
    fn reference_decode(byte: u8) -> i16 {
        let code = i16::from(byte ^ 0x55) & 0x7F;
        let exponent = code >> 4;
        let mut mantissa = code & 0xF;
        if exponent > 0 {
            mantissa += 16;
        }
        mantissa = (mantissa << 4) + 8;
        if exponent > 1 {
            mantissa <<= exponent - 1;
        }
        if byte > 127 { mantissa } else { -mantissa }
    }

    #[test]
    fn every_sample_is_encoded_as_the_reference_does() {
        for sample in i16::MIN..=i16::MAX {
            assert_eq!(encode(&[sample]), [reference_encode(sample)], "sample {sample}");
        }
    }

    #[test]
    fn every_byte_is_decoded_as_the_reference_does_and_survives_the_round_trip() {
        for byte in 0..=u8::MAX {
            let samples: Vec<i16> = decode(&[byte]).collect();
            assert_eq!(samples, [reference_decode(byte)], "byte {byte:#04x}");
            assert_eq!(encode(&samples), [byte], "byte {byte:#04x}");
        }
    }
}
