//! How often something went as it should, and why not where it didn't.

use anyhow::Result;

use crate::figures::{Count, Row};

/// How many reasons are told; the rest are more of the same.
const TOLD: usize = 4;

const HOPELESS: usize = 8;

#[derive(Default)]
pub(super) struct Tally {
    went_well: usize,
    /// How often it went wrong since it last went well.
    went_wrong: usize,
    reasons: Vec<String>,
}

impl Tally {
    pub(super) fn note(&mut self, result: Result<()>) {
        match result {
            Ok(()) => {
                self.went_well += 1;
                self.went_wrong = 0;
            }
            Err(error) => {
                self.went_wrong += 1;
                self.tell(format!("{error:#}"));
            }
        }
    }

    /// Whether it has gone wrong so often in a row that trying on would only take time.
    pub(super) fn is_hopeless(&self) -> bool {
        self.went_wrong >= HOPELESS
    }

    /// Adds what others have noted.
    pub(super) fn add(&mut self, other: Self) {
        self.went_well += other.went_well;
        other.reasons.into_iter().for_each(|reason| self.tell(reason));
    }

    fn tell(&mut self, reason: String) {
        if self.reasons.len() < TOLD && !self.reasons.contains(&reason) {
            self.reasons.push(reason);
        }
    }

    /// The line for it: that many should have gone well.
    pub(super) fn row(self, what: impl Into<String>, planned: usize) -> Row {
        Count::new(what, self.went_well, planned).because(self.reasons).exactly(planned).into()
    }
}

/// The line for something that is tried once.
pub(super) fn once(what: impl Into<String>, result: Result<()>) -> Row {
    let mut tally = Tally::default();
    tally.note(result);
    tally.row(what, 1)
}
