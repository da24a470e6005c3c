//! The paths that a stretch of code names, in macros too: `a::b`, and each of `a::{b, c::d}`.

use proc_macro2::{Delimiter, Group, Ident, TokenStream, TokenTree};

/// A path of two names or more, and where it begins. The last name is `*` where all that is there is meant.
pub(super) struct Named {
    pub(super) names: Vec<String>,
    pub(super) line: usize,
}

/// Every path in these tokens.
pub(super) fn named(tokens: &TokenStream) -> Vec<Named> {
    let tokens: Vec<TokenTree> = tokens.clone().into_iter().collect();
    let mut found = Vec::new();
    let mut index = 0;
    while let Some(token) = tokens.get(index) {
        index += 1;
        match token {
            TokenTree::Group(group) if !says_who_may_see(group) => {
                found.extend(named(&group.stream()));
            }
            TokenTree::Ident(first) => {
                let (paths, length) = from(first, &tokens[index..]);
                let paths = paths.into_iter().filter(|path| path.len() > 1);
                let line = first.span().start().line;
                found.extend(paths.map(|names| Named { names, line }));
                index += length;
            }
            TokenTree::Group(_) | TokenTree::Punct(_) | TokenTree::Literal(_) => {}
        }
    }
    found
}

/// The `(in crate::a)` of `pub(in crate::a)`.
fn says_who_may_see(group: &Group) -> bool {
    let first = group.stream().into_iter().next();
    group.delimiter() == Delimiter::Parenthesis
        && first.is_some_and(|token| matches!(token, TokenTree::Ident(word) if word == "in"))
}

/// The paths that begin with this name, and how many tokens they take after it.
fn from(first: &Ident, rest: &[TokenTree]) -> (Vec<Vec<String>>, usize) {
    let mut path = vec![first.to_string()];
    let mut length = 0;
    while let Some(next) = after_colons(&rest[length..]) {
        match next {
            TokenTree::Ident(name) => path.push(name.to_string()),
            TokenTree::Punct(sign) if sign.as_char() == '*' => path.push("*".into()),
            TokenTree::Group(group) if group.delimiter() == Delimiter::Brace => {
                return (within(&path, group), length + 3);
            }
            TokenTree::Group(_) | TokenTree::Punct(_) | TokenTree::Literal(_) => break,
        }
        length += 3;
    }
    (vec![path], length)
}

/// The paths of `path::{…}`.
fn within(path: &[String], group: &Group) -> Vec<Vec<String>> {
    let tokens: Vec<TokenTree> = group.stream().into_iter().collect();
    let is_comma =
        |token: &TokenTree| matches!(token, TokenTree::Punct(sign) if sign.as_char() == ',');
    let rests = tokens.split(is_comma).flat_map(|member| match member {
        [TokenTree::Ident(first), rest @ ..] => from(first, rest).0,
        [TokenTree::Punct(sign)] => vec![vec![sign.to_string()]],
        _ => Vec::new(),
    });
    let whole = |rest: Vec<String>| match rest.as_slice() {
        [only] if only == "self" => path.to_vec(),
        names => path.iter().chain(names).cloned().collect(),
    };
    rests.map(whole).collect()
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

#[cfg(test)]
mod tests {
    use super::*;

    fn paths(text: &str) -> Vec<String> {
        named(&text.parse().unwrap()).into_iter().map(|path| path.names.join("::")).collect()
    }

    #[test]
    fn paths_are_found_in_imports_code_and_macros() {
        assert_eq!(
            paths("use super::{c, a::{self, A as B}, d::*};"),
            ["super::c", "super::a", "super::a::A", "super::d::*"]
        );
        assert_eq!(
            paths("fn f(x: crate::X) { a.b; println!(\"{}\", c::d()); }"),
            ["crate::X", "c::d"]
        );
        assert_eq!(paths("let v = Vec::<a::B>::new();"), ["a::B"]);
    }

    #[test]
    fn who_may_see_something_is_no_path_that_is_used() {
        assert!(paths("pub(in crate::a) fn f() {}").is_empty());
        assert_eq!(paths("for x in crate::a() {}"), ["crate::a"]);
    }
}
