//! Requests to end.

use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

use super::{assert_free, callers};
use crate::home::Home;

/// How long callers are given to leave, and some time to do the rest.
const IN_ORDER: Duration = Duration::from_secs(10);

#[test]
fn a_request_to_end_is_followed_in_order_though_there_are_callers_and_both_ports_are_free() {
    // The callers never leave, so each takes as long as they are given.
    thread::scope(|scope| {
        for signal in [Signal::TERM, Signal::INT, Signal::HUP] {
            scope.spawn(move || ends_in_order(signal));
        }
    });
}

fn ends_in_order(signal: Signal) {
    let home = Home::new();
    let mut serve = home.serve();
    let callers = callers(&home);
    let asked = Instant::now();
    kill_process(Pid::from_child(&serve.child), signal).expect("it runs");
    serve.until("ended");
    assert_eq!(serve.child.wait().expect("it is our child").code(), Some(0), "{signal:?}");
    assert!(asked.elapsed() < IN_ORDER, "{signal:?} took {:?}", asked.elapsed());
    assert_free(&home);
    drop(callers);
}
