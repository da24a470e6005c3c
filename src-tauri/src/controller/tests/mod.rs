//! What the app decides, on a desktop that only remembers.

mod fake;

use std::sync::atomic::Ordering;
use std::time::Duration;

use tokio::time::advance;
use wire::window::Backend;
use wire::{
    Cause, Engine, EngineChoice, EngineOffer, EngineOrder, FoundServer, Order, PortState,
    ServiceName, Timestamp,
};

use crate::tray::Id;
use fake::{Deed, NOON, Stage, listening, snapshot, taken};

const BRIDGE: ServiceName = station::VOICE_BRIDGE;

fn shown(stage: &Stage) -> usize {
    stage.deeds().iter().filter(|deed| **deed == Deed::WindowShown).count()
}

#[tokio::test(start_paused = true)]
async fn the_window_comes_first_unless_the_app_starts_hidden() {
    assert_eq!(shown(&Stage::at_work(false).await), 1);
    assert_eq!(shown(&Stage::at_work(true).await), 0);
}

#[tokio::test(start_paused = true)]
async fn without_a_tray_the_window_shows_itself_after_a_while() {
    let mut stage = Stage::new();
    stage.app.desktop.tray_host.send_replace(false);
    stage.begin(true);
    stage.paints().await;
    advance(Duration::from_secs(4)).await;
    stage.paints().await;
    assert_eq!(shown(&stage), 0, "panels come a little later than the app");
    stage.does(Deed::WindowShown).await;
    assert!(stage.deeds().contains(&Deed::TrayKept(false)), "others are told that there is none");
}

#[tokio::test(start_paused = true)]
async fn a_tray_that_comes_in_time_leaves_the_window_closed() {
    let mut stage = Stage::new();
    stage.app.desktop.tray_host.send_replace(false);
    stage.begin(true);
    stage.paints().await;
    stage.app.desktop.tray_host.send_replace(true);
    stage.does(Deed::TrayKept(true)).await;
    advance(Duration::from_secs(60)).await;
    stage.paints().await;
    assert_eq!(shown(&stage), 0);
}

#[tokio::test(start_paused = true)]
async fn a_click_leads_to_what_the_line_says() {
    let stage = Stage::at_work(true).await;
    stage.click(Id::Free(BRIDGE)).await;
    stage.does(Deed::FreeConfirmed(BRIDGE)).await;
    assert_eq!(shown(&stage), 0);
    for (clicks, id) in (1..).zip([Id::Open, Id::Status(BRIDGE), Id::Shadow(BRIDGE)]) {
        stage.click(id).await;
        stage.paints().await;
        assert_eq!(shown(&stage), clicks, "{id:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn an_order_of_the_tray_that_fails_brings_the_window_up() {
    let stage = Stage::at_work(true).await;
    stage.click(Id::Restart(BRIDGE)).await;
    stage.does(Deed::WindowShown).await;
    assert!(stage.deeds().contains(&Deed::Ordered(Order::Restart { service: BRIDGE })));
}

#[tokio::test(start_paused = true)]
async fn what_answers_calls_is_chosen_in_the_tray_and_in_the_window() {
    let stage = Stage::at_work(true).await;
    let both = EngineChoice::InTurn(vec![Engine::Moshi, Engine::LineCheck]);
    let choices = [EngineChoice::One(Engine::LineCheck), both.clone()];
    stage.snapshots.send_modify(|snapshot| snapshot.engines = choices.map(offered).to_vec());
    stage.paints().await;
    stage.click(Id::AnswerInTurn).await;
    stage.does(Deed::Chosen(both.into())).await;
    stage.does(Deed::WindowShown).await;
    assert!(stage.deeds().contains(&Deed::Clicked(Id::AnswerInTurn)), "its mark is put right");
    let check = EngineOrder::from(EngineChoice::One(Engine::LineCheck));
    assert_eq!(stage.app.choose_engine(check.clone()).await, Err(wire::Failure::Ending));
    stage.does(Deed::Chosen(check)).await;
    let before = stage.deeds().len();
    stage.click(Id::Answer(Engine::Moshi)).await;
    stage.paints().await;
    assert_eq!(stage.deeds()[before..], [Deed::Clicked(Id::Answer(Engine::Moshi))]);
}

#[tokio::test(start_paused = true)]
async fn a_server_that_was_found_is_chosen_in_the_tray_for_as_long_as_it_is_there() {
    let stage = Stage::at_work(true).await;
    let found = FoundServer { url: "ws://127.0.0.1:8998".to_owned(), ..FoundServer::default() };
    stage.snapshots.send_modify(|snapshot| snapshot.found = vec![found]);
    stage.paints().await;
    stage.click(Id::UseServer(0)).await;
    let server = Some("ws://127.0.0.1:8998".to_owned());
    stage.does(Deed::Chosen(EngineOrder { engine: EngineChoice::default(), server })).await;
    stage.snapshots.send_modify(|snapshot| snapshot.found.clear());
    stage.paints().await;
    let before = stage.deeds().len();
    stage.click(Id::UseServer(0)).await;
    stage.paints().await;
    assert_eq!(stage.deeds()[before..], [Deed::Clicked(Id::UseServer(0))]);
}

fn offered(choice: EngineChoice) -> EngineOffer {
    let (title, text) = ("One".to_owned(), String::new());
    EngineOffer { choice, title, text, is_chosen: false, needs: None }
}

#[tokio::test(start_paused = true)]
async fn what_people_see_of_the_login_item_is_what_a_click_switches_over() {
    let stage = Stage::at_work(true).await;
    let off = stage.paints().await;
    // Somebody switches it on elsewhere, which is not seen yet.
    stage.app.desktop.launches_at_login.store(true, Ordering::Relaxed);
    stage.click(Id::LaunchAtLogin).await;
    stage.does(Deed::LoginItemSet(true)).await;
    assert!(stage.deeds().contains(&Deed::Clicked(Id::LaunchAtLogin)));
    assert_ne!(stage.paints().await, off);
    stage.click(Id::LaunchAtLogin).await;
    stage.does(Deed::LoginItemSet(false)).await;
    assert_eq!(stage.paints().await, off);
}

#[tokio::test(start_paused = true)]
async fn the_tray_learns_of_a_login_item_that_was_switched_over_in_the_window() {
    let stage = Stage::at_work(true).await;
    let off = stage.paints().await;
    stage.app.set_launch_at_login(true).await.expect("it can be set");
    assert_ne!(stage.paints().await, off);
    assert_eq!(stage.app.launch_at_login().await, Ok(true));
}

#[tokio::test(start_paused = true)]
async fn a_login_item_that_is_switched_over_elsewhere_is_read_after_a_while() {
    let stage = Stage::at_work(true).await;
    let off = stage.paints().await;
    stage.app.desktop.launches_at_login.store(true, Ordering::Relaxed);
    advance(Duration::from_secs(11)).await;
    let mut faces = stage.app.desktop.faces.subscribe();
    stage.snapshots.send_replace(snapshot(listening()));
    faces.changed().await.expect("there is a desktop");
    assert_ne!(faces.borrow().last(), Some(&off));
}

#[tokio::test(start_paused = true)]
async fn a_countdown_goes_on_without_anything_else_changing() {
    let stage = Stage::at_work(true).await;
    let cause = Cause::Held { holders: Vec::new() };
    let next_at = Timestamp(NOON.0 + 2000);
    let waiting = PortState::Waiting { attempt: 1, attempts: 5, next_at, cause };
    stage.snapshots.send_replace(snapshot(waiting));
    let mut faces = stage.app.desktop.faces.subscribe();
    let painted = faces.wait_for(|faces| faces.len() > 5);
    tokio::time::timeout(Duration::from_secs(6), painted).await.expect("each second").expect("one");
}

#[tokio::test(start_paused = true)]
async fn trouble_is_told_while_nobody_sees_the_window() {
    let stage = Stage::at_work(true).await;
    stage.snapshots.send_replace(snapshot(taken()));
    let needs_you = Deed::Notified(vec!["Voice bridge needs you".to_owned()]);
    stage.does(needs_you.clone()).await;

    let stage = Stage::at_work(false).await;
    stage.app.desktop.is_window_seen.send_replace(true);
    stage.snapshots.send_replace(snapshot(taken()));
    stage.paints().await;
    assert!(!stage.deeds().contains(&needs_you), "{:?}", stage.deeds());
}

#[tokio::test(start_paused = true)]
async fn the_ports_are_let_go_before_the_window_and_the_app_go() {
    let stage = Stage::at_work(true).await;
    stage.click(Id::Quit).await;
    stage.does(Deed::Exited).await;
    Backend::quit(&*stage.app).await.expect("it has quit");
    let end = [Deed::PortsLetGo, Deed::WindowEnded, Deed::Exited];
    assert_eq!(stage.deeds()[1..], end, "and only once");
}

#[tokio::test(start_paused = true)]
async fn a_successor_starts_when_the_ports_are_free() {
    let stage = Stage::new();
    Backend::restart(&*stage.app).await.expect("the program is there");
    let started = Deed::Started("xswarm-voice".into());
    assert_eq!(stage.deeds(), [Deed::PortsLetGo, started, Deed::WindowEnded, Deed::Exited]);
}

#[tokio::test(start_paused = true)]
async fn nothing_ends_for_a_successor_that_is_not_there() {
    let stage = Stage::new();
    *stage.app.desktop.program.lock().expect("no panic") = None;
    Backend::restart(&*stage.app).await.expect_err("the program has gone");
    assert_eq!(stage.deeds(), []);
    assert!(!stage.app.shutdown.has_begun());
}

#[tokio::test(start_paused = true)]
async fn the_window_is_told_whether_there_is_a_tray_even_if_it_comes_late() {
    let stage = Stage::new();
    assert!(Backend::desktop(&*stage.app).await.expect("it is known").tray);
    stage.app.desktop.tray_host.send_replace(false);
    let (answer, ()) = tokio::join!(Backend::desktop(&*stage.app), async {
        advance(Duration::from_millis(500)).await;
        stage.app.desktop.tray_host.send_replace(true);
    });
    assert!(answer.expect("it is known").tray);
    stage.app.desktop.tray_host.send_replace(false);
    assert!(!Backend::desktop(&*stage.app).await.expect("it is known").tray);
}

#[tokio::test(start_paused = true)]
async fn what_the_window_orders_is_given_and_how_things_are_is_told() {
    let stage = Stage::new();
    let order = Order::Stop { service: BRIDGE };
    assert_eq!(stage.app.order(order.clone()).await, Err(wire::Failure::Ending));
    assert_eq!(stage.deeds(), [Deed::Ordered(order)]);
    stage.snapshots.send_replace(snapshot(taken()));
    assert_eq!(stage.app.snapshot().await, Ok(snapshot(taken())));
}
