//! Starts and ends that meet each other.

use std::io::Read as _;
use std::process::Stdio;

use rustix::process::{Pid, Signal, kill_process};

use super::caller::Call;
use super::family::family;
use super::notifications::Notifications;
use super::screen::Screen;
use super::session::{APP, Running, Session, answers};
use super::tray::Tray;
use super::until::becomes;
use super::zombie::zombie;

#[test]
fn of_several_starts_at_once_one_stays_and_no_person_is_asked() {
    let name = "of_several_starts_at_once_one_stays_and_no_person_is_asked";
    let Some(session) = Session::begin(name) else { return };
    let tray = Tray::put_up(&session);
    let starts = [(); 4].map(|()| session.app(&[]));
    let icon = tray.icon();
    icon.menu_with("Voice bridge: listening");
    icon.menu_with("Supervisor: listening");
    let running = std::fs::read_to_string(session.home.path().join("running.json"));
    let running: serde_json::Value =
        serde_json::from_str(&running.expect("one runs")).expect("JSON");
    let first = running["identity"]["pid"].as_u64().expect("its number");
    let (stays, rest): (Vec<_>, Vec<_>) =
        starts.into_iter().partition(|start| u64::from(start.id()) == first);
    assert_eq!(stays.len(), 1, "one of them runs: {running}");
    for start in rest {
        assert!(start.ended().success(), "it has shown the window of the first");
    }
    assert!(Screen::of(&session).has_the_window());
}

#[test]
fn a_start_during_the_end_of_the_last_one_follows_it() {
    let name = "a_start_during_the_end_of_the_last_one_follows_it";
    let Some(session) = Session::begin(name) else { return };
    let tray = Tray::put_up(&session);
    let first = session.app(&["--hidden"]);
    let icon = tray.icon();
    icon.menu_with("Voice bridge: listening");
    // Whoever does not hang up is waited for.
    let _call = Call::place(session.voice_bridge);
    icon.click(None, "Quit");
    let second = session.app(&[]);
    assert!(first.ended().success());
    let icon = tray.icon();
    icon.menu_with("Voice bridge: listening");
    Screen::of(&session).shows_the_window();
    icon.click(None, "Quit");
    assert!(second.ended().success());
}

#[test]
fn an_app_that_is_told_twice_to_end_ends_in_order() {
    let name = "an_app_that_is_told_twice_to_end_ends_in_order";
    let Some(session) = Session::begin(name) else { return };
    let tray = Tray::put_up(&session);
    let (mut log, theirs) = std::io::pipe().expect("a pipe");
    let mut command = session.command(APP);
    command.arg("--hidden").env("RUST_LOG", "info").stdout(Stdio::null()).stderr(theirs);
    let app = Running::start(&mut command);
    // The log ends with the app, not with what would start another.
    drop(command);
    let icon = tray.icon();
    icon.menu_with("Voice bridge: listening");
    // Whoever does not hang up is waited for.
    let _call = Call::place(session.voice_bridge);
    icon.click(None, "Quit");
    icon.menu_with("Voice bridge: stopping");
    app.signal(Signal::TERM);
    assert!(app.ended().success());
    let mut said = String::new();
    log.read_to_string(&mut said).expect("text");
    let stopped: Vec<&str> = said.lines().filter(|line| line.contains("stopped")).collect();
    assert!(
        ["voice_bridge", "supervisor"].iter().all(|name| stopped.concat().contains(name)),
        "both services end before the app does: {said}"
    );
    assert!(!answers(session.voice_bridge) && !answers(session.supervisor), "both ports are free");
}

#[test]
fn a_hidden_start_beside_another_shows_nothing() {
    let name = "a_hidden_start_beside_another_shows_nothing";
    let Some(session) = Session::begin(name) else { return };
    let tray = Tray::put_up(&session);
    let _first = session.app(&["--hidden"]);
    tray.icon().menu_with("Voice bridge: listening");
    assert!(session.app(&["--hidden"]).ended().success());
    assert!(!Screen::of(&session).has_the_window());
}

#[test]
fn a_second_start_leaves_a_first_alone_that_is_well_but_has_no_window() {
    let name = "a_second_start_leaves_a_first_alone_that_is_well_but_has_no_window";
    let Some(session) = Session::begin(name) else { return };
    let tray = Tray::put_up(&session);
    let first = session.app(&["--hidden"]);
    tray.icon().menu_with("Voice bridge: listening");
    let (mut log, theirs) = std::io::pipe().expect("a pipe");
    let mut command = session.command(APP);
    let second = Running::start(command.stdout(Stdio::null()).stderr(theirs));
    drop(command);
    // Its window breaks off before it can be seen.
    becomes("the window's process to be killed", || {
        let mut children = family(first.id()).into_iter().skip(1);
        children
            .next()
            .and_then(|pid| Pid::from_raw(pid.cast_signed()))
            .is_some_and(|window| kill_process(window, Signal::KILL).is_ok())
    });
    let screen = Screen::of(&session);
    screen.shows_the_window();
    screen.presses_return();
    assert!(!second.ended().success());
    let mut said = String::new();
    log.read_to_string(&mut said).expect("text");
    assert!(said.contains("and well, but its window can't be shown"), "{said}");
    assert!(answers(session.voice_bridge), "the first goes on");
}

#[test]
fn a_display_that_is_only_named_is_told_of_before_any_port_is_taken() {
    let name = "a_display_that_is_only_named_is_told_of_before_any_port_is_taken";
    let Some(session) = Session::begin(name) else { return };
    let mut command = session.command(APP);
    command.env("DISPLAY", ":9999").stdout(Stdio::null()).stderr(Stdio::piped());
    let mut app = command.spawn().expect("it is installed");
    let mut said = String::new();
    app.stderr.take().expect("piped").read_to_string(&mut said).expect("text");
    assert!(!app.wait().expect("our child").success());
    assert!(said.contains("can't be reached (") && said.contains("`xswarm serve` runs"), "{said}");
    assert!(!said.contains("listening") && !said.contains("panicked"), "{said}");
}

#[test]
fn trouble_is_notified_while_the_window_is_only_put_away() {
    let name = "trouble_is_notified_while_the_window_is_only_put_away";
    let Some(session) = Session::begin(name) else { return };
    // The trouble comes when it has been tried a second time; until then nobody needs to do anything.
    session.add_to_settings("[retry]\nattempts = 2\nfirst_delay = 8\nlongest_delay = 8\n");
    let notifications = Notifications::put_up(&session);
    let zombie = zombie(session.voice_bridge);
    // Without a tray, closing the window leaves it.
    let _app = session.app(&[]);
    let screen = Screen::of(&session);
    screen.shows_the_window();
    screen.close_the_window();
    assert_eq!(notifications.next().0, "Voice bridge needs you");
    drop(zombie);
    assert_eq!(notifications.next().0, "Voice bridge is well again");
}

#[test]
fn a_login_item_that_is_taken_away_elsewhere_is_not_shown_any_more() {
    let name = "a_login_item_that_is_taken_away_elsewhere_is_not_shown_any_more";
    let Some(session) = Session::begin(name) else { return };
    let tray = Tray::put_up(&session);
    let _app = session.app(&["--hidden"]);
    let icon = tray.icon();
    let entry = session.home.path().join("config/autostart/xswarm-voice.desktop");
    icon.click(None, "Start at login");
    becomes("the login item", || entry.exists());
    icon.shows_start_at_login(true);
    std::fs::remove_file(&entry).expect("it is there");
    icon.shows_start_at_login(false);
}
