//! A PulseAudio of its own, without a sound card: one room in which a recording is played and a microphone listens, and another
//! for whatever is played back, so that nobody hears themselves.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};
use tempfile::TempDir;

use super::program::{Running, private_folder, tied};

/// Without `norewinds` an idle room has rendered two seconds ahead, and a microphone in it hears nothing for so long.
const ROOMS: &str = "\
load-module module-null-sink sink_name=room format=float32le norewinds=1 rate=48000 channels=1 channel_map=mono
load-module module-null-sink sink_name=ear format=float32le norewinds=1 rate=48000 channels=1 channel_map=mono
set-default-sink ear
set-default-source room.monitor
";
/// Who asks ALSA gets PulseAudio, whatever this machine's own settings say.
const ALSA: &str = "pcm.!default { type pulse }\nctl.!default { type pulse }\n";
/// The log's line that all of it is there.
const READY: &str = "Daemon startup complete";
/// What `pacat` says when it is heard.
const PLAYS: &str = "Stream started";

/// What leads programs to the user's own sound server.
const OF_THE_USER: &[&str] = &[
    "DBUS_SESSION_BUS_ADDRESS",
    "DISPLAY",
    "PULSE_CLIENTCONFIG",
    "PULSE_CONFIG_PATH",
    "PULSE_COOKIE",
    "PULSE_RUNTIME_PATH",
    "PULSE_SINK",
    "PULSE_SOURCE",
    "PULSE_STATE_PATH",
];

/// A sound server that runs.
pub(super) struct SoundServer {
    /// First, so that it ends before its folder goes.
    _daemon: Running,
    player: Option<Running>,
    folder: TempDir,
}

impl SoundServer {
    /// One that is ready.
    pub(super) fn start() -> Result<Self> {
        let folder = private_folder()?;
        let socket = socket_in(folder.path());
        let protocol = format!(
            "load-module module-native-protocol-unix auth-anonymous=1 socket={}\n",
            socket.display()
        );
        let script = folder.path().join("rooms.pa");
        fs::write(&script, protocol + ROOMS).context("cannot write the rooms down")?;
        fs::write(folder.path().join(".asoundrc"), ALSA).context("cannot write ALSA's settings")?;
        let mut command = tied("pulseaudio");
        command.args([
            "-n",
            "--daemonize=no",
            "--exit-idle-time=-1",
            "--disallow-exit",
            "--use-pid-file=no",
        ]);
        command.args([
            "--realtime=yes",
            "--high-priority=yes",
            "--log-target=stderr",
            "--log-level=info",
            "--resample-method=speex-float-5",
        ]);
        command.arg("-F").arg(script);
        at_home(&mut command, folder.path()).env_remove("PULSE_SERVER");
        let mut daemon = Running::start("PulseAudio", &mut command)?;
        daemon.until(|line| line.contains(READY))?;
        Ok(Self { _daemon: daemon, player: None, folder })
    }

    /// Lets this program listen and play here, and nowhere else.
    pub(super) fn lend_to<'a>(&self, command: &'a mut Command) -> &'a mut Command {
        let socket = socket_in(self.folder.path());
        at_home(command, self.folder.path())
            .env("PULSE_SERVER", format!("unix:{}", socket.display()))
    }

    /// Plays this recording, telephone sound, over and over from now on.
    pub(super) fn play(&mut self, recording: &Path) -> Result<()> {
        let file =
            fs::read(recording).with_context(|| format!("cannot read {}", recording.display()))?;
        let samples = samples_of(&file).context("the recording has no samples")?.to_vec();
        let mut command = tied("pacat");
        command.args(["--playback", "--verbose", "--raw", "--device=room"]);
        command.args(["--rate=8000", "--channels=1", "--format=s16le"]);
        let mut player = Running::start("pacat", self.lend_to(&mut command))?;
        let mut input = player.input()?;
        // It ends with the player.
        std::thread::spawn(move || while input.write_all(&samples).is_ok() {});
        player.until(|line| line.contains(PLAYS))?;
        self.player = Some(player);
        Ok(())
    }
}

fn socket_in(folder: &Path) -> PathBuf {
    folder.join("native")
}

fn at_home<'a>(command: &'a mut Command, folder: &Path) -> &'a mut Command {
    for variable in OF_THE_USER {
        command.env_remove(variable);
    }
    command.env("HOME", folder).env("XDG_RUNTIME_DIR", folder).env("XDG_CONFIG_HOME", folder)
}

/// What follows the header of the part that holds the sound: its name, and its length in four bytes.
fn samples_of(wav: &[u8]) -> Option<&[u8]> {
    let at = wav.windows(4).position(|four| four == b"data")?;
    wav.get(at + 8..)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_samples_of_a_recording_are_what_follows_its_header() {
        assert_eq!(samples_of(b"RIFF....WAVEfmt data\x02\0\0\0ab"), Some(b"ab".as_slice()));
        assert_eq!(samples_of(b"RIFF....WAVE"), None);
    }
}
