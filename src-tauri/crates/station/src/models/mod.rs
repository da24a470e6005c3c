//! What of the servers in the [catalogue](crate::catalogue) is here already, and what this machine lacks for each.
//!
//! What is here is found out by asking the machine ([`known_servers`]); what follows from it is a function of the answers.

mod bandwidth;
mod cards;
mod checks;
mod facts;
mod hub;
mod places;
mod probe;
mod python;
mod survey;
#[cfg_attr(unix, path = "unix.rs")]
#[cfg_attr(windows, path = "windows.rs")]
mod system;
#[cfg(test)]
mod tests;

use wire::{CheckResult, KnownServer, Requirement};

pub(crate) use survey::known_server_with;
pub use survey::{known_server, known_servers};

/// What starts a server, or the first thing that it lacks and what to do about it. Its port is for others to see to.
pub(crate) fn startable(server: KnownServer) -> Result<Vec<String>, String> {
    let lacks = server
        .checks
        .into_iter()
        .find(|check| check.result == CheckResult::Missing && check.check != Requirement::Port);
    let Some(lacks) = lacks else { return Ok(server.command) };
    let sentence = lacks.sentence.trim_end_matches('.').to_owned();
    let cure = [lacks.cure, lacks.command].into_iter().flatten();
    Err(std::iter::once(sentence)
        .chain(cure.map(|cure| cure.trim_end_matches('.').to_owned()))
        .collect::<Vec<_>>()
        .join(". "))
}
