//! Unix: how the system tells a program to end, and the socket by which a second start reaches the first.

use std::fs::File;
use std::io;
use std::os::fd::AsFd as _;
use std::os::unix::process::CommandExt as _;
use std::process::Command;

use station::folders;
use station::socket::{Meeting, go};
use tokio::net::UnixStream;
use tokio::signal::unix::{SignalKind, signal};

/// What the socket is called at which a second start reaches the first.
const NAME: &str = "window.sock";

/// Returns when the system or a terminal tells the app to end.
pub(crate) async fn told_to_end() -> io::Result<()> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    // Whoever has started it with `nohup` wants it to outlive the terminal.
    let mut hang_up =
        if station::is_hang_up_ignored() { None } else { Some(signal(SignalKind::hangup())?) };
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
        Some(()) = async { hang_up.as_mut()?.recv().await } => {}
    }
    Ok(())
}

/// Starts this program once more with the same arguments, as the same process. It returns only if that fails.
pub(crate) fn start_afresh() -> io::Result<()> {
    Err(Command::new(std::env::current_exe()?).args(std::env::args_os().skip(1)).exec())
}

/// Takes standard input and output for the line to the tray's process. What libraries print goes to standard error, and what
/// this process starts gets neither.
pub(crate) fn take_standard_streams() -> io::Result<(File, File)> {
    let input = io::stdin().as_fd().try_clone_to_owned()?;
    let output = io::stdout().as_fd().try_clone_to_owned()?;
    rustix::stdio::dup2_stdin(File::open("/dev/null")?)?;
    rustix::stdio::dup2_stdout(io::stderr())?;
    Ok((input.into(), output.into()))
}

/// Prepares the start of the window's process. What a terminal sends is for the tray's, with which it ends.
pub(crate) fn prepare_window(command: &mut Command) {
    command.process_group(0);
}

/// Where a first start is called. Only who holds the station's lock may be here.
pub(crate) struct Doorbell(Meeting);

impl Doorbell {
    pub(crate) fn put_up() -> io::Result<Self> {
        Meeting::open(&folders::needed(folders::data())?, NAME).map(Self)
    }

    pub(crate) async fn rung(&mut self) -> io::Result<UnixStream> {
        self.0.next().await
    }
}

/// Calls the first start.
pub(crate) async fn ring() -> io::Result<UnixStream> {
    go(&folders::needed(folders::data())?, NAME).await
}
