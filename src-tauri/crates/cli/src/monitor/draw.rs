//! The view, drawn: services above, then calls with their levels, then what was said and done, then the line to type in.

#[cfg(test)]
mod tests;

use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::style::{Color, Modifier, Style};
use ratatui::text::{Line, Span, Text};
use ratatui::widgets::{Block, Borders, Paragraph};
use station::words;
use wire::{Call, Condition, Snapshot, Timestamp};

use super::scene::{self, Scene, Who};
use super::{calls, wrap};
use crate::status::headline;

/// How high the line to type in is, with its title and its help.
const TYPING: u16 = 3;
/// The same where nothing can be typed.
const WATCHING: u16 = 2;
const PROMPT: &str = "> ";
/// How wide the time before what was said and done is.
const TIME: usize = 9;
/// What the keys do: in full, and where there is less room.
const HELP: [&str; 3] = [
    "Enter sends · ↑↓ call · Tab priority · Ctrl-S suggest or say · Ctrl-X silence · Esc quits",
    "Enter send · ↑↓ call · Tab priority · Ctrl-S say it · Ctrl-X silence · Esc quit",
    "Enter send · Esc quit",
];

pub(crate) fn draw(frame: &mut Frame<'_>, scene: &Scene, now: Timestamp) {
    let services = services(scene, frame.area(), now);
    let going_on = scene.snapshot.as_ref().map_or(&[][..], |snapshot| &snapshot.calls);
    let above = height(services.len()).saturating_add(1);
    let below = if scene.only_watches { WATCHING } else { TYPING };
    let room = frame.area().height.saturating_sub(above.saturating_add(below)) / 2;
    let areas = Layout::vertical([
        Constraint::Length(above),
        Constraint::Length(height(going_on.len()).saturating_add(1).clamp(2, room.max(2))),
        Constraint::Min(1),
        Constraint::Length(below),
    ])
    .areas(frame.area());
    let [above, calls, story, typing] = areas;
    frame.render_widget(Paragraph::new(services).block(titled("Services")), above);
    let title = match going_on.len() {
        0 | 1 => "Calls".to_owned(),
        many => format!("{many} calls"),
    };
    frame.render_widget(
        Paragraph::new(lines_of(going_on, scene, calls, now)).block(titled(&title)),
        calls,
    );
    frame.render_widget(
        Paragraph::new(told(scene, story)).block(titled("Words, with the time in UTC")),
        story,
    );
    draw_typing(frame, scene, typing);
}

fn titled(title: &str) -> Block<'static> {
    let title = Span::styled(format!(" {title} "), Style::new().add_modifier(Modifier::BOLD));
    Block::new().borders(Borders::TOP).title(title)
}

fn height(lines: usize) -> u16 {
    u16::try_from(lines).unwrap_or(u16::MAX)
}

fn services(scene: &Scene, area: Rect, now: Timestamp) -> Vec<Line<'static>> {
    let Some(snapshot) = &scene.snapshot else {
        return vec![Line::from("No xSwarm Voice answers. This view waits for one.")];
    };
    let mut lines = vec![Line::from(headline(snapshot, now))];
    for service in &snapshot.services {
        // Who shows who they are still get in where it is only crowded.
        let is_crowded = service.condition == Condition::NeedsYou
            && service.clone().uncrowded().condition == Condition::Well;
        let mark =
            if is_crowded { Span::styled("▲ ", Color::Yellow) } else { mark(service.condition) };
        let text = words::service(service, now);
        lines.extend(marked(mark, &text, area.width));
        for text in words::companions(service, now) {
            lines.extend(marked(Span::raw("    "), &text, area.width));
        }
    }
    for model in &snapshot.models {
        let text = format!("{}. {}", words::voice_model(model, now), words::plain(&model.hint));
        let text = text.trim_end_matches([' ', '.']);
        lines.extend(marked(mark(model.condition), text, area.width));
    }
    lines.extend(snapshot.notes.iter().map(|note| Line::from(words::note(note))));
    lines.extend(turned_away(snapshot, area, now));
    lines
}

/// What stands before whatever is in that condition.
fn mark(condition: Condition) -> Span<'static> {
    match condition {
        Condition::Well => Span::styled("● ", Color::Green),
        Condition::Busy => Span::styled("◐ ", Color::Yellow),
        Condition::NeedsYou => Span::styled("▲ ", Color::Red),
        Condition::Off => Span::styled("○ ", Color::Gray),
    }
}

/// Who was turned away lately, the latest first, as many as a quarter of the height has room for.
fn turned_away(snapshot: &Snapshot, area: Rect, now: Timestamp) -> Vec<Line<'static>> {
    let mut lines: Vec<Line<'_>> = Vec::new();
    let recent = snapshot.turned_away.iter().filter(|entry| words::is_recent(entry, now));
    let mut untold = recent.clone().count();
    for entry in recent {
        let more = marked(Span::raw(""), &words::turned_away(entry, now), area.width);
        if !lines.is_empty() && lines.len() + more.len() > usize::from(area.height) / 4 {
            break;
        }
        lines.extend(more);
        untold -= 1;
    }
    if untold > 0 {
        lines.push(Line::from(format!("More were turned away: see `xswarm doctor` ({untold}).")));
    }
    lines
}

/// A text behind its mark; what has no room goes on below, under its own beginning.
fn marked(mark: Span<'static>, text: &str, width: u16) -> Vec<Line<'static>> {
    let indent = mark.width();
    wrapped(vec![mark], text, indent, usize::from(width))
}

/// A text behind its head; what has no room goes on below, so far from the left.
fn wrapped(
    mut head: Vec<Span<'static>>,
    text: &str,
    indent: usize,
    width: usize,
) -> Vec<Line<'static>> {
    let taken = head.iter().map(Span::width).sum::<usize>() - indent;
    let mut parts = wrap::lines(text, taken, width.saturating_sub(indent)).into_iter();
    head.push(Span::raw(parts.next().unwrap_or_default()));
    let further = parts.map(|part| Line::from(format!("{:indent$}{part}", "")));
    std::iter::once(Line::from(head)).chain(further).collect()
}

fn lines_of(calls: &[Call], scene: &Scene, area: Rect, now: Timestamp) -> Vec<Line<'static>> {
    if calls.is_empty() {
        return vec![Line::from("no calls")];
    }
    let room = usize::from(area.height.saturating_sub(1));
    calls::shown(calls, scene.chosen, room)
        .iter()
        .map(|call| calls::line(call, scene.chosen == Some(call.id), area.width, now))
        .collect()
}

/// The last of what was said and done, as much as there is room for.
fn told(scene: &Scene, area: Rect) -> Text<'static> {
    let (width, room) = (usize::from(area.width), usize::from(area.height.saturating_sub(1)));
    let mut lines = Vec::new();
    for line in scene.story.iter().rev() {
        lines.extend(lines_told(line, width).into_iter().rev());
        if lines.len() >= room {
            break;
        }
    }
    lines.truncate(room);
    lines.reverse();
    lines.into()
}

fn lines_told(scene::Line { time, who, text }: &scene::Line, width: usize) -> Vec<Line<'static>> {
    let faint = Style::new().add_modifier(Modifier::DIM);
    let (who, style) = match who {
        Who::Caller(call) => (format!("{call} caller: "), Style::new().fg(Color::Green)),
        Who::Engine(call) => (format!("{call} engine: "), Style::new().fg(Color::Cyan)),
        Who::Note => (String::new(), faint),
    };
    let head = vec![Span::styled(format!("{time:8} "), faint), Span::styled(who, style)];
    wrapped(head, &words::plain(text), TIME, width)
}

fn draw_typing(frame: &mut Frame<'_>, scene: &Scene, area: Rect) {
    let faint = Style::new().add_modifier(Modifier::DIM);
    let title = titled(&addressee(scene));
    if scene.only_watches {
        frame.render_widget(
            Paragraph::new(Line::styled("↑↓ call · Esc quits", faint)).block(title),
            area,
        );
        return;
    }
    // The cursor stands behind what is typed.
    let room = usize::from(area.width).saturating_sub(PROMPT.len() + 1);
    let typed = wrap::end(&scene.typed, room);
    let line = Line::from(format!("{PROMPT}{typed}"));
    let text = Text::from(vec![line, Line::styled(help(area.width), faint)]);
    frame.render_widget(Paragraph::new(text).block(title), area);
    let column = height(PROMPT.len() + wrap::columns(typed));
    frame.set_cursor_position((area.x.saturating_add(column), area.y.saturating_add(1)));
}

/// As much help as there is room for.
fn help(width: u16) -> &'static str {
    let fits = |help: &&&str| wrap::columns(help) <= usize::from(width);
    HELP.iter().find(fits).copied().unwrap_or_default()
}

/// To whom what is typed will go, and how.
fn addressee(scene: &Scene) -> String {
    let going_on = scene.snapshot.as_ref().map(|snapshot| snapshot.calls.len());
    let call = match (going_on, scene.chosen) {
        _ if scene.only_watches => return "Watching only".to_owned(),
        (None, _) => return "Nobody is there to be told anything".to_owned(),
        (Some(_), Some(call)) => format!("call {call}"),
        (Some(0), None) if scene.is_speech => {
            return "Say word for word: there is no call".to_owned();
        }
        (Some(0), None) => "the next call".to_owned(),
        (Some(1), None) => "the only call".to_owned(),
        (Some(_), None) => "whom? Choose a call with ↑↓".to_owned(),
    };
    if scene.is_speech {
        format!("Say word for word, to {call}")
    } else {
        format!("Suggest to {call}, priority {}", scene.priority())
    }
}
