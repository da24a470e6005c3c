//! The window's process, and the only one with a webview. It decides nothing: what its page asks for goes to the tray's
//! process, and what that says goes to the page. It ends with the window, or with the tray's process.

mod frame;
mod link;

use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, OnceLock};
use std::thread::Thread;
use std::time::Duration;

use anyhow::Context as _;
use serde_json::json;
use tauri::ipc::{Invoke, InvokeBody};
use tauri::{AppHandle, Emitter as _, Manager as _, RunEvent, Window, WindowEvent};
use wire::window::{ConfirmFree, Event};

use super::protocol::{FromTray, FromWindow, Placement};
use crate::context::context;
use crate::platform;
use link::{Tx, heard};

/// How long an end in order may take once the tray's process has gone.
const LONGEST_END: Duration = Duration::from_secs(1);

/// What the parts of this process share.
struct Webview {
    tx: Arc<Tx>,
    may_go: AtomicBool,
    /// Whether it has been closed, or ends for another reason of ours.
    is_leaving: AtomicBool,
    is_seen: AtomicBool,
    /// The thread that shows the window, which may wait for something to happen to it.
    showing: OnceLock<Thread>,
}

impl Webview {
    /// Tells when the window was put away, and when it comes back.
    fn now_seen(&self, is_seen: bool) {
        if self.is_seen.swap(is_seen, Ordering::Relaxed) != is_seen {
            self.tx.say(&FromWindow::Seen { is_seen });
        }
    }
}

/// Runs until the window is closed, or the tray's process is gone.
pub(crate) fn run() -> ExitCode {
    // Why it can't be opened has been told to the tray's process, if anybody is there.
    open().map_or(ExitCode::FAILURE, |()| ExitCode::SUCCESS)
}

fn open() -> anyhow::Result<()> {
    let (input, output) = platform::take_standard_streams().context("there is no line")?;
    let webview = Arc::new(Webview {
        tx: Arc::new(Tx::new(output)),
        may_go: AtomicBool::new(false),
        is_leaving: AtomicBool::new(false),
        is_seen: AtomicBool::new(false),
        showing: OnceLock::new(),
    });
    let app = tauri::Builder::default()
        .manage(Arc::clone(&webview))
        .invoke_handler(pass_on)
        .on_window_event(on_event)
        .build(context())
        .inspect_err(|error| webview.tx.say(&FromWindow::NotShown { why: error.to_string() }))?;
    let (tx, wanted) = sync_channel(16);
    let (end, hands) = (End(app.handle().clone()), app.handle().clone());
    // Both end with this process: the first ends it, and the second shows only what the first has heard of.
    std::thread::spawn(move || listen(&end, heard(input), &tx));
    let showing = std::thread::spawn(move || show_whenever(&hands, &wanted));
    webview.showing.get_or_init(|| showing.thread().clone());
    app.run_return(|app, event| {
        if matches!(event, RunEvent::Exit) {
            quit_with(&app.state::<Arc<Webview>>());
        }
    });
    Ok(())
}

/// Where an app's menu belongs to the system, it can quit this process, and whoever chooses that means the whole app.
fn quit_with(webview: &Webview) {
    if platform::APP_HAS_A_MENU && !webview.is_leaving.load(Ordering::Relaxed) {
        let (id, command, payload) = (0, "quit".to_owned(), json!({}));
        webview.tx.say(&FromWindow::Ask { id, command, payload });
    }
}

fn pass_on(invoke: Invoke) -> bool {
    let Invoke { message, resolver, .. } = invoke;
    let payload = match message.payload() {
        InvokeBody::Json(payload) => payload.clone(),
        InvokeBody::Raw(_) => return false,
    };
    let command = message.command().to_owned();
    message.webview_ref().state::<Arc<Webview>>().tx.ask(command, payload, resolver);
    true
}

/// The end of this process, when nothing more is heard of the tray's, for whatever reason.
struct End(AppHandle);

impl Drop for End {
    fn drop(&mut self) {
        self.0.state::<Arc<Webview>>().is_leaving.store(true, Ordering::Relaxed);
        self.0.exit(0);
        // The thread that draws may hang.
        std::thread::park_timeout(LONGEST_END);
        std::process::exit(1);
    }
}

/// Hears what the tray's process says, until it is gone.
fn listen(
    End(app): &End,
    said: impl Iterator<Item = FromTray>,
    wanted: &SyncSender<Option<Placement>>,
) {
    let webview = Arc::clone(&app.state::<Arc<Webview>>());
    for message in said {
        let told = match message {
            FromTray::MayGo { may_go } => {
                webview.may_go.store(may_go, Ordering::Relaxed);
                Ok(())
            }
            FromTray::Show { place } => {
                // Where so many wait already, the window does not answer, and the tray's process sees to that.
                let _ = wanted.try_send(place);
                Ok(())
            }
            FromTray::Snapshot { snapshot } => tell(app, *snapshot),
            FromTray::ConfirmFree { service } => tell(app, ConfirmFree { service }),
            FromTray::Answer { id, answer } => {
                webview.tx.answer(id, answer);
                Ok(())
            }
        };
        if let Err(error) = told {
            webview.tx.say(&FromWindow::Warns { of: format!("the page was not told: {error}") });
        }
    }
}

fn tell<E: Event + Clone>(app: &AppHandle, event: E) -> tauri::Result<()> {
    app.emit(E::NAME, event)
}

fn show_whenever(app: &AppHandle, wanted: &Receiver<Option<Placement>>) {
    let webview = Arc::clone(&app.state::<Arc<Webview>>());
    for place in wanted {
        if webview.is_leaving.load(Ordering::Relaxed) {
            return;
        }
        match frame::show(app, place, &webview.tx) {
            Ok(()) => {
                webview.tx.say(&FromWindow::Shown);
                webview.now_seen(true);
            }
            Err(error) => webview.tx.say(&FromWindow::NotShown { why: error.to_string() }),
        }
        if !frame::is_there(app) {
            webview.is_leaving.store(true, Ordering::Relaxed);
            app.exit(1);
        }
    }
}

fn on_event(window: &Window, event: &WindowEvent) {
    let webview = window.state::<Arc<Webview>>();
    if let Some(showing) = webview.showing.get() {
        showing.unpark();
    }
    if let WindowEvent::CloseRequested { api, .. } = event {
        if !closes(window, &webview) {
            api.prevent_close();
        }
    } else if let WindowEvent::Focused(true) = event {
        webview.now_seen(true);
    } else if matches!(event, WindowEvent::Focused(false) | WindowEvent::Resized(_))
        && window.is_minimized().unwrap_or(false)
    {
        webview.now_seen(false);
    }
}

/// Closing the window ends its process. Where there is no tray it only leaves the window smaller, since nothing could bring
/// it back. Says whether it goes.
fn closes(window: &Window, webview: &Webview) -> bool {
    if webview.may_go.load(Ordering::Relaxed) {
        webview.is_leaving.store(true, Ordering::Relaxed);
        webview.tx.say(&FromWindow::Leaves { place: frame::place(window) });
        return true;
    }
    match window.minimize() {
        Ok(()) => webview.now_seen(false),
        Err(error) => {
            let of = format!("cannot put the window away: {error}");
            webview.tx.say(&FromWindow::Warns { of });
        }
    }
    false
}
