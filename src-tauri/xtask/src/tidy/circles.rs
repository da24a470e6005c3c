//! Circles between the modules of one crate. Two modules that know each other are one module in two files.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use proc_macro2::{Delimiter, Ident, TokenStream, TokenTree};

use super::Finding;
use super::source::Source;

/// Where one module names another: file and line.
type Place = (String, usize);
/// Who names whom, with the first place of each.
type Arrows = BTreeMap<String, BTreeMap<String, Place>>;

/// Looks at the modules right below each crate's root; the root itself may know all of them.
pub(super) fn check(sources: &[Source]) -> Vec<Finding> {
    let mut crates: BTreeMap<&str, Vec<(Vec<&str>, &Source)>> = BTreeMap::new();
    for source in sources.iter().filter(|source| source.path.ends_with(".rs")) {
        if let Some((home, rest)) = source.path.split_once("/src/") {
            crates.entry(home).or_default().push((module(rest), source));
        }
    }
    crates.values().flat_map(|files| circles(&arrows(files))).collect()
}

/// `keeper/life.rs` is the module `keeper::life`; `lib.rs`, `main.rs` are the root.
fn module(file: &str) -> Vec<&str> {
    let mut steps: Vec<&str> = file.trim_end_matches(".rs").split('/').collect();
    if let ["lib" | "main"] | [.., "mod"] = steps.as_slice() {
        steps.pop();
    }
    steps
}

fn arrows(files: &[(Vec<&str>, &Source)]) -> Arrows {
    let modules: BTreeSet<&str> =
        files.iter().filter_map(|(module, _)| module.first().copied()).collect();
    let shown_at_the_root: BTreeMap<String, String> = files
        .iter()
        .filter(|(module, _)| module.is_empty())
        .flat_map(|(_, root)| shown(root))
        .collect();
    let mut arrows = Arrows::new();
    for (module, source) in files {
        let (Some(&from), Some(Ok(rust))) = (module.first(), source.rust()) else { continue };
        let tests = rust.test_lines();
        for (levels_up, name) in names(&rust.tokens) {
            let line = name.span().start().line;
            let reaches_root = levels_up.is_none_or(|levels| levels == module.len());
            if !reaches_root || source.is_test() || tests.iter().any(|lines| lines.contains(&line))
            {
                continue;
            }
            let name = name.to_string();
            let to = shown_at_the_root.get(&name).unwrap_or(&name).as_str();
            if modules.contains(to) && to != from {
                let places = arrows.entry(from.to_owned()).or_default();
                places.entry(to.to_owned()).or_insert_with(|| (source.path.clone(), line));
            }
        }
    }
    arrows
}

/// What the root shows under its own name, and the module it comes from: `pub use port::Cause` shows `Cause` of `port`.
fn shown(root: &Source) -> Vec<(String, String)> {
    let Some(Ok(rust)) = root.rust() else { return Vec::new() };
    let mut shown = Vec::new();
    for item in &rust.tree.items {
        let syn::Item::Use(item) = item else { continue };
        let syn::UseTree::Path(first) = &item.tree else { continue };
        let mut path = first;
        // `self::a` and `crate::a` begin with `a` too.
        while path.ident == "self" || path.ident == "crate" {
            let syn::UseTree::Path(inner) = &*path.tree else { break };
            path = inner;
        }
        names_shown(&path.tree, &mut |name| shown.push((name, path.ident.to_string())));
    }
    shown
}

fn names_shown(tree: &syn::UseTree, note: &mut impl FnMut(String)) {
    match tree {
        syn::UseTree::Name(name) => note(name.ident.to_string()),
        syn::UseTree::Rename(rename) => note(rename.rename.to_string()),
        syn::UseTree::Path(path) => names_shown(&path.tree, note),
        syn::UseTree::Group(group) => group.items.iter().for_each(|item| names_shown(item, note)),
        syn::UseTree::Glob(_) => {}
    }
}

/// Every name after `crate::` (no levels) and after `super::`, `super::super::` (so many levels up), in macros too.
fn names(tokens: &TokenStream) -> Vec<(Option<usize>, Ident)> {
    let tokens: Vec<TokenTree> = tokens.clone().into_iter().collect();
    let mut found = Vec::new();
    let mut index = 0;
    while let Some(token) = tokens.get(index) {
        index += 1;
        match token {
            TokenTree::Group(group) => found.extend(names(&group.stream())),
            TokenTree::Ident(word) if word == "crate" || word == "super" => {
                let mut levels = (word == "super").then_some(1);
                while after_colons(&tokens[index..]).is_some_and(is_super) {
                    levels = levels.map(|levels| levels + 1);
                    index += 3;
                }
                let next = after_colons(&tokens[index..]);
                found.extend(next.iter().flat_map(|next| heads(next)).map(|name| (levels, name)));
            }
            TokenTree::Ident(_) | TokenTree::Punct(_) | TokenTree::Literal(_) => {}
        }
    }
    found
}

fn after_colons(tokens: &[TokenTree]) -> Option<&TokenTree> {
    match tokens {
        [TokenTree::Punct(one), TokenTree::Punct(two), next, ..]
            if one.as_char() == ':' && two.as_char() == ':' =>
        {
            Some(next)
        }
        _ => None,
    }
}

fn is_super(token: &TokenTree) -> bool {
    matches!(token, TokenTree::Ident(word) if word == "super")
}

/// The first names of a path's rest: `a::b` begins with `a`, `{a::b, c}` with `a` and `c`.
fn heads(token: &TokenTree) -> Vec<Ident> {
    match token {
        TokenTree::Ident(name) => vec![name.clone()],
        TokenTree::Group(group) if group.delimiter() == Delimiter::Brace => {
            let mut heads = Vec::new();
            let mut at_head = true;
            for token in group.stream() {
                if let (true, TokenTree::Ident(name)) = (at_head, &token) {
                    heads.push(name.clone());
                }
                at_head = matches!(&token, TokenTree::Punct(sign) if sign.as_char() == ',');
            }
            heads
        }
        TokenTree::Group(_) | TokenTree::Punct(_) | TokenTree::Literal(_) => Vec::new(),
    }
}

/// One finding for each circle, the shortest way round for the module it is told of.
fn circles(arrows: &Arrows) -> Vec<Finding> {
    let mut told = BTreeSet::new();
    let mut findings = Vec::new();
    for start in arrows.keys() {
        let Some(way) = way_round(arrows, start) else { continue };
        if !told.insert(way.iter().cloned().collect::<BTreeSet<_>>()) {
            continue;
        }
        let stations = way.iter().chain([start]).zip(way.iter().skip(1).chain([start]));
        let legs = stations.take(way.len()).map(|(from, to)| {
            let (file, line) = &arrows[from][to];
            format!("{from} names {to} ({file}:{line})")
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
        let source = |(path, text): &(&str, &str)| Source {
            path: format!("x/src/{path}"),
            text: (*text).to_owned(),
        };
        let sources: Vec<Source> = files.iter().map(source).collect();
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
    fn a_name_that_the_root_shows_leads_to_its_module() {
        let found = reasons(&[
            ("lib.rs", "mod a; mod b; pub use a::{A, Other as X}; pub use b::B;"),
            ("a.rs", "use crate::B;"),
            ("b.rs", "fn f(x: crate::X) {}"),
        ]);
        assert_eq!(found.len(), 1);
    }

    #[test]
    fn modules_within_modules_the_root_and_tests_make_no_circle() {
        assert!(
            reasons(&[
                ("lib.rs", "mod a; use a::A;"),
                ("a.rs", "mod deep; use crate::Root;"),
                ("a/deep.rs", "use super::A;")
            ])
            .is_empty()
        );
        assert!(
            reasons(&[
                ("lib.rs", ""),
                ("a.rs", "use crate::b;"),
                ("b.rs", "#[cfg(test)]\nmod tests { use crate::a; }")
            ])
            .is_empty()
        );
    }
}
