//! Conditions on the operating system stand only in the crate `ports`, in files named for a system, and on the line that
//! picks such a file. Everywhere else the code is the same on every system.

use syn::spanned::Spanned;
use syn::visit::Visit;

use super::finding::Finding;
use super::source::{Rust, Source, calls, identifiers};

const HOME: &str = "src-tauri/crates/ports/";
const SYSTEMS: &[&str] = &["linux", "macos", "windows", "unix"];
const CONDITIONS: &[&str] = &["target_os", "target_family", "unix", "windows"];

pub(super) fn check(source: &Source, rust: &Rust) -> Vec<Finding> {
    if source.path.starts_with(HOME) || source.steps().any(|step| SYSTEMS.contains(&step)) {
        return Vec::new();
    }
    let mut picks = Picks::default();
    picks.visit_file(&rust.tree);
    let conditions = calls(&rust.tokens).into_iter().filter(|(name, condition)| {
        (name == "cfg" || name == "cfg_attr")
            && identifiers(condition.clone())
                .any(|word| CONDITIONS.iter().any(|system| word == system))
    });
    conditions
        .map(|(name, _)| name.span().start())
        .filter(|place| !picks.0.contains(&(place.line, place.column)))
        .map(|place| {
            let reason = "asks for the operating system; that belongs in the crate `ports` or in a file named for a system";
            Finding::new(&source.path, place.line, reason)
        })
        .collect()
}

/// Where the attributes begin that pick a file named for a system.
#[derive(Default)]
struct Picks(Vec<(usize, usize)>);

impl<'tree> Visit<'tree> for Picks {
    fn visit_item_mod(&mut self, item: &'tree syn::ItemMod) {
        let names_file = SYSTEMS.iter().any(|system| item.ident == system)
            || item.attrs.iter().any(names_a_file);
        if item.content.is_none() && names_file {
            self.note(&item.attrs);
        }
        syn::visit::visit_item_mod(self, item);
    }

    fn visit_item_use(&mut self, item: &'tree syn::ItemUse) {
        let mut names = Vec::new();
        names_in(&item.tree, &mut names);
        if names.iter().any(|name| SYSTEMS.contains(&name.as_str())) {
            self.note(&item.attrs);
        }
    }
}

impl Picks {
    fn note(&mut self, attributes: &[syn::Attribute]) {
        self.0.extend(attributes.iter().map(|attribute| {
            let start = attribute.path().span().start();
            (start.line, start.column)
        }));
    }
}

/// `#[path = "…/linux.rs"]`, also within `cfg_attr`.
fn names_a_file(attribute: &syn::Attribute) -> bool {
    let text = match &attribute.meta {
        syn::Meta::NameValue(pair) if pair.path.is_ident("path") => pair.value.span().source_text(),
        syn::Meta::List(list) if list.path.is_ident("cfg_attr") => Some(list.tokens.to_string()),
        syn::Meta::NameValue(_) | syn::Meta::List(_) | syn::Meta::Path(_) => None,
    };
    text.is_some_and(|text| SYSTEMS.iter().any(|system| text.contains(&format!("{system}.rs\""))))
}

fn names_in(tree: &syn::UseTree, names: &mut Vec<String>) {
    match tree {
        syn::UseTree::Path(path) => {
            names.push(path.ident.to_string());
            names_in(&path.tree, names);
        }
        syn::UseTree::Group(group) => group.items.iter().for_each(|item| names_in(item, names)),
        syn::UseTree::Name(name) => names.push(name.ident.to_string()),
        syn::UseTree::Rename(rename) => names.push(rename.ident.to_string()),
        syn::UseTree::Glob(_) => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::source::rust_file;

    fn lines(path: &str, text: &str) -> Vec<usize> {
        let (source, rust) = rust_file(path, text);
        check(&source, &rust).into_iter().map(|finding| finding.line).collect()
    }

    #[test]
    fn conditions_are_found_on_items_in_expressions_and_within_macros() {
        assert_eq!(lines("a.rs", "\n#[cfg(unix)]\nfn f() {}"), [2]);
        assert_eq!(lines("a.rs", "fn f() -> bool {\n cfg!(target_os = \"linux\") }"), [2]);
        assert_eq!(lines("a.rs", "fn f() {\n assert!(\n cfg!(windows)); }"), [3]);
        assert_eq!(
            lines("a.rs", "#[cfg_attr(not(target_family = \"unix\"), ignore)]\nfn f() {}"),
            [1]
        );
        assert_eq!(lines("a.rs", "#[cfg(all(test, unix))]\nmod tests {}"), [1]);
    }

    #[test]
    fn the_line_that_picks_a_systems_file_may_ask() {
        assert!(lines("a.rs", "#[cfg(unix)]\nmod unix;").is_empty());
        assert!(
            lines("a.rs", "#[cfg(windows)]\n#[path = \"a/windows.rs\"]\nmod system;").is_empty()
        );
        assert!(lines("a.rs", "#[cfg_attr(unix, path = \"a/unix.rs\")]\nmod system;").is_empty());
        assert!(lines("a.rs", "#[cfg(unix)]\nuse self::unix as system;").is_empty());
        assert_eq!(lines("a.rs", "#[cfg(unix)]\nmod unix { fn f() {} }"), [1]);
        assert_eq!(lines("a.rs", "#[cfg(unix)]\nmod other;"), [1]);
        assert_eq!(lines("a.rs", "#[cfg(unix)]\nuse std::fs;"), [1]);
    }

    #[test]
    fn systems_files_and_the_crate_ports_may_ask() {
        let text = "#[cfg(unix)]\nfn f() {}";
        assert!(lines("src-tauri/crates/ports/src/lib.rs", text).is_empty());
        assert!(lines("src-tauri/src/login_item/linux.rs", text).is_empty());
        assert!(lines("src-tauri/src/windows/entry.rs", text).is_empty());
    }

    #[test]
    fn other_conditions_are_nobodys_business() {
        assert!(lines("a.rs", "#[cfg(test)]\nmod tests {}").is_empty());
        assert!(
            lines("a.rs", "#![cfg_attr(not(debug_assertions), windows_subsystem = \"windows\")]")
                .is_empty()
        );
    }
}
