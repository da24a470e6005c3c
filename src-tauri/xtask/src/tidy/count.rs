//! How much there is to read of the product itself: its lines by crate, beside those at the commit that it is measured against.
//!
//! Every line that isn't blank counts, comments too, in the Rust and TOML below the `src` of the shell and of each crate, and in
//! the window's TypeScript, Svelte and CSS. What is compiled for tests alone doesn't count, nor what a program made, nor the
//! programs that only build and measure.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use anyhow::Result;

use super::modules;
use super::source::{self, Source};

/// The commit that the product is measured against.
const COMMIT: &str = "507efcd";
/// What it had there, counted by this very code; `testcall` was called `caller`.
const THERE: &[(&str, usize)] = &[
    ("audio", 877),
    ("bridge", 5794),
    ("cli", 1833),
    ("door", 1146),
    ("keeper", 2051),
    ("ports", 3111),
    ("shell", 3294),
    ("station", 6183),
    ("supervisor", 2185),
    ("testcall", 527),
    ("ui", 5069),
    ("wire", 1365),
];

const COUNTED: &[&str] = &["css", "html", "rs", "svelte", "toml", "ts"];
/// How the first line of a file begins that a program made.
const MADE: &str = "// Made from ";

/// Prints the table of a checkout of this repository.
pub(super) fn print(top: &Path) -> Result<()> {
    let sources = source::below(top)?;
    let here = of(&sources);
    let there: BTreeMap<&str, usize> = THERE.iter().copied().collect();
    println!("{:<12} {COMMIT:>8} {:>8}", "", "here");
    for name in there.keys().chain(here.keys()).collect::<BTreeSet<_>>() {
        let lines = |counted: &BTreeMap<&str, usize>| {
            counted.get(name).map_or_else(|| "–".to_owned(), usize::to_string)
        };
        println!("{name:<12} {:>8} {:>8}", lines(&there), lines(&here));
    }
    let (here, there) = (here.values().sum::<usize>(), there.values().sum::<usize>());
    println!("{:<12} {there:>8} {here:>8}", "all");
    println!("{} of {COMMIT}", percentage(here, there));
    Ok(())
}

/// To a tenth, rounded up, so that it never looks like less than it is.
fn percentage(part: usize, whole: usize) -> String {
    let tenths = (part * 1000).div_ceil(whole.max(1));
    format!("{}.{} %", tenths / 10, tenths % 10)
}

/// The lines of each part of the product.
fn of(sources: &[Source]) -> BTreeMap<&str, usize> {
    let mut rust: BTreeMap<&str, Vec<bool>> = BTreeMap::new();
    for part in modules::by_crate(sources).values().flat_map(BTreeMap::values).flatten() {
        let lines = 1..=part.source.text.lines().count();
        rust.insert(&part.source.path, lines.map(|line| part.is_test(line)).collect());
    }
    let mut counted = BTreeMap::new();
    for source in sources {
        let (Some(part), Some((_, ending))) = (part(&source.path), source.path.rsplit_once('.'))
        else {
            continue;
        };
        if !COUNTED.contains(&ending) || source.text.starts_with(MADE) {
            continue;
        }
        let tests = rust.get(source.path.as_str());
        if ending == "rs" && tests.is_none() {
            continue;
        }
        let lines = source.text.lines().enumerate().filter(|(index, line)| {
            !line.trim().is_empty() && !tests.is_some_and(|tests| tests[*index])
        });
        *counted.entry(part).or_default() += lines.count();
    }
    counted
}

/// The part of the product to which a file belongs, if to any.
fn part(path: &str) -> Option<&str> {
    match path.split('/').collect::<Vec<_>>().as_slice() {
        ["src-tauri", "src", ..] => Some("shell"),
        ["src-tauri", "crates", name, "src", ..] => Some(name),
        ["ui", "src", ..] => Some("ui"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn source(path: &str, text: &str) -> Source {
        Source { path: path.into(), text: text.into() }
    }

    #[test]
    fn lines_of_the_product_count_and_those_of_tests_and_programs_do_not() {
        let door =
            "//! The door.\n\nmod deep;\n#[cfg(test)]\nmod proofs;\n#[cfg(test)]\nmod tests {\n}\n";
        let sources = [
            source("src-tauri/crates/door/src/lib.rs", door),
            source("src-tauri/crates/door/src/deep.rs", "//! Deep.\nfn f() {}\n"),
            source("src-tauri/crates/door/src/proofs.rs", "//! Proofs.\nfn f() {}\n"),
            source("src-tauri/crates/door/tests/it.rs", "//! It.\n"),
            source("src-tauri/src/main.rs", "//! The shell.\nfn main() {}\n"),
            source("src-tauri/xtask/src/main.rs", "//! Builds.\n"),
            source("ui/src/App.svelte", "<p>\n\n</p>\n"),
            source("ui/src/wire.ts", "// Made from the crate `wire`.\n\nexport type A = 1;\n"),
            source("ui/dev/main.ts", "export {};\n"),
        ];
        assert_eq!(of(&sources), BTreeMap::from([("door", 4), ("shell", 2), ("ui", 2)]));
    }

    #[test]
    fn a_percentage_never_looks_like_less() {
        assert_eq!(percentage(970, 1000), "97.0 %");
        assert_eq!(percentage(9_701, 10_000), "97.1 %");
    }
}
