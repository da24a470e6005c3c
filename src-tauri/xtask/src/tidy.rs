//! `cargo xtask tidy`: the shape of this repository, as far as a machine can see it. Every finding names a file, a line and
//! the reason.

mod circles;
mod count;
mod direction;
mod finding;
mod modules;
mod names;
mod outline;
mod paths;
mod platforms;
mod sizes;
mod sleeping;
mod source;
mod types;

use anyhow::{Result, bail};

use crate::programs::{cargo, output, top};
use finding::Finding;
use source::Source;

/// What is asked for.
pub(crate) fn run(flags: &[&str]) -> Result<()> {
    match flags {
        [] => look(),
        ["--count"] => count::print(top()),
        ["--count", checkout] => count::print(checkout.as_ref()),
        unknown => bail!("`cargo xtask tidy` knows --count, not {}", unknown.join(" ")),
    }
}

/// Looks at the whole repository and prints what breaks a rule.
pub(crate) fn look() -> Result<()> {
    let sources = source::below(top())?;
    let metadata = output(&mut cargo("metadata --no-deps --format-version 1"))?;

    let mut findings = direction::check(&metadata)?;
    findings.extend(outline::top_level(top())?);
    for source in &sources {
        findings.extend(of_one_file(source));
    }
    findings.extend(types::check(&sources));
    findings.extend(circles::check(&sources));
    findings.sort();

    types::told_often(&sources).iter().for_each(|told| println!("{told}"));

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
