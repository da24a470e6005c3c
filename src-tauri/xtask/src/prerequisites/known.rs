//! The needs themselves, and their packages' names.

use super::need::{Fact, Need, Packages};

/// The libraries the app is linked with.
pub(super) const APP: &[Need] = &[
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
pub(super) const WINDOW: &[Need] = &[
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

/// What the tests on Linux play a desktop, and a machine in straits, with.
pub(super) const TESTS: &[Need] = &[
    Need {
        what: "ip and ss",
        why: "some tests take a network or a listener away",
        seen_by: Fact::Program("ip"),
        packages: Packages { apt: "iproute2", dnf: "iproute", pacman: "iproute2", brew: "" },
    },
    Need {
        what: "faketime",
        why: "a test lets the machine seem to have slept",
        seen_by: Fact::Program("faketime"),
        packages: Packages { apt: "faketime", dnf: "libfaketime", pacman: "libfaketime", brew: "" },
    },
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
    Need {
        what: "Chromium",
        why: "the window's tests look at it in a browser",
        seen_by: Fact::AnyProgram(&["chromium", "chromium-browser"]),
        packages: Packages { apt: "chromium", dnf: "chromium", pacman: "chromium", brew: "" },
    },
];

/// What tests of sound are held against.
pub(super) const SOUND: &[Need] = &[Need {
    what: "opusenc and opusdec",
    why: "the tests of Opus hear with libopus, too",
    seen_by: Fact::Program("opusenc"),
    packages: Packages {
        apt: "opus-tools",
        dnf: "opus-tools",
        pacman: "opus-tools",
        brew: "opus-tools",
    },
}];

/// What builds for other systems on Debian, where Rust itself cannot be given another target.
pub(super) const DEBIANS_SECOND_TOOLCHAIN: &[Need] = &[
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

pub(super) const WINDOWS_PROGRAMS: &[Need] = &[Need {
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

pub(super) const RUNNING_WINDOWS_PROGRAMS: &[Need] = &[Need {
    what: "Wine",
    why: "it runs the tests that were built for Windows",
    seen_by: Fact::Program("wine"),
    packages: Packages { apt: "wine wine64", dnf: "wine", pacman: "wine", brew: "" },
}];

pub(super) const TRYING_PACKAGES: &[Need] = &[
    Need {
        what: "debootstrap",
        why: "it makes the root in which the package for Debian is tried",
        seen_by: Fact::Program("debootstrap"),
        packages: Packages {
            apt: "debootstrap",
            dnf: "debootstrap",
            pacman: "debootstrap",
            brew: "",
        },
    },
    Need {
        what: "dpkg",
        why: "it tells what the package for Debian holds",
        seen_by: Fact::Program("dpkg-deb"),
        packages: Packages { apt: "dpkg", dnf: "dpkg", pacman: "dpkg", brew: "" },
    },
    Need {
        what: "rpm",
        why: "the package for Fedora and its kin is tried with it",
        seen_by: Fact::Program("rpm"),
        packages: Packages { apt: "rpm", dnf: "rpm", pacman: "rpm-tools", brew: "" },
    },
];
