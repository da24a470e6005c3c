//! Tauri's bundler, as npm has it ready built.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use serde_json::{Value, json};

use crate::programs::{npm, output, program, succeed, take_away, target, top};

/// Packages, settings files and debris are called that where the app itself is called `xSwarm Voice`.
pub(super) const NAME: &str = "xswarm-voice";

/// The version that is fetched; it goes with the version of Tauri.
const VERSION: &str = "2.12.5";

/// What packages end in. The bundler leaves tools of its own beside some.
const ENDINGS: [&str; 6] = ["AppImage", "deb", "dmg", "exe", "msi", "rpm"];

/// Makes packages of these kinds with this version and these settings, puts them into the folder, which is emptied before, and
/// tells where they are.
pub(super) fn bundle(
    kinds: &[&str],
    version: &str,
    settings: &Value,
    folder: &Path,
) -> Result<Vec<PathBuf>> {
    let cli = fetched()?;
    let scratch = target().join("package");
    fs::create_dir_all(&scratch)?;
    let file = scratch.join("tauri.json");
    fs::write(&file, config(version, settings).to_string())?;
    let made = target().join("release").join("bundle");
    // What an earlier run made is not to be taken for this one's.
    take_away(&made)?;
    let mut bundle = program("node", [cli.as_os_str()]);
    bundle
        .args(["bundle", "--ci", "--no-sign", "--no-binary-patching", "--bundles"])
        .arg(kinds.join(","))
        .arg("--config")
        .arg(&file)
        .current_dir(top().join("src-tauri"));
    succeed(&mut bundle)?;
    kept(kinds, folder)
}

/// What is added to `tauri.conf.json`.
fn config(version: &str, settings: &Value) -> Value {
    let mut config = json!({ "version": version, "bundle": settings });
    if std::env::consts::OS == "linux" {
        // It becomes the name of the package, of the desktop entry and of the icons, where people write it without a space.
        config["productName"] = json!(NAME);
    }
    config
}

/// Moves the packages out of the bundler's own folder, which is emptied for the next.
fn kept(kinds: &[&str], folder: &Path) -> Result<Vec<PathBuf>> {
    take_away(folder)?;
    fs::create_dir_all(folder)?;
    let mut kept = Vec::new();
    for kind in kinds {
        let made = target().join("release").join("bundle").join(kind);
        let entries = fs::read_dir(&made)
            .with_context(|| format!("nothing was made in {}", made.display()))?;
        for entry in entries {
            let path = entry?.path();
            let (Some(name), Some(ending)) = (path.file_name(), path.extension()) else { continue };
            if path.is_file() && ENDINGS.iter().any(|known| ending == *known) {
                let place = folder.join(name);
                fs::rename(&path, &place)?;
                kept.push(place);
            }
        }
    }
    Ok(kept)
}

/// Fetches the bundler once and keeps it among the build's other results.
fn fetched() -> Result<PathBuf> {
    let tools = target().join("tools").join(format!("tauri-cli-{VERSION}"));
    let cli = tools.join("node_modules/@tauri-apps/cli/tauri.js");
    if !cli.exists() {
        fs::create_dir_all(&tools)?;
        let mut install = npm("install --no-audit --no-fund --no-save");
        succeed(install.arg("--prefix").arg(&tools).arg(format!("@tauri-apps/cli@{VERSION}")))?;
    }
    output(program("node", [cli.as_os_str()]).arg("--version"))
        .context("Tauri's bundler does not start")?;
    Ok(cli)
}
