//! Kyutai's own client at `/api/chat`: `client.py` of the package `moshi`, unchanged. It speaks as soon as it is connected and
//! doesn't wait for the handshake, so a bridge that isn't ready for that loses the beginning of its stream.

use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};

use super::model_server::{self, Heard, ModelServer};
use super::peer::{Outcome, Peer};
use super::program::{Running, SETPRIV, tied};
use super::python::Python;
use super::sound_server::SoundServer;
use super::station::{self, Station};
use crate::prerequisites::{Fact, Need, Packages};
use crate::programs::{target, top};

pub(super) const PEER: Peer = Peer {
    name: "Kyutai's client",
    claim: "the model behind /api/chat hears it from its first page on, however long the model takes to be ready",
    systems: &["linux"],
    needs: NEEDS,
    large_download: None,
    attempt,
};

/// The package `moshi` itself would bring some 3 GB of what models run on. Its client takes only these, in the versions that
/// it asks for, and what they take.
const PACKAGES: &[&str] = &[
    "moshi==0.2.13",
    "aiohttp==3.11.18",
    "numpy==2.2.6",
    "sounddevice==0.5.0",
    "sphn==0.2.1",
    "aiohappyeyeballs==2.6.1",
    "aiosignal==1.3.2",
    "attrs==25.3.0",
    "cffi==1.17.1",
    "frozenlist==1.6.0",
    "idna==3.10",
    "multidict==6.4.3",
    "propcache==0.3.1",
    "pycparser==2.22",
    "typing_extensions==4.13.2",
    "yarl==1.20.0",
];
/// The client, as it is in the package.
const CLIENT: &[&str] = &["client.py", "client_utils.py"];

/// A human voice, as from a telephone.
const RECORDING: &str = "src-tauri/crates/audio/tests/data/voice.wav";

/// How the model is, in words and on the command line of its stand-in.
const MODELS: &[(&str, &[&str])] =
    &[("ready at once", &[]), ("ready after 300 ms", &["--ready-after=0.3"])];
/// How many sessions there are with each of them, each with a client of its own.
const SESSIONS: usize = 10;
/// How alike what the model heard and the recording must be.
const ALIKE: f64 = 0.9;

const NEEDS: &[Need] = &[
    Need {
        what: "Python 3 with venv",
        why: "Kyutai's client is written in Python",
        seen_by: Fact::Success(&["python3", "-m", "ensurepip", "--version"]),
        packages: Packages { apt: "python3-venv", dnf: "python3", pacman: "python", brew: "" },
    },
    Need {
        what: "PortAudio",
        why: "Kyutai's client hears and plays with it",
        seen_by: Fact::Success(&[
            "python3",
            "-c",
            "import ctypes.util, sys; sys.exit(ctypes.util.find_library('portaudio') is None)",
        ]),
        packages: Packages {
            apt: "libportaudio2",
            dnf: "portaudio",
            pacman: "portaudio",
            brew: "",
        },
    },
    Need {
        what: "ALSA's way to PulseAudio",
        why: "it connects PortAudio with a sound server of the try's own",
        seen_by: Fact::AnyFile(&[
            "/usr/lib/x86_64-linux-gnu/alsa-lib/libasound_module_pcm_pulse.so",
            "/usr/lib/aarch64-linux-gnu/alsa-lib/libasound_module_pcm_pulse.so",
            "/usr/lib64/alsa-lib/libasound_module_pcm_pulse.so",
            "/usr/lib/alsa-lib/libasound_module_pcm_pulse.so",
        ]),
        packages: Packages {
            apt: "libasound2-plugins",
            dnf: "alsa-plugins-pulseaudio",
            pacman: "alsa-plugins",
            brew: "",
        },
    },
    Need {
        what: "PulseAudio",
        why: "it is the room in which the client hears a voice; the sound server of this desktop isn't touched",
        seen_by: Fact::Program("pulseaudio"),
        packages: Packages { apt: "pulseaudio", dnf: "pulseaudio", pacman: "pulseaudio", brew: "" },
    },
    Need {
        what: "pacat",
        why: "it plays the voice",
        seen_by: Fact::Program("pacat"),
        packages: Packages {
            apt: "pulseaudio-utils",
            dnf: "pulseaudio-utils",
            pacman: "libpulse",
            brew: "",
        },
    },
    SETPRIV,
];

fn attempt() -> Result<Outcome> {
    let folder = target().join("peers/kyutai-client");
    let python = match Python::with(PACKAGES, &folder.join("python")) {
        Ok(python) => python,
        Err(error) => return Ok(Outcome::Skipped(format!("its packages can't be had: {error:#}"))),
    };
    let client = Client { code: laid_out(&python, &folder)?, python };
    station::build()?;
    model_server::build()?;
    let recording = top().join(RECORDING);
    let mut sound = SoundServer::start()?;
    sound.play(&recording)?;
    let mut sessions = Vec::new();
    for (how, habits) in MODELS {
        let mut model = ModelServer::start(habits, &recording)?;
        let servers = format!("[moshi]\nservers = [\"ws://{}\"]\n", model.address);
        let station = Station::start("engine = \"moshi\"", &servers)?;
        for number in 1..=SESSIONS {
            let session = client.session(&station, &mut model, &sound)?;
            println!("  session {number} with a model {how}: {session}");
            sessions.push(session);
        }
    }
    Ok(judged(&sessions))
}

/// Lays the client's files, and none of the package's others, where Python finds them under their own name.
fn laid_out(python: &Python, folder: &Path) -> Result<PathBuf> {
    let code = folder.join("code");
    let (from, to) = (python.packages()?.join("moshi"), code.join("moshi"));
    fs::create_dir_all(&to).with_context(|| format!("cannot make {}", to.display()))?;
    fs::write(to.join("__init__.py"), "").context("cannot lay out the client")?;
    for file in CLIENT {
        fs::copy(from.join(file), to.join(file))
            .with_context(|| format!("cannot lay out {file}"))?;
    }
    Ok(code)
}

struct Client {
    python: Python,
    code: PathBuf,
}

impl Client {
    /// A whole session, with a client that is started for it and ended as people end it.
    fn session(
        &self,
        station: &Station,
        model: &mut ModelServer,
        sound: &SoundServer,
    ) -> Result<Session> {
        let mut command = tied(self.python.program());
        command.args(["-m", "moshi.client", "--url", &format!("ws://{}", station.bridge)]);
        command.env("PYTHONPATH", &self.code).env("PYTHONUNBUFFERED", "1");
        let mut client = Running::start("Kyutai's client", sound.lend_to(&mut command))?;
        client.until(|line| line.contains("connected!"))?;
        let heard = model.hears().with_context(|| {
            format!("the model heard less than is needed to tell{}", client.last_words())
        })?;
        let status = client.interrupt()?;
        ensure!(status.success(), "Kyutai's client ended with {status} at Ctrl-C");
        Ok(Session::of(&heard))
    }
}

/// How a session came out.
#[derive(Debug, PartialEq)]
enum Session {
    /// All of the stream has come, and it is what the client has heard.
    Whole { likeness: f64 },
    /// The stream has come without its beginning.
    Beheaded { first_page: u32 },
    /// The stream has gaps.
    Holed { breaks: usize },
    /// The stream is whole, and something else than what the client has heard.
    Unlike { likeness: f64 },
}

impl Session {
    fn of(heard: &Heard) -> Self {
        match *heard {
            Heard { is_beginning: false, first_page, .. } => Self::Beheaded { first_page },
            Heard { breaks, .. } if breaks > 0 => Self::Holed { breaks },
            Heard { likeness, .. } if likeness < ALIKE => Self::Unlike { likeness },
            Heard { likeness, .. } => Self::Whole { likeness },
        }
    }
}

impl fmt::Display for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::Whole { likeness } => {
                write!(f, "sound from the first page, correlation {}", rounded(likeness))
            }
            Self::Beheaded { first_page } => write!(
                f,
                "LOST THE BEGINNING: the model never got the first {first_page} pages, OpusHead among them"
            ),
            Self::Holed { breaks } => {
                write!(f, "LOST SOUND: {breaks} pages did not follow the one before them")
            }
            Self::Unlike { likeness } => write!(
                f,
                "DAMAGED SOUND: all pages came, but the correlation with what was said is {}",
                rounded(likeness)
            ),
        }
    }
}

/// Down, so that nothing below the bound looks as if it weren't.
fn rounded(likeness: f64) -> String {
    format!("{:.2}", (likeness * 100.0).floor() / 100.0)
}

fn judged(sessions: &[Session]) -> Outcome {
    let whole: Vec<f64> = sessions
        .iter()
        .filter_map(|session| match *session {
            Session::Whole { likeness } => Some(likeness),
            Session::Beheaded { .. } | Session::Holed { .. } | Session::Unlike { .. } => None,
        })
        .collect();
    let count =
        format!("{} of {} sessions: sound from the first page", whole.len(), sessions.len());
    let least = whole.iter().copied().reduce(f64::min);
    match least {
        Some(least) => println!("  {count}, correlation {} or more", rounded(least)),
        None => println!("  {count}"),
    }
    if whole.len() == sessions.len() { Outcome::Passed } else { Outcome::Failed(count) }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WHOLE: Heard = Heard { first_page: 0, is_beginning: true, breaks: 0, likeness: 0.97 };

    #[test]
    fn a_stream_is_whole_only_with_its_beginning_without_gaps_and_with_the_sound_that_was_heard() {
        let words = |heard| Session::of(&heard).to_string();
        assert_eq!(words(WHOLE), "sound from the first page, correlation 0.97");
        let beheaded = Heard { first_page: 8, is_beginning: false, ..WHOLE };
        assert_eq!(Session::of(&beheaded), Session::Beheaded { first_page: 8 });
        assert_eq!(Session::of(&Heard { breaks: 1, ..WHOLE }), Session::Holed { breaks: 1 });
        assert!(words(Heard { likeness: 0.8999, ..WHOLE }).ends_with(" is 0.89"));
    }

    #[test]
    fn one_session_that_is_not_whole_fails_the_try() {
        let whole = || Session::of(&WHOLE);
        assert!(matches!(judged(&[whole(), whole()]), Outcome::Passed));
        let Outcome::Failed(why) = judged(&[whole(), Session::Beheaded { first_page: 8 }]) else {
            panic!("it passed")
        };
        assert_eq!(why, "1 of 2 sessions: sound from the first page");
    }
}
