//! From sound to pages.

use ogg::{PacketWriteEndInfo, PacketWriter};
use opus_rs::{Application, OpusEncoder};

use super::{GRANULES_PER_SAMPLE, HEAD, SAMPLES_PER_SECOND, TAGS};

/// How long a packet is, in samples: 20 ms, a frame of telephone sound.
const PACKET: usize = 480;
/// The most bytes that a frame of Opus has.
const LARGEST_PACKET: usize = 1_276;
/// The number by which the pages are known to be of one stream; it is the one that Kyutai's programs use.
const SERIAL: u32 = 42;

/// Bits are cheap between two programs, and a model hears what is lost.
const BITS_PER_SECOND: i32 = 64_000;
/// How hard the encoder looks for savings, from 0 to 10. More of it costs time here and sounds no better.
const COMPLEXITY: i32 = 0;
/// How many samples the encoder lags behind. The variant with the lowest delay is the quickest by far, too.
const LAG: u16 = 60;

/// Makes a stream of sound.
pub struct Writer {
    encoder: OpusEncoder,
    pages: PacketWriter<'static, Vec<u8>>,
    waiting: Vec<f32>,
    samples: u64,
}

impl Default for Writer {
    fn default() -> Self {
        let mut encoder =
            OpusEncoder::new(SAMPLES_PER_SECOND as i32, 1, Application::RestrictedLowDelay)
                .expect("Opus knows 24 kHz and one channel");
        encoder.bitrate_bps = BITS_PER_SECOND;
        encoder.complexity = COMPLEXITY;
        let pages = PacketWriter::new(Vec::new());
        let mut writer = Self { encoder, pages, waiting: Vec::new(), samples: 0 };
        writer.page(head());
        writer.page(tags());
        writer
    }
}

impl Writer {
    /// The pages that are whole by these samples, which are from -1 to 1. The first have the headers before them, and
    /// what is left over waits for the next.
    pub fn push(&mut self, samples: &[f32]) -> Vec<u8> {
        self.waiting.extend_from_slice(samples);
        let mut done = 0;
        while let Some(sound) = self.waiting.get(done..done + PACKET) {
            let mut packet = vec![0; LARGEST_PACKET];
            let length = self
                .encoder
                .encode(sound, PACKET, &mut packet)
                .expect("a packet has a length that Opus knows, and room");
            packet.truncate(length);
            done += PACKET;
            self.samples += PACKET as u64;
            self.page(packet);
        }
        if done == 0 {
            return Vec::new();
        }
        self.waiting.drain(..done);
        std::mem::take(self.pages.inner_mut())
    }

    fn page(&mut self, packet: Vec<u8>) {
        let granule = self.samples * GRANULES_PER_SAMPLE;
        self.pages
            .write_packet(packet, SERIAL, PacketWriteEndInfo::EndPage, granule)
            .expect("memory takes every byte");
    }
}

/// The header of RFC 7845, 5.1: version, channels, how much to skip at the start, the rate of the original, no gain, and
/// the mapping of channels that needs no table.
fn head() -> Vec<u8> {
    let skip = LAG * GRANULES_PER_SAMPLE as u16;
    let parts: [&[u8]; 6] = [
        HEAD,
        &[1, 1],
        &skip.to_le_bytes(),
        &SAMPLES_PER_SECOND.to_le_bytes(),
        &0_i16.to_le_bytes(),
        &[0],
    ];
    parts.concat()
}

/// The comments of RFC 7845, 5.2: who made it, and none besides.
fn tags() -> Vec<u8> {
    const VENDOR: &[u8] = b"xSwarm Voice";
    let length = (VENDOR.len() as u32).to_le_bytes();
    let parts: [&[u8]; 4] = [TAGS, &length, VENDOR, &0_u32.to_le_bytes()];
    parts.concat()
}
