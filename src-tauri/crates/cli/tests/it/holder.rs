//! Another program that holds a port: this very test program, started again to run only the last function of this file.

use std::io::{BufRead, BufReader, Read};
use std::net::TcpListener;
use std::process::{Child, Command, Stdio};

/// The environment variable that tells the other program which address to hold.
const ADDRESS: &str = "XSWARM_CLI_TEST_ADDRESS";
const READY: &str = "the holder listens";

/// A program that holds a port until it is dropped.
pub(crate) struct Holder {
    child: Child,
}

impl Holder {
    pub(crate) fn of(port: u16) -> Self {
        Self::at(&format!("127.0.0.1:{port}"))
    }

    /// A program that holds that address.
    pub(crate) fn at(address: &str) -> Self {
        let mut child = Command::new(std::env::current_exe().expect("the path of this program"))
            .args(["--exact", "--ignored", "--nocapture", "holder::a_program_that_holds_a_port"])
            .env(ADDRESS, address)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("this program can be started again");
        let output = BufReader::new(child.stdout.take().expect("it is a pipe"));
        let is_ready = output.lines().map_while(Result::ok).any(|line| line.contains(READY));
        assert!(is_ready, "{address} can be held");
        Self { child }
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
    let _listener = TcpListener::bind(address).expect("the address is free");
    println!("{READY}");
    let _ = std::io::stdin().read_to_end(&mut Vec::new());
}
