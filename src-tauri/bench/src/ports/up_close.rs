//! The same without a station around it: the crate `ports` alone, from the holder's end to our own bind.

use std::net::SocketAddr;
use std::sync::mpsc::sync_channel;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, anyhow};
use ports::{BindError, Known, Listener, Sharing};
use wire::Cause;

use crate::chance::{pass, time_within};
use crate::conversation::PATIENCE;
use crate::figures::{Count, Row, Spread, Table};
use crate::holder::{Ending, Holder};
use crate::place::Place;

const TRIALS: usize = 200;
const LEFT_ALONE: std::ops::Range<Duration> = Duration::from_millis(5)..Duration::from_millis(15);

/// When the port was ours, and at which try.
struct Bound {
    when: Instant,
    tries: usize,
}

pub(super) fn table(_place: &Place) -> Result<Table> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let mut rows: Vec<Row> = Vec::new();
    for ending in Ending::ALL {
        let (mut taken, mut at_once) = (Vec::new(), 0);
        for _ in 0..TRIALS {
            let (rest, tries) = trial(&runtime, ending)?;
            taken.push(rest);
            at_once += usize::from(tries == 1);
        }
        let name = ending.name();
        rows.push(
            Spread::of_times(format!("{name}: end → bound"), &taken)
                .at_most("p50", 0.5)
                .at_most("p99", 3.0)
                .into(),
        );
        rows.push(Count::new(format!("{name}: bound at the first try"), at_once, TRIALS).into());
    }
    let title = "`ports::released` and `Listener::bind` alone (0: bound before the end was noticed elsewhere)";
    Ok(Table::new(title, rows))
}

fn trial(runtime: &tokio::runtime::Runtime, ending: Ending) -> Result<(Duration, usize)> {
    let mut holder = Holder::on_a_free_port()?;
    let address = holder.address;
    let cause = ports::cause(address, &Known::default());
    let (tx, ended) = sync_channel(1);
    std::thread::scope(|scope| {
        scope.spawn(move || {
            pass(time_within(LEFT_ALONE));
            // Where nobody listens any more the trial has failed, and says so.
            let _ = tx.send(holder.end(ending));
            holder
        });
        let waited = runtime.block_on(async {
            tokio::time::timeout(PATIENCE, bind_when_vacated(address, &cause)).await
        });
        let bound = waited.context("the port was never let go")??;
        let ended = ended.recv()??;
        Ok((bound.when.saturating_duration_since(ended), bound.tries))
    })
}

async fn bind_when_vacated(address: SocketAddr, cause: &Cause) -> Result<Bound> {
    let mut tries = 0;
    loop {
        ports::released(address, cause).await;
        tries += 1;
        match Listener::bind(address, Sharing::Exclusive) {
            Ok(_) => return Ok(Bound { when: Instant::now(), tries }),
            Err(BindError::InUse) => {}
            Err(error) => return Err(anyhow!(error)),
        }
    }
}
