//! What calls show of their model.

use tokio::sync::watch;
use wire::{ModelServer, ModelState};

use super::servers::{Progress, Server};
use crate::roster::Entry;

/// How the search for a server goes, from its beginning.
pub(super) fn search() -> (watch::Sender<Progress>, watch::Receiver<Progress>) {
    watch::channel(Progress { server: String::new(), state: ModelState::Connecting })
}

/// Shows how it is with this server.
pub(super) fn show(entry: &Entry, server: &Server, state: ModelState) {
    show_progress(entry, Progress::of(server, state));
}

/// Shows how far the search has come.
pub(super) fn show_progress(entry: &Entry, Progress { server, state }: Progress) {
    entry.note(|call| call.model = Some(ModelServer { server, state }));
}

/// Shows that no server answers.
pub(super) fn show_unanswered(entry: &Entry) {
    let nobody = ModelServer { server: String::new(), state: ModelState::Unanswered };
    entry.note(|call| call.model.get_or_insert(nobody).state = ModelState::Unanswered);
}
