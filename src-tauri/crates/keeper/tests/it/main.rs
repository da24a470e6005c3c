//! The keeper at its door: real listeners, real connections, services that do as they are told or don't.

#![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]
#![allow(
    clippy::disallowed_methods,
    reason = "the other program on the port makes its listener as other programs do"
)]

mod addresses;
mod keep;
mod keeping;
mod trouble;
#[cfg(unix)]
mod unix;
