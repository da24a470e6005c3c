//! A machine with so many processes that it takes a while to find out which of them has a port.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use super::session::{Session, first_line};
use super::tray::Tray;
use super::until::becomes;
use super::zombie::zombie;

/// Three hundred processes that each have sixty files open, and end with their input.
const CROWD: &str = r#"
    exec 3<&0
    for n in $(seq 10 69); do eval "exec $n</dev/null"; done
    for n in $(seq 300); do cat <&3 >/dev/null & done
    echo all there
    wait
"#;

/// Whoever has the port is looked for twenty times a second.
const AGAIN_AND_AGAIN: &str =
    "[retry]\nattempts = 1000000\nfirst_delay = 0.05\nlongest_delay = 0.05\n";

/// How much is to be done while it is watched who does it: some ten look-ups.
const ENOUGH: Duration = Duration::from_millis(700);

#[test]
fn a_holder_is_looked_for_in_a_crowd_without_the_thread_that_draws() {
    let name = "a_holder_is_looked_for_in_a_crowd_without_the_thread_that_draws";
    let Some(session) = Session::begin(name) else { return };
    session.add_to_settings(AGAIN_AND_AGAIN);
    let (_crowd, said) = first_line(Command::new("bash").args(["-c", CROWD]).stdin(Stdio::piped()));
    assert_eq!(said, "all there");
    let zombie = zombie(session.voice_bridge);
    let tray = Tray::put_up(&session);
    let app = session.app(&["--hidden"]);
    let port = session.voice_bridge.port();
    let held = format!("Voice bridge: port {port} is held by sleep ({})", zombie.id());
    tray.icon().menu_with(&held);

    let (before, drawn_before) = (used(app.id()), used_by_what_draws(app.id()));
    becomes("the crowd to be looked through", || used(app.id()) > before + ENOUGH);

    let (all, drawn) = (used(app.id()) - before, used_by_what_draws(app.id()) - drawn_before);
    assert!(drawn < all / 4, "{drawn:?} of {all:?} were taken from the window and the tray");
}

/// How long all threads of a process that live have used a core.
fn used(pid: u32) -> Duration {
    let tasks = std::fs::read_dir(format!("/proc/{pid}/task")).expect("it runs").flatten();
    tasks.map(|task| used_by(&task.path())).sum()
}

/// The first thread is the one that draws.
fn used_by_what_draws(pid: u32) -> Duration {
    used_by(format!("/proc/{pid}/task/{pid}").as_ref())
}

fn used_by(task: &Path) -> Duration {
    // A thread may end meanwhile; then it does nothing more.
    let figures = std::fs::read_to_string(task.join("schedstat")).unwrap_or_default();
    let nanoseconds = figures.split(' ').next().and_then(|first| first.parse().ok());
    Duration::from_nanos(nanoseconds.unwrap_or_default())
}
