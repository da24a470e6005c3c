//! Sentences about how things are: each is worded here alone, wherever it is read. All are functions of what they are given.

mod advice;
mod answerer;
mod call;
mod cause;
mod engine;
mod found;
mod holder;
mod model;
mod note;
mod order;
mod port;
mod program;
mod service;
mod turned_away;
mod whole;

pub use advice::{advice, as_what, more};
pub use answerer::{answerer, no_answerer_known};
pub use call::{call, model};
pub use cause::{command, in_use};
pub use engine::{answered_by, saved};
pub(crate) use engine::{chosen, chosen_for_later, needs, offers};
pub use found::found_server;
pub(crate) use found::say_of_found;
pub use holder::{holder, name, names};
pub use model::{asked, voice_model, wrong_with_model};
pub use note::{note, trouble};
pub(crate) use order::sentence;
pub use order::{ended_all, failure, outcome};
pub use service::{companion, companions, say as say_of, service, state, wrong};
pub use turned_away::{is_recent, turned_away};
pub use whole::{calls, say, summary};
pub use wire::{plain, span};
