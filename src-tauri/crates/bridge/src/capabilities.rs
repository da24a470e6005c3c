//! What an engine can do.

/// What an engine can do. What people are shown and what supervisors are answered follows from it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Capabilities {
    /// Whether it can be told what to say.
    pub text: TextInjection,
    /// How many calls it can take at once, if it sets a limit.
    pub at_once: Option<usize>,
}

/// Whether an engine can be told what to say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TextInjection {
    /// It can't.
    None,
    /// It would say it, but this machine has no voice.
    Unvoiced,
    /// Once, when a call begins.
    AtConnect,
    /// At any time.
    Live,
}
