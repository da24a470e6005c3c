//! The keeper at its door: real listeners, real connections, services that do as they are told or don't.

#![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]
#![allow(
    clippy::print_stderr,
    clippy::print_stdout,
    reason = "the programs of the tests tell that they are there, and the tests how often they succeeded"
)]
#![allow(
    clippy::disallowed_methods,
    reason = "the other program on the port makes its listener as other programs do"
)]

mod addresses;
mod keep;
mod keeping;
#[cfg(target_os = "linux")]
mod linux;
mod trouble;
#[cfg(unix)]
mod unix;
