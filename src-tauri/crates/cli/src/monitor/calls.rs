//! The calls, drawn: one in a line, with who speaks and how loud.

use ratatui::style::{Color, Modifier, Style};
use ratatui::text::{Line, Span};
use station::words;
use wire::{Call, CallPhase, Carrier, Timestamp};

/// How wide a line is besides its two meters.
const BESIDES: u16 = 57;
/// How wide a meter is, on a narrow terminal and on a wide one.
const METER: (u16, u16) = (4, 24);
/// The level at which a meter is empty, in decibels below full scale.
const QUIETEST: i32 = -60;
/// The level that stands for silence.
const SILENCE: i8 = -100;

/// As many of the calls as there is room for, and among them the one that is chosen.
pub(super) fn shown(calls: &[Call], chosen: Option<u64>, room: usize) -> &[Call] {
    let place = calls.iter().position(|call| Some(call.id) == chosen).unwrap_or(0);
    let first = (place + 1).saturating_sub(room);
    &calls[first..calls.len().min(first + room)]
}

pub(super) fn line(call: &Call, is_chosen: bool, width: u16, now: Timestamp) -> Line<'static> {
    let speaks = match call.phase {
        CallPhase::Quiet => "quiet",
        CallPhase::Caller => "caller",
        CallPhase::Engine => "us",
    };
    let from = match call.from {
        Carrier::Twilio => "Twilio",
        Carrier::Telnyx => "Telnyx",
        Carrier::Plivo => "Plivo",
        Carrier::Moshi => "MOSHI",
    };
    let span = words::span(call.since, now);
    let pointer = if is_chosen { "▶" } else { " " };
    let room = usize::from((width.saturating_sub(BESIDES) / 2).clamp(METER.0, METER.1));
    let style = if is_chosen { Style::new().add_modifier(Modifier::BOLD) } else { Style::new() };
    Line::from(vec![
        Span::raw(format!("{pointer}{:>3} {from:<6} {span:>7}  {speaks:<6}  caller ", call.id)),
        Span::styled(meter(call.heard.level_dbfs, room), Color::Green),
        Span::raw(format!(" {}  us ", level(call.heard.level_dbfs))),
        Span::styled(meter(call.said.level_dbfs, room), Color::Cyan),
        Span::raw(format!(" {}", level(call.said.level_dbfs))),
    ])
    .style(style)
}

fn level(level_dbfs: i8) -> String {
    if level_dbfs == SILENCE { "silent ".to_owned() } else { format!("{level_dbfs:>4} dB") }
}

/// A level as a bar: full at full scale, empty at [`QUIETEST`].
fn meter(level_dbfs: i8, room: usize) -> String {
    let above = (i32::from(level_dbfs) - QUIETEST).clamp(0, -QUIETEST);
    let filled = usize::try_from(above).unwrap_or(0) * room / QUIETEST.unsigned_abs() as usize;
    format!("{}{}", "█".repeat(filled), "·".repeat(room - filled))
}
