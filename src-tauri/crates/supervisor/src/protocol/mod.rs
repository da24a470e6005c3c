//! The messages as they look on the wire.

mod command;
mod message;
mod moment;

pub(crate) use command::{Command, Freeing, Kind, Request};
pub(crate) use message::{Code, Line, Message};
pub(crate) use moment::Moment;
