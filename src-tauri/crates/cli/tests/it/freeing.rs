//! `free`.

use std::net::TcpListener;

use crate::holder::Holder;
use crate::home::{Home, bridge_listens, supervisor_listens};

#[test]
fn without_agreement_it_shows_who_it_is_and_ends_nobody() {
    let home = Home::new();
    let mut holder = Holder::of(home.bridge);
    let port = home.bridge.to_string();
    let free = home.run(&["free", &port]);
    assert_eq!(free.code, Some(5));
    for shown in [
        holder.pid().to_string(),
        format!("127.0.0.1:{port}"),
        "a_program_that_holds_a_port".to_owned(),
    ] {
        assert!(free.out.contains(&shown), "'{shown}' is not in\n{}", free.out);
    }
    assert!(free.out.contains("--yes agrees beforehand"), "{}", free.out);
    let dry_run = home.run(&["free", &port, "--dry-run", "--yes"]);
    assert_eq!(dry_run.code, Some(0));
    assert!(dry_run.out.contains("Nothing was done"), "{}", dry_run.out);
    assert!(holder.is_running());
}

#[test]
fn with_agreement_the_holder_is_ended_and_the_port_is_free() {
    let home = Home::new();
    let mut holder = Holder::of(home.bridge);
    let port = home.bridge.to_string();
    let free = home.run(&["free", &port, "--yes"]);
    assert_eq!(free.code, Some(0), "{}{}", free.out, free.err);
    assert!(
        free.out.contains("Ended ") && free.out.contains(&format!("Port {port} is free.")),
        "{}",
        free.out
    );
    assert!(!holder.is_running());
    assert!(TcpListener::bind(("127.0.0.1", home.bridge)).is_ok());
    let again = home.run(&["free", &port]);
    assert_eq!((again.code, again.out), (Some(0), format!("Port {port} is free.\n")));
}

#[test]
fn a_waiting_service_has_its_port_as_soon_as_it_is_freed() {
    let home = Home::new();
    let _holder = Holder::of(home.bridge);
    let serve = home.start(&["serve"]);
    serve.until(&supervisor_listens(&home));
    let free = home.run(&["free", &home.bridge.to_string(), "--yes"]);
    assert_eq!(free.code, Some(0), "{}{}", free.out, free.err);
    serve.until(&bridge_listens(&home));
}

#[test]
fn the_xswarm_that_runs_is_not_ended() {
    let home = Home::new();
    let mut serve = home.serve();
    let free = home.run(&["free", &home.bridge.to_string(), "--yes"]);
    assert_eq!(free.code, Some(5));
    assert!(
        free.out.contains("will not be ended: it is the xSwarm Voice that is running"),
        "{}",
        free.out
    );
    assert!(serve.child.try_wait().expect("it is our child").is_none());
}

#[test]
fn an_older_one_that_lets_us_steer_it_is_asked_to_quit() {
    let mut older = Home::new();
    older.token = Some("both of them know it");
    let mut home = Home::at(older.bridge, older.supervisor);
    home.token = older.token;
    let mut theirs = older.serve();
    let ours = home.start(&["serve"]);
    let free = home.run(&["free", &home.bridge.to_string(), "--yes"]);
    assert_eq!(free.code, Some(0), "{}{}", free.out, free.err);
    theirs.until("a client of the supervisor asked for it");
    assert_eq!(theirs.child.wait().expect("it is our child").code(), Some(0));
    ours.until(&bridge_listens(&home));
    let record = std::fs::read_to_string(home.path("ended.jsonl")).expect("it is written down");
    assert!(record.contains(r#""force":"polite""#), "{record}");
}

#[test]
fn one_that_does_not_take_our_token_is_ended_like_any_other_program() {
    let older = Home::new();
    let home = Home::at(older.bridge, older.supervisor);
    let mut theirs = older.serve();
    let free = home.run(&["free", &home.supervisor.to_string(), "--yes"]);
    assert_eq!(free.code, Some(0), "{}{}", free.out, free.err);
    theirs.child.wait().expect("it is our child");
    assert!(TcpListener::bind(("127.0.0.1", home.supervisor)).is_ok());
}

#[test]
fn our_token_is_not_shown_to_a_program_that_is_no_xswarm() {
    let home = Home::new();
    let holder = Holder::eavesdropping(home.supervisor);
    let free = home.run(&["free", &home.supervisor.to_string(), "--yes"]);
    assert_eq!(free.code, Some(0), "{}{}", free.out, free.err);
    assert_eq!(holder.into_report(), "a client is let in\n");
}

#[test]
fn one_of_another_home_is_called_an_older_one() {
    let older = Home::new();
    let home = Home::at(older.bridge, older.supervisor);
    let theirs = older.serve();
    let status = home.run(&["status"]).out;
    let pid = theirs.child.id();
    for port in [home.bridge, home.supervisor] {
        let line = format!("port {port} is held by an older xSwarm Voice, xswarm ({pid})");
        assert!(status.contains(&line), "{status}");
    }
    let free = home.run(&["free", &home.bridge.to_string(), "--dry-run"]);
    assert!(free.out.contains("an older xSwarm Voice"), "{}", free.out);
}

#[test]
fn a_port_that_is_none_is_a_wrong_command_line() {
    let home = Home::new();
    for port in ["0", "65536", "bridge"] {
        assert_eq!(home.run(&["free", port]).code, Some(2), "{port}");
    }
}

#[test]
fn whoever_gets_the_connections_for_localhost_is_named_and_can_be_ended() {
    if TcpListener::bind("[::1]:0").is_err() {
        let test = "whoever_gets_the_connections_for_localhost_is_named_and_can_be_ended";
        println!("SKIPPED {test}: this machine has no [::1]");
        return;
    }
    let home = Home::new();
    let mut holder = Holder::at(&format!("[::1]:{}", home.bridge));
    let mut serve = home.start(&["serve"]);
    serve.until(&bridge_listens(&home));
    let watch = home.follow(&["status", "--watch"]);
    let shadow = watch.until("localhost may lead to ");
    assert!(shadow.contains(&format!("({})", holder.pid())), "{shadow}");
    let free = home.run(&["free", &home.bridge.to_string(), "--yes"]);
    assert_eq!(free.code, Some(0), "{}{}", free.out, free.err);
    assert!(!holder.is_running());
    assert!(serve.child.try_wait().expect("it is our child").is_none(), "it is left alone");
    watch.until(&format!("  listening on [::1]:{}", home.bridge));
}
