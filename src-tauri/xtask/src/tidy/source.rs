//! The texts of the repository, and what of them is test code.

use std::fs;
use std::ops::RangeInclusive;
use std::path::Path;

use anyhow::{Context, Result};
use proc_macro2::{Delimiter, Ident, TokenStream, TokenTree};
use syn::spanned::Spanned;
use syn::visit::Visit;

/// What is made or fetched, not written here.
const NOT_OURS: &[&str] = &[".git", "target", "node_modules", "dist", "gen"];
const TEXTS: &[&str] = &["rs", "ts", "js", "svelte", "css", "html", "toml", "md", "yml", "json"];

/// One text file, its path written with `/` from the top of the workspace.
pub(super) struct Source {
    pub(super) path: String,
    pub(super) text: String,
}

/// What a Rust file holds, as tokens and as a tree.
pub(super) struct Rust {
    pub(super) tokens: TokenStream,
    pub(super) tree: syn::File,
}

/// All texts of the repository.
pub(super) fn below(top: &Path) -> Result<Vec<Source>> {
    let mut sources = Vec::new();
    gather(top, "", &mut sources)?;
    sources.sort_by(|one, other| one.path.cmp(&other.path));
    Ok(sources)
}

fn gather(top: &Path, folder: &str, sources: &mut Vec<Source>) -> Result<()> {
    for entry in fs::read_dir(top.join(folder))
        .with_context(|| format!("cannot read the folder {folder:?}"))?
    {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        let path = if folder.is_empty() { name.clone() } else { format!("{folder}/{name}") };
        if NOT_OURS.contains(&name.as_str()) {
            continue;
        }
        if entry.file_type()?.is_dir() {
            gather(top, &path, sources)?;
        } else if name.rsplit_once('.').is_some_and(|(_, ending)| TEXTS.contains(&ending)) {
            let text =
                fs::read_to_string(entry.path()).with_context(|| format!("cannot read {path}"))?;
            sources.push(Source { path, text });
        }
    }
    Ok(())
}

impl Source {
    /// The file as Rust, if that is what it is.
    pub(super) fn rust(&self) -> Option<syn::Result<Rust>> {
        self.path.ends_with(".rs").then(|| {
            let tokens: TokenStream = self.text.parse().map_err(syn::Error::from)?;
            let tree = syn::parse2(tokens.clone())?;
            Ok(Rust { tokens, tree })
        })
    }

    /// The names on the way to the file, the file's own without its ending.
    pub(super) fn steps(&self) -> impl Iterator<Item = &str> {
        self.path.split('/').map(|step| step.strip_suffix(".rs").unwrap_or(step))
    }

    /// Whether the whole file is there for tests.
    pub(super) fn is_test(&self) -> bool {
        self.steps().any(|step| step == "tests")
    }
}

impl Rust {
    /// The lines of items that are compiled for tests only.
    pub(super) fn test_lines(&self) -> Vec<RangeInclusive<usize>> {
        let mut search = TestItems::default();
        search.visit_file(&self.tree);
        search.0
    }
}

#[derive(Default)]
struct TestItems(Vec<RangeInclusive<usize>>);

impl<'tree> Visit<'tree> for TestItems {
    fn visit_item(&mut self, item: &'tree syn::Item) {
        self.note(attributes(item), item);
        syn::visit::visit_item(self, item);
    }

    fn visit_impl_item_fn(&mut self, item: &'tree syn::ImplItemFn) {
        self.note(&item.attrs, item);
    }
}

fn attributes(item: &syn::Item) -> &[syn::Attribute] {
    #[expect(clippy::wildcard_enum_match_arm, reason = "syn may learn more kinds of items")]
    match item {
        syn::Item::Const(item) => &item.attrs,
        syn::Item::Enum(item) => &item.attrs,
        syn::Item::ExternCrate(item) => &item.attrs,
        syn::Item::Fn(item) => &item.attrs,
        syn::Item::ForeignMod(item) => &item.attrs,
        syn::Item::Impl(item) => &item.attrs,
        syn::Item::Macro(item) => &item.attrs,
        syn::Item::Mod(item) => &item.attrs,
        syn::Item::Static(item) => &item.attrs,
        syn::Item::Struct(item) => &item.attrs,
        syn::Item::Trait(item) => &item.attrs,
        syn::Item::Type(item) => &item.attrs,
        syn::Item::Union(item) => &item.attrs,
        syn::Item::Use(item) => &item.attrs,
        _ => &[],
    }
}

impl TestItems {
    fn note(&mut self, attributes: &[syn::Attribute], item: &impl Spanned) {
        if attributes.iter().any(is_for_tests) {
            self.0.push(item.span().start().line..=item.span().end().line);
        }
    }
}

/// `#[test]`, `#[tokio::test]`, `#[cfg(test)]`.
pub(super) fn is_for_tests(attribute: &syn::Attribute) -> bool {
    if attribute.path().is_ident("cfg") {
        let condition = attribute.meta.require_list().map(|list| list.tokens.clone());
        return identifiers(condition.unwrap_or_default()).any(|name| name == "test");
    }
    attribute.path().segments.last().is_some_and(|segment| segment.ident == "test")
}

/// All identifiers in a stream of tokens, in order, also those in parentheses.
pub(super) fn identifiers(tokens: TokenStream) -> Box<dyn Iterator<Item = Ident>> {
    Box::new(tokens.into_iter().flat_map(|token| match token {
        TokenTree::Ident(name) => {
            Box::new(std::iter::once(name)) as Box<dyn Iterator<Item = Ident>>
        }
        TokenTree::Group(group) => identifiers(group.stream()),
        TokenTree::Punct(_) | TokenTree::Literal(_) => Box::new(std::iter::empty()),
    }))
}

/// Every `name(…)` and `name!(…)`, wherever it stands: macros hide code from the tree, but not from the tokens.
pub(super) fn calls(tokens: &TokenStream) -> Vec<(Ident, TokenStream)> {
    let mut found = Vec::new();
    let mut before: Option<Ident> = None;
    for token in tokens.clone() {
        match token {
            TokenTree::Ident(name) => before = Some(name),
            TokenTree::Punct(sign) if sign.as_char() == '!' => {}
            TokenTree::Group(group) => {
                if let (Some(name), Delimiter::Parenthesis) = (before.take(), group.delimiter()) {
                    found.push((name, group.stream()));
                }
                found.extend(calls(&group.stream()));
            }
            TokenTree::Punct(_) | TokenTree::Literal(_) => before = None,
        }
    }
    found
}

#[cfg(test)]
pub(super) fn rust_file(path: &str, text: &str) -> (Source, Rust) {
    let source = Source { path: path.to_owned(), text: text.to_owned() };
    let rust = source.rust().expect("a path that ends with .rs").expect("an example that parses");
    (source, rust)
}
