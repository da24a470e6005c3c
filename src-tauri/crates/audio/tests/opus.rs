//! Opus in Ogg: what is written can be read, here and by libopus, and nothing that is read does harm.

mod sound;

use std::io::Write as _;
use std::process::{Command, Stdio};

use audio::opus::{Garbled, Reader, Writer};
use proptest::prelude::*;
use sound::{likeness, wide_voice};

/// Longer than any delay here, in samples.
const LATEST: usize = 1_000;

#[test]
fn a_voice_survives_the_way_through_our_own_writer_and_reader() {
    let voice = wide_voice();
    let heard = Reader::default().push(&Writer::default().push(&voice)).expect("it is Ogg");
    let (likeness, late) = likeness(&voice, &heard, LATEST);
    assert!(likeness > 0.99, "a likeness of {likeness}");
    assert_eq!(late, 0, "what is to be skipped at the beginning is skipped");
}

#[test]
fn the_headers_are_those_that_servers_expect() {
    let mut writer = Writer::default();
    assert!(writer.push(&[0.0; 479]).is_empty(), "there is no page before there is a packet");
    let bytes = writer.push(&[0.0]);
    let pages = pages(&bytes);
    assert_eq!(pages.len(), 3);
    assert_eq!(pages[0][28..], *b"OpusHead\x01\x01\x78\x00\xc0\x5d\x00\x00\x00\x00\x00");
    assert!(pages[1][28..].starts_with(b"OpusTags"));
    let flags: Vec<u8> = pages.iter().map(|page| page[5]).collect();
    assert_eq!(flags, [2, 0, 0], "the first page says that it is the first");
    assert_eq!(granule(pages[2]), 960);
    let more = writer.push(&[0.0; 960]);
    let granules: Vec<u64> = self::pages(&more).into_iter().map(granule).collect();
    assert_eq!(granules, [1_920, 2_880], "one packet a page, counted at 48 kHz");
}

#[test]
fn a_stream_can_be_cut_anywhere() {
    let bytes = Writer::default().push(&wide_voice()[..48_000]);
    let whole = Reader::default().push(&bytes).expect("it is Ogg");
    for length in [1, 26, 27, 28, 100, 4_000] {
        let mut reader = Reader::default();
        let parts: Vec<f32> =
            bytes.chunks(length).flat_map(|part| reader.push(part).expect("it is Ogg")).collect();
        assert!(parts == whole, "cut every {length} bytes");
    }
}

#[test]
fn a_stream_can_be_joined_in_its_middle() {
    let bytes = Writer::default().push(&wide_voice()[..48_000]);
    let pages = pages(&bytes);
    let late = pages[50..].concat();
    let heard = Reader::default().push(&late).expect("it is Ogg");
    assert_eq!(heard.len(), (pages.len() - 50) * 480);
}

#[test]
fn a_stream_can_be_followed_by_another() {
    let bytes = Writer::default().push(&wide_voice()[..4_800]);
    let mut reader = Reader::default();
    let first = reader.push(&bytes).expect("it is Ogg");
    assert!(first == reader.push(&bytes).expect("so is the next"), "both begin afresh");
}

#[test]
fn junk_is_refused() {
    let mut bytes = Writer::default().push(&[0.1; 4_800]);
    let refused = |bytes: &[u8]| Reader::default().push(bytes).expect_err("it is junk");
    assert_eq!(refused(b"OggX"), Garbled::NotOgg);
    assert_eq!(refused(&[1]), Garbled::NotOgg);
    let last = bytes.len() - 1;
    bytes[last] ^= 1;
    assert_eq!(refused(&bytes), Garbled::Page, "its checksum is wrong");
    let stereo_of_eight = page(2, 0, &[b"OpusHead\x01\x08\x78\x00\xc0\x5d\x00\x00\x00\x00\x01"]);
    assert_eq!(refused(&stereo_of_eight), Garbled::Head);
    assert_eq!(refused(&page(2, 0, &[b"OpusHead"])), Garbled::Head);
    // The code of the most frames in a packet, with none in it.
    assert_eq!(refused(&page(2, 0, &[&[0x03, 0x00, 0x00]])), Garbled::Packet);
}

#[test]
fn a_packet_without_an_end_is_refused() {
    let mut reader = Reader::default();
    let part = unfinished_page();
    let refused = (0..40).find_map(|_| reader.push(&part).err());
    assert_eq!(refused, Some(Garbled::Endless));
}

#[test]
fn what_is_to_be_skipped_is_skipped_and_the_gain_is_applied() {
    let bytes = Writer::default().push(&wide_voice()[..24_000]);
    let packets: Vec<&[u8]> = pages(&bytes)[2..].iter().map(|page| body(page)).collect();
    let stream = |head: &[u8]| [page(2, 0, &[head]), page(0, 1, &packets)].concat();
    let read = |head: &[u8]| Reader::default().push(&stream(head)).expect("it is Ogg");
    let plain = read(b"OpusHead\x01\x01\x00\x00\xc0\x5d\x00\x00\x00\x00\x00");
    assert_eq!(plain.len(), packets.len() * 480, "several packets are in one page");
    let skipping = read(b"OpusHead\x01\x01\x00\x0f\xc0\x5d\x00\x00\x00\x00\x00");
    assert!(skipping[..] == plain[1_920..]);
    let louder = read(b"OpusHead\x01\x01\x00\x00\xc0\x5d\x00\x00\x00\x06\x00");
    let loud = |samples: &[f32]| samples.iter().map(|x| x.abs()).sum::<f32>();
    assert!((loud(&louder) / loud(&plain) - 2.0).abs() < 0.02, "6 dB are about twice as much");
}

#[test]
fn libopus_reads_what_we_write() {
    let Some(voice) = with_libopus() else { return };
    let (ours, late) = likeness(&voice, &opusdec(&Writer::default().push(&voice)), LATEST);
    let (theirs, _) = likeness(&voice, &opusdec(&opusenc(&voice, &[])), LATEST);
    assert!(ours > theirs - 0.002, "a likeness of {ours}; libopus itself has {theirs}");
    assert!(late <= 1, "{late} samples late: libopus skips what is to be skipped");
}

#[test]
fn we_read_what_libopus_writes() {
    let Some(voice) = with_libopus() else { return };
    for milliseconds in ["2.5", "5", "10", "20", "40", "60"] {
        let bytes = opusenc(&voice, &["--framesize", milliseconds]);
        let ours = Reader::default().push(&bytes).expect("it is Ogg");
        let theirs = opusdec(&bytes);
        let (mine, _) = likeness(&voice, &ours, LATEST);
        let (reference, _) = likeness(&voice, &theirs, LATEST);
        assert!(mine > reference - 0.0001, "packets of {milliseconds} ms: {mine}, not {reference}");
        assert!(ours.len().abs_diff(voice.len()) <= 2_880, "{} samples", ours.len());
    }
}

#[test]
fn we_read_narrow_voices_and_two_channels_as_libopus_does() {
    let Some(voice) = with_libopus() else { return };
    // Of two channels we hear the middle, and `opusdec` gives us the left.
    let cases = [("--bitrate", "8"), ("--bitrate", "16"), ("--bitrate", "24"), ("--raw-chan", "2")];
    for ((option, value), least) in cases.into_iter().zip([0.9999, 0.9999, 0.9999, 0.998]) {
        let bytes = opusenc(&voice, &[option, value]);
        let ours = Reader::default().push(&bytes).expect("it is Ogg");
        let (likeness, late) = likeness(&ours, &opusdec(&bytes), LATEST);
        assert!(likeness > least, "{option} {value}: {likeness}, {late} samples late");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn arbitrary_bytes_never_panic(parts in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..600), 0..8)) {
        let mut reader = Reader::default();
        for part in parts {
            if reader.push(&part).is_err() { break }
        }
    }

    #[test]
    fn arbitrary_packets_never_panic(packets in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..300), 1..12)) {
        let mut reader = Reader::default();
        let head = b"OpusHead\x01\x01\x00\x00\xc0\x5d\x00\x00\x00\x00\x00".as_slice();
        prop_assert!(reader.push(&page(2, 0, &[head])).is_ok());
        for (number, packet) in (1..).zip(packets) {
            if reader.push(&page(0, number, &[&packet])).is_err() { break }
        }
    }

    #[test]
    fn damaged_pages_never_panic(at in 0_usize..2_000, with in any::<u8>(), cut in 0_usize..2_000) {
        let mut bytes = Writer::default().push(&[0.25; 9_600]);
        let at = at % bytes.len();
        bytes[at] = with;
        bytes.drain(..cut % bytes.len());
        let _ = Reader::default().push(&bytes);
    }
}

/// The voice, if libopus is there to be tried with it.
#[expect(clippy::print_stdout, reason = "what was skipped is counted by who runs the tests")]
fn with_libopus() -> Option<Vec<f32>> {
    let is_there = |name| Command::new(name).arg("--version").output().is_ok();
    if is_there("opusenc") && is_there("opusdec") {
        return Some(wide_voice());
    }
    let thread = std::thread::current();
    println!("SKIPPED {}: opus-tools are not installed", thread.name().unwrap_or("a test"));
    None
}

/// What libopus makes of these samples.
fn opusenc(samples: &[f32], options: &[&str]) -> Vec<u8> {
    let raw: Vec<u8> =
        samples.iter().flat_map(|&sample| ((sample * 32_767.0) as i16).to_le_bytes()).collect();
    let format = ["--quiet", "--raw", "--raw-rate", "24000", "--raw-bits", "16"];
    let usual = ["--raw-chan", "1", "--bitrate", "64"];
    piped(Command::new("opusenc").args(format).args(usual).args(options).args(["-", "-"]), &raw)
}

/// What libopus makes of these bytes.
fn opusdec(bytes: &[u8]) -> Vec<f32> {
    let options =
        ["--quiet", "--no-dither", "--rate", "24000", "--float", "--force-stereo", "-", "-"];
    let raw = piped(Command::new("opusdec").args(options), bytes);
    let (samples, _) = raw.as_chunks::<4>();
    samples.chunks(2).map(|pair| f32::from_le_bytes(pair[0])).collect()
}

/// What this program prints when it reads this.
fn piped(command: &mut Command, input: &[u8]) -> Vec<u8> {
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("it was there a moment ago");
    let mut stdin = child.stdin.take().expect("it has an input");
    std::thread::scope(|scope| {
        scope.spawn(move || stdin.write_all(input));
        let output = child.wait_with_output().expect("it ends");
        assert!(output.status.success(), "{command:?}");
        output.stdout
    })
}

/// A page with these packets, which all end in it.
fn page(flags: u8, number: u32, packets: &[&[u8]]) -> Vec<u8> {
    let mut lengths = Vec::new();
    for packet in packets {
        lengths.extend(std::iter::repeat_n(255, packet.len() / 255));
        lengths.push((packet.len() % 255) as u8);
    }
    sealed(flags, number, &lengths, &packets.concat())
}

/// A page that is full of a packet that began before it and does not end in it.
fn unfinished_page() -> Vec<u8> {
    sealed(1, 7, &[255; 255], &[0; 255 * 255])
}

fn sealed(flags: u8, number: u32, lengths: &[u8], body: &[u8]) -> Vec<u8> {
    let count = u8::try_from(lengths.len()).expect("a page has 255 segments at most");
    let mut page =
        [b"OggS\0".as_slice(), &[flags], &[0; 8], b"SERI", &number.to_le_bytes(), &[0; 4]].concat();
    page.push(count);
    page.extend(lengths);
    page.extend(body);
    let checksum = checksum(&page);
    page[22..26].copy_from_slice(&checksum.to_le_bytes());
    page
}

/// The checksum of RFC 3533, bit by bit.
fn checksum(bytes: &[u8]) -> u32 {
    bytes.iter().fold(0, |sum, &byte| {
        (0..8).fold(sum ^ (u32::from(byte) << 24), |sum, _| {
            if sum >> 31 == 1 { (sum << 1) ^ 0x04C1_1DB7 } else { sum << 1 }
        })
    })
}

/// These bytes, page by page.
fn pages(mut bytes: &[u8]) -> Vec<&[u8]> {
    let mut pages = Vec::new();
    while !bytes.is_empty() {
        assert!(bytes.starts_with(b"OggS"));
        let (page, rest) = bytes.split_at(start_of_body(bytes) + body_length(bytes));
        pages.push(page);
        bytes = rest;
    }
    pages
}

fn body(page: &[u8]) -> &[u8] {
    &page[start_of_body(page)..]
}

fn start_of_body(page: &[u8]) -> usize {
    27 + usize::from(page[26])
}

fn body_length(page: &[u8]) -> usize {
    page[27..start_of_body(page)].iter().map(|&length| usize::from(length)).sum()
}

fn granule(page: &[u8]) -> u64 {
    u64::from_le_bytes(page[6..14].try_into().expect("eight bytes"))
}
