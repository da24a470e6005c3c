//! The files of models, where Hugging Face's own library keeps them.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

/// A folder of models, by the variables that Hugging Face's library goes by.
pub(super) struct Hub {
    /// Where the files are.
    cache: PathBuf,
    /// Where the token of whoever has logged in is.
    token: PathBuf,
    has_token_in_variable: bool,
}

impl Hub {
    /// The one of this environment; nothing where the system names no home folder.
    pub(super) fn of(
        variable: impl Fn(&str) -> Option<OsString>,
        home: Option<PathBuf>,
    ) -> Option<Self> {
        let set = |name| variable(name).filter(|value| !value.is_empty());
        let path = |name| set(name).map(PathBuf::from);
        let own = path("HF_HOME").or_else(|| {
            let caches = path("XDG_CACHE_HOME").or_else(|| Some(home?.join(".cache")))?;
            Some(caches.join("huggingface"))
        })?;
        let cache = path("HF_HUB_CACHE").or_else(|| path("HUGGINGFACE_HUB_CACHE"));
        Some(Self {
            cache: cache.unwrap_or_else(|| own.join("hub")),
            token: path("HF_TOKEN_PATH").unwrap_or_else(|| own.join("token")),
            has_token_in_variable: set("HF_TOKEN").is_some(),
        })
    }

    pub(super) fn folder(&self) -> &Path {
        &self.cache
    }

    /// Whether all of these files of a repository are there, in one version.
    pub(super) fn has(&self, repository: &str, files: &[&str]) -> bool {
        let name = format!("models--{}", repository.replace('/', "--"));
        let Ok(versions) = std::fs::read_dir(self.cache.join(name).join("snapshots")) else {
            return false;
        };
        // A file is a link to what was loaded; while it is being loaded there is none, or it leads nowhere.
        let is_whole = |version: &Path| files.iter().all(|file| version.join(file).is_file());
        versions.flatten().any(|version| is_whole(&version.path()))
    }

    /// Whether somebody has logged in.
    pub(super) fn has_token(&self) -> bool {
        let is_kept = || std::fs::metadata(&self.token).is_ok_and(|file| file.len() > 0);
        self.has_token_in_variable || is_kept()
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn hub(variables: &[(&str, &Path)], home: &Path) -> Hub {
        let value = |name: &str| {
            let set = variables.iter().find(|(known, _)| *known == name)?;
            Some(set.1.as_os_str().to_owned())
        };
        Hub::of(value, Some(home.to_owned())).expect("there is a home")
    }

    #[test]
    fn files_are_looked_for_where_the_variables_say() {
        let (home, other) = (Path::new("/home/ann"), Path::new("/models"));
        assert_eq!(hub(&[], home).cache, Path::new("/home/ann/.cache/huggingface/hub"));
        assert_eq!(hub(&[("HF_HOME", other)], home).cache, Path::new("/models/hub"));
        assert_eq!(hub(&[("HF_HOME", other)], home).token, Path::new("/models/token"));
        let moved = hub(&[("XDG_CACHE_HOME", other)], home);
        assert_eq!(moved.cache, Path::new("/models/huggingface/hub"));
        assert_eq!(hub(&[("HF_HUB_CACHE", other), ("HF_HOME", home)], home).cache, other);
        assert_eq!(hub(&[("HF_HOME", Path::new(""))], home).cache, hub(&[], home).cache);
    }

    #[test]
    fn a_model_is_there_once_all_of_its_files_are() {
        let home = tempfile::tempdir().unwrap();
        let hub = hub(&[("HF_HOME", home.path())], home.path());
        let has = || hub.has("kyutai/moshiko", &["model.safetensors", "words.model"]);
        assert!(!has());
        let version = home.path().join("hub/models--kyutai--moshiko/snapshots/0a1b");
        fs::create_dir_all(&version).unwrap();
        fs::write(version.join("words.model"), "").unwrap();
        assert!(!has());
        fs::write(version.join("model.safetensors"), "").unwrap();
        assert!(has());
        assert!(!hub.has("kyutai/moshika", &["words.model"]));
    }

    #[test]
    fn whoever_has_logged_in_has_left_a_token() {
        let home = tempfile::tempdir().unwrap();
        let of = |variables: &[(&str, &Path)]| hub(variables, home.path()).has_token();
        assert!(!of(&[]));
        assert!(of(&[("HF_TOKEN", Path::new("hf_1"))]));
        fs::create_dir_all(home.path().join(".cache/huggingface")).unwrap();
        fs::write(home.path().join(".cache/huggingface/token"), "hf_1").unwrap();
        assert!(of(&[]));
    }
}
