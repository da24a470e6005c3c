//! A WAV file as chunks: where its sound is, and how that is coded.
//!
//! What is written to a pipe can't say how long it is when it begins, so the sizes that a file states count only as far as
//! there is something.

use std::io::Read;

use super::coding::{Format, number};
use super::unreadable::{MOST_BYTES, Unreadable};

/// A size that was not known, or that stands in the chunk `ds64`.
const ELSEWHERE: u64 = 0xFFFF_FFFF;

pub(super) struct Contents {
    pub(super) format: Format,
    pub(super) sound: Vec<u8>,
}

/// Reads a file.
pub(super) fn read(mut file: impl Read) -> Result<Contents, Unreadable> {
    let mut head = Vec::new();
    file.by_ref().take(12).read_to_end(&mut head)?;
    if !is_wav(&head) {
        return Err(Unreadable::Format { found: kind(&head) });
    }
    let mut bytes = Vec::new();
    file.take(MOST_BYTES + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > MOST_BYTES {
        return Err(Unreadable::TooLarge);
    }
    contents(&bytes, number(&head[4..8]))
}

fn is_wav(head: &[u8]) -> bool {
    matches!(head.get(..4), Some(b"RIFF" | b"RF64" | b"BW64"))
        && head.get(8..) == Some(b"WAVE".as_slice())
}

/// What else a file may be that begins like this.
fn kind(head: &[u8]) -> &'static str {
    match head {
        [] => "empty",
        [b'R', b'I', b'F', b'F', ..] if head.len() < 12 => "cut off within its first words",
        [b'R', b'I', b'F', b'F', ..] => "a RIFF file of another kind",
        [b'R', b'I', b'F', b'X', ..] => "a RIFX file, whose bytes are the other way round",
        [b'r', b'i', b'f', b'f', ..] => "a Wave64 file",
        [b'F', b'O', b'R', b'M', ..] => "an AIFF file",
        [b'O', b'g', b'g', b'S', ..] => "an Ogg file",
        [b'f', b'L', b'a', b'C', ..] => "a FLAC file",
        [b'.', b's', b'n', b'd', ..] => "an AU file",
        [b'c', b'a', b'f', b'f', ..] => "a CAF file",
        [b'I', b'D', b'3', ..] | [0xFF, 0xE0..=0xFF, ..] => "an MP3 or AAC file",
        [_, _, _, _, b'f', b't', b'y', b'p', ..] => "an MP4 file",
        [0x1A, 0x45, 0xDF, 0xA3, ..] => "a Matroska or WebM file",
        _ => "no sound file that is known here",
    }
}

/// What is in the chunks of a file that states this size.
fn contents(bytes: &[u8], stated: u64) -> Result<Contents, Unreadable> {
    let (mut format, mut sound, mut long) = (None, None, None);
    let mut at = 0;
    while let Some(header) = bytes.get(at..at + 8) {
        let (name, mut size) = (&header[..4], number(&header[4..]));
        at += 8;
        let rest = &bytes[at..];
        if name == b"data" {
            if size == ELSEWHERE {
                size = long.unwrap_or(ELSEWHERE);
            }
            // Of a file that was not written to its end, all that follows is the sound.
            let is_unfinished = size == 0 && !ends_within(stated, at, bytes.len());
            let length = if is_unfinished { rest.len() } else { within(size, rest) };
            sound.get_or_insert(&rest[..length]);
            at += length;
        } else {
            let body = &rest[..within(size, rest)];
            match name {
                b"fmt " => format = format.or(Some(Format::of(body)?)),
                b"ds64" => long = body.get(8..16).map(number).filter(|size| *size > 0),
                _ => {}
            }
            at += body.len();
        }
        at += usize::from(size % 2 == 1);
    }
    let header = |found: &str| Unreadable::Header { found: found.to_owned() };
    match (format, sound) {
        (Some(format), Some(sound)) => Ok(Contents { format, sound: sound.to_owned() }),
        (None, _) => Err(header("the chunk \"fmt \" isn't there")),
        (Some(_), None) => Err(Unreadable::Empty),
    }
}

/// Whether a file that states this size says truly that it goes on after this place.
fn ends_within(stated: u64, at: usize, length: usize) -> bool {
    // What is stated counts from after itself; what is here, from after the four letters that follow.
    let stated = stated.saturating_sub(4);
    stated >= at as u64 && stated.abs_diff(length as u64) <= 1
}

fn within(size: u64, rest: &[u8]) -> usize {
    usize::try_from(size).map_or(rest.len(), |size| size.min(rest.len()))
}
