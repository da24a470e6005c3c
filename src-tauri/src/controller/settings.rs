//! The settings: what may be set, whether it would be right, and the change of the file.

use std::path::PathBuf;
use std::time::SystemTime;

use station::view::{View, seen};
use station::{Settings, Sight, folders, services, words};
use wire::window::SettingsSaved;
use wire::{
    Cause, Failure, Guard, Refusal, SettingsChanges, SettingsForm, SettingsProblem, Snapshot,
};

use super::app::App;
use super::desktop::Desktop;

pub(super) fn form() -> Result<SettingsForm, Failure> {
    Settings::form(&folder()?).map_err(Failure::system)
}

pub(super) fn problem(changes: &SettingsChanges) -> Result<Option<SettingsProblem>, Failure> {
    Settings::problem_after(&folder()?, changes).map_err(Failure::system)
}

pub(super) async fn save<D: Desktop>(
    app: &App<D>,
    changes: SettingsChanges,
    even_if_taken: bool,
) -> Result<SettingsSaved, Failure> {
    let folder = folder()?;
    if let Some(problem) = Settings::problem_after(&folder, &changes).map_err(Failure::system)? {
        return Ok(SettingsSaved::Wrong { problem });
    }
    let after = Settings::after(&folder, &changes).map_err(Failure::system)?;
    let snapshot = app.snapshots.borrow().clone();
    let sentences = if even_if_taken { Vec::new() } else { taken(&after, &snapshot).await };
    if !sentences.is_empty() {
        return Ok(SettingsSaved::Taken { sentences });
    }
    tracing::info!(settings = ?changes.keys(), "settings changed in the window");
    Settings::change(&folder, &changes).map_err(Failure::system)?;
    (app.reread_settings)().await;
    let sentence = words::saved(changes.keys(), &app.snapshots.borrow());
    Ok(SettingsSaved::Written { sentence })
}

fn folder() -> Result<PathBuf, Failure> {
    folders::needed(folders::config()).map_err(Failure::system)
}

/// The addresses that the services would not get, those left out at which they are or wait already.
async fn taken(settings: &Settings, snapshot: &Snapshot) -> Vec<String> {
    let mut sentences = Vec::new();
    for row in services::all() {
        let address = (row.listening)(settings).address.to_string();
        if snapshot.service(row.name).is_some_and(|service| service.address == address) {
            continue;
        }
        for (place, view) in View::of(&row, settings).await.into_iter().enumerate() {
            // A further address, such as `::1`, is done without where the machine hasn't got it.
            let is_done_without = place > 0 && view.sight == Sight::Refused(Refusal::NoSuchAddress);
            if is_in_the_way(&view.sight) && !is_done_without {
                let sight = seen(&view.sight, SystemTime::now().into());
                sentences.push(format!("{} {sight}.", view.address));
            }
        }
    }
    sentences
}

fn is_in_the_way(sight: &Sight) -> bool {
    match sight {
        Sight::Free => false,
        Sight::Refused(_) => true,
        Sight::InUse(cause) => !is_ours(cause),
    }
}

/// Whether it is this very app, which lets its ports go when it is started again.
fn is_ours(cause: &Cause) -> bool {
    let holders = cause.endable_holders();
    !holders.is_empty() && holders.iter().all(|holder| holder.guard == Some(Guard::RunningXswarm))
}

#[cfg(test)]
mod tests {
    use std::net::{IpAddr, Ipv4Addr, SocketAddr};

    use wire::{Engine, Timestamp};

    use super::*;

    /// An address kept for examples, which no machine has.
    const NOWHERE: IpAddr = IpAddr::V4(Ipv4Addr::new(192, 0, 2, 1));

    fn free(ip: IpAddr) -> SocketAddr {
        let socket = socket2::Socket::new(socket2::Domain::IPV4, socket2::Type::STREAM, None);
        let socket = socket.expect("a socket");
        socket.bind(&SocketAddr::from((Ipv4Addr::LOCALHOST, 0)).into()).expect("a port");
        let address = socket.local_addr().ok().and_then(|address| address.as_socket());
        SocketAddr::new(ip, address.expect("its address").port())
    }

    fn nothing_runs() -> Snapshot {
        Snapshot::new("1.0.0", 1, Timestamp(0), Engine::LineCheck)
    }

    #[tokio::test]
    async fn a_further_address_that_the_machine_has_not_got_is_done_without() {
        let mut settings = Settings::default();
        settings.voice_bridge.address = free(Ipv4Addr::LOCALHOST.into());
        settings.supervisor.address = free(Ipv4Addr::LOCALHOST.into());
        settings.voice_bridge.also = vec![NOWHERE];
        settings.supervisor.also = Vec::new();
        assert_eq!(taken(&settings, &nothing_runs()).await, [""; 0]);

        settings.voice_bridge.address = free(NOWHERE);
        settings.voice_bridge.also = Vec::new();
        let sentences = taken(&settings, &nothing_runs()).await;
        assert!(sentences.concat().contains("no such address"), "{sentences:?}");
    }
}
