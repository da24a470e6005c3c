//! What people live through with the app.

use std::net::{Ipv6Addr, SocketAddr};
use std::process::Stdio;

use rustix::process::Signal;

use super::caller::Call;
use super::screen::Screen;
use super::session::{APP, Running, Session, answers};
use super::tray::Tray;
use super::until::becomes;
use super::window::Window;
use super::zombie::zombie;

const BRIDGE_CARD: &str = "[data-service=voice_bridge]";
const LISTENING: &str = "[data-service=voice_bridge] [data-state=listening]";

#[test]
fn the_tray_shows_both_services_listening() {
    let Some(session) = Session::begin("the_tray_shows_both_services_listening") else { return };
    let tray = Tray::put_up(&session);
    let _app = session.app(&["--hidden"]);
    let icon = tray.icon();
    icon.menu_with(&format!("Voice bridge: listening on {}", session.voice_bridge));
    icon.menu_with(&format!("Supervisor: listening on {}", session.supervisor));
    assert!(
        answers(session.voice_bridge) && answers(session.supervisor),
        "the ports are as the tray says"
    );
    assert_eq!(icon.tooltip(), "xSwarm Voice: xSwarm Voice is listening, no calls");
}

#[test]
fn a_service_is_stopped_and_started_from_the_tray() {
    let Some(session) = Session::begin("a_service_is_stopped_and_started_from_the_tray") else {
        return;
    };
    let tray = Tray::put_up(&session);
    let _app = session.app(&["--hidden"]);
    let icon = tray.icon();
    icon.menu_with("Supervisor: listening");
    icon.menu_with("Voice bridge: listening");
    icon.click(Some("Voice bridge"), "Stop");
    icon.menu_with("Voice bridge: stopped");
    assert!(!answers(session.voice_bridge), "the port is let go");
    assert!(answers(session.supervisor), "the other service goes on");
    icon.click(Some("Voice bridge"), "Start");
    icon.menu_with("Voice bridge: listening");
    assert!(answers(session.voice_bridge), "the port is ours again");
}

#[test]
fn a_zombie_is_named_freed_from_the_window_and_a_call_succeeds() {
    let Some(session) =
        Session::begin("a_zombie_is_named_freed_from_the_window_and_a_call_succeeds")
    else {
        return;
    };
    let zombie = zombie(session.voice_bridge);
    let (pid, port) = (zombie.id(), session.voice_bridge.port());
    let tray = Tray::put_up(&session);
    let window = Window::open(&session, &[]);
    let icon = tray.icon();
    icon.menu_with(&format!("Voice bridge: port {port} is held by sleep ({pid})"));
    icon.menu_with(&format!("Free port {port}… (sleep, {pid})"));
    icon.menu_with("Supervisor: listening");
    let alarm = icon.picture();
    window.shows(&format!("{BRIDGE_CARD} [data-holder='{pid}']"), &pid.to_string());

    window.click(&format!("{BRIDGE_CARD} [data-action=free]"));
    window.shows("dialog", &pid.to_string());
    window.click("[data-action=confirm-free]");

    zombie.ended();
    window.until(&format!("document.querySelector({LISTENING:?})"));
    icon.menu_with("Voice bridge: listening");
    icon.picture_other_than(&alarm);
    icon.menu_when("nothing to free", |menu| {
        !menu.iter().any(|line| line.text.starts_with("Free"))
    });
    Call::place(session.voice_bridge);
}

#[test]
fn whoever_gets_the_connections_for_localhost_is_named_and_freed_from_the_window() {
    let name = "whoever_gets_the_connections_for_localhost_is_named_and_freed_from_the_window";
    let Some(session) = Session::begin(name) else { return };
    let address = SocketAddr::from((Ipv6Addr::LOCALHOST, session.voice_bridge.port()));
    let zombie = zombie(address);
    let pid = zombie.id();
    let tray = Tray::put_up(&session);
    let window = Window::open(&session, &[]);
    let icon = tray.icon();
    let shadow = format!("localhost may lead to sleep ({pid}), which holds {address}");
    icon.menu_with(&shadow);
    icon.menu_with(&format!("Voice bridge: listening on {}", session.voice_bridge));
    window.shows(&format!("{BRIDGE_CARD} li[data-companion='{address}']"), &shadow);

    window.click(&format!("{BRIDGE_CARD} [data-action=free]"));
    window.shows("dialog", &pid.to_string());
    window.click("[data-action=confirm-free]");

    zombie.ended();
    window.until(&format!("document.querySelector({LISTENING:?})"));
    icon.menu_when("nobody in the way of localhost", |menu| {
        !menu.iter().any(|line| line.text.starts_with("localhost"))
    });
    assert!(answers(address), "localhost leads to us");
}

#[test]
fn an_older_app_is_known_and_quits_in_order_when_it_is_freed_from_the_window() {
    let name = "an_older_app_is_known_and_quits_in_order_when_it_is_freed_from_the_window";
    let Some(session) = Session::begin(name) else { return };
    let elsewhere = tempfile::tempdir().expect("a folder");
    let settings = session.home.path().join("settings.toml");
    std::fs::copy(settings, elsewhere.path().join("settings.toml")).expect("room");
    for home in [session.home.path(), elsewhere.path()] {
        std::fs::write(home.join("token"), "both know it").expect("room");
    }
    let mut older = session.command(APP);
    older.arg("--hidden").env("XSWARM_HOME", elsewhere.path()).stdout(Stdio::null());
    let older = Running::start(&mut older);
    becomes("both ports to be held", || {
        answers(session.voice_bridge) && answers(session.supervisor)
    });
    let window = Window::open(&session, &[]);
    let holder = format!("{BRIDGE_CARD} [data-holder='{}']", older.id());
    window.shows(&holder, "An older xSwarm Voice");

    window.click(&format!("{BRIDGE_CARD} [data-action=free]"));
    window.click("[data-action=confirm-free]");

    assert!(older.ended().success(), "it quits in order");
    window.until(&format!("document.querySelector({LISTENING:?})"));
    window.until("document.querySelector('[data-service=supervisor] [data-state=listening]')");
    let record = session.home.path().join("ended.jsonl");
    let record = std::fs::read_to_string(record).expect("it is written down");
    assert!(record.contains(r#""force":"polite""#), "{record}");
}

#[test]
fn freeing_from_the_tray_opens_a_closed_window() {
    let Some(session) = Session::begin("freeing_from_the_tray_opens_a_closed_window") else {
        return;
    };
    let _zombie = zombie(session.voice_bridge);
    let tray = Tray::put_up(&session);
    let _app = session.app(&[]);
    let screen = Screen::of(&session);
    let icon = tray.icon();
    icon.menu_with("Free port");
    screen.shows_the_window();
    screen.close_the_window();
    screen.hides_the_window();
    icon.click(None, "Free port");
    screen.shows_the_window();
}

#[test]
fn freeing_from_the_tray_opens_the_confirmation_in_a_window_never_seen_before() {
    let name = "freeing_from_the_tray_opens_the_confirmation_in_a_window_never_seen_before";
    let Some(session) = Session::begin(name) else { return };
    let zombie = zombie(session.voice_bridge);
    let tray = Tray::put_up(&session);
    let _app = session.app(&["--hidden"]);
    let screen = Screen::of(&session);
    let icon = tray.icon();
    icon.click(None, "Free port");
    screen.shows_the_window();
    icon.menu_with(&format!(
        "Voice bridge: port {} is held by sleep ({})",
        session.voice_bridge.port(),
        zombie.id()
    ));
}

#[test]
fn closing_the_window_leaves_the_tray_which_brings_it_back() {
    let Some(session) = Session::begin("closing_the_window_leaves_the_tray_which_brings_it_back")
    else {
        return;
    };
    let tray = Tray::put_up(&session);
    let _app = session.app(&[]);
    let screen = Screen::of(&session);
    let icon = tray.icon();
    screen.shows_the_window();
    screen.close_the_window();
    screen.hides_the_window();
    icon.menu_with("Voice bridge: listening");
    // It is closed the moment it is seen, each time: a close that the app didn't hear would take it away for good.
    for _ in 0..20 {
        icon.click(None, "Open xSwarm Voice");
        screen.shows_the_window();
        screen.close_the_window();
        screen.hides_the_window();
    }
    icon.click_itself();
    screen.shows_the_window();
}

#[test]
fn without_a_tray_the_window_stays_until_one_comes() {
    let Some(session) = Session::begin("without_a_tray_the_window_stays_until_one_comes") else {
        return;
    };
    let window = Window::open(&session, &["--hidden"]);
    let screen = Screen::of(&session);
    screen.shows_the_window();
    window.until("document.querySelector('[data-note=no_tray]')");
    screen.close_the_window();
    window.until("document.querySelector('[data-action=quit]')");
    assert!(screen.has_the_window(), "nothing could bring it back");

    let tray = Tray::put_up(&session);
    let icon = tray.icon();
    icon.menu_with("Voice bridge: listening");
    screen.close_the_window();
    screen.hides_the_window();
}

#[test]
fn the_window_shows_itself_when_the_last_tray_goes() {
    let Some(session) = Session::begin("the_window_shows_itself_when_the_last_tray_goes") else {
        return;
    };
    let tray = Tray::put_up(&session);
    let _app = session.app(&["--hidden"]);
    let screen = Screen::of(&session);
    tray.icon().menu_with("Voice bridge: listening");
    assert!(!screen.has_the_window(), "it was started hidden");
    tray.take_down();
    screen.shows_the_window();
}

#[test]
fn a_second_start_shows_the_window_of_the_first() {
    let Some(session) = Session::begin("a_second_start_shows_the_window_of_the_first") else {
        return;
    };
    let tray = Tray::put_up(&session);
    let _first = session.app(&["--hidden"]);
    let screen = Screen::of(&session);
    let icon = tray.icon();
    icon.menu_with("Voice bridge: listening");
    assert!(!screen.has_the_window(), "it was started hidden");
    assert!(session.app(&[]).ended().success());
    assert!(screen.has_the_window(), "it is shown before the second start ends");
    icon.menu_with("Voice bridge: listening");
}

#[test]
fn a_second_start_says_so_when_the_first_does_not_answer() {
    let Some(session) = Session::begin("a_second_start_says_so_when_the_first_does_not_answer")
    else {
        return;
    };
    let tray = Tray::put_up(&session);
    let first = session.app(&["--hidden"]);
    let screen = Screen::of(&session);
    tray.icon().menu_with("Voice bridge: listening");
    first.signal(Signal::STOP);
    let _second = session.app(&[]);
    screen.shows_the_window();
    first.signal(Signal::CONT);
}

#[test]
fn quitting_from_the_tray_lets_the_ports_go() {
    let Some(session) = Session::begin("quitting_from_the_tray_lets_the_ports_go") else { return };
    let tray = Tray::put_up(&session);
    let app = session.app(&["--hidden"]);
    let icon = tray.icon();
    icon.menu_with("Voice bridge: listening");
    icon.click(None, "Quit");
    assert!(app.ended().success());
    assert!(!answers(session.voice_bridge) && !answers(session.supervisor), "both ports are free");
}

#[test]
fn being_told_to_end_lets_the_ports_go() {
    let Some(session) = Session::begin("being_told_to_end_lets_the_ports_go") else { return };
    let tray = Tray::put_up(&session);
    let app = session.app(&["--hidden"]);
    tray.icon().menu_with("Voice bridge: listening");
    app.signal(Signal::TERM);
    assert!(app.ended().success(), "it ends in order");
    assert!(!answers(session.voice_bridge) && !answers(session.supervisor), "both ports are free");
}

#[test]
fn starting_at_login_is_switched_in_the_tray() {
    let Some(session) = Session::begin("starting_at_login_is_switched_in_the_tray") else { return };
    let tray = Tray::put_up(&session);
    let _app = session.app(&["--hidden"]);
    let icon = tray.icon();
    let entry = session.home.path().join("config/autostart/xswarm-voice.desktop");
    icon.shows_start_at_login(false);
    icon.click(None, "Start at login");
    icon.shows_start_at_login(true);
    // The panel may show the mark before the app has seen the click.
    becomes("the login item", || entry.exists());
    icon.click(None, "Start at login");
    icon.shows_start_at_login(false);
    becomes("no login item", || !entry.exists());

    // Where the entry can't be written, the mark says so. A file stands where the folder should be.
    let folder = session.home.path().join("config/autostart");
    std::fs::remove_dir(&folder).expect("it is empty");
    std::fs::write(&folder, "").expect("a file");
    icon.click(None, "Start at login");
    icon.click(Some("Voice bridge"), "Stop");
    icon.menu_with("Voice bridge: stopped");
    icon.shows_start_at_login(false);
}
