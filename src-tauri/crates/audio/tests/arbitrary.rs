//! Whatever comes over the wire: nothing panics, nothing is lost.

use audio::{Frame, Level, Limits, Rate, SpeechEvent, Utterances, g711};
use proptest::prelude::*;

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn the_nearest_code_is_chosen(sample in -32_124_i16..=32_124) {
        let near = g711::decode(&g711::encode(&[sample])).next().expect("one sample");
        // A step is never wider than a sixteenth of its segment, and the smallest is 8.
        prop_assert!((i32::from(near) - i32::from(sample)).abs() <= 4 + i32::from(sample).abs() / 31);
    }

    #[test]
    fn a_level_is_between_silence_and_full_scale(samples in prop::collection::vec(any::<i16>(), 0..400)) {
        let level = Level::of(&samples);
        prop_assert!(level >= Level::SILENCE && level <= Level::dbfs(0.001));
    }

    #[test]
    fn a_beginning_and_an_end_take_turns(bytes in prop::collection::vec(any::<u8>(), 0..4_000), quiet in 0_usize..100) {
        let mut detector = Utterances::new(Rate::Telephone, Limits::default());
        let samples: Vec<i16> = g711::decode(&bytes).collect();
        let mut frames: Vec<Frame> = samples.as_chunks().0.to_vec();
        frames.extend(vec![[0; 160]; quiet]);
        let mut speaking = false;
        let heard: Vec<SpeechEvent> = frames.iter().filter_map(|frame| detector.push(frame, frame)).collect();
        for what in heard.into_iter().chain(detector.finish()) {
            prop_assert_eq!(matches!(what, SpeechEvent::Started), !speaking);
            speaking = !speaking;
        }
        prop_assert!(!speaking);
    }
}
