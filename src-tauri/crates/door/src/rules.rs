//! Who may come in, and what is said to whoever may not.

use std::sync::Arc;
use std::time::Duration;

use http::StatusCode;

use crate::ledger::{Ledger, Reason};

/// Whose token it is that a program of this machine shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bearer {
    /// Of those for whom places are kept.
    Owner,
    /// Of somebody else who is let in.
    Guest,
}

/// Tells whose token this is; nothing if it is none of ours.
pub type BearerOf = Arc<dyn Fn(&str) -> Option<Bearer> + Send + Sync>;

/// Who may come in, and how much of everything there may be.
#[derive(Clone, Default)]
pub struct Door {
    /// Host names besides loopback by which programs of this machine reach us, without a port.
    pub hosts: Vec<String>,
    /// The host name by which the world reaches us through a tunnel or a proxy, if it does.
    pub public_host: Option<String>,
    /// Whether nobody from outside is let in, whatever they show.
    pub only_this_machine: bool,
    /// Origins whose web pages may come in, for instance `https://example.org`.
    pub origins: Vec<String>,
    /// By what our own programs are known.
    pub bearer_of: Option<BearerOf>,
    /// Where it is noted who is turned away.
    pub ledger: Arc<Ledger>,
    /// How much of everything there may be.
    pub limits: Limits,
}

/// How much of everything there may be.
#[derive(Clone, Debug)]
pub struct Limits {
    /// How long a connection may take until its request is read and answered.
    pub request: Duration,
    /// How many visits there may be at once of those who have shown who they are.
    pub connections: usize,
    /// The largest message that a visitor may send.
    pub message_bytes: usize,
    /// The largest form that may be posted.
    pub form_bytes: usize,
    /// How much may wait for a visitor who reads slowly.
    pub write_buffer_bytes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            request: Duration::from_secs(5),
            connections: 64,
            message_bytes: 64 * 1024,
            form_bytes: 16 * 1024,
            write_buffer_bytes: 256 * 1024,
        }
    }
}

/// Why somebody was not let in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rejection {
    /// The answer's status.
    pub status: StatusCode,
    /// The answer's text: one line for a person.
    pub text: String,
    /// For what it is noted as somebody turned away; nothing where it is only an answer, such as "not found".
    pub reason: Option<&'static Reason>,
}

impl Rejection {
    /// An answer with this status and text that isn't worth a note.
    pub fn new(status: StatusCode, text: impl Into<String>) -> Self {
        Self { status, text: text.into(), reason: None }
    }

    /// A refusal that is noted for this reason.
    pub fn because(status: StatusCode, text: impl Into<String>, reason: &'static Reason) -> Self {
        Self { status, text: text.into(), reason: Some(reason) }
    }
}
