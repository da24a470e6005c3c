//! What answers calls, chosen while they go on.

mod caller;
mod fake_moshi;

use audio::g711;
use bridge::{MoshiSettings, Settings};
use caller::{Caller, FromBridge, Running, likeness, sentence, voice};
use fake_moshi::{FakeMoshi, Habits};
use testcall::Unanswered;
use wire::steering::{Priority, Reason, Whom};
use wire::{Call, Engine, ModelState};

#[tokio::test]
async fn the_next_call_gets_the_other_engine_and_the_one_that_goes_on_keeps_its_own() {
    let server = FakeMoshi::with(Habits::default()).await;
    let (moshi, line_check) = (with_model(server.url()), Settings::default());
    let mut bridge = Running::with(moshi.clone()).await;
    let mut first = bridge.caller().await;
    bridge.calls_become(|calls| is_ready(calls, 0)).await;

    bridge.bridge.choose(&line_check);
    assert_eq!(bridge.bridge.engine(), Engine::LineCheck);
    let _second = bridge.caller().await;
    let calls = bridge.calls_become(|calls| calls.len() == 2).await;
    assert_eq!(calls[1].engine, Engine::LineCheck);

    let likeness = likeness(&voice(), &talk(&mut first, &sentence()).await);
    assert!(likeness > 0.95, "the model plays the first caller back with {likeness}");
    let calls = bridge.calls_become(|calls| is_ready(calls, 0)).await;
    assert_eq!(calls[0].engine, Engine::Moshi);
    assert_eq!(server.asked.borrow().len(), 1, "and it is one session");

    bridge.bridge.choose(&moshi);
    let _third = bridge.caller().await;
    bridge.calls_become(|calls| is_ready(calls, 2)).await;
}

#[tokio::test]
async fn what_a_call_takes_is_what_its_own_engine_takes() {
    let server = FakeMoshi::with(Habits::default()).await;
    let mut bridge = Running::with(with_model(server.url())).await;
    let _caller = bridge.caller().await;
    let id = bridge.calls_become(|calls| is_ready(calls, 0)).await[0].id;
    bridge.bridge.choose(&Settings::default());
    let refused = |whom| bridge.bridge.suggest(whom, "a joke", Priority::Normal).err();
    let of_the_call = refused(Whom::Call(id)).map(|refused| refused.reason);
    assert_eq!(of_the_call, Some(Reason::EngineTakesNoText));
    let of_the_next = refused(Whom::Next).map(|refused| refused.reason);
    assert_ne!(of_the_next, Some(Reason::EngineTakesNoText), "the line check would say it");
}

#[tokio::test]
async fn a_server_that_has_a_call_is_known_to_have_it_whatever_answers_meanwhile() {
    let server = FakeMoshi::with(Habits::default()).await;
    let moshi = with_model(server.url());
    let mut bridge = Running::with(moshi.clone()).await;
    let first = bridge.caller().await;
    bridge.calls_become(|calls| is_ready(calls, 0)).await;
    bridge.bridge.choose(&Settings::default());
    bridge.dial("/api/chat").await.expect("the line check takes any number");
    let mut patient = moshi.clone();
    patient.moshi.as_mut().expect("it is set").ready *= 2;
    for chosen in [moshi, patient] {
        bridge.bridge.choose(&chosen);
        let busy = bridge.dial("/api/chat").await.expect_err("its one place is taken");
        assert!(matches!(busy, Unanswered::Declined { status: Some(503), .. }), "{busy:?}");
    }
    drop(first);
    bridge.calls_become(Vec::is_empty).await;
    bridge.dial("/api/chat").await.expect("it is free again");
}

#[tokio::test]
async fn a_list_is_asked_in_its_order_whatever_stands_in_for_one_alone() {
    for (engines, fall_back, taken) in [
        (vec![Engine::Moshi, Engine::LineCheck], false, Engine::LineCheck),
        (vec![Engine::LineCheck, Engine::Moshi], true, Engine::LineCheck),
    ] {
        let mut settings = Settings { engines: engines.clone(), ..with_model(nobody()) };
        settings.moshi.as_mut().expect("it is set").fall_back = fall_back;
        let mut bridge = Running::start().await;
        bridge.bridge.choose(&settings);
        assert_eq!(bridge.bridge.engine(), engines[0]);
        let mut caller = bridge.caller().await;
        bridge.calls_become(|calls| calls.iter().any(|call| call.engine == taken)).await;
        caller.press('1').await;
        while caller.hear().await != FromBridge::Clear {}
    }
    let alone = Settings { engines: vec![Engine::Moshi], ..with_model(nobody()) };
    let bridge = Running::with(alone).await;
    let mut caller = bridge.caller().await;
    let (code, _) = caller.hear_the_close().await;
    assert_eq!(code, 1000, "nothing stands in for a list of one");
}

fn with_model(server: String) -> Settings {
    let moshi = MoshiSettings { servers: vec![server], ..MoshiSettings::default() };
    Settings { moshi: Some(moshi), ..Settings::default() }
}

fn is_ready(calls: &[Call], nth: usize) -> bool {
    let model = calls.get(nth).and_then(|call| call.model.as_ref());
    model.is_some_and(|model| model.state == ModelState::Ready)
}

/// An address at which nobody listens.
#[expect(clippy::disallowed_methods, reason = "it is foreign, and let go at once")]
fn nobody() -> String {
    let listener = std::net::TcpListener::bind(("127.0.0.1", 0)).expect("a free port");
    format!("ws://{}", listener.local_addr().expect("a bound listener has an address"))
}

/// Says this at the pace of a telephone, and returns what is heard meanwhile.
async fn talk(caller: &mut Caller, samples: &[i16]) -> Vec<i16> {
    let mut heard = Vec::new();
    for (nth, frame) in samples.chunks_exact(160).enumerate() {
        caller.say(frame).await;
        // A frame is heard for each that is said, once the lead is there.
        if nth >= 20
            && let FromBridge::Sound(bytes) = caller.hear().await
        {
            heard.extend(g711::decode(&bytes));
        }
    }
    heard
}
