//! The modules of a crate as they are declared: which files each is made of, and which are there for tests alone.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;

use quote::ToTokens as _;

use super::source::{Rust, Source, is_for_tests};

/// The names on the way from the crate's root, which has none.
pub(super) type Path = Vec<String>;

/// A part of a module: of one module there are several where systems differ.
pub(super) struct Part<'source> {
    pub(super) source: &'source Source,
    pub(super) rust: Rust,
    tests: Vec<RangeInclusive<usize>>,
}

/// The modules of one crate, those for tests left out.
pub(super) type Modules<'source> = BTreeMap<Path, Vec<Part<'source>>>;

impl Part<'_> {
    /// Whether this line is compiled for tests only.
    pub(super) fn is_test(&self, line: usize) -> bool {
        self.tests.iter().any(|lines| lines.contains(&line))
    }
}

/// The folders that are a crate, and the modules of each; what doesn't parse is left to who tells of that.
pub(super) fn by_crate(sources: &[Source]) -> BTreeMap<&str, Modules<'_>> {
    let files: BTreeMap<&str, &Source> =
        sources.iter().map(|source| (source.path.as_str(), source)).collect();
    let mut crates = BTreeMap::new();
    for source in sources {
        let root = source.path.strip_suffix("/src/lib.rs");
        if let Some(home) = root.or_else(|| source.path.strip_suffix("/src/main.rs")) {
            gather(source, Path::new(), &files, crates.entry(home).or_default());
        }
    }
    crates
}

fn gather<'source>(
    source: &'source Source,
    module: Path,
    files: &BTreeMap<&str, &'source Source>,
    modules: &mut Modules<'source>,
) {
    let Some(Ok(rust)) = source.rust() else { return };
    for item in &rust.tree.items {
        let syn::Item::Mod(item) = item else { continue };
        if item.content.is_some() || item.attrs.iter().any(is_for_tests) {
            continue;
        }
        let name = item.ident.to_string();
        for file in homes(source, item) {
            if let Some(child) = files.get(file.as_str()) {
                let path = module.iter().chain([&name]).cloned().collect();
                gather(child, path, files, modules);
            }
        }
    }
    let tests = rust.test_lines();
    modules.entry(module).or_default().push(Part { source, rust, tests });
}

/// Where a declared module's file may be: where its attributes say, else beside or below who declares it.
fn homes(source: &Source, item: &syn::ItemMod) -> Vec<String> {
    let (folder, file) = source.path.rsplit_once('/').unwrap_or(("", &source.path));
    let said: Vec<String> = item.attrs.iter().filter_map(path_said).collect();
    if !said.is_empty() {
        return said.into_iter().map(|path| format!("{folder}/{path}")).collect();
    }
    let name = &item.ident;
    let below = match file {
        "lib.rs" | "main.rs" | "mod.rs" => folder.to_owned(),
        file => format!("{folder}/{}", file.trim_end_matches(".rs")),
    };
    vec![format!("{below}/{name}.rs"), format!("{below}/{name}/mod.rs")]
}

/// `#[path = "a.rs"]`, also within `cfg_attr`.
fn path_said(attribute: &syn::Attribute) -> Option<String> {
    let text = match &attribute.meta {
        syn::Meta::NameValue(pair) if pair.path.is_ident("path") => {
            let value = pair.value.to_token_stream();
            format!("path = {value}")
        }
        syn::Meta::List(list) if list.path.is_ident("cfg_attr") => list.tokens.to_string(),
        syn::Meta::NameValue(_) | syn::Meta::List(_) | syn::Meta::Path(_) => return None,
    };
    let (_, value) = text.split_once("path = \"")?;
    value.split_once('"').map(|(path, _)| path.to_owned())
}

#[cfg(test)]
pub(super) fn sources(files: &[(&str, &str)]) -> Vec<Source> {
    let source = |(path, text): &(&str, &str)| Source {
        path: format!("x/src/{path}"),
        text: (*text).to_owned(),
    };
    files.iter().map(source).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_module_is_where_its_declaration_says_and_one_of_tests_is_none() {
        let sources = sources(&[
            ("lib.rs", "mod a; mod b;\n#[cfg(test)]\nmod proofs;"),
            ("a.rs", "mod deep;"),
            ("a/deep.rs", ""),
            (
                "b/mod.rs",
                "#[cfg_attr(unix, path = \"unix.rs\")]\n#[cfg_attr(windows, path = \"windows.rs\")]\nmod system;",
            ),
            ("b/unix.rs", ""),
            ("b/windows.rs", ""),
            ("proofs.rs", ""),
            ("forgotten.rs", ""),
        ]);
        let crates = by_crate(&sources);
        let found: Vec<(String, usize)> =
            crates["x"].iter().map(|(path, parts)| (path.join("::"), parts.len())).collect();
        let expected = [("", 1), ("a", 1), ("a::deep", 1), ("b", 1), ("b::system", 2)];
        assert_eq!(found, expected.map(|(path, parts)| (path.to_owned(), parts)));
    }
}
