//! A home folder with settings of its own, and the program run in it.

#[cfg_attr(unix, path = "home/unix.rs")]
#[cfg_attr(windows, path = "home/windows.rs")]
mod system;

use std::io::{BufRead, BufReader, Read};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::atomic::{AtomicU16, Ordering};
use std::sync::mpsc::{Receiver, sync_channel};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;
use tempfile::TempDir;

/// How long to wait for what must come.
const SOON: Duration = Duration::from_secs(30);

/// How a home retries where a test is not about that: never within one.
const PATIENT: &str = "attempts = 3\nfirst_delay = 60";

pub(crate) struct Home {
    _kept: TempDir,
    /// Where it is.
    folder: PathBuf,
    /// From where commands are given, if they name it from there.
    from: Option<PathBuf>,
    pub(crate) bridge: u16,
    pub(crate) supervisor: u16,
    /// The token to steer, where it is not the installation's own.
    pub(crate) token: Option<&'static str>,
}

/// A program that has ended.
pub(crate) struct Ended {
    pub(crate) code: Option<i32>,
    pub(crate) out: String,
    pub(crate) err: String,
}

/// A program that runs until it is dropped.
pub(crate) struct Running {
    pub(crate) child: Child,
    lines: Receiver<String>,
}

impl Home {
    /// A home where a service that can't have its port waits a minute before it tries again.
    pub(crate) fn new() -> Self {
        Self::with(PATIENT)
    }

    /// A home with these settings about retrying.
    pub(crate) fn with(retry: &str) -> Self {
        let kept = system::folder();
        let folder = kept.path().to_owned();
        let home = Self {
            _kept: kept,
            folder,
            from: None,
            bridge: free_port(),
            supervisor: free_port(),
            token: None,
        };
        home.set_with(retry);
        home
    }

    /// Another home with a service at each of these ports.
    pub(crate) fn at(bridge: u16, supervisor: u16) -> Self {
        let home = Self { bridge, supervisor, ..Self::new() };
        home.set_with(PATIENT);
        home
    }

    fn set_with(&self, retry: &str) {
        self.set_all("", retry);
    }

    /// Further settings of the voice bridge.
    pub(crate) fn set_further(&self, bridge: &str) {
        self.set_all(bridge, PATIENT);
    }

    fn set_all(&self, bridge: &str, retry: &str) {
        self.set(&format!(
            "[voice_bridge]\naddress = \"127.0.0.1:{}\"\n{bridge}\n[supervisor]\naddress = \"127.0.0.1:{}\"\n\
             [retry]\n{retry}\n",
            self.bridge, self.supervisor
        ));
    }

    pub(crate) fn set(&self, settings: &str) {
        std::fs::write(self.folder.join("settings.toml"), settings).expect("room");
    }

    /// Adds settings about the voice bridge.
    pub(crate) fn set_bridge(&self, more: &str) {
        let path = self.folder.join("settings.toml");
        let text = std::fs::read_to_string(&path).expect("they are there");
        self.set(&text.replace("[voice_bridge]\n", &format!("[voice_bridge]\n{more}")));
    }

    /// Moves into a folder below.
    pub(crate) fn move_to(&mut self, below: &str) {
        let folder = self.folder.join(below);
        system::make(&folder);
        std::fs::rename(self.folder.join("settings.toml"), folder.join("settings.toml"))
            .expect("it is there");
        self.folder = folder;
    }

    /// From there commands are given, and the home is named as it is from there.
    pub(crate) fn name_from(&mut self, folder: &Path) {
        self.from = Some(folder.to_owned());
    }

    pub(crate) fn path(&self, name: &str) -> String {
        self.folder.join(name).display().to_string()
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> Ended {
        self.run_as(self.command(arguments))
    }

    /// Runs a program in its own way.
    pub(crate) fn run_as(&self, mut command: Command) -> Ended {
        let Output { status, stdout, stderr } =
            self.at_home(&mut command).output().expect("it starts");
        let text = |bytes| String::from_utf8(bytes).expect("it prints text");
        Ended { code: status.code(), out: text(stdout), err: text(stderr) }
    }

    /// Starts a program and listens to its log.
    pub(crate) fn start(&self, arguments: &[&str]) -> Running {
        self.start_as(self.command(arguments))
    }

    /// Starts a program whose log nobody reads, as in a terminal that is held.
    pub(crate) fn start_unheard(&self, arguments: &[&str]) -> Running {
        let child = self.command(arguments).stderr(Stdio::piped()).spawn().expect("it starts");
        Running { child, lines: sync_channel(0).1 }
    }

    /// Starts a program in its own way and listens to its log.
    pub(crate) fn start_as(&self, mut command: Command) -> Running {
        let mut child =
            self.at_home(&mut command).stderr(Stdio::piped()).spawn().expect("it starts");
        let log = child.stderr.take().expect("it is a pipe");
        Running { child, lines: listen(log) }
    }

    /// Both services, listening.
    pub(crate) fn serve(&self) -> Running {
        let serve = self.start(&["serve"]);
        // They come in any order, and others with them.
        let mut awaited = vec![bridge_listens(self), supervisor_listens(self)];
        while !awaited.is_empty() {
            let line = serve.next();
            awaited.retain(|sentence| !line.contains(sentence));
        }
        serve
    }

    /// Starts a program and listens to its answers.
    pub(crate) fn follow(&self, arguments: &[&str]) -> Running {
        let mut child = self.command(arguments).stdout(Stdio::piped()).spawn().expect("it starts");
        let answers = child.stdout.take().expect("it is a pipe");
        Running { child, lines: listen(answers) }
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_xswarm"));
        command.args(arguments).stdin(Stdio::null());
        self.at_home(&mut command);
        command
    }

    fn at_home<'a>(&self, command: &'a mut Command) -> &'a mut Command {
        match &self.from {
            Some(from) => {
                let name = self.folder.strip_prefix(from).expect("it is below");
                command.current_dir(from).env("XSWARM_HOME", name)
            }
            None => command.env("XSWARM_HOME", &self.folder),
        };
        // What starts at login is kept there, and this machine's own is nothing for a test.
        command.env("XDG_CONFIG_HOME", &self.folder);
        command.env_remove("RUST_LOG");
        match self.token {
            Some(token) => command.env("SUPERVISOR_TOKEN", token),
            None => command.env_remove("SUPERVISOR_TOKEN"),
        }
    }
}

pub(crate) fn bridge_listens(home: &Home) -> String {
    format!("Voice bridge WebSocket server listening port={}", home.bridge)
}

pub(crate) fn supervisor_listens(home: &Home) -> String {
    format!("Supervisor WebSocket server listening port={}", home.supervisor)
}

/// Below the ports that systems give to connections, so that nobody else takes it before it is used.
pub(crate) fn free_port() -> u16 {
    static NEXT: AtomicU16 = AtomicU16::new(0);
    let first = 20_000 + (std::process::id() % 97) as u16 * 100;
    (0..1000)
        .map(|_| first + NEXT.fetch_add(1, Ordering::Relaxed))
        .find(|port| TcpListener::bind(("127.0.0.1", *port)).is_ok())
        .expect("one of a thousand ports is free")
}

fn listen(pipe: impl Read + Send + 'static) -> Receiver<String> {
    let (tx, rx) = sync_channel(1024);
    thread::spawn(move || {
        for line in BufReader::new(pipe).lines().map_while(Result::ok) {
            // Nobody is left to read what a program says after its test.
            let _ = tx.send(line);
        }
    });
    rx
}

impl Running {
    pub(crate) fn next(&self) -> String {
        self.lines.recv_timeout(SOON).expect("it says something in time")
    }

    /// The next line that holds this text.
    pub(crate) fn until(&self, text: &str) -> String {
        let mut before = Vec::new();
        loop {
            match self.lines.recv_timeout(SOON) {
                Ok(line) if line.contains(text) => return line,
                Ok(line) => before.push(line),
                Err(_) => panic!("it never says '{text}', but {before:#?}"),
            }
        }
    }

    /// What it still says before it ends.
    pub(crate) fn rest(&self) -> String {
        self.lines.iter().map(|line| line + "\n").collect()
    }

    /// The next answer for which this holds. Every answer is a line of JSON.
    pub(crate) fn until_json(&self, is_it: impl Fn(&Value) -> bool) -> Value {
        let mut line = String::new();
        let by = Instant::now() + SOON;
        loop {
            assert!(Instant::now() < by, "it comes to nothing but {line}");
            line = self.next();
            let answer: Value = serde_json::from_str(&line).expect("it answers in JSON");
            if is_it(&answer) {
                return answer;
            }
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // It has ended already where the test was about its end.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
