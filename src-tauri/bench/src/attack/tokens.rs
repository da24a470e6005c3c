//! Wrong tokens at 9999: none is taken, the right one still is, and no call hears of it.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use tokio::task::JoinSet;

use super::fort::{Footprint, unharmed};
use super::mutation::Dice;
use super::patience::{soon, within};
use super::scale::{long, many};
use super::tally::once;
use crate::calls::Fleet;
use crate::chance::pass;
use crate::conversation::Conversation;
use crate::figures::{Count, Row, Spread, Table};
use crate::place::Place;
use crate::station::{Station, Wish};
use crate::supervisor::guess_all;

const GUESSES: usize = 27_651;
/// How many each client shows before it is sent away.
const EACH: usize = 3;
/// How many guess at once: fewer than the places that strangers have, or they would push one another out unheard.
const AT_ONCE: usize = 8;
const CALLS: usize = 8;
const PATIENCE: Duration = Duration::from_secs(20);
/// Longer than all guesses take, and calls must go on to the end of them.
const LONGEST: Duration = Duration::from_secs(300);

pub(super) fn table(place: &Place) -> Result<Table> {
    let mut station = Station::proven(place, &Wish::default())?;
    let before = Footprint::of(&station)?;
    let fleet = Fleet::of(station.bridge, CALLS);
    let mut rows = std::thread::scope(|scope| {
        // They are cut off when the station ends, which is no matter.
        let _talking = scope.spawn(|| fleet.talk(talk()));
        beside_calls(&station)
    })?;
    let logged_in = Conversation::begin(station.supervisor, &station.token()?).map(drop);
    rows.push(once("the right token afterwards", logged_in));
    rows.extend(unharmed(&mut station, before, 32.0)?);
    Ok(Table::new("Wrong tokens", rows))
}

fn talk() -> Duration {
    long() + long() / 2 + Duration::from_secs(8)
}

fn beside_calls(station: &Station) -> Result<Vec<Row>> {
    let mut conversation = station.conversation()?;
    pass(Duration::from_secs(3));
    let first = late(&mut conversation)?;
    let quiet_for = long() / 2;
    pass(quiet_for);
    let quiet = late(&mut conversation)?;
    let (began, planned) = (Instant::now(), many(GUESSES));
    let tokens = wrong(&station.token()?, planned);
    let (wrong, taken) = within(LONGEST, guess(station.supervisor, &tokens))?;
    let lasted = began.elapsed();
    let busy = late(&mut conversation)?;
    // As many as there would have been in the same time before.
    let expected = (quiet - first) as f64 * lasted.as_secs_f64() / quiet_for.as_secs_f64();
    let more = ((busy - quiet) as f64 - expected.ceil()).max(0.0) as usize;
    Ok(vec![
        Count::new("wrong tokens called wrong", wrong, planned).exactly(planned).into(),
        Count::new("wrong tokens taken", taken, planned).exactly(0).into(),
        Spread::new("tokens in a second", "", vec![planned as f64 / lasted.as_secs_f64()]).into(),
        Count::new(format!("late frames of {CALLS} calls, before"), quiet - first, CALLS).into(),
        Count::new("the same, meanwhile", busy - quiet, CALLS).into(),
        Count::new("more of them than in the same time before", more, CALLS).exactly(0).into(),
    ])
}

fn late(conversation: &mut Conversation) -> Result<usize> {
    let status = conversation.status()?;
    let calls = status["calls"].as_array().context("no calls are shown")?;
    ensure!(calls.len() == CALLS, "of {CALLS} calls {} go on", calls.len());
    let late = calls.iter().filter_map(|call| call["said"]["gaps"]["late"].as_u64());
    Ok(usize::try_from(late.sum::<u64>())?)
}

/// Shows them all. Gives how many were called wrong, and how many were taken.
async fn guess(address: SocketAddr, tokens: &[String]) -> Result<(usize, usize)> {
    let (mut guessers, mut wrong, mut taken) = (JoinSet::new(), 0, 0);
    let mut note = |answers: Result<(usize, usize)>| {
        if let Ok((more_wrong, more_taken)) = answers {
            wrong += more_wrong;
            taken += more_taken;
        }
    };
    for shown in tokens.chunks(EACH) {
        if guessers.len() >= AT_ONCE
            && let Some(answers) = guessers.join_next().await
        {
            note(answers?);
        }
        let shown = shown.to_vec();
        guessers.spawn(async move { soon(PATIENCE, guess_all(address, &shown)).await });
    }
    while let Some(answers) = guessers.join_next().await {
        note(answers?);
    }
    Ok((wrong, taken))
}

/// Tokens that are nearly right, or known to everybody, or nothing like it.
fn wrong(token: &str, count: usize) -> Vec<String> {
    let mut dice = Dice::new(5);
    let mut wrong = vec![
        String::new(),
        "dev-token-12345".to_owned(),
        format!("{token} "),
        format!("{token}\u{0}"),
        format!("{token}{token}"),
        token.to_uppercase() + "x",
        "x".repeat(60_000),
    ];
    wrong.extend((0..token.len()).map(|length| token[..length].to_owned()));
    while wrong.len() < count {
        let mut letters: Vec<char> = token.chars().collect();
        let at = dice.below(letters.len());
        letters[at] = if letters[at] == '0' { '1' } else { '0' };
        let nearly: String = letters.into_iter().collect();
        let random = format!("{:064x}", dice.below(usize::MAX));
        wrong.push(if dice.is_one_of(2) { nearly } else { random });
    }
    wrong.truncate(count);
    wrong
}
