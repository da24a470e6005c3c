//! A speech model that stops answering in the middle of a call, and one that is back after it was gone.

#![allow(
    clippy::disallowed_methods,
    clippy::print_stdout,
    reason = "the port of a server that is started again is let go at once; what a process of its own has to say it prints"
)]

#[path = "../caller/mod.rs"]
mod caller;
#[path = "../fake_moshi/mod.rs"]
mod fake_moshi;
mod line;
#[path = "../moshi_client/mod.rs"]
mod moshi_client;
mod program;
#[cfg(unix)]
mod unix;

use std::time::Duration;

use bridge::{MoshiSettings, Settings};
use caller::{Running, sentence};
use fake_moshi::{FakeMoshi, Habits};
use line::Line;
use program::Program;
use tokio::sync::{mpsc, watch};
use tokio::time::Instant;
use wire::steering::{Priority, Whom};
use wire::{Call, Engine, ModelState};

const STALLED: &[u8] = include_bytes!("../../clips/model-stalled.ulaw");
const BACK: &[u8] = include_bytes!("../../clips/model-back.ulaw");

#[tokio::test]
async fn a_model_whose_sound_stops_has_stalled_even_if_its_server_answers_pings() {
    let ((frozen, freezes), (tells, mut told)) = (watch::channel(false), mpsc::channel(1_000));
    let habits = Habits { freezes: Some(freezes), tells: Some(tells), ..Habits::default() };
    let server = FakeMoshi::with(habits).await;
    let mut bridge = answered_by(vec![server.url()]).await;
    let mut line = Line::of(&bridge).await;
    line.becomes(&mut bridge, ModelState::Ready).await;
    line.goes_on(Duration::from_secs(2)).await;
    frozen.send_replace(true);
    line.becomes(&mut bridge, ModelState::Stalled).await;
    while told.try_recv().is_ok() {}
    line.hears(STALLED).await;
    let sent = std::iter::from_fn(|| told.try_recv().ok()).count();
    assert!((5..25).contains(&sent), "it is sent but some of two seconds: {sent} pieces");
    frozen.send_replace(false);
    line.becomes(&mut bridge, ModelState::Ready).await;
    assert_eq!(server.asked.borrow().len(), 1, "it is the same session");
}

#[tokio::test]
async fn a_model_that_stays_stalled_is_left_for_another() {
    let (frozen, freezes) = watch::channel(false);
    let server = FakeMoshi::with(Habits { freezes: Some(freezes), ..Habits::default() }).await;
    let other = FakeMoshi::with(Habits::default()).await;
    let mut bridge = answered_by(vec![server.url(), other.url()]).await;
    let mut line = Line::of(&bridge).await;
    line.becomes(&mut bridge, ModelState::Ready).await;
    line.goes_on(Duration::from_secs(2)).await;
    frozen.send_replace(true);
    line.becomes(&mut bridge, ModelState::Stalled).await;
    let began = Instant::now();
    let calls = line.becomes(&mut bridge, ModelState::Ready).await;
    assert_eq!(
        calls[0].model.as_ref().map(|model| &*model.server),
        Some(&*other.address.to_string())
    );
    let waited = began.elapsed().as_secs();
    assert!((8..15).contains(&waited), "it was left after {waited} s more");
}

#[tokio::test]
async fn a_model_that_says_nothing_has_not_stalled() {
    let server = FakeMoshi::with(Habits { understands: true, ..Habits::default() }).await;
    never_stalls(server).await;
}

#[tokio::test]
async fn a_server_that_sends_sound_only_while_it_speaks_has_not_stalled_in_a_pause() {
    let habits = Habits { understands: true, only_speech: true, ..Habits::default() };
    never_stalls(FakeMoshi::with(habits).await).await;
}

async fn never_stalls(server: FakeMoshi) {
    let mut bridge = answered_by(vec![server.url()]).await;
    let mut line = Line::of(&bridge).await;
    line.becomes(&mut bridge, ModelState::Ready).await;
    let stalls = async {
        let mut calls = bridge.calls.clone();
        let _ =
            calls.wait_for(|calls| calls.iter().any(|call| is(call, ModelState::Stalled))).await;
    };
    let converses = async {
        for _ in 0..2 {
            line.says(&sentence());
            line.goes_on(Duration::from_secs(8)).await;
        }
    };
    tokio::select! {
        () = stalls => panic!("it was blamed for its silence"),
        () = converses => {}
    }
    let call = bridge.calls.borrow()[0].clone();
    assert!(call.said.sound_ms > 3_000, "it has spoken: {:?}", call.said);
}

#[tokio::test]
async fn a_model_that_was_killed_and_is_back_has_its_call_again_at_the_next_pause() {
    let mut server = Program::server(0, false);
    let mut bridge = answered_by(vec![server.url()]).await;
    let mut line = Line::of(&bridge).await;
    line.becomes(&mut bridge, ModelState::Ready).await;
    line.goes_on(Duration::from_secs(1)).await;
    for times in 0..2 {
        server.kill();
        line.becomes(&mut bridge, ModelState::Unanswered).await;
        let answers = |calls: &Vec<Call>| calls[0].engine == Engine::LineCheck;
        line.during(bridge.calls_become(answers)).await;
        // The line check has much to say.
        line.press('#').await;
        server = Program::server(server.address.port(), false);
        let calls = line.becomes(&mut bridge, ModelState::Ready).await;
        line.hears(BACK).await;
        let taken = line.during(bridge.calls_become(|calls| calls[0].engine == Engine::Moshi));
        assert_eq!(taken.await[0].id, calls[0].id, "it is the same call, the {times}. time");
    }
    let before = bridge.calls.borrow()[0].said.sound_ms;
    line.says(&sentence());
    let speaks = |calls: &Vec<Call>| calls[0].said.sound_ms > before + 4_000;
    line.during(bridge.calls_become(speaks)).await;
    assert_eq!(bridge.calls.borrow()[0].echoes, 0, "the line check doesn't play it back");
}

#[tokio::test]
async fn what_a_model_was_told_is_told_again_to_one_that_is_back() {
    let (away, drops) = watch::channel(false);
    let session = Some(Duration::from_secs(3));
    let habits = Habits { drops: Some(drops), session, ..Habits::default() };
    let mut server = FakeMoshi::with(habits).await;
    let moshi = MoshiSettings {
        servers: vec![server.url()],
        text_prompt: Some("Be kind.".to_owned()),
        ..MoshiSettings::default()
    };
    let mut bridge = Running::with(Settings { moshi: Some(moshi), ..Settings::default() }).await;
    let suggested = bridge.bridge.suggest(Whom::Next, "Be brief.", Priority::Normal);
    let mut line = Line::of(&bridge).await;
    line.becomes(&mut bridge, ModelState::Ready).await;
    away.send_replace(true);
    line.becomes(&mut bridge, ModelState::Unanswered).await;
    line.press('#').await;
    let asked = server.asked.borrow_and_update().len();
    away.send_replace(false);
    line.becomes(&mut bridge, ModelState::Ready).await;
    let last = server.asked.borrow()[asked..].last().cloned();
    let expected = "/api/chat?text_prompt=Be+kind.+Be+brief.&voice_prompt=NATF2.pt";
    assert_eq!(last.as_deref(), Some(expected));
    drop(suggested);
}

async fn answered_by(servers: Vec<String>) -> Running {
    let moshi = Some(MoshiSettings { servers, ..MoshiSettings::default() });
    Running::with(Settings { moshi, ..Settings::default() }).await
}

fn is(call: &Call, state: ModelState) -> bool {
    call.model.as_ref().is_some_and(|model| model.state == state)
}
