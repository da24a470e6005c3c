//! A Python, and what is installed for it, as it tells of itself.

use serde::Deserialize;
use wire::{bounded, plain};

/// Asks for the version, and for those of the packages that are named behind it. Nothing is read from the folder that it runs in, and
/// it is understood by every Python.
pub(super) const QUESTION: &str = "\
import sys
sys.path[:1] = []
import json
told = {'python': list(sys.version_info[:3]), 'packages': {}}
try:
    from importlib.metadata import version
    for name in sys.argv[1:]:
        try:
            told['packages'][name] = version(name)
        except Exception:
            pass
except ImportError:
    pass
print(json.dumps(told))
";

/// A Python that has answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Python {
    pub(super) version: (u32, u32, u32),
    /// The packages that were asked for and are there, with their versions.
    packages: Vec<(String, String)>,
}

#[derive(Deserialize)]
struct Told {
    python: (u32, u32, u32),
    packages: std::collections::BTreeMap<String, String>,
}

impl Python {
    /// What this output says; none where it isn't an answer to the question.
    pub(super) fn read(output: &str) -> Option<Self> {
        let told: Told = serde_json::from_str(output.lines().last()?).ok()?;
        let package = |(name, version): (String, String)| (name, bounded(&plain(&version), 40));
        let packages = told.packages.into_iter().map(package).collect();
        Some(Self { version: told.python, packages })
    }

    pub(super) fn package(&self, name: &str) -> Option<&str> {
        let is_it = |(known, _): &&(String, String)| known == name;
        self.packages.iter().find(is_it).map(|(_, version)| version.as_str())
    }

    /// `3.11.7`.
    pub(super) fn version(&self) -> String {
        let (major, minor, patch) = self.version;
        format!("{major}.{minor}.{patch}")
    }
}
