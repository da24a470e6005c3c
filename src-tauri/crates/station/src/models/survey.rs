//! Finds out what this machine has and what is installed on it.

use std::path::Path;
use std::time::{Duration, SystemTime};

use futures_util::future::join_all;
use sysinfo::{CpuRefreshKind, DiskRefreshKind, Disks, MemoryRefreshKind, RefreshKind, System};
use wire::KnownServer;

use super::cards::{Cards, QUESTION};
use super::checks;
use super::facts::{Files, Found, Installed, Machine};
use super::hub::Hub;
use super::places;
use super::probe::ask;
use super::python::{self, Python};
use crate::catalogue::ENTRIES;
use crate::catalogue::{Entry, Program};
use crate::installation::folders;

/// How long the system may take to tell of its disks: one that is elsewhere may not answer at all.
const PATIENCE: Duration = Duration::from_secs(5);

/// A variable and its value; nothing where there is to be none.
type Variable = (String, Option<String>);

/// All servers that are known, with what this machine lacks for each. Takes a second or so: programs are asked for their versions.
pub async fn known_servers() -> Vec<KnownServer> {
    let machine = machine().await;
    join_all(ENTRIES.iter().map(|entry| judged(entry, &machine, entry.port, &[]))).await
}

/// One of them, by what it is called in the settings.
pub async fn known_server(id: &str) -> Option<KnownServer> {
    let entry = ENTRIES.iter().find(|entry| entry.id == id)?;
    Some(judged(entry, &machine().await, entry.port, &[]).await)
}

/// The same where it is to have this port, and these variables besides ours.
pub(crate) async fn known_server_with(
    id: &str,
    port: u16,
    variables: &[Variable],
) -> Option<KnownServer> {
    let entry = ENTRIES.iter().find(|entry| entry.id == id)?;
    Some(judged(entry, &machine().await, port, variables).await)
}

async fn judged(
    entry: &Entry,
    machine: &Machine,
    port: u16,
    variables: &[Variable],
) -> KnownServer {
    let installed = installed(entry, port, variables).await;
    checks::judged(entry, machine, &installed, SystemTime::now().into())
}

async fn machine() -> Machine {
    let system = tokio::task::spawn_blocking(|| {
        let what = RefreshKind::nothing()
            .with_cpu(CpuRefreshKind::nothing())
            .with_memory(MemoryRefreshKind::nothing().with_ram());
        let system = System::new_with_specifics(what).ok()?;
        let processor = system.cpus().first().map(|cpu| cpu.brand().trim().to_owned());
        Some((processor.unwrap_or_default(), system.total_memory()))
    });
    let (system, cards) = tokio::join!(system, cards());
    let (processor, memory) = system.ok().flatten().unwrap_or_default();
    Machine {
        system: std::env::consts::OS,
        architecture: std::env::consts::ARCH,
        processor,
        memory,
        cards,
    }
}

async fn cards() -> Cards {
    let path = std::env::var_os("PATH");
    let Some(program) = places::on_path("nvidia-smi", path.as_deref()) else {
        return Cards::NotInstalled;
    };
    match ask(&program, &QUESTION).await {
        Ok(said) if said.has_succeeded => Cards::read(&said.output),
        // It complains on either pipe, depending on what is wrong.
        Ok(said) if said.output.trim().is_empty() => Cards::complaint(&said.complaint),
        Ok(said) => Cards::read(&said.output),
        Err(why) => Cards::complaint(&why),
    }
}

async fn installed(entry: &Entry, port: u16, variables: &[Variable]) -> Installed {
    let data = folders::data().unwrap_or_default();
    let folder = places::home(&data, entry);
    let address = (std::net::Ipv4Addr::LOCALHOST, port).into();
    let (program, files, sight) =
        tokio::join!(program(entry, &folder), files(entry, variables), crate::look(address));
    Installed { folder, program, files, port, sight }
}

/// The first that has what it takes; where none has, the first that says anything, else the first.
async fn program(entry: &Entry, folder: &Path) -> Found {
    let path = std::env::var_os("PATH");
    let candidates = places::candidates(entry, folder, path.as_deref());
    let package = match entry.program {
        Program::Built { .. } => {
            let first = candidates.into_iter().next();
            return first.map_or(Found::Nothing, |path| Found::Program { path });
        }
        Program::Python { package, .. } => package,
    };
    let (mut answered, mut silent) = (None, None);
    for path in candidates {
        match ask_python(&path, package).await {
            Ok(python) if python.package(package).is_some() => {
                return Found::Python { path, told: Ok(python) };
            }
            Ok(python) => {
                answered.get_or_insert(Found::Python { path, told: Ok(python) });
            }
            Err(why) => {
                silent.get_or_insert(Found::Python { path, told: Err(why) });
            }
        }
    }
    answered.or(silent).unwrap_or(Found::Nothing)
}

async fn ask_python(path: &Path, package: &str) -> Result<Python, String> {
    let said = ask(path, &["-c", python::QUESTION, package, "torch"]).await?;
    Python::read(&said.output).ok_or_else(|| {
        let last = said.complaint.lines().last().unwrap_or("it says nothing");
        wire::bounded(last.trim_end_matches('.'), 200)
    })
}

pub(super) async fn files(entry: &Entry, variables: &[Variable]) -> Files {
    let variable = |name: &str| {
        let set = variables.iter().rev().find(|(set, _)| set == name);
        set.map_or_else(|| std::env::var_os(name), |(_, value)| value.as_ref().map(Into::into))
    };
    let Some(hub) = Hub::of(variable, etcetera::home_dir().ok()) else {
        return Files { folder: None, are_here: false, room: None, has_token: false };
    };
    let folder = hub.folder().to_owned();
    let (place, model) = (folder.clone(), entry.model);
    let look = tokio::task::spawn_blocking(move || {
        (hub.has(model.repository, model.files), hub.has_token(), room(&place))
    });
    let (are_here, has_token, room) = match tokio::time::timeout(PATIENCE, look).await {
        Ok(Ok(looked)) => looked,
        Ok(Err(_)) | Err(_) => (false, false, None),
    };
    Files { folder: Some(folder), are_here, room, has_token }
}

/// How much room there is where that folder is, or would be, in bytes.
fn room(folder: &Path) -> Option<u64> {
    let there = folder.ancestors().find_map(|place| place.canonicalize().ok())?;
    let disks =
        Disks::new_with_refreshed_list_specifics(DiskRefreshKind::nothing().with_storage()).ok()?;
    let disk = disks.iter().filter(|disk| there.starts_with(disk.mount_point()));
    let closest = disk.max_by_key(|disk| disk.mount_point().components().count())?;
    Some(closest.available_space())
}
