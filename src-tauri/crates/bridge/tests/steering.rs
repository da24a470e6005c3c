//! What those who steer can do to calls, and what they are told of it.

mod caller;

use std::time::Duration;

use caller::{FromBridge, Running, STREAM};
use wire::steering::{Fate, Priority, Reason, Refused, Whom};
use wire::{EndedBy, Speaker, Way};

#[tokio::test]
async fn to_hang_up_ends_the_call_and_is_told_to_its_caller() {
    let mut bridge = Running::start().await;
    let mut caller = bridge.caller().await;
    let id = bridge.calls_become(|calls| calls.len() == 1).await[0].id;
    assert_eq!(bridge.bridge.hang_up(id), Ok(()));
    assert_eq!(caller.hear_the_close().await, (1000, "somebody who steers hung up".into()));
    bridge.calls_become(Vec::is_empty).await;
    let ended = bridge.ended_become(|calls| calls.len() == 1).await.remove(0);
    assert_eq!(ended.end.map(|end| end.by), Some(EndedBy::Supervisor));
    assert_eq!(bridge.bridge.hang_up(id), Err(Refused::no_such_call(id)));
}

#[tokio::test]
async fn what_is_for_no_call_or_says_nothing_is_refused() {
    let bridge = Running::start().await;
    let bridge = &bridge.bridge;
    let suggested = bridge.suggest(Whom::Call(7), "Hello", Priority::Normal).expect_err("no call");
    assert_eq!(suggested, Refused::no_such_call(7));
    let spoken = bridge.speak(7, "Hello").await.expect_err("no call");
    assert_eq!(spoken, Refused::no_such_call(7));
    let empty = bridge.suggest(Whom::Next, " \n", Priority::Normal).expect_err("no text");
    assert_eq!(empty.reason, Reason::Empty);
    let long =
        bridge.suggest(Whom::Next, &"a".repeat(501), Priority::Normal).expect_err("too long");
    assert_eq!(long, Refused::too_long(500));
}

#[tokio::test]
async fn what_a_machine_without_a_voice_is_to_say_is_refused_with_what_to_do_about_it() {
    let mut bridge = Running::start().await;
    if bridge.bridge.voice().is_some() {
        println!(
            "SKIPPED what_a_machine_without_a_voice_is_to_say_is_refused_with_what_to_do_about_it: there is a voice"
        );
        return;
    }
    let _caller = bridge.caller().await;
    let is_known = |call: &wire::Call| !call.not_offered.is_empty();
    let call = bridge.calls_become(|calls| calls.iter().any(is_known)).await.remove(0);
    let ways: Vec<_> = call.not_offered.iter().map(|one| (one.way, one.why.reason)).collect();
    assert_eq!(ways, [(Way::Suggest, Reason::NoVoice), (Way::Speak, Reason::NoVoice)]);
    let id = call.id;
    let spoken = bridge.bridge.speak(id, "Hello").await;
    assert_eq!(spoken.expect_err("there is none").reason, Reason::NoVoice);
    let suggested = bridge.bridge.suggest(Whom::Call(id), "Hello", Priority::High);
    assert_eq!(suggested.expect_err("there is none").reason, Reason::NoVoice);
}

#[tokio::test]
async fn a_suggestion_is_said_when_nobody_speaks_and_delivered_when_it_was_heard() {
    let mut bridge = Running::start().await;
    if bridge.bridge.voice().is_none() {
        println!(
            "SKIPPED a_suggestion_is_said_when_nobody_speaks_and_delivered_when_it_was_heard: there is no voice"
        );
        return;
    }
    let early = bridge.bridge.suggest(Whom::Next, "Mention the weather.", Priority::Normal);
    let early = early.expect("there is a voice");
    let mut caller = bridge.caller().await;
    let id = bridge.calls_become(|calls| calls.len() == 1).await[0].id;
    let late = bridge.bridge.suggest(Whom::Call(id), "Say good bye.", Priority::High);
    let late = late.expect("there is a voice");
    let call = bridge.calls_become(|calls| calls[0].words.is_some()).await.remove(0);
    let words = call.words.expect("there are words");
    assert_eq!((words.by, &*words.text), (Speaker::Suggested, "Say good bye."));
    caller.press('#').await;
    caller.hear_until(FromBridge::Clear).await;
    for _ in 0..2 {
        let heard = caller.hear_out().await;
        assert!(heard.starts_with(include_bytes!("../clips/suggestion.ulaw")));
    }
    // The urgent one went first.
    let (Fate::Delivered { at: first, .. }, Fate::Delivered { at: second, call }) =
        (late.fate().await, early.fate().await)
    else {
        panic!("both were heard");
    };
    assert!(first <= second);
    assert_eq!(call, id);
    caller.press('3').await;
    let repeated = caller.hear_out().await;
    assert!(repeated.starts_with(include_bytes!("../clips/suggestion.ulaw")));
}

#[tokio::test]
async fn what_is_said_word_for_word_is_heard_or_told_to_be_cut_short() {
    let mut bridge = Running::start().await;
    if bridge.bridge.voice().is_none() {
        println!(
            "SKIPPED what_is_said_word_for_word_is_heard_or_told_to_be_cut_short: there is no voice"
        );
        return;
    }
    let mut caller = bridge.caller().await;
    let id = bridge.calls_become(|calls| calls.len() == 1).await[0].id;
    caller.press('#').await;
    caller.hear_until(FromBridge::Clear).await;

    let mut speech = bridge.bridge.speak(id, "The quick brown fox.").await.expect("a voice");
    let length = speech.length;
    let heard = caller.hear_until(FromBridge::Mark("said-2".into())).await;
    assert_eq!(audio::duration_of(heard.len()).as_millis() / 20, length.as_millis().div_ceil(20));
    assert_eq!(speech.heard().await, Ok(length));

    let mut speech = bridge.bridge.speak(id, "The quick brown fox.").await.expect("a voice");
    for _ in 0..20 {
        caller.hear().await;
    }
    caller.press('#').await;
    let cut = speech.heard().await.expect_err("the caller cut in");
    assert_eq!(cut.why.reason, Reason::Interrupted);
    assert!(cut.after > Some(Duration::ZERO) && cut.after < Some(length), "{cut:?}");
    caller.hear_until(FromBridge::Clear).await;

    let speech = bridge.bridge.speak(id, "The quick brown fox.").await.expect("a voice");
    caller.hear().await;
    drop(speech);
    caller.hear_until(FromBridge::Clear).await;

    let mut speech = bridge.bridge.speak(id, "The quick brown fox.").await.expect("a voice");
    caller.hang_up().await;
    let cut = speech.heard().await.expect_err("the caller hung up");
    assert_eq!((cut.why.reason, cut.after), (Reason::CallEnded, None));
}

#[tokio::test]
async fn what_is_silenced_tells_how_much_of_it_was_heard() {
    let mut bridge = Running::start().await;
    if bridge.bridge.voice().is_none() {
        println!("SKIPPED what_is_silenced_tells_how_much_of_it_was_heard: there is no voice");
        return;
    }
    let mut caller = bridge.caller().await;
    let id = bridge.calls_become(|calls| calls.len() == 1).await[0].id;
    caller.hear().await;
    let mut speech = bridge.bridge.speak(id, "The quick brown fox.").await.expect("a voice");
    speech.silence();
    let cut = speech.heard().await.expect_err("it was silenced");
    assert_eq!(cut.after, Some(Duration::ZERO), "the announcement is still being said");

    caller.press('#').await;
    caller.hear_until(FromBridge::Clear).await;
    let mut speech = bridge.bridge.speak(id, "The quick brown fox.").await.expect("a voice");
    for _ in 0..20 {
        caller.hear().await;
    }
    speech.silence();
    let cut = speech.heard().await.expect_err("it was silenced");
    assert!(cut.after > Some(Duration::ZERO) && cut.after < Some(speech.length), "{cut:?}");
    caller.hear_until(FromBridge::Clear).await;
}

#[tokio::test]
async fn a_call_is_known_by_the_name_of_its_stream_for_as_long_as_it_goes_on() {
    let mut bridge = Running::start().await;
    let mut caller = bridge.caller().await;
    let id = bridge.calls_become(|calls| calls.len() == 1).await[0].id;
    assert_eq!(bridge.bridge.named(STREAM), Some(id));
    assert_eq!(bridge.bridge.named("MZ"), None);
    caller.hang_up().await;
    bridge.calls_become(Vec::is_empty).await;
    assert_eq!(bridge.bridge.named(STREAM), None);
}
