//! Who makes the connections to a port of ours.

use std::collections::BTreeMap;

use wire::Crowding;

use crate::system;

const NAMED: usize = 3;

/// The programs of this machine that have most of the connections to that port of this machine, those with the most first.
/// Programs of other users, connections from elsewhere, and our own, aren't among them.
///
/// Slow: it looks into every process of the machine. In a runtime, call it where blocking is allowed.
pub fn crowding(port: u16) -> Vec<Crowding> {
    let sockets = system::clients(port).unwrap_or_else(|error| {
        tracing::warn!(port, %error, "cannot read the list of connections");
        Vec::new()
    });
    let owners = system::owners(&sockets);
    let mut connections = BTreeMap::<u32, u32>::new();
    for socket in &sockets {
        // Of several that have a socket the first is as good as any.
        if let Some(pid) = owners.get(&socket.key).and_then(|pids| pids.first()) {
            *connections.entry(*pid).or_default() += 1;
        }
    }
    let mut most: Vec<_> = connections.into_iter().collect();
    most.retain(|(pid, _)| *pid != std::process::id());
    most.sort_by_key(|(_, connections)| std::cmp::Reverse(*connections));
    let named = most.into_iter().filter_map(|(pid, connections)| {
        Some(Crowding { pid, name: system::profile(pid)?.name, connections })
    });
    named.take(NAMED).collect()
}
