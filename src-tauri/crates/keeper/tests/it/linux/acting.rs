//! A program that does as it is told by a variable: this very test program, started again.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use keeper::{Keeper, Orders, Policy, ProgramSpec, Prove};
use ports::program::{Guardian, Program};
use wire::{PortState, Service, ServiceName, Silence};

use crate::keep::{SOON, quick};

pub(crate) const MODEL: ServiceName = ServiceName::literal("model");
pub(crate) const OTHER: ServiceName = ServiceName::literal("other");

/// What the program is to do: words, and an address behind most of them.
const ACT: &str = "XSWARM_KEEPER_TEST_ACT";
const GUARDIAN: &str = "linux::acting::a_guardian";
const ACTOR: &str = "linux::acting::an_actor";

#[test]
#[ignore = "it is the guardian of the programs that the other tests run"]
fn a_guardian() {
    let _ = ports::program::guard();
}

#[test]
#[ignore = "it is the program that the other tests run"]
fn an_actor() {
    let Ok(act) = std::env::var(ACT) else { return };
    let words: Vec<&str> = act.split_whitespace().collect();
    let address = || words[1].parse::<SocketAddr>().expect("an address");
    match words[0] {
        "listens" => greet(address(), "model"),
        "lies" => greet(address(), "something else"),
        "wraps" => {
            let mut child = Command::new("/proc/self/exe");
            follow(&mut child, &format!("listens {}", words[1]));
            child.status().expect("it is started");
        }
        "is_late" => {
            // It takes its time, and is ready once a file is there.
            while !std::path::Path::new(words[2]).exists() {
                std::thread::yield_now();
            }
            greet(address(), "model");
        }
        "crashes" => {
            eprintln!("the weights are damaged");
            std::process::exit(7);
        }
        "sleeps" => loop {
            std::thread::park();
        },
        _ => panic!("nobody knows how to act like that"),
    }
}

/// Answers every connection with a word.
fn greet(address: SocketAddr, word: &str) {
    let listener = TcpListener::bind(address).expect("the address is free");
    println!("listening");
    for mut stream in listener.incoming().flatten() {
        // Who has gone again has not asked.
        let _ = stream.write_all(word.as_bytes());
    }
}

fn follow(command: &mut Command, act: &str) {
    command.args(["--exact", "--ignored", "--nocapture", ACTOR]).env(ACT, act);
}

/// A process that nobody keeps, and that listens there until this is dropped.
pub(crate) struct Stranger(Child);

impl Stranger {
    pub(crate) fn at(address: SocketAddr) -> Self {
        let mut command = Command::new("/proc/self/exe");
        follow(&mut command, &format!("listens {address}"));
        let mut child = command.stdout(Stdio::piped()).spawn().expect("it is started");
        let said = BufReader::new(child.stdout.take().expect("its output is a pipe"));
        let is_there = said.lines().map_while(Result::ok).any(|line| line.contains("listening"));
        assert!(is_there, "it ended before it listened");
        Self(child)
    }

    pub(crate) fn pid(&self) -> u32 {
        self.0.id()
    }
}

impl Drop for Stranger {
    fn drop(&mut self) {
        // It may have been ended by the test.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Whether the program says that it is a model.
fn prove(address: SocketAddr) -> Prove {
    Arc::new(move || {
        Box::pin(async move {
            let asking = tokio::task::spawn_blocking(move || {
                let mut stream = TcpStream::connect(address).map_err(|_| Silence::Unreachable)?;
                let mut said = String::new();
                stream.read_to_string(&mut said).map_err(|_| Silence::Unanswered)?;
                if said == "model" { Ok(()) } else { Err(Silence::OtherProtocol) }
            });
            asking.await.unwrap_or(Err(Silence::Unanswered))
        })
    })
}

/// A program that acts like that and should listen there.
pub(crate) fn acting(name: ServiceName, act: &str, address: SocketAddr) -> ProgramSpec {
    let guardian = ["--exact", "--ignored", "--nocapture", GUARDIAN];
    let actor = ["--exact", "--ignored", "--nocapture", ACTOR];
    ProgramSpec {
        name,
        announcement: "it is ready",
        address,
        program: Program {
            program: std::env::current_exe().expect("its path").display().to_string(),
            arguments: actor.map(str::to_owned).to_vec(),
            folder: None,
            environment: vec![(ACT.to_owned(), Some(act.to_owned()))],
        },
        prepare: None,
        guardian: Guardian {
            executable: "/proc/self/exe".into(),
            arguments: guardian.into_iter().map(Into::into).collect(),
        },
        ready_limit: SOON,
        prove: prove(address),
        starts_by_itself: true,
    }
}

pub(crate) fn listening(name: ServiceName, address: SocketAddr) -> ProgramSpec {
    acting(name, &format!("listens {address}"), address)
}

pub(crate) fn keep(specs: Vec<ProgramSpec>) -> (Keeper, Orders) {
    keep_with(
        specs,
        Policy { most_crashes: u32::MAX, stop_limit: Duration::from_secs(2), ..quick() },
    )
}

pub(crate) fn keep_with(specs: Vec<ProgramSpec>, policy: Policy) -> (Keeper, Orders) {
    let (orders, inbox) = keeper::orders();
    (Keeper::start((orders.clone(), inbox), specs, policy, ports::Known::default()), orders)
}

/// How the service of that name is as soon as it is so.
pub(crate) async fn until(
    keeper: &Keeper,
    name: ServiceName,
    wanted: impl Fn(&Service) -> bool,
) -> Service {
    let mut services = keeper.services();
    let is_it = |service: &&Service| service.name == name;
    let is_so = |all: &Vec<Service>| all.iter().find(is_it).is_some_and(&wanted);
    match tokio::time::timeout(2 * SOON, services.wait_for(is_so)).await {
        Ok(all) => all.expect("it is kept").iter().find(is_it).expect("it is there").clone(),
        Err(_) => panic!("it came to {:#?}", keeper.services().borrow()),
    }
}

/// The process that runs and is proven.
pub(crate) fn proven_pid(service: &Service) -> Option<u32> {
    let is_proven = matches!(service.state, PortState::Listening { .. });
    service.program.as_ref()?.pid.filter(|_| is_proven)
}

pub(crate) fn is_proven(service: &Service) -> bool {
    proven_pid(service).is_some()
}

pub(crate) fn kill(pid: u32) {
    let pid = rustix::process::Pid::from_raw(pid.cast_signed()).expect("a process");
    rustix::process::kill_process(pid, rustix::process::Signal::KILL).expect("it is ours");
}

/// How often what must not fail once is tried: more often where somebody has the time.
pub(crate) fn tries() -> usize {
    if std::env::var_os("XSWARM_LONG_TESTS").is_some() { 50 } else { 8 }
}
