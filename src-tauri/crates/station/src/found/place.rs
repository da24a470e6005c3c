//! An address of this machine, whoever listens there, and whether that is a server that takes MOSHI clients. Whoever has shown
//! what it is isn't asked again.

use std::net::SocketAddr;

use wire::{Cause, FoundServer, Guard, Identity, ModelCause, ModelHealth};

use crate::peers::cause_at;
use crate::programs::shown_by;
use crate::words;

/// An address, and what was found there last.
pub(super) struct Watchpoint {
    address: SocketAddr,
    last: Option<(Listener, Option<FoundServer>)>,
}

/// Whoever listens somewhere.
#[derive(Clone, PartialEq, Eq)]
struct Listener {
    processes: Vec<Identity>,
    /// As people know it; nothing where it can't be seen.
    name: Option<String>,
}

/// What a server has shown.
enum Shown {
    /// That it takes MOSHI clients at this address.
    Moshi(String),
    SomethingElse,
    /// Nothing yet: it may be busy, or about to start.
    Nothing,
}

impl Watchpoint {
    pub(super) const fn new(address: SocketAddr) -> Self {
        Self { address, last: None }
    }

    /// The server that is there, if one is.
    pub(super) async fn look(&mut self) -> Option<FoundServer> {
        let Some(listener) = listener(&cause_at(self.address).await) else {
            self.last = None;
            return None;
        };
        if let Some((last, found)) = &self.last
            && *last == listener
        {
            return found.clone();
        }
        let found = match judged(shown_by(self.address).await) {
            Shown::Nothing => {
                self.last = None;
                return None;
            }
            Shown::SomethingElse => None,
            Shown::Moshi(url) => Some(FoundServer {
                server: self.address.to_string(),
                url,
                holder: listener.name.clone(),
                ..FoundServer::default()
            }),
        };
        self.last = Some((listener, found.clone()));
        found
    }
}

/// Whoever listens there, unless that is us.
fn listener(cause: &Cause) -> Option<Listener> {
    match cause {
        Cause::Held { holders } => {
            let is_us = |guard: Option<Guard>| guard == Some(Guard::Ourselves);
            if holders.is_empty() || holders.iter().any(|holder| is_us(holder.guard)) {
                return None;
            }
            let processes = holders.iter().map(|holder| holder.identity.clone()).collect();
            Some(Listener { processes, name: Some(words::names(holders)) })
        }
        Cause::Hidden { .. } | Cause::Orphaned { .. } => {
            Some(Listener { processes: Vec::new(), name: None })
        }
        Cause::Reserved { .. }
        | Cause::Claimed { .. }
        | Cause::Connected { .. }
        | Cause::Lingering { .. }
        | Cause::Exhausted
        | Cause::Unseen { .. } => None,
    }
}

fn judged((health, url): (ModelHealth, String)) -> Shown {
    match health {
        ModelHealth::Reachable | ModelHealth::Busy => Shown::Moshi(url),
        ModelHealth::Unknown | ModelHealth::Stalled => Shown::Nothing,
        ModelHealth::Unreachable { cause } => match cause {
            ModelCause::Certificate { .. }
            | ModelCause::Unauthorized { .. }
            | ModelCause::Redirect { .. }
            | ModelCause::NotFound
            | ModelCause::NotMoshi { .. }
            | ModelCause::SpeaksTls
            | ModelCause::SpeaksPlain => Shown::SomethingElse,
            ModelCause::Refused
            | ModelCause::NoSuchName
            | ModelCause::NoConnection
            | ModelCause::Mute
            | ModelCause::HangsUp
            | ModelCause::Faulty { .. }
            | ModelCause::DropsCalls
            | ModelCause::NotInstalled { .. }
            | ModelCause::Crashed { .. }
            | ModelCause::Starting { .. }
            | ModelCause::Stopped { .. }
            | ModelCause::Other { .. } => Shown::Nothing,
        },
    }
}
