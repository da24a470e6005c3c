//! What is measured.

use std::io::BufReader;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::mpsc::{RecvTimeoutError, SyncSender, sync_channel};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::cost::{cpu_time, private_mebibytes};
use super::family::family;
use super::screen::Screen;
use super::session::{APP, Running, Session};
use super::tray::Tray;
use super::until::{PATIENCE, becomes};
use super::zombie::zombie;

const STARTS: usize = 10;
const OPENINGS: usize = 10;
/// How long an app is left alone before its memory counts, and for how long its rest is measured.
const SETTLED: Duration = Duration::from_secs(5);
const REST: Duration = Duration::from_secs(60);
/// What is logged of a port that is proven.
const LISTENING: &str = "WebSocket server listening";

/// From the start of the process to the icon in the tray and to both ports, in milliseconds; in turns, so that whatever
/// else goes on meets all of them.
pub(crate) fn starts(bare: &Path) -> Value {
    let (mut nothing, mut free, mut proven, mut blocked) = (vec![], vec![], vec![], vec![]);
    for _ in 0..STARTS {
        let session = session();
        nothing.push(icon_after(&session, does_nothing(bare, &session), 0).0);
        let (icon, ports) = icon_after(&session, app(&session), 2);
        free.push(icon);
        proven.push(ports.expect("both ports are free"));
        let _zombie = zombie(session.voice_bridge);
        blocked.push(icon_after(&session, app(&session), 1).0);
    }
    json!({ "bare": nothing, "app": free, "proven": proven, "blocked": blocked })
}

/// What either costs while nothing happens and no window was opened: private memory in MiB, the use of a core in percent.
/// One after the other, for side by side neither would have the libraries that both use as its own.
pub(crate) fn rest(bare: &Path) -> Value {
    let (app_memory, app_cpu) = at_rest(app);
    let (bare_memory, bare_cpu) = at_rest(|session| does_nothing(bare, session));
    json!({ "app": app_memory, "bare": bare_memory, "app_cpu": app_cpu, "bare_cpu": bare_cpu })
}

fn at_rest(command: impl Fn(&Session) -> Command) -> (f64, f64) {
    let session = session();
    let tray = Tray::put_up(&session);
    let app = Running::start(command(&session).stderr(Stdio::null()));
    tray.comes();
    pause(SETTLED);
    let before = cpu_time(app.id());
    pause(REST);
    let used = cpu_time(app.id()) - before;
    let cpu = 100.0 * used.as_secs_f64() / REST.as_secs_f64();
    (private_mebibytes(app.id()), cpu)
}

/// From the click on the icon to the window on the screen, in milliseconds, and the memory with the window open and after
/// each time it was closed.
pub(crate) fn window() -> Value {
    let session = session();
    let tray = Tray::put_up(&session);
    let app = Running::start(app(&session).stderr(Stdio::null()));
    let (icon, screen) = (tray.icon(), Screen::of(&session));
    icon.menu_with("Voice bridge: listening");
    let (mut times, mut open, mut closed) = (vec![], vec![], vec![]);
    for _ in 0..OPENINGS {
        let clicked = Instant::now();
        icon.click_itself();
        screen.shows_the_window();
        times.push(milliseconds(clicked.elapsed()));
        pause(SETTLED);
        open.push(private_mebibytes(app.id()));
        screen.close_the_window();
        screen.hides_the_window();
        becomes("all processes of the window to end", || family(app.id()) == [app.id()]);
        pause(SETTLED);
        closed.push(private_mebibytes(app.id()));
    }
    json!({ "shown": times, "open": open, "closed": closed })
}

fn session() -> Session {
    Session::begin("bench app").expect("Xvfb, dbus-daemon and WebKitWebDriver are installed")
}

fn app(session: &Session) -> Command {
    let mut command = session.command(APP);
    command.arg("--hidden").env("RUST_LOG", "info").stdout(Stdio::null());
    command
}

fn does_nothing(bare: &Path, session: &Session) -> Command {
    let mut command = session.command(bare);
    command.stdout(Stdio::null());
    command
}

/// How long it takes until the icon is in the tray; and until as many ports are proven as can be.
fn icon_after(session: &Session, mut command: Command, ports: usize) -> (f64, Option<f64>) {
    let tray = Tray::put_up(session);
    let (log, theirs) = std::io::pipe().expect("a pipe");
    let (tx, lines) = sync_channel(64);
    std::thread::spawn(move || listen(BufReader::new(log), &tx));
    let started = Instant::now();
    let app = Running::start(command.stderr(theirs));
    // The log ends with the app, not with what would start another.
    drop(command);
    tray.comes();
    let icon = milliseconds(started.elapsed());
    let port = |_| lines.recv_timeout(PATIENCE).expect("a port is proven");
    let proven = (0..ports).map(port).max();
    drop(app);
    tray.take_down();
    (icon, proven.map(|at| milliseconds(at - started)))
}

/// Tells when each line that says that a port is proven has come, until the log ends.
fn listen(log: impl std::io::BufRead, tx: &SyncSender<Instant>) {
    for line in log.lines().map_while(Result::ok) {
        if line.contains(LISTENING) && tx.send(Instant::now()).is_err() {
            return;
        }
    }
}

fn milliseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1000.0
}

/// Lets an app be, for what it costs is measured by the clock.
fn pause(time: Duration) {
    let (_tx, nothing) = sync_channel::<()>(0);
    assert_eq!(nothing.recv_timeout(time), Err(RecvTimeoutError::Timeout));
}
