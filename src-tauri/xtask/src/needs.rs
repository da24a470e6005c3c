//! What a machine must have before the app can be built and tested: how to see that it is there, why it is wanted, and
//! what it is called in the package managers we know. Nothing is guessed from the name of a distribution.

mod install;

pub(crate) use install::{Answer, install};

use anyhow::{Result, bail};

use crate::programs::{find, succeeds};

/// One thing a machine must have.
pub(crate) struct Need {
    /// What it is called among people.
    pub(crate) what: &'static str,
    /// What it is wanted for.
    pub(crate) why: &'static str,
    /// The fact by which it is seen to be there.
    pub(crate) seen_by: Fact,
    /// Its packages' names.
    pub(crate) packages: Packages,
}

/// A fact about the machine that can be looked up.
pub(crate) enum Fact {
    /// A program on the `PATH`.
    Program(&'static str),
    /// A library that pkg-config knows.
    Library(&'static str),
    /// A file at this path.
    File(&'static str),
    /// Node, at least this version.
    Node(u32, u32),
}

/// The packages of a need, in each manager's words; empty where the manager has none.
#[derive(Default)]
pub(crate) struct Packages {
    pub(crate) apt: &'static str,
    pub(crate) dnf: &'static str,
    pub(crate) pacman: &'static str,
    pub(crate) brew: &'static str,
}

impl Fact {
    fn holds(&self) -> bool {
        match *self {
            Self::Program(name) => find(name).is_some(),
            Self::Library(name) => succeeds("pkg-config", &format!("--exists {name}")),
            Self::File(path) => std::path::Path::new(path).exists(),
            Self::Node(major, minor) => {
                node_version().is_some_and(|version| version >= (major, minor))
            }
        }
    }
}

fn node_version() -> Option<(u32, u32)> {
    let printed =
        crate::programs::output(std::process::Command::new("node").arg("--version")).ok()?;
    let mut numbers = printed.trim().trim_start_matches('v').split('.').map(str::parse);
    Some((numbers.next()?.ok()?, numbers.next()?.ok()?))
}

/// The libraries the app is linked with.
const APP: &[Need] = &[
    Need {
        what: "a C compiler",
        why: "some of the app's dependencies are written in C",
        seen_by: Fact::Program("cc"),
        packages: Packages { apt: "build-essential", dnf: "gcc", pacman: "base-devel", brew: "" },
    },
    Need {
        what: "pkg-config",
        why: "it tells where the libraries below are",
        seen_by: Fact::Program("pkg-config"),
        packages: Packages {
            apt: "pkg-config",
            dnf: "pkgconf-pkg-config",
            pacman: "pkgconf",
            brew: "",
        },
    },
    Need {
        what: "WebKitGTK 4.1",
        why: "it draws the status window",
        seen_by: Fact::Library("webkit2gtk-4.1"),
        packages: Packages {
            apt: "libwebkit2gtk-4.1-dev",
            dnf: "webkit2gtk4.1-devel",
            pacman: "webkit2gtk-4.1",
            brew: "",
        },
    },
];

/// What makes the window.
const WINDOW: &[Need] = &[
    Need {
        what: "Node 20.19 or later",
        why: "it builds the status window",
        seen_by: Fact::Node(20, 19),
        packages: Packages { apt: "nodejs", dnf: "nodejs", pacman: "nodejs", brew: "node" },
    },
    Need {
        what: "npm",
        why: "it fetches what the status window is built with",
        seen_by: Fact::Program("npm"),
        packages: Packages { apt: "npm", dnf: "npm", pacman: "npm", brew: "node" },
    },
];

/// What the desktop tests play a desktop with.
const DESKTOP: &[Need] = &[
    Need {
        what: "Xvfb",
        why: "the desktop tests draw on a screen of their own",
        seen_by: Fact::Program("Xvfb"),
        packages: Packages {
            apt: "xvfb",
            dnf: "xorg-x11-server-Xvfb",
            pacman: "xorg-server-xvfb",
            brew: "",
        },
    },
    Need {
        what: "dbus-daemon",
        why: "the desktop tests watch the tray on a session bus of their own",
        seen_by: Fact::Program("dbus-daemon"),
        packages: Packages { apt: "dbus", dnf: "dbus-daemon", pacman: "dbus", brew: "" },
    },
    Need {
        what: "WebKitWebDriver",
        why: "the desktop tests press buttons in the window with it",
        seen_by: Fact::Program("WebKitWebDriver"),
        packages: Packages {
            apt: "webkit2gtk-driver",
            dnf: "/usr/bin/WebKitWebDriver",
            pacman: "webkitgtk-6.0",
            brew: "",
        },
    },
];

/// What builds for other systems on Debian, where Rust itself cannot be given another target.
const DEBIANS_SECOND_TOOLCHAIN: &[Need] = &[
    Need {
        what: "a second Rust compiler",
        why: "it builds for other systems",
        seen_by: Fact::File("/usr/bin/rustc"),
        packages: Packages { apt: "rustc-web", dnf: "", pacman: "", brew: "" },
    },
    Need {
        what: "its cargo",
        why: "it goes with that compiler",
        seen_by: Fact::File("/usr/bin/cargo"),
        packages: Packages { apt: "cargo-web", dnf: "", pacman: "", brew: "" },
    },
    Need {
        what: "the sources of its standard library",
        why: "the library is made for each system on the way",
        seen_by: Fact::File("/usr/lib/rustlib/src/rust/library/Cargo.toml"),
        packages: Packages { apt: "rust-web-src", dnf: "", pacman: "", brew: "" },
    },
];

const WINDOWS_PROGRAMS: &[Need] = &[Need {
    what: "MinGW",
    why: "it links programs for Windows",
    seen_by: Fact::Program("x86_64-w64-mingw32-gcc"),
    packages: Packages {
        apt: "gcc-mingw-w64-x86-64-win32",
        dnf: "mingw64-gcc",
        pacman: "mingw-w64-gcc",
        brew: "",
    },
}];

const RUNNING_WINDOWS_PROGRAMS: &[Need] = &[Need {
    what: "Wine",
    why: "it runs the tests that were built for Windows",
    seen_by: Fact::Program("wine"),
    packages: Packages { apt: "wine wine64", dnf: "wine", pacman: "wine", brew: "" },
}];

/// Sees to what builds for other systems on Debian.
pub(crate) fn for_debians_second_toolchain() -> Result<()> {
    required(DEBIANS_SECOND_TOOLCHAIN)
}

/// Sees to what links programs for Windows.
pub(crate) fn for_windows_programs() -> Result<()> {
    required(WINDOWS_PROGRAMS)
}

/// Sees to what runs programs for Windows.
pub(crate) fn for_running_windows_programs() -> Result<()> {
    required(RUNNING_WINDOWS_PROGRAMS)
}

/// Sees to what the window is built with, and nothing else.
pub(crate) fn for_the_window() -> Result<()> {
    required(WINDOW)
}

/// Sees to all that building the app takes.
pub(crate) fn for_the_app() -> Result<()> {
    match std::env::consts::OS {
        "macos" if !succeeds("xcode-select", "-p") => {
            bail!("Apple's command line tools are lacking; `xcode-select --install` gets them")
        }
        "windows" if !has_webview2() => {
            bail!(
                "WebView2, which draws the status window, is lacking; it is at https://developer.microsoft.com/microsoft-edge/webview2"
            )
        }
        "macos" | "windows" => required(WINDOW),
        _ => {
            required(APP)?;
            required(WINDOW)
        }
    }
}

/// Offers what the desktop tests take. Without it they are skipped, each by name.
pub(crate) fn for_desktop_tests() -> Result<()> {
    if std::env::consts::OS != "linux" {
        return Ok(());
    }
    match install(&lacking(DESKTOP))? {
        Answer::Done => {}
        Answer::Declined => println!("The desktop tests that take it are skipped."),
    }
    Ok(())
}

/// Installs those that are not there, and does not go on without them.
pub(crate) fn required(needs: &[Need]) -> Result<()> {
    if let Answer::Declined = install(&lacking(needs))? {
        bail!("nothing was installed");
    }
    let still = lacking(needs);
    if still.is_empty() {
        return Ok(());
    }
    let names: Vec<&str> = still.iter().map(|need| need.what).collect();
    bail!("still lacking: {}{}", names.join(", "), hint(&still))
}

fn lacking(needs: &[Need]) -> Vec<&Need> {
    needs.iter().filter(|need| !need.seen_by.holds()).collect()
}

fn hint(lacking: &[&Need]) -> &'static str {
    if lacking.iter().any(|need| matches!(need.seen_by, Fact::Node(..))) {
        ". This system's own Node is too old: https://nodejs.org has a recent one"
    } else {
        ""
    }
}

fn has_webview2() -> bool {
    const CLIENT: &str = r"Microsoft\EdgeUpdate\Clients\{F3017226-FE2A-4295-8BDF-00C3A9A7E4C5}";
    let homes = [r"HKLM\SOFTWARE\WOW6432Node", r"HKLM\SOFTWARE", r"HKCU\Software"];
    homes.iter().any(|home| succeeds("reg", &format!(r"query {home}\{CLIENT} /v pv")))
}
