//! The program in straits that only Linux lets a test make: no descriptors left, no loopback.

use std::net::TcpStream;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

use crate::home::{Home, bridge_listens, supervisor_listens};

/// More than the connections for which a program with that limit has descriptors.
const CALLERS: usize = 60;
const DESCRIPTORS: usize = 40;

/// A home where services are proven every second.
fn often_proven() -> Home {
    Home::with("attempts = 3\nfirst_delay = 60\n[proof]\ninterval = 1")
}

/// `xswarm serve`, started by this line of shell.
fn serve(line: &str) -> Command {
    let mut shell = Command::new("sh");
    shell.args(["-c", line, env!("CARGO_BIN_EXE_xswarm")]).stdin(Stdio::null());
    shell
}

/// How much processor time that process has used.
fn used(pid: u32) -> Duration {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).expect("it runs");
    // After the name, which may hold anything, come the state and ten numbers that are none of ours.
    let (_, numbers) = stat.rsplit_once(") ").expect("it has a name");
    let ticks = numbers.split(' ').skip(11).take(2).map(|ticks| ticks.parse::<u64>());
    let ticks: u64 = ticks.sum::<Result<_, _>>().expect("numbers");
    Duration::from_secs(ticks)
        / u32::try_from(rustix::param::clock_ticks_per_second()).expect("few")
}

#[test]
fn without_descriptors_it_says_so_does_not_spin_and_recovers() {
    let home = often_proven();
    let serve = home.start_as(serve(&format!(r#"ulimit -n {DESCRIPTORS}; exec "$0" serve"#)));
    let lines = [serve.next(), serve.next()].join("\n");
    for line in [bridge_listens(&home), supervisor_listens(&home)] {
        assert!(lines.contains(&line), "{lines}");
    }
    let (before, began) = (used(serve.child.id()), Instant::now());
    let connect = |_| TcpStream::connect(("127.0.0.1", home.bridge)).expect("it has a backlog");
    let callers: Vec<TcpStream> = (0..CALLERS).map(connect).collect();
    // Both services at both loopbacks.
    for _ in 0..4 {
        serve.until("there are no file descriptors left to take connections with");
    }
    let (spent, elapsed) = (used(serve.child.id()) - before, began.elapsed());
    assert!(spent < elapsed / 4, "{spent:?} of {elapsed:?} is a loop that never rests");
    drop(callers);
    home.follow(&["status", "--watch", "--json"]).until_json(|status| {
        let services = status["services"].as_array().is_some_and(|all| {
            all.len() == 2 && all.iter().all(|service| service["condition"] == "well")
        });
        services && status["pid"] == serve.child.id()
    });
}

#[test]
fn started_with_nohup_it_outlives_its_terminal() {
    let home = Home::new();
    let serve = home.start_as(serve(r#"exec nohup "$0" serve"#));
    serve.until(&supervisor_listens(&home));
    let pid = Pid::from_child(&serve.child);
    kill_process(pid, Signal::HUP).expect("it runs");
    // Whatever the signal did would be done by the time this is answered.
    assert_eq!(home.run(&["status"]).code, Some(0));
    kill_process(pid, Signal::TERM).expect("it runs");
    serve.until("SIGTERM");
}

#[test]
fn on_a_machine_whose_loopback_is_down_nothing_is_called_listening_until_it_is_up() {
    let tried = Command::new("unshare").args(["--map-root-user", "--net", "ip", "link"]).output();
    if !tried.is_ok_and(|tried| tried.status.success()) {
        skipped("networks cannot be made here");
        return;
    }
    let home = often_proven();
    // The network is the program's own, and root there may do with it what it likes.
    let line = r#"exec unshare --map-root-user --net "$0" serve"#;
    let serve = home.start_as(serve(line));
    for _ in 0..2 {
        let said = serve.until("the port does not answer its own probe");
        assert!(said.contains("no connection gets through to it"), "{said}");
    }
    let pid = serve.child.id().to_string();
    let up = Command::new("nsenter")
        .args(["--target", &pid, "--user", "--preserve-credentials", "--net"])
        .args(["ip", "link", "set", "lo", "up"])
        .output()
        .expect("util-linux is there");
    assert!(up.status.success(), "{up:?}");
    serve.until("server listening");
    serve.until("server listening");
}

#[test]
fn after_a_sleep_of_the_machine_all_is_proven_again_without_waiting_for_its_turn() {
    const SLEPT: i64 = 8 * 3600;
    let Some(turned) = with_a_clock_that_can_be_turned() else {
        skipped("faketime is not installed");
        return;
    };
    let home = Home::with("[proof]\ninterval = 86400");
    let clock = home.path("clock");
    let sets = |offset: i64| std::fs::write(&clock, format!("{offset:+}")).expect("room");
    sets(0);
    let mut command = serve(r#"exec "$0" serve"#);
    command.envs(turned).env("FAKETIME_TIMESTAMP_FILE", &clock).env("FAKETIME_NO_CACHE", "1");
    let serve = home.start_as(command);
    serve.until("server listening");
    serve.until("server listening");
    let watch = home.follow(&["status", "--watch", "--json"]);
    let before = proven(&watch.until_json(|status| proven(status).len() >= 2));

    sets(SLEPT);

    serve.until("the machine has slept");
    let latest = before.iter().max().expect("both are proven");
    let is_after_it = |at: &i64| *at >= latest + SLEPT * 1000;
    let is_awake = |status: &Value| {
        let proven = proven(status);
        proven.len() >= before.len() && proven.iter().all(is_after_it)
    };
    watch.until_json(is_awake);
}

/// What lets a program take the clock on the wall, and it alone, from a file: as it gets ahead of all others in a sleep.
fn with_a_clock_that_can_be_turned() -> Option<[(&'static str, String); 2]> {
    // The program `faketime` knows where its library is, and would stand between us and the one that we start.
    let library = Command::new("faketime").args(["-f", "+0", "printenv", "LD_PRELOAD"]).output();
    let library = String::from_utf8(library.ok()?.stdout).ok()?.trim().to_owned();
    let only_the_wall = "FAKETIME_DONT_FAKE_MONOTONIC";
    Some([("LD_PRELOAD", library), (only_the_wall, "1".to_owned())])
}

/// When each address that is listened on was last proven, in milliseconds of the clock on the wall.
fn proven(status: &Value) -> Vec<i64> {
    let services = status["services"].as_array().into_iter().flatten();
    let places = services.flat_map(|service| {
        let companions = service["companions"].as_array().into_iter().flatten();
        std::iter::once(service).chain(companions)
    });
    places.filter_map(|place| place["state"]["proven_at"].as_i64()).collect()
}

/// Tells that the test that calls this can't be run here, in the words by which skipped tests are counted.
fn skipped(reason: &str) {
    let thread = std::thread::current();
    println!("SKIPPED {}: {reason}", thread.name().unwrap_or("a test"));
}
