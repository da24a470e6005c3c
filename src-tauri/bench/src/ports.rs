//! What the station knows of its ports, how soon, and at which price. Everything is measured beside another way of doing
//! the same, in the same run.

mod cost;
mod crowd;
mod looking;
mod rebinding;
mod restarting;
mod stealing;
mod up_close;
mod waiting;

pub(crate) use cost::cpu_time_of;
pub(crate) use crowd::belong as belong_to_the_crowd;
pub(crate) use restarting::{Fate, fate};

use anyhow::Result;

use crate::figures::Table;
use crate::place::Place;

type Part = fn(&Place) -> Result<Table>;

const PARTS: &[Part] = &[
    rebinding::table,
    up_close::table,
    waiting::table,
    restarting::table,
    stealing::theft,
    stealing::loss,
    cost::table,
    // Last, for the machine needs a moment to be quiet again after the crowd.
    looking::table,
];

pub(crate) fn tables(place: &Place) -> Result<Vec<Table>> {
    let measured = PARTS.iter().map(|part| {
        let table = part(place)?;
        // It takes minutes, so each is shown as soon as it is there.
        println!("{table}");
        Ok(table)
    });
    measured.collect()
}
