//! How sound is coded on a line, and in its messages.

use audio::g711;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use base64::{DecodeError, Engine as _};

/// Takes base64 with and without its padding, and writes it with.
pub(super) const BASE64: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// The bytes of this base64, in place of what `into` holds: in lines, with blanks, in the alphabet for addresses or as it
/// should be.
pub(super) fn decode(base64: &str, into: &mut Vec<u8>) -> Result<(), DecodeError> {
    into.clear();
    if BASE64.decode_vec(base64, into).is_ok() {
        return Ok(());
    }
    // Some write it as an address that holds its data.
    let base64 = base64.rsplit_once("base64,").map_or(base64, |(_, data)| data);
    let plain = base64.bytes().filter(|letter| !letter.is_ascii_whitespace());
    let plain: Vec<u8> = plain
        .map(|letter| match letter {
            b'-' => b'+',
            b'_' => b'/',
            other => other,
        })
        .collect();
    into.clear();
    BASE64.decode_vec(plain, into)
}

/// How the sound on a line is coded, both at 8 kHz on one channel.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Coding {
    #[default]
    MuLaw,
    ALaw,
}

/// The rate at which all of them are.
const RATE: u32 = 8_000;

impl Coding {
    /// The coding of this name, in any of the spellings of the world: `audio/x-mulaw`, `PCMU`, `g711_ulaw`,
    /// `audio/PCMA;rate=8000`. Nothing if it is another's, or one of these at another rate.
    pub(super) fn named(name: &str) -> Option<Self> {
        let name = name.trim().to_lowercase();
        let name = name.strip_prefix("audio/").unwrap_or(&name);
        let mut numbers = name.split(|letter: char| !letter.is_ascii_digit());
        // What is smaller is a number of channels, or that of a recommendation.
        if numbers.any(|number| number.parse().is_ok_and(|rate: u32| rate > 999 && rate != RATE)) {
            return None;
        }
        if ["16k", "24k", "44k", "48k"].iter().any(|rate| name.contains(rate)) {
            return None;
        }
        // `PCMU/8000/2` has two channels.
        if name.split('/').nth(2).is_some_and(|channels| channels.trim() == "2") {
            return None;
        }
        let name = name.split([';', ',']).next().unwrap_or_default();
        let letters: String = name.chars().filter(|letter| letter.is_alphanumeric()).collect();
        let holds = |names: &[&str]| names.iter().any(|name| letters.contains(name));
        match &*letters {
            "basic" | "g711" | "g711u" | "u" | "mu" => Some(Self::MuLaw),
            "g711a" | "a" => Some(Self::ALaw),
            _ if holds(&["ulaw", "\u{b5}law", "\u{3bc}law", "pcmu"]) => Some(Self::MuLaw),
            _ if holds(&["alaw", "pcma"]) => Some(Self::ALaw),
            _ => None,
        }
    }

    /// The samples of these bytes.
    pub(super) fn decode(self, bytes: &[u8], into: &mut Vec<i16>) {
        match self {
            Self::MuLaw => into.extend(g711::decode(bytes)),
            Self::ALaw => into.extend(g711::a_law::decode(bytes)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_coding_is_known_however_the_world_spells_it() {
        for name in [
            "mulaw",
            "audio/mulaw",
            "audio/x-mulaw",
            "audio/basic",
            "g711_ulaw",
            "ulaw",
            "pcmu",
            "PCMU",
            "Audio/X-MuLaw",
            "audio/x-mulaw;rate=8000",
            "PCMU/8000",
            "PCMU/8000/1",
            "G.711 u-law",
            "mu-law",
            "\u{b5}-law",
            "\u{3bc}-Law",
            "ulaw_8000",
            "pcm_mulaw",
            "g711u",
            "audio/PCMU; rate=8000; channels=1",
            " mulaw ",
            "G711",
            "x-mulaw",
            "MULAW_8000HZ",
            "PCMU_8K",
            "ulaw@8kHz",
            "CCITT u-Law",
            "AUDIO_FORMAT_MULAW",
            "mulaw 64kbps",
        ] {
            assert_eq!(Coding::named(name), Some(Coding::MuLaw), "{name}");
        }
        for name in [
            "alaw",
            "audio/alaw",
            "audio/x-alaw",
            "g711_alaw",
            "pcma",
            "PCMA",
            "audio/PCMA;rate=8000",
            "pcm_alaw",
            "G.711 A-law",
            "g711a",
            "A-LAW",
            "PCMA/8000",
        ] {
            assert_eq!(Coding::named(name), Some(Coding::ALaw), "{name}");
        }
    }

    #[test]
    fn another_coding_or_rate_is_none_of_ours() {
        for name in [
            "opus",
            "audio/opus",
            "L16",
            "audio/l16;rate=8000",
            "pcm",
            "pcm_s16le",
            "G722",
            "AMR-WB",
            "mp3",
            "linear16",
            "audio/x-mulaw;rate=16000",
            "PCMU/16000",
            "ulaw/8000/2",
            "PCMU_16K",
            "g729",
            "slin",
            "law",
            "x",
        ] {
            assert_eq!(Coding::named(name), None, "{name}");
        }
    }

    #[test]
    fn base64_may_be_in_lines_with_blanks_or_in_the_alphabet_for_addresses() {
        let mut bytes = vec![1];
        for text in [
            "data:audio/basic;base64,/+8A",
            "/+8A",
            "/+8A\n",
            " /+8A",
            "/+\r\n8A",
            "_-8A",
            "/-8A\t",
            "/ + 8 A",
        ] {
            decode(text, &mut bytes).expect("it can be read");
            assert_eq!(bytes, [0xFF, 0xEF, 0x00], "{text:?}");
        }
        for (text, expected) in
            [("/w==", vec![0xFF]), ("/w", vec![0xFF]), ("/w=\n=", vec![0xFF]), ("", vec![])]
        {
            decode(text, &mut bytes).expect("it can be read");
            assert_eq!(bytes, expected, "{text:?}");
        }
        for text in ["!", "/", "/w==/w==", "a\u{e9}"] {
            assert!(decode(text, &mut bytes).is_err(), "{text:?}");
        }
    }
}
