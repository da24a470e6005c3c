//! Who comes in, who doesn't, and how a service ends, with real sockets.

#![allow(
    clippy::disallowed_methods,
    reason = "a plain listener on port 0 stands for the keeper's; tasks end with the test"
)]

mod echo;
mod endings;
mod places;
mod requests;
