//! The tokens that port 9999 asks for, one to steer and one to watch: made at random for this installation and kept in
//! files that only their owner may read. `SUPERVISOR_TOKEN` may name the first.

use std::io;
use std::path::{Path, PathBuf};

use wire::Note;
use wire::protocol::Role;

use crate::installation::kept::{self, Kept};
use crate::{installation::folders, installation::private};

const VARIABLE: &str = "SUPERVISOR_TOKEN";

/// The token that earlier versions came with. It has been published, so it protects nothing.
const PUBLISHED: &str = "dev-token-12345";

/// How many bytes of chance a token holds.
const BYTES: usize = 32;

pub(crate) struct Tokens {
    pub(crate) control: String,
    pub(crate) observe: String,
    pub(crate) notes: Vec<Note>,
}

/// The tokens of this installation; made if there are none yet. An error if what lies in their place can't be used safely.
pub(crate) fn load(folder: &Path) -> io::Result<Tokens> {
    choose(named(), folder)
}

pub(crate) fn renew(folder: &Path, role: Role) -> io::Result<String> {
    renew_unless(named().as_deref(), folder, role)
}

/// The token that the xSwarm Voice of this user asks for on port 9999 from those who steer, or who only watch. An error if it
/// can't be read, or could be kept nowhere.
pub fn access_token(access: Role) -> io::Result<String> {
    let data = data()?;
    if access == Role::Control
        && let Some(named) = named().filter(|named| objection(named).is_none())
    {
        return Ok(named);
    }
    shown(kept::secret(&data, file(access), BYTES)?)
}

/// Makes another token, unless the variable `SUPERVISOR_TOKEN` names it. An xSwarm Voice that runs doesn't learn of it by this;
/// it must be asked for it on port 9999.
pub fn renew_token(access: Role) -> io::Result<String> {
    renew(&data()?, access)
}

fn data() -> io::Result<PathBuf> {
    let data = folders::needed(folders::data())?;
    private::guard(&data)?;
    match private::folder(&data) {
        Err(cause) if !private::has_no_room(&cause) => Err(cause),
        Ok(()) | Err(_) => Ok(data),
    }
}

fn named() -> Option<String> {
    let text = std::env::var(VARIABLE).ok()?.trim().to_owned();
    (!text.is_empty()).then_some(text)
}

/// What speaks against a token that the variable names.
fn objection(named: &str) -> Option<Note> {
    if named == PUBLISHED {
        Some(Note::PublishedToken)
    } else {
        (!kept::is_secret(named)).then_some(Note::ShortToken)
    }
}

fn choose(named: Option<String>, folder: &Path) -> io::Result<Tokens> {
    let Kept { text: observe, mut notes, .. } = kept::secret(folder, file(Role::Observe), BYTES)?;
    let control = match named.map(|named| (objection(&named), named)) {
        Some((None, named)) => named,
        refused => {
            let control = kept::secret(folder, file(Role::Control), BYTES)?;
            notes.extend(refused.and_then(|(objection, _)| objection));
            notes.extend(control.notes);
            control.text
        }
    };
    Ok(Tokens { control, observe, notes })
}

fn renew_unless(named: Option<&str>, folder: &Path, role: Role) -> io::Result<String> {
    if role == Role::Control && named.is_some_and(|token| objection(token).is_none()) {
        let text = format!("{VARIABLE} names the token; it can only be changed there");
        return Err(io::Error::new(io::ErrorKind::Unsupported, text));
    }
    shown(kept::replaced(folder, file(role), BYTES)?)
}

/// One that others can learn of.
fn shown(kept: Kept) -> io::Result<String> {
    kept.unkept.map_or(Ok(kept.text), Err)
}

fn file(role: Role) -> &'static str {
    match role {
        Role::Control => "token",
        Role::Observe => "token-observe",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINE: &str = "a-token-of-my-own";

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
        assert_eq!(token.notes, [Note::PublishedToken]);
    }

    #[test]
    fn the_variable_goes_first() {
        let folder = tempfile::tempdir().unwrap();
        let tokens = choose(Some(MINE.to_owned()), folder.path()).unwrap();
        assert_eq!((tokens.control.as_str(), tokens.notes), (MINE, Vec::new()));
    }

    #[test]
    fn a_variable_that_anybody_could_guess_is_not_used_and_that_is_said() {
        let folder = tempfile::tempdir().unwrap();
        let own = choose(None, folder.path()).unwrap().control;
        for short in ["a", "123456789012345", "letmein"] {
            let tokens = choose(Some(short.to_owned()), folder.path()).unwrap();
            assert_eq!((&tokens.control, tokens.notes), (&own, vec![Note::ShortToken]), "{short}");
        }
        assert_ne!(
            choose(Some("1234567890123456".to_owned()), folder.path()).unwrap().control,
            own
        );
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
        assert!(renew_unless(Some(MINE), folder.path(), Role::Control).is_err());
        assert!(renew_unless(Some(MINE), folder.path(), Role::Observe).is_ok());
        assert!(renew_unless(Some("short"), folder.path(), Role::Control).is_ok());
        assert!(renew_unless(Some(PUBLISHED), folder.path(), Role::Control).is_ok());
    }
}
