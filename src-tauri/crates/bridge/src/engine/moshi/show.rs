//! What calls show of their model.

use tokio::sync::watch;
use wire::{ModelServer, ModelState};

use crate::roster::Entry;

/// How the search for a server goes, from its beginning.
pub(super) fn search() -> (watch::Sender<ModelServer>, watch::Receiver<ModelServer>) {
    watch::channel(ModelServer { server: String::new(), state: ModelState::Connecting })
}

/// Shows how it is with a server.
pub(super) fn show(entry: &Entry, server: ModelServer) {
    entry.note(|call| call.model = Some(server));
}

/// Shows that no server answers.
pub(super) fn show_unanswered(entry: &Entry) {
    let nobody = ModelServer { server: String::new(), state: ModelState::Unanswered };
    entry.note(|call| call.model.get_or_insert(nobody).state = ModelState::Unanswered);
}
