//! One that takes over from another, again and again, while clients connect to both ports all the time.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use anyhow::{Context, Result, ensure};

use super::scale::many;
use super::tally::Tally;
use crate::figures::{Count, Row};
use crate::place::Place;
use crate::ports::{Fate, fate};
use crate::station::{Station, Wish};

const TAKEOVERS: usize = 20;
/// How long the one before may take to end.
const END: Duration = Duration::from_secs(15);

pub(super) fn rows(place: &Place) -> Result<Vec<Row>> {
    let mut station = Station::proven(place, &Wish::default())?;
    let addresses = [station.bridge, station.supervisor];
    let (fates, is_over) = (Mutex::new(Vec::new()), AtomicBool::new(false));
    let mut tally = Tally::default();
    let (noted, over) = (&fates, &is_over);
    std::thread::scope(|scope| {
        for address in addresses.into_iter().cycle().take(4) {
            scope.spawn(move || knock(address, over, noted));
        }
        for _ in 0..many(TAKEOVERS) {
            if tally.is_hopeless() {
                break;
            }
            tally.note(take_over(&mut station));
        }
        is_over.store(true, Ordering::Release);
    });
    let fates = fates.into_inner().unwrap_or_else(PoisonError::into_inner);
    let count = |wanted: Fate| fates.iter().filter(|fate| **fate == wanted).count();
    Ok(vec![
        tally.row("take-overs under load", many(TAKEOVERS)),
        Count::new("  connections refused meanwhile", count(Fate::Refused), fates.len())
            .exactly(0)
            .into(),
        Count::new("  reset before an answer", count(Fate::Reset), fates.len()).exactly(0).into(),
        Count::new("  without an answer", count(Fate::Unanswered), fates.len()).exactly(0).into(),
    ])
}

fn knock(address: SocketAddr, is_over: &AtomicBool, fates: &Mutex<Vec<Fate>>) {
    while !is_over.load(Ordering::Acquire) {
        let fate = fate(address);
        fates.lock().unwrap_or_else(PoisonError::into_inner).push(fate);
    }
}

fn take_over(station: &mut Station) -> Result<()> {
    let serve = station.home().command(&["serve", "--take-over"]);
    let mut next = Station::start_as(station.home(), serve)?;
    next.until_listening()?;
    next.until_listening()?;
    let mut before = std::mem::replace(station, next);
    let status = before.ended_within(END)?.context("the one before still runs after 15 s")?;
    ensure!(status.success(), "the one before ended with {status}");
    Ok(())
}
