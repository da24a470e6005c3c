//! What is left on the ports when the program ends, and who gets them when two want the same.

#[cfg(target_os = "linux")]
mod linux;
#[cfg(unix)]
mod unix;

use std::net::{TcpListener, TcpStream};

use serde_json::Value;

use crate::home::{Home, Running, supervisor_listens};

/// Connections to both ports, and a request that is never finished.
fn callers(home: &Home) -> [TcpStream; 2] {
    [home.bridge, home.supervisor].map(|port| {
        let mut caller = TcpStream::connect(("127.0.0.1", port)).expect("it listens");
        std::io::Write::write_all(&mut caller, b"GET / HTTP/1.1\r\n").expect("it is connected");
        caller
    })
}

/// That another program can have both ports at this very moment, wherever we listened.
fn assert_free(home: &Home) {
    for port in [home.bridge, home.supervisor] {
        for ip in ["127.0.0.1", "::1"] {
            let bound = TcpListener::bind((ip, port));
            assert!(bound.is_ok(), "port {port} at {ip}: {bound:?}");
        }
    }
}

#[test]
fn a_killed_one_leaves_nothing_on_its_ports() {
    let home = Home::new();
    let mut serve = home.serve();
    let callers = callers(&home);
    serve.child.kill().expect("it runs");
    serve.child.wait().expect("it is our child");
    assert_free(&home);
    drop(callers);
}

#[test]
fn of_two_that_start_at_once_on_one_port_one_listens_and_the_other_names_it() {
    let one = Home::new();
    let other = Home::at(one.bridge, Home::new().supervisor);
    for round in 1..=20 {
        let both = [(&one, one.start(&["serve"])), (&other, other.start(&["serve"]))];
        for (home, serve) in &both {
            serve.until(&supervisor_listens(home));
        }
        let states = [&one, &other].map(settled);
        let (mut winners, losers): (Vec<_>, Vec<_>) =
            both.into_iter().zip(states).partition(|(_, state)| state["state"] == "listening");
        let [((_, winner), _)] = winners.as_mut_slice() else {
            panic!("in round {round} {} of them listen", winners.len());
        };
        let [((loser, _running), state)] = losers.as_slice() else {
            panic!("in round {round} {} of them wait", losers.len());
        };
        let named = &state["cause"]["holders"][0]["identity"]["pid"];
        assert_eq!(named, winner.child.id(), "in round {round}, by {state}");

        end(winner);
        assert_eq!(until(loser, &["listening"])["state"], "listening");
    }
}

/// Without a word, as a crash would.
fn end(running: &mut Running) {
    running.child.kill().expect("it runs");
    running.child.wait().expect("it is our child");
}

/// How the voice bridge's port is once it is known whose it is.
fn settled(home: &Home) -> Value {
    until(home, &["listening", "waiting", "taken"])
}

fn until(home: &Home, states: &[&str]) -> Value {
    let bridge = |status: &Value| status["services"][0]["state"].clone();
    let watch = home.follow(&["status", "--watch", "--json"]);
    let status = watch.until_json(|status| {
        let state = bridge(status);
        states.iter().any(|expected| state["state"] == *expected)
    });
    bridge(&status)
}
