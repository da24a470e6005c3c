//! The package for Fedora and its kin, tried as far as another system can: rpm puts it into an empty folder, finds every file
//! there as it was packed, and takes it out again. What it depends on isn't there, so of its programs only the one without a
//! window is started.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

use anyhow::{Result, ensure};

use super::bundler::NAME;
use super::linux::{ZSH, ZSH_OF_DEBIAN};
use crate::programs::{output, program, succeed, take_away, target};

/// What the app is linked with, as rpm names libraries.
const LIBRARIES: [&str; 2] = ["libwebkit2gtk-4.1.so.0()(64bit)", "libgtk-3.so.0()(64bit)"];
/// What Debian wants beside the rest.
const OF_DEBIAN_ALONE: &str = "/usr/share/doc/xswarm-voice/changelog.gz";

/// Tries `package`, which is to hold what `deb` holds.
pub(super) fn run(package: &Path, deb: &Path, version: &str) -> Result<()> {
    let (files, of_deb) = (files_of(package)?, files_of_deb(deb)?);
    let differing: Vec<&String> = files.symmetric_difference(&of_deb).collect();
    ensure!(differing.is_empty(), "only one of the .rpm and the .deb holds {differing:?}");
    let requires = output(program("rpm", ["--query", "--requires", "--package"]).arg(package))?;
    for library in LIBRARIES {
        ensure!(requires.contains(library), "it doesn't ask for {library}");
    }
    let root = target().join("package/rpm-root");
    take_away(&root)?;
    let within = |words: [&str; 2]| {
        let mut rpm = program("rpm", ["--root"]);
        rpm.arg(&root).args(words);
        rpm
    };
    succeed(within(["--install", "--nodeps"]).arg(package))?;
    succeed(within(["--verify", "--nodeps"]).arg(NAME))?;
    let program_of_it = root.join("usr/bin/xswarm");
    let said = output(Command::new(&program_of_it).arg("--version"))?;
    ensure!(said.trim() == format!("xswarm {version}"), "it says it is '{}'", said.trim());
    succeed(within(["--erase", "--nodeps"]).arg(NAME))?;
    let left: Vec<&String> =
        files.iter().filter(|file| root.join(file.trim_start_matches('/')).exists()).collect();
    ensure!(left.is_empty(), "left: {left:?}");
    println!(
        "The .rpm holds what the .deb holds, and was installed, verified and removed in a folder of its own."
    );
    Ok(())
}

fn files_of(package: &Path) -> Result<BTreeSet<String>> {
    let list = output(program("rpm", ["--query", "--list", "--package"]).arg(package))?;
    Ok(list.lines().map(str::to_owned).collect())
}

/// The files of a package for Debian, by the names that they have elsewhere.
fn files_of_deb(deb: &Path) -> Result<BTreeSet<String>> {
    let list = output(program("dpkg-deb", ["--contents"]).arg(deb))?;
    // A line begins with the permissions, and with `d` before them for a folder.
    let files = list.lines().filter(|line| line.starts_with('-'));
    let paths = files.filter_map(|line| line.split_whitespace().last());
    let named = paths.map(|path| format!("/{}", path.trim_start_matches("./")));
    let elsewhere = named.map(|file| if file == ZSH_OF_DEBIAN { ZSH.to_owned() } else { file });
    Ok(elsewhere.filter(|file| file != OF_DEBIAN_ALONE).collect())
}
