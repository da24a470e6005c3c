//! What a port looks like from outside, where no xSwarm Voice tells of it.

use std::net::SocketAddr;

use serde_json::{Value, json};
use wire::{Cause, ServiceName, Timestamp};

use crate::services::Row;
use crate::{Settings, Sight, words};

/// An address as it is seen from outside.
#[derive(Clone, Debug)]
#[expect(missing_docs, reason = "what is not explained is named as what it is")]
pub struct View {
    pub address: SocketAddr,
    pub sight: Sight,
}

impl View {
    /// Each address of a service, the one that it must have first.
    pub async fn of(service: &Row, settings: &Settings) -> Vec<Self> {
        let mut views = Vec::new();
        for address in (service.listening)(settings).addresses() {
            views.push(Self { address, sight: crate::look(address).await });
        }
        views
    }

    /// A service's addresses, for programs.
    pub fn json_of(service: ServiceName, views: &[Self]) -> Value {
        let Some((first, others)) = views.split_first() else { return Value::Null };
        let mut port = first.json();
        port["service"] = json!(service);
        port["companions"] = others.iter().map(Self::json).collect();
        port
    }

    /// Why it isn't free, if it isn't.
    pub fn cause(&self) -> Option<&Cause> {
        match &self.sight {
            Sight::InUse(cause) => Some(cause),
            Sight::Free | Sight::Refused(_) => None,
        }
    }

    fn json(&self) -> Value {
        let (word, refusal) = match &self.sight {
            Sight::Free => ("free", None),
            Sight::InUse(_) => ("in_use", None),
            Sight::Refused(refusal) => ("refused", Some(refusal)),
        };
        json!({ "address": self.address, "sight": word, "cause": self.cause(), "refusal": refusal })
    }
}

/// What a port looks like, as the rest of a sentence about it.
pub fn seen(sight: &Sight, now: Timestamp) -> String {
    match sight {
        Sight::Free => "is free".to_owned(),
        Sight::InUse(cause) => words::in_use(cause, now),
        Sight::Refused(refusal) => format!("may not be used: {refusal}"),
    }
}
