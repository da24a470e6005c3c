//! `cargo xtask bench`: how quick and how small the station is, what it knows of its ports, what many clients of its supervisor
//! and many calls cost, what becomes of it under attack, and what the app does, in release. What measures is a program of its own, so that it is built in
//! release too: the package `bench`, and for the app on a desktop its own `benches/linux.rs`.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail};

use crate::programs::{cargo, program, succeed, target, top};
use crate::{prerequisites, window};

/// A part of the measurements, as people name it.
#[derive(Clone, Copy)]
pub(crate) enum Part {
    Station,
    Ports,
    Supervisor,
    Calls,
    Attack,
    App,
}

impl Part {
    pub(crate) const ALL: &[Self] =
        &[Self::Station, Self::Ports, Self::Supervisor, Self::Calls, Self::Attack, Self::App];

    fn name(self) -> &'static str {
        match self {
            Self::Station => "station",
            Self::Ports => "ports",
            Self::Supervisor => "supervisor",
            Self::Calls => "calls",
            Self::Attack => "attack",
            Self::App => "app",
        }
    }
}

/// Builds what is measured and what measures, and lets the latter print and write its figures.
pub(crate) fn run(parts: &[Part]) -> Result<()> {
    if std::env::consts::OS != "linux" {
        bail!("the figures are taken on Linux, where /proc tells them");
    }
    succeed(&mut cargo("build --release --package bench"))?;
    for part in parts {
        match part {
            Part::Station | Part::Ports | Part::Supervisor | Part::Calls | Part::Attack => {
                of_the_station(*part)?;
            }
            Part::App => of_the_app()?,
        }
    }
    Ok(())
}

fn of_the_station(part: Part) -> Result<()> {
    // Apart from what measures it, so that it is the very one that people get.
    succeed(&mut cargo("build --release --package xswarm"))?;
    succeed(&mut cargo("build --release --package bridge --example moshi_server"))?;
    let xswarm = target().join("release/xswarm");
    measure([part.name().as_ref(), xswarm.as_path(), target().join("bench").as_path()])
}

fn of_the_app() -> Result<()> {
    prerequisites::for_the_app()?;
    prerequisites::for_tests()?;
    window::build()?;
    let folder = target().join("bench");
    fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
    let measured = folder.join("app-measured.json");
    succeed(&mut cargo("build --release --package xswarm-voice --example bare"))?;
    let bare = target().join("release/examples/bare");
    succeed(cargo("bench --package xswarm-voice --bench app --").args([&measured, &bare]))?;
    let (ui, packages) = (top().join("ui/dist"), target().join("packages"));
    measure([Part::App.name().as_ref(), &measured, &ui, &packages, &folder])
}

/// Lets what measures print and write its figures.
fn measure<const COUNT: usize>(words: [&Path; COUNT]) -> Result<()> {
    let bench = target().join("release/bench").to_string_lossy().into_owned();
    succeed(&mut program(&bench, words))
}
