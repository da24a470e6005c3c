//! What a row of the table holds.

use anyhow::Result;

use crate::prerequisites::Need;

/// Software that isn't ours, and what is tried with it.
pub(super) struct Peer {
    /// What it is called among people.
    pub(super) name: &'static str,
    /// What must be so, in one sentence.
    pub(super) claim: &'static str,
    /// Where it can be tried, by Rust's names of systems.
    pub(super) systems: &'static [&'static str],
    /// What it takes of the machine.
    pub(super) needs: &'static [Need],
    /// What has to be fetched for it and how much that is, where it is much.
    pub(super) large_download: Option<&'static str>,
    /// The try itself, which tells as it goes on and leaves nothing running behind.
    pub(super) attempt: fn() -> Result<Outcome>,
}

/// How a try came out.
pub(super) enum Outcome {
    Passed,
    /// It doesn't do what was claimed, for this reason.
    Failed(String),
    /// It could not be tried, for this reason.
    Skipped(String),
}
