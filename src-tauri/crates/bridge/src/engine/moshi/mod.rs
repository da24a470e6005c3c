//! Speech models behind servers of the MOSHI protocol: Kyutai's (Python, MLX, Rust) and PersonaPlex.
//!
//! | file | what it holds |
//! |---|---|
//! | `settings`, `address`, `prompts` | which servers, and what they are told |
//! | `servers` | which of them is free, and which has failed of late |
//! | `session`, `tls` | how a session is opened |
//! | `talk` | the sound that goes to and fro |
//!
//! Most servers take one client at a time and let others wait without a word; some end a session after a few minutes;
//! some drop whom they have just taken. Callers hear what goes on, and calls show it.

mod address;
mod prompts;
mod servers;
mod session;
mod settings;
mod talk;
mod tls;

use std::time::{Duration, SystemTime};

use tokio::sync::watch;
use tokio::time::sleep;
use tracing::{info, warn};
use wire::steering::Fate;
use wire::{Call, ModelServer, ModelState};

use super::clips::{self, Phrase};
use super::{Capabilities, Mouth, TextInjection};
use crate::hearing::Ears;
use crate::roster::Entry;
use prompts::Prompts;
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
/// How many bytes of suggestions a model is told: they go into the address that a server is asked with.
const LONGEST_TOLD: usize = 1000;
/// After how long the caller is told again.
const AGAIN: Duration = Duration::from_secs(10);

/// Lets speech models answer calls.
pub(crate) struct Moshi {
    servers: Servers,
    prompts: Option<Prompts>,
}

/// No server answered, or none kept at it.
pub(crate) struct Unanswered;

impl Moshi {
    pub(crate) fn new(settings: &MoshiSettings) -> Result<Self, BadAddress> {
        Ok(Self { servers: Servers::new(settings)?, prompts: Prompts::of(settings) })
    }

    /// What the models can do.
    pub(crate) fn capabilities(&self) -> Capabilities {
        let is_prompted = self.prompts.is_some();
        let text = if is_prompted { TextInjection::AtConnect } else { TextInjection::None };
        // A call more than there are servers waits, and says so.
        Capabilities { text, transcribes: false, at_once: None }
    }

    /// Takes part in one call, through as many sessions as it takes, until no server can be had any more.
    pub(crate) async fn answer(&self, ears: &mut Ears, mouth: &Mouth, entry: &Entry) -> Unanswered {
        let mut quick_ends = 0;
        let mut is_again = false;
        let mut told = Vec::new();
        loop {
            let session = self.session_told(&mut told, ears, mouth, entry, is_again).await;
            let Some(mut session) = session else { return self.give_up(entry) };
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

    /// The next session, whose model is told what was suggested for the call: once more what models before it were
    /// told, and what waits. Where there is no session it goes on waiting.
    async fn session_told<'a>(
        &'a self,
        told: &mut Vec<String>,
        ears: &mut Ears,
        mouth: &Mouth,
        entry: &Entry,
        is_again: bool,
    ) -> Option<Session<'a>> {
        let suggestions = ears.suggestions().clone();
        let Some(prompts) = &self.prompts else {
            return self.session(None, ears, mouth, entry, is_again).await;
        };
        let mut suggested = Vec::new();
        let mut length: usize = told.iter().map(String::len).sum();
        while length < LONGEST_TOLD
            && let Some(next) = suggestions.take()
        {
            length += next.text.len();
            told.push(next.text.clone());
            suggested.push(next);
        }
        let query = prompts.query("", told);
        let query = Some(&*query).filter(|_| !told.is_empty());
        let session = self.session(query, ears, mouth, entry, is_again).await;
        if session.is_some() {
            for suggested in suggested {
                suggested
                    .settle(Fate::Delivered { call: entry.id(), at: SystemTime::now().into() });
            }
        } else {
            suggestions.put_back(suggested);
        }
        session
    }

    /// The next session, while the caller is told what goes on and isn't heard by anybody.
    async fn session<'a>(
        &'a self,
        query: Option<&str>,
        ears: &mut Ears,
        mouth: &Mouth,
        entry: &Entry,
        is_again: bool,
    ) -> Option<Session<'a>> {
        let nothing_yet = Progress { server: String::new(), state: ModelState::Connecting };
        let (progress, seen) = watch::channel(nothing_yet);
        tokio::select! {
            session = self.servers.first_free(query, &progress) => session,
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
