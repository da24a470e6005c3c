//! A stand-in for a speech model, or a bridge, in a process of its own: this very test program, started again to run only one
//! of the last functions of this file.

use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::{Arc, Mutex};

use tokio::net::TcpListener;
use tokio::sync::watch;

use crate::answered_by;
use crate::fake_moshi::{Habits, serve};

/// The environment variable that tells a server where to listen, or a bridge where its server is.
const ORDER: &str = "XSWARM_STALLS_ORDER";
/// Whether the server hums.
const HUMS: &str = "XSWARM_STALLS_HUMS";
/// What is printed before the address.
const AT: &str = "listening at ";

/// A process that ends with its test.
pub(crate) struct Program {
    pub(crate) child: Child,
    pub(crate) address: SocketAddr,
    /// What it has printed since.
    pub(crate) printed: Arc<Mutex<Vec<String>>>,
}

impl Program {
    /// A server on this port, or on any that is free.
    pub(crate) fn server(port: u16, hums: bool) -> Self {
        let mut command = Self::that_runs("program::a_server_of_its_own");
        command.env(ORDER, format!("127.0.0.1:{port}"));
        if hums {
            command.env(HUMS, "1");
        }
        Self::start(&mut command)
    }

    /// A bridge whose calls that server answers, and which prints how it is with the server.
    pub(crate) fn bridge(server: &str) -> Self {
        Self::start(Self::that_runs("program::a_bridge_of_its_own").env(ORDER, server))
    }

    pub(crate) fn url(&self) -> String {
        format!("ws://{}", self.address)
    }

    pub(crate) fn kill(&mut self) {
        self.child.kill().expect("it runs");
        self.child.wait().expect("it is our child");
    }

    fn that_runs(test: &str) -> Command {
        let mut command = Command::new(std::env::current_exe().expect("the path of this program"));
        command.args(["--exact", "--ignored", "--nocapture", test]);
        command
    }

    fn start(command: &mut Command) -> Self {
        let command = command.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().expect("this program can be started again");
        let mut output = BufReader::new(child.stdout.take().expect("it is a pipe"));
        let address = address(&mut output);
        let printed = Arc::<Mutex<Vec<String>>>::default();
        let prints = Arc::clone(&printed);
        std::thread::spawn(move || {
            for line in output.lines().map_while(Result::ok) {
                prints.lock().expect("nobody panicked").push(line);
            }
        });
        Self { child, address, printed }
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        // It may have been killed already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn address(output: &mut BufReader<ChildStdout>) -> SocketAddr {
    let mut lines = output.lines().map_while(Result::ok);
    // The name of the test may stand before it in the same line.
    let line = lines.find(|line| line.contains(AT)).expect("it tells where it listens");
    let (_, address) = line.split_once(AT).expect("it was looked for");
    address.parse().expect("an address")
}

#[tokio::test]
#[ignore = "it is the program of a server that the other tests start"]
async fn a_server_of_its_own() {
    let Ok(address) = std::env::var(ORDER) else { return };
    let listener = TcpListener::bind(address).await.expect("the port is free");
    println!("{AT}{}", listener.local_addr().expect("it listens"));
    let hums = std::env::var(HUMS).is_ok();
    serve(listener, Habits { hums, ..Habits::default() }, watch::Sender::default()).await;
}

#[tokio::test]
#[ignore = "it is the program of a bridge that the other tests start"]
async fn a_bridge_of_its_own() {
    let Ok(server) = std::env::var(ORDER) else { return };
    let mut bridge = answered_by(vec![server]).await;
    println!("{AT}{}", bridge.address);
    while bridge.calls.changed().await.is_ok() {
        let calls = bridge.calls.borrow_and_update().clone();
        for model in calls.into_iter().filter_map(|call| call.model) {
            println!("{:?}", model.state);
        }
    }
}
