//! What a server takes and whether this machine has it, as functions of what was found out. What is missing is one sentence and
//! one thing to do.

use wire::{CheckResult, KnownServer, Requirement, ServerCheck, Timestamp, plain};

use super::bandwidth::{Speed, speed};
use super::cards::{Card, Cards};
use super::facts::{Files, Found, Installed, Machine};
use super::system;
use crate::catalogue::{Entry, Hardware, Program};
use crate::{Sight, words};

const GIGA: f64 = 1e9;
/// Memory is counted as its makers do: in powers of two.
const GIBI: f64 = (1_u64 << 30) as f64;
const MEBI_IN_GIBI: f64 = 1024.0;

/// A server, with what this machine lacks for it.
pub(super) fn judged(
    entry: &Entry,
    machine: &Machine,
    installed: &Installed,
    now: Timestamp,
) -> KnownServer {
    let mut checks = vec![hardware(entry, machine)];
    if checks[0].result == CheckResult::Met {
        checks.extend(memory(entry, machine));
        checks.extend(how_fast(entry, machine));
    }
    let program = program(entry, installed);
    if let (CheckResult::Met, Found::Python { told: Ok(_), .. }) =
        (program.result, &installed.program)
    {
        checks.extend([program, packages(entry, installed)]);
    } else {
        checks.push(program);
    }
    checks.extend([files(entry, installed), port(installed, now)]);
    let missing: Vec<_> = found(&checks, CheckResult::Missing).collect();
    let sentence = match missing.as_slice() {
        [] => match found(&checks, CheckResult::Doubtful).next() {
            Some(doubt) => format!("It can be started, but: {}", doubt.sentence),
            None => "Everything it takes is here.".to_owned(),
        },
        [only] => only.sentence.clone(),
        [first, more @ ..] => format!("{} {} more to do.", first.sentence, more.len()),
    };
    let program = match &installed.program {
        Found::Nothing => own_program(entry, installed),
        Found::Python { path, .. } | Found::Program { path } => path.display().to_string(),
    };
    KnownServer {
        id: entry.id.to_owned(),
        title: entry.title.to_owned(),
        about: entry.about.to_owned(),
        command: std::iter::once(program).chain(entry.arguments(installed.port)).collect(),
        folder: working_folder(entry, installed),
        settings: format!("[[programs]]\nentry = \"{}\"", entry.id),
        url: entry.url(installed.port),
        is_ready: missing.is_empty(),
        sentence,
        checks,
    }
}

fn found(checks: &[ServerCheck], result: CheckResult) -> impl Iterator<Item = &ServerCheck> {
    checks.iter().filter(move |check| check.result == result)
}

fn hardware(entry: &Entry, machine: &Machine) -> ServerCheck {
    let missing = |sentence: &str, cure: &str| {
        check(Requirement::Hardware, CheckResult::Missing, sentence).cured(cure)
    };
    match entry.hardware {
        Hardware::AppleSilicon { .. } if is_apple_silicon(machine) => {
            let sentence = format!("{}.", plain(&machine.processor));
            check(Requirement::Hardware, CheckResult::Met, sentence)
        }
        Hardware::AppleSilicon { .. } => {
            missing("It runs only on Macs with Apple silicon.", "Choose another server.")
        }
        Hardware::Cuda { .. } if machine.system == "macos" => missing(
            "It takes an NVIDIA card, which no Mac has.",
            "Choose Kyutai's server for MLX, or run this one on another machine.",
        ),
        Hardware::Cuda { .. } => match &machine.cards {
            Cards::NotInstalled => missing(
                "It takes an NVIDIA card, and none was found: nvidia-smi isn't installed.",
                "Install NVIDIA's driver if this machine has such a card; else run the server on one that has.",
            ),
            Cards::Complaint(words) => missing(
                &format!("NVIDIA's driver doesn't work; nvidia-smi says: {words}."),
                "Restart this machine, or install the driver again.",
            ),
            Cards::Told(cards) if cards.is_empty() => missing(
                "It takes an NVIDIA card, and nvidia-smi finds none.",
                "Run the server on a machine that has one.",
            ),
            Cards::Told(_) => {
                let card = machine.cards.best();
                let text =
                    card.map(|Card { name, driver, .. }| format!("{name}, driver {driver}."));
                check(Requirement::Hardware, CheckResult::Met, text.unwrap_or_default())
            }
        },
    }
}

fn is_apple_silicon(machine: &Machine) -> bool {
    machine.system == "macos" && machine.architecture == "aarch64"
}

fn memory(entry: &Entry, machine: &Machine) -> Option<ServerCheck> {
    let about = |result, sentence: String| check(Requirement::Memory, result, sentence);
    match entry.hardware {
        Hardware::AppleSilicon { gigabytes } => {
            let has = machine.memory as f64 / GIBI;
            let sentence =
                format!("It takes about {gigabytes} GB of memory; this Mac has {has:.0} GB.");
            Some(if has < gigabytes {
                about(CheckResult::Missing, sentence)
                    .cured("Run the server on a machine with more.")
            } else {
                about(CheckResult::Met, sentence)
            })
        }
        Hardware::Cuda { gigabytes } => {
            let card = machine.cards.best()?;
            let name = &card.name;
            let Some(total) = card.total.map(|mebibytes| f64::from(mebibytes) / MEBI_IN_GIBI)
            else {
                let sentence =
                    format!("It takes about {gigabytes} GB; how much {name} has isn't known.");
                return Some(about(CheckResult::Unknown, sentence));
            };
            let takes = format!("It takes about {gigabytes} GB of the card's memory");
            if total < gigabytes {
                let sentence = format!("{takes}; {name} has {total:.0} GB.");
                let cure = "Choose a server with a smaller model, or a machine with a larger card.";
                return Some(about(CheckResult::Missing, sentence).cured(cure));
            }
            let free = card.free.map_or(total, |mebibytes| f64::from(mebibytes) / MEBI_IN_GIBI);
            let sentence = format!("{takes}; {free:.1} of {total:.0} GB are free.");
            Some(if free < gigabytes {
                let cure = "End what else uses the card; this shows it:";
                about(CheckResult::Doubtful, sentence).cured(cure).by("nvidia-smi")
            } else {
                about(CheckResult::Met, sentence)
            })
        }
    }
}

fn how_fast(entry: &Entry, machine: &Machine) -> Option<ServerCheck> {
    let name = match entry.hardware {
        Hardware::AppleSilicon { .. } => &machine.processor,
        Hardware::Cuda { .. } => &machine.cards.best()?.name,
    };
    let (result, is) = match speed(name, entry.model.weights) {
        Speed::FastEnough => (CheckResult::Met, "is fast enough for this model"),
        Speed::Tight => (CheckResult::Doubtful, "may be just fast enough for this model"),
        Speed::TooSlow => (
            CheckResult::Doubtful,
            "is probably too slow for this model, so its speech would break up",
        ),
        Speed::Unknown => {
            let sentence = format!("Speed unknown: {} isn't among the known cards.", plain(name));
            return Some(check(Requirement::Speed, CheckResult::Unknown, sentence));
        }
    };
    Some(check(Requirement::Speed, result, format!("{} {is}.", plain(name))))
}

fn program(entry: &Entry, installed: &Installed) -> ServerCheck {
    let about = |result, sentence: String| check(Requirement::Program, result, sentence);
    let shown = |path: &std::path::Path| plain(&path.display().to_string());
    match (&installed.program, entry.program) {
        (Found::Nothing, Program::Python { least: (major, minor), .. }) => about(
            CheckResult::Missing,
            "Python isn't installed.".to_owned(),
        )
        .cured(&format!(
            "Install Python {major}.{minor} or later, from your system's packages or python.org."
        )),
        (Found::Nothing, Program::Built { name, .. }) => {
            about(CheckResult::Missing, format!("{name} isn't installed."))
                .cured("Build it:")
                .by(&install(entry, installed))
        }
        (Found::Program { path }, _) => about(CheckResult::Met, format!("{}.", shown(path))),
        (Found::Python { path, told: Err(why) }, _) => {
            let sentence = format!("{} doesn't say its version: {}.", shown(path), plain(why));
            about(CheckResult::Missing, sentence).cured("Install Python again.")
        }
        (Found::Python { path, told: Ok(python) }, Program::Python { least, .. })
            if (python.version.0, python.version.1) < least =>
        {
            let (major, minor) = least;
            let found = format!("Python {} at {}", python.version(), shown(path));
            let sentence = format!("{found} is too old: it takes {major}.{minor} or later.");
            about(CheckResult::Missing, sentence)
                .cured(&format!("Install Python {major}.{minor} or later."))
        }
        (Found::Python { path, told: Ok(python) }, _) => {
            about(CheckResult::Met, format!("Python {} at {}.", python.version(), shown(path)))
        }
    }
}

fn packages(entry: &Entry, installed: &Installed) -> ServerCheck {
    let about = |result, sentence: String| check(Requirement::Packages, result, sentence);
    let (Program::Python { package, .. }, Found::Python { told: Ok(python), path }) =
        (entry.program, &installed.program)
    else {
        return about(CheckResult::Unknown, "What is installed isn't known.".to_owned());
    };
    let Some(version) = python.package(package) else {
        return about(
            CheckResult::Missing,
            format!("The Python package {package} isn't installed."),
        )
        .cured("Install it, with all that it takes:")
        .by(&install(entry, installed));
    };
    let torch = python.package("torch");
    if let (Hardware::Cuda { .. }, Some(torch)) = (entry.hardware, torch)
        && torch.ends_with("+cpu")
    {
        let python = system::quoted(&path.display().to_string());
        return about(CheckResult::Missing, format!("PyTorch {torch} can't use NVIDIA cards."))
            .cured("Install it with CUDA:")
            .by(&format!("{python} -m pip install --force-reinstall torch"));
    }
    let torch = torch.map(|torch| format!(", torch {torch}")).unwrap_or_default();
    about(CheckResult::Met, format!("{package} {version}{torch}."))
}

fn files(entry: &Entry, installed: &Installed) -> ServerCheck {
    let about = |result, sentence: String| check(Requirement::ModelFiles, result, sentence);
    let (model, Files { are_here, room, has_token, folder }) = (entry.model, &installed.files);
    let (repository, download) = (model.repository, model.download);
    if *are_here {
        return about(CheckResult::Met, format!("{repository} is on this machine."));
    }
    if model.is_gated && !has_token {
        let sentence = format!(
            "{repository} is given only to people who have agreed to its licence, and nobody has logged in at Hugging Face here."
        );
        let log_in = installed.folder.join(system::PYTHON).with_file_name("huggingface-cli");
        return about(CheckResult::Missing, sentence)
            .cured(&format!("Agree at https://huggingface.co/{repository}, then log in:"))
            .by(&format!("{} login", system::quoted(&log_in.display().to_string())));
    }
    let takes =
        format!("{repository} will be downloaded at the first start, about {download:.0} GB");
    match room.map(|bytes| bytes as f64 / GIGA) {
        Some(room) if room < download => {
            let place = folder.as_ref().map(|folder| folder.display().to_string());
            let place = plain(&place.unwrap_or_default());
            about(CheckResult::Missing, format!("{takes}; {room:.0} GB are free in {place}."))
                .cured("Make room there, or set HF_HOME to a folder with more.")
        }
        Some(room) => about(CheckResult::Met, format!("{takes}; {room:.0} GB are free.")),
        None => about(CheckResult::Unknown, format!("{takes}; how much is free isn't known.")),
    }
}

fn port(installed: &Installed, now: Timestamp) -> ServerCheck {
    let number = installed.port;
    let about = |result, sentence: String| check(Requirement::Port, result, sentence);
    match &installed.sight {
        Sight::Free => about(CheckResult::Met, format!("Port {number} is free.")),
        Sight::InUse(cause) => about(
            CheckResult::Missing,
            format!("Port {number} {}.", words::in_use(cause, now)),
        )
        .cured(
            "If that is the server already, use it; else end it, or give this one another port.",
        ),
        Sight::Refused(refusal) => {
            let why = plain(&refusal.to_string());
            about(CheckResult::Missing, format!("Port {number} may not be used: {why}."))
                .cured("Give the server another port.")
        }
    }
}

fn install(entry: &Entry, installed: &Installed) -> String {
    let quoted = |path: std::path::PathBuf| system::quoted(&path.display().to_string());
    let python = match &installed.program {
        Found::Python { path, .. } => quoted(path.clone()),
        Found::Nothing | Found::Program { .. } => system::PYTHONS[0].to_owned(),
    };
    let folder = &installed.folder;
    entry.install(&quoted(folder.clone()), &python, &quoted(folder.join(system::PIP)))
}

/// Where its program will be once it is installed as we say.
fn own_program(entry: &Entry, installed: &Installed) -> String {
    let within = match entry.program {
        Program::Python { .. } => system::PYTHON,
        Program::Built { within, .. } => within,
    };
    installed.folder.join(within).display().to_string()
}

/// The folder that its arguments are meant from, where there are such ones: what is built brings its configuration along.
fn working_folder(entry: &Entry, installed: &Installed) -> Option<String> {
    let Program::Built { within, .. } = entry.program else { return None };
    let folder = installed.folder.join(within.split('/').next()?);
    folder.is_dir().then(|| folder.display().to_string())
}

fn check(check: Requirement, result: CheckResult, sentence: impl Into<String>) -> ServerCheck {
    let word = match result {
        CheckResult::Met => "OK",
        CheckResult::Missing => "Missing",
        CheckResult::Doubtful => "Doubtful",
        CheckResult::Unknown => "Not known",
    };
    let (word, sentence) = (word.to_owned(), sentence.into());
    ServerCheck { check, result, word, sentence, cure: None, command: None }
}

/// What is to be done.
trait Cured {
    fn cured(self, cure: &str) -> Self;
    /// With that command.
    fn by(self, command: &str) -> Self;
}

impl Cured for ServerCheck {
    fn cured(self, cure: &str) -> Self {
        Self { cure: Some(cure.to_owned()), ..self }
    }

    fn by(self, command: &str) -> Self {
        Self { command: Some(command.to_owned()), ..self }
    }
}
