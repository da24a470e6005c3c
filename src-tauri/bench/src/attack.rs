//! What bad neighbours can do to the station: whatever crowds it, lies to it, guesses, ends it or takes away what it needs.
//! Every line has a count and a goal, so that it can be run again. `XSWARM_BENCH_QUICK=1` takes a hundredth of each count.

mod bursts;
mod connections;
mod doors;
mod ends;
mod fort;
mod hostile;
mod junk;
mod messages;
mod models;
mod mutation;
mod oddities;
mod patience;
mod places;
mod scale;
mod siege;
mod starts;
mod straits;
mod takeovers;
mod tally;
mod tokens;
mod trials;

use anyhow::{Result, bail};

use crate::figures::{Row, Table};
use crate::place::Place;

type Part = fn(&Place) -> Result<Table>;

/// What is tried, by the name under which it can be asked for alone.
const PARTS: [(&str, Part); 11] = [
    ("places-9998", places::on_the_bridge),
    ("places-9999", places::on_the_supervisor),
    ("junk", junk::table),
    ("messages", messages::table),
    ("doors", doors::table),
    ("tokens", tokens::table),
    ("models", models::table),
    ("connections", connections::table),
    ("ends", ends::table),
    ("straits", straits::table),
    ("oddities", oddities::table),
];

/// These parts, or all where none is named.
pub(crate) fn tables(place: &Place, names: &[&str]) -> Result<Vec<Table>> {
    if let Some(name) = names.iter().find(|name| !PARTS.iter().any(|(part, _)| part == *name)) {
        bail!("there is no part {name}");
    }
    let wanted = PARTS.iter().filter(|(name, _)| names.is_empty() || names.contains(name));
    let tried = wanted.map(|(name, part)| {
        // What breaks down is a finding, and no reason not to try the rest.
        let table = part(place).unwrap_or_else(|error| {
            let (what, why) = ((*name).to_owned(), format!("{error:#}"));
            Table::new(*name, vec![Row::Failed { what, why }])
        });
        println!("{table}");
        table
    });
    Ok(tried.collect())
}
