//! The program behind `cargo xtask bench`, built in release: it measures, prints tables, and writes the figures down.

#![allow(clippy::print_stdout, reason = "talking to a terminal is what this program is for")]

mod app;
mod attack;
mod calls;
mod chance;
mod conversation;
mod figures;
mod holder;
mod place;
mod ports;
mod station;
mod supervisor;
#[cfg_attr(unix, path = "system/unix.rs")]
#[cfg_attr(windows, path = "system/windows.rs")]
mod system;
mod whole;

use anyhow::{Result, bail};

use figures::Table;
use place::Place;

/// What may be asked for.
const USAGE: &str = "\
this program is started by `cargo xtask bench`: {station | ports | supervisor | calls | attack} XSWARM FOLDER, app MEASURED UI PACKAGES FOLDER, and by itself: hold ADDRESS, crowd, bare. By hand: calls XSWARM FOLDER {line-check | model | latency | steadiness}..., attack XSWARM FOLDER PART..., talk ADDRESS CALLS SECONDS";

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["station", xswarm, folder] => {
            let place = Place::new(xswarm, folder)?;
            let tables = whole::tables(&place)?;
            tables.iter().for_each(|table| println!("{table}"));
            conclude(&place, "station", &tables)
        }
        ["ports", xswarm, folder] => {
            let place = Place::new(xswarm, folder)?;
            conclude(&place, "ports", &ports::tables(&place)?)
        }
        ["supervisor", xswarm, folder] => {
            let place = Place::new(xswarm, folder)?;
            let tables = supervisor::tables(&place)?;
            tables.iter().for_each(|table| println!("{table}"));
            conclude(&place, "supervisor", &tables)
        }
        ["calls", xswarm, folder, parts @ ..] => {
            let place = Place::new(xswarm, folder)?;
            conclude(&place, "calls", &calls::tables(&place, parts)?)
        }
        ["attack", xswarm, folder, parts @ ..] => {
            let place = Place::new(xswarm, folder)?;
            conclude(&place, "attack", &attack::tables(&place, parts)?)
        }
        ["app", measured, ui, packages, folder] => {
            let place = Place::new(measured, folder)?;
            let tables = app::tables(measured.as_ref(), ui.as_ref(), packages.as_ref())?;
            tables.iter().for_each(|table| println!("{table}"));
            conclude(&place, "app", &tables)
        }
        ["bare"] => calls::serve_bare(),
        ["talk", address, calls, seconds] => calls::talk(address, calls, seconds),
        ["hold", address] => holder::hold(address),
        ["crowd"] => ports::belong_to_the_crowd(),
        _ => bail!(USAGE),
    }
}

fn conclude(place: &Place, name: &str, tables: &[Table]) -> Result<()> {
    let verdicts: Vec<bool> = tables.iter().flat_map(Table::verdicts).collect();
    let met = verdicts.iter().filter(|is_met| **is_met).count();
    let file = place.keep(name, tables)?;
    println!("{met} of {} goals met; all figures are in {}", verdicts.len(), file.display());
    Ok(())
}
