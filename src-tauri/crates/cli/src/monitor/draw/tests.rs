//! What is shown, at the sizes that terminals have.

use std::collections::BTreeMap;

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use serde_json::{Value, json};
use wire::steering::{CallOrder, Priority, Silencing, Speaking, Suggesting, Whom};

use super::*;
use crate::monitor::scene::Act;

fn call(id: u64, heard_dbfs: i8) -> Value {
    json!({
        "id": id, "from": "twilio", "carrier_id": null, "engine": "line_check", "since": 1000,
        "phase": "caller", "echoes": 0,
        "heard": {"level_dbfs": heard_dbfs, "sound_ms": 0, "lost_ms": 0, "lag_ms": 0,
            "utterances": 0, "keys": 0, "dropped": 0},
        "said": {"level_dbfs": -100, "sound_ms": 0, "clears": 0,
            "gaps": {"p50_ms": 20, "p95_ms": 20, "p99_ms": 20, "late": 0}, "round_trip_ms": null},
        "words": null, "end": null,
    })
}

fn scene() -> Scene {
    scene_of(&[call(3, -30), call(4, -100)])
}

fn scene_of(calls: &[Value]) -> Scene {
    scene_with(json!({"calls": calls}))
}

/// A scene of a snapshot that says this, and else as little as there may be.
fn scene_with(said: Value) -> Scene {
    let mut scene = Scene::new(false);
    let mut snapshot = json!({
        "version": "1.2.3", "pid": 7, "started": 1000, "services": [], "engine": "line_check",
        "calls": [], "ended_calls": [], "notes": [],
    });
    if let (Some(snapshot), Value::Object(said)) = (snapshot.as_object_mut(), said) {
        snapshot.extend(said);
    }
    hear(&mut scene, json!({"type": "status", "snapshot": snapshot}));
    assert!(scene.snapshot.is_some(), "it is a snapshot");
    scene
}

/// Lets it hear this, told at some moment.
fn hear(scene: &mut Scene, told: Value) {
    let mut message = json!({"timestamp": "2026-11-23T15:40:18.000000Z", "suggestion": 1});
    if let (Some(message), Value::Object(told)) = (message.as_object_mut(), told) {
        message.extend(told);
    }
    scene.hear(serde_json::from_value(message).expect("it is a message"));
}

fn press(scene: &mut Scene, code: KeyCode, modifiers: KeyModifiers) -> Act {
    scene.press(KeyEvent::new(code, modifiers))
}

fn shown(scene: &Scene) -> String {
    shown_at(scene, 110, 20)
}

fn shown_at(scene: &Scene, width: u16, height: u16) -> String {
    let mut terminal = Terminal::new(TestBackend::new(width, height)).expect("a terminal");
    terminal.draw(|frame| draw(frame, scene, Timestamp(62_000))).expect("it is drawn");
    let buffer = terminal.backend().buffer();
    let rows = buffer.content().chunks(usize::from(width));
    rows.map(|row| row.iter().map(|cell| cell.symbol()).collect::<String>() + "\n").collect()
}

#[test]
fn calls_are_shown_with_their_levels() {
    let shown = shown(&scene());
    for text in [
        "xSwarm Voice 1.2.3, process 7",
        "  3 Twilio",
        "caller ████████████············  -30 dB  us ························ silent",
    ] {
        assert!(shown.contains(text), "'{text}' is not in\n{shown}");
    }
}

#[test]
fn words_are_told_by_whose_they_are() {
    let mut scene = scene();
    for (kind, text) in
        [("user_transcription", "hello"), ("assistant_text", " good"), ("assistant_text", " day")]
    {
        hear(&mut scene, json!({"type": kind, "text": text, "call": 3}));
    }
    hear(&mut scene, json!({"type": "lagged", "lost": 12}));
    let shown = shown(&scene);
    for text in ["15:40:18 3 caller: hello", "15:40:18 3 engine: good day", "12 events were missed"]
    {
        assert!(shown.contains(text), "'{text}' is not in\n{shown}");
    }
}

#[test]
fn what_is_typed_is_suggested_to_the_chosen_call_or_said() {
    let mut scene = scene();
    for letter in "slower!".chars() {
        press(&mut scene, KeyCode::Char(letter), KeyModifiers::NONE);
    }
    press(&mut scene, KeyCode::Backspace, KeyModifiers::NONE);
    press(&mut scene, KeyCode::Down, KeyModifiers::NONE);
    press(&mut scene, KeyCode::Tab, KeyModifiers::NONE);
    assert!(shown(&scene).contains("> slower "));
    assert!(shown(&scene).contains("Suggest to call 3, priority high"));
    let (text, priority) = ("slower".to_owned(), Priority::High);
    let suggesting = Suggesting { text, priority, call: Some(Whom::Call(3)) };
    let expected = CallOrder::Suggest(suggesting);
    assert_eq!(press(&mut scene, KeyCode::Enter, KeyModifiers::NONE), Act::Say(expected));
    assert_eq!(press(&mut scene, KeyCode::Enter, KeyModifiers::NONE), Act::Nothing);

    press(&mut scene, KeyCode::Char('s'), KeyModifiers::CONTROL);
    press(&mut scene, KeyCode::Char('x'), KeyModifiers::NONE);
    let speaking = Speaking { text: "x".to_owned(), call: Some(3), stream_sid: None };
    let expected = CallOrder::Speak(speaking);
    assert_eq!(press(&mut scene, KeyCode::Enter, KeyModifiers::NONE), Act::Say(expected));
    assert_eq!(press(&mut scene, KeyCode::Esc, KeyModifiers::NONE), Act::Quit);
}

#[test]
fn on_a_narrow_terminal_both_meters_and_the_way_out_are_there() {
    let shown = shown_at(&scene(), 80, 24);
    let narrow = "caller █████······  -30 dB  us ··········· silent";
    for text in [narrow, "Ctrl-S say it", "Esc quit"] {
        assert!(shown.contains(text), "'{text}' is not in\n{shown}");
    }
    assert!(shown_at(&scene(), 40, 10).contains("Enter send · Esc quit"));
    // Whatever the size, it is drawn.
    for (width, height) in [(1, 1), (20, 3), (300, 4)] {
        shown_at(&scene(), width, height);
    }
}

#[test]
fn long_words_go_on_in_the_next_line_and_the_last_are_seen() {
    let mut scene = scene();
    for number in 0..30 {
        let text = format!("{number} {}", "and so on ".repeat(9).trim_end());
        hear(&mut scene, json!({"type": "user_transcription", "text": text, "call": 3}));
    }
    let shown = shown_at(&scene, 80, 24);
    assert!(!shown.contains("3 caller: 0 and so on"));
    let last = "3 caller: 29 and so on and so on and so on and so on and so on and so";
    assert!(shown.contains(last), "{shown}");
    let rest = format!("\n{:9}on and so on and so on and so on ", "");
    assert!(shown.contains(&rest), "{shown}");
}

#[test]
fn words_that_were_told_in_full_are_told_in_short_from_then_on() {
    let mut scene = scene();
    let text = "Mention that the Pro plan has all of this and more";
    for kind in ["suggestion_applied", "suggestion_expired"] {
        hear(&mut scene, json!({"type": kind, "text": text, "call": 3}));
    }
    let seen = shown(&scene);
    assert!(seen.contains(&format!("\"{text}\": Taken, for call 3.")), "{seen}");
    let later = "\"Mention that the Pro plan has…\": It waited too long and was dropped.";
    assert!(seen.contains(later), "{seen}");
}

#[test]
fn of_a_long_line_the_end_is_seen_while_it_is_typed() {
    let mut scene = scene();
    for letter in "x".repeat(100).chars().chain("the end".chars()) {
        press(&mut scene, KeyCode::Char(letter), KeyModifiers::NONE);
    }
    let seen = shown_at(&scene, 80, 24);
    assert!(seen.contains("> xxx") && seen.contains("xxxthe end "), "{seen}");
}

#[test]
fn of_many_calls_the_chosen_one_is_seen() {
    let calls: Vec<Value> = (1..=20).map(|id| call(id, -30)).collect();
    let mut scene = scene_of(&calls);
    let seen = shown_at(&scene, 80, 24);
    assert!(seen.contains(" 20 calls ") && seen.contains("   1 Twilio"), "{seen}");
    assert!(seen.contains("Suggest to whom? Choose a call with ↑↓"), "{seen}");
    press(&mut scene, KeyCode::Up, KeyModifiers::NONE);
    let seen = shown_at(&scene, 80, 24);
    assert!(seen.contains("▶ 20 Twilio") && seen.contains("  19 Twilio"), "{seen}");
    assert!(!seen.contains("   1 Twilio"), "{seen}");
    scene.only_watches = true;
    press(&mut scene, KeyCode::Up, KeyModifiers::NONE);
    assert!(shown_at(&scene, 80, 24).contains("▶ 19 Twilio"), "who only watches sees them all too");
}

#[test]
fn to_silence_means_the_chosen_call_or_all() {
    let mut scene = scene();
    let stop = |scene: &mut Scene| press(scene, KeyCode::Char('x'), KeyModifiers::CONTROL);
    let silence = |call| Act::Say(CallOrder::StopSpeech(Silencing { call, speech: None }));
    assert_eq!(stop(&mut scene), silence(None));
    press(&mut scene, KeyCode::Down, KeyModifiers::NONE);
    assert_eq!(stop(&mut scene), silence(Some(3)));
    hear(&mut scene, json!({"type": "speech_stopped", "stopped": 1}));
    assert!(shown(&scene).contains("1 piece of speech was silenced."));
}

#[test]
fn how_it_is_with_a_speech_model_is_told() {
    let mut scene = scene();
    let model = json!({"server": "127.0.0.1:8998", "state": "queued"});
    hear(&mut scene, json!({"type": "model_changed", "call": 3, "model": model}));
    let seen = shown(&scene);
    assert!(seen.contains("Call 3 waits for the speech model at 127.0.0.1:8998."), "{seen}");
    let model = json!({"server": "127.0.0.1:8998", "state": "stalled"});
    hear(&mut scene, json!({"type": "model_changed", "call": 3, "model": model}));
    let seen = shown(&scene);
    let stalled = "The speech model at 127.0.0.1:8998 has stopped answering call 3.";
    assert!(seen.contains(stalled), "{seen}");
}

#[test]
fn for_which_server_a_call_waits_is_told_to_who_begins_to_watch() {
    let mut waits = call(3, -30);
    waits["model"] = json!({"server": "127.0.0.1:8998", "state": "queued"});
    let seen = shown(&scene_of(&[waits, call(4, -100)]));
    assert!(seen.contains("Call 3 waits for the speech model at 127.0.0.1:8998."), "{seen}");
}

#[test]
fn what_is_typed_while_nobody_is_there_is_kept() {
    let mut scene = scene();
    press(&mut scene, KeyCode::Char('x'), KeyModifiers::NONE);
    scene.lose();
    assert_eq!(press(&mut scene, KeyCode::Enter, KeyModifiers::NONE), Act::Nothing);
    let seen = shown(&scene);
    assert!(seen.contains("> x") && seen.contains("Nobody is there"), "{seen}");
}

#[test]
fn who_only_watches_types_nothing() {
    let mut scene = Scene::new(true);
    press(&mut scene, KeyCode::Char('x'), KeyModifiers::NONE);
    assert_eq!(press(&mut scene, KeyCode::Enter, KeyModifiers::NONE), Act::Nothing);
    assert!(shown(&scene).contains("Watching only") && !shown(&scene).contains("> "));
    assert!(shown(&scene).contains("No xSwarm Voice answers"));
}

fn crowded() -> Value {
    json!({
        "name": "voice_bridge", "address": "127.0.0.1:9998", "port": 9998,
        "condition": "needs_you", "life": {"life": "running"}, "companions": [], "troubles": [],
        "state": {
            "state": "crowded", "since": 1000, "proven_at": 60_000, "turned_away": 1240,
            "by": [{"pid": 4711, "name": "python3", "connections": 96}],
        },
    })
}

fn turned_away(reason: usize, last_at: u64) -> Value {
    json!({
        "service": "voice_bridge", "whom": "3 streams", "reason": format!("reason_{reason}"),
        "because": format!("of reason {reason}"), "times": 3, "last_at": last_at,
        "cure": "Set the secret of the streams in the settings of the carrier, and call again.",
    })
}

#[test]
fn a_crowd_is_told_in_full_on_a_narrow_terminal_and_marked() {
    let scene = scene_with(json!({"services": [crowded()]}));
    let seen = shown_at(&scene, 80, 24);
    for line in [
        "▲ Voice bridge: listening on 127.0.0.1:9998, but crowded: 1240 connections were ",
        "  just turned away; python3 (4711) has 96 open ",
    ] {
        assert!(seen.contains(line), "'{line}' is not in\n{seen}");
    }
    let drawn = services(&scene, Rect::new(0, 0, 80, 24), Timestamp(62_000));
    assert_eq!(drawn[1].spans[0].style.fg, Some(Color::Yellow));
}

#[test]
fn who_was_turned_away_is_told_with_the_reason_and_the_cure() {
    let scene = scene_with(json!({"turned_away": [turned_away(1, 2_000)]}));
    let seen = shown_at(&scene, 80, 24);
    for line in [
        "Turned away: 3 streams, the last 60 s ago, because of reason 1. Set the secret ",
        "of the streams in the settings of the carrier, and call again. ",
    ] {
        assert!(seen.contains(line), "'{line}' is not in\n{seen}");
    }
}

#[test]
fn many_reasons_leave_room_for_calls_and_words_and_old_ones_are_not_told() {
    let many: Vec<Value> = (1..=9).map(|reason| turned_away(reason, 60_000)).collect();
    let mut scene =
        scene_with(json!({"turned_away": many, "services": [crowded()], "calls": [call(3, -30)]}));
    hear(&mut scene, json!({"type": "user_transcription", "text": "hello", "call": 3}));
    let seen = shown_at(&scene, 80, 24);
    for text in [
        "because of reason 3.",
        "More were turned away: see `xswarm doctor` (6).",
        "3 Twilio",
        "caller: hello",
    ] {
        assert!(seen.contains(text), "'{text}' is not in\n{seen}");
    }
    assert!(!seen.contains("because of reason 4."), "{seen}");
    shown_at(&scene, 80, 4);

    let hour = 3_600_000;
    let old = scene_with(json!({"turned_away": [turned_away(1, 1_000)]}));
    let drawn = services(&old, Rect::new(0, 0, 80, 24), Timestamp(1_000 + hour));
    assert_eq!(drawn.len(), 1, "{drawn:?}");
}

#[test]
fn every_way_in_which_a_model_cannot_be_had_is_told() {
    let scenes = include_str!("../../../../../../ui/dev/scenes.json");
    let scenes: BTreeMap<String, Value> = serde_json::from_str(scenes).expect("snapshots");
    let is_ill = |told: &&Value| told["models"][0]["health"]["health"] == "unreachable";
    let ill: Vec<&Value> = scenes.values().filter(is_ill).collect();
    assert!(ill.len() >= 19, "{}", ill.len());
    for told in ill {
        let shown = shown_at(&scene_with(told.clone()), 300, 40);
        let server = told["models"][0]["server"].as_str().expect("a server");
        let sentence = told["models"][0]["sentence"][0].as_str().expect("a sentence");
        assert!(shown.contains(&format!("Voice model at {server}: {sentence}")), "{shown}");
        assert!(!shown.to_lowercase().contains("all well"), "{shown}");
    }
}
