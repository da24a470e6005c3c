//! The built-in line check: no model, no network. It says how the services are and plays the caller back.

use std::sync::Arc;

use audio::g711;
use tokio::sync::watch;
use tracing::debug;
use wire::Snapshot;

use super::clips::{self, Phrase};
use super::{Capabilities, Engine, Mouth, TextInjection};
use crate::hearing::{Ears, Heard};
use crate::roster::Roster;

/// The quiet between two phrases, as µ-law: a quarter of a second.
const PAUSE: [u8; 2_000] = [g711::SILENCE; 2_000];

/// Says how things are, and plays every utterance of the caller back.
pub(crate) struct LineCheck {
    snapshots: watch::Receiver<Snapshot>,
    roster: Arc<Roster>,
}

impl LineCheck {
    pub(crate) fn new(snapshots: watch::Receiver<Snapshot>, roster: Arc<Roster>) -> Self {
        Self { snapshots, roster }
    }

    /// The announcement, as things are.
    fn announcement(&self) -> Vec<u8> {
        let calls = self.roster.count();
        let phrases = clips::announcement(&self.snapshots.borrow(), calls);
        let (names, sounds): (Vec<_>, Vec<_>) =
            phrases.into_iter().map(|Phrase { name, sound }| (name, sound)).unzip();
        debug!(phrases = names.join(" "), "announcing");
        sounds.join(&PAUSE[..])
    }
}

impl Engine for LineCheck {
    fn capabilities(&self) -> Capabilities {
        Capabilities { text: TextInjection::None, transcribes: false, at_once: None }
    }

    async fn answer(&self, mut ears: Ears, mouth: Mouth) {
        mouth.say(self.announcement());
        loop {
            match ears.next().await {
                Heard::Sound(_) => {}
                Heard::Started | Heard::Key('*') => mouth.hush(),
                Heard::Ended(utterance) => mouth.play_back(g711::encode(&utterance.samples)),
                Heard::Key('1') => {
                    mouth.hush();
                    mouth.say(self.announcement());
                }
                Heard::Key(_) => {}
            }
        }
    }
}
