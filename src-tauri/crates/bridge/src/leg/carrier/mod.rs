//! Phone carriers.
//!
//! | file | what it holds |
//! |---|---|
//! | `stream` | a carrier's stream as a leg |
//! | `message` | what all phone carriers send alike: JSON in text frames |
//! | `loose` | values that some write as numbers and some as text |
//! | `coding` | µ-law, A-law, base64 |
//! | `pen` | what each is sent |
//!
//! A carrier is known by its `start`: each names the stream in a way of its own.

mod coding;
mod loose;
mod message;
mod pen;
mod stream;

pub(crate) use stream::Unstarted;

#[cfg(test)]
mod tests;
