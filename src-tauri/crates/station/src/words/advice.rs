//! What people at a terminal are told to do.

use wire::{Cause, Holder, PortState, Service};

use super::turned_away::advice_to_crowded;
use crate::Role;

/// What an xSwarm Voice runs as.
pub fn as_what(role: Role) -> &'static str {
    match role {
        Role::Tray => "in the tray",
        Role::Serve => "as `xswarm serve`",
        Role::Single => "as a single service",
    }
}

/// What else can be done or learnt at a terminal about a service's port.
pub fn advice(service: &Service) -> Vec<String> {
    let (port, mut lines) = (service.port, Vec::new());
    let holders: Vec<&Holder> =
        service.unwanted_causes().flat_map(Cause::endable_holders).collect();
    if holders.iter().any(|holder| holder.guard.is_some()) {
        lines.push(format!("`xswarm free {port}` shows who that is, and why it is not ended."));
    } else if !holders.is_empty() {
        lines.push(format!("`xswarm free {port}` shows who that is and frees the port."));
    }
    lines.extend(service.causes().filter_map(super::cause::command).map(more));
    // The same crowd may be at several addresses, and be known at one of them only.
    let crowd = service.states().filter_map(PortState::crowd).max_by_key(|crowd| crowd.len());
    lines.extend(crowd.map(advice_to_crowded));
    lines.dedup();
    lines
}

/// Where to learn more than can be seen from here.
pub fn more(command: &str) -> String {
    format!("`{command}` tells more about it.")
}
