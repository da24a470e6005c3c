//! How the voice bridge is reached from outside: the settings, completed by what is kept for this installation.

use std::io;
use std::path::Path;

use bridge::{Outside, Secret};

use wire::Note;

use crate::folders;
use crate::kept::{self, Kept, not_kept};
use crate::settings::VoiceBridge;

/// The variable that may hold Twilio's auth token.
const AUTH_TOKEN: &str = "TWILIO_AUTH_TOKEN";

/// Where the secret of streams is kept.
const FILE: &str = "stream-secret";

/// How many bytes of chance it holds. Some carriers pass on no more than 48 letters, and each byte takes two.
const BYTES: usize = 16;

/// How the voice bridge is reached from outside, if it is.
///
/// # Errors
/// If the secret of this installation can neither be read nor be made and kept.
pub fn outside(settings: &VoiceBridge) -> io::Result<Option<Outside>> {
    let data = folders::needed(folders::data())?;
    within(settings, std::env::var(AUTH_TOKEN).ok(), || {
        let kept = kept::secret(&data, FILE, BYTES)?;
        kept.unkept.map_or(Ok(Secret::new(kept.text)), Err)
    })
}

/// How the voice bridge that runs here is reached from outside, if it is, and what is to be said about that. Where the
/// secret of this installation can't be used, the one that is in force is known to nobody.
pub(crate) fn of_this_station(
    settings: &VoiceBridge,
    data: &Path,
) -> io::Result<(Option<Outside>, Vec<Note>)> {
    let mut notes = Vec::new();
    let outside = within(settings, std::env::var(AUTH_TOKEN).ok(), || {
        let kept = match kept::secret(data, FILE, BYTES) {
            Ok(kept) => kept,
            Err(cause) => {
                let notes = vec![not_kept(&data.join(FILE), &cause)];
                Kept { text: kept::made_up(BYTES)?, notes, unkept: Some(cause) }
            }
        };
        notes = kept.notes;
        Ok(Secret::new(kept.text))
    })?;
    Ok((outside, notes))
}

fn within(
    settings: &VoiceBridge,
    auth_token: Option<String>,
    kept: impl FnOnce() -> io::Result<Secret>,
) -> io::Result<Option<Outside>> {
    let Some(url) = settings.public_url.clone() else { return Ok(None) };
    let named = auth_token.map(|text| text.trim().to_owned()).filter(|text| !text.is_empty());
    let secret = match settings.stream_secret.clone() {
        Some(secret) => secret,
        None => kept()?,
    };
    let auth_token = named.map(Secret::new).or_else(|| settings.twilio_auth_token.clone());
    Ok(Some(Outside { url, auth_token, secret }))
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
        assert!(of_this_station(&settings(None), folder.path()).unwrap().0.is_none());
        assert!(!folder.path().join(FILE).exists());
    }

    #[test]
    fn the_secret_is_made_once_and_one_that_is_set_goes_first() {
        let folder = tempfile::tempdir().unwrap();
        let mut settings = settings(Some("https://voice.example.org"));
        let secret = |settings: &VoiceBridge| {
            of_this_station(settings, folder.path()).unwrap().0.unwrap().secret
        };
        let made = secret(&settings);
        assert_eq!(made.reveal().len(), 32);
        assert_eq!(secret(&settings), made);
        settings.stream_secret = Some(Secret::new("one-of-my-own-choice"));
        assert_eq!(secret(&settings).reveal(), "one-of-my-own-choice");
    }

    #[test]
    fn a_folder_in_the_secret_s_place_keeps_no_port_from_coming_up() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join(FILE)).unwrap();
        let settings = settings(Some("https://voice.example.org"));
        let (outside, notes) = of_this_station(&settings, folder.path()).unwrap();
        assert_eq!(outside.unwrap().secret.reveal().len(), 32);
        assert!(matches!(notes.as_slice(), [Note::NotKept { path, .. }] if path.ends_with(FILE)));
    }

    #[test]
    fn the_variable_for_the_auth_token_goes_first() {
        let mut settings = settings(Some("https://voice.example.org"));
        settings.twilio_auth_token = Some(Secret::new("set"));
        let auth_token = |variable: Option<&str>| {
            let outside =
                within(&settings, variable.map(str::to_owned), || Ok(Secret::new("kept")));
            outside.unwrap().unwrap().auth_token.unwrap().reveal().to_owned()
        };
        assert_eq!(auth_token(Some("named")), "named");
        assert_eq!(auth_token(Some(" ")), "set");
        assert_eq!(auth_token(None), "set");
    }
}
