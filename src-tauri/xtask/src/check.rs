//! `cargo xtask check`: everything that can be said about the code without running it.

mod found;
mod licences;
mod protocol_schema;
mod wire_types;

pub(crate) use found::Found;

use anyhow::{Context, Result, bail};

use crate::programs::{cargo, npm, succeed};
use crate::{prerequisites, tidy, window};

/// All crates, with the part of `wire` that only a check needs.
const EVERYTHING: &str = "--workspace --features wire/described";

/// Runs every check, also after one has failed, and names those that did.
pub(crate) fn run(found: Found) -> Result<()> {
    // The quick ones need nothing but Rust, so whoever forgot to format learns it in seconds.
    let mut failed = Failed::default();
    failed.note("tidy", tidy::look());
    failed.note("format", format(found));
    failed.note("wire types", wire_types::check(found));

    prerequisites::for_the_app()?;
    window::build()?;
    failed.note("protocol schema", protocol_schema::check(found));
    failed.note("lints", lints());
    failed.note("documentation", documentation());
    failed.note("window", window(found));
    failed.note("dependencies", licences::check());

    if failed.0.is_empty() {
        println!("All checks passed.");
        return Ok(());
    }
    bail!("failed: {}", failed.0.join(", "))
}

#[derive(Default)]
struct Failed(Vec<&'static str>);

impl Failed {
    fn note(&mut self, check: &'static str, outcome: Result<()>) {
        if let Err(error) = outcome {
            println!("{check}: {error:#}");
            self.0.push(check);
        }
    }
}

fn format(found: Found) -> Result<()> {
    match found {
        Found::Report => succeed(&mut cargo("fmt --all -- --check --files-with-diff"))
            .context("these files are not formatted; `cargo xtask check --fix` formats them"),
        Found::Fix => succeed(&mut cargo("fmt --all")),
    }
}

fn window(found: Found) -> Result<()> {
    if found == Found::Fix {
        succeed(&mut npm("run format"))?;
    }
    succeed(&mut npm("run check"))
}

fn lints() -> Result<()> {
    succeed(&mut cargo(&format!("clippy --all-targets {EVERYTHING} -- --deny warnings")))
}

fn documentation() -> Result<()> {
    let mut doc = cargo(&format!("doc --no-deps --document-private-items {EVERYTHING}"));
    // It is read by those who work on the code, so what is private is there to be linked to.
    succeed(doc.env("RUSTDOCFLAGS", "--deny warnings --allow rustdoc::private-intra-doc-links"))
}
