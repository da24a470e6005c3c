//! Other instances of xSwarm Voice on this machine: how one is found and known, asked, followed and shown to whom it may
//! concern.

mod conversation;
pub(crate) mod glance;
pub(crate) mod handover;
pub(crate) mod handshake;
mod introduction;
pub(crate) mod predecessor;
pub(crate) mod sight;

pub use conversation::{Conversation, Misheard};
pub use glance::glance;
pub use introduction::{Introduction, NotOurs, introduction};
pub(crate) use sight::cause_at;
pub use sight::{Sight, look, running};
