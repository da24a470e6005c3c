//! The window as the tray's process knows it: a process of its own, started when the window is asked for.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;
use tokio::sync::{mpsc, oneshot, watch};
use tokio::time::Instant;
use wire::{Failure, ServiceName, Snapshot};

use super::page::Page;
use super::process::{Process, Unasked};
use super::protocol::{FromTray, FromWindow, Placement};

/// How long a window may take to come to the screen, which is much where the system has to be read from a slow disk.
const LONGEST_OPENING: Duration = Duration::from_secs(30);

/// How long a window that is open may take to come to the front.
const LONGEST_RAISING: Duration = Duration::from_secs(4);

/// The window. It is there for as long as the app, whether it is open or not.
pub(crate) struct Window {
    pub(crate) is_shown: watch::Receiver<bool>,
    pub(crate) is_seen: watch::Receiver<bool>,
    wanted: mpsc::Sender<Wanted>,
    page: Arc<Page>,
}

enum Wanted {
    Open(Opening),
    /// Its end, with that of the app. The answer comes when it is gone.
    End(oneshot::Sender<()>),
}

#[derive(Default)]
pub(crate) struct Opening {
    /// The confirmation that it is to ask for.
    pub(crate) confirm_free: Option<ServiceName>,
    /// Who is told when it can be seen.
    pub(crate) shown: Option<oneshot::Sender<()>>,
}

impl Window {
    /// A window that nobody has asked for, and what opens it.
    pub(crate) fn new(
        snapshots: watch::Receiver<Snapshot>,
        tray_host: watch::Receiver<bool>,
        questions: mpsc::Sender<Question>,
    ) -> (Self, Opener) {
        let (tx, wanted) = mpsc::channel(16);
        let (shown, is_shown) = watch::channel(false);
        let (seen, is_seen) = watch::channel(false);
        let page = Arc::<Page>::default();
        let opener = Opener {
            wanted,
            questions,
            unasked: Unasked { snapshots, tray_host },
            page: Arc::clone(&page),
            is_shown: shown,
            is_seen: seen,
            place: None,
        };
        (Self { is_shown, is_seen, wanted: tx, page }, opener)
    }

    /// Shows it as it is called for.
    pub(crate) async fn open(&self, call: Opening) {
        // An error means that the app is ending.
        let _ = self.wanted.send(Wanted::Open(call)).await;
    }

    pub(crate) fn page_is_ready(&self) -> Option<ServiceName> {
        self.page.is_ready()
    }

    pub(crate) async fn end(&self) {
        let (tx, ended) = oneshot::channel();
        if self.wanted.send(Wanted::End(tx)).await.is_ok() {
            // An error means that it had ended already.
            let _ = ended.await;
        }
    }
}

pub(crate) struct Question {
    pub(crate) command: String,
    pub(crate) payload: Value,
    id: u64,
    tray: mpsc::Sender<FromTray>,
}

impl Question {
    /// Answers it, if the window is still there.
    pub(crate) async fn answer(self, answer: Result<Value, Failure>) {
        // An error means that it is not.
        let _ = self.tray.send(FromTray::Answer { id: self.id, answer }).await;
    }
}

pub(crate) struct Opener {
    wanted: mpsc::Receiver<Wanted>,
    questions: mpsc::Sender<Question>,
    unasked: Unasked,
    page: Arc<Page>,
    is_shown: watch::Sender<bool>,
    is_seen: watch::Sender<bool>,
    place: Option<Placement>,
}

/// A window that is open, or about to be.
struct Opened {
    process: Process,
    /// Whoever has called and was not answered yet, the oldest first, and until when they are to be.
    waiting: VecDeque<(Opening, Instant)>,
    /// How many it was opened for, of those who wait.
    first: usize,
    was_shown: bool,
    is_leaving: bool,
}

impl Opened {
    /// The oldest of those who wait, who waits no more.
    fn answered(&mut self) -> Option<(Opening, Instant)> {
        self.first = self.first.saturating_sub(1);
        self.waiting.pop_front()
    }
}

enum Over {
    Gone,
    Hangs,
    /// The app ends, and somebody may wait for this.
    Ends(Option<oneshot::Sender<()>>),
}

impl Opener {
    pub(crate) async fn run(mut self) {
        while let Some(wanted) = self.wanted.recv().await {
            let mut calls = match wanted {
                Wanted::Open(call) => vec![call],
                Wanted::End(ended) => {
                    // Whoever asked may have stopped waiting.
                    let _ = ended.send(());
                    return;
                }
            };
            // Whoever calls for a window that is on its way out gets the next.
            while !calls.is_empty() {
                let Some(late) = self.open(calls).await else { return };
                calls = late;
            }
        }
    }

    /// Opens the window and minds it until it is gone. Returns those who called too late; nothing if the app ends.
    async fn open(&mut self, calls: Vec<Opening>) -> Option<Vec<Opening>> {
        let started = Process::start(self.unasked.clone())
            .inspect_err(|error| tracing::warn!(%error, "cannot start the window's process"));
        let Ok(process) = started else { return Some(Vec::new()) };
        let (waiting, first) = (VecDeque::new(), calls.len());
        let mut opened = Opened { process, waiting, first, was_shown: false, is_leaving: false };
        for call in calls {
            self.pass_on(&mut opened, call);
        }
        let over = self.mind(&mut opened).await;
        self.is_now(false);
        self.page.is_away();
        let Opened { process, waiting, first, was_shown, is_leaving } = opened;
        let mut late: Vec<_> = waiting.into_iter().map(|(call, _)| call).collect();
        match over {
            Over::Gone => match process.end().await {
                _ if is_leaving => return Some(late),
                Ok(status) if status.success() => {}
                Ok(status) => tracing::warn!(%status, "the window has broken off"),
                Err(error) => tracing::warn!(%error, "cannot tell how the window has ended"),
            },
            Over::Hangs => {
                tracing::warn!(was_shown, "the window does not answer, and is ended");
                process.kill().await;
                // Another window may well hang as this one did, and would for ever: it is opened for those alone who have
                // called since.
                late.drain(..first.min(late.len()));
                return Some(late);
            }
            Over::Ends(ended) => {
                if let Err(error) = process.end().await {
                    tracing::warn!(%error, "cannot end the window");
                }
                // Whoever asked may have stopped waiting.
                let _ = ended.map(|ended| ended.send(()));
                return None;
            }
        }
        Some(Vec::new())
    }

    /// Passes on what is wanted of the window and what it says, until it is gone.
    async fn mind(&mut self, opened: &mut Opened) -> Over {
        loop {
            let deadline = opened.waiting.front().map(|(_, deadline)| *deadline);
            let hangs = tokio::time::sleep_until(deadline.unwrap_or_else(Instant::now));
            tokio::select! {
                heard = opened.process.rx.recv() => match heard {
                    Some(message) => self.hear(opened, message),
                    None => return Over::Gone,
                },
                wanted = self.wanted.recv() => match wanted {
                    Some(Wanted::Open(call)) => self.pass_on(opened, call),
                    Some(Wanted::End(ended)) => return Over::Ends(Some(ended)),
                    None => return Over::Ends(None),
                },
                () = hangs, if deadline.is_some() => return Over::Hangs,
            }
        }
    }

    /// Passes on a call. Where the window is on its way out it has to wait.
    fn pass_on(&self, opened: &mut Opened, call: Opening) {
        let patience = if opened.was_shown { LONGEST_RAISING } else { LONGEST_OPENING };
        if !opened.is_leaving {
            if let Some(service) = call.confirm_free
                && self.page.hears_or_will(service)
            {
                opened.process.tell(FromTray::ConfirmFree { service });
            }
            opened.process.tell(FromTray::Show { place: self.place });
        }
        opened.waiting.push_back((call, Instant::now() + patience));
    }

    fn hear(&mut self, opened: &mut Opened, message: FromWindow) {
        match message {
            FromWindow::Ask { id, command, payload } => {
                let tray = opened.process.tx.clone();
                let question = Question { command, payload, id, tray };
                if let Err(error) = self.questions.try_send(question) {
                    let message = "too much is asked for at once".to_owned();
                    let id = error.into_inner().id;
                    let answer = Err(Failure::System { message });
                    opened.process.tell(FromTray::Answer { id, answer });
                }
            }
            FromWindow::Loads => self.page.is_away(),
            FromWindow::Shown if opened.is_leaving => {}
            FromWindow::Shown => {
                opened.was_shown = true;
                self.is_now(true);
                if let Some((Opening { shown: Some(shown), .. }, _)) = opened.answered() {
                    // Whoever called may have stopped waiting.
                    let _ = shown.send(());
                }
            }
            FromWindow::NotShown { why } => {
                tracing::warn!(why, "cannot show the window");
                opened.answered();
            }
            FromWindow::Seen { is_seen } => {
                self.is_seen.send_replace(is_seen && opened.was_shown);
            }
            FromWindow::Warns { of } => tracing::warn!(of, "the window has trouble"),
            FromWindow::Leaves { place } => {
                opened.is_leaving = true;
                self.is_now(false);
                self.place = place.or(self.place);
            }
        }
    }

    fn is_now(&self, shown: bool) {
        self.is_shown.send_replace(shown);
        self.is_seen.send_replace(shown);
    }
}
