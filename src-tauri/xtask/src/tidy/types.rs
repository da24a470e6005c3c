//! Names of types that stand for several things. What a reader meets under one name should be one thing.

use std::collections::BTreeMap;

use syn::visit::Visit;

use super::finding::Finding;
use super::modules;
use super::source::Source;

/// These were many things once, and are one each.
const ONE_THING: &[&str] = &[
    "Call", "Ending", "Heard", "Line", "Message", "Piece", "Place", "Refusal", "Told", "Waiting",
    "Wish",
];
/// As often as this, a name is said to mean much, and nothing follows from it.
const MANY: usize = 3;

/// Where each type of the product is defined, by its name.
type Homes = BTreeMap<String, Vec<(String, usize)>>;

/// Those of the names that have to be one thing each and aren't.
pub(super) fn check(sources: &[Source]) -> Vec<Finding> {
    let homes = homes(sources);
    let twice =
        homes.iter().filter(|(name, homes)| ONE_THING.contains(&name.as_str()) && homes.len() > 1);
    let findings = twice.flat_map(|(name, homes)| {
        let told = homes.iter().map(move |(file, line)| {
            Finding::new(
                file,
                *line,
                format!("`{name}` is one thing, and is defined {} times", homes.len()),
            )
        });
        told.collect::<Vec<_>>()
    });
    findings.collect()
}

/// A line for each name that is defined more than twice.
pub(super) fn told_often(sources: &[Source]) -> Vec<String> {
    let often = homes(sources).into_iter().filter(|(_, homes)| homes.len() >= MANY);
    let line = |(name, homes): (String, Vec<(String, usize)>)| {
        let places: Vec<String> =
            homes.iter().map(|(file, line)| format!("{file}:{line}")).collect();
        format!("`{name}` is the name of {} types: {}", homes.len(), places.join(", "))
    };
    often.map(line).collect()
}

fn homes(sources: &[Source]) -> Homes {
    let mut homes = Homes::new();
    for (home, modules) in modules::by_crate(sources) {
        if !home.starts_with("src-tauri/crates/") && home != "src-tauri" {
            continue;
        }
        for parts in modules.values() {
            // What each system has under one name is one thing, and told of where it comes last.
            let mut here = BTreeMap::new();
            for part in parts {
                let mut types = Types::default();
                types.visit_file(&part.rust.tree);
                for name in types.0.into_iter().filter(|name| !part.is_test(line(name))) {
                    let (file, line) = (&part.source.path, line(&name));
                    let places: &mut Vec<_> = here.entry(name.to_string()).or_default();
                    places.retain(|(known, _)| known == file);
                    places.push((file.clone(), line));
                }
            }
            here.into_iter()
                .for_each(|(name, places)| homes.entry(name).or_default().extend(places));
        }
    }
    homes
}

fn line(name: &syn::Ident) -> usize {
    name.span().start().line
}

#[derive(Default)]
struct Types(Vec<syn::Ident>);

impl<'tree> Visit<'tree> for Types {
    fn visit_item_struct(&mut self, item: &'tree syn::ItemStruct) {
        self.0.push(item.ident.clone());
    }

    fn visit_item_enum(&mut self, item: &'tree syn::ItemEnum) {
        self.0.push(item.ident.clone());
    }

    fn visit_item_trait(&mut self, item: &'tree syn::ItemTrait) {
        self.0.push(item.ident.clone());
        syn::visit::visit_item_trait(self, item);
    }

    fn visit_item_type(&mut self, item: &'tree syn::ItemType) {
        self.0.push(item.ident.clone());
    }

    fn visit_item_union(&mut self, item: &'tree syn::ItemUnion) {
        self.0.push(item.ident.clone());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(text: &str) -> Vec<String> {
        let path = "src-tauri/crates/door/src/lib.rs".to_owned();
        told_often(&[Source { path, text: text.into() }])
    }

    #[test]
    fn a_name_of_three_types_is_told_and_one_of_two_is_not() {
        let two = "struct Line;\nmod a { enum Line {} }\n#[cfg(test)]\nmod tests { struct Line; }";
        assert!(told(two).is_empty());
        let three = told(&format!("{two}\nfn f() {{ trait Line {{}} }}"));
        assert_eq!(three.len(), 1);
        assert!(three[0].starts_with("`Line` is the name of 3 types: "), "{three:?}");
    }
}
