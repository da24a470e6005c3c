//! Asks the servers again and again how they are, and tells all who want to know.

use futures_util::future::join_all;
use tokio::sync::watch;
use tokio::time::sleep;
use tracing::{info, warn};
use wire::{Engine, Model, ModelHealth};

use super::inquiry::inquire;
use super::servers::{Server, Servers};

impl Servers {
    /// Keeps asking, and tells here whatever changes, with who answers where none of them does. Never ends.
    pub(super) async fn watch(&self, told: &watch::Sender<Vec<Model>>, stand_in: Option<Engine>) {
        tokio::select! {
            _ = join_all(self.all.iter().map(|server| self.keep_asking(server))) => {}
            () = self.keep_telling(told, stand_in) => {}
        }
    }

    /// Asks a server at once, whenever a call has come to an end there, and from time to time; but not while it has as many
    /// calls as it takes, for that tells enough.
    async fn keep_asking(&self, server: &Server) {
        loop {
            if !server.health().is_full(self.at_once) {
                let found = inquire(&server.address, self.connect).await;
                server.note(|health| health.is_found(found));
            }
            tokio::select! {
                () = sleep(self.check) => {}
                () = server.is_to_be_asked() => {}
            }
        }
    }

    async fn keep_telling(&self, told: &watch::Sender<Vec<Model>>, stand_in: Option<Engine>) {
        loop {
            self.tell(told, stand_in);
            self.changed.notified().await;
        }
    }

    /// Tells how the servers are, in place of what was told of them before.
    fn tell(&self, told: &watch::Sender<Vec<Model>>, stand_in: Option<Engine>) {
        let is_ours = |model: &&Model| model.engine == Engine::Moshi;
        told.send_if_modified(|models| {
            let before: Vec<Model> = models.iter().filter(is_ours).cloned().collect();
            let ours: Vec<Model> = self
                .all
                .iter()
                .enumerate()
                .map(|(place, server)| Model { stand_in, ..self.seen(server, before.get(place)) })
                .collect();
            if ours == before {
                return false;
            }
            models.retain(|model| !is_ours(&model));
            models.extend(ours);
            true
        });
    }

    fn seen(&self, server: &Server, before: Option<&Model>) -> Model {
        let health = server.health();
        let (state, calls, asked_at) =
            (health.seen(self.at_once), health.answering(), health.heard_at());
        drop(health);
        let now = std::time::SystemTime::now().into();
        let since = match before {
            Some(before) if before.health == state => before.since,
            Some(_) | None => now,
        };
        if before.is_some_and(|before| before.health != state) {
            log(server, &state);
        }
        let model = Model::unknown(Engine::Moshi, server.address.authority.clone(), since);
        let is_local = server.address.is_here;
        Model { health: state, calls, asked_at, is_local, ..model }.anew()
    }
}

fn log(server: &Server, health: &ModelHealth) {
    let server = &*server.address.authority;
    let word: &str = health.into();
    match health {
        ModelHealth::Unreachable { cause } => {
            warn!(server, ?cause, "the speech model can't be had");
        }
        ModelHealth::Unknown
        | ModelHealth::Reachable
        | ModelHealth::Busy
        | ModelHealth::Stalled => info!(server, health = word, "the speech model has changed"),
    }
}
