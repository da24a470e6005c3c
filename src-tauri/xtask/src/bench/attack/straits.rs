//! Starts on systems that lack something: the ports come up, or the truth is told, within three seconds; and nothing is ever
//! called listening that can't be reached.

use std::fs;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::process::Command;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};

use super::fort::last_words;
use super::tally::once;
use crate::chance::pass;
use crate::figures::{Count, Row, Spread, Table};
use crate::place::Place;
use crate::station::{Home, Station, Wish};

/// How soon it must be clear, and how long it is looked at before it counts as hanging.
const CLEAR: Duration = Duration::from_secs(3);
const GIVEN_UP: Duration = Duration::from_secs(20);
const LOOK_AGAIN: Duration = Duration::from_millis(20);
/// How long a page may take, and how long the name of a folder is.
const PAGE: Duration = Duration::from_millis(500);
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

/// What became of a start.
enum Outcome {
    /// Both ports are there; and what was said besides.
    Up(String),
    /// They aren't, and this was said.
    Told(String),
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
        line: r#"cp "$1/settings.toml" /dev/shm/$$ && mount -t tmpfs -o size=64k none "$1" && cp /dev/shm/$$ "$1/settings.toml";
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
            None => rows.extend(judged(what, strait, attempt(place, strait))),
        }
    }
    rows.extend(ELSEWHERE.iter().map(|(lacks, test)| Row::Skipped {
        what: format!("without {lacks}"),
        why: format!("tried by `{test}`"),
    }));
    Ok(Table::new("Starts on systems that lack something", rows))
}

/// The lines for a start, with what became of it.
fn judged(what: String, strait: &Strait, outcome: Result<(Outcome, Duration)>) -> Vec<Row> {
    let (how, after, is_right) = match outcome {
        Ok((Outcome::Up(how), after)) => (how, after, after <= CLEAR),
        Ok((Outcome::Told(how), after)) => (how, after, after <= CLEAR && !strait.comes_up),
        Err(error) => return vec![once(what, Err(error))],
    };
    let wanted = if strait.comes_up { "up" } else { "up, or the reason," };
    let count = Count::new(format!("{what}: {wanted} within 3 s"), usize::from(is_right), 1);
    vec![count.because(vec![how]).exactly(1).into(), Spread::of_times("  after", &[after]).into()]
}

/// The program that can't be had here.
fn tool_that_is_lacking(strait: &Strait) -> Option<String> {
    let (program, _) = strait.through.split_first()?;
    let words: &[&str] = if *program == "unshare" { &["--mount", "true"] } else { &["--version"] };
    let works = Command::new(program).args(words).output().is_ok_and(|it| it.status.success());
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
    let deadline = station.started + GIVEN_UP;
    let mut log = String::new();
    while Instant::now() < deadline {
        if [home.bridge, home.supervisor].into_iter().all(is_healthy) {
            let after = station.started.elapsed();
            log = station.said();
            let said = if log.contains("WARN") || log.contains("ERROR") { &log } else { "both up" };
            return Ok((Outcome::Up(last_words(said)), after));
        }
        if let Some(status) = station.ended_within(Duration::ZERO)? {
            let after = station.started.elapsed();
            log = station.said();
            ensure!(!status.success(), "it ended as if all were well: {}", last_words(&log));
            ensure!(
                !log.is_empty() || strait.lacks.contains("stderr"),
                "it ended with {status}, without a word"
            );
            ensure!(station.panics() == 0, "it broke down: {}", last_words(&log));
            return Ok((Outcome::Told(format!("it ended: {}", last_words(&log))), after));
        }
        log = station.said();
        if log.contains("ERROR") || log.matches("WARN").count() > 1 {
            let after = station.started.elapsed();
            return truth(&home, &log).map(|how| (Outcome::Told(how), after));
        }
        pass(LOOK_AGAIN);
    }
    bail!("it neither comes up nor says why: {}", last_words(&log));
}

/// What is said of a start that goes on without its ports, if it is true.
fn truth(home: &Home, log: &str) -> Result<String> {
    for (name, address) in [("Voice bridge", home.bridge), ("Supervisor", home.supervisor)] {
        let claims = log.contains(&format!("{name} WebSocket server listening"));
        ensure!(!claims || is_healthy(address), "{name} is called listening and can't be reached");
    }
    Ok(last_words(log))
}

/// Whether a port answers, and says that it is proven.
fn is_healthy(address: SocketAddr) -> bool {
    let ask = || -> Result<String> {
        let mut stream = TcpStream::connect_timeout(&address, PAGE)?;
        stream.set_read_timeout(Some(PAGE))?;
        stream
            .write_all(b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n")?;
        let mut page = String::new();
        stream.read_to_string(&mut page)?;
        Ok(page)
    };
    ask().is_ok_and(|page| page.starts_with("HTTP/1.1 200"))
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
