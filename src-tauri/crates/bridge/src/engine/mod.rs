//! What answers calls.

mod answering;
mod clips;
mod line_check;
pub(crate) mod moshi;

use crate::hearing::Ears;
use crate::mouth::Mouth;
use crate::roster::Entry;

pub(crate) use answering::Answering;
pub(crate) use line_check::LineCheck;

/// What an engine can do. What people are shown and what supervisors are answered follows from it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Capabilities {
    /// Whether it can be told what to say.
    pub text: TextInjection,
    /// Whether it writes down what the caller said.
    pub transcribes: bool,
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

/// Something that answers calls.
pub(crate) trait Engine: Send + Sync + 'static {
    /// What it can do.
    fn capabilities(&self) -> Capabilities;

    /// Takes part in one call, for as long as it likes. It is dropped when the caller has gone.
    fn answer(&self, ears: Ears, mouth: Mouth, entry: &Entry) -> impl Future<Output = ()> + Send;
}
