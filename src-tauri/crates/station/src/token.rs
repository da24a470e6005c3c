//! The tokens that port 9999 asks for, one to steer and one to watch: made at random for this installation and kept in
//! files that only their owner may read. `SUPERVISOR_TOKEN` may name the first.

use std::io;
use std::path::{Path, PathBuf};

use supervisor::Role;

use crate::{folders, private};

/// The variable that may name the token to steer.
const VARIABLE: &str = "SUPERVISOR_TOKEN";

/// The token that earlier versions came with. It has been published, so it protects nothing.
const PUBLISHED: &str = "dev-token-12345";

/// The tokens, and where the first came from.
pub(crate) struct Tokens {
    pub(crate) control: String,
    pub(crate) observe: String,
    /// Whether the variable named the published one, which is not used.
    pub(crate) refused_published: bool,
}

/// The tokens of this installation; made if there are none yet.
pub(crate) fn load(folder: &Path) -> io::Result<Tokens> {
    choose(named(), folder)
}

/// Makes another token for this role and keeps it.
pub(crate) fn renew(folder: &Path, role: Role) -> io::Result<String> {
    renew_unless(named().as_deref(), folder, role)
}

/// The token that the xSwarm Voice of this user asks for on port 9999 from those who steer, or who only watch.
///
/// # Errors
/// If it can't be read.
pub fn access_token(access: Role) -> io::Result<String> {
    let tokens = load(&data()?)?;
    Ok(match access {
        Role::Control => tokens.control,
        Role::Observe => tokens.observe,
    })
}

/// Makes another token. An xSwarm Voice that runs doesn't learn of it by this; it must be asked for it on port 9999.
///
/// # Errors
/// If it can't be written, or the variable `SUPERVISOR_TOKEN` names it.
pub fn renew_token(access: Role) -> io::Result<String> {
    renew(&data()?, access)
}

fn data() -> io::Result<PathBuf> {
    let data = folders::data().ok_or(io::ErrorKind::NotFound)?;
    private::folder(&data)?;
    Ok(data)
}

fn named() -> Option<String> {
    let text = std::env::var(VARIABLE).ok()?.trim().to_owned();
    (!text.is_empty()).then_some(text)
}

fn choose(named: Option<String>, folder: &Path) -> io::Result<Tokens> {
    let observe = kept(folder, Role::Observe)?;
    match named {
        Some(control) if control != PUBLISHED => {
            Ok(Tokens { control, observe, refused_published: false })
        }
        named => {
            let control = kept(folder, Role::Control)?;
            Ok(Tokens { control, observe, refused_published: named.is_some() })
        }
    }
}

fn renew_unless(named: Option<&str>, folder: &Path, role: Role) -> io::Result<String> {
    if role == Role::Control && named.is_some_and(|token| token != PUBLISHED) {
        let text = format!("{VARIABLE} names the token; it can only be changed there");
        return Err(io::Error::new(io::ErrorKind::Unsupported, text));
    }
    make(folder, role)
}

fn file(role: Role) -> &'static str {
    match role {
        Role::Control => "token",
        Role::Observe => "token-observe",
    }
}

fn kept(folder: &Path, role: Role) -> io::Result<String> {
    let path = folder.join(file(role));
    match std::fs::read_to_string(&path) {
        Ok(text) if !text.trim().is_empty() => {
            private::close(&path)?;
            return Ok(text.trim().to_owned());
        }
        Ok(_) => {}
        Err(cause) if cause.kind() == io::ErrorKind::NotFound => {}
        Err(cause) => return Err(cause),
    }
    make(folder, role)
}

fn make(folder: &Path, role: Role) -> io::Result<String> {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes).map_err(io::Error::other)?;
    let text: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    private::write(&folder.join(file(role)), &format!("{text}\n"))?;
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_made_once_and_kept() {
        let folder = tempfile::tempdir().unwrap();
        let first = choose(None, folder.path()).unwrap().control;
        assert_eq!(first.len(), 64);
        assert_eq!(choose(None, folder.path()).unwrap().control, first);
    }

    #[test]
    fn two_installations_have_different_tokens() {
        let (one, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        assert_ne!(
            choose(None, one.path()).unwrap().control,
            choose(None, other.path()).unwrap().control
        );
    }

    #[test]
    fn the_published_token_is_never_used() {
        let folder = tempfile::tempdir().unwrap();
        let token = choose(Some(PUBLISHED.to_owned()), folder.path()).unwrap();
        assert_ne!(token.control, PUBLISHED);
        assert!(token.refused_published);
    }

    #[test]
    fn the_variable_goes_first() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(choose(Some("mine".to_owned()), folder.path()).unwrap().control, "mine");
    }

    #[test]
    fn to_watch_takes_another_token_than_to_steer() {
        let folder = tempfile::tempdir().unwrap();
        let tokens = choose(None, folder.path()).unwrap();
        assert_ne!(tokens.control, tokens.observe);
    }

    #[test]
    fn a_renewed_token_is_kept_in_the_place_of_the_one_before() {
        let folder = tempfile::tempdir().unwrap();
        let before = choose(None, folder.path()).unwrap();
        let fresh = renew_unless(None, folder.path(), Role::Control).unwrap();
        let after = choose(None, folder.path()).unwrap();
        assert_ne!(before.control, fresh);
        assert_eq!((after.control, after.observe), (fresh, before.observe));
    }

    #[test]
    fn a_token_that_the_variable_names_is_not_renewed_in_vain() {
        let folder = tempfile::tempdir().unwrap();
        assert!(renew_unless(Some("mine"), folder.path(), Role::Control).is_err());
        assert!(renew_unless(Some("mine"), folder.path(), Role::Observe).is_ok());
        assert!(renew_unless(Some(PUBLISHED), folder.path(), Role::Control).is_ok());
    }
}
