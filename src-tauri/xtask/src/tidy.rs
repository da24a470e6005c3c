//! `cargo xtask tidy`: the shape of this repository, as far as a machine can see it. Every finding names a file, a line and
//! the reason.

mod circles;
mod direction;
mod outline;
mod platforms;
mod sizes;
mod sleeping;
mod source;

use std::fmt;

use anyhow::{Result, bail};

use crate::programs::{cargo, output, top};
use source::Source;

/// Something that breaks a rule.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Finding {
    file: String,
    line: usize,
    reason: String,
}

impl Finding {
    fn new(file: &str, line: usize, reason: impl Into<String>) -> Self {
        Self { file: file.to_owned(), line, reason: reason.into() }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.file, self.line, self.reason)
    }
}

/// Looks at the whole repository and prints what breaks a rule.
pub(crate) fn run() -> Result<()> {
    let sources = source::below(top())?;
    let metadata = output(&mut cargo("metadata --no-deps --format-version 1"))?;

    let mut findings = direction::check(&metadata)?;
    findings.extend(outline::top_level(top())?);
    for source in &sources {
        findings.extend(of_one_file(source));
    }
    findings.extend(circles::check(&sources));
    findings.sort();

    for finding in &findings {
        println!("{finding}");
    }
    if findings.is_empty() {
        println!("{} files keep the rules of this repository.", sources.len());
        return Ok(());
    }
    bail!(
        "{} {} against the rules of this repository",
        findings.len(),
        if findings.len() == 1 { "line" } else { "lines" }
    )
}

fn of_one_file(source: &Source) -> Vec<Finding> {
    let mut findings = sizes::check_file(source);
    findings.extend(outline::unfinished(source));
    if let Some(rust) = source.rust() {
        match rust {
            Ok(rust) => {
                findings.extend(outline::opening(source));
                findings.extend(sizes::check_functions(source, &rust));
                findings.extend(platforms::check(source, &rust));
                findings.extend(sleeping::check(source, &rust));
            }
            Err(error) => {
                findings.push(Finding::new(
                    &source.path,
                    error.span().start().line,
                    format!("does not parse: {error}"),
                ));
            }
        }
    }
    findings
}
