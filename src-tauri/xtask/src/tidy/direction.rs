//! Which crate may know which. Cargo forbids circles between crates; this table forbids arrows that point the wrong way.

use std::fs;

use anyhow::{Context, Result};
use serde::Deserialize;

use super::finding::Finding;
use crate::programs::top;

/// A crate and those of ours that it may know.
const MAY_KNOW: &[(&str, &[&str])] = &[
    ("wire", &[]),
    ("audio", &[]),
    ("door", &[]),
    ("ports", &["wire"]),
    ("keeper", &["ports", "wire"]),
    ("bridge", &["audio", "door", "wire"]),
    ("supervisor", &["door", "wire"]),
    ("testcall", &["audio"]),
    ("station", &["bridge", "door", "keeper", "ports", "supervisor", "wire"]),
    ("xswarm", &["audio", "station", "testcall", "wire"]),
    ("xswarm-voice", &["station", "testcall", "wire"]),
    ("bench", &["audio", "ports", "testcall", "wire"]),
    ("xtask", &[]),
];

/// Crates of others that only some of ours may know: plain data has no runtime, and one crate knows the desktop.
const ONLY_IN: &[(&str, &[&str])] = &[("tauri", &["xswarm-voice"])];
const NEVER_IN: &[(&str, &[&str])] = &[("tokio", &["audio", "wire"]), ("serde", &["audio"])];

/// What the crate `wire` may be made with: whoever speaks to us has to be able to depend on it.
const WIRE_IS_MADE_WITH: &[&str] =
    &["humantime", "schemars", "serde", "serde_json", "strum", "thiserror", "tinystr", "ts-rs"];

#[derive(Deserialize)]
struct Metadata {
    packages: Vec<Package>,
}

#[derive(Deserialize)]
struct Package {
    name: String,
    manifest_path: String,
    dependencies: Vec<Dependency>,
}

#[derive(Deserialize)]
struct Dependency {
    name: String,
    kind: Option<String>,
}

/// Holds what `cargo metadata` says against the table. Dependencies of tests are free.
pub(super) fn check(metadata: &str) -> Result<Vec<Finding>> {
    let metadata: Metadata =
        serde_json::from_str(metadata).context("cargo's metadata is not as expected")?;
    let mut findings = Vec::new();
    for package in &metadata.packages {
        let Some((_, known)) = MAY_KNOW.iter().find(|(name, _)| *name == package.name) else {
            findings.push(package.finding(
                "name",
                "is not in the table of directions in `tidy/direction.rs`".into(),
            ));
            continue;
        };
        for dependency in package
            .dependencies
            .iter()
            .filter(|dependency| dependency.kind.as_deref() != Some("dev"))
        {
            findings.extend(
                package
                    .objection(&dependency.name, known)
                    .map(|why| package.finding(&dependency.name, why)),
            );
        }
    }
    Ok(findings)
}

impl Package {
    fn objection(&self, dependency: &str, known: &[&str]) -> Option<String> {
        let is_ours = MAY_KNOW.iter().any(|(name, _)| *name == dependency);
        if is_ours && !known.contains(&dependency) {
            return Some(format!("`{}` must not know `{dependency}`", self.name));
        }
        if self.name == "wire" && !WIRE_IS_MADE_WITH.contains(&dependency) {
            return Some(format!("`wire` is plain data and does without `{dependency}`"));
        }
        let homes = ONLY_IN.iter().find(|(family, _)| is_of(dependency, family));
        if let Some((_, homes)) = homes.filter(|(_, homes)| !homes.contains(&self.name.as_str())) {
            return Some(format!("`{dependency}` belongs only in {}", homes.join(", ")));
        }
        let exiles = NEVER_IN.iter().find(|(family, _)| is_of(dependency, family));
        exiles.filter(|(_, exiles)| exiles.contains(&self.name.as_str()))?;
        Some(format!("`{}` does without `{dependency}`", self.name))
    }

    /// A finding on the line of the manifest that begins with this word.
    fn finding(&self, word: &str, reason: String) -> Finding {
        let manifest = fs::read_to_string(&self.manifest_path).unwrap_or_default();
        let line =
            manifest.lines().position(|line| line.split(['=', '.', ' ']).next() == Some(word));
        let path = self.manifest_path.replace('\\', "/");
        let top = top().to_string_lossy().replace('\\', "/");
        let file =
            path.strip_prefix(&top).map_or(path.as_str(), |rest| rest.trim_start_matches('/'));
        Finding::new(file, line.map_or(1, |index| index + 1), reason)
    }
}

/// `tauri`, `tauri-plugin-…`, `tokio-util`, `serde_json`: a crate and those that go with it.
fn is_of(dependency: &str, family: &str) -> bool {
    dependency
        .strip_prefix(family)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with(['-', '_']))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reasons(package: &str, dependency: &str, kind: &str) -> Vec<String> {
        let metadata = format!(
            r#"{{"packages":[{{"name":"{package}","manifest_path":"/nowhere/Cargo.toml",
                "dependencies":[{{"name":"{dependency}","kind":{kind}}}]}}]}}"#
        );
        check(&metadata).unwrap().into_iter().map(|finding| finding.reason).collect()
    }

    #[test]
    fn an_arrow_that_points_the_wrong_way_is_found() {
        assert_eq!(reasons("bridge", "keeper", "null"), ["`bridge` must not know `keeper`"]);
        assert_eq!(reasons("ports", "keeper", "\"build\""), ["`ports` must not know `keeper`"]);
        assert_eq!(reasons("keeper", "ports", "null"), [""; 0]);
    }

    #[test]
    fn tests_may_know_whom_they_like() {
        assert_eq!(reasons("bridge", "station", "\"dev\""), [""; 0]);
    }

    #[test]
    fn the_desktop_is_known_to_one_crate_and_the_runtime_not_to_all() {
        assert_eq!(
            reasons("station", "tauri-plugin-opener", "null"),
            ["`tauri-plugin-opener` belongs only in xswarm-voice"]
        );
        assert_eq!(reasons("xswarm-voice", "tauri", "null"), [""; 0]);
        assert_eq!(reasons("audio", "tokio-util", "null"), ["`audio` does without `tokio-util`"]);
        assert_eq!(
            reasons("wire", "tokio", "null"),
            ["`wire` is plain data and does without `tokio`"]
        );
    }

    #[test]
    fn a_crate_nobody_has_thought_about_is_found() {
        assert_eq!(reasons("stranger", "serde", "null").len(), 1);
    }
}
