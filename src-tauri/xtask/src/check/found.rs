//! What becomes of what a check finds.

/// What is done about what is found.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Found {
    /// It is told.
    Report,
    /// What a machine can put right is put right, the rest is told.
    Fix,
}
