//! Calls at the bridge's door: what callers hear.

mod caller;
mod recorded;

use audio::g711;
use bridge::Settings;
use caller::{FromBridge, Running, likeness, sentence, voice};
use recorded::{recorded, recordings};
use wire::{CallPhase, EndedBy};

#[tokio::test]
async fn a_caller_hears_how_the_services_are() {
    let bridge = Running::start().await;
    let mut caller = bridge.caller().await;
    let heard = caller.hear_until(FromBridge::Mark("said-1".into())).await;
    let mut rest = &heard[..];
    for clip in [
        include_bytes!("../clips/greeting.ulaw").as_slice(),
        include_bytes!("../clips/voice-bridge-listening.ulaw"),
        include_bytes!("../clips/supervisor-listening.ulaw"),
        include_bytes!("../clips/one-call.ulaw"),
        include_bytes!("../clips/invitation.ulaw"),
    ] {
        let at = rest
            .windows(clip.len())
            .position(|window| window == clip)
            .expect("the clip is heard in turn");
        rest = &rest[at + clip.len()..];
    }
}

#[tokio::test]
async fn a_recorded_voice_comes_back_and_a_mark_follows_it() {
    let mut bridge = Running::start().await;
    let mut caller = bridge.caller().await;
    caller.say(&sentence()).await;
    caller.hear_until(FromBridge::Clear).await;
    let heard: Vec<i16> =
        g711::decode(&caller.hear_until(FromBridge::Mark("echo-1".into())).await).collect();
    let likeness = likeness(&voice(), &heard);
    assert!(likeness > 0.99, "the voice came back with a correlation of {likeness}");
    bridge.calls_become(|calls| calls[0].echoes == 1).await;
}

#[tokio::test]
async fn a_voice_in_pieces_of_any_length_comes_back_as_a_whole() {
    let bridge = Running::start().await;
    let mut caller = bridge.caller().await;
    let (sentence, lengths) = (sentence(), [1, 80, 161, 400, 7, 1_000, 0, 8_000]);
    let mut rest = &sentence[..];
    for length in lengths.into_iter().cycle() {
        let (piece, later) = rest.split_at(rest.len().min(length));
        caller.say_at_once(piece).await;
        if later.is_empty() {
            break;
        }
        rest = later;
    }
    caller.hear_until(FromBridge::Clear).await;
    let heard: Vec<i16> =
        g711::decode(&caller.hear_until(FromBridge::Mark("echo-1".into())).await).collect();
    let likeness = likeness(&voice(), &heard);
    assert!(likeness > 0.99, "the voice came back with a correlation of {likeness}");
}

#[tokio::test]
async fn every_utterance_comes_back_with_a_mark_of_its_own() {
    let mut bridge = Running::start().await;
    let mut caller = bridge.caller().await;
    caller.press('#').await;
    caller.hear_until(FromBridge::Clear).await;
    for number in 1..=2 {
        bridge.calls_become(|calls| calls[0].phase == CallPhase::Quiet).await;
        caller.say(&sentence()).await;
        let heard = caller.hear_until(FromBridge::Mark(format!("echo-{number}"))).await;
        assert!(heard.len() > voice().len() * 9 / 10);
        caller.hear_until(FromBridge::Mark(format!("said-{}", number + 1))).await;
    }
}

#[tokio::test]
async fn a_caller_who_cuts_in_is_heard_and_the_playback_stops() {
    let mut bridge = Running::start().await;
    let mut caller = bridge.caller().await;
    caller.say(&sentence()).await;
    caller.hear_until(FromBridge::Clear).await;
    assert!(matches!(caller.hear().await, FromBridge::Sound(_)));
    caller.say(&sentence()).await;
    let cut = caller.hear_until(FromBridge::Clear).await;
    assert!(cut.len() < voice().len() / 2, "{} bytes were played on", cut.len());
    caller.hear_until(FromBridge::Mark("echo-2".into())).await;
    // What was cut short doesn't count as played back.
    bridge.calls_become(|calls| calls[0].echoes == 1).await;
}

#[tokio::test]
async fn a_voice_that_just_stops_without_silence_comes_back_too() {
    let bridge = Running::start().await;
    let mut caller = bridge.caller().await;
    caller.say(&voice()).await;
    caller.hear_until(FromBridge::Clear).await;
    caller.hear_until(FromBridge::Mark("echo-1".into())).await;
}

#[tokio::test]
async fn the_phases_of_a_call_are_there_to_see() {
    let mut bridge = Running::start().await;
    let mut caller = bridge.caller().await;
    bridge.calls_become(|calls| calls.len() == 1 && calls[0].phase == CallPhase::Engine).await;
    caller.say(&voice()).await;
    bridge.calls_become(|calls| calls[0].phase == CallPhase::Caller).await;
    caller.say(&[0; 8_000]).await;
    bridge.calls_become(|calls| calls[0].phase == CallPhase::Engine).await;
    caller.press('#').await;
    bridge.calls_become(|calls| calls[0].phase == CallPhase::Quiet).await;
}

#[tokio::test]
async fn the_one_key_repeats_how_things_are() {
    let bridge = Running::start().await;
    let mut caller = bridge.caller().await;
    caller.press('1').await;
    caller.hear_until(FromBridge::Clear).await;
    let heard = caller.hear_until(FromBridge::Mark("said-2".into())).await;
    assert!(heard.starts_with(include_bytes!("../clips/greeting.ulaw")));
}

#[tokio::test]
async fn hanging_up_frees_the_call_however_it_is_done() {
    let mut bridge = Running::start().await;

    let mut polite = bridge.caller().await;
    bridge.calls_become(|calls| calls.len() == 1).await;
    polite.hang_up().await;
    assert_eq!(polite.hear_the_close().await.0, 1000);
    bridge.calls_become(Vec::is_empty).await;

    let mut closing = bridge.caller().await;
    bridge.calls_become(|calls| calls.len() == 1).await;
    closing.socket.close(None).await.expect("the call goes on");
    bridge.calls_become(Vec::is_empty).await;

    let vanishing = bridge.caller().await;
    bridge.calls_become(|calls| calls.len() == 1).await;
    drop(vanishing);
    bridge.calls_become(Vec::is_empty).await;
}

#[tokio::test]
async fn after_an_echo_the_caller_hears_what_was_measured() {
    let mut bridge = Running::start().await;
    let mut caller = bridge.caller().await;
    caller.press('#').await;
    caller.hear_until(FromBridge::Clear).await;
    let sentence = sentence();
    let mut clock = tokio::time::interval(audio::FRAME);
    for (frame, samples) in sentence.chunks(160).enumerate() {
        clock.tick().await;
        if [50, 51].contains(&frame) {
            caller.stream.lose(1);
        } else {
            caller.say(samples).await;
        }
    }
    caller.hear_until(FromBridge::Mark("echo-1".into())).await;
    let report = caller.hear_until(FromBridge::Mark("said-2".into())).await;
    assert!(report.starts_with(include_bytes!("../clips/your-level.ulaw")));
    let lost: Vec<u8> = [
        include_bytes!("../clips/lost.ulaw").as_slice(),
        include_bytes!("../clips/number-40.ulaw"),
        include_bytes!("../clips/milliseconds.ulaw"),
    ]
    .concat();
    assert!(report.windows(lost.len()).any(|window| window == lost));
    let call = bridge.calls_become(|calls| calls[0].heard.lost_ms == 40).await.remove(0);
    assert_eq!((call.heard.utterances, call.heard.keys, call.said.clears), (1, 1, 1));
    assert!(call.said.round_trip_ms.is_some());
}

#[tokio::test]
async fn keys_repeat_what_was_heard_and_the_star_hangs_up() {
    let mut bridge = Running::start().await;
    let mut caller = bridge.caller().await;
    caller.press('#').await;
    caller.hear_until(FromBridge::Clear).await;
    for (key, clip) in [
        ('2', include_bytes!("../clips/no-echo-yet.ulaw").as_slice()),
        ('0', include_bytes!("../clips/no-echo-yet.ulaw")),
        ('3', include_bytes!("../clips/no-suggestion.ulaw")),
        ('7', include_bytes!("../clips/menu.ulaw")),
        ('*', include_bytes!("../clips/good-bye.ulaw")),
    ] {
        caller.press(key).await;
        let heard = caller.hear_out().await;
        assert!(heard.starts_with(clip), "after {key}");
    }
    assert_eq!(caller.hear_the_close().await, (1000, "the engine hung up".into()));
    bridge.calls_become(Vec::is_empty).await;
    let ended = bridge.ended_become(|calls| calls.len() == 1).await.remove(0);
    let end = ended.end.expect("it has ended");
    assert_eq!((end.by, &*end.reason), (EndedBy::Engine, "the engine hung up"));
}

#[tokio::test]
async fn the_two_key_repeats_the_last_echo() {
    let bridge = Running::start().await;
    let mut caller = bridge.caller().await;
    caller.say(&sentence()).await;
    caller.hear_until(FromBridge::Clear).await;
    let echo = caller.hear_until(FromBridge::Mark("echo-1".into())).await;
    caller.hear_until(FromBridge::Mark("said-2".into())).await;
    caller.press('2').await;
    let repeated = caller.hear_out().await;
    assert!(!echo.is_empty() && repeated == echo, "{} and {} frames", echo.len(), repeated.len());
}

#[tokio::test]
async fn a_call_is_recorded_with_both_sides_where_people_have_asked_for_it() {
    let folder = tempfile::tempdir().expect("a folder");
    let recordings = Some(recordings(folder.path()));
    let bridge = Running::with(Settings { recordings, ..Settings::default() }).await;
    let mut caller = bridge.caller().await;
    caller.say(&voice()[..16_000]).await;
    caller.hear_until(FromBridge::Clear).await;
    caller.hear_until(FromBridge::Mark("echo-1".into())).await;
    caller.hang_up().await;
    caller.hear_the_close().await;
    bridge.stop.cancel();
    bridge.served.await.expect("the bridge ends when all is on the disk");
    let said: Vec<i16> = g711::decode(&g711::encode(&voice()[..16_000])).collect();
    for side in recorded(folder.path()) {
        let likeness = likeness(&said, &side);
        assert!(likeness > 0.99, "a side is like what was said by {likeness}");
    }
}
