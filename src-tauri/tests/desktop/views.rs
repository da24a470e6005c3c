//! What people do in the window beside watching the services, and what they are told without it.

use std::path::Path;
use std::process::{Command, Stdio};

use rustix::process::Signal;

use super::notifications::Notifications;
use super::screen::Screen;
use super::session::{APP, Running, Session, answers, first_line};
use super::tray::Tray;
use super::window::Window;
use super::zombie::zombie;

#[test]
fn a_first_run_is_welcomed_and_its_test_call_comes_back() {
    let name = "a_first_run_is_welcomed_and_its_test_call_comes_back";
    let Some(session) = Session::begin(name) else { return };
    let _tray = Tray::put_up(&session);
    let window = Window::open(&session, &[]);
    window.shows("[data-welcome=voice_bridge]", &session.voice_bridge.port().to_string());
    window.shows("[data-welcome=supervisor]", &session.supervisor.port().to_string());
    window.click("[data-action=welcome-call]");
    window.until("document.querySelector('[data-panel=call] [role=meter]')");
    window.shows("[data-fact=test-call]", "the voice came back");
    assert!(session.home.path().join("welcomed").exists(), "it is shown once");
}

#[test]
fn a_test_call_goes_by_the_settings_that_are_in_force_and_writes_none() {
    let name = "a_test_call_goes_by_the_settings_that_are_in_force_and_writes_none";
    let Some(session) = Session::begin(name) else { return };
    let file = session.home.path().join("settings.toml");
    let settings = std::fs::read_to_string(&file).expect("settings");
    let secret = "[voice_bridge]\nstream_secret = \"in force since the start\"";
    let settings = settings.replacen("[voice_bridge]", secret, 1);
    std::fs::write(&file, settings).expect("settings");
    let _tray = Tray::put_up(&session);
    let window = Window::open(&session, &[]);
    window.shows("[data-welcome=voice_bridge]", &session.voice_bridge.port().to_string());
    std::fs::remove_file(&file).expect("it is there");
    window.click("[data-action=welcome-call]");
    window.shows("[data-fact=test-call]", "the voice came back");
    assert!(!file.exists(), "the file was removed, and nobody has asked for another");
}

#[test]
fn a_model_that_runs_here_answers_a_test_call_after_two_clicks() {
    let name = "a_model_that_runs_here_answers_a_test_call_after_two_clicks";
    let Some(session) = Session::begin(name) else { return };
    let Some((_model, address)) = model_server(name) else { return };
    let port = address.rsplit_once(':').expect("host and port").1;
    session.add_to_settings(&format!("[moshi]\nlook_at = {port}\n"));
    let _tray = Tray::put_up(&session);
    let window = Window::open(&session, &[]);
    window.shows("[data-found] p", &format!("is running at {address}"));
    window.photograph("model_found");
    window.click("[data-action=use-server]");
    window.shows("[data-fact=used]", &format!("calls are answered by MOSHI, at {address} first"));
    window.shows("[data-fact=headline]", "the voice model can be reached");
    window.photograph("model_used");
    window.click("[data-action=found-call]");
    window.shows("[data-fact=test-call]", &format!("The voice model at {address} answered."));
    window.shows("[data-panel=call]", "Its last words");
    window.shows("[data-panel=call]", "good morning to you");
    window.shows("[data-panel=call]", "dB");
    window.photograph("model_answered");
}

/// A server with a stand-in for a model, and where it listens; nothing where it isn't built.
#[expect(clippy::print_stdout, reason = "what was skipped is counted by who runs the tests")]
fn model_server(test: &str) -> Option<(Running, String)> {
    let program = Path::new(APP).with_file_name("examples").join("moshi_server");
    if !program.is_file() {
        println!("SKIPPED {test}: cargo build --package bridge --example moshi_server makes it");
        return None;
    }
    let mut command = Command::new(program);
    Some(first_line(
        command.args(["--understand", "--says=good morning to you"]).stdin(Stdio::piped()),
    ))
}

#[test]
fn a_setting_is_saved_from_the_window_and_the_comments_of_the_file_stay() {
    let name = "a_setting_is_saved_from_the_window_and_the_comments_of_the_file_stay";
    let Some(session) = Session::begin(name) else { return };
    let file = session.home.path().join("settings.toml");
    let by_hand = std::fs::read_to_string(&file).expect("settings");
    let by_hand = format!("# by hand\n{by_hand}\n[retry]\nattempts = 3 # three\n");
    std::fs::write(&file, &by_hand).expect("settings");
    let _tray = Tray::put_up(&session);
    let window = Window::open(&session, &[]);
    window.click("[data-view=settings]");
    window.types("[data-setting=\"retry.attempts\"]", "0");
    window.shows("[data-wrong=\"retry.attempts\"]", "at least 1");
    window.types("[data-setting=\"retry.attempts\"]", "4");
    window.until(
        "document.querySelector('[data-action=save]').getAttribute('aria-disabled') === 'false'",
    );
    window.click("[data-action=save]");
    window.shows("[data-fact=saving]", "Saved");
    let saved = std::fs::read_to_string(&file).expect("settings");
    assert_eq!(saved, by_hand.replace("attempts = 3 # three", "attempts = 4 # three"));
}

#[test]
#[expect(clippy::disallowed_methods, reason = "somebody else binds as others do")]
fn a_port_that_somebody_has_is_named_before_it_is_saved() {
    let Some(session) = Session::begin("a_port_that_somebody_has_is_named_before_it_is_saved")
    else {
        return;
    };
    let elsewhere = "127.0.0.1:0".parse().expect("an address");
    let listener = std::net::TcpListener::bind::<std::net::SocketAddr>(elsewhere).expect("a port");
    let address = listener.local_addr().expect("its address");
    let _tray = Tray::put_up(&session);
    let window = Window::open(&session, &[]);
    window.click("[data-view=settings]");
    window.types("[data-setting=\"voice_bridge.address\"]", &address.to_string());
    window.until(
        "document.querySelector('[data-action=save]').getAttribute('aria-disabled') === 'false'",
    );
    window.click("[data-action=save]");
    window.shows("[data-fact=saving]", &std::process::id().to_string());
    let saved = std::fs::read_to_string(session.home.path().join("settings.toml"));
    assert!(!saved.expect("settings").contains(&address.to_string()), "it was not saved");
}

#[test]
fn the_log_and_the_report_tell_of_the_ports() {
    let Some(session) = Session::begin("the_log_and_the_report_tell_of_the_ports") else { return };
    let zombie = zombie(session.voice_bridge);
    let _tray = Tray::put_up(&session);
    let window = Window::open(&session, &[]);
    window.click("[data-view=log]");
    window.shows("[role=log]", &format!("pid={}", zombie.id()));
    window.click("[data-view=about]");
    window.shows("[data-finding]", &zombie.id().to_string());
    window.shows("[data-fact=report]", "in the tray, as process");
}

#[test]
fn trouble_and_its_end_are_notified_while_the_window_is_closed() {
    let Some(session) =
        Session::begin("trouble_and_its_end_are_notified_while_the_window_is_closed")
    else {
        return;
    };
    let zombie = zombie(session.voice_bridge);
    let pid = zombie.id();
    let notifications = Notifications::put_up(&session);
    let tray = Tray::put_up(&session);
    let _app = session.app(&["--hidden"]);
    let icon = tray.icon();
    let (title, text) = notifications.next();
    assert_eq!(title, "Voice bridge needs you");
    assert!(text.contains(&format!("held by sleep ({pid})")), "{text}");
    drop(zombie);
    icon.menu_with("Voice bridge: listening");
    assert_eq!(notifications.next().0, "Voice bridge is well again");

    icon.click(Some("Voice bridge"), "Stop");
    icon.menu_with("Voice bridge: stopped");
    // What people did themselves is no news, so the next that comes is of the other service.
    icon.click(Some("Supervisor"), "Stop");
    icon.menu_with("Supervisor: stopped");
    let _zombie = super::zombie::zombie(session.supervisor);
    icon.click(Some("Supervisor"), "Start");
    assert_eq!(notifications.next().0, "Supervisor needs you");
}

#[test]
fn a_hung_first_start_is_ended_when_the_person_agrees() {
    let Some(session) = Session::begin("a_hung_first_start_is_ended_when_the_person_agrees") else {
        return;
    };
    let tray = Tray::put_up(&session);
    let first = session.app(&["--hidden"]);
    let screen = Screen::of(&session);
    tray.icon().menu_with("Voice bridge: listening");
    first.signal(Signal::STOP);
    let _second = session.app(&["--hidden"]);
    screen.shows_the_window();
    screen.presses_return();
    let _ = first.ended();
    let icon = tray.icon();
    icon.menu_with("Voice bridge: listening");
    icon.menu_with("Supervisor: listening");
    assert!(answers(session.voice_bridge) && answers(session.supervisor));
}
