//! Why a station is to be closed though nobody in front of it wants that.

/// Why a station is to be closed though nobody in front of it wants that.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[expect(missing_docs, reason = "what is not explained is named as what it is")]
pub enum Farewell {
    #[error("another xSwarm Voice has taken over")]
    HandedOver,
    #[error("a client of the supervisor asked for it")]
    Asked,
}
