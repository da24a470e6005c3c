//! Settings and composition: the keeper, the bridge and the supervisor, ready to be run by a window or by a terminal.

mod answering;
mod catalogue;
mod composition;
pub mod doctor;
mod farewell;
mod footing;
mod found;
mod installation;
mod journal;
mod models;
mod orders;
mod outside;
mod oversight;
mod pages;
mod peers;
mod programs;
pub mod services;
pub mod settings;
#[cfg(unix)]
#[path = "socket/unix.rs"]
pub mod socket;
mod station;
mod terminal;
pub mod view;
pub mod words;

pub use answering::choose_for_the_next_start;
pub use door::TOKEN_HEADER;
pub use farewell::Farewell;
pub use footing::OpenError;
pub use installation::{
    Desktop, LogFile, Role, Running, Turn, access_token, folders, is_hang_up_ignored, login_item,
    renew_token, until_nobody_runs, welcome,
};
pub use journal::{Journal, PlainLines};
pub use models::{known_server, known_servers};
pub use orders::Orders;
pub use outside::outside;
pub use peers::{
    Conversation, Introduction, Misheard, NotOurs, Sight, glance, introduction, look, running,
};
pub use ports::inherited;
pub use ports::program::guard_if_asked;
pub use services::{SUPERVISOR, VOICE_BRIDGE};
pub use settings::Settings;
pub use station::{Options, Station};
pub use terminal::free;
pub use wire::protocol::Role as Access;

/// The version of xSwarm Voice.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");
