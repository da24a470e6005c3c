//! A home in which each file of ours is something else: a pipe, a folder, junk, a link that leads nowhere, 300 MB of nothing.
//! The ports come up all the same; only where the lock or a token can't be had may a start be refused, with the reason.

use std::fs::{self, File};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result, ensure};

use super::patience::within;
use super::starts::{Outcome, judged, outcome};
use crate::calls::{Caller, Shown};
use crate::figures::{Row, Table};
use crate::place::Place;
use crate::station::{Home, Station, Wish};

/// The files whose lack may be a reason not to start.
const NEEDED: [&str; 3] = ["lock", "turn", "token"];
const SETTINGS: &str = "settings.toml";
/// Where the services are without settings.
const USUAL: [u16; 2] = [9998, 9999];
const HUGE: u64 = 300_000_000;
/// How long a call may take until it leaves its traces.
const CALL: Duration = Duration::from_secs(10);

#[derive(Clone, Copy)]
enum Oddity {
    Pipe,
    Folder,
    Junk,
    Dangling,
    Huge,
}

impl Oddity {
    const ALL: [Self; 5] = [Self::Pipe, Self::Folder, Self::Junk, Self::Dangling, Self::Huge];

    fn name(self) -> &'static str {
        match self {
            Self::Pipe => "a pipe",
            Self::Folder => "a folder",
            Self::Junk => "junk",
            Self::Dangling => "a link to nowhere",
            Self::Huge => "300 MB",
        }
    }

    fn put(self, path: &Path) -> Result<()> {
        let run = |words: &[&str]| -> Result<()> {
            let status = Command::new(words[0]).args(&words[1..]).arg(path).status()?;
            ensure!(status.success(), "{words:?} ended with {status}");
            Ok(())
        };
        match self {
            Self::Pipe => run(&["mkfifo"]),
            Self::Folder => Ok(fs::create_dir(path)?),
            Self::Junk => Ok(fs::write(path, [0xFF, 0xFE, 0, b'{', 0x80, b'\n', 0xC3].repeat(50))?),
            Self::Dangling => run(&["ln", "-s", "/nowhere/at/all"]),
            Self::Huge => Ok(File::create(path)?.set_len(HUGE)?),
        }
    }
}

pub(super) fn table(place: &Place) -> Result<Table> {
    let mut rows = Vec::new();
    for name in files(place)? {
        for oddity in Oddity::ALL {
            let what = format!("{} in the place of {name}", oddity.name());
            if name == SETTINGS && !are_free() {
                let why = format!("{USUAL:?} are not both free");
                rows.push(Row::Skipped { what, why });
                continue;
            }
            let may_refuse = NEEDED.iter().any(|needed| name.starts_with(needed));
            rows.extend(judged(what, !may_refuse, attempt(place, &name, oddity)));
        }
    }
    Ok(Table::new("Starts in a home that holds odd things", rows))
}

/// Settings with which every file is used.
fn all_used() -> Wish {
    Wish {
        of_the_bridge: "public_url = \"https://voice.example.org\"\n",
        further: "[voice_bridge.recording]\non = true\n".to_owned(),
        ..Wish::default()
    }
}

/// All files that a station leaves in its home, after a call and a client.
fn files(place: &Place) -> Result<Vec<String>> {
    let station = Station::proven(place, &all_used())?;
    station.conversation()?.status()?;
    // The secret is one that was made for this home, so the call isn't taken, and that leaves traces as well.
    let _ = within(CALL, async {
        Caller::dial(station.bridge, &Shown::default()).await?.hears_something().await
    });
    let entries = fs::read_dir(&station.home().folder).context("its home can't be read")?;
    let mut names: Vec<String> =
        entries.flatten().map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    Ok(names)
}

fn attempt(place: &Place, name: &str, oddity: Oddity) -> Result<(Outcome, Duration)> {
    let mut home = Home::new(place, &all_used())?;
    let path = home.folder.join(name);
    if name == SETTINGS {
        fs::remove_file(&path)?;
        [home.bridge, home.supervisor] = USUAL.map(local);
    }
    oddity.put(&path)?;
    let home = Arc::new(home);
    let serve = home.command(&["serve"]);
    outcome(&mut Station::start_as(&home, serve)?, false)
}

fn local(port: u16) -> SocketAddr {
    (Ipv4Addr::LOCALHOST, port).into()
}

/// Whether nobody listens where the services are without settings.
fn are_free() -> bool {
    USUAL.into_iter().all(|port| TcpStream::connect(local(port)).is_err())
}
