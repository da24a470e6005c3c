//! The window's process: it comes and goes with the window, and neither end of it takes what it should not.

use std::process::Stdio;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};

use super::family::{family, is_run_with, is_there};
use super::screen::Screen;
use super::session::{APP, Running, Session, answers};
use super::tray::{Icon, Tray};
use super::until::{PATIENCE, becomes, becomes_within};
use super::window::Window;

/// How long the app waits for a window that has been started.
const LONGEST_OPENING: Duration = Duration::from_secs(30);

#[test]
fn closing_the_window_gives_back_all_that_it_took() {
    let Some(session) = Session::begin("closing_the_window_gives_back_all_that_it_took") else {
        return;
    };
    let tray = Tray::put_up(&session);
    let app = session.app(&["--hidden"]);
    let (icon, screen) = (tray.icon(), Screen::of(&session));
    icon.menu_with("Voice bridge: listening");
    assert_eq!(family(app.id()), [app.id()], "without a window the app is one process");
    let opened = opens_the_window(&icon, &screen, app.id());
    screen.close_the_window();
    screen.hides_the_window();
    becomes("all that came with the window to go", || !opened.iter().any(|pid| is_there(*pid)));
    assert_eq!(family(app.id()), [app.id()]);
}

#[test]
fn no_window_outlives_the_app() {
    let Some(session) = Session::begin("no_window_outlives_the_app") else { return };
    let tray = Tray::put_up(&session);
    let app = session.app(&["--hidden"]);
    let (icon, screen) = (tray.icon(), Screen::of(&session));
    let opened = opens_the_window(&icon, &screen, app.id());
    app.signal(Signal::KILL);
    screen.hides_the_window();
    becomes("all that came with the window to go", || !opened.iter().any(|pid| is_there(*pid)));
}

#[test]
fn a_window_that_breaks_off_leaves_the_services_and_opens_again() {
    let name = "a_window_that_breaks_off_leaves_the_services_and_opens_again";
    let Some(session) = Session::begin(name) else { return };
    let tray = Tray::put_up(&session);
    let app = session.app(&["--hidden"]);
    let (icon, screen) = (tray.icon(), Screen::of(&session));
    let opened = opens_the_window(&icon, &screen, app.id());
    tell(opened[0], Signal::KILL);
    screen.hides_the_window();
    assert!(answers(session.voice_bridge) && answers(session.supervisor), "both go on");
    becomes("its end to be noticed", || family(app.id()) == [app.id()]);
    opens_the_window(&icon, &screen, app.id());
}

#[test]
fn a_window_that_hangs_is_replaced_when_it_is_asked_for() {
    let name = "a_window_that_hangs_is_replaced_when_it_is_asked_for";
    let Some(session) = Session::begin(name) else { return };
    let tray = Tray::put_up(&session);
    let app = session.app(&["--hidden"]);
    let (icon, screen) = (tray.icon(), Screen::of(&session));
    let opened = opens_the_window(&icon, &screen, app.id());
    tell(opened[0], Signal::STOP);
    icon.click_itself();
    // Where the window hangs so early that it hasn't told that it is shown, it has the time that opening may take.
    becomes_within(LONGEST_OPENING + PATIENCE, "the window that hangs to go", || {
        !is_there(opened[0])
    });
    screen.shows_the_window();
    icon.menu_with("Voice bridge: listening");
}

#[test]
fn a_window_that_hangs_as_it_opens_is_replaced_when_it_is_asked_for_again() {
    let name = "a_window_that_hangs_as_it_opens_is_replaced_when_it_is_asked_for_again";
    let Some(session) = Session::begin(name) else { return };
    let tray = Tray::put_up(&session);
    let app = session.app(&["--hidden"]);
    let (icon, screen) = (tray.icon(), Screen::of(&session));
    icon.click_itself();
    becomes("the window's process", || window_of(app.id()).is_some());
    let hangs = window_of(app.id()).expect("it is there");
    tell(hangs, Signal::STOP);
    icon.click_itself();
    becomes_within(LONGEST_OPENING + PATIENCE, "the window that hangs to go", || !is_there(hangs));
    screen.shows_the_window();
}

#[test]
fn the_window_comes_back_to_where_it_was() {
    let Some(session) = Session::begin("the_window_comes_back_to_where_it_was") else { return };
    let tray = Tray::put_up(&session);
    let app = session.app(&["--hidden"]);
    let (icon, screen) = (tray.icon(), Screen::of(&session));
    opens_the_window(&icon, &screen, app.id());
    let place = (150, 90, 640, 560);
    screen.puts_the_window(place);
    screen.close_the_window();
    screen.hides_the_window();
    opens_the_window(&icon, &screen, app.id());
    screen.has_the_window_at(place);
}

#[test]
fn the_window_opens_after_an_upgrade_has_replaced_the_program() {
    let name = "the_window_opens_after_an_upgrade_has_replaced_the_program";
    let Some(session) = Session::begin(name) else { return };
    let program = session.home.path().join("xswarm-voice");
    std::fs::copy(APP, &program).expect("room");
    let tray = Tray::put_up(&session);
    let app = Running::start(session.command(&program).arg("--hidden").stdout(Stdio::null()));
    let (icon, screen) = (tray.icon(), Screen::of(&session));
    icon.menu_with("Voice bridge: listening");
    std::fs::remove_file(&program).expect("it can be replaced");
    std::fs::write(&program, "another program").expect("room");
    opens_the_window(&icon, &screen, app.id());
}

#[test]
fn a_window_that_nobody_has_asked_for_ends_at_once() {
    let name = "a_window_that_nobody_has_asked_for_ends_at_once";
    let Some(session) = Session::begin(name) else { return };
    assert!(session.app(&["--window"]).ended().success());
}

#[test]
fn quitting_from_the_window_lets_the_ports_go() {
    let Some(session) = Session::begin("quitting_from_the_window_lets_the_ports_go") else {
        return;
    };
    let window = Window::open(&session, &[]);
    let processes = window.processes();
    window.click_at_last("[data-action=quit]");
    becomes("all of it to end", || !processes.iter().any(|pid| is_there(*pid)));
    assert!(!answers(session.voice_bridge) && !answers(session.supervisor), "both ports are free");
}

#[test]
fn restarting_from_the_window_brings_both_back() {
    let Some(session) = Session::begin("restarting_from_the_window_brings_both_back") else {
        return;
    };
    let tray = Tray::put_up(&session);
    let window = Window::open(&session, &[]);
    let screen = Screen::of(&session);
    tray.icon().menu_with("Voice bridge: listening");
    window.click("[data-view=settings]");
    window.types("[data-setting=\"retry.attempts\"]", "4");
    window.until(
        "document.querySelector('[data-action=save]').getAttribute('aria-disabled') === 'false'",
    );
    window.click("[data-action=save]");
    window.click_at_last("[data-action=restart-app]");
    let icon = tray.icon();
    icon.menu_with("Voice bridge: listening");
    screen.shows_the_window();
    icon.click(None, "Quit");
    becomes("both ports to be let go", || {
        !answers(session.voice_bridge) && !answers(session.supervisor)
    });
}

/// Opens the window from the tray, and returns its process, and then those that draw it and fetch what it shows.
fn opens_the_window(icon: &Icon, screen: &Screen, app: u32) -> Vec<u32> {
    icon.click_itself();
    screen.shows_the_window();
    becomes("the processes that WebKit starts", || family(app).len() >= 4);
    family(app).split_off(1)
}

/// The window's process, once it runs the program: stopped before that, it would keep the app within its start.
fn window_of(app: u32) -> Option<u32> {
    family(app).into_iter().find(|pid| is_run_with(*pid, "--window"))
}

fn tell(pid: u32, signal: Signal) {
    let pid = Pid::from_raw(pid.cast_signed()).expect("not zero");
    kill_process(pid, signal).expect("a process of the app");
}
