//! `cargo xtask package`: what people install. Tauri's bundler makes the packages of the system it runs on, from the two
//! programs and from what lies in `src-tauri/packages`.

mod bundler;
mod linux;
mod staging;
mod third_party;
mod trial;
mod trial_of_rpm;

use std::path::PathBuf;

use anyhow::{Context, Result, bail, ensure};
use serde_json::{Map, Value, json};

use crate::programs::{cargo, output, succeed, target};
use crate::{prerequisites, window};
use bundler::NAME;

/// What is asked for.
#[derive(Default)]
struct Wish {
    /// An `AppImage` too, whose tools Tauri's bundler fetches from GitHub.
    appimage: bool,
    /// The packages are installed, the one for Debian also run and upgraded, and removed.
    test: bool,
}

/// Builds the packages; `--test` tries them, each in a root of its own.
pub(crate) fn run(flags: &[&str]) -> Result<()> {
    let wish = wish(flags)?;
    if wish.test {
        trial::is_possible()?;
    }
    prerequisites::for_the_app()?;
    window::build()?;
    // One after the other: together, each would be built with the features that the other asks for.
    succeed(&mut cargo("build --release --package xswarm-voice"))?;
    succeed(&mut cargo("build --release --package xswarm"))?;
    let version = version()?;
    let settings = settings()?;
    let kinds = kinds(&wish);
    let made = bundler::bundle(kinds, &version, &settings, &target().join("packages"))?;
    for package in &made {
        println!("{} ({:.1} MiB)", package.display(), mebibytes(package)?);
    }
    if wish.test {
        let later = later_than(&version)?;
        // Not beside the packages that people get.
        let folder = target().join("package/upgrade");
        let upgrade = bundler::bundle(&["deb"], &later, &settings, &folder)?;
        let (deb, rpm) = (one("deb", &made)?, one("rpm", &made)?);
        trial_of_rpm::run(rpm, deb, &version)?;
        trial::run(deb, one("deb", &upgrade)?, &later)?;
    }
    Ok(())
}

fn wish(flags: &[&str]) -> Result<Wish> {
    let mut wish = Wish::default();
    for flag in flags {
        match *flag {
            "--appimage" => wish.appimage = true,
            "--test" => wish.test = true,
            unknown => bail!("`cargo xtask package` knows --appimage and --test, not {unknown}"),
        }
    }
    Ok(wish)
}

/// What this system's packages are called in Tauri's bundler.
fn kinds(wish: &Wish) -> &'static [&'static str] {
    match std::env::consts::OS {
        "macos" => &["dmg"],
        "windows" => &["nsis", "msi"],
        _ if wish.appimage => &["deb", "rpm", "appimage"],
        _ => &["deb", "rpm"],
    }
}

/// Tauri's settings beyond `tauri.conf.json`: what is known only once there is something built.
fn settings() -> Result<Value> {
    let program = target().join("release").join(format!("xswarm{}", std::env::consts::EXE_SUFFIX));
    match std::env::consts::OS {
        "macos" => Ok(json!({ "macOS": { "files": { "MacOS/xswarm": program } } })),
        "windows" => {
            let beside_the_app =
                Map::from_iter([(program.display().to_string(), json!("xswarm.exe"))]);
            Ok(json!({ "resources": beside_the_app }))
        }
        _ => linux::settings(&program),
    }
}

/// The version of the workspace.
fn version() -> Result<String> {
    let metadata = output(&mut cargo("metadata --no-deps --format-version 1"))?;
    let metadata: Value = serde_json::from_str(&metadata)?;
    let packages = metadata["packages"].as_array().context("cargo names no packages")?;
    let app = packages.iter().find(|package| package["name"] == NAME);
    let version = app.and_then(|app| app["version"].as_str());
    Ok(version.context("cargo does not know the app")?.to_owned())
}

/// The version that an upgrade is tried with: the next one.
fn later_than(version: &str) -> Result<String> {
    let (series, last) = version.rsplit_once('.').context("the version is no version")?;
    let last: u64 = last.parse().context("the version does not end in a number")?;
    Ok(format!("{series}.{}", last + 1))
}

fn one<'a>(kind: &str, made: &'a [PathBuf]) -> Result<&'a PathBuf> {
    let is_it = |path: &&PathBuf| path.extension().is_some_and(|extension| extension == kind);
    made.iter().find(is_it).with_context(|| format!("no .{kind} was made"))
}

#[expect(clippy::cast_precision_loss, reason = "a figure for people")]
fn mebibytes(package: &PathBuf) -> Result<f64> {
    let bytes = std::fs::metadata(package)?.len();
    ensure!(bytes > 0, "{} is empty", package.display());
    Ok(bytes as f64 / 1024.0 / 1024.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_upgrade_is_tried_with_the_next_version() {
        assert_eq!(later_than("0.1.9").unwrap(), "0.1.10");
        assert!(later_than("0.1.0-beta").is_err());
    }
}
