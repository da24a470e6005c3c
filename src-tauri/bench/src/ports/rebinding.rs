//! How soon a station has its port when the process that held it lets it go.

use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use anyhow::{Result, bail};
use wire::PortState;

use crate::chance::{pass, time_within};
use crate::conversation::{PATIENCE, until};
use crate::figures::{Row, Spread, Table};
use crate::holder::{Ending, Holder};
use crate::place::Place;
use crate::station::{Station, Wish};

const TRIALS: usize = 200;

/// How long the holder is left alone once the station waits for it. Nothing is to be ready by accident, and nothing to
/// be in the middle of something every time.
const LEFT_ALONE: std::ops::Range<Duration> = Duration::from_millis(20)..Duration::from_millis(60);

/// What was seen of one rebinding.
struct Trial {
    /// From the holder's end until the port takes connections.
    end_to_connection: Duration,
    /// From the holder's end until the station shows its port as proven.
    end_to_proof: Duration,
    /// From the moment the holder was told to let go until the station shows its port as proven.
    order_to_proof: Duration,
}

pub(super) fn table(place: &Place) -> Result<Table> {
    let mut rows = Vec::new();
    for ending in Ending::ALL {
        let trials: Vec<Trial> =
            (0..TRIALS).map(|_| trial(place, ending)).collect::<Result<_>>()?;
        rows.extend(told(ending, &trials));
    }
    Ok(Table::new("`xswarm serve` waits for its port, and its holder lets it go", rows))
}

fn told(ending: Ending, trials: &[Trial]) -> [Row; 3] {
    let name = ending.name();
    let times = |of: fn(&Trial) -> Duration| trials.iter().map(of).collect::<Vec<_>>();
    [
        Spread::of_times(
            format!("{name}: end → takes connections"),
            &times(|trial| trial.end_to_connection),
        )
        .at_most("p50", 0.5)
        .at_most("p99", 3.0)
        .into(),
        Spread::of_times(format!("{name}: end → proven"), &times(|trial| trial.end_to_proof))
            .into(),
        Spread::of_times(format!("{name}: told → proven"), &times(|trial| trial.order_to_proof))
            .at_most("p50", 2.5)
            .into(),
    ]
}

fn trial(place: &Place, ending: Ending) -> Result<Trial> {
    let mut holder = Holder::on_a_free_port()?;
    let wish = Wish { bridge: Some(holder.address), ..Wish::default() };
    let mut station = Station::start(place, &wish)?;
    // The voice bridge has to wait, so it is the supervisor that is proven.
    station.until_listening()?;
    let sights = station.conversation()?.follow()?;
    until(&sights, |bridge| matches!(bridge.state, PortState::Waiting { .. }))?;
    pass(time_within(LEFT_ALONE));

    let told = Instant::now();
    let ended = holder.end(ending)?;
    let connected = first_connection(station.bridge)?;
    let (proven, _) = until(&sights, |bridge| matches!(bridge.state, PortState::Listening { .. }))?;
    Ok(Trial {
        end_to_connection: connected.saturating_duration_since(ended),
        end_to_proof: proven.saturating_duration_since(ended),
        order_to_proof: proven - told,
    })
}

/// When a connection is first taken at an address where nobody listens for a moment.
fn first_connection(address: SocketAddr) -> Result<Instant> {
    let deadline = Instant::now() + PATIENCE;
    while Instant::now() < deadline {
        if TcpStream::connect(address).is_ok() {
            return Ok(Instant::now());
        }
    }
    bail!("nobody ever listens at {address}");
}
