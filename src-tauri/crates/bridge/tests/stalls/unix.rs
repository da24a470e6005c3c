//! Processes that are stopped and go on, as only Unix has them.

mod client;

use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};
use tokio::time::Instant;
use wire::{Call, ModelState};

use client::Client;

use crate::caller::{self, twilio};
use crate::fake_moshi::{FakeMoshi, Habits};
use crate::line::Line;
use crate::program::Program;
use crate::{STALLED, answered_by, is};

/// By how much later than it should be something may happen on a machine that has much else to do.
const BUSY: Duration = Duration::from_millis(700);

fn tell(program: &Program, signal: Signal) {
    kill_process(Pid::from_child(&program.child), signal).expect("it runs");
}

#[tokio::test]
async fn a_model_whose_process_freezes_is_seen_told_and_back_at_once() {
    // One hums all the time, and the other is silent for as long as the caller is.
    for hums in [true, false] {
        let server = Program::server(0, hums);
        let mut bridge = answered_by(vec![server.url()]).await;
        let mut line = Line::of(&bridge).await;
        line.becomes(&mut bridge, ModelState::Ready).await;
        line.goes_on(Duration::from_secs(2)).await;
        tell(&server, Signal::STOP);
        let froze = Instant::now();
        line.becomes(&mut bridge, ModelState::Stalled).await;
        let seen = froze.elapsed();
        line.hears(STALLED).await;
        let told = froze.elapsed();
        tell(&server, Signal::CONT);
        let thawed = Instant::now();
        line.becomes(&mut bridge, ModelState::Ready).await;
        let back = thawed.elapsed();
        println!("seen after {seen:?}, told after {told:?}, back after {back:?}");
        assert!(seen < Duration::from_millis(1_500) + BUSY, "seen after {seen:?}");
        assert!(told < Duration::from_millis(3_500) + BUSY, "told after {told:?}");
        assert!(back < Duration::from_millis(500) + BUSY, "back after {back:?}");
    }
}

#[tokio::test]
async fn a_client_whose_model_freezes_is_seen_and_hears_it_again() {
    let server = Program::server(0, false);
    let mut bridge = answered_by(vec![server.url()]).await;
    let mut client = Client::of(&bridge).await;
    client.during(bridge.calls_become(are(ModelState::Ready))).await;
    client.hears_more(24).await;
    tell(&server, Signal::STOP);
    let froze = Instant::now();
    client.during(bridge.calls_become(are(ModelState::Stalled))).await;
    let seen = froze.elapsed();
    assert!(seen < Duration::from_millis(1_500) + BUSY, "seen after {seen:?}");
    tell(&server, Signal::CONT);
    let thawed = Instant::now();
    client.during(bridge.calls_become(are(ModelState::Ready))).await;
    let back = thawed.elapsed();
    assert!(back < Duration::from_millis(500) + BUSY, "back after {back:?}");
    client.hears_more(24).await;
    assert_eq!(client.kinds, [0, 1], "it is sent nothing but what the model sends");
}

#[tokio::test]
async fn a_client_whose_model_stays_frozen_is_told_why_its_call_ends() {
    let server = Program::server(0, false);
    let mut bridge = answered_by(vec![server.url()]).await;
    let mut client = Client::of(&bridge).await;
    client.during(bridge.calls_become(are(ModelState::Ready))).await;
    client.hears_more(24).await;
    tell(&server, Signal::STOP);
    assert_eq!(client.until_closed().await, Some(1013));
    assert_eq!(client.kinds, [0, 1, 5]);
    let ended = bridge.ended_become(|calls| calls.len() == 1).await;
    assert!(is(&ended[0], ModelState::Stalled), "{:?}", ended[0].model);
}

#[tokio::test]
async fn a_bridge_that_was_held_up_itself_blames_no_model() {
    let server = FakeMoshi::with(Habits::default()).await;
    let bridge = Program::bridge(&server.url());
    let stream = twilio();
    let url = format!("ws://{}/", bridge.address);
    let dialled = testcall::Caller::dial(bridge.address, url, stream).await;
    let mut caller = caller::Caller(dialled.expect("it answers"));
    caller.start().await;
    let mut line = Line::new(caller);
    line.goes_on(Duration::from_secs(3)).await;
    for _ in 0..2 {
        tell(&bridge, Signal::STOP);
        line.goes_on(Duration::from_secs(5)).await;
        tell(&bridge, Signal::CONT);
        line.goes_on(Duration::from_secs(2)).await;
    }
    let printed = bridge.printed.lock().expect("nobody panicked").clone();
    let is_ready = |line: &String| line.contains("Ready");
    assert!(printed.iter().any(is_ready), "{printed:?}");
    let is_blamed = |line: &String| line.contains("Stalled") || line.contains("Lost");
    assert!(!printed.iter().any(is_blamed), "{printed:?}");
    assert_eq!(server.asked.borrow().len(), 1);
}

fn are(state: ModelState) -> impl FnMut(&Vec<Call>) -> bool {
    move |calls| calls.iter().any(|call| is(call, state))
}
