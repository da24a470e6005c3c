//! What a reader meets first: the top of the repository, the first line of a file, and nothing half done.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};

use super::finding::Finding;
use super::source::Source;

/// What the top of the repository shows; configuration is in dotfiles. `target` is there once something was built.
const TOP_LEVEL: &[&str] = &[
    "CHANGELOG.md",
    "Cargo.lock",
    "Cargo.toml",
    "LICENSE",
    "README.md",
    "icons",
    "src-tauri",
    "target",
    "ui",
];

/// Spelled in two halves, or this file would be found.
const UNFINISHED: &[&str] = &[concat!("TO", "DO"), concat!("FIX", "ME")];

pub(super) fn top_level(top: &Path) -> Result<Vec<Finding>> {
    let mut findings = Vec::new();
    for entry in fs::read_dir(top).with_context(|| format!("cannot read {}", top.display()))? {
        let name = entry?.file_name().to_string_lossy().into_owned();
        if !name.starts_with('.') && !TOP_LEVEL.contains(&name.as_str()) {
            findings.push(Finding::new(&name, 1, "does not belong at the top of the repository"));
        }
    }
    Ok(findings)
}

/// A Rust file opens with one sentence on what it is for.
pub(super) fn opening(source: &Source) -> Vec<Finding> {
    if source.text.starts_with("//! ") {
        return Vec::new();
    }
    vec![Finding::new(&source.path, 1, "does not begin with a `//!` line on what it is for")]
}

/// What is to be done stands in an issue, where people look for it.
pub(super) fn unfinished(source: &Source) -> Vec<Finding> {
    let lines = source.text.lines().enumerate();
    let findings = lines.filter_map(|(index, line)| {
        let word = UNFINISHED.iter().find(|word| words(line).any(|it| it == **word))?;
        Some(Finding::new(
            &source.path,
            index + 1,
            format!("says {word}; do it, or file it as an issue"),
        ))
    });
    findings.collect()
}

fn words(line: &str) -> impl Iterator<Item = &str> {
    line.split(|sign: char| !sign.is_alphanumeric() && sign != '_')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn source(text: &str) -> Source {
        Source { path: "a.rs".into(), text: text.into() }
    }

    #[test]
    fn a_file_at_the_top_that_nobody_expects_is_found() {
        // This crate's own folder is no top of a repository: all but `Cargo.toml` is out of place there.
        let findings = top_level(Path::new(env!("CARGO_MANIFEST_DIR"))).unwrap();
        assert_eq!(
            findings.iter().map(|finding| finding.file.as_str()).collect::<Vec<_>>(),
            ["src"]
        );
    }

    #[test]
    fn a_file_that_does_not_say_what_it_is_for_is_found() {
        assert_eq!(opening(&source("use std::fs;\n//! Too late.")).len(), 1);
        assert!(opening(&source("//! The life of a port.\n")).is_empty());
    }

    #[test]
    fn unfinished_work_is_found_with_its_line() {
        let text = format!("fn f() {{}}\n// {}: more", UNFINISHED[0]);
        assert_eq!(unfinished(&source(&text))[0].line, 2);
        assert!(unfinished(&source("// mastodons")).is_empty());
    }
}
