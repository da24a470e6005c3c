//! Speech models behind servers of the MOSHI protocol: Kyutai's (Python, MLX, Rust) and PersonaPlex.
//!
//! | file | what it holds |
//! |---|---|
//! | `settings`, `address` | which servers, and what they are told |
//! | `servers` | which of them is free, and which has failed of late |
//! | `session`, `tls` | how a session is opened |
//! | `talk` | the sound that goes to and fro |
//!
//! Most servers take one client at a time and let others wait without a word; some end a session after a few minutes;
//! some drop whom they have just taken. Callers hear what goes on, and calls show it.

mod address;
mod servers;
mod session;
mod settings;
mod talk;
mod tls;

use std::time::Duration;

use tokio::sync::watch;
use tokio::time::sleep;
use tracing::{info, warn};
use wire::{Call, ModelServer, ModelState};

use super::clips::{self, Phrase};
use super::{Capabilities, Mouth, TextInjection};
use crate::hearing::Ears;
use crate::roster::Entry;
use servers::{Progress, Servers};
use talk::Talk;

pub(crate) use servers::Session;
pub(crate) use session::{Reader as FromServer, Writer as ToServer};

pub use address::BadAddress;
pub use settings::MoshiSettings;

/// How many sessions in a row may end at once before a call is given up.
const QUICK_ENDS: u32 = 3;
/// How long to wait after the first of them; each time twice as long.
const PAUSE: Duration = Duration::from_millis(500);
/// What takes no longer than this isn't worth a word to the caller.
const UNNOTICED: Duration = Duration::from_millis(700);
/// After how long the caller is told again.
const AGAIN: Duration = Duration::from_secs(10);

/// Lets speech models answer calls.
pub(crate) struct Moshi {
    servers: Servers,
    is_prompted: bool,
}

/// No server answered, or none kept at it.
pub(crate) struct Unanswered;

impl Moshi {
    pub(crate) fn new(settings: &MoshiSettings) -> Result<Self, BadAddress> {
        let is_prompted = settings.text_prompt.is_some() || settings.voice_prompt.is_some();
        Ok(Self { servers: Servers::new(settings)?, is_prompted })
    }

    /// What the models can do.
    pub(crate) fn capabilities(&self) -> Capabilities {
        let text = if self.is_prompted { TextInjection::AtConnect } else { TextInjection::None };
        // A call more than there are servers waits, and says so.
        Capabilities { text, transcribes: false, at_once: None }
    }

    /// Takes part in one call, through as many sessions as it takes, until no server can be had any more.
    pub(crate) async fn answer(&self, ears: &mut Ears, mouth: &Mouth, entry: &Entry) -> Unanswered {
        let mut quick_ends = 0;
        let mut is_again = false;
        loop {
            let Some(mut session) = self.session(ears, mouth, entry, is_again).await else {
                return self.give_up(entry);
            };
            // Whatever the caller was told is over.
            mouth.hush();
            show(entry, Progress::of(session.server, ModelState::Ready));
            let Session { reader, writer, .. } = &mut session;
            let lost = Talk::new(mouth, entry).go_on(ears, reader, writer).await;
            let server = &*session.server.address.authority;
            quick_ends = if session.was_quick() { quick_ends + 1 } else { 0 };
            show(entry, Progress::of(session.server, ModelState::Lost));
            if quick_ends >= QUICK_ENDS {
                warn!(server, %lost, "the speech model drops every session at once");
                return self.give_up(entry);
            }
            info!(server, %lost, "the session with the speech model ended, another is begun");
            drop(session);
            if quick_ends > 0 {
                sleep(PAUSE * (1 << (quick_ends - 1))).await;
            }
            is_again = true;
        }
    }

    /// Whether every server has as many calls as it takes.
    pub(crate) fn is_busy(&self) -> bool {
        self.servers.are_busy()
    }

    /// A session for a client that speaks the protocol itself, with what it has asked for.
    pub(crate) async fn begin(&self, query: Option<&str>, entry: &Entry) -> Option<Session<'_>> {
        let nothing_yet = Progress { server: String::new(), state: ModelState::Connecting };
        let (progress, mut seen) = watch::channel(nothing_yet);
        let showing = async {
            loop {
                show(entry, seen.borrow_and_update().clone());
                if seen.changed().await.is_err() {
                    std::future::pending::<()>().await;
                }
            }
        };
        let session = tokio::select! {
            session = self.servers.first_free(query, &progress) => session,
            () = showing => None,
        };
        match &session {
            Some(session) => show(entry, Progress::of(session.server, ModelState::Ready)),
            None => change(entry, |server| server.state = ModelState::Unanswered),
        }
        session
    }

    /// The next session, while the caller is told what goes on and isn't heard by anybody.
    async fn session<'a>(
        &'a self,
        ears: &mut Ears,
        mouth: &Mouth,
        entry: &Entry,
        is_again: bool,
    ) -> Option<Session<'a>> {
        let nothing_yet = Progress { server: String::new(), state: ModelState::Connecting };
        let (progress, seen) = watch::channel(nothing_yet);
        tokio::select! {
            session = self.servers.first_free(None, &progress) => session,
            () = tell(seen, mouth, entry, is_again) => None,
            () = overhear(ears) => None,
        }
    }

    fn give_up(&self, entry: &Entry) -> Unanswered {
        change(entry, |server| server.state = ModelState::Unanswered);
        Unanswered
    }
}

/// Shows and tells how the search for a server goes. Never ends.
async fn tell(mut seen: watch::Receiver<Progress>, mouth: &Mouth, entry: &Entry, is_again: bool) {
    let mut patience = UNNOTICED;
    loop {
        let mut progress = seen.borrow_and_update().clone();
        if is_again && progress.state == ModelState::Connecting {
            progress.state = ModelState::Reconnecting;
        }
        let phrase = clips::of_model(progress.state);
        show(entry, progress);
        tokio::select! {
            Ok(()) = seen.changed() => {}
            () = sleep(patience) => {
                say(mouth, phrase);
                patience = AGAIN;
            }
        }
    }
}

/// Lets go by what the caller says, for nobody is there to hear it. Never ends.
async fn overhear(ears: &mut Ears) {
    loop {
        ears.next().await;
    }
}

fn say(mouth: &Mouth, phrase: Option<Phrase>) {
    if let Some(phrase) = phrase {
        mouth.say(phrase.sound.to_vec());
    }
}

fn show(entry: &Entry, Progress { server, state }: Progress) {
    entry.note(|call: &mut Call| call.model = Some(ModelServer { server, state }));
}

fn change(entry: &Entry, change: impl FnOnce(&mut ModelServer)) {
    let nobody = ModelServer { server: String::new(), state: ModelState::Unanswered };
    entry.note(|call| change(call.model.get_or_insert(nobody)));
}
