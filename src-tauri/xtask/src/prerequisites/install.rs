//! Installs packages with the machine's own package manager: says what and why, and asks before it uses rights.

use std::io::{IsTerminal, Write};
use std::process::Command;

use anyhow::{Result, bail};

use super::need::{Need, Packages};
use crate::programs::{find, line_of, program, succeed};

/// How an installation came out.
pub(super) enum Answer {
    /// Nothing was lacking, or it was installed.
    Done,
    /// The user said no.
    Declined,
    /// It takes rights, and there is no terminal to ask for them.
    NobodyToAsk,
}

/// What lends the rights of root.
const RIGHTS: &str = "sudo";

struct Manager {
    program: &'static str,
    /// What must be run first so that the packages are found.
    refresh: Option<&'static [&'static str]>,
    install: &'static [&'static str],
    takes_rights: bool,
    names: fn(&Packages) -> &'static str,
}

const MANAGERS: &[Manager] = &[
    Manager {
        program: "apt-get",
        refresh: Some(&["update"]),
        install: &["install", "--yes", "--no-install-recommends"],
        takes_rights: true,
        names: |packages| packages.apt,
    },
    Manager {
        program: "dnf",
        refresh: None,
        install: &["install", "--assumeyes"],
        takes_rights: true,
        names: |packages| packages.dnf,
    },
    Manager {
        program: "pacman",
        // pacman knows no safe refresh without an upgrade of everything, so the packages come from the lists it has.
        refresh: None,
        install: &["-S", "--needed", "--noconfirm"],
        takes_rights: true,
        names: |packages| packages.pacman,
    },
    Manager {
        program: "brew",
        refresh: None,
        install: &["install"],
        takes_rights: false,
        names: |packages| packages.brew,
    },
];

/// Installs the packages of what is lacking. On a terminal it asks first; without one it goes ahead as root, and otherwise
/// only says what to run.
pub(super) fn install(lacking: &[&Need]) -> Result<Answer> {
    if lacking.is_empty() {
        return Ok(Answer::Done);
    }
    println!("This machine lacks:");
    for need in lacking {
        println!("  {}: {}", need.what, need.why);
    }
    let mut commands = commands(lacking)?;
    let lines: Vec<String> = commands.iter().map(line_of).collect();
    println!("To be run:\n  {}", lines.join("\n  "));
    if std::io::stdin().is_terminal() {
        if !agreed()? {
            return Ok(Answer::Declined);
        }
    } else if commands.iter().any(|command| command.get_program() == RIGHTS) {
        return Ok(Answer::NobodyToAsk);
    }
    for command in &mut commands {
        succeed(command.env("DEBIAN_FRONTEND", "noninteractive"))?;
    }
    Ok(Answer::Done)
}

fn commands(lacking: &[&Need]) -> Result<Vec<Command>> {
    let Some(manager) = MANAGERS.iter().find(|manager| find(manager.program).is_some()) else {
        bail!(
            "no package manager that this program knows (apt, dnf, pacman, brew); install them by hand and try again"
        );
    };
    let names = lacking.iter().map(|need| (manager.names)(&need.packages));
    let packages: Vec<&str> = names.flat_map(str::split_whitespace).collect();
    if packages.is_empty() {
        bail!("{} has no packages for them; install them by hand and try again", manager.program);
    }
    let rights: &[&str] = if manager.takes_rights && !is_root() { &[RIGHTS] } else { &[] };
    let whole = |words: &[&str]| {
        let line: Vec<&str> =
            rights.iter().chain(&[manager.program]).chain(words).copied().collect();
        program(line[0], &line[1..])
    };
    let install = whole(&[manager.install, &packages].concat());
    Ok(manager.refresh.map(whole).into_iter().chain([install]).collect())
}

fn is_root() -> bool {
    crate::programs::output(Command::new("id").arg("-u")).is_ok_and(|id| id.trim() == "0")
}

fn agreed() -> Result<bool> {
    print!("Run it? [Y/n] ");
    std::io::stdout().flush()?;
    let mut answer = String::new();
    let read = std::io::stdin().read_line(&mut answer)?;
    Ok(read > 0 && matches!(answer.trim().to_lowercase().as_str(), "" | "y" | "yes"))
}
