//! Looks again and again, while a server would be of use.

use std::net::{Ipv4Addr, Ipv6Addr};

use tokio::sync::watch;
use tokio::time::sleep;
use tracing::info;
use wire::{FoundServer, Model, Snapshot};

use super::offer::{is_set, is_wanted};
use super::place::Watchpoint;
use crate::settings::Settings;
use crate::words;

/// Looks for servers that nobody has named, and shows those that are there. Never ends.
pub(crate) async fn look_out(
    settings: impl Fn() -> Settings + Send,
    mut models: watch::Receiver<Vec<Model>>,
    shown: watch::Sender<Snapshot>,
) {
    let (mut port, mut places) = (0, Vec::new());
    loop {
        let settings = settings();
        if settings.moshi.look_at != port {
            port = settings.moshi.look_at;
            places = places_at(port);
        }
        let is_wanted =
            is_wanted(settings.voice_bridge.engine.first(), &models.borrow_and_update());
        let mut found = Vec::new();
        if is_wanted {
            for place in &mut places {
                found.extend(place.look().await);
            }
        }
        found.retain(|server| !is_set(&settings, &server.url));
        show(&shown, found);
        tokio::select! {
            () = sleep(settings.moshi.check) => {}
            // What else there is to show changes many times a second while there are calls.
            Ok(()) = models.changed() => {}
        }
    }
}

fn places_at(port: u16) -> Vec<Watchpoint> {
    let hosts = [Ipv4Addr::LOCALHOST.into(), Ipv6Addr::LOCALHOST.into()];
    let at = |host: std::net::IpAddr| Watchpoint::new((host, port).into());
    if port == 0 { Vec::new() } else { hosts.map(at).into() }
}

fn show(shown: &watch::Sender<Snapshot>, mut found: Vec<FoundServer>) {
    found.dedup_by(|later, earlier| later.holder.is_some() && later.holder == earlier.holder);
    shown.send_if_modified(|snapshot| {
        found.iter_mut().for_each(|server| words::say_of_found(server, &snapshot.engines));
        let is_other = snapshot.found != found;
        if is_other {
            for FoundServer { server, holder, .. } in &found {
                info!(server, holder, "a server for MOSHI clients is there that nobody has named");
            }
            snapshot.found = found;
        }
        is_other
    });
}
