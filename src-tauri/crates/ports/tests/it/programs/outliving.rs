//! Nothing of a program outlives us, not even when we are ended by force.

use std::io::BufReader;
use std::process::{Command, Stdio};

use super::*;
use crate::holder::{answer, follow_orders, spawned, succeeds, this_program};

/// A program, and how many processes it has besides its guardian.
const KINDS: [(&str, &str, usize); 5] = [
    ("a child", "exec sleep 1000", 1),
    ("a grandchild", "sleep 1000 & sleep 1000 & wait", 3),
    ("one that left group and session", "(setsid sh -c 'sleep 1000 & wait' &); exec sleep 1000", 3),
    (
        "a wrapper in Python",
        "exec python3 -c 'import subprocess; subprocess.run([\"sleep\", \"1000\"])'",
        2,
    ),
    ("one that ignores its end", "trap '' TERM; sleep 1000 & wait; wait; sleep 1000", 2),
];

#[tokio::test]
async fn nothing_of_a_program_is_left_a_second_after_we_were_ended_by_force() {
    for (kind, text, processes) in KINDS {
        if text.contains("python3") && !succeeds(Command::new("python3").arg("--version")) {
            crate::skipped("there is no python3 here, so no wrapper was tried");
            continue;
        }
        let mut longest = Duration::ZERO;
        for _ in 0..tries() {
            longest = longest.max(ended_by_force(text, processes).await);
        }
        println!("{kind}: gone {} of {} times, at the latest after {longest:?}", tries(), tries());
        assert!(longest < Duration::from_secs(1), "{kind}: {longest:?}");
    }
}

/// How long it takes until nothing is left of that program, which has so many processes.
async fn ended_by_force(text: &str, processes: usize) -> Duration {
    let token = fresh_token();
    let mut us = this_program();
    follow_orders(&mut us, "run_until_ended");
    us.env(SCRIPT, text).env(TOKEN, &token).stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut us = spawned(&mut us);
    let mut said = BufReader::new(us.stdout.take().expect("its output is a pipe"));
    assert_eq!(answer(&mut said), "it runs");
    // Whoever runs it has the token as well, and so has the guardian.
    let all = processes + 2;
    eventually("all of them run", || (processes_of(&token).len() == all).then_some(())).await;
    let began = Instant::now();
    us.kill().expect("it is our child");
    us.wait().expect("it is our child");
    is_over(&token).await;
    began.elapsed()
}
