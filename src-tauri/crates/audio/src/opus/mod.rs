//! Opus (RFC 6716) in Ogg (RFC 3533, RFC 7845) as a stream without an end: 24 kHz, one channel, as speech models speak it.
//!
//! [`Writer`] makes the pages that Kyutai's servers and clients make: two of headers, then one with each packet.
//! [`Reader`] takes whatever is Ogg with Opus in it, cut anywhere, from the beginning or from the middle.

mod pages;
mod reader;
mod writer;

pub use reader::Reader;
pub use writer::Writer;

/// How many samples the sound has in a second.
pub const SAMPLES_PER_SECOND: u32 = 24_000;

/// Ogg counts Opus at 48 kHz, whatever rate it is decoded to.
const GRANULES_PER_SAMPLE: u64 = 2;

/// How the packets of headers begin.
const HEAD: &[u8; 8] = b"OpusHead";
const TAGS: &[u8; 8] = b"OpusTags";

/// Why bytes can't be understood. What follows them can't either.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[allow(missing_docs, reason = "each says by its text what it is")]
pub enum Garbled {
    #[error("the bytes are no Ogg")]
    NotOgg,
    /// Or it isn't what must follow the last.
    #[error("a page of Ogg is damaged")]
    Page,
    #[error("a packet in Ogg has no end")]
    Endless,
    #[error("the header is none of Opus with one or two channels")]
    Head,
    #[error("a packet holds no Opus")]
    Packet,
}
