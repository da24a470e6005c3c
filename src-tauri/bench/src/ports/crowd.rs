//! A crowd of processes, each with many descriptors and sockets, so that whoever looks for one has to look far.

use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use socket2::SockRef;

const THERE: &str = "there";

/// What one of them has: two listeners, both ends of fourteen connections, and thirty files.
const LISTENERS: usize = 2;
const CONNECTIONS: usize = 14;
const FILES: usize = 30;

pub(super) struct Crowd(Vec<Child>);

impl Crowd {
    /// One of so many, all there before this returns.
    pub(super) fn of(members: usize) -> Result<Self> {
        let mut crowd = Self(Vec::with_capacity(members));
        for _ in 0..members {
            let member = Command::new(std::env::current_exe()?)
                .arg("crowd")
                .stdin(Stdio::piped())
                .stdout(Stdio::piped())
                .spawn()
                .context("cannot start one more process")?;
            crowd.0.push(member);
        }
        for member in &mut crowd.0 {
            let mut said = String::new();
            BufReader::new(member.stdout.take().context("its output is not there")?)
                .read_line(&mut said)?;
            ensure!(said.trim() == THERE, "one of the crowd did not get all that it needs");
        }
        Ok(crowd)
    }
}

impl Drop for Crowd {
    fn drop(&mut self) {
        for member in &mut self.0 {
            // All are told before any is waited for, or it would take long.
            let _ = member.kill();
        }
        for member in &mut self.0 {
            let _ = member.wait();
        }
    }
}

/// The program of one of them. It ends when whoever started it does, however that ends, since its input ends then.
#[expect(
    clippy::disallowed_methods,
    reason = "these are other programs' listeners, and made as other programs make them"
)]
pub(crate) fn belong() -> Result<()> {
    let anywhere = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
    let listeners: Vec<TcpListener> =
        (0..LISTENERS).map(|_| TcpListener::bind(anywhere)).collect::<Result<_, _>>()?;
    let mut connections = Vec::new();
    for _ in 0..CONNECTIONS {
        let here = TcpStream::connect(listeners[0].local_addr()?)?;
        let (there, _) = listeners[0].accept()?;
        for end in [here, there] {
            // They leave no trace in the kernel's list when the crowd goes.
            SockRef::from(&end).set_linger(Some(Duration::ZERO))?;
            connections.push(end);
        }
    }
    let files: Vec<File> = (0..FILES).map(|_| File::open("/dev/null")).collect::<Result<_, _>>()?;
    println!("{THERE}");
    std::io::stdin().read_to_end(&mut Vec::new())?;
    drop((listeners, connections, files));
    Ok(())
}
