//! What the packages for Linux hold besides the app's program, its desktop entry and its icons in pixels, which Tauri's
//! bundler puts there.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use serde_json::{Value, json};

use super::bundler::NAME;
use super::staging::Staging;
use super::third_party;
use crate::programs::{output, program, take_away, target, top};

/// Files of `src-tauri/packages/linux`, and where they go.
const AS_THEY_ARE: &[(&str, &str)] = &[
    ("dev.xswarm.voice.metainfo.xml", "/usr/share/metainfo"),
    ("xswarm-voice.service", "/usr/lib/systemd/user"),
    ("xswarm-voice.socket", "/usr/lib/systemd/user"),
];

/// Where shells look for completions of what a package brings; Debian's zsh and others' differ.
const BASH: &str = "/usr/share/bash-completion/completions/xswarm";
const FISH: &str = "/usr/share/fish/vendor_completions.d/xswarm.fish";
pub(super) const ZSH_OF_DEBIAN: &str = "/usr/share/zsh/vendor-completions/_xswarm";
pub(super) const ZSH: &str = "/usr/share/zsh/site-functions/_xswarm";

/// The bundler's settings, by which it packs what was laid out; `xswarm` is the program without a window.
pub(super) fn settings(xswarm: &Path) -> Result<Value> {
    let deb = lay_out("deb", xswarm, ZSH_OF_DEBIAN)?;
    let rpm = lay_out("rpm", xswarm, ZSH)?;
    Ok(json!({ "linux": {
        "deb": { "files": deb.files() },
        "rpm": { "files": rpm.files() },
        "appimage": { "files": { "/usr/bin/xswarm": xswarm } },
    }}))
}

fn lay_out(kind: &str, xswarm: &Path, zsh: &str) -> Result<Staging> {
    let ours = top().join("src-tauri/packages/linux");
    let mut staging = Staging::empty(target().join("package").join(kind))?;
    staging.copy("/usr/bin/xswarm", xswarm)?;
    for (name, folder) in AS_THEY_ARE {
        staging.copy(&format!("{folder}/{name}"), &ours.join(name))?;
    }
    let icon = format!("/usr/share/icons/hicolor/scalable/apps/{NAME}.svg");
    staging.copy(&icon, &top().join("icons/xswarm-voice.svg"))?;
    for (shell, place) in [("bash", BASH), ("fish", FISH), ("zsh", zsh)] {
        let script = output(&mut program(&xswarm.to_string_lossy(), ["completions", shell]))?;
        staging.write(place, script)?;
    }
    manual(&mut staging, kind, xswarm)?;
    staging
        .compress("/usr/share/man/man1/xswarm-voice.1", fs::read(ours.join("xswarm-voice.1"))?)?;
    let doc = format!("/usr/share/doc/{NAME}");
    staging.copy(&format!("{doc}/copyright"), &top().join("LICENSE"))?;
    staging.compress(&format!("{doc}/third-party"), third_party::notices()?)?;
    Ok(staging)
}

/// The pages of the program without a window, written by that program.
fn manual(staging: &mut Staging, kind: &str, xswarm: &Path) -> Result<()> {
    let folder = target().join("package").join(format!("{kind}-manual"));
    take_away(&folder)?;
    output(program(&xswarm.to_string_lossy(), ["man", "--to"]).arg(&folder))?;
    for page in fs::read_dir(&folder).context("the manual was not written")? {
        let page = page?;
        let place = format!("/usr/share/man/man1/{}", page.file_name().to_string_lossy());
        staging.compress(&place, fs::read(page.path())?)?;
    }
    Ok(())
}
