//! Circles between the modules of one crate, at any depth. Two modules that know each other are one module in two files.
//!
//! At each level the children of a module, each with all below it, and what the module itself says stand beside each other; none
//! may name another that names it, directly or through more of them. A module that only declares its children and shows what is
//! theirs (`pub use`) names none of them.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use super::finding::Finding;
use super::modules::{self, Modules, Path};
use super::names::Names;
use super::paths;
use super::source::Source;

/// Where one module names another: file and line.
type Place = (String, usize);
/// Who names whom, with the first place of each. What the parent says itself goes by [`ITSELF`].
type Arrows = BTreeMap<String, BTreeMap<String, Place>>;

const ITSELF: &str = "itself";
/// What is compiled together: for each system, the names of the others.
const ELSEWHERE: &[&[&str]] =
    &[&["macos", "windows"], &["linux", "windows"], &["linux", "macos", "unix"]];

/// Looks at every level of every crate, as each system has it.
pub(super) fn check(sources: &[Source]) -> Vec<Finding> {
    let crates = modules::by_crate(sources);
    let found = crates.values().flat_map(|modules| {
        let names = Names::of(modules);
        ELSEWHERE.iter().flat_map(move |others| of_one_crate(modules, &names, others))
    });
    let found: BTreeSet<Finding> = found.collect();
    found.into_iter().collect()
}

fn of_one_crate(modules: &Modules<'_>, names: &Names, elsewhere: &[&str]) -> Vec<Finding> {
    let mut levels: BTreeMap<Path, Arrows> = BTreeMap::new();
    for (from, parts) in modules {
        for part in parts {
            if part.source.steps().any(|step| elsewhere.contains(&step)) {
                continue;
            }
            let uses = paths::named(&part.rust.tokens)
                .into_iter()
                .filter(|path| !part.is_test(path.line))
                .filter(|path| !Names::is_shown_by(part, path));
            let uses = uses.flat_map(|path| {
                let homes = names.homes(from, &path.names);
                homes.into_iter().map(move |home| (home, path.line))
            });
            for (to, line) in uses.chain(names.used_as_shown(from, part)) {
                note(&mut levels, from, &to, (part.source.path.clone(), line));
            }
        }
    }
    levels.iter().flat_map(|(level, arrows)| circles(level, arrows)).collect()
}

/// Notes that one module names another, at the level where their ways part.
fn note(levels: &mut BTreeMap<Path, Arrows>, from: &Path, to: &Path, place: Place) {
    let common = from.iter().zip(to).take_while(|(one, other)| one == other).count();
    let step = |path: &Path| path.get(common).map_or(ITSELF, String::as_str).to_owned();
    if from != to {
        let arrows = levels.entry(from[..common].to_vec()).or_default();
        arrows.entry(step(from)).or_default().entry(step(to)).or_insert(place);
    }
}

/// One finding for each circle, the shortest way round for the module it is told of.
fn circles(level: &Path, arrows: &Arrows) -> Vec<Finding> {
    let mut told = BTreeSet::new();
    let mut findings = Vec::new();
    let called = |module: &str| match module {
        ITSELF => level.last().map_or("the root", String::as_str).to_owned(),
        name => name.to_owned(),
    };
    for start in arrows.keys() {
        let Some(way) = way_round(arrows, start) else { continue };
        if !told.insert(way.iter().cloned().collect::<BTreeSet<_>>()) {
            continue;
        }
        let stations = way.iter().chain([start]).zip(way.iter().skip(1).chain([start]));
        let legs = stations.take(way.len()).map(|(from, to)| {
            let (file, line) = &arrows[from][to];
            format!("{} names {} ({file}:{line})", called(from), called(to))
        });
        let reason = format!("modules go in a circle: {}", legs.collect::<Vec<_>>().join(", "));
        let (file, line) = &arrows[start][way.get(1).unwrap_or(start)];
        findings.push(Finding::new(file, *line, reason));
    }
    findings
}

/// The modules of the shortest way from this one back to itself.
fn way_round(arrows: &Arrows, start: &String) -> Option<Vec<String>> {
    let mut ways = VecDeque::from([vec![start.clone()]]);
    let mut seen = BTreeSet::new();
    while let Some(way) = ways.pop_front() {
        for to in arrows.get(way.last()?).into_iter().flat_map(BTreeMap::keys) {
            if to == start {
                return Some(way);
            }
            if seen.insert(to.clone()) {
                ways.push_back(way.iter().chain([to]).cloned().collect());
            }
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reasons(files: &[(&str, &str)]) -> Vec<String> {
        let sources = modules::sources(files);
        check(&sources).into_iter().map(|finding| finding.reason).collect()
    }

    #[test]
    fn two_modules_that_name_each_other_are_found_once() {
        let found = reasons(&[
            ("lib.rs", "mod a; mod b;"),
            ("a.rs", "use crate::b::B;"),
            ("b.rs", "use super::{c, a::A};"),
        ]);
        assert_eq!(
            found,
            ["modules go in a circle: a names b (x/src/a.rs:1), b names a (x/src/b.rs:1)"]
        );
    }

    #[test]
    fn a_circle_of_three_through_a_deeper_file_and_a_macro_is_found() {
        let found = reasons(&[
            ("main.rs", "mod a; mod b; mod c;"),
            ("a.rs", "mod deep;"),
            ("a/deep.rs", "use super::super::b;"),
            ("b.rs", "fn f() { println!(\"{}\", crate::c::NAME); }"),
            ("c/mod.rs", "use crate::a::deep;"),
        ]);
        assert_eq!(found.len(), 1);
        assert!(
            found[0].contains("a names b (x/src/a/deep.rs:1), b names c (x/src/b.rs:1), c names a")
        );
    }

    #[test]
    fn a_name_that_a_module_shows_leads_to_where_it_comes_from() {
        let found = reasons(&[
            ("lib.rs", "mod a; mod b; pub use a::{A, Other as X}; pub use b::*;"),
            ("a.rs", "use crate::B;"),
            ("b.rs", "pub struct B;\nfn f(x: crate::X) {}"),
        ]);
        assert_eq!(found.len(), 1);
        assert!(found[0].contains("a names b") && found[0].contains("b names a"));
    }

    #[test]
    fn a_circle_within_a_module_is_found() {
        let found = reasons(&[
            ("lib.rs", "mod a;"),
            ("a/mod.rs", "mod one; mod two;"),
            ("a/one.rs", "use super::two::Two;"),
            ("a/two.rs", "use super::one::One;"),
        ]);
        assert_eq!(found.len(), 1);
    }

    #[test]
    fn a_parent_that_uses_a_child_that_uses_it_is_a_circle_the_root_too() {
        let child = ("a.rs", "fn f(x: crate::Own) {}");
        let own = "mod a;\npub struct Own;\n";
        for uses in ["use a::A;", "fn f() { a::f() }", "pub use a::A;\nfn f(x: A) {}"] {
            let root = format!("{own}{uses}");
            let found = reasons(&[("lib.rs", root.as_str()), child]);
            assert_eq!(found.len(), 1, "{uses}");
            assert!(found[0].contains("a names the root"), "{found:?}");
        }
        let shows = format!("{own}pub use a::A;\npub(crate) use a::B;");
        assert!(reasons(&[("lib.rs", shows.as_str()), child]).is_empty());
    }

    #[test]
    fn what_is_never_compiled_together_makes_no_circle() {
        let picks = "#[cfg_attr(unix, path = \"unix/a.rs\")]\n#[cfg_attr(windows, path = \"windows/a.rs\")]\nmod a;\nmod b;";
        let files = |b: &'static str| {
            [("lib.rs", picks), ("unix/a.rs", "use crate::b;"), ("windows/a.rs", ""), ("b.rs", b)]
        };
        assert_eq!(reasons(&files("use crate::a;")).len(), 1);
        let split = "#[cfg_attr(unix, path = \"unix/a.rs\")]\n#[cfg_attr(windows, path = \"windows/a.rs\")]\nmod a;\n#[cfg_attr(unix, path = \"unix/b.rs\")]\n#[cfg_attr(windows, path = \"windows/b.rs\")]\nmod b;";
        let files = [
            ("lib.rs", split),
            ("unix/a.rs", "use crate::b;"),
            ("unix/b.rs", ""),
            ("windows/a.rs", ""),
            ("windows/b.rs", "use crate::a;"),
        ];
        assert!(reasons(&files).is_empty());
    }

    #[test]
    fn a_module_that_goes_by_another_name_on_each_system_is_followed_on_each() {
        let found = reasons(&[
            (
                "lib.rs",
                "#[cfg(unix)]\nmod unix;\n#[cfg(windows)]\nmod windows;\n#[cfg(unix)]\nuse unix as system;\n#[cfg(windows)]\nuse windows as system;\nstruct Own;\nfn f() { system::f(); }",
            ),
            ("unix.rs", "use super::Own;"),
            ("windows.rs", ""),
        ]);
        assert_eq!(found.len(), 1, "{found:?}");
    }

    #[test]
    fn a_child_that_a_parent_only_uses_and_tests_make_no_circle() {
        assert!(
            reasons(&[
                ("lib.rs", "mod a; use a::A; fn f(x: A) {}"),
                ("a.rs", "mod deep; use std::fmt; use deep::Deep;"),
                ("a/deep.rs", "use super::fmt;")
            ])
            .is_empty()
        );
        assert!(
            reasons(&[
                ("lib.rs", "mod a; mod b;"),
                ("a.rs", "use crate::b;"),
                ("b.rs", "#[cfg(test)]\nmod tests { use crate::a; }")
            ])
            .is_empty()
        );
    }
}
