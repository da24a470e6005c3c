//! How the voice bridge is reached from outside: the settings, completed by what is kept for this installation.

use std::io;
use std::path::Path;

use bridge::{Outside, Secret};

use crate::settings::VoiceBridge;
use crate::{folders, private};

/// The variable that may hold Twilio's auth token.
const AUTH_TOKEN: &str = "TWILIO_AUTH_TOKEN";

/// Where the secret of streams is kept.
const FILE: &str = "stream-secret";

/// How the voice bridge is reached from outside, if it is.
///
/// # Errors
/// If the secret of this installation can neither be read nor made.
pub fn outside(settings: &VoiceBridge) -> io::Result<Option<Outside>> {
    let data = folders::data().ok_or(io::ErrorKind::NotFound)?;
    within(settings, &data, std::env::var(AUTH_TOKEN).ok())
}

/// What every stream must show that nobody has signed, if anything: once a public address is set, or something that is of no
/// use without one, or while what the settings say of all this can't be read.
///
/// # Errors
/// If the secret of this installation can neither be read nor made.
pub fn stream_secret(settings: &VoiceBridge) -> io::Result<Option<Secret>> {
    if !is_guarded(settings) {
        return Ok(None);
    }
    secret(settings, &folders::data().ok_or(io::ErrorKind::NotFound)?).map(Some)
}

/// Whether streams must show anything.
pub(crate) fn is_guarded(settings: &VoiceBridge) -> bool {
    settings.public_url.is_some()
        || settings.twilio_auth_token.is_some()
        || settings.stream_secret.is_some()
        || settings.limits.only_this_machine
}

fn secret(settings: &VoiceBridge, data: &Path) -> io::Result<Secret> {
    match settings.stream_secret.clone() {
        Some(secret) => Ok(secret),
        None => kept(&data.join(FILE)),
    }
}

fn within(
    settings: &VoiceBridge,
    data: &Path,
    auth_token: Option<String>,
) -> io::Result<Option<Outside>> {
    let Some(url) = settings.public_url.clone() else { return Ok(None) };
    let named = auth_token.map(Secret::from).filter(|token| !token.reveal().is_empty());
    let auth_token = named.or_else(|| settings.twilio_auth_token.clone());
    Ok(Some(Outside { url, auth_token, secret: secret(settings, data)? }))
}

/// The secret in this file; made at random if there is none yet.
fn kept(path: &Path) -> io::Result<Secret> {
    match std::fs::read_to_string(path) {
        Ok(text) if !text.trim().is_empty() => return Ok(Secret::new(text.trim())),
        Ok(_) => {}
        Err(cause) if cause.kind() == io::ErrorKind::NotFound => {}
        Err(cause) => return Err(cause),
    }
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes).map_err(io::Error::other)?;
    let text: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    private::write(path, &format!("{text}\n"))?;
    Ok(Secret::new(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(public_url: Option<&str>) -> VoiceBridge {
        let public_url = public_url.map(|url| url.to_owned().try_into().unwrap());
        VoiceBridge { public_url, ..VoiceBridge::default() }
    }

    #[test]
    fn without_a_public_address_nothing_is_made() {
        let folder = tempfile::tempdir().unwrap();
        assert!(within(&settings(None), folder.path(), None).unwrap().is_none());
        assert!(!folder.path().join(FILE).exists());
    }

    #[test]
    fn the_secret_is_made_once_and_one_that_is_set_goes_first() {
        let folder = tempfile::tempdir().unwrap();
        let mut settings = settings(Some("https://voice.example.org"));
        let secret =
            |settings: &VoiceBridge| within(settings, folder.path(), None).unwrap().unwrap().secret;
        let made = secret(&settings);
        assert_eq!(made.reveal().len(), 32);
        assert_eq!(secret(&settings), made);
        settings.stream_secret = Some(Secret::new("one-of-my-own-choice"));
        assert_eq!(secret(&settings).reveal(), "one-of-my-own-choice");
    }

    #[test]
    fn what_is_of_no_use_without_a_public_address_guards_streams_too() {
        let open = settings(None);
        assert!(!is_guarded(&open));
        let mut with_token = open.clone();
        with_token.twilio_auth_token = Some(Secret::new("12345"));
        let mut with_secret = open.clone();
        with_secret.stream_secret = Some(Secret::new("one-of-my-own-choice"));
        let mut closed = open;
        closed.limits.only_this_machine = true;
        for guarded in [with_token, with_secret, closed, settings(Some("https://h.example"))] {
            assert!(is_guarded(&guarded), "{guarded:?}");
        }
    }

    #[test]
    fn the_variable_for_the_auth_token_goes_first() {
        let folder = tempfile::tempdir().unwrap();
        let mut settings = settings(Some("https://voice.example.org"));
        settings.twilio_auth_token = Some(Secret::new("set"));
        let auth_token = |variable: Option<&str>| {
            let outside = within(&settings, folder.path(), variable.map(str::to_owned));
            outside.unwrap().unwrap().auth_token.unwrap().reveal().to_owned()
        };
        for variable in ["named", " named", "named\r\n", "\u{feff}named\u{a0}"] {
            assert_eq!(auth_token(Some(variable)), "named", "{variable:?}");
        }
        assert_eq!(auth_token(Some(" ")), "set");
        assert_eq!(auth_token(None), "set");
    }
}
