//! What was found out about a machine and about what is installed on it.

use std::path::PathBuf;

use super::cards::Cards;
use super::python::Python;
use crate::Sight;

/// The machine.
#[derive(Clone, Debug)]
pub(super) struct Machine {
    /// Its system and the kind of its processor, as Rust calls them.
    pub(super) system: &'static str,
    pub(super) architecture: &'static str,
    /// What its processor is called.
    pub(super) processor: String,
    /// How much memory it has, in bytes.
    pub(super) memory: u64,
    pub(super) cards: Cards,
}

/// What is there of one server.
#[derive(Clone, Debug)]
pub(super) struct Installed {
    /// The folder that it is installed into by us.
    pub(super) folder: PathBuf,
    pub(super) program: Found,
    pub(super) files: Files,
    /// The port that it is to have, and how that is.
    pub(super) port: u16,
    pub(super) sight: Sight,
}

/// What there is of a server's program.
#[derive(Clone, Debug)]
pub(super) enum Found {
    /// None of that name.
    Nothing,
    Python {
        path: PathBuf,
        /// What it tells of itself, or why it tells nothing.
        told: Result<Python, String>,
    },
    Program {
        path: PathBuf,
    },
}

/// What there is of a model's files.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Files {
    /// Where they are looked for.
    pub(super) folder: Option<PathBuf>,
    pub(super) are_here: bool,
    /// How much room there is for them, in bytes, where that is known.
    pub(super) room: Option<u64>,
    /// Whether somebody has logged in at Hugging Face on this machine.
    pub(super) has_token: bool,
}
