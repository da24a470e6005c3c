//! Packets out of pages of Ogg that arrive in pieces of any length.

use ogg::reading::{BasePacketReader, PageParser};

use super::Garbled;

const CAPTURE: &[u8; 4] = b"OggS";
/// How long the fixed part of a page's header is; the lengths of its segments follow.
const HEADER: usize = 27;
/// The bit of a stream's first page, in the byte of flags.
const FIRST: u8 = 0x02;
/// Through how many pages a packet may go. Sound fits into one; comments with a picture in them take more.
const LONGEST_PACKET: usize = 16;

pub(super) struct Pages {
    /// What of the next page has arrived.
    waiting: Vec<u8>,
    packets: BasePacketReader,
    /// Which stream the packets are of.
    serial: Option<[u8; 4]>,
    /// How many pages there were since the last packet ended.
    since_packet: usize,
}

#[derive(Debug, PartialEq, Eq)]
pub(super) enum Brought {
    /// A new stream begins here; packets of the last are over.
    Beginning,
    Packet(Vec<u8>),
}

impl Default for Pages {
    fn default() -> Self {
        Self { waiting: Vec::new(), packets: anywhere(), serial: None, since_packet: 0 }
    }
}

/// A reader that may be joined to a stream in its middle.
fn anywhere() -> BasePacketReader {
    let mut packets = BasePacketReader::new();
    packets.update_after_seek();
    packets
}

impl Pages {
    /// What the pages bring that are whole by these bytes.
    pub(super) fn push(&mut self, bytes: &[u8]) -> Result<Vec<Brought>, Garbled> {
        self.waiting.extend_from_slice(bytes);
        let mut brought = Vec::new();
        let mut read = 0;
        while let Some(length) = length_of_page(&self.waiting[read..])? {
            let page = self.waiting[read..read + length].to_vec();
            read += length;
            self.take(&page, &mut brought)?;
        }
        self.waiting.drain(..read);
        Ok(brought)
    }

    fn take(&mut self, page: &[u8], brought: &mut Vec<Brought>) -> Result<(), Garbled> {
        let serial = page[14..18].first_chunk().copied();
        if page[5] & FIRST != 0 || serial != self.serial {
            brought.extend(self.serial.map(|_| Brought::Beginning));
            (self.packets, self.serial, self.since_packet) = (anywhere(), serial, 0);
        }
        let (segments, body) = page.split_at(HEADER + usize::from(page[HEADER - 1]));
        let (header, segments) = segments.split_first_chunk().ok_or(Garbled::Page)?;
        let (mut parser, _) = PageParser::new(*header).map_err(|_| Garbled::Page)?;
        parser.parse_segments(segments.to_vec());
        let page = parser.parse_packet_data(body.to_vec()).map_err(|_| Garbled::Page)?;
        self.packets.push_page(page).map_err(|_| Garbled::Page)?;
        self.since_packet += 1;
        while let Some(packet) = self.packets.read_packet() {
            self.since_packet = 0;
            brought.push(Brought::Packet(packet.data));
        }
        if self.since_packet > LONGEST_PACKET { Err(Garbled::Endless) } else { Ok(()) }
    }
}

/// How long the page is that begins here, if all of it is there.
fn length_of_page(bytes: &[u8]) -> Result<Option<usize>, Garbled> {
    let capture = bytes.len().min(CAPTURE.len());
    if bytes[..capture] != CAPTURE[..capture] {
        return Err(Garbled::NotOgg);
    }
    let Some(segments) = bytes.get(HEADER - 1).copied() else { return Ok(None) };
    let Some(lengths) = bytes.get(HEADER..HEADER + usize::from(segments)) else { return Ok(None) };
    let length =
        HEADER + lengths.len() + lengths.iter().map(|&length| usize::from(length)).sum::<usize>();
    Ok((bytes.len() >= length).then_some(length))
}
