//! The tray's entries that the stories do not come by.

use super::caller::Call;
use super::screen::Screen;
use super::session::{Session, answers};
use super::tray::Tray;
use super::zombie::zombie;

/// "Going away", by RFC 6455.
const AWAY: u16 = 1001;

#[test]
fn a_restart_from_the_tray_ends_the_call_and_the_next_is_answered() {
    let name = "a_restart_from_the_tray_ends_the_call_and_the_next_is_answered";
    let Some(session) = Session::begin(name) else { return };
    let tray = Tray::put_up(&session);
    let _app = session.app(&["--hidden"]);
    let icon = tray.icon();
    icon.menu_with("Voice bridge: listening");
    let call = Call::place(session.voice_bridge);

    icon.click(Some("Voice bridge"), "Restart");

    assert_eq!(call.ended_with(), AWAY);
    // The port was never given up, so this call waits in it for as long as the restart takes.
    Call::place(session.voice_bridge);
    icon.menu_with("Voice bridge: listening");
}

#[test]
fn a_port_is_tried_again_from_the_tray_without_waiting() {
    let name = "a_port_is_tried_again_from_the_tray_without_waiting";
    let Some(session) = Session::begin(name) else { return };
    session.add_to_settings("[retry]\nattempts = 3\nfirst_delay = 3600\nlongest_delay = 3600\n");
    let _zombie = zombie(session.voice_bridge);
    let tray = Tray::put_up(&session);
    let _app = session.app(&["--hidden"]);
    let icon = tray.icon();
    let attempt = |number: u32| {
        let wanted = format!("attempt {number} of 3 failed");
        icon.menu_when(&wanted, |menu| menu.iter().any(|line| line.text.contains(&wanted)));
    };
    attempt(1);
    icon.click(Some("Voice bridge"), "Retry now");
    attempt(2);
}

#[test]
fn the_line_of_a_service_opens_the_window() {
    let Some(session) = Session::begin("the_line_of_a_service_opens_the_window") else { return };
    let tray = Tray::put_up(&session);
    let _app = session.app(&["--hidden"]);
    let (icon, screen) = (tray.icon(), Screen::of(&session));
    icon.click(None, "Voice bridge: listening");
    screen.shows_the_window();
}

#[test]
fn quitting_from_the_tray_tells_those_who_are_on_the_line() {
    let name = "quitting_from_the_tray_tells_those_who_are_on_the_line";
    let Some(session) = Session::begin(name) else { return };
    let tray = Tray::put_up(&session);
    let app = session.app(&["--hidden"]);
    let icon = tray.icon();
    icon.menu_with("Voice bridge: listening");
    let calls = [(); 3].map(|()| Call::place(session.voice_bridge));

    icon.click(None, "Quit");

    for call in calls {
        assert_eq!(call.ended_with(), AWAY);
    }
    assert!(app.ended().success());
    assert!(!answers(session.voice_bridge) && !answers(session.supervisor), "both ports are free");
}
