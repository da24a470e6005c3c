//! The view, drawn: services above, then calls with their levels, then what was said and done, then the line to type in.

use ratatui::Frame;
use ratatui::layout::{Constraint, Layout};
use ratatui::style::{Color, Modifier, Style};
use ratatui::text::{Line, Span, Text};
use ratatui::widgets::{Block, Borders, Paragraph};
use station::words;
use wire::{Call, CallPhase, Carrier, Condition, Snapshot, Timestamp};

use super::scene::{self, Scene, Who};

/// How wide a meter is.
const METER: usize = 20;
/// The level at which a meter is empty, in decibels below full scale.
const QUIETEST: i32 = -60;

/// Draws everything.
pub(crate) fn draw(frame: &mut Frame<'_>, scene: &Scene, now: Timestamp) {
    let services = services(scene, now);
    let calls = calls(scene, now);
    let areas = Layout::vertical([
        Constraint::Length(height(&services) + 1),
        Constraint::Length((height(&calls) + 1).min(frame.area().height / 2)),
        Constraint::Min(1),
        Constraint::Length(3),
    ])
    .split(frame.area());
    let titled = |title: &'static str| Block::new().borders(Borders::TOP).title(title);
    frame.render_widget(Paragraph::new(services).block(titled(" Services ")), areas[0]);
    frame.render_widget(Paragraph::new(calls).block(titled(" Calls ")), areas[1]);
    let room = usize::from(areas[2].height.saturating_sub(1));
    frame.render_widget(Paragraph::new(story(scene, room)).block(titled(" Words ")), areas[2]);
    let (title, help) = steering(scene);
    let typed = Line::from(vec![Span::raw("> "), Span::raw(scene.typed.as_str())]);
    let help = Line::styled(help, Style::new().add_modifier(Modifier::DIM));
    let line = Paragraph::new(Text::from(vec![typed, help]));
    frame.render_widget(line.block(Block::new().borders(Borders::TOP).title(title)), areas[3]);
    if !scene.only_watches {
        let column = u16::try_from(scene.typed.chars().count()).unwrap_or(u16::MAX);
        let x = areas[3].x.saturating_add(2).saturating_add(column);
        frame.set_cursor_position((x.min(areas[3].right().saturating_sub(1)), areas[3].y + 1));
    }
}

fn height(text: &[Line<'_>]) -> u16 {
    u16::try_from(text.len()).unwrap_or(u16::MAX)
}

fn services(scene: &Scene, now: Timestamp) -> Vec<Line<'static>> {
    let Some(snapshot) = &scene.snapshot else {
        return vec![Line::from("No xSwarm Voice answers. This view waits for one.")];
    };
    let mut lines = vec![headline(snapshot, now)];
    for service in &snapshot.services {
        let (mark, colour) = match service.condition {
            Condition::Well => ("● ", Color::Green),
            Condition::Busy => ("◐ ", Color::Yellow),
            Condition::NeedsYou => ("▲ ", Color::Red),
            Condition::Off => ("○ ", Color::Gray),
        };
        let text = words::service(service, now);
        lines.push(Line::from(vec![Span::styled(mark, colour), Span::raw(text)]));
        let companions = words::companions(service, now).into_iter();
        lines.extend(companions.map(|text| Line::from(format!("    {text}"))));
    }
    lines.extend(snapshot.notes.iter().map(|note| Line::from(words::note(note))));
    lines
}

fn headline(snapshot: &Snapshot, now: Timestamp) -> Line<'static> {
    let span = words::span(snapshot.started, now);
    Line::from(format!(
        "xSwarm Voice {}, process {}, running for {span}",
        snapshot.version, snapshot.pid
    ))
}

fn calls(scene: &Scene, now: Timestamp) -> Vec<Line<'static>> {
    let calls = scene.snapshot.as_ref().map(|snapshot| snapshot.calls.as_slice());
    match calls.unwrap_or_default() {
        [] => vec![Line::from("no calls")],
        calls => {
            calls.iter().map(|call| line_of(call, scene.chosen == Some(call.id), now)).collect()
        }
    }
}

fn line_of(call: &Call, is_chosen: bool, now: Timestamp) -> Line<'static> {
    let speaks = match call.phase {
        CallPhase::Quiet => "quiet ",
        CallPhase::Caller => "caller",
        CallPhase::Engine => "us    ",
    };
    let from = match call.from {
        Carrier::Twilio => "Twilio",
        Carrier::Telnyx => "Telnyx",
        Carrier::Plivo => "Plivo",
        Carrier::Moshi => "MOSHI",
    };
    let span = words::span(call.since, now);
    let pointer = if is_chosen { "▶" } else { " " };
    Line::from(vec![
        Span::raw(format!("{pointer}{:>3} {from:<6} {span:>8}  {speaks}  caller ", call.id)),
        Span::styled(meter(call.heard.level_dbfs), Color::Green),
        Span::raw(format!(" {:>4} dB  us ", call.heard.level_dbfs)),
        Span::styled(meter(call.said.level_dbfs), Color::Cyan),
        Span::raw(format!(" {:>4} dB", call.said.level_dbfs)),
    ])
}

/// A level as a bar: full at full scale, empty at [`QUIETEST`].
fn meter(level_dbfs: i8) -> String {
    let above = (i32::from(level_dbfs) - QUIETEST).clamp(0, -QUIETEST);
    let filled = usize::try_from(above).unwrap_or(0) * METER / QUIETEST.unsigned_abs() as usize;
    format!("{}{}", "█".repeat(filled), "·".repeat(METER - filled))
}

fn story(scene: &Scene, room: usize) -> Text<'static> {
    let skipped = scene.story.len().saturating_sub(room);
    scene.story.iter().skip(skipped).map(told).collect()
}

fn told(scene::Line { time, who, text }: &scene::Line) -> Line<'static> {
    let (who, style) = match who {
        Who::Caller(call) => (format!("{call} caller: "), Style::new().fg(Color::Green)),
        Who::Engine(call) => (format!("{call} engine: "), Style::new().fg(Color::Cyan)),
        Who::Note => (String::new(), Style::new().add_modifier(Modifier::DIM)),
    };
    let time = Span::styled(format!("{time:8} "), Style::new().add_modifier(Modifier::DIM));
    Line::from(vec![time, Span::styled(who, style), Span::raw(text.clone())])
}

fn steering(scene: &Scene) -> (String, &'static str) {
    if scene.only_watches {
        return (" Watching only ".to_owned(), "Esc quits");
    }
    let call = match scene.chosen {
        Some(call) => format!("call {call}"),
        None => "the only call, or the next".to_owned(),
    };
    let title = if scene.is_speech {
        format!(" Say word for word, to {call} ")
    } else {
        format!(" Suggest to {call}, priority {} ", scene.priority())
    };
    (
        title,
        "Enter sends · ↑↓ call · Tab priority · Ctrl-S suggest or say · Ctrl-X silence · Esc quits",
    )
}

#[cfg(test)]
mod tests {
    use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
    use ratatui::Terminal;
    use ratatui::backend::TestBackend;
    use serde_json::{Value, json};

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
        let mut scene = Scene::new(false);
        let snapshot = json!({
            "version": "1.2.3", "pid": 7, "started": 1000, "services": [], "engine": "line_check",
            "calls": [call(3, -30), call(4, -100)], "ended_calls": [], "notes": [],
        });
        scene.hear(&json!({"type": "status", "snapshot": snapshot}));
        assert!(scene.snapshot.is_some(), "it is a snapshot");
        scene
    }

    fn press(scene: &mut Scene, code: KeyCode, modifiers: KeyModifiers) -> Act {
        scene.press(KeyEvent::new(code, modifiers))
    }

    fn shown(scene: &Scene) -> String {
        let mut terminal = Terminal::new(TestBackend::new(110, 20)).expect("a terminal");
        terminal.draw(|frame| draw(frame, scene, Timestamp(62_000))).expect("it is drawn");
        let buffer = terminal.backend().buffer();
        let rows = buffer.content().chunks(110);
        rows.map(|row| row.iter().map(|cell| cell.symbol()).collect::<String>() + "\n").collect()
    }

    #[test]
    fn calls_are_shown_with_their_levels() {
        let shown = shown(&scene());
        for text in [
            "xSwarm Voice 1.2.3, process 7",
            "  3 Twilio",
            "██████████·········· ",
            " -30 dB",
            "···················· -100 dB",
        ] {
            assert!(shown.contains(text), "'{text}' is not in\n{shown}");
        }
    }

    #[test]
    fn words_are_told_by_whose_they_are() {
        let mut scene = scene();
        let timestamp = "2026-11-23T15:40:18.000000Z";
        for (kind, text) in [
            ("user_transcription", "hello"),
            ("assistant_text", " good"),
            ("assistant_text", " day"),
        ] {
            scene.hear(&json!({"type": kind, "text": text, "call": 3, "timestamp": timestamp}));
        }
        scene.hear(&json!({"type": "lagged", "lost": 12}));
        let shown = shown(&scene);
        for text in
            ["15:40:18 3 caller: hello", "15:40:18 3 engine: good day", "12 events were missed"]
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
        let expected = json!(
            {"type": "inject_suggestion", "text": "slower", "call": 3, "priority": "high"}
        );
        assert_eq!(press(&mut scene, KeyCode::Enter, KeyModifiers::NONE), Act::Say(expected));
        assert_eq!(press(&mut scene, KeyCode::Enter, KeyModifiers::NONE), Act::Nothing);

        press(&mut scene, KeyCode::Char('s'), KeyModifiers::CONTROL);
        press(&mut scene, KeyCode::Char('x'), KeyModifiers::NONE);
        let expected = json!({"type": "synthesize_text", "text": "x", "call": 3});
        assert_eq!(press(&mut scene, KeyCode::Enter, KeyModifiers::NONE), Act::Say(expected));
        assert_eq!(press(&mut scene, KeyCode::Esc, KeyModifiers::NONE), Act::Quit);
    }

    #[test]
    fn who_only_watches_types_nothing() {
        let mut scene = Scene::new(true);
        press(&mut scene, KeyCode::Char('x'), KeyModifiers::NONE);
        assert_eq!(press(&mut scene, KeyCode::Enter, KeyModifiers::NONE), Act::Nothing);
        assert!(shown(&scene).contains("Watching only"));
        assert!(shown(&scene).contains("No xSwarm Voice answers"));
    }
}
