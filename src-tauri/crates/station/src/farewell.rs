//! Why a station is to be closed though nobody in front of it wants that.

/// Why a station is to be closed though nobody in front of it wants that.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Farewell {
    /// Another xSwarm Voice has taken over.
    #[error("another xSwarm Voice has taken over")]
    HandedOver,
    /// A client of the supervisor's port asked for it.
    #[error("a client of the supervisor asked for it")]
    Asked,
}
