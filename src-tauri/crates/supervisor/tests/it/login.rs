//! Who is let in, and what strangers learn.

use std::sync::atomic::Ordering;
use std::time::Duration;

use futures_util::StreamExt;
use serde_json::json;
use supervisor::Settings;
use tokio::time::timeout;
use tokio_tungstenite::connect_async;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::{Error, Message};

use crate::desk::{Client, Desk, SOON, TOKEN, WATCHING, desk, desk_with, snapshot};

#[tokio::test]
async fn the_token_opens_the_door_in_the_words_of_the_earlier_protocol() {
    let mut client = desk().await.stranger().await;
    client.say(r#"{"type":"auth","token":"a private token"}"#).await;
    assert_eq!(
        client.next().await,
        Message::text(
            r#"{"type":"auth_result","success":true,"message":"Authenticated successfully"}"#
        )
    );
    client.say(r#"{"type":"ping"}"#).await;
    assert_eq!(client.next().await, Message::text(r#"{"type":"pong"}"#));
}

#[tokio::test]
async fn strangers_get_pong_and_refusals_and_nothing_else() {
    let desk = desk().await;
    let mut client = desk.stranger().await;
    assert_eq!(
        client.ask(json!({"type": "ping", "id": 9})).await,
        json!({"type": "pong", "id": 9})
    );
    desk.snapshots.send_replace(snapshot("2"));
    for kind in [json!({"type": "status"}), json!({"type": "subscribe", "kinds": ["status"]})] {
        let refusal =
            json!({"type": "error", "code": "not_authenticated", "message": "Not authenticated"});
        assert_eq!(client.ask(kind).await, refusal);
    }
    for nonsense in ["nonsense", "[]", r#"{"type":"secret_command"}"#, r#"{"type":"auth"}"#] {
        client.say(nonsense).await;
        let refusal =
            json!({"type": "error", "code": "not_authenticated", "message": "Not authenticated"});
        assert_eq!(client.hear().await, refusal);
    }
    let stop = json!({"type": "stop", "service": "voice_bridge"});
    assert_eq!(client.ask(stop).await["code"], "not_authenticated");
    assert_eq!(*desk.given.lock().expect("no panic"), []);
}

#[tokio::test]
async fn the_third_wrong_token_ends_the_visit() {
    let mut client = desk().await.stranger().await;
    for wrong in ["", "A PRIVATE TOKEN", "dev-token-12345"] {
        let answer = client.ask(json!({"type": "auth", "token": wrong})).await;
        assert_eq!(
            answer,
            json!({"type": "auth_result", "success": false, "message": "Invalid authentication token"})
        );
    }
    assert_eq!(client.close_code().await, 4401);
}

#[tokio::test]
async fn the_published_token_opens_nothing_even_where_it_is_set() {
    let mut client = desk_with(Settings::default(), "dev-token-12345").await.stranger().await;
    let answer = client.ask(json!({"type": "auth", "token": "dev-token-12345"})).await;
    assert_eq!(answer["success"], false);
}

#[tokio::test]
async fn who_shows_no_token_in_time_is_sent_away() {
    let desk =
        desk_with(Settings { login: Duration::from_millis(100), ..Settings::default() }, TOKEN)
            .await;
    let mut client = desk.client().await;
    assert_eq!(
        desk.stranger().await.close_code().await,
        4401,
        "this takes as long as the deadline"
    );
    assert_eq!(client.ask(json!({"type": "ping"})).await["type"], "pong", "who is in stays in");
}

#[tokio::test]
async fn who_is_in_may_not_guess_the_other_token_either() {
    let mut client = desk().await.client_with(WATCHING).await;
    for _ in 0..3 {
        let answer = client.ask(json!({"type": "auth", "token": "a guess"})).await;
        assert_eq!(answer["success"], false);
    }
    assert_eq!(client.close_code().await, 4401);
}

#[tokio::test]
async fn who_only_watches_cannot_steer() {
    let desk = desk().await;
    let mut client = desk.client_with(WATCHING).await;
    assert_eq!(client.ask(json!({"type": "status"})).await["type"], "status");
    assert_eq!(client.ask(json!({"type": "calls"})).await["type"], "calls");
    for command in [
        json!({"type": "stop", "service": "voice_bridge"}),
        json!({"type": "start", "service": "voice_bridge"}),
        json!({"type": "restart", "service": "voice_bridge"}),
        json!({"type": "free_port", "service": "voice_bridge"}),
        json!({"type": "inject_suggestion", "text": "hello"}),
        json!({"type": "synthesize_text", "text": "hello"}),
        json!({"type": "stop_speech"}),
        json!({"type": "hang_up", "call": 1}),
        json!({"type": "logs"}),
        json!({"type": "renew_token", "role": "control"}),
        json!({"type": "quit"}),
    ] {
        let answer = client.ask(command.clone()).await;
        assert_eq!(answer["code"], "forbidden", "{command}");
    }
    assert_eq!(*desk.given.lock().unwrap(), []);
    assert!(!desk.asked_to_quit.load(Ordering::Relaxed));
    assert!(desk.switchboard.suggested.lock().unwrap().is_empty());
    let answer = client.ask(json!({"type": "auth", "token": TOKEN})).await;
    assert_eq!(answer["success"], true);
    assert_eq!(client.ask(json!({"type": "hang_up", "call": 1})).await["type"], "hung_up");
    assert_eq!(client.ask(json!({"type": "quit"})).await["type"], "quitting");
    assert!(desk.asked_to_quit.load(Ordering::Relaxed));
}

#[tokio::test]
async fn a_renewed_token_ends_the_visits_of_all_who_showed_the_one_before() {
    let desk = desk().await;
    let (mut one, mut other) = (desk.client().await, desk.client().await);
    let mut watching = desk.client_with(WATCHING).await;
    let answer = one.ask(json!({"type": "renew_token", "role": "control", "id": 1})).await;
    assert_eq!(answer, json!({"type": "token_renewed", "role": "control", "id": 1}));
    assert_eq!(other.close_code().await, 4401);
    assert_eq!(one.ask(json!({"type": "ping"})).await["type"], "pong");
    assert_eq!(watching.ask(json!({"type": "ping"})).await["type"], "pong");

    let mut late = desk.stranger().await;
    let answer = late.ask(json!({"type": "auth", "token": TOKEN})).await;
    assert_eq!(answer["success"], false);
    desk.client_with("a fresh token to Control").await;
}

#[tokio::test]
async fn web_pages_and_foreign_host_names_are_refused_before_the_upgrade() {
    let desk = desk().await;
    for (header, foreign) in
        [("Origin", "https://evil.example"), ("Origin", "null"), ("Host", "evil.example:9999")]
    {
        let mut request = format!("ws://{}/", desk.addr).into_client_request().expect("a request");
        request.headers_mut().insert(header, foreign.parse().expect("a value"));
        let refusal = connect_async(request).await.map(drop);
        let Err(Error::Http(refusal)) = refusal else { panic!("{header}: {foreign} came in") };
        assert_eq!(refusal.status(), 403, "{header}: {foreign}");
    }
}

#[tokio::test]
async fn one_client_more_than_there_is_room_for_is_refused_and_told_so() {
    let settings = Settings { connections: 2, ..Settings::default() };
    let desk = desk_with(settings, TOKEN).await;
    let (_one, _other) = (desk.client().await, desk.client().await);
    let refusal = connect_async(format!("ws://{}/", desk.addr)).await.map(drop);
    let Err(Error::Http(refusal)) = refusal else { panic!("a third came in") };
    assert_eq!(refusal.status(), 503);
}

#[tokio::test]
async fn strangers_who_show_nothing_do_not_keep_clients_out() {
    let patience = Duration::from_secs(600);
    let settings = Settings { connections: 2, login: patience, ..Settings::default() };
    let desk = desk_with(settings, TOKEN).await;
    let mut inside = desk.client().await;
    let mut strangers = Vec::new();
    for _ in 0..300 {
        strangers.push(desk.stranger().await);
    }
    let mut late = desk.client().await;
    for client in [&mut inside, &mut late] {
        assert_eq!(client.ask(json!({"type": "ping"})).await["type"], "pong");
    }
    assert_eq!(strangers[0].close_code().await, 1013, "it has waited longest");
    let last = strangers.last_mut().expect("there are many");
    assert_eq!(last.ask(json!({"type": "ping"})).await["type"], "pong");
    assert!(desk.ledger.for_want_of_place() >= 300 - 256);
}

#[tokio::test]
async fn our_own_programs_find_a_place_when_all_are_taken() {
    let settings = Settings { connections: 1, ..Settings::default() };
    let desk = desk_with(settings, TOKEN).await;
    let _only = desk.client().await;
    let with_token = |token: &str| {
        let mut request = format!("ws://{}/", desk.addr).into_client_request().expect("a request");
        request.headers_mut().insert(door::TOKEN_HEADER, token.parse().expect("a value"));
        connect_async(request)
    };
    let mut ours = Client(with_token(TOKEN).await.expect("a place is kept for it").0);
    let answer = ours.ask(json!({"type": "status"})).await;
    assert_eq!(answer["code"], "not_authenticated", "a place is not yet a right");
    let welcome = ours.ask(json!({"type": "auth", "token": TOKEN})).await;
    assert_eq!(welcome["success"], true);
    let refusal = with_token(WATCHING).await.map(drop);
    let Err(Error::Http(refusal)) = refusal else { panic!("one who only watches came in") };
    assert_eq!(refusal.status(), 503);
    for token in ["a guess", "", "dev-token-12345"] {
        let refusal = with_token(token).await.map(drop);
        let Err(Error::Http(refusal)) = refusal else { panic!("{token} came in") };
        assert_eq!(refusal.status(), 401);
    }
    assert!(turned_away(&desk).contains(&("wrong_token", 3)));
}

#[tokio::test]
async fn a_client_that_hangs_loses_its_place_and_one_that_only_listens_keeps_it() {
    let stall = Duration::from_millis(200);
    let settings = Settings { connections: 2, stall, ..Settings::default() };
    let desk = desk_with(settings, TOKEN).await;
    let mut listens = desk.client().await;
    // It is never read again, as one whose process was stopped.
    let hangs = desk.client().await;
    let mut pings = 0;
    let place_is_free = async {
        loop {
            while pings < 8 {
                let message = listens.0.next().await.expect("it stays").expect("no error");
                pings += u32::from(message.is_ping());
            }
            if let Ok((socket, _)) = connect_async(format!("ws://{}/", desk.addr)).await {
                return Client(socket).ask(json!({"type": "auth", "token": TOKEN})).await;
            }
        }
    };
    let welcome = timeout(SOON, place_is_free).await.expect("it is found out");
    assert_eq!(welcome["success"], true);
    assert_eq!(listens.ask(json!({"type": "ping"})).await["type"], "pong");
    drop(hangs);
}

#[tokio::test]
async fn a_client_that_reads_only_when_it_asks_keeps_its_place_while_nobody_needs_it() {
    let stall = Duration::from_millis(200);
    let desk = desk_with(Settings { stall, ..Settings::default() }, TOKEN).await;
    let (mut seldom, mut listens) = (desk.client().await, desk.client().await);
    let mut pings = 0;
    while pings < 8 {
        let message = listens.0.next().await.expect("it stays").expect("no error");
        pings += u32::from(message.is_ping());
    }
    assert_eq!(seldom.ask(json!({"type": "ping"})).await["type"], "pong");
    assert!(desk.ledger.all().is_empty());
}

#[tokio::test]
async fn whoever_is_sent_away_leaves_a_trace() {
    let desk = desk_with(Settings { login: Duration::ZERO, ..Settings::default() }, TOKEN).await;
    assert_eq!(desk.stranger().await.close_code().await, 4401);
    assert_eq!(turned_away(&desk), [("no_token", 1)]);
    let desk = desk_with(Settings::default(), TOKEN).await;
    let mut guesses = desk.stranger().await;
    for _ in 0..3 {
        guesses.ask(json!({"type": "auth", "token": "a guess"})).await;
    }
    assert_eq!(guesses.close_code().await, 4401);
    assert_eq!(turned_away(&desk), [("wrong_token", 1)]);
}

fn turned_away(desk: &Desk) -> Vec<(&'static str, u64)> {
    desk.ledger.all().iter().map(|entry| (entry.reason.id, entry.times)).collect()
}
