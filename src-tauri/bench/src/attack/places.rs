//! Whether strangers can keep the owner out: those who sign, who know the secret or have a token get in all the same, the
//! commands are answered, calls go on, and the port is shown as what it is.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use serde_json::Value;

use super::fort::{Footprint, HOST, open_to_the_world, secret, signed, states, unharmed};
use super::patience::within;
use super::scale::{long, many};
use super::siege::{HALF_OPEN, IDLE, Strangers, besiege};
use super::tally::{Tally, once};
use crate::calls::{Caller, Fleet};
use crate::chance::pass;
use crate::conversation::Conversation;
use crate::figures::{Count, Row, Spread, Table};
use crate::place::Place;
use crate::station::{Home, Station};

const CALLS: usize = 8;
const GUESTS: usize = 50;
/// How long calls have gone on before they are looked at.
const BEGUN: Duration = Duration::from_secs(3);
/// How long somebody with a right to come in may take until they are heard.
const ADMISSION: Duration = Duration::from_secs(5);
/// How soon `xswarm status` is to answer, and when it is given up.
const ANSWER: Duration = Duration::from_secs(1);
const GIVEN_UP: Duration = Duration::from_secs(15);
/// Two intervals of the proof, and a little to look.
const TWO_PROOFS: Duration = Duration::from_millis(10_500);
const LOOK_AGAIN: Duration = Duration::from_millis(200);

/// Which of the two ports is besieged.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Besieged {
    Bridge,
    Supervisor,
}

pub(super) fn on_the_bridge(place: &Place) -> Result<Table> {
    table(place, Besieged::Bridge)
}

pub(super) fn on_the_supervisor(place: &Place) -> Result<Table> {
    table(place, Besieged::Supervisor)
}

fn table(place: &Place, besieged: Besieged) -> Result<Table> {
    let mut station = Station::proven(place, &open_to_the_world())?;
    let before = Footprint::of(&station)?;
    let fleet = Fleet::of(station.bridge, CALLS).showing(secret());
    let talk = BEGUN + 2 * long() + Duration::from_secs(1);
    let (rows, talked) = std::thread::scope(|scope| {
        let talking = scope.spawn(|| fleet.talk(talk));
        let rows = beside_calls(&station, besieged);
        (rows, talking.join().ok().context("the callers broke down").flatten())
    });
    let mut rows = rows?;
    rows.push(once(format!("{CALLS} calls that went on to their end"), talked.map(drop)));
    rows.extend(unharmed(&mut station, before, 32.0)?);
    let (port, guests) = match besieged {
        Besieged::Bridge => ("9998", "calls"),
        Besieged::Supervisor => ("9999", "logins"),
    };
    let title = format!(
        "Places on {port}: {IDLE} idle WebSockets and {HALF_OPEN} half-open connections a second, for {} s, beside {guests}",
        long().as_secs()
    );
    Ok(Table::new(title, rows))
}

fn beside_calls(station: &Station, besieged: Besieged) -> Result<Vec<Row>> {
    let mut conversation = station.conversation()?;
    pass(BEGUN);
    let running = frames(&conversation.status()?);
    ensure!(running.len() == CALLS, "of {CALLS} calls {} were taken", running.len());
    pass(long());
    let quiet = frames(&conversation.status()?);
    let strangers = Strangers::default();
    let address = match besieged {
        Besieged::Bridge => station.bridge,
        Besieged::Supervisor => station.supervisor,
    };
    let mut rows = under_siege(station.home(), besieged, address, &mut conversation, &strangers)?;
    match conversation.status() {
        Ok(status) => rows.extend(late(&running, &quiet, &frames(&status))),
        Err(error) => rows.push(once("a client that was there before stays", Err(error))),
    }
    for (what, count) in [
        ("WebSockets that strangers got, one after the other", &strangers.let_in),
        ("WebSockets that they did not get", &strangers.kept_out),
        ("connections that they left half open", &strangers.half_open),
    ] {
        let count = count.load(Ordering::Acquire);
        rows.push(Count::new(what, count, count).into());
    }
    rows.push(once(
        "listening again within two proofs",
        listens_again(&mut conversation, besieged),
    ));
    Ok(rows)
}

/// What becomes of everybody else meanwhile.
fn under_siege(
    home: &Home,
    besieged: Besieged,
    address: SocketAddr,
    conversation: &mut Conversation,
    strangers: &Strangers,
) -> Result<Vec<Row>> {
    // Through a tunnel strangers have either name.
    let names = match besieged {
        Besieged::Bridge => vec![address.to_string(), HOST.to_owned()],
        Besieged::Supervisor => vec![address.to_string()],
    };
    let (besieged_well, guests, answers, is_crowded) = std::thread::scope(|scope| {
        let siege = scope.spawn(|| besiege(address, &names, long(), strangers));
        let guests = scope.spawn(|| each_in_turn(|number| guest(home, besieged, number)));
        let answers = scope.spawn(|| each_in_turn(|_| status_answers(home)));
        let mut is_crowded = false;
        while !siege.is_finished() {
            is_crowded |=
                conversation.status().is_ok_and(|status| is_shown_crowded(&status, besieged));
            pass(LOOK_AGAIN);
        }
        let joined = |it: std::thread::ScopedJoinHandle<_>| it.join().unwrap_or_default();
        let siege = siege.join().ok().context("the siege broke down").flatten();
        (siege, joined(guests), joined(answers), is_crowded)
    });
    besieged_well?;
    let guest = match besieged {
        Besieged::Bridge => "calls with signature or secret that got in and heard something",
        Besieged::Supervisor => "logins with the token",
    };
    let planned = many(GUESTS);
    let [guests, answers] =
        [(guests, guest), (answers, "`xswarm status` that answered within 1 s")]
            .map(|(outcomes, what)| told(outcomes, what, planned));
    Ok(guests
        .into_iter()
        .chain(answers)
        .chain([Count::new("shown as crowded", usize::from(is_crowded), 1).exactly(1).into()])
        .collect())
}

/// How each of several went, and how long it took.
type Outcomes = Vec<Result<Duration>>;

fn each_in_turn(attempt: impl Fn(usize) -> Result<Duration>) -> Outcomes {
    let (began, count) = (Instant::now(), many(GUESTS));
    let between = long().mul_f64(0.9) / u32::try_from(count).unwrap_or(1);
    let each = (0..count).map(|number| {
        let due = began + between * u32::try_from(number).unwrap_or(0);
        pass(due.saturating_duration_since(Instant::now()));
        attempt(number)
    });
    each.collect()
}

fn told(outcomes: Outcomes, what: &str, planned: usize) -> [Row; 2] {
    let (mut tally, mut taken) = (Tally::default(), Vec::new());
    for outcome in outcomes {
        taken.extend(outcome.as_ref().ok());
        tally.note(outcome.map(drop));
    }
    [tally.row(what, planned), Spread::of_times("  after", &taken).into()]
}

/// Somebody with a right to come in.
fn guest(home: &Home, besieged: Besieged, number: usize) -> Result<Duration> {
    let began = Instant::now();
    match besieged {
        Besieged::Bridge => {
            let shown = if number.is_multiple_of(2) { signed() } else { secret() };
            within(ADMISSION, async {
                Caller::dial(home.bridge, &shown).await?.hears_something().await
            })?;
        }
        Besieged::Supervisor => {
            Conversation::begin_within(home.supervisor, &home.token()?, ADMISSION)?;
        }
    }
    Ok(began.elapsed())
}

fn status_answers(home: &Home) -> Result<Duration> {
    let mut command = home.command(&["status"]);
    command.stdout(std::process::Stdio::null()).stderr(std::process::Stdio::null());
    let began = Instant::now();
    let mut running = command.spawn()?;
    while running.try_wait()?.is_none() {
        if began.elapsed() > GIVEN_UP {
            running.kill()?;
            running.wait()?;
            bail!("it was given up after 15 s");
        }
        pass(Duration::from_millis(2));
    }
    let (status, took) = (running.wait()?, began.elapsed());
    ensure!(status.success(), "it ended with {status}");
    ensure!(took <= ANSWER, "it took longer than 1 s");
    Ok(took)
}

fn is_shown_crowded(status: &Value, besieged: Besieged) -> bool {
    states(status).get(besieged as usize).is_some_and(|state| state == "crowded")
}

fn listens_again(conversation: &mut Conversation, besieged: Besieged) -> Result<()> {
    let deadline = Instant::now() + TWO_PROOFS;
    loop {
        let states = states(&conversation.status()?);
        let state = states.get(besieged as usize).context("the service is not shown")?;
        if state == "listening" {
            return Ok(());
        }
        ensure!(Instant::now() < deadline, "it is still shown as {state}");
        pass(LOOK_AGAIN);
    }
}

/// How many frames each call was sent, and how many of them late, by the bridge's own count.
fn frames(status: &Value) -> BTreeMap<u64, (u64, u64)> {
    let calls = status["calls"].as_array().into_iter().flatten();
    let number = |value: &Value| value.as_u64().unwrap_or_default();
    calls
        .map(|call| {
            let said = &call["said"];
            (number(&call["id"]), (number(&said["sound_ms"]) / 20, number(&said["gaps"]["late"])))
        })
        .collect()
}

/// The late frames of the calls that ran from before.
fn late(
    first: &BTreeMap<u64, (u64, u64)>,
    quiet: &BTreeMap<u64, (u64, u64)>,
    busy: &BTreeMap<u64, (u64, u64)>,
) -> Vec<Row> {
    let sum = |frames: &BTreeMap<u64, (u64, u64)>| {
        let ours = first.keys().filter_map(|id| frames.get(id));
        ours.fold((0, 0), |sum, (sent, late)| (sum.0 + sent, sum.1 + late))
    };
    let (first, quiet, busy) = (sum(first), sum(quiet), sum(busy));
    let between = |one: (u64, u64), other: (u64, u64)| {
        (other.0.saturating_sub(one.0) as usize, other.1.saturating_sub(one.1) as usize)
    };
    let ((calm_sent, calm), (sent, late)) = (between(first, quiet), between(quiet, busy));
    vec![
        Count::new("late frames (> 40 ms) of running calls, before", calm, calm_sent).into(),
        Count::new("the same, under siege", late, sent).into(),
        Count::new("more late frames under siege than before", late.saturating_sub(calm), sent)
            .exactly(0)
            .into(),
    ]
}
