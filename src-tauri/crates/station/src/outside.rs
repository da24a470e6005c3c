//! How the voice bridge is reached from outside: the settings, completed by what is kept for this installation.

use std::io;
use std::path::Path;

use bridge::{Outside, Secret};
use wire::Note;

use crate::installation::folders;
use crate::installation::kept::{self, not_kept};
use crate::settings::VoiceBridge;

const AUTH_TOKEN: &str = "TWILIO_AUTH_TOKEN";

const FILE: &str = "stream-secret";

/// How many bytes of chance it holds. Some carriers pass on no more than 48 letters, and each byte takes two.
const BYTES: usize = 16;

/// How the voice bridge is reached from outside, if it is. An error if the secret of this installation can neither be read nor be
/// made and kept.
pub fn outside(settings: &VoiceBridge) -> io::Result<Option<Outside>> {
    let secret = stream_secret(settings)?;
    Ok(secret.and_then(|secret| reached(settings, std::env::var(AUTH_TOKEN).ok(), secret)))
}

/// What every stream must show that nobody has signed, if the settings ask for anything. An error as for [`outside()`].
pub(crate) fn stream_secret(settings: &VoiceBridge) -> io::Result<Option<Secret>> {
    if !settings.asks_for_secret() || settings.stream_secret.is_some() {
        return Ok(settings.stream_secret.clone());
    }
    let kept = kept::secret(&folders::needed(folders::data())?, FILE, BYTES)?;
    kept.unkept.map_or(Ok(Some(Secret::new(kept.text))), Err)
}

/// Puts into the settings what guards the streams here, and tells what is to be said of that. Where the secret of this
/// installation can't be used, the one that is in force is known to nobody.
pub(crate) fn guard(settings: &mut VoiceBridge, data: &Path) -> io::Result<Vec<Note>> {
    if !settings.asks_for_secret() {
        return Ok(Vec::new());
    }
    let (secret, notes) = match settings.stream_secret.clone() {
        Some(secret) => (secret, Vec::new()),
        None => match kept::secret(data, FILE, BYTES) {
            Ok(kept) => (Secret::new(kept.text), kept.notes),
            Err(cause) => {
                let note = not_kept(&data.join(FILE), &cause);
                (Secret::new(kept::made_up(BYTES)?), vec![note])
            }
        },
    };
    settings.limits.outside = reached(settings, std::env::var(AUTH_TOKEN).ok(), secret.clone());
    settings.limits.stream_secret = Some(secret);
    Ok(notes)
}

fn reached(settings: &VoiceBridge, auth_token: Option<String>, secret: Secret) -> Option<Outside> {
    let url = settings.public_url.clone()?;
    let named = auth_token.map(Secret::from).filter(|token| !token.reveal().is_empty());
    let auth_token = named.or_else(|| settings.twilio_auth_token.clone());
    Some(Outside { url, auth_token, secret })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(public_url: Option<&str>) -> VoiceBridge {
        let public_url = public_url.map(|url| url.to_owned().try_into().unwrap());
        VoiceBridge { public_url, ..VoiceBridge::default() }
    }

    fn guarded(mut settings: VoiceBridge, folder: &Path) -> (bridge::Settings, Vec<Note>) {
        let notes = guard(&mut settings, folder).unwrap();
        (settings.limits, notes)
    }

    fn secret(settings: &VoiceBridge, folder: &Path) -> String {
        guarded(settings.clone(), folder).0.stream_secret.unwrap().reveal().to_owned()
    }

    #[test]
    fn without_a_public_address_nothing_is_made() {
        let folder = tempfile::tempdir().unwrap();
        let (limits, _) = guarded(settings(None), folder.path());
        assert!(limits.outside.is_none() && limits.stream_secret.is_none());
        assert!(!folder.path().join(FILE).exists());
    }

    #[test]
    fn the_secret_is_made_once_and_one_that_is_set_goes_first() {
        let folder = tempfile::tempdir().unwrap();
        let mut settings = settings(Some("https://voice.example.org"));
        let made = secret(&settings, folder.path());
        assert_eq!(made.len(), 32);
        assert_eq!(secret(&settings, folder.path()), made);
        settings.stream_secret = Some(Secret::new("one-of-my-own-choice"));
        assert_eq!(secret(&settings, folder.path()), "one-of-my-own-choice");
    }

    #[test]
    fn what_is_of_no_use_without_a_public_address_guards_streams_too() {
        let folder = tempfile::tempdir().unwrap();
        let mut with_token = settings(None);
        with_token.twilio_auth_token = Some(Secret::new("12345"));
        let mut with_secret = settings(None);
        with_secret.stream_secret = Some(Secret::new("one-of-my-own-choice"));
        let mut closed = settings(None);
        closed.limits.only_this_machine = true;
        for settings in [with_token, with_secret, closed] {
            let (limits, _) = guarded(settings.clone(), folder.path());
            assert!(limits.stream_secret.is_some() && limits.outside.is_none(), "{settings:?}");
        }
    }

    #[test]
    fn a_folder_in_the_secret_s_place_keeps_no_port_from_coming_up() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join(FILE)).unwrap();
        let settings = settings(Some("https://voice.example.org"));
        let (limits, notes) = guarded(settings, folder.path());
        assert_eq!(limits.outside.unwrap().secret.reveal().len(), 32);
        assert!(matches!(notes.as_slice(), [Note::NotKept { path, .. }] if path.ends_with(FILE)));
    }

    #[test]
    fn the_variable_for_the_auth_token_goes_first() {
        let mut settings = settings(Some("https://voice.example.org"));
        settings.twilio_auth_token = Some(Secret::new("set"));
        let auth_token = |variable: Option<&str>| {
            let outside = reached(&settings, variable.map(str::to_owned), Secret::new("kept"));
            outside.unwrap().auth_token.unwrap().reveal().to_owned()
        };
        for variable in ["named", " named", "named\r\n", "\u{feff}named\u{a0}"] {
            assert_eq!(auth_token(Some(variable)), "named", "{variable:?}");
        }
        assert_eq!(auth_token(Some(" ")), "set");
        assert_eq!(auth_token(None), "set");
    }
}
