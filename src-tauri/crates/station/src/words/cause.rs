//! Why a port is not ours alone.

use wire::{Cause, Sentence, Timestamp, plain};

use super::holder::{besides, names};

/// Why a port is in use, as the rest of a sentence about it.
pub fn in_use(cause: &Cause, now: Timestamp) -> String {
    self::cause(cause).at(now)
}

/// The same, with what ticks in it left open.
pub(super) fn cause(cause: &Cause) -> Sentence {
    let text = match cause {
        Cause::Held { holders } if !holders.is_empty() => {
            format!("is held by {}{}", names(holders), besides(holders))
        }
        Cause::Reserved { holders } if !holders.is_empty() => {
            let verb = if holders.len() == 1 { "does" } else { "do" };
            format!("is reserved by {}, which {verb} not listen there", names(holders))
        }
        Cause::Connected { holders } if !holders.is_empty() => {
            let whose = if holders.len() == 1 { "its" } else { "their" };
            format!("is used by {} as {whose} own end of a connection", names(holders))
        }
        Cause::Hidden { user: Some(user), .. } => {
            format!("is held by a program of the user {}", plain(user))
        }
        Cause::Hidden { user: None, .. } => "is held by a program of another user".to_owned(),
        Cause::Orphaned { pid } => {
            format!("is held by a program that process {pid} started before it ended")
        }
        Cause::Claimed { by } => {
            format!("belongs to {}, which xSwarm Voice runs as well", by.title())
        }
        Cause::Lingering { free_at } => {
            return Sentence::from("still has closing connections of an earlier run, for ")
                .until(*free_at);
        }
        Cause::Exhausted => {
            "cannot be had: xSwarm Voice is out of file descriptors or buffers".to_owned()
        }
        Cause::Held { .. }
        | Cause::Reserved { .. }
        | Cause::Connected { .. }
        | Cause::Unseen { .. } => "is in use by a program that cannot be seen from here".to_owned(),
    };
    text.into()
}

/// What somebody with more rights may run to learn who is on the port.
pub fn command(cause: &Cause) -> Option<&str> {
    match cause {
        Cause::Hidden { command, .. } | Cause::Unseen { command } => Some(command),
        Cause::Held { .. }
        | Cause::Reserved { .. }
        | Cause::Connected { .. }
        | Cause::Orphaned { .. }
        | Cause::Claimed { .. }
        | Cause::Lingering { .. }
        | Cause::Exhausted => None,
    }
}
