//! The whole program, killed without warning and started again on the same ports, over and over.

use std::net::TcpStream;
use std::time::{Duration, Instant};

use crate::home::{Home, bridge_listens, supervisor_listens};

const ROUNDS: usize = 200;

/// How long a start may take until both ports are proven, on a machine that runs other tests meanwhile.
const SOON: Duration = Duration::from_secs(5);

#[test]
fn two_hundred_kills_are_followed_by_two_hundred_proven_binds() {
    let home = Home::new();
    let began = Instant::now();
    for round in 1..=ROUNDS {
        let started = Instant::now();
        let mut serve = home.start(&["serve"]);
        let mut awaited = vec![bridge_listens(&home), supervisor_listens(&home)];
        while !awaited.is_empty() {
            let line = serve.next();
            awaited.retain(|sentence| !line.contains(sentence));
        }
        assert!(started.elapsed() < SOON, "start {round} took {:?}", started.elapsed());
        // They are cut off by the kill, and the kernel has to clear them away beside the next start.
        let callers = [home.bridge, home.supervisor]
            .map(|port| TcpStream::connect(("127.0.0.1", port)).expect("it listens"));
        serve.child.kill().expect("it runs");
        serve.child.wait().expect("it is our child");
        drop(callers);
    }
    println!("{ROUNDS} rounds took {:?}", began.elapsed());
}
