//! The work of others that is compiled into the programs, with their notices, which nearly all licences ask to be handed on.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use serde::Deserialize;

use crate::programs::{cargo, output, top};

/// What the two programs are made from.
const OURS: [&str; 2] = ["xswarm-voice", "xswarm"];
/// What is compiled into the window.
const IN_THE_WINDOW: [&str; 2] = ["@tauri-apps/api", "svelte"];

const OPENING: &str = "\
xSwarm Voice is made from the work of others. These are the packages that are compiled into its programs, with their
licences, and the notices that come with them.
";

#[derive(Deserialize)]
struct Metadata {
    packages: Vec<Package>,
    resolve: Resolve,
}

#[derive(Deserialize)]
struct Package {
    id: String,
    name: String,
    version: String,
    license: Option<String>,
    /// Nothing for our own.
    source: Option<String>,
    manifest_path: PathBuf,
}

#[derive(Deserialize)]
struct Resolve {
    nodes: Vec<Node>,
}

#[derive(Deserialize)]
struct Node {
    id: String,
    deps: Vec<Arrow>,
}

#[derive(Deserialize)]
struct Arrow {
    pkg: String,
    dep_kinds: Vec<Kind>,
}

#[derive(Deserialize)]
struct Kind {
    /// Nothing for what is compiled in; else `build` or `dev`.
    kind: Option<String>,
}

/// A package of npm.
#[derive(Deserialize)]
struct OfTheWindow {
    version: String,
    license: String,
}

/// The text that names them all.
pub(super) fn notices() -> Result<String> {
    let host = output(&mut crate::programs::program("rustc", ["--print", "host-tuple"]))?;
    let metadata = output(&mut cargo(&format!(
        "metadata --format-version 1 --filter-platform {}",
        host.trim()
    )))?;
    let metadata: Metadata =
        serde_json::from_str(&metadata).context("cargo's metadata is not as expected")?;
    let mut notices = Notices::default();
    for package in compiled_in(&metadata) {
        let licence = package.license.as_deref().unwrap_or("see its notice");
        let folder = package.manifest_path.parent().context("a manifest lies in a folder")?;
        notices.add(&format!("{} {} ({licence})", package.name, package.version), folder)?;
    }
    for name in IN_THE_WINDOW {
        let folder = top().join("ui/node_modules").join(name);
        let manifest = fs::read_to_string(folder.join("package.json"))
            .with_context(|| format!("{name} is not installed"))?;
        let OfTheWindow { version, license } = serde_json::from_str(&manifest)?;
        notices.add(&format!("{name} {version} ({license})"), &folder)?;
    }
    Ok(notices.text())
}

/// All packages of others that our programs reach without passing through what only builds or tests.
fn compiled_in(metadata: &Metadata) -> Vec<&Package> {
    let nodes: BTreeMap<&str, &Node> =
        metadata.resolve.nodes.iter().map(|node| (node.id.as_str(), node)).collect();
    let ours = metadata
        .packages
        .iter()
        .filter(|package| package.source.is_none() && OURS.contains(&package.name.as_str()));
    let mut ahead: Vec<&str> = ours.map(|package| package.id.as_str()).collect();
    let mut reached = BTreeSet::new();
    while let Some(id) = ahead.pop() {
        if !reached.insert(id) {
            continue;
        }
        let arrows = nodes.get(id).into_iter().flat_map(|node| &node.deps);
        let compiled =
            arrows.filter(|arrow| arrow.dep_kinds.iter().any(|kind| kind.kind.is_none()));
        ahead.extend(compiled.map(|arrow| arrow.pkg.as_str()));
    }
    let is_theirs =
        |package: &&Package| package.source.is_some() && reached.contains(package.id.as_str());
    metadata.packages.iter().filter(is_theirs).collect()
}

/// Every notice once, with those it comes with.
#[derive(Default)]
struct Notices {
    names: Vec<String>,
    texts: BTreeMap<String, Vec<String>>,
}

impl Notices {
    fn add(&mut self, name: &str, folder: &Path) -> Result<()> {
        self.names.push(name.to_owned());
        for entry in fs::read_dir(folder)
            .with_context(|| format!("cannot look for notices in {}", folder.display()))?
        {
            let entry = entry?;
            if is_notice(&entry.file_name().to_string_lossy()) && entry.file_type()?.is_file() {
                let text = fs::read(entry.path())?;
                let text = String::from_utf8_lossy(&text).trim().replace("\r\n", "\n");
                let bearers = self.texts.entry(text).or_default();
                if bearers.last().is_none_or(|last| last != name) {
                    bearers.push(name.to_owned());
                }
            }
        }
        Ok(())
    }

    fn text(&self) -> String {
        let mut whole = format!("{OPENING}\n{}\n", self.names.join("\n"));
        let mut texts: Vec<_> = self.texts.iter().map(|(text, bearers)| (bearers, text)).collect();
        texts.sort();
        for (bearers, text) in texts {
            whole.push_str(&format!("\n{}\n{}\n\n{text}\n", "=".repeat(80), bearers.join("\n")));
        }
        whole
    }
}

fn is_notice(file: &str) -> bool {
    let name = file.to_ascii_uppercase();
    ["LICENSE", "LICENCE", "COPYING", "NOTICE", "COPYRIGHT", "UNLICENSE"]
        .iter()
        .any(|start| name.starts_with(start))
        && !file.ends_with(".rs")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_only_builds_or_tests_is_not_compiled_in() {
        let package = |name: &str, source: &str| {
            format!(
                r#"{{"id":"{name}","name":"{name}","version":"1.0.0","license":null,"source":{source},"manifest_path":"/{name}/Cargo.toml"}}"#
            )
        };
        let arrow =
            |to: &str, kind: &str| format!(r#"{{"pkg":"{to}","dep_kinds":[{{"kind":{kind}}}]}}"#);
        let metadata = format!(
            r#"{{"packages":[{}],"resolve":{{"nodes":[{{"id":"xswarm","deps":[{}]}},{{"id":"station","deps":[{}]}},{{"id":"builder","deps":[{}]}}]}}}}"#,
            [
                package("xswarm", "null"),
                package("station", "null"),
                package("http", "\"registry\""),
                package("builder", "\"registry\""),
                package("deep", "\"registry\""),
            ]
            .join(","),
            [arrow("station", "null"), arrow("builder", "\"build\"")].join(","),
            arrow("http", "null"),
            arrow("deep", "null"),
        );
        let metadata: Metadata = serde_json::from_str(&metadata).unwrap();
        let names: Vec<&str> =
            compiled_in(&metadata).iter().map(|package| package.name.as_str()).collect();
        assert_eq!(names, ["http"]);
    }

    #[test]
    fn a_notice_that_many_hand_on_is_there_once() {
        let notices = Notices {
            names: vec!["a 1 (MIT)".into(), "b 2 (MIT)".into()],
            texts: [("the text".to_owned(), vec!["a 1 (MIT)".into(), "b 2 (MIT)".into()])].into(),
        };
        assert_eq!(notices.text().matches("the text").count(), 1);
        assert!(is_notice("LICENSE-MIT") && is_notice("license.txt") && !is_notice("license.rs"));
    }
}
