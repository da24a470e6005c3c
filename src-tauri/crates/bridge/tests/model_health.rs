//! Whether the models that are set to answer calls can be had: found out without taking a place of theirs.

#![allow(clippy::disallowed_methods, reason = "tasks end with their test")]
#![allow(clippy::duplicate_mod, reason = "servers of both kinds encrypt in the same way")]

mod caller;
mod fake_moshi;
mod ill_server;

use std::sync::Arc;
use std::time::Duration;

use bridge::{MoshiSettings, Settings};
use caller::Running;
use fake_moshi::{FakeMoshi, Habits};
use ill_server::{IllServer, Illness};
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::time::timeout;
use wire::{Condition, Engine, Model, ModelCause, ModelHealth, ModelState};

/// How often servers are asked here, and how much later that must have been told.
const INTERVAL: Duration = Duration::from_secs(1);
const SLACK: Duration = Duration::from_secs(5);

/// A bridge that watches these servers.
struct Watching {
    bridge: Running,
    models: watch::Receiver<Vec<Model>>,
}

impl Watching {
    async fn these(servers: Vec<String>, change: impl FnOnce(&mut MoshiSettings)) -> Self {
        let mut moshi = MoshiSettings { servers, check: INTERVAL, ..MoshiSettings::default() };
        change(&mut moshi);
        let settings = Settings { moshi: Some(moshi), ..Settings::default() };
        let running = Running::with(settings).await;
        let bridge = Arc::clone(&running.bridge);
        let models = bridge.models();
        tokio::spawn(async move { bridge.watch_models().await });
        Self { bridge: running, models }
    }

    /// Waits until the models are like that, no longer than it may take to be told.
    async fn become_like(&mut self, like: impl FnMut(&Vec<Model>) -> bool) -> Vec<Model> {
        let told = timeout(INTERVAL + SLACK, self.models.wait_for(like)).await;
        let told = told.ok().map(|models| models.expect("the bridge lives").clone());
        told.unwrap_or_else(|| panic!("the models are {:?}", self.models.borrow()))
    }

    async fn known(&mut self) -> Vec<Model> {
        self.become_like(|models| {
            !models.is_empty() && models.iter().all(|model| model.health != ModelHealth::Unknown)
        })
        .await
    }
}

#[tokio::test]
async fn each_way_in_which_a_model_cannot_be_had_is_told_by_its_cause() {
    let mut servers = Vec::new();
    for illness in Illness::ALL {
        servers.push(IllServer::with(illness).await);
    }
    let urls = servers.iter().map(IllServer::url).collect();
    let mut watching = Watching::these(urls, |_| {}).await;
    for (model, illness) in watching.known().await.iter().zip(Illness::ALL) {
        assert_eq!(model.cause(), Some(&illness.cause()), "{illness:?}");
        assert_eq!(model.condition, Condition::NeedsYou, "{illness:?}");
        assert!(model.asked_at.is_some() && model.is_local == (illness != Illness::NoSuchName));
    }
}

#[tokio::test]
async fn a_model_that_is_mended_is_told_of_in_time() {
    for illness in Illness::ALL.into_iter().filter(|illness| *illness != Illness::NoSuchName) {
        let ill = IllServer::with(illness).await;
        let url = ill.url();
        let mut watching = Watching::these(vec![url.clone()], |moshi| {
            moshi.self_signed = illness == Illness::SpeaksPlain;
        })
        .await;
        assert_eq!(watching.known().await[0].cause(), Some(&illness.cause()), "{illness:?}");
        // A certificate that isn't taken stays one.
        if illness == Illness::BadCertificate {
            continue;
        }
        let listener = TcpListener::bind(ill.go().await).await.expect("its port is free");
        let habits = Habits { is_encrypted: url.starts_with("wss"), ..Habits::default() };
        tokio::spawn(fake_moshi::serve(listener, habits, watch::Sender::new(Vec::new())));
        let models = watching
            .become_like(|all| !all.is_empty() && all[0].health == ModelHealth::Reachable)
            .await;
        assert_eq!(models[0].condition, Condition::Well, "{illness:?}");
    }
}

#[tokio::test]
async fn a_model_that_goes_is_told_of_in_time_and_once_more_when_it_is_back() {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a free port");
    let address = listener.local_addr().expect("a bound listener has an address");
    let serve = |listener| {
        tokio::spawn(fake_moshi::serve(listener, Habits::default(), watch::Sender::new(Vec::new())))
    };
    let serving = serve(listener);
    let mut watching = Watching::these(vec![format!("ws://{address}")], |_| {}).await;
    watching.become_like(|all| !all.is_empty() && all[0].health == ModelHealth::Reachable).await;
    serving.abort();
    let _ = serving.await;
    watching
        .become_like(|all| !all.is_empty() && all[0].cause() == Some(&ModelCause::Refused))
        .await;
    serve(TcpListener::bind(address).await.expect("its port is free"));
    watching.become_like(|all| !all.is_empty() && all[0].health == ModelHealth::Reachable).await;
}

#[tokio::test]
async fn to_ask_takes_no_place() {
    let habits = Habits { one_at_a_time: true, ..Habits::default() };
    let server = FakeMoshi::with(habits).await;
    let mut watching =
        Watching::these(vec![server.url()], |moshi| moshi.check = Duration::from_millis(50)).await;
    let first = watching.known().await[0].asked_at;
    watching.become_like(|all| !all.is_empty() && all[0].asked_at != first).await;
    let _caller = watching.bridge.caller().await;
    let is_ready = |state| {
        move |all: &Vec<wire::Call>| {
            all.first()
                .and_then(|call| call.model.as_ref())
                .is_some_and(|model| model.state == state)
        }
    };
    watching.bridge.calls_become(is_ready(ModelState::Ready)).await;
    assert_eq!(server.asked.borrow().len(), 1, "nobody took a place but the call");
    let models =
        watching.become_like(|all| !all.is_empty() && all[0].health == ModelHealth::Busy).await;
    assert_eq!((models[0].calls, models[0].condition), (1, Condition::Well));
}

#[tokio::test]
async fn who_drops_calls_is_not_well_for_answering_when_it_is_asked() {
    let server = FakeMoshi::with(Habits { drops_at_once: true, ..Habits::default() }).await;
    let mut watching = Watching::these(vec![server.url()], |_| {}).await;
    watching.become_like(|all| !all.is_empty() && all[0].health == ModelHealth::Reachable).await;
    let _caller = watching.bridge.caller().await;
    watching
        .become_like(|all| !all.is_empty() && all[0].cause() == Some(&ModelCause::DropsCalls))
        .await;
}

#[tokio::test]
async fn who_keeps_a_call_waiting_for_somebody_else_is_busy() {
    let habits = Habits { one_at_a_time: true, ..Habits::default() };
    let server = FakeMoshi::with(habits).await;
    let mut others = Watching::these(vec![server.url()], |_| {}).await;
    let _caller = others.bridge.caller().await;
    others.become_like(|all| !all.is_empty() && all[0].calls == 1).await;
    let soon = Duration::from_millis(200);
    let mut watching = Watching::these(vec![server.url()], |moshi| moshi.ready = soon).await;
    watching.become_like(|all| !all.is_empty() && all[0].health == ModelHealth::Reachable).await;
    let _waiting = watching.bridge.caller().await;
    let models =
        watching.become_like(|all| !all.is_empty() && all[0].health == ModelHealth::Busy).await;
    assert_eq!((models[0].calls, models[0].condition), (0, Condition::Busy));
}

#[tokio::test]
async fn a_call_that_comes_to_nothing_has_its_server_asked_at_once() {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a free port");
    let address = listener.local_addr().expect("a bound listener has an address");
    let asked = watch::Sender::new(Vec::new());
    let serving = tokio::spawn(fake_moshi::serve(listener, Habits::default(), asked));
    let seldom = |moshi: &mut MoshiSettings| moshi.check = Duration::from_secs(3_600);
    let mut watching = Watching::these(vec![format!("ws://{address}")], seldom).await;
    watching.become_like(|all| !all.is_empty() && all[0].health == ModelHealth::Reachable).await;
    serving.abort();
    let _ = serving.await;
    let _caller = watching.bridge.caller().await;
    let models = watching
        .become_like(|all| !all.is_empty() && all[0].cause() == Some(&ModelCause::Refused))
        .await;
    assert_eq!(models[0].stand_in, Some(Engine::LineCheck));
}
