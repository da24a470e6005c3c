//! What is started, and by whom.

use std::ffi::OsString;
use std::path::PathBuf;

use crate::programs::ARGUMENT;

/// A program that is to be run.
#[derive(Clone, PartialEq, Eq)]
pub struct Program {
    /// Its path, or a name that is looked up as shells do.
    pub program: String,
    /// What it is started with.
    pub arguments: Vec<String>,
    /// The folder that it works in; ours, if there is none.
    pub folder: Option<PathBuf>,
    /// Variables that it gets besides ours, or, without a value, those of ours that it doesn't get.
    pub environment: Vec<(String, Option<String>)>,
}

/// How a guardian is started.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Guardian {
    /// The program that can be one.
    pub executable: PathBuf,
    /// What it is started with to be one.
    pub arguments: Vec<OsString>,
}

impl Guardian {
    /// A guardian of this very program, whatever has become of its file since it was started. It must ask
    /// [`guard_if_asked`](super::guard_if_asked) before anything else.
    #[must_use]
    pub fn of_this_program() -> Self {
        Self { executable: crate::system::this_executable(), arguments: vec![ARGUMENT.into()] }
    }
}

/// Variables may hold secrets, so only their names are told.
impl std::fmt::Debug for Program {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let variables: Vec<_> = self.environment.iter().map(|(name, _)| name).collect();
        out.debug_struct("Program")
            .field("program", &self.program)
            .field("arguments", &self.arguments)
            .field("folder", &self.folder)
            .field("environment", &variables)
            .finish()
    }
}
