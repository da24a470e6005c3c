//! What a need is: a fact about the machine, and the packages that make it so.

use std::path::Path;

use crate::programs::{find, output, program, succeeds};

/// One thing a machine must have.
pub(crate) struct Need {
    /// What it is called among people.
    pub(crate) what: &'static str,
    /// What it is wanted for.
    pub(crate) why: &'static str,
    /// The fact by which it is seen to be there.
    pub(crate) seen_by: Fact,
    pub(crate) packages: Packages,
}

/// A fact about the machine that can be looked up.
pub(crate) enum Fact {
    /// A program on the `PATH`.
    Program(&'static str),
    /// The same program under any of these names.
    AnyProgram(&'static [&'static str]),
    /// A library that pkg-config knows.
    Library(&'static str),
    /// A file at this path.
    File(&'static str),
    /// The same file at any of these paths.
    AnyFile(&'static [&'static str]),
    /// A command that succeeds.
    Success(&'static [&'static str]),
    /// Node, at least this version.
    Node(u32, u32),
}

/// The packages of a need, in each manager's words; empty where the manager has none.
pub(crate) struct Packages {
    pub(crate) apt: &'static str,
    pub(crate) dnf: &'static str,
    pub(crate) pacman: &'static str,
    pub(crate) brew: &'static str,
}

impl Fact {
    pub(crate) fn holds(&self) -> bool {
        match *self {
            Self::Program(name) => find(name).is_some(),
            Self::AnyProgram(names) => names.iter().any(|name| find(name).is_some()),
            Self::Library(name) => succeeds("pkg-config", &format!("--exists {name}")),
            Self::File(path) => Path::new(path).exists(),
            Self::AnyFile(paths) => paths.iter().any(|path| Path::new(path).exists()),
            Self::Success(words) => words.split_first().is_some_and(|(name, words)| {
                program(name, words).output().is_ok_and(|output| output.status.success())
            }),
            Self::Node(major, minor) => {
                node_version().is_some_and(|version| version >= (major, minor))
            }
        }
    }
}

fn node_version() -> Option<(u32, u32)> {
    let printed = output(&mut program("node", ["--version"])).ok()?;
    let mut numbers = printed.trim().trim_start_matches('v').split('.').map(str::parse);
    Some((numbers.next()?.ok()?, numbers.next()?.ok()?))
}
