//! Programs that are kept: real processes, their real ports.

mod acting;
mod lives;
mod readiness;
mod strangers;
