//! Signals.

use std::net::TcpListener;

use rustix::process::{Pid, Signal, kill_process};

use crate::home::Home;

#[test]
fn a_request_to_end_is_followed_in_order_and_the_ports_are_free() {
    for signal in [Signal::TERM, Signal::INT, Signal::HUP] {
        let home = Home::new();
        let mut serve = home.serve();
        let pid = Pid::from_child(&serve.child);
        kill_process(pid, signal).expect("it runs");
        serve.until("ended");
        assert_eq!(serve.child.wait().expect("it is our child").code(), Some(0), "{signal:?}");
        for port in [home.bridge, home.supervisor] {
            assert!(TcpListener::bind(("127.0.0.1", port)).is_ok(), "{port} is free");
        }
    }
}
