//! Phone carriers.
//!
//! | file | what it holds |
//! |---|---|
//! | `stream` | a carrier's stream as a leg |
//! | `message` | what all phone carriers send alike: JSON in text frames |
//! | `json` | other people's JSON, read for what is needed of it |
//! | `parameters` | secrets among a stream's parameters |
//! | `coding` | µ-law, A-law, base64 |
//! | `pen` | what each is sent |
//!
//! A carrier is known by its `start`: each names the stream in a way of its own.

mod coding;
mod json;
mod message;
mod parameters;
mod pen;
mod stream;

pub(crate) use message::Start;
pub(crate) use stream::Unstarted;

#[cfg(test)]
mod tests;
