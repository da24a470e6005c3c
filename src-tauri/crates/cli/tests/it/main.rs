//! The program `xswarm` as people and scripts use it, each test in a home and on ports of its own.

#![allow(
    clippy::disallowed_methods,
    reason = "the holders of ports are foreign programs, which bind as foreign programs do"
)]

mod calling;
mod doctor;
mod endings;
mod freeing;
mod holder;
mod home;
mod pages;
mod serving;
mod status;
mod storm;
#[cfg(unix)]
mod unix;
