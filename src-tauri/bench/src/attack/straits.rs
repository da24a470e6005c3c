//! Starts on systems that lack something: the ports come up, or the truth is told, within three seconds; and nothing is ever
//! called listening that can't be reached.

use std::fs;
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result};

use super::starts::{Outcome, judged, outcome};
use crate::figures::{Row, Table};
use crate::place::Place;
use crate::station::{Home, Station, Wish};

/// How long the name of a folder is.
const LONG_NAME: usize = 300;

/// A start: what it lacks, through which program, and the line of shell that takes it away. There `$0` is the program and
/// `$1` its home.
struct Strait {
    lacks: &'static str,
    through: &'static [&'static str],
    line: &'static str,
    /// Whether the ports must come up all the same.
    comes_up: bool,
}

const STRAITS: [Strait; 13] = [
    Strait { lacks: "nothing", comes_up: true, through: &[], line: r#"exec "$0" serve"# },
    Strait {
        lacks: "/proc",
        comes_up: true,
        through: &MOUNTS,
        line: r#"mount -t tmpfs -o ro none /proc && exec "$0" serve"#,
    },
    Strait {
        lacks: "pidfds",
        comes_up: true,
        through: &[
            "strace",
            "-D",
            "-f",
            "-qq",
            "-o",
            "/dev/null",
            "-e",
            "trace=pidfd_open",
            "-e",
            "inject=pidfd_open:error=ENOSYS",
        ],
        line: r#"exec "$0" serve"#,
    },
    Strait {
        lacks: "descriptors (16)",
        comes_up: false,
        through: &[],
        line: r#"ulimit -n 16; exec "$0" serve"#,
    },
    Strait {
        lacks: "descriptors (10)",
        comes_up: false,
        through: &[],
        line: r#"ulimit -n 10; exec "$0" serve"#,
    },
    Strait {
        lacks: "memory (25 MB)",
        comes_up: false,
        through: &["prlimit", "--data=25000000"],
        line: r#"exec "$0" serve"#,
    },
    Strait {
        lacks: "a home that can be written",
        comes_up: true,
        through: &MOUNTS,
        line: r#"mount --bind "$1" "$1" && mount -o remount,ro,bind "$1" && exec "$0" serve"#,
    },
    Strait {
        lacks: "room on its disk",
        comes_up: true,
        through: &MOUNTS,
        line: r#"cp "$1/settings.toml" /dev/shm/$$ && mount -t tmpfs -o size=64k,mode=700 none "$1" && cp /dev/shm/$$ "$1/settings.toml";
            rm /dev/shm/$$; dd if=/dev/zero of="$1/full" bs=1k 2>/dev/null; exec "$0" serve"#,
    },
    Strait {
        lacks: "a home",
        comes_up: false,
        through: &[
            "setpriv",
            "--reuid=54321",
            "--regid=54321",
            "--clear-groups",
            "env",
            "-u",
            "XSWARM_HOME",
            "-u",
            "HOME",
            "-u",
            "XDG_CONFIG_HOME",
            "-u",
            "XDG_DATA_HOME",
        ],
        line: r#"cd /; exec "$0" serve"#,
    },
    Strait {
        lacks: "/tmp",
        comes_up: true,
        through: &MOUNTS,
        // What is needed may lie there.
        line: r#"mount --bind "$(dirname "$0")" /mnt && mount --bind "$1" /media && mount -t tmpfs -o ro none /tmp &&
            XSWARM_HOME=/media exec "/mnt/$(basename "$0")" serve"#,
    },
    Strait {
        lacks: "stdin, stdout and stderr",
        comes_up: true,
        through: &[],
        line: r#"exec "$0" serve <&- >&- 2>&-"#,
    },
    Strait {
        lacks: "a short home (300 characters)",
        comes_up: true,
        through: &[],
        line: r#"XSWARM_HOME="$2" exec "$0" serve"#,
    },
    Strait {
        lacks: "an absolute home",
        comes_up: true,
        through: &[],
        line: r#"cd "$(dirname "$1")" && XSWARM_HOME="$(basename "$1")" exec "$0" serve"#,
    },
];
const MOUNTS: [&str; 2] = ["unshare", "--mount"];

/// What the tests try already.
const ELSEWHERE: [(&str, &str); 5] = [
    ("netlink", "cargo test -p ports --test it sandbox::without_netlink"),
    ("IPv6", "cargo test -p ports --test it sandbox::without_ipv6"),
    (
        "a loopback that is up",
        "cargo test -p xswarm --test it linux::on_a_machine_whose_loopback_is_down",
    ),
    (
        "descriptors in the midst of it",
        "cargo test -p xswarm --test it linux::without_descriptors, and -p ports sandbox::out_of_descriptors",
    ),
    (
        "a clock that goes evenly",
        "cargo test -p xswarm --test it linux::after_a_sleep_of_the_machine",
    ),
];

pub(super) fn table(place: &Place) -> Result<Table> {
    let mut rows = Vec::new();
    for strait in &STRAITS {
        let what = format!("without {}", strait.lacks);
        match tool_that_is_lacking(strait) {
            Some(why) => rows.push(Row::Skipped { what, why }),
            None => rows.extend(judged(what, strait.comes_up, attempt(place, strait))),
        }
    }
    rows.extend(ELSEWHERE.iter().map(|(lacks, test)| Row::Skipped {
        what: format!("without {lacks}"),
        why: format!("tried by `{test}`"),
    }));
    Ok(Table::new("Starts on systems that lack something", rows))
}

/// The program that can't be had here, or not by this user.
fn tool_that_is_lacking(strait: &Strait) -> Option<String> {
    let (program, words) = strait.through.split_first()?;
    let tried = Command::new(program).args(words).arg("true").output();
    let works = tried.is_ok_and(|tried| tried.status.success());
    (!works).then(|| format!("{program} can't be used here"))
}

/// What became of such a start, and how soon.
fn attempt(place: &Place, strait: &Strait) -> Result<(Outcome, Duration)> {
    let home = Arc::new(Home::new(place, &Wish::default())?);
    let folder = fs::canonicalize(&home.folder)?;
    let long = long_home(&folder)?;
    let words: Vec<&str> =
        strait.through.iter().copied().chain(["sh", "-c", strait.line]).collect();
    let mut command = Command::new(words[0]);
    command.args(&words[1..]).arg(fs::canonicalize(&place.xswarm)?).arg(&folder).arg(&long);
    let command = home.at_home(command);
    let mut station = Station::start_as(&home, command)?;
    outcome(&mut station, strait.lacks.contains("stderr"))
}

/// A folder in that one whose path is long, with the same settings.
fn long_home(folder: &std::path::Path) -> Result<std::path::PathBuf> {
    let mut long = folder.to_path_buf();
    while long.as_os_str().len() < LONG_NAME {
        long.push("a".repeat(90));
    }
    fs::create_dir_all(&long).with_context(|| format!("cannot make {}", long.display()))?;
    fs::copy(folder.join("settings.toml"), long.join("settings.toml"))?;
    Ok(long)
}
