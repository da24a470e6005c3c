//! What the way from 8 to 24 kHz and back costs a voice, and how long it takes.

mod sound;

use std::time::Duration;

use audio::{Converter, Rate, SAMPLES_PER_SECOND, duration_of, g711};
use sound::{signal_to_noise, voice};

const LONGEST_DELAY: Duration = Duration::from_millis(10);

#[test]
fn a_voice_that_goes_up_and_down_again_loses_less_than_mulaw_costs() {
    let before = voice();
    let wide = up().push(&before).into_owned();
    let down: Vec<i16> = g711::decode(&g711::encode(&down().push(&wide))).collect();
    let float = |samples: &[i16]| samples.iter().map(|&x| f32::from(x)).collect::<Vec<_>>();
    let (before, after) = (float(&before), float(&down));
    let (decibels, late) = (0..160)
        .map(|late| (signal_to_noise(&before, &after[late..]), late))
        .max_by(|one, other| one.0.total_cmp(&other.0))
        .expect("there is at least one offset");
    assert!(decibels > 45.0, "{decibels} dB, {late} samples late");
}

#[test]
fn neither_way_takes_more_than_ten_milliseconds() {
    let mut click = vec![0_i16; 1_600];
    click[800] = 20_000;
    let late = loudest(&up().push(&click)) - 800 * 3;
    let delay = duration_of(1) * late as u32 / 3;
    assert!(delay < LONGEST_DELAY, "{delay:?} up");

    let mut click = vec![0_i16; 4_800];
    click[2_400] = 20_000;
    let delay = duration_of(loudest(&down().push(&click)) - 800);
    assert!(delay < LONGEST_DELAY, "{delay:?} down");
}

#[test]
fn every_frame_comes_out_as_soon_as_it_is_in() {
    let (mut up, mut down) = (up(), down());
    // Ten minutes: a rounding error that adds up would show.
    for _ in 0..30_000 {
        let wide = up.push(&[1_000; 160]);
        assert_eq!(wide.len(), 480);
        assert_eq!(down.push(&wide).len(), 160);
    }
}

#[test]
fn the_sound_is_the_same_however_it_is_cut() {
    let voice = voice();
    let whole = up().push(&voice).into_owned();
    for length in [1, 7, 160, 333, 5_000] {
        let mut up = up();
        let parts: Vec<i16> =
            voice.chunks(length).flat_map(|part| up.push(part).into_owned()).collect();
        assert_eq!(parts, whole[..parts.len()]);
        assert!(parts.len() + 480 >= whole.len());
    }
}

#[test]
fn what_telephones_cannot_carry_does_not_come_back_as_something_else() {
    for (hertz, at_most) in [(1_000.0, 0.0), (4_500.0, -55.0), (6_000.0, -65.0), (11_000.0, -65.0)]
    {
        let sine = |n: u32| (std::f64::consts::TAU * hertz * f64::from(n) / 24_000.0).sin();
        let wave: Vec<i16> = (0..24_000).map(|n| (sine(n) * 0.9 * 32_767.0) as i16).collect();
        let mut down = down();
        let down = down.push(&wave);
        // The beginning of a tone is a click, which has every frequency.
        let level = audio::Level::of(&down[SAMPLES_PER_SECOND as usize / 4..]).decibels();
        assert!(level <= at_most, "{hertz} Hz comes through with {level} dBFS");
        assert!(at_most < 0.0 || level > -5.0, "{hertz} Hz comes through with only {level} dBFS");
    }
}

/// From 8 to 24 kHz.
fn up() -> Converter {
    Converter::new(Rate::Telephone, Rate::Wide)
}

/// From 24 to 8 kHz.
fn down() -> Converter {
    Converter::new(Rate::Wide, Rate::Telephone)
}

fn loudest(samples: &[i16]) -> usize {
    let all = samples.iter().enumerate();
    all.max_by_key(|(_, sample)| sample.unsigned_abs()).expect("some samples").0
}
