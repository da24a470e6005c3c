//! Calls that a speech model answers, through servers with the habits of those that exist.

mod caller;
mod fake_moshi;

use std::sync::Arc;
use std::time::Duration;

use audio::g711;
use bridge::{MoshiSettings, Settings};
use caller::{Caller, FromBridge, Running, likeness, sentence, voice};
use fake_moshi::{FakeMoshi, Habits};
use wire::steering::{Fate, Priority, Reason, Refused, Whom};
use wire::{Call, Engine, Happening, ModelState};

#[tokio::test]
async fn what_a_caller_says_comes_back_from_the_model() {
    for understands in [false, true] {
        let habits = Habits { understands, ..Habits::default() };
        let (_server, mut bridge) = with(habits).await;
        let mut caller = bridge.caller().await;
        let calls = ready(&mut bridge).await;
        assert_eq!(calls[0].engine, Engine::Moshi);
        let heard = talk(&mut caller, &sentence()).await;
        let likeness = likeness(&voice(), &heard);
        assert!(likeness > 0.95, "the voice came back with a likeness of {likeness}");
    }
}

#[tokio::test]
async fn long_handshakes_and_news_of_the_model_before_them_are_understood() {
    let habits = Habits { tells_versions: true, tells_of_model: true, ..Habits::default() };
    let (_server, mut bridge) = with(habits).await;
    let _caller = bridge.caller().await;
    ready(&mut bridge).await;
}

#[tokio::test]
async fn who_waits_behind_another_is_shown_so_and_is_told() {
    let habits = Habits { one_at_a_time: true, ..Habits::default() };
    let (_server, mut bridge) = with(habits).await;
    let first = bridge.caller().await;
    ready(&mut bridge).await;
    let mut second = bridge.caller().await;
    bridge.calls_become(|calls| calls.len() == 2 && is(&calls[1], ModelState::Queued)).await;
    assert!(matches!(second.hear().await, FromBridge::Sound(_)));
    drop(first);
    bridge.calls_become(|calls| calls.len() == 1 && is(&calls[0], ModelState::Ready)).await;
}

#[tokio::test]
async fn a_call_takes_the_first_server_that_is_free() {
    let habits = Habits { one_at_a_time: true, ..Habits::default() };
    let (one, other) = (FakeMoshi::with(habits.clone()).await, FakeMoshi::with(habits).await);
    let mut bridge = answered_by(vec![one.url(), other.url()], |_| {}).await;
    let (_first, _second) = (bridge.caller().await, bridge.caller().await);
    let are_ready = |calls: &Vec<Call>| {
        calls.len() == 2 && calls.iter().all(|call| is(call, ModelState::Ready))
    };
    let calls = bridge.calls_become(are_ready).await;
    let mut servers: Vec<String> =
        calls.into_iter().filter_map(|call| call.model).map(|model| model.server).collect();
    servers.sort();
    let mut expected = [one.address.to_string(), other.address.to_string()];
    expected.sort();
    assert_eq!(servers, expected);
}

#[tokio::test]
async fn a_server_that_is_not_there_is_passed_over() {
    let server = FakeMoshi::with(Habits::default()).await;
    let mut bridge = answered_by(vec![nobody(), server.url()], |_| {}).await;
    let _caller = bridge.caller().await;
    let calls = ready(&mut bridge).await;
    let model = calls[0].model.as_ref().expect("there is one");
    assert_eq!(model.server, server.address.to_string());
}

#[tokio::test]
async fn a_session_that_ends_is_followed_by_another() {
    let habits = Habits { session: Some(Duration::from_secs(1)), ..Habits::default() };
    let (mut server, mut bridge) = with(habits).await;
    let mut caller = bridge.caller().await;
    ready(&mut bridge).await;
    caller.say(&[0; 9_600]).await;
    let again = server.asked.wait_for(|asked| asked.len() >= 2);
    tokio::time::timeout(Duration::from_secs(30), again).await.expect("in time").expect("it lives");
    ready(&mut bridge).await;
}

#[tokio::test]
async fn a_server_is_asked_without_a_word_whether_it_is_there() {
    let habits = Habits::default();
    let pinged = Arc::clone(&habits.pinged);
    let (server, mut bridge) = with(habits).await;
    let _caller = bridge.caller().await;
    ready(&mut bridge).await;
    // To one server whatever is in a ping is a message, and mostly one that ends the session.
    tokio::time::timeout(Duration::from_secs(30), pinged.notified()).await.expect("in time");
    assert_eq!(server.asked.borrow().len(), 1);
}

#[tokio::test]
async fn where_no_server_answers_the_line_check_does_and_says_so() {
    let mut bridge = answered_by(vec![nobody()], |_| {}).await;
    let mut caller = bridge.caller().await;
    let heard = caller.hear_until(FromBridge::Mark("said-1".into())).await;
    assert!(heard.starts_with(include_bytes!("../clips/model-unanswered.ulaw")));
    let calls = bridge.calls_become(|calls| calls[0].engine == Engine::LineCheck).await;
    assert!(is(&calls[0], ModelState::Unanswered));
    caller.press('1').await;
    caller.hear_until(FromBridge::Clear).await;
}

#[tokio::test]
async fn that_no_server_answers_is_said_until_the_caller_has_heard_it() {
    let unanswered = include_bytes!("../clips/model-unanswered.ulaw");
    for fall_back in [true, false] {
        let change = |settings: &mut MoshiSettings| settings.fall_back = fall_back;
        let bridge = answered_by(vec![nobody()], change).await;
        let mut caller = bridge.caller().await;
        for _ in 0..2 {
            assert!(matches!(caller.hear().await, FromBridge::Sound(_)));
            caller.say(&voice()).await;
            let heard = caller.hear_until(FromBridge::Clear).await;
            assert!(heard.len() < unanswered.len());
            caller.say(&[0; 8_000]).await;
        }
        let heard = caller.hear_until(FromBridge::Mark("said-1".into())).await;
        assert!(heard.starts_with(unanswered), "with the line check: {fall_back}");
        if fall_back {
            caller.hear_until(FromBridge::Mark("echo-2".into())).await;
        } else {
            assert_eq!(caller.hear_the_close().await.0, 1000);
        }
    }
}

#[tokio::test]
async fn who_speaks_meanwhile_is_told_at_the_pause_how_it_is_by_then() {
    let habits = Habits { ready_after: Some(Duration::from_secs(60)), ..Habits::default() };
    let server = FakeMoshi::with(habits).await;
    let soon = |settings: &mut MoshiSettings| settings.ready = Duration::from_secs(2);
    let bridge = answered_by(vec![server.url()], soon).await;
    let mut caller = bridge.caller().await;
    let voice = voice();
    let mut clock = tokio::time::interval(audio::FRAME);
    // From where the recorded voice speaks without a pause.
    for frame in voice[4_000..12_000].chunks(160).cycle() {
        clock.tick().await;
        caller.say(frame).await;
        if bridge.calls.borrow().iter().any(|call| is(call, ModelState::Unanswered)) {
            break;
        }
    }
    caller.say(&[0; 8_000]).await;
    let heard = caller.hear_until(FromBridge::Mark("said-3".into())).await;
    assert_eq!(
        heard.len(),
        include_bytes!("../clips/model-unanswered.ulaw").len().next_multiple_of(160)
    );
    assert!(heard.starts_with(include_bytes!("../clips/model-unanswered.ulaw")));
    let announced = caller.hear_until(FromBridge::Mark("said-4".into())).await;
    assert!(announced.starts_with(include_bytes!("../clips/greeting.ulaw")));
    caller.hear_until(FromBridge::Mark("echo-1".into())).await;
}

#[tokio::test]
async fn a_key_cuts_short_that_no_server_answers_and_is_obeyed_first() {
    let bridge = answered_by(vec![nobody()], |_| {}).await;
    let mut caller = bridge.caller().await;
    assert!(matches!(caller.hear().await, FromBridge::Sound(_)));
    caller.press('2').await;
    caller.hear_until(FromBridge::Clear).await;
    assert!(caller.hear_out().await.starts_with(include_bytes!("../clips/no-echo-yet.ulaw")));
    let again = caller.hear_until(FromBridge::Mark("said-1".into())).await;
    assert!(again.starts_with(include_bytes!("../clips/model-unanswered.ulaw")));
}

#[tokio::test]
async fn without_the_line_check_the_caller_is_told_and_the_call_ends() {
    let unanswered = |settings: &mut MoshiSettings| settings.fall_back = false;
    let bridge = answered_by(vec![nobody()], unanswered).await;
    let mut caller = bridge.caller().await;
    caller.hear_until(FromBridge::Mark("said-1".into())).await;
    let (code, reason) = caller.hear_the_close().await;
    assert_eq!((code, &*reason), (1000, "the engine hung up"));
}

#[tokio::test]
async fn a_server_that_drops_everybody_is_given_up() {
    let habits = Habits { drops_at_once: true, ..Habits::default() };
    let (server, mut bridge) = with(habits).await;
    let _caller = bridge.caller().await;
    bridge.calls_become(|calls| calls.iter().any(|call| is(call, ModelState::Unanswered))).await;
    assert!(!server.asked.borrow().is_empty());
}

#[tokio::test]
async fn a_server_that_is_never_ready_is_given_up_in_time() {
    let habits = Habits { one_at_a_time: true, ..Habits::default() };
    let server = FakeMoshi::with(habits).await;
    let soon = |settings: &mut MoshiSettings| settings.ready = Duration::from_secs(2);
    let mut bridge = answered_by(vec![server.url()], soon).await;
    let (_first, _second) = (bridge.caller().await, bridge.caller().await);
    let is_so = |state| move |calls: &Vec<Call>| calls.iter().any(|call| is(call, state));
    bridge.calls_become(is_so(ModelState::Ready)).await;
    bridge.calls_become(is_so(ModelState::Unanswered)).await;
}

#[tokio::test]
async fn a_certificate_of_its_own_is_taken_where_the_settings_allow_it() {
    let habits = Habits { is_encrypted: true, ..Habits::default() };
    let server = FakeMoshi::with(habits).await;
    let url = format!("wss://{}", server.address);
    let mut careful = answered_by(vec![url.clone()], |_| {}).await;
    let _caller = careful.caller().await;
    careful.calls_become(|calls| calls.iter().any(|call| is(call, ModelState::Unanswered))).await;
    let mut trusting = answered_by(vec![url], |settings| settings.self_signed = true).await;
    let _caller = trusting.caller().await;
    ready(&mut trusting).await;
}

#[tokio::test]
async fn the_prompts_are_sent_to_who_wants_them() {
    let mut server = FakeMoshi::with(Habits::default()).await;
    let prompted = |settings: &mut MoshiSettings| settings.text_prompt = Some("Be kind.".into());
    let bridge = answered_by(vec![server.url()], prompted).await;
    let _caller = bridge.caller().await;
    let asked = server.asked.wait_for(|asked| !asked.is_empty()).await.expect("it lives").clone();
    assert_eq!(asked, ["/api/chat?text_prompt=Be+kind.&voice_prompt=NATF2.pt"]);
}

#[tokio::test]
async fn what_is_suggested_for_the_next_call_is_in_the_prompt_of_its_model() {
    let mut server = FakeMoshi::with(Habits::default()).await;
    let prompted = |settings: &mut MoshiSettings| settings.text_prompt = Some("Be kind.".into());
    let mut bridge = answered_by(vec![server.url()], prompted).await;
    let suggest = |whom, text| bridge.bridge.suggest(whom, text, Priority::Normal);
    let one = suggest(Whom::Next, "Mention the weather.").expect("it is taken");
    let other = suggest(Whom::Next, "Be brief.").expect("it is taken");
    let _caller = bridge.caller().await;
    let asked = server.asked.wait_for(|asked| !asked.is_empty()).await.expect("it lives").clone();
    let prompt = "Be+kind.+Mention+the+weather.+Be+brief.";
    assert_eq!(asked, [format!("/api/chat?text_prompt={prompt}&voice_prompt=NATF2.pt")]);
    let id = ready(&mut bridge).await[0].id;
    for suggestion in [one, other] {
        let fate = suggestion.fate().await;
        assert!(matches!(fate, Fate::Delivered { call, .. } if call == id), "{fate:?}");
    }
    let late = bridge.bridge.suggest(Whom::Call(id), "Slow down.", Priority::High);
    let can_speak = bridge.bridge.voice().is_some();
    assert_eq!(late.expect_err("it is too late"), takes_no_text(can_speak));
}

#[tokio::test]
async fn a_model_that_takes_no_text_says_so_whether_or_not_there_is_a_voice() {
    let (_server, mut bridge) = with(Habits::default()).await;
    let _caller = bridge.caller().await;
    let id = ready(&mut bridge).await[0].id;
    let can_speak = bridge.bridge.voice().is_some();
    for whom in [Whom::Call(id), Whom::Next] {
        let refused = bridge.bridge.suggest(whom, "Slow down.", Priority::High);
        assert_eq!(refused.expect_err("none"), takes_no_text(can_speak));
    }
}

#[tokio::test]
async fn what_no_model_has_taken_is_left_to_the_line_check() {
    let prompted = |settings: &mut MoshiSettings| settings.text_prompt = Some("Be kind.".into());
    let mut bridge = answered_by(vec![nobody()], prompted).await;
    let early = bridge.bridge.suggest(Whom::Next, "Hello.", Priority::Normal).expect("taken");
    let mut caller = bridge.caller().await;
    let taken_over =
        bridge.calls_become(|calls| calls.iter().any(|call| call.engine == Engine::LineCheck));
    let id = taken_over.await[0].id;
    let late = bridge.bridge.suggest(Whom::Call(id), "Good bye.", Priority::Normal);
    let has_voice = bridge.bridge.voice().is_some();
    let offered = |call: &wire::Call| call.not_offered.is_empty() == has_voice;
    bridge.calls_become(|calls| calls.iter().any(offered)).await;
    if bridge.bridge.voice().is_none() {
        let refused = late.expect_err("there is no voice");
        assert_eq!(refused.reason, Reason::NoVoice);
        println!("SKIPPED what_no_model_has_taken_is_left_to_the_line_check: there is no voice");
        return;
    }
    let late = late.expect("the line check takes text");
    let heard_out = async {
        loop {
            caller.hear().await;
        }
    };
    let fates = async { (early.fate().await, late.fate().await) };
    let fates = tokio::select! { fates = fates => fates, () = heard_out => unreachable!() };
    let expected = |fate: &Fate| matches!(fate, Fate::Delivered { call, .. } if *call == id);
    assert!(expected(&fates.0) && expected(&fates.1), "{fates:?}");
}

#[tokio::test]
async fn what_the_model_says_is_there_to_read() {
    let text = [" Hel", "lo", " there"].map(str::to_owned).to_vec();
    let (_server, mut bridge) = with(Habits { text, ..Habits::default() }).await;
    let mut happenings = bridge.bridge.happenings().subscribe();
    let _caller = bridge.caller().await;
    let said = |call: &Call| call.words.as_ref().is_some_and(|words| words.text == "Hello there");
    let calls = bridge.calls_become(|calls| calls.iter().any(said)).await;
    let mut heard = Vec::new();
    while let Ok(happening) = happenings.try_recv() {
        if let Happening::EngineText { call, text } = happening {
            assert_eq!(call, calls[0].id);
            heard.push(text);
        }
    }
    assert_eq!(heard, [" Hel", "lo", " there"]);
}

#[tokio::test]
async fn who_cuts_in_stops_what_the_model_says() {
    let (_server, mut bridge) = with(Habits { hums: true, ..Habits::default() }).await;
    let mut caller = bridge.caller().await;
    ready(&mut bridge).await;
    talk(&mut caller, &[0; 16_000]).await;
    caller.say(&sentence()).await;
    while caller.hear().await != FromBridge::Clear {}
}

async fn with(habits: Habits) -> (FakeMoshi, Running) {
    let server = FakeMoshi::with(habits).await;
    let bridge = answered_by(vec![server.url()], |_| {}).await;
    (server, bridge)
}

async fn answered_by(servers: Vec<String>, change: impl FnOnce(&mut MoshiSettings)) -> Running {
    let mut moshi = MoshiSettings { servers, ..MoshiSettings::default() };
    change(&mut moshi);
    Running::with(Settings { moshi: Some(moshi), ..Settings::default() }).await
}

/// An address at which nobody listens.
#[expect(clippy::disallowed_methods, reason = "it is foreign, and let go at once")]
fn nobody() -> String {
    let listener = std::net::TcpListener::bind(("127.0.0.1", 0)).expect("a free port");
    format!("ws://{}", listener.local_addr().expect("a bound listener has an address"))
}

async fn ready(bridge: &mut Running) -> Vec<Call> {
    bridge.calls_become(|calls| calls.iter().any(|call| is(call, ModelState::Ready))).await
}

fn is(call: &Call, state: ModelState) -> bool {
    call.model.as_ref().is_some_and(|model| model.state == state)
}

/// Says this at the pace of a telephone, and returns what is heard meanwhile.
async fn talk(caller: &mut Caller, samples: &[i16]) -> Vec<i16> {
    let mut heard = Vec::new();
    let mut said = samples.chunks_exact(160);
    // A frame is heard for each that is said, once the lead is there: so each is said when one was heard.
    for frame in said.by_ref().take(20) {
        caller.say(frame).await;
    }
    for frame in said {
        caller.say(frame).await;
        if let FromBridge::Sound(bytes) = caller.hear().await {
            heard.extend(g711::decode(&bytes));
        }
    }
    heard
}

fn takes_no_text(can_speak: bool) -> Refused {
    Refused { can_speak, ..Reason::EngineTakesNoText.into() }
}
