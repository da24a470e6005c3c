//! The servers of speech models that are known by name: how each is installed and started, and what of that is here already.
//!
//! What is here is found out by asking the machine ([`known_servers`]); what follows from it is a function of the answers.

mod bandwidth;
mod cards;
mod checks;
mod entry;
mod facts;
mod hub;
mod places;
mod probe;
mod python;
mod survey;
#[cfg_attr(unix, path = "unix.rs")]
#[cfg_attr(windows, path = "windows.rs")]
mod system;
mod table;
#[cfg(test)]
mod tests;

pub use survey::{known_server, known_servers};
