//! Files over 400 lines and functions over 60.

use proc_macro2::Span;
use syn::spanned::Spanned;
use syn::visit::Visit;

use super::finding::Finding;
use super::source::{Rust, Source};

const LONGEST_FILE: usize = 400;
const LONGEST_FUNCTION: usize = 60;
const CODE: &[&str] = &[".rs", ".ts", ".js", ".svelte", ".css"];
/// Made by a program, read by programs.
const MADE: &[&str] = &["ui/src/wire.ts"];

pub(super) fn check_file(source: &Source) -> Vec<Finding> {
    let lines = source.text.lines().count();
    let is_code = CODE.iter().any(|ending| source.path.ends_with(ending))
        && !MADE.contains(&source.path.as_str());
    if is_code && lines > LONGEST_FILE {
        let reason = format!(
            "this file has {lines} lines; {LONGEST_FILE} is the limit, so give a part a file of its own"
        );
        return vec![Finding::new(&source.path, LONGEST_FILE + 1, reason)];
    }
    Vec::new()
}

pub(super) fn check_functions(source: &Source, rust: &Rust) -> Vec<Finding> {
    let mut search = LongFunctions { path: &source.path, findings: Vec::new() };
    search.visit_file(&rust.tree);
    search.findings
}

struct LongFunctions<'path> {
    path: &'path str,
    findings: Vec<Finding>,
}

impl<'tree> Visit<'tree> for LongFunctions<'_> {
    fn visit_item_fn(&mut self, function: &'tree syn::ItemFn) {
        self.measure(&function.sig, function.block.span());
        syn::visit::visit_item_fn(self, function);
    }

    fn visit_impl_item_fn(&mut self, function: &'tree syn::ImplItemFn) {
        self.measure(&function.sig, function.block.span());
        syn::visit::visit_impl_item_fn(self, function);
    }

    fn visit_trait_item_fn(&mut self, function: &'tree syn::TraitItemFn) {
        if let Some(body) = &function.default {
            self.measure(&function.sig, body.span());
        }
        syn::visit::visit_trait_item_fn(self, function);
    }
}

impl LongFunctions<'_> {
    fn measure(&mut self, signature: &syn::Signature, body: Span) {
        let first = signature.span().start().line;
        let lines = body.end().line - first + 1;
        if lines > LONGEST_FUNCTION {
            let reason =
                format!("`{}` has {lines} lines; {LONGEST_FUNCTION} is the limit", signature.ident);
            self.findings.push(Finding::new(self.path, first, reason));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::source::rust_file;

    #[test]
    fn a_file_of_401_lines_is_found_and_one_of_400_is_not() {
        let of = |path: &str, lines| Source { path: path.into(), text: "// …\n".repeat(lines) };
        assert_eq!(check_file(&of("ui/src/app.css", 401)).len(), 1);
        assert!(check_file(&of("ui/src/app.css", 400)).is_empty());
        assert!(check_file(&of("README.md", 401)).is_empty());
        assert!(check_file(&of("ui/src/wire.ts", 401)).is_empty());
    }

    #[test]
    fn a_function_of_61_lines_is_found_wherever_it_stands() {
        let function = |lines: usize| format!("fn long() {{{}}}", "\n".repeat(lines - 1));
        let found = |text: &str| {
            let (source, rust) = rust_file("a.rs", text);
            check_functions(&source, &rust).iter().map(|finding| finding.line).collect::<Vec<_>>()
        };
        assert_eq!(found(&function(61)), [1]);
        assert!(found(&function(60)).is_empty());
        assert_eq!(found(&format!("impl X {{\n{}\n}}", function(61))), [2]);
        assert_eq!(found(&format!("trait X {{\n{}\n}}", function(61))), [2]);
    }
}
