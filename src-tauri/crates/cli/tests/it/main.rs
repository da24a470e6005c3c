//! The program `xswarm` as people and scripts use it, each test in a home and on ports of its own.

#![allow(
    clippy::disallowed_methods,
    clippy::print_stdout,
    reason = "the holders of ports are foreign programs, which bind as foreign programs do; what is skipped is told"
)]

mod answering;
mod caller;
mod calling;
#[cfg(unix)]
#[path = "checking/unix.rs"]
mod checking;
mod client;
mod doctor;
mod endings;
mod engine;
mod finding;
#[cfg(unix)]
#[path = "footing/unix.rs"]
mod footing;
mod freeing;
mod handbook;
mod holder;
mod home;
#[path = "../../../bridge/tests/ill_server/mod.rs"]
mod ill_server;
#[cfg(target_os = "linux")]
mod linux;
mod models;
mod orders;
mod pages;
#[cfg(target_os = "linux")]
#[path = "programs/linux.rs"]
mod programs;
mod serving;
mod settings;
mod status;
mod steering;
mod storm;
mod turned_away;
#[cfg(unix)]
mod unix;
