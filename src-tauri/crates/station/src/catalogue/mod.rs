//! The servers of speech models that are known by name: how each is installed and started.

mod entry;
mod table;

pub(crate) use entry::{Entry, Hardware, Program};
pub(crate) use table::ENTRIES;
