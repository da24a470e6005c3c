//! `completions` and `man`: what a shell completes and what the manual says, both made from the command line itself.

use std::io::{self, Write};
use std::path::PathBuf;

use anyhow::{Context, Result};
use clap::Command;
use clap_complete::Shell;
use clap_mangen::Man as Page;

use crate::exit::Exit;

#[derive(Debug, clap::Args)]
pub(crate) struct Completions {
    /// For which shell.
    shell: Shell,
}

#[derive(Debug, clap::Args)]
pub(crate) struct Man {
    /// Write the pages of all commands into this folder, which is made if it isn't there.
    #[arg(long, value_name = "FOLDER")]
    to: Option<PathBuf>,
}

pub(crate) fn completions(arguments: &Completions, mut ours: Command) -> Result<Exit> {
    let name = ours.get_name().to_owned();
    // Made in memory first, since what makes it panics where it can't write.
    let mut script = Vec::new();
    clap_complete::generate(arguments.shell, &mut ours, name, &mut script);
    io::stdout().write_all(&script)?;
    Ok(Exit::Done)
}

pub(crate) fn man(arguments: &Man, ours: Command) -> Result<Exit> {
    // It has nothing to say that the other pages don't.
    let ours = ours.disable_help_subcommand(true);
    match &arguments.to {
        None => Page::new(ours).render(&mut io::stdout())?,
        Some(folder) => std::fs::create_dir_all(folder)
            .and_then(|()| clap_mangen::generate_to(ours, folder))
            .with_context(|| format!("cannot write the manual into {}", folder.display()))?,
    }
    Ok(Exit::Done)
}
