//! Utterances found in a recorded human voice, and none found in noise.

use std::time::Duration;

use audio::{
    FRAME, Frame, Level, Limits, Rate, SpeechEvent, Utterance, Utterances, duration_of, g711,
};

#[test]
fn a_recorded_voice_is_one_utterance() {
    let found = utterances_in(&line([quiet(1), voice(), quiet(2)]));
    let [(started, ended, utterance)] = &found[..] else { panic!("{} utterances", found.len()) };
    assert!(
        *started >= Duration::from_secs(1) && *started < Duration::from_millis(1_500),
        "started at {started:?}"
    );
    assert!(*ended > *started && *ended < Duration::from_secs(5), "ended at {ended:?}");
    assert!(utterance.duration() > Duration::from_millis(2_500), "{:?}", utterance.duration());
}

#[test]
fn beginning_and_end_of_a_voice_are_not_cut() {
    let found = utterances_in(&line([quiet(1), voice(), quiet(2)]));
    let energy =
        |samples: &[i16]| samples.iter().map(|&sample| f64::from(sample).powi(2)).sum::<f64>();
    let kept = energy(&found[0].2.samples) / energy(&voice());
    assert!(kept > 0.999, "{kept}");
}

#[test]
fn a_voice_in_a_noisy_line_is_heard() {
    let sound = line([quiet(2), voice(), quiet(2)]);
    let noisy: Vec<i16> =
        sound.iter().zip(noise(300.0)).map(|(voice, noise)| voice.saturating_add(noise)).collect();
    assert!(Level::of(&noisy[..8_000]) > Level::dbfs(-46.0));
    let found = utterances_in(&noisy);
    assert_eq!(found.len(), 1);
    assert!(found[0].0 >= Duration::from_secs(2));
}

#[test]
fn two_sentences_are_two_utterances() {
    assert_eq!(utterances_in(&line([quiet(1), voice(), quiet(2), voice(), quiet(2)])).len(), 2);
}

#[test]
fn silence_and_noise_are_no_utterance() {
    assert!(utterances_in(&quiet(5)).is_empty());
    for loudness in [30.0, 300.0, 3_000.0] {
        let sound: Vec<i16> = noise(loudness).take(40_000).collect();
        assert!(utterances_in(&sound).is_empty(), "noise of {}", Level::of(&sound));
    }
}

#[test]
fn a_click_is_no_utterance() {
    let mut sound = quiet(3);
    sound[8_000..8_160].fill(12_000);
    assert!(utterances_in(&sound).is_empty());
}

#[test]
fn who_never_pauses_is_cut_at_the_limit() {
    let limits = Limits { longest: Duration::from_secs(1), ..Limits::default() };
    let mut detector = Utterances::new(Rate::Telephone, limits);
    let ended = frames(&voice()).iter().find_map(|frame| match detector.push(frame, frame)? {
        SpeechEvent::Started => None,
        SpeechEvent::Ended(utterance) => Some(utterance.duration()),
    });
    assert_eq!(ended, Some(limits.longest));
}

#[test]
fn an_utterance_can_be_ended_from_outside() {
    let mut detector = Utterances::new(Rate::Telephone, Limits::default());
    let began = frames(&voice())
        .iter()
        .any(|frame| detector.push(frame, frame) == Some(SpeechEvent::Started));
    assert!(began);
    assert!(matches!(detector.finish(), Some(SpeechEvent::Ended(_))));
    assert_eq!(detector.finish(), None);
}

/// When each utterance was noticed and ended, and what it was. The sound goes through µ-law as on a phone.
fn utterances_in(sound: &[i16]) -> Vec<(Duration, Duration, Utterance)> {
    let phone: Vec<i16> = g711::decode(&g711::encode(sound)).collect();
    let mut detector = Utterances::new(Rate::Telephone, Limits::default());
    let mut started = Duration::ZERO;
    let mut found = Vec::new();
    for (count, frame) in (1..).zip(frames(&phone)) {
        match detector.push(&frame, &frame) {
            Some(SpeechEvent::Started) => started = FRAME * count,
            Some(SpeechEvent::Ended(utterance)) => found.push((started, FRAME * count, utterance)),
            None => {}
        }
    }
    found
}

fn frames(sound: &[i16]) -> Vec<Frame> {
    sound.as_chunks().0.to_vec()
}

fn voice() -> Vec<i16> {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/voice.wav");
    let samples: Vec<i16> = hound::WavReader::open(path)
        .expect("the recording")
        .samples()
        .map(|sample| sample.expect("a sample"))
        .collect();
    assert!(duration_of(samples.len()) > Duration::from_secs(2));
    samples
}

fn quiet(seconds: usize) -> Vec<i16> {
    vec![0; seconds * 8_000]
}

fn line<const N: usize>(parts: [Vec<i16>; N]) -> Vec<i16> {
    parts.concat()
}

/// White noise that is the same in every run.
fn noise(loudness: f32) -> impl Iterator<Item = i16> {
    let mut state = 0x2545_F491_u32;
    std::iter::repeat_with(move || {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        ((state as f32 / u32::MAX as f32 - 0.5) * 2.0 * loudness) as i16
    })
}
