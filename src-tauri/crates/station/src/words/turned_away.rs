//! What is said of those who were turned away, and of those who crowd a port.

use std::time::Duration;

use wire::{Crowding, Timestamp, TurnedAway, plain, span};

use super::holder::list;

/// For how long it is news that somebody was turned away.
const RECENT: Duration = Duration::from_secs(60 * 60);
pub(super) const STILL_IN: &str = "Your own commands and test calls still get in.";
const NAMED: usize = 3;

/// Who was turned away for one reason, when last, why, and what would mend it.
pub fn turned_away(entry: &TurnedAway, now: Timestamp) -> String {
    let TurnedAway { whom, because, cure, times, last_at, .. } = entry;
    // Older builds don't tell who they are.
    let whom = if whom.is_empty() { format!("{times} visitors") } else { plain(whom) };
    let ago = span(*last_at, now);
    let when = if *times == 1 { format!("{ago} ago") } else { format!("the last {ago} ago") };
    format!("Turned away: {whom}, {when}, because {}. {}", plain(because), plain(cure))
}

/// Whether somebody was turned away so lately that it may be what a person looks for.
pub fn is_recent(entry: &TurnedAway, now: Timestamp) -> bool {
    u128::from(now.0.saturating_sub(entry.last_at.0)) < RECENT.as_millis()
}

/// How many found no place at a port, and who has the places.
pub(super) fn crowd(turned_away: u32, by: &[Crowding]) -> String {
    let was = if turned_away == 1 { "connection was" } else { "connections were" };
    let mut words = format!("{turned_away} {was} just turned away");
    for (place, each) in by.iter().take(NAMED).enumerate() {
        let (lead, open) = if place == 0 { ("; ", " open") } else { (", ", "") };
        words += &format!("{lead}{} has {}{open}", crowder(each), each.connections);
    }
    words
}

pub(super) fn advice_to_crowded(by: &[Crowding]) -> String {
    let names: Vec<String> = by.iter().take(NAMED).map(crowder).collect();
    let rest = match names.as_slice() {
        [] => "Where a proxy or tunnel stands before the port, limit there how many connections one address may open.".to_owned(),
        [only] => format!("See what {only} does there, and stop it if it should not."),
        names => format!("See what {} do there, and stop them if they should not.", list(names)),
    };
    format!("{STILL_IN} {rest}")
}

fn crowder(Crowding { pid, name, .. }: &Crowding) -> String {
    format!("{} ({pid})", plain(name))
}
