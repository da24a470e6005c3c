//! The token that port 9999 asks for: from `SUPERVISOR_TOKEN`, else made at random for this installation and kept in a
//! file that only its owner may read.

use std::io;
use std::path::Path;

use crate::private;

/// The variable that may name the token.
const VARIABLE: &str = "SUPERVISOR_TOKEN";

/// The token that earlier versions came with. It has been published, so it protects nothing.
const PUBLISHED: &str = "dev-token-12345";

const FILE: &str = "token";

/// A token and where it came from.
pub(crate) struct Token {
    pub(crate) text: String,
    /// Whether the variable named the published one, which is not used.
    pub(crate) refused_published: bool,
}

/// The token of this installation; made if there is none yet.
pub(crate) fn load(folder: &Path) -> io::Result<Token> {
    let named = std::env::var(VARIABLE)
        .ok()
        .map(|text| text.trim().to_owned())
        .filter(|text| !text.is_empty());
    choose(named, folder)
}

fn choose(named: Option<String>, folder: &Path) -> io::Result<Token> {
    match named {
        Some(text) if text != PUBLISHED => Ok(Token { text, refused_published: false }),
        named => Ok(Token { text: kept(folder)?, refused_published: named.is_some() }),
    }
}

fn kept(folder: &Path) -> io::Result<String> {
    let path = folder.join(FILE);
    match std::fs::read_to_string(&path) {
        Ok(text) if !text.trim().is_empty() => return Ok(text.trim().to_owned()),
        Ok(_) => {}
        Err(cause) if cause.kind() == io::ErrorKind::NotFound => {}
        Err(cause) => return Err(cause),
    }
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes).map_err(io::Error::other)?;
    let text: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    private::write(&path, &format!("{text}\n"))?;
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_made_once_and_kept() {
        let folder = tempfile::tempdir().unwrap();
        let first = choose(None, folder.path()).unwrap().text;
        assert_eq!(first.len(), 64);
        assert_eq!(choose(None, folder.path()).unwrap().text, first);
    }

    #[test]
    fn two_installations_have_different_tokens() {
        let (one, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        assert_ne!(
            choose(None, one.path()).unwrap().text,
            choose(None, other.path()).unwrap().text
        );
    }

    #[test]
    fn the_published_token_is_never_used() {
        let folder = tempfile::tempdir().unwrap();
        let token = choose(Some(PUBLISHED.to_owned()), folder.path()).unwrap();
        assert_ne!(token.text, PUBLISHED);
        assert!(token.refused_published);
    }

    #[test]
    fn the_variable_goes_first() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(choose(Some("mine".to_owned()), folder.path()).unwrap().text, "mine");
    }
}
