//! The engine: one call, through as many sessions as it takes.

use std::time::{Duration, SystemTime};

use futures_util::future::BoxFuture;
use tokio::sync::watch;
use tokio::time::sleep;
use tokio_util::task::TaskTracker;
use tracing::{info, warn};
use wire::steering::Fate;
use wire::{Model, ModelServer, ModelState};

use super::address::BadAddress;
use super::regain::regain;
use super::relay;
use super::servers::{Servers, Session};
use super::session::Lost;
use super::settings::{MoshiSettings, Prompts};
use super::talk::talk;
use super::told::{say, say_back};
use super::vigil::Vigil;
use crate::capabilities::{Capabilities, TextInjection};
use crate::conversation::mouth::Mouth;
use crate::engine::interface::{Answered, Conversation, Engine};
use crate::roster::Entry;

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

pub(crate) struct Moshi {
    servers: Servers,
    prompts: Option<Prompts>,
    models: watch::Sender<Vec<Model>>,
}

impl Moshi {
    /// One whose goodbyes to servers are among the `partings`, and which tells of them among the `models`. It comes in the place
    /// of the one `before`, whose calls go on.
    pub(crate) fn new(
        settings: &MoshiSettings,
        before: Option<&Self>,
        partings: TaskTracker,
        models: watch::Sender<Vec<Model>>,
    ) -> Result<Self, BadAddress> {
        let servers = Servers::new(settings, before.map(|before| &before.servers), partings)?;
        Ok(Self { servers, prompts: Prompts::of(settings), models })
    }

    /// Takes part in a call until no server can be had any more, and tells the caller then.
    async fn take_part(
        &self,
        conversation: Conversation<'_>,
        first: Option<Session<'_>>,
    ) -> Answered {
        let (mouth, entry) = (conversation.mouth.clone(), conversation.entry);
        self.converse(conversation, first).await;
        entry.note_unanswered();
        mouth.hush();
        Answered::Not { told: say(&mouth, ModelState::Unanswered) }
    }

    /// Takes a call back that another engine answered, in a pause, and goes on with it.
    async fn go_on(&self, mut conversation: Conversation<'_>, session: Session<'_>) -> Answered {
        let Conversation { ears, mouth, entry, .. } = &mut conversation;
        info!(server = &*session.server.address.authority, "the speech model has its call back");
        entry.note_model(session.server.shown(ModelState::Ready));
        mouth.hush();
        let mut said = say_back(mouth);
        tokio::select! {
            _ = said.ended() => {}
            () = ears.overhear() => {}
        }
        self.take_part(conversation, Some(session)).await
    }

    /// Converses through as many sessions as it takes, of which the first may be there already, until no server can be had
    /// any more.
    async fn converse(&self, mut conversation: Conversation<'_>, first: Option<Session<'_>>) {
        let mut quick_ends = 0;
        let mut is_again = false;
        let mut next = first;
        conversation.ears.take_in_sound();
        loop {
            let session = match next.take() {
                Some(session) => Some(session),
                None => self.session_told(&mut conversation, is_again).await,
            };
            let Some(mut session) = session else { return };
            let (entry, model) = (conversation.entry, session.server);
            // Whatever the caller was told is over.
            conversation.mouth.hush();
            let vigil = Vigil::new(model, entry, Some(conversation.mouth.clone()));
            let has_another = || self.servers.has_another(model);
            let halves = session.connection.halves();
            let lost = talk(&mut conversation, halves, &vigil, has_another).await;
            let server = &*model.address.authority;
            quick_ends = if session.was_quick() { quick_ends + 1 } else { 0 };
            if let Lost::Silent = lost {
                model.fail(None);
            }
            entry.note_model(model.shown(ModelState::Lost));
            if quick_ends >= QUICK_ENDS {
                warn!(server, %lost, "the speech model drops every session at once");
                return;
            }
            info!(server, %lost, "the session with the speech model ended, another is begun");
            drop(session);
            if quick_ends > 0 {
                sleep(PAUSE * (1 << (quick_ends - 1))).await;
            }
            is_again = true;
        }
    }

    /// The next session, whose model is told what was suggested for the call: once more what models before it were
    /// told, and what waits. Where there is no session it goes on waiting.
    async fn session_told<'a>(
        &'a self,
        conversation: &mut Conversation<'_>,
        is_again: bool,
    ) -> Option<Session<'a>> {
        let suggestions = conversation.ears.suggestions().clone();
        let Some(prompts) = &self.prompts else {
            return self.session(None, conversation, is_again).await;
        };
        let (mut told, mut suggested) = (suggestions.told(), Vec::new());
        let mut length: usize = told.iter().map(String::len).sum();
        while length < LONGEST_TOLD
            && let Some(next) = suggestions.take()
        {
            length += next.text.len();
            told.push(next.text.clone());
            suggested.push(next);
        }
        let query = prompts.query_of(&told);
        let session = self.session(query.as_deref(), conversation, is_again).await;
        if session.is_some() {
            suggestions.note_told(told);
            for suggested in suggested {
                suggested.settle(Fate::Delivered {
                    call: conversation.call(),
                    at: SystemTime::now().into(),
                });
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
        conversation: &mut Conversation<'_>,
        is_again: bool,
    ) -> Option<Session<'a>> {
        let Conversation { ears, mouth, entry, .. } = conversation;
        let (progress, seen) =
            watch::channel(ModelServer { server: String::new(), state: ModelState::Connecting });
        let note = |server| drop(progress.send_replace(server));
        tokio::select! {
            session = self.servers.first_free(query, &note) => session,
            () = tell(seen, mouth, entry, is_again) => None,
            () = ears.overhear() => None,
        }
    }
}

impl Engine for Moshi {
    fn kind(&self) -> wire::Engine {
        wire::Engine::Moshi
    }

    fn capabilities(&self) -> Capabilities {
        let is_prompted = self.prompts.is_some();
        let text = if is_prompted { TextInjection::AtConnect } else { TextInjection::None };
        // A call more than there are servers waits, and says so.
        Capabilities { text, at_once: None }
    }

    fn is_busy(&self) -> bool {
        self.servers.are_busy()
    }

    fn takes_messages(&self) -> bool {
        true
    }

    fn watch_models(&self, stand_in: Option<wire::Engine>) -> BoxFuture<'_, ()> {
        Box::pin(self.servers.watch(&self.models, stand_in))
    }

    fn answer<'a>(&'a self, conversation: Conversation<'a>) -> BoxFuture<'a, Answered> {
        Box::pin(async move {
            if let Some(passage) = conversation.passage {
                let query = passage.query.as_deref();
                return Answered::HungUp(relay::run(&self.servers, query, conversation).await);
            }
            self.take_part(conversation, None).await
        })
    }

    #[expect(clippy::async_yields_async, reason = "the other engine is let go in between")]
    fn come_back<'a>(
        &'a self,
        conversation: Conversation<'a>,
        times: u32,
    ) -> BoxFuture<'a, BoxFuture<'a, Answered>> {
        Box::pin(async move {
            let told = conversation.ears.suggestions().told();
            let query = self.prompts.as_ref().and_then(|prompts| prompts.query_of(&told));
            let query = query.as_deref();
            let session = regain(&self.servers, query, &conversation.mouth, times).await;
            Box::pin(self.go_on(conversation, session)) as BoxFuture<'a, Answered>
        })
    }
}

/// Shows and tells how the search for a server goes. Never ends.
async fn tell(
    mut seen: watch::Receiver<ModelServer>,
    mouth: &Mouth,
    entry: &Entry,
    is_again: bool,
) {
    let (mut patience, mut last) = (UNNOTICED, None);
    loop {
        let mut progress = seen.borrow_and_update().clone();
        if is_again && progress.state == ModelState::Connecting {
            progress.state = ModelState::Reconnecting;
        }
        let state = progress.state;
        entry.note_model(progress);
        // Who hasn't heard yet how it was is told only how it is.
        if last.replace(state).is_some_and(|last| last != state)
            && mouth.playout(|playout| playout.has_notice())
        {
            say(mouth, state);
        }
        tokio::select! {
            Ok(()) = seen.changed() => {}
            () = sleep(patience) => {
                say(mouth, state);
                patience = AGAIN;
            }
        }
    }
}
