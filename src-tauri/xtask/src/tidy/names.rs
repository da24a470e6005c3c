//! Which module a path leads to, with what modules show under their own name (`pub use`) followed to where it comes from.

use std::collections::{BTreeMap, BTreeSet};

use proc_macro2::{TokenStream, TokenTree};
use syn::spanned::Spanned;

use super::modules::{Modules, Part, Path};
use super::paths::Named;

/// Longer than any chain of modules that show each other's names.
const LONGEST_CHAIN: usize = 16;

/// What each module of a crate calls by which name.
pub(super) struct Names(BTreeMap<Path, Known>);

/// What one module knows by a single name.
#[derive(Default)]
struct Known {
    /// Its own.
    items: BTreeSet<String>,
    /// Brought in by `use`, with the path it was brought in from; systems may differ in it.
    imports: BTreeMap<String, Vec<Vec<String>>>,
    /// Those of them that it shows.
    shown: BTreeSet<String>,
    /// The paths of which everything is brought in.
    globs: Vec<Vec<String>>,
}

impl Names {
    pub(super) fn of(modules: &Modules<'_>) -> Self {
        let known = |parts: &Vec<Part<'_>>| {
            let mut known = Known::default();
            let items = parts.iter().flat_map(|part| &part.rust.tree.items);
            items.for_each(|item| known.note(item));
            known
        };
        Self(modules.iter().map(|(path, parts)| (path.clone(), known(parts))).collect())
    }

    /// The modules of this crate to which these names lead from there: one, or none where they lead out of the crate, or one for
    /// each system.
    pub(super) fn homes(&self, from: &Path, names: &[String]) -> Vec<Path> {
        self.followed(from, names, LONGEST_CHAIN)
    }

    fn followed(&self, from: &Path, names: &[String], chain: usize) -> Vec<Path> {
        let is_super = |name: &String| name == "super";
        let levels = names.iter().take_while(|name| is_super(name)).count();
        if levels > from.len() {
            return Vec::new();
        }
        let above = from[..from.len() - levels].to_vec();
        match names.first().map(String::as_str) {
            Some("crate") => self.walked(Path::new(), &names[1..], chain),
            Some("self") => self.walked(above, &names[1..], chain),
            Some("super") => self.walked(above, &names[levels..], chain),
            Some(name) if self.is_brought_in(from, name) => self.walked(above, names, chain),
            Some(_) | None => Vec::new(),
        }
    }

    fn is_brought_in(&self, at: &Path, name: &str) -> bool {
        self.0.contains_key(&below(at, name))
            || self.0.get(at).is_some_and(|known| known.imports.contains_key(name))
    }

    fn walked(&self, at: Path, rest: &[String], chain: usize) -> Vec<Path> {
        let Some(first) = rest.first() else { return vec![at] };
        let child = below(&at, first);
        if self.0.contains_key(&child) {
            return self.walked(child, &rest[1..], chain);
        }
        let Some(known) = self.0.get(&at).filter(|_| chain > 0) else { return vec![at] };
        if let Some(imports) = known.imports.get(first) {
            let whole = |import: &Vec<String>| import.iter().chain(&rest[1..]).cloned().collect();
            let whole: BTreeSet<Vec<String>> = imports.iter().map(whole).collect();
            return whole.iter().flat_map(|names| self.followed(&at, names, chain - 1)).collect();
        }
        let globs = known.globs.iter().flat_map(|glob| self.followed(&at, glob, chain - 1));
        let mut owners = globs.filter(|module| self.knows(module, first));
        match owners.next().filter(|_| !known.items.contains(first)) {
            Some(owner) => self.walked(owner, rest, chain - 1),
            None => vec![at],
        }
    }

    fn knows(&self, module: &Path, name: &str) -> bool {
        self.0
            .get(module)
            .is_some_and(|known| known.items.contains(name) || known.shown.contains(name))
    }

    /// Whether the path is only there to be shown.
    pub(super) fn is_shown_by(part: &Part<'_>, path: &Named) -> bool {
        imports(part).any(|item| is_shown(item) && lines(item).contains(&path.line))
    }

    /// Where those names come from that this part of a module shows and uses itself as well.
    pub(super) fn used_as_shown(&self, at: &Path, part: &Part<'_>) -> Vec<(Path, usize)> {
        let Some(known) = self.0.get(at) else { return Vec::new() };
        let imports: Vec<_> = imports(part).map(lines).collect();
        let is_use =
            |line: usize| !part.is_test(line) && !imports.iter().any(|lines| lines.contains(&line));
        words(&part.rust.tokens)
            .into_iter()
            .filter(|(word, line)| known.shown.contains(word) && is_use(*line))
            .flat_map(|(word, line)| {
                self.homes(at, &[word]).into_iter().map(move |home| (home, line))
            })
            .collect()
    }
}

impl Known {
    fn note(&mut self, item: &syn::Item) {
        if let syn::Item::Use(item) = item {
            return self.import(&item.tree, &[], is_shown(item));
        }
        self.items.extend(name(item).map(ToString::to_string));
    }

    fn import(&mut self, tree: &syn::UseTree, before: &[String], is_shown: bool) {
        let with = |name: &syn::Ident| below(before, &name.to_string());
        let (name, path) = match tree {
            syn::UseTree::Path(path) => {
                return self.import(&path.tree, &with(&path.ident), is_shown);
            }
            syn::UseTree::Group(group) => {
                return group.items.iter().for_each(|item| self.import(item, before, is_shown));
            }
            syn::UseTree::Glob(_) => return self.globs.push(before.to_vec()),
            syn::UseTree::Name(name) if name.ident == "self" => {
                (before.last().cloned().unwrap_or_default(), before.to_vec())
            }
            syn::UseTree::Name(name) => (name.ident.to_string(), with(&name.ident)),
            syn::UseTree::Rename(rename) => (rename.rename.to_string(), with(&rename.ident)),
        };
        if is_shown {
            self.shown.insert(name.clone());
        }
        self.imports.entry(name).or_default().push(path);
    }
}

fn name(item: &syn::Item) -> Option<&syn::Ident> {
    #[expect(clippy::wildcard_enum_match_arm, reason = "syn may learn more kinds of items")]
    match item {
        syn::Item::Const(item) => Some(&item.ident),
        syn::Item::Enum(item) => Some(&item.ident),
        syn::Item::Fn(item) => Some(&item.sig.ident),
        syn::Item::Static(item) => Some(&item.ident),
        syn::Item::Struct(item) => Some(&item.ident),
        syn::Item::Trait(item) => Some(&item.ident),
        syn::Item::Type(item) => Some(&item.ident),
        syn::Item::Union(item) => Some(&item.ident),
        _ => None,
    }
}

fn imports<'part>(part: &'part Part<'_>) -> impl Iterator<Item = &'part syn::ItemUse> {
    part.rust.tree.items.iter().filter_map(|item| {
        let syn::Item::Use(item) = item else { return None };
        Some(item)
    })
}

fn is_shown(item: &syn::ItemUse) -> bool {
    !matches!(item.vis, syn::Visibility::Inherited)
}

fn lines(item: &impl Spanned) -> std::ops::RangeInclusive<usize> {
    item.span().start().line..=item.span().end().line
}

fn below(module: &[String], name: &str) -> Path {
    module.iter().map(String::as_str).chain([name]).map(str::to_owned).collect()
}

/// The names that stand alone, neither of a field or a method nor within a path, with their lines.
fn words(tokens: &TokenStream) -> Vec<(String, usize)> {
    let tokens: Vec<TokenTree> = tokens.clone().into_iter().collect();
    let mut found = Vec::new();
    for (index, token) in tokens.iter().enumerate() {
        match token {
            TokenTree::Ident(name) if !goes_on(&tokens[..index]) => {
                found.push((name.to_string(), name.span().start().line));
            }
            TokenTree::Group(group) => found.extend(words(&group.stream())),
            TokenTree::Ident(_) | TokenTree::Punct(_) | TokenTree::Literal(_) => {}
        }
    }
    found
}

/// Whether a name behind these is that of a field, a method, a part of a path, or a module that is declared.
fn goes_on(before: &[TokenTree]) -> bool {
    match before {
        [.., TokenTree::Ident(word)] => word == "mod",
        [.., TokenTree::Punct(one), TokenTree::Punct(two)]
            if one.as_char() == ':' && two.as_char() == ':' =>
        {
            true
        }
        [.., TokenTree::Punct(sign)] => sign.as_char() == '.',
        _ => false,
    }
}
