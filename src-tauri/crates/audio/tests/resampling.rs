//! What the way from 8 to 24 kHz and back costs a voice, and how long it takes.

mod sound;

use std::time::Duration;

use audio::{Downsampler, SAMPLES_PER_SECOND, Upsampler, duration_of, g711};
use sound::{signal_to_noise, voice};

const LONGEST_DELAY: Duration = Duration::from_millis(10);

#[test]
fn a_voice_that_goes_up_and_down_again_loses_less_than_mulaw_costs() {
    let before = voice();
    let up = Upsampler::default().push(&before);
    let down: Vec<i16> = g711::decode(&g711::encode(&Downsampler::default().push(&up))).collect();
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
    let up = Upsampler::default().push(&click);
    let late = loudest(&up) - 800 * 3;
    let delay = duration_of(1) * late as u32 / 3;
    assert!(delay < LONGEST_DELAY, "{delay:?} up");

    let mut click = vec![0.0_f32; 4_800];
    click[2_400] = 0.6;
    let down: Vec<f32> =
        Downsampler::default().push(&click).iter().map(|&sample| f32::from(sample)).collect();
    let delay = duration_of(loudest(&down) - 800);
    assert!(delay < LONGEST_DELAY, "{delay:?} down");
}

#[test]
fn every_frame_comes_out_as_soon_as_it_is_in() {
    let (mut up, mut down) = (Upsampler::default(), Downsampler::default());
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
    let whole = Upsampler::default().push(&voice);
    for length in [1, 7, 160, 333, 5_000] {
        let mut up = Upsampler::default();
        let parts: Vec<f32> = voice.chunks(length).flat_map(|part| up.push(part)).collect();
        assert_eq!(parts, whole[..parts.len()]);
        assert!(parts.len() + 480 >= whole.len());
    }
}

#[test]
fn what_telephones_cannot_carry_does_not_come_back_as_something_else() {
    for (hertz, at_most) in [(1_000.0, 0.0), (4_500.0, -55.0), (6_000.0, -65.0), (11_000.0, -65.0)]
    {
        let wave: Vec<f32> = (0..24_000)
            .map(|n| (std::f64::consts::TAU * hertz * f64::from(n) / 24_000.0).sin() as f32 * 0.9)
            .collect();
        let down = Downsampler::default().push(&wave);
        // The beginning of a tone is a click, which has every frequency.
        let level = audio::Level::of(&down[SAMPLES_PER_SECOND as usize / 4..]).decibels();
        assert!(level <= at_most, "{hertz} Hz comes through with {level} dBFS");
        assert!(at_most < 0.0 || level > -5.0, "{hertz} Hz comes through with only {level} dBFS");
    }
}

fn loudest(samples: &[f32]) -> usize {
    let all = samples.iter().enumerate();
    all.max_by(|one, other| one.1.abs().total_cmp(&other.1.abs())).expect("some samples").0
}
