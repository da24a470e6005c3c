//! The package for Debian, tried as people use it: installed by apt in a root that has nothing else, run on a screen, upgraded
//! under the running app, removed. The story itself is `src-tauri/packages/linux/trial.sh`.
//!
//! The root is a folder of its own, and the story runs in namespaces of its own: whatever listens on this machine's ports,
//! and whoever is at work on it, is not touched, and nothing that the story starts outlives it.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};

use crate::prerequisites;
use crate::programs::{output, program, succeed, take_away, target, top};

/// The oldest Debian that has what the app is linked with.
const RELEASE: &str = "bookworm";
const MIRROR: &str = "http://deb.debian.org/debian";

/// What the story looks with. It is installed after the package, so that the package can't live on it by accident.
const TOOLS: &str = "appstream bash-completion curl dbus desktop-file-utils iproute2 jq man-db procps systemd x11-utils xvfb";

/// Runs the line of shell `$1` in the root `$0`. The mounts are the namespace's own and go with it.
const INSIDE: &str = r#"
set -e
mount -t proc proc "$0/proc"
mount -t tmpfs tmpfs "$0/tmp"
mount --bind /dev "$0/dev"
mount -t tmpfs tmpfs "$0/dev/shm"
exec chroot "$0" env --ignore-environment PATH=/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C.UTF-8 \
    DEBIAN_FRONTEND=noninteractive ${http_proxy:+http_proxy="$http_proxy"} sh -c "$1"
"#;

/// Tells whether it can be tried here, before minutes are spent on building.
pub(super) fn is_possible() -> Result<()> {
    ensure!(
        std::env::consts::OS == "linux",
        "packages are tried on Linux; here only building them is possible"
    );
    let id = output(&mut program("id", ["-u"]))?;
    ensure!(
        id.trim() == "0",
        "a package can only be installed by root: `sudo --preserve-env=PATH cargo xtask package --test`"
    );
    prerequisites::for_trying_packages()
}

/// Installs `package`, runs it, upgrades it to `upgrade`, which has the version `later`, and removes it.
pub(super) fn run(package: &Path, upgrade: &Path, later: &str) -> Result<()> {
    let root = clean_root()?;
    fs::copy(package, root.join("root/first.deb"))?;
    fs::copy(upgrade, root.join("root/later.deb"))?;
    fs::copy(top().join("src-tauri/packages/linux/trial.sh"), root.join("root/trial.sh"))?;
    inside(&root, "sh /root/trial.sh install")?;
    inside(
        &root,
        &format!("apt-get install -qq --yes --no-install-recommends {TOOLS} >/dev/null"),
    )?;
    alone_inside(&root, &format!("sh /root/trial.sh use {later}"))?;
    inside(&root, "sh /root/trial.sh remove")?;
    println!("The package was installed, used, upgraded and removed, and nothing of it is left.");
    Ok(())
}

/// A new Debian with nothing but apt. What is fetched for it is kept for the next.
fn clean_root() -> Result<PathBuf> {
    let folder = target().join("clean-root");
    let (base, root) = (folder.join("base"), folder.join("root"));
    if !base.join("etc/debian_version").exists() {
        fs::create_dir_all(&folder)?;
        succeed(
            program("debootstrap", ["--variant=minbase", "--include=ca-certificates", RELEASE])
                .arg(&base)
                .arg(MIRROR),
        )?;
    }
    take_away(&root)?;
    succeed(program("cp", ["--archive", "--reflink=auto"]).arg(&base).arg(&root))?;
    // Names are looked up as on this machine.
    fs::copy("/etc/resolv.conf", root.join("etc/resolv.conf"))
        .context("cannot read resolv.conf")?;
    Ok(root)
}

/// Runs a line of shell in the root, with this machine's network, as apt needs it.
fn inside(root: &Path, line: &str) -> Result<()> {
    in_namespaces(&["--pid", "--fork", "--kill-child", "--mount"], root, line)
}

/// Runs a line of shell in the root, with a network of its own.
fn alone_inside(root: &Path, line: &str) -> Result<()> {
    in_namespaces(&["--pid", "--fork", "--kill-child", "--mount", "--net"], root, line)
}

fn in_namespaces(namespaces: &[&str], root: &Path, line: &str) -> Result<()> {
    succeed(program("unshare", namespaces).args(["sh", "-c", INSIDE]).arg(root).arg(line))
}
