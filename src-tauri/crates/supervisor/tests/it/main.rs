//! What clients of port 9999 see, with real WebSockets.

#![allow(
    clippy::disallowed_methods,
    reason = "a plain listener on port 0 stands for the keeper's; tasks end with the test"
)]

mod desk;
mod events;
mod examples;
mod login;
mod orders;
mod steering;
mod transcripts;
