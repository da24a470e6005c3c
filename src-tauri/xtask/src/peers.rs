//! `cargo xtask peers`: tries against software that isn't ours, unchanged and from where people get it: does it get along with
//! what we have built? One row and one file for each.
//!
//! What a try takes is fetched: packages of the system after asking, others into `target/peers`. Where something can't be had,
//! the try is skipped, by name and with the reason.

mod kyutai_client;
mod kyutai_server;
mod model_server;
mod peer;
mod program;
mod python;
mod sound_server;
mod station;

use anyhow::{Result, bail, ensure};

use crate::prerequisites;
use crate::test::Tally;
use peer::{Outcome, Peer};

/// All that there is to try.
const PEERS: &[&Peer] = &[&kyutai_client::PEER, &kyutai_server::PEER];

/// What may be fetched.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Downloads {
    Small,
    Large,
}

/// Runs them all, and prints `N passed, N failed, N skipped` as the last line.
pub(crate) fn run(flags: &[&str]) -> Result<()> {
    let downloads = match flags {
        [] => Downloads::Small,
        ["--all"] => Downloads::Large,
        unknown => bail!("`cargo xtask peers` knows --all, not {}", unknown.join(" ")),
    };
    let mut tally = Tally::default();
    for peer in PEERS {
        println!("{}: {}", peer.name, peer.claim);
        // A try that broke off is told like one that came out badly: nobody knows that it would have gone well.
        let outcome =
            tried(peer, downloads).unwrap_or_else(|error| Outcome::Failed(format!("{error:#}")));
        match outcome {
            Outcome::Passed => {
                println!("PASSED {}", peer.name);
                tally.passed += 1;
            }
            Outcome::Failed(why) => {
                println!("FAILED {}: {why}", peer.name);
                tally.failed += 1;
            }
            Outcome::Skipped(why) => {
                println!("SKIPPED {}: {why}", peer.name);
                tally.skipped += 1;
            }
        }
        println!();
    }
    println!("{tally}");
    ensure!(tally.failed == 0, "not all tries passed");
    Ok(())
}

fn tried(peer: &Peer, downloads: Downloads) -> Result<Outcome> {
    if !peer.systems.contains(&std::env::consts::OS) {
        return Ok(Outcome::Skipped(format!("it is tried on {}", peer.systems.join(" and "))));
    }
    if let Some(download) = peer.large_download
        && downloads == Downloads::Small
    {
        let why = format!("it takes {download}; `cargo xtask peers --all` fetches that");
        return Ok(Outcome::Skipped(why));
    }
    let lacking = prerequisites::still_lacking(peer.needs);
    if !lacking.is_empty() {
        return Ok(Outcome::Skipped(format!("this machine lacks {}", lacking.join(", "))));
    }
    (peer.attempt)()
}
