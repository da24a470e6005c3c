//! A session of its own: a display, a bus, folders, two free ports, and the app.

use std::fs::OpenOptions;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::sync_channel;

use tempfile::TempDir;

use super::until::PATIENCE;

/// A bus that starts nothing by itself.
const BUS: &str = r#"<busconfig>
  <type>session</type>
  <listen>unix:tmpdir=/tmp</listen>
  <policy context="default">
    <allow send_destination="*" eavesdrop="true"/>
    <allow eavesdrop="true"/>
    <allow own="*"/>
  </policy>
</busconfig>
"#;

/// A session. All of it ends with this.
pub(crate) struct Session {
    pub(crate) display: String,
    pub(crate) bus: String,
    pub(crate) voice_bridge: SocketAddr,
    pub(crate) supervisor: SocketAddr,
    pub(crate) home: TempDir,
    _children: Vec<Running>,
}

impl Session {
    /// Begins a session, unless a program is missing.
    #[expect(clippy::print_stdout, reason = "what was skipped is counted by who runs the tests")]
    pub(crate) fn begin(test: &str) -> Option<Self> {
        for program in ["Xvfb", "dbus-daemon", "WebKitWebDriver"] {
            if !is_installed(program) {
                println!("SKIPPED {test}: {program} is not installed");
                return None;
            }
        }
        let home = tempfile::tempdir().expect("a folder");
        for folder in ["run", "config"] {
            std::fs::create_dir(home.path().join(folder)).expect("a folder");
        }
        let private = std::fs::Permissions::from_mode(0o700);
        std::fs::set_permissions(home.path().join("run"), private).expect("a private folder");
        let [voice_bridge, supervisor] = free_ports();
        let settings = format!(
            "[voice_bridge]\naddress = \"{voice_bridge}\"\n\n[supervisor]\naddress = \"{supervisor}\"\n"
        );
        std::fs::write(home.path().join("settings.toml"), settings).expect("settings");
        let (screen, display) = first_line(Command::new("Xvfb").stdin(Stdio::null()).args([
            "-displayfd",
            "1",
            "-screen",
            "0",
            "1280x960x24",
            "-nolisten",
            "tcp",
        ]));
        let config = home.path().join("bus.conf");
        std::fs::write(&config, BUS).expect("the bus's settings");
        let (daemon, bus) = first_line(
            Command::new("dbus-daemon")
                .stdin(Stdio::null())
                .arg("--config-file")
                .arg(config)
                .args(["--nofork", "--print-address=1"]),
        );
        Some(Self {
            display: format!(":{display}"),
            bus,
            voice_bridge,
            supervisor,
            home,
            _children: vec![daemon, screen],
        })
    }

    /// Adds lines to the settings file, before the app is started.
    pub(crate) fn add_to_settings(&self, lines: &str) {
        let file = self.home.path().join("settings.toml");
        let mut file = OpenOptions::new().append(true).open(file).expect("settings");
        write!(file, "\n{lines}").expect("room");
    }

    /// A command inside the session, with nothing of the outside.
    pub(crate) fn command(&self, program: impl AsRef<Path>) -> Command {
        let home = self.home.path();
        let mut command = Command::new(program.as_ref());
        command
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("HOME", home)
            .env("XSWARM_HOME", home)
            .env("XDG_CONFIG_HOME", home.join("config"))
            .env("XDG_RUNTIME_DIR", home.join("run"))
            .env("DISPLAY", &self.display)
            .env("DBUS_SESSION_BUS_ADDRESS", &self.bus)
            .env("GDK_BACKEND", "x11")
            .env("LIBGL_ALWAYS_SOFTWARE", "1")
            .env("NO_AT_BRIDGE", "1")
            .env("RUST_LOG", "warn")
            .stdin(Stdio::null());
        command
    }

    /// Starts the app.
    pub(crate) fn app(&self, arguments: &[&str]) -> Running {
        Running::start(self.command(APP).args(arguments).stdout(Stdio::null()))
    }
}

/// The app under test.
pub(crate) const APP: &str = env!("CARGO_BIN_EXE_xswarm-voice");

/// A child, which is ended with this.
pub(crate) struct Running(Child);

impl Running {
    pub(crate) fn start(command: &mut Command) -> Self {
        Self(command.spawn().expect("it is installed"))
    }

    pub(crate) fn id(&self) -> u32 {
        self.0.id()
    }

    /// Tells it something, for instance to end.
    pub(crate) fn signal(&self, signal: rustix::process::Signal) {
        rustix::process::kill_process(rustix::process::Pid::from_child(&self.0), signal)
            .expect("our own child");
    }

    /// Waits for its end.
    pub(crate) fn ended(mut self) -> ExitStatus {
        let pid = self.0.id();
        let (tx, rx) = sync_channel(1);
        std::thread::scope(|scope| {
            scope.spawn(|| tx.send(self.0.wait()));
            let ended = rx.recv_timeout(PATIENCE);
            if ended.is_err() {
                // Its end lets the thread end as well, and the test with a sentence.
                let pid = rustix::process::Pid::from_raw(pid.cast_signed()).expect("not zero");
                let _ = rustix::process::kill_process(pid, rustix::process::Signal::KILL);
            }
            ended
        })
        .expect("it ends")
        .expect("our own child")
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended, which is just as well.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Whether somebody takes connections there.
pub(crate) fn answers(address: SocketAddr) -> bool {
    TcpStream::connect(address).is_ok()
}

fn is_installed(program: &str) -> bool {
    std::env::var_os("PATH").is_some_and(|path| {
        std::env::split_paths(&path).any(|folder| folder.join(program).is_file())
    })
}

/// Two ports that nobody has, found while both were held.
fn free_ports() -> [SocketAddr; 2] {
    [(); 2]
        .map(|()| {
            let socket = socket2::Socket::new(socket2::Domain::IPV4, socket2::Type::STREAM, None)
                .expect("a socket");
            socket.bind(&SocketAddr::from((Ipv4Addr::LOCALHOST, 0)).into()).expect("a port");
            socket
        })
        .map(|socket| {
            socket.local_addr().ok().and_then(|address| address.as_socket()).expect("its address")
        })
}

/// Starts a program and reads the line in which it says that it is ready.
pub(crate) fn first_line(command: &mut Command) -> (Running, String) {
    let mut running = Running::start(command.stdout(Stdio::piped()).stderr(Stdio::null()));
    let mut line = String::new();
    let output = running.0.stdout.take().expect("it is piped");
    BufReader::new(output).read_line(&mut line).expect("a line");
    (running, line.trim().to_owned())
}
