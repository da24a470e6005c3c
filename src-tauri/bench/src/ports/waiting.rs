//! What rebinding is compared with: programs that wait by the clock, as most do.

use std::net::TcpListener;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, anyhow};

use crate::chance::{pass, time_within};
use crate::figures::{Row, Spread, Table};
use crate::holder::{Ending, Holder};
use crate::place::Place;

const TRIALS: usize = 12;

/// A way to wait: the pauses between the attempts.
struct Clock {
    name: &'static str,
    pauses: &'static [Duration],
}

const CLOCKS: [Clock; 2] = [
    Clock {
        name: "attempts after 1, 2, 3 and 4 s: end → bound",
        pauses: &[
            Duration::from_secs(1),
            Duration::from_secs(2),
            Duration::from_secs(3),
            Duration::from_secs(4),
        ],
    },
    Clock { name: "an attempt every second: end → bound", pauses: &[Duration::from_secs(1); 4] },
];

pub(super) fn table(_place: &Place) -> Result<Table> {
    // They mostly sleep, so they don't get in each other's way.
    let rows = std::thread::scope(|scope| {
        let trials = CLOCKS.map(|clock| {
            let running: Vec<_> =
                (0..TRIALS).map(|_| scope.spawn(move || trial(clock.pauses))).collect();
            (clock.name, running)
        });
        let rows = trials.into_iter().map(|(name, running)| -> Result<Row> {
            let taken = running.into_iter().map(|trial| {
                trial.join().map_err(|_| anyhow!("a program that waits has panicked"))?
            });
            Ok(Spread::of_times(name, &taken.collect::<Result<Vec<_>>>()?).into())
        });
        rows.collect::<Result<Vec<_>>>()
    })?;
    Ok(Table::new("The same port, waited for by the clock; SIGKILL at any moment", rows))
}

/// How long the port lies idle if its holder ends at some moment before the last attempt.
fn trial(pauses: &[Duration]) -> Result<Duration> {
    let mut holder = Holder::on_a_free_port()?;
    let address = holder.address;
    let last = pauses.iter().sum();
    std::thread::scope(|scope| {
        let ended = scope.spawn(move || {
            pass(time_within(Duration::ZERO..last));
            holder.end(Ending::Killed)
        });
        for pause in pauses {
            pass(*pause);
            if let Some(bound) = bind(address) {
                let ended = ended.join().map_err(|_| anyhow!("the holder did not end"))??;
                return Ok(bound.saturating_duration_since(ended));
            }
        }
        // It ended within the very moment of the last attempt.
        bind(address).context("the port was never free").map(|_| Duration::ZERO)
    })
}

#[expect(
    clippy::disallowed_methods,
    reason = "this is another program's way to bind, and on Unix it can be bound again at once"
)]
fn bind(address: std::net::SocketAddr) -> Option<Instant> {
    TcpListener::bind(address).is_ok().then(Instant::now)
}
