//! Reads the file.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use wire::{Note, SettingsEffect, SettingsProblem};

use super::{Settings, TEMPLATE, read};
use crate::installation::private;

/// The settings as the file in a folder has them.
#[derive(Clone, Debug)]
pub struct Loaded {
    /// What is in force.
    pub settings: Settings,
    pub(crate) path: PathBuf,
    /// What is wrong with the file, line by line.
    pub problems: Vec<SettingsProblem>,
}

impl Loaded {
    pub(crate) fn notes(&self) -> Vec<Note> {
        let path = self.path.display().to_string();
        let note = |problem: &SettingsProblem| Note::SettingsUnreadable {
            path: path.clone(),
            problem: problem.to_string(),
            effect: problem.effect,
        };
        self.problems.iter().map(note).collect()
    }

    /// Logs what is wrong.
    #[must_use]
    pub fn warned(self) -> Self {
        let path = self.path.display();
        for problem in &self.problems {
            tracing::warn!(%path, %problem, effect = ?problem.effect, "the settings have an error");
        }
        self
    }
}

impl Settings {
    /// The settings in this folder. Without a file, one is left there with every setting explained and commented out.
    pub fn load(folder: &Path) -> Loaded {
        Self::look(folder).unwrap_or_else(|path| {
            // Where nothing can be written the defaults are in force all the same.
            let _ = private::folder(folder).and_then(|()| private::write(&path, TEMPLATE));
            Loaded { settings: Self::default(), path, problems: Vec::new() }
        })
    }

    /// The same where there is a file, and nothing is left where there is none, but its path told.
    pub(crate) fn look(folder: &Path) -> Result<Loaded, PathBuf> {
        let path = Self::path(folder);
        let (settings, problems) = match private::read_bytes(&path) {
            Ok(bytes) => of(&bytes),
            Err(cause) if cause.kind() == ErrorKind::NotFound => return Err(path),
            Err(cause) => {
                // Whoever tells of the problem names the file.
                let cause = cause.to_string().replacen(&path.display().to_string(), "the file", 1);
                let effect = SettingsEffect::OnlyThisMachine;
                let problem = SettingsProblem { key: None, line: None, problem: cause, effect };
                (read::nothing(), vec![problem])
            }
        };
        Ok(Loaded { settings, path, problems })
    }
}

/// What a file of these bytes says, in whichever way an editor has saved it.
fn of(bytes: &[u8]) -> (Settings, Vec<SettingsProblem>) {
    let is_utf16 = Some((1, "is saved as UTF-16"));
    let (text, wrong) = match bytes {
        [0xff, 0xfe, rest @ ..] => (utf16(rest, u16::from_le_bytes), is_utf16),
        [0xfe, 0xff, rest @ ..] => (utf16(rest, u16::from_be_bytes), is_utf16),
        bytes => {
            let wrong = std::str::from_utf8(bytes).err().map(|error| {
                let before = &bytes[..error.valid_up_to()];
                (1 + before.iter().filter(|byte| **byte == b'\n').count(), "is not saved as UTF-8")
            });
            (String::from_utf8_lossy(bytes).into_owned(), wrong)
        }
    };
    let (settings, mut problems) = read::read(&text);
    if let Some((line, wrong)) = wrong {
        let problem = format!("the file {wrong}; have your editor save it as UTF-8");
        let effect = SettingsEffect::Kept;
        problems.insert(0, SettingsProblem { key: None, line: Some(line), problem, effect });
    }
    (settings, problems)
}

fn utf16(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> String {
    let units = bytes.chunks(2).map(|pair| unit([pair[0], pair.get(1).copied().unwrap_or(0)]));
    char::decode_utf16(units).map(|letter| letter.unwrap_or(char::REPLACEMENT_CHARACTER)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is loaded from a file of these bytes.
    fn loaded(bytes: &[u8]) -> Loaded {
        let folder = tempfile::tempdir().expect("a folder");
        std::fs::write(Settings::path(folder.path()), bytes).expect("room");
        Settings::load(folder.path())
    }

    fn is_closed(settings: &Settings) -> bool {
        settings.voice_bridge.limits.only_this_machine
            && settings.supervisor.limits.only_this_machine
            && settings.voice_bridge.asks_for_secret()
    }

    #[test]
    fn without_a_file_one_is_left_and_an_empty_one_says_nothing() {
        let folder = tempfile::tempdir().expect("a folder");
        for _ in 0..2 {
            let loaded = Settings::load(folder.path());
            assert_eq!(loaded.problems, []);
            assert!(!is_closed(&loaded.settings));
        }
        assert_eq!(std::fs::read_to_string(Settings::path(folder.path())).expect("it"), TEMPLATE);
        assert_eq!(loaded(b"").problems, []);
    }

    #[test]
    fn what_is_no_file_that_can_be_read_closes_both_services() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = Settings::path(folder.path());
        std::fs::create_dir(&path).expect("room");
        let loaded = Settings::load(folder.path());
        assert!(is_closed(&loaded.settings));
        let told = loaded.problems[0].to_string();
        assert!(told.starts_with("the file is a folder"), "{told}");
    }

    #[test]
    fn a_file_that_is_not_saved_as_utf_8_is_read_and_told_with_its_line() {
        let text = "[retry]\n# für mich\nattempts = 7\n";
        let utf16 = |mark: [u8; 2], unit: fn(u16) -> [u8; 2]| {
            mark.into_iter().chain(text.encode_utf16().flat_map(unit)).collect::<Vec<u8>>()
        };
        let latin1: Vec<u8> =
            text.chars().map(|letter| u8::try_from(letter).expect("so")).collect();
        for (bytes, said) in [
            (utf16([0xff, 0xfe], u16::to_le_bytes), "line 1: the file is saved as UTF-16; "),
            (utf16([0xfe, 0xff], u16::to_be_bytes), "line 1: the file is saved as UTF-16; "),
            (latin1, "line 2: the file is not saved as UTF-8; "),
        ] {
            let Loaded { settings, problems, .. } = loaded(&bytes);
            let told = problems[0].to_string();
            assert!(problems.len() == 1 && told.starts_with(said), "{problems:?}");
            assert!(told.ends_with("have your editor save it as UTF-8"), "{told}");
            assert_eq!(settings.retry.attempts, 7);
            assert!(!is_closed(&settings));
        }
    }

    #[test]
    fn a_setting_that_is_not_saved_as_utf_8_is_set_aside() {
        let Loaded { settings, problems, .. } = loaded(b"[moshi]\ntext_prompt = \"Gr\xfc\xdfe\"\n");
        assert_eq!(settings.moshi.text_prompt, None);
        assert_eq!(
            problems[1].to_string(),
            "line 2: moshi.text_prompt has letters that are not saved as UTF-8"
        );
        let Loaded { settings, .. } =
            loaded(b"[voice_bridge]\npublic_url = \"https://b\xfccher.example\"\n");
        assert!(settings.voice_bridge.asks_for_secret());
        let Loaded { settings, .. } = loaded(b"\xff\xfe[\0v\0o\0i");
        assert!(is_closed(&settings));
        let Loaded { settings, .. } = loaded(b"[\0v\0o\0i\0");
        assert!(is_closed(&settings));
    }
}
