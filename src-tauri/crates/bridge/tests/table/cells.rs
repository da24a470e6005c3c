//! The table: its rows, its columns, and what is not in it.

use std::fmt;
use std::panic::AssertUnwindSafe;

use futures_util::FutureExt;
use futures_util::future::join_all;

use crate::talk::Talk;

/// Who calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum LegKind {
    Twilio,
    Telnyx,
    Plivo,
    MoshiClient,
    /// One of the test's own making.
    Own,
}

impl LegKind {
    pub(crate) const ALL: [Self; 5] =
        [Self::Twilio, Self::Telnyx, Self::Plivo, Self::MoshiClient, Self::Own];
}

/// Who answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum EngineKind {
    LineCheck,
    Moshi,
    /// One of the test's own making.
    Own,
}

impl EngineKind {
    pub(crate) const ALL: [Self; 3] = [Self::LineCheck, Self::Moshi, Self::Own];
}

/// What belongs to a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Row {
    Greeting,
    Phase,
    Levels,
    UserSpeech,
    BargeIn,
    Suggestion,
    Speech,
    Recording,
    HangUp,
    Loss,
}

impl Row {
    pub(crate) const ALL: [Self; 10] = [
        Self::Greeting,
        Self::Phase,
        Self::Levels,
        Self::UserSpeech,
        Self::BargeIn,
        Self::Suggestion,
        Self::Speech,
        Self::Recording,
        Self::HangUp,
        Self::Loss,
    ];
}

/// A leg with an engine.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Cell {
    pub(crate) leg: LegKind,
    pub(crate) engine: EngineKind,
}

impl fmt::Display for Cell {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} with {:?}", self.leg, self.engine)
    }
}

impl Cell {
    /// Why these two can't have it, where they can't.
    pub(crate) fn withheld(self, row: Row) -> Option<&'static str> {
        let is_relayed = (self.leg, self.engine) == (LegKind::MoshiClient, EngineKind::Moshi);
        let (is_so, why) = match row {
            Row::BargeIn => (is_relayed, "a client and a model hear each other as they are"),
            Row::Speech => (is_relayed, "nothing is put into sound that is passed on as it is"),
            Row::Suggestion => {
                (self.engine == EngineKind::Moshi, "servers of the MOSHI protocol take no text")
            }
            Row::Loss => (self.leg == LegKind::MoshiClient, "the MOSHI protocol numbers nothing"),
            Row::Greeting
            | Row::Phase
            | Row::Levels
            | Row::UserSpeech
            | Row::Recording
            | Row::HangUp => return None,
        };
        is_so.then_some(why)
    }
}

pub(crate) fn all() -> impl Iterator<Item = Cell> {
    LegKind::ALL.into_iter().flat_map(|leg| EngineKind::ALL.map(|engine| Cell { leg, engine }))
}

/// Tries a row in every cell, all at once.
pub(crate) async fn each(row: Row, tried: impl AsyncFn(Talk)) {
    let tried = &tried;
    let tries = all().map(|cell| outcome(row, cell, async move { tried(cell.talk().await).await }));
    report(join_all(tries).await);
}

/// Tries a row in every cell, one after the other: it takes all the time that there is.
pub(crate) async fn one_by_one(row: Row, tried: impl AsyncFn(Cell)) {
    let mut outcomes = Vec::new();
    for cell in all() {
        outcomes.push(outcome(row, cell, tried(cell)).await);
    }
    report(outcomes);
}

/// Which row fails in which cell, if it does.
async fn outcome(row: Row, cell: Cell, tried: impl Future<Output = ()>) -> Option<String> {
    let panic = AssertUnwindSafe(tried).catch_unwind().await.err()?;
    let text = panic.downcast_ref::<String>().map(String::as_str);
    let text = text.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or_default();
    Some(format!("{row:?} of {cell}: {text}"))
}

fn report(outcomes: Vec<Option<String>>) {
    let failed: Vec<String> = outcomes.into_iter().flatten().collect();
    assert!(failed.is_empty(), "\n{}", failed.join("\n"));
}
