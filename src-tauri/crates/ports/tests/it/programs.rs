//! Programs that are run: nothing of them outlives us, whatever they and others do.

mod ending;
mod outliving;
mod starting;

use std::fs;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use ports::Programs;
use ports::program::{Guardian, Program, Running, StartError};
use wire::ServiceName;

use crate::orders::{ORDERS, PROGRAM, say, until_told};

const NAME: ServiceName = ServiceName::literal("model");
/// The variable that tells the processes of one test from all others.
const TOKEN: &str = "XSWARM_PORTS_TEST_TOKEN";
/// The variable with the script that a process runs as a program until it is ended.
const SCRIPT: &str = "XSWARM_PORTS_TEST_SCRIPT";

#[test]
#[ignore = "it is the guardian of the programs that the other tests run"]
fn a_guardian() {
    let _ = ports::program::guard();
}

/// This test program, as a guardian.
fn guardian() -> Guardian {
    let arguments = ["--exact", "--ignored", "--nocapture", "programs::a_guardian"];
    Guardian {
        executable: "/proc/self/exe".into(),
        arguments: arguments.into_iter().map(Into::into).collect(),
    }
}

/// A word that no other test of this process has.
fn fresh_token() -> String {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    format!("{}x{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed))
}

fn program(program: &str, arguments: &[&str], token: &str) -> Program {
    Program {
        program: program.to_owned(),
        arguments: arguments.iter().map(|one| (*one).to_owned()).collect(),
        folder: None,
        environment: vec![(TOKEN.to_owned(), Some(token.to_owned()))],
    }
}

fn script(text: &str, token: &str) -> Program {
    program("sh", &["-c", text], token)
}

/// This test program, which holds a port as the orders say.
fn holder(orders: &str, token: &str) -> Program {
    let mut holder = program(
        std::env::current_exe().expect("its path").to_str().expect("a text"),
        &["--exact", "--ignored", "--nocapture", PROGRAM],
        token,
    );
    holder.environment.push((ORDERS.to_owned(), Some(orders.to_owned())));
    holder
}

/// What a program has said so far.
#[derive(Clone, Default)]
struct Said(Arc<Mutex<Vec<String>>>);

impl Said {
    fn lines(&self) -> Vec<String> {
        self.0.lock().expect("nobody panics with it").clone()
    }

    async fn until(&self, wanted: impl Fn(&[String]) -> bool) -> Vec<String> {
        eventually("it says something else", || {
            let lines = self.lines();
            wanted(&lines).then_some(lines)
        })
        .await
    }
}

async fn start(program: &Program) -> Result<(Running, Said), StartError> {
    start_known(program, &Programs::default()).await
}

async fn start_known(
    program: &Program,
    programs: &Programs,
) -> Result<(Running, Said), StartError> {
    let said = Said::default();
    let heard = said.clone();
    let hear = move |line: &str| heard.0.lock().expect("no panic").push(line.to_owned());
    Ok((Running::start(program, NAME, &guardian(), programs, hear).await?, said))
}

/// What comes of a fact that is asked for again and again.
async fn eventually<T>(otherwise: &str, mut is_so: impl FnMut() -> Option<T>) -> T {
    let deadline = Instant::now() + crate::DEADLINE;
    loop {
        if let Some(fact) = is_so() {
            return fact;
        }
        assert!(Instant::now() < deadline, "{otherwise}");
        tokio::task::yield_now().await;
        std::thread::yield_now();
    }
}

/// The processes of that test, its guardians included.
fn processes_of(token: &str) -> Vec<u32> {
    let wanted = format!("{TOKEN}={token}");
    let has_token = |pid: &u32| {
        let folder = Path::new("/proc").join(pid.to_string());
        let environment = fs::read(folder.join("environ")).unwrap_or_default();
        environment.split(|byte| *byte == 0).any(|one| one == wanted.as_bytes())
    };
    let entries = fs::read_dir("/proc").expect("it is there").flatten();
    let pids = entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok());
    pids.filter(|pid| *pid != std::process::id()).filter(has_token).collect()
}

fn command_line_of(pid: u32) -> String {
    let line = fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
    String::from_utf8_lossy(&line).replace('\0', " ")
}

async fn is_over(token: &str) {
    let left = || -> Vec<_> {
        processes_of(token).into_iter().map(|pid| (pid, command_line_of(pid))).collect()
    };
    let deadline = Instant::now() + crate::DEADLINE;
    while !left().is_empty() {
        assert!(Instant::now() < deadline, "there is still {:?}", left());
        tokio::task::yield_now().await;
    }
}

/// How often what must not fail once is tried: more often where somebody has the time.
fn tries() -> usize {
    if std::env::var_os("XSWARM_LONG_TESTS").is_some() { 50 } else { 5 }
}

/// An address that is free, and that nobody gets who asks for any.
fn free_address() -> SocketAddr {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let ports = 12_000..32_000_u32;
    let begin = std::process::id().wrapping_mul(89);
    loop {
        let place = begin.wrapping_add(NEXT.fetch_add(1, Ordering::Relaxed));
        let port = ports.start + place % (ports.end - ports.start);
        let address = SocketAddr::from(([127, 0, 0, 1], u16::try_from(port).expect("a port")));
        if std::net::TcpListener::bind(address).is_ok() {
            return address;
        }
    }
}

/// Runs a script as a program, until this process is ended: what a process does that is started for it.
pub(crate) async fn run_until_ended() {
    let [text, token] = [SCRIPT, TOKEN].map(|name| std::env::var(name).expect("it is given"));
    let (_running, _said) = start(&script(&text, &token)).await.expect("it can be started");
    say("it runs");
    let waiting = tokio::task::spawn_blocking(|| until_told().for_each(drop));
    let _ = tokio::time::timeout(Duration::from_secs(600), waiting).await;
}
