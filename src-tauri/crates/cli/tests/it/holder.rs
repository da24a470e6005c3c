//! Another program that holds a port: this very test program, started again to run only the last function of this file.

use std::io::{BufRead, BufReader, Read};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, ChildStdout, Command, Stdio};

use tokio_tungstenite::tungstenite::accept_hdr;
use tokio_tungstenite::tungstenite::handshake::server::{Request, Response};

/// The environment variable that tells the other program which address to hold.
const ADDRESS: &str = "XSWARM_CLI_TEST_ADDRESS";
/// The one that tells it to let WebSocket clients in, and to print what they say.
const LISTENS: &str = "XSWARM_CLI_TEST_LISTENS";
const READY: &str = "the holder listens";

/// A program that holds a port until it is dropped.
pub(crate) struct Holder {
    child: Child,
    output: BufReader<ChildStdout>,
}

impl Holder {
    pub(crate) fn of(port: u16) -> Self {
        Self::at(&format!("127.0.0.1:{port}"))
    }

    /// A program that holds that address.
    pub(crate) fn at(address: &str) -> Self {
        Self::start(Self::command().env(ADDRESS, address))
    }

    /// A program that lets WebSocket clients in, without being an xSwarm Voice.
    pub(crate) fn eavesdropping(port: u16) -> Self {
        let address = format!("127.0.0.1:{port}");
        Self::start(Self::command().env(ADDRESS, address).env(LISTENS, "1"))
    }

    fn command() -> Command {
        let mut command = Command::new(std::env::current_exe().expect("the path of this program"));
        command.args([
            "--exact",
            "--ignored",
            "--nocapture",
            "holder::a_program_that_holds_a_port",
        ]);
        command
    }

    fn start(command: &mut Command) -> Self {
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("this program can be started again");
        let mut output = BufReader::new(child.stdout.take().expect("it is a pipe"));
        let is_ready =
            output.by_ref().lines().map_while(Result::ok).any(|line| line.contains(READY));
        assert!(is_ready, "the address can be held");
        Self { child, output }
    }

    /// What it has printed until its end.
    pub(crate) fn into_report(mut self) -> String {
        let mut report = String::new();
        self.output.read_to_string(&mut report).expect("it prints text");
        report
    }

    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    pub(crate) fn is_running(&mut self) -> bool {
        self.child.try_wait().expect("it is our child").is_none()
    }
}

impl Drop for Holder {
    fn drop(&mut self) {
        // It has ended already where the test was about its end.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
#[ignore = "it is the program of the processes that the other tests start"]
fn a_program_that_holds_a_port() {
    let Ok(address) = std::env::var(ADDRESS) else { return };
    let listener = TcpListener::bind(address).expect("the address is free");
    println!("{READY}");
    if std::env::var_os(LISTENS).is_some() {
        listener.incoming().for_each(|client| eavesdrop(client.expect("a client")));
    }
    let _ = std::io::stdin().read_to_end(&mut Vec::new());
}

#[expect(clippy::result_large_err, reason = "that is how the library takes a handshake's answer")]
fn eavesdrop(client: TcpStream) {
    let greet = |_: &Request, answer: Response| {
        println!("a client is let in");
        Ok(answer)
    };
    let Ok(mut client) = accept_hdr(client, greet) else { return };
    while let Ok(message) = client.read() {
        println!("{message}");
    }
}
