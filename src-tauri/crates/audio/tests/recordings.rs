//! WAV files as programs write them: in every coding, from a pipe, cut off, with odd chunks; and files that are none.

use std::f64::consts::TAU;

use audio::g711;
use audio::recording::{Unreadable, read};

const RATE: u32 = 8_000;

fn tone() -> impl Iterator<Item = f64> {
    (0..RATE).map(|n| (TAU * 440.0 * f64::from(n) / f64::from(RATE)).sin() * 0.5)
}

fn chunk(name: &[u8; 4], size: u32, body: &[u8]) -> Vec<u8> {
    let padding = (body.len() % 2 == 1).then_some(0);
    name.iter()
        .copied()
        .chain(size.to_le_bytes())
        .chain(body.iter().copied())
        .chain(padding)
        .collect()
}

fn whole(name: &[u8; 4], body: &[u8]) -> Vec<u8> {
    chunk(name, body.len() as u32, body)
}

fn format(tag: u16, channels: u16, bits: u16) -> Vec<u8> {
    let block = channels * bits.div_ceil(8);
    let mut body = [tag.to_le_bytes(), channels.to_le_bytes()].concat();
    body.extend(RATE.to_le_bytes());
    body.extend((RATE * u32::from(block)).to_le_bytes());
    body.extend([block.to_le_bytes(), bits.to_le_bytes()].concat());
    body
}

/// The same by an identifier instead of a number.
fn extensible(tag: u16, channels: u16, bits: u16) -> Vec<u8> {
    let mut body = format(0xFFFE, channels, bits);
    body.extend([22, 0]);
    body.extend(bits.to_le_bytes());
    body.extend([0, 0, 0, 0]);
    body.extend(tag.to_le_bytes());
    body.extend([0, 0, 0, 0, 0x10, 0, 0x80, 0, 0, 0xAA, 0, 0x38, 0x9B, 0x71]);
    body
}

fn file(chunks: &[Vec<u8>]) -> Vec<u8> {
    let body = [b"WAVE".to_vec(), chunks.concat()].concat();
    chunk(b"RIFF", body.len() as u32, &body)
}

fn pcm16(channels: usize) -> Vec<u8> {
    let sample = |value: f64| ((value * 32_767.0) as i16).to_le_bytes().repeat(channels);
    tone().flat_map(sample).collect()
}

/// The largest difference to the tone, of full scale.
fn difference(samples: &[i16]) -> f64 {
    let each =
        samples.iter().zip(tone()).map(|(is, should)| (f64::from(*is) / 32_767.0 - should).abs());
    each.fold(0.0, f64::max)
}

fn is_tone(bytes: &[u8], within: f64, what: &str) {
    let samples = read(bytes).unwrap_or_else(|error| panic!("{what}: {error}"));
    assert_eq!(samples.len(), RATE as usize, "{what}");
    assert!(difference(&samples) < within, "{what}: {}", difference(&samples));
}

#[test]
fn every_coding_that_people_have_is_read() {
    let samples = || tone().map(|value| (value * 32_767.0) as i16).collect::<Vec<_>>();
    let scaled = |bits: u32| {
        let bytes = bits.div_ceil(8) as usize;
        let full = 2_f64.powi(bits as i32 - 1) - 1.0;
        // Bits that fill no byte are the upper ones.
        let up = bytes as u32 * 8 - bits;
        tone()
            .flat_map(move |value| (((value * full) as i64) << up).to_le_bytes()[..bytes].to_vec())
    };
    let codings: [(&str, u16, u16, Vec<u8>, f64); 12] = [
        ("8 bits", 1, 8, tone().map(|value| (value * 127.0 + 128.0) as u8).collect(), 0.02),
        ("12 bits", 1, 12, scaled(12).collect(), 0.002),
        ("16 bits", 1, 16, pcm16(1), 0.001),
        ("20 bits", 1, 20, scaled(20).collect(), 0.001),
        ("24 bits", 1, 24, scaled(24).collect(), 0.001),
        ("32 bits", 1, 32, scaled(32).collect(), 0.001),
        ("64 bits", 1, 64, scaled(64).collect(), 0.001),
        ("float", 3, 32, tone().flat_map(|value| (value as f32).to_le_bytes()).collect(), 0.001),
        ("double", 3, 64, tone().flat_map(f64::to_le_bytes).collect(), 0.001),
        ("A-law", 6, 8, g711::a_law::encode(&samples()), 0.02),
        ("µ-law", 7, 8, g711::encode(&samples()), 0.02),
        ("µ-law that says 16 bits", 7, 16, g711::encode(&samples()), 0.02),
    ];
    for (what, tag, bits, sound, within) in codings {
        for format in [format(tag, 1, bits), extensible(tag, 1, bits)] {
            is_tone(&file(&[whole(b"fmt ", &format), whole(b"data", &sound)]), within, what);
        }
    }
    for channels in [2, 6] {
        let chunks =
            [whole(b"fmt ", &format(1, channels, 16)), whole(b"data", &pcm16(channels.into()))];
        is_tone(&file(&chunks), 0.001, "channels");
    }
}

#[test]
fn what_was_cut_off_or_came_from_a_pipe_is_read_as_far_as_it_goes() {
    let format = whole(b"fmt ", &format(1, 1, 16));
    for (size, stated) in
        [(0, 36), (0, 0), (0, u32::MAX), (u32::MAX, u32::MAX), (0x7FFF_FFFF, 5), (16_001, 16_037)]
    {
        let body = [b"WAVE".to_vec(), format.clone(), chunk(b"data", size, &pcm16(1))].concat();
        is_tone(&chunk(b"RIFF", stated, &body), 0.001, &format!("{size} {stated}"));
    }
    let mut cut = file(&[format.clone(), whole(b"data", &pcm16(1))]);
    cut.truncate(cut.len() - 8_001);
    assert_eq!(read(&*cut).expect("the first half").len(), 3_999);
    // The sound is over where the file says truly that something else follows.
    let more = [format.clone(), whole(b"data", &pcm16(1)), whole(b"LIST", &[1; 301])];
    is_tone(&file(&more), 0.001, "what follows");
    let empty = file(&[format, whole(b"data", &[]), whole(b"LIST", &[1; 300])]);
    assert!(matches!(read(&*empty), Err(Unreadable::Empty)));
}

#[test]
fn chunks_that_are_odd_empty_or_long_are_passed_over() {
    let sound = whole(b"data", &pcm16(1));
    let format = whole(b"fmt ", &format(1, 1, 16));
    for odd in [whole(b"JUNK", &[7; 33]), whole(b"junk", &[]), whole(b"bext", &[1; 602])] {
        is_tone(&file(&[odd.clone(), format.clone(), odd, sound.clone()]), 0.001, "odd");
    }
    is_tone(&file(&[sound, format]), 0.001, "the sound first");
}

#[test]
fn a_file_whose_sizes_are_of_64_bits_is_read() {
    let long = |sound: u64| {
        let sizes = [0_u64, sound, 0].map(u64::to_le_bytes).concat();
        whole(b"ds64", &[sizes, vec![0; 4]].concat())
    };
    for (name, size) in [(b"RF64", 16_000), (b"BW64", 16_000), (b"RF64", 0), (b"RF64", u64::MAX)] {
        let format = whole(b"fmt ", &format(1, 1, 16));
        let sound = chunk(b"data", u32::MAX, &pcm16(1));
        let end = if size == 16_000 { whole(b"LIST", &[9; 400]) } else { Vec::new() };
        let body = [b"WAVE".to_vec(), long(size), format, sound, end].concat();
        is_tone(&chunk(name, u32::MAX, &body), 0.001, "64 bits");
    }
}

#[test]
fn any_rate_is_read_or_refused_by_its_name() {
    for rate in [1, 100, 4_000, 11_025, 96_000, 384_000, 2_822_400, u32::MAX] {
        let mut format = format(1, 1, 16);
        format[4..8].copy_from_slice(&rate.to_le_bytes());
        let sound = whole(b"data", &pcm16(1)[..2_000]);
        match read(&*file(&[whole(b"fmt ", &format), sound])) {
            Ok(samples) => {
                let expected = 1_000.0 * f64::from(RATE) / f64::from(rate);
                assert!(
                    (samples.len() as f64 - expected).abs() <= 1.0 + expected / 100.0,
                    "{rate}: {}",
                    samples.len()
                );
            }
            Err(error) => {
                let told = error.to_string();
                assert!(
                    told.contains(&format!("{rate} Hz")) || told.contains("no sound"),
                    "{told}"
                );
            }
        }
    }
}

#[test]
fn numbers_that_are_none_are_silence_and_too_large_ones_are_cut() {
    let values = [f32::NAN, f32::INFINITY, 7.0, -7.0, 0.5];
    let sound: Vec<u8> = values.iter().flat_map(|value| value.to_le_bytes()).collect();
    let bytes = file(&[whole(b"fmt ", &format(3, 1, 32)), whole(b"data", &sound)]);
    assert_eq!(read(&*bytes).expect("it is read"), [0, 0, i16::MAX, i16::MIN, 16_384]);
}

#[test]
fn what_is_not_understood_is_told_with_what_was_found_and_what_is_wanted() {
    let sound = || whole(b"data", &[0; 100]);
    let with = |format: Vec<u8>| file(&[whole(b"fmt ", &format), sound()]);
    let mut silent = format(1, 1, 16);
    silent[4..8].fill(0);
    for (bytes, found) in [
        (Vec::new(), "it is empty, and a WAV file is wanted"),
        (b"RIFF".to_vec(), "it is cut off within its first words, and a WAV file is wanted"),
        (b"RIFF\0\0\0\0AVI ....".to_vec(), "it is a RIFF file of another kind"),
        (b"RIFX\0\0\0\0WAVE....".to_vec(), "it is a RIFX file"),
        (b"fLaC\0\0\0\"........".to_vec(), "it is a FLAC file"),
        (b"OggS............".to_vec(), "it is an Ogg file"),
        (b"ID3\x03............".to_vec(), "it is an MP3 or AAC file"),
        (b"\xFF\xFB............".to_vec(), "it is an MP3 or AAC file"),
        (b"\0\0\0\x20ftypM4A ....".to_vec(), "it is an MP4 file"),
        (b"[package]\nname".to_vec(), "it is no sound file that is known here"),
        (with(format(0x11, 1, 4)), "its sound is ADPCM (format 0x0011), and PCM of 8 to 64 bits"),
        (with(extensible(0x55, 1, 0)), "its sound is MP3 (format 0x0055), and"),
        (with(format(0x31, 1, 0)), "its sound is GSM 6.10 (format 0x0031), and"),
        (with(format(0x1234, 1, 16)), "a coding that is not known here (format 0x1234)"),
        (with(format(3, 1, 16)), "its sound is float of 16 bits, and"),
        (with(format(1, 0, 16)), "it has no channels"),
        (with(silent), "it has no rate"),
        (with(vec![1, 0, 1, 0]), "the chunk \"fmt \" is too short"),
        (file(&[sound()]), "the chunk \"fmt \" isn't there"),
        (file(&[whole(b"fmt ", &format(1, 1, 16))]), "it holds no sound"),
    ] {
        let told = read(&*bytes).expect_err(found).to_string();
        assert!(told.contains(found), "{told}");
    }
}
