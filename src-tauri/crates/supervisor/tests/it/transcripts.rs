//! What clients of the earlier xSwarm sent, byte for byte, and what they are answered.
//!
//! In a transcript `>` is what the client sends, `<` what it is told, `~` what it is told instead of what the archive told,
//! `*` what happens in calls meanwhile, and `x` the code with which it is sent away. Answers may have further fields.

use std::time::Duration;

use serde_json::{Value, json};
use supervisor::Settings;
use tokio::task::yield_now;
use tokio::time::timeout;
use wire::Happening;
use wire::steering::{CutShort, Fate, Reason, Refused};

use crate::desk::{Client, Desk, SOON, TOKEN, desk, desk_with};

/// A field, and whether what is in it is what it is taken for.
type Field = (&'static str, fn(&Value) -> bool);

/// The fields that the archive's clients read, and what they take them for.
const FIELDS: [(&str, &[Field]); 10] = [
    ("auth_result", &[("success", Value::is_boolean), ("message", Value::is_string)]),
    ("pong", &[]),
    ("user_speech", &[("duration_ms", Value::is_u64), ("timestamp", is_moment)]),
    ("user_transcription", &[("text", Value::is_string), ("timestamp", is_moment)]),
    ("suggestion_applied", &[("text", Value::is_string), ("timestamp", is_moment)]),
    ("suggestion_rejected", &[("reason", Value::is_string)]),
    ("synthesis_started", &[("text", Value::is_string), ("timestamp", is_moment)]),
    (
        "synthesis_complete",
        &[("text", Value::is_string), ("duration_ms", Value::is_u64), ("timestamp", is_moment)],
    ),
    (
        "synthesis_failed",
        &[("text", Value::is_string), ("error", Value::is_string), ("timestamp", is_moment)],
    ),
    ("error", &[("message", Value::is_string)]),
];

/// In UTC, with a fraction, so that the command line of then can cut it at the `T` and at the dot.
fn is_moment(value: &Value) -> bool {
    let text = value.as_str().unwrap_or_default();
    humantime::parse_rfc3339(text).is_ok() && text.contains('.')
}

/// Whether this is what a transcript tells, and all that the archive's clients look for in it.
fn check(told: &Value, expected: &Value, line: &str) {
    for (field, value) in expected.as_object().expect("it is an object") {
        assert!(field == "timestamp" || told[field] == *value, "{line}\nbut told was {told}");
    }
    let kind = told["type"].as_str().expect("it has a type");
    let (_, fields) = FIELDS.iter().find(|(name, _)| *name == kind).expect("the archive knows it");
    for (field, is_right) in *fields {
        assert!(is_right(&told[field]), "`{field}` is not right in {told}");
    }
}

async fn happen(desk: &Desk, what: &str) {
    let mut words = what.splitn(3, ' ');
    let (what, call) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    let text = words.next().unwrap_or_default();
    let call = call.parse().unwrap_or_default();
    let tell = |happening| assert!(desk.happenings.send(happening).is_ok(), "it listens");
    match what {
        "call" => desk.with_calls([call]),
        "speaks" => {
            let duration_ms = text.parse().expect("a number");
            tell(Happening::Utterance { call, duration_ms });
        }
        "writes" => tell(Happening::Transcript { call, text: text.to_owned() }),
        "says" => tell(Happening::EngineText { call, text: text.to_owned() }),
        "expires" => desk.decide(Fate::Expired),
        "hears" => end_speech(desk, Ok(Duration::from_millis(call))),
        "breaks" => {
            let why = Refused::new(Reason::Interrupted, "somebody cut in");
            end_speech(desk, Err(CutShort { after: Some(Duration::from_millis(400)), why }));
        }
        _ => panic!("nothing happens like '{what}'"),
    }
    // On this runtime of one thread those who tell of it have their turn first.
    for _ in 0..10 {
        yield_now().await;
    }
}

fn end_speech(desk: &Desk, end: Result<Duration, CutShort>) {
    let (.., tx) = desk.switchboard.spoken.lock().expect("no panic").remove(0);
    tx.send(end).expect("somebody wants to know");
}

async fn replay(desk: Desk, transcript: &str) {
    let mut client = desk.stranger().await;
    let mut is_sent_away = false;
    for line in transcript.lines() {
        match line.split_once(' ').expect("a mark and what it marks") {
            ("#", _) => {}
            (">", bytes) => client.say(bytes).await,
            ("<" | "~", told) => {
                let expected = serde_json::from_str(told).expect("it is JSON");
                check(&client.hear().await, &expected, line);
            }
            ("*", what) => happen(&desk, what).await,
            ("x", code) => {
                assert_eq!(client.close_code().await.to_string(), code);
                is_sent_away = true;
            }
            (mark, _) => panic!("'{mark}' is no mark"),
        }
    }
    if !is_sent_away {
        nothing_more(&mut client).await;
    }
}

async fn nothing_more(client: &mut Client) {
    let last = timeout(SOON, client.ask(json!({"type": "ping"}))).await;
    assert_eq!(last.expect("it is still listened to"), json!({"type": "pong"}));
}

#[tokio::test]
async fn the_earlier_command_line_is_answered_as_ever() {
    replay(desk_with(Settings::default(), TOKEN).await, include_str!("transcripts/console.txt"))
        .await;
}

#[tokio::test]
async fn a_client_that_suggests_too_much_is_told_so_as_ever() {
    replay(desk().await, include_str!("transcripts/queue.txt")).await;
}

#[tokio::test]
async fn the_earlier_client_in_node_is_answered_as_ever() {
    replay(desk().await, include_str!("transcripts/node.txt")).await;
}

#[tokio::test]
async fn what_belongs_elsewhere_is_told_to_be_not_offered() {
    replay(desk().await, include_str!("transcripts/elsewhere.txt")).await;
}

#[tokio::test]
async fn the_earlier_dashboard_with_a_wrong_token_learns_nothing_and_is_sent_away() {
    replay(desk().await, include_str!("transcripts/stranger.txt")).await;
}
