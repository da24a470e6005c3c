//! `cargo xtask bench`: how quick and how small the station is, what it knows of its ports, and what many clients of its
//! supervisor and many calls cost, in release. What measures is a program of its own, so that it is built in release too: the example
//! `bench` of this package, in `bench/main.rs`.

use anyhow::{Result, bail};

use crate::programs::{cargo, program, succeed, target};

/// A part of the measurements, as people name it.
#[derive(Clone, Copy)]
pub(crate) enum Part {
    Station,
    Ports,
    Supervisor,
    Calls,
}

impl Part {
    pub(crate) const ALL: &[Self] = &[Self::Station, Self::Ports, Self::Supervisor, Self::Calls];

    fn name(self) -> &'static str {
        match self {
            Self::Station => "station",
            Self::Ports => "ports",
            Self::Supervisor => "supervisor",
            Self::Calls => "calls",
        }
    }
}

/// Builds what is measured and what measures, and lets the latter print and write its figures.
pub(crate) fn run(parts: &[Part]) -> Result<()> {
    if std::env::consts::OS != "linux" {
        bail!("the figures are taken on Linux, where /proc tells them");
    }
    // Apart from each other, so that the station is the very one that people get.
    succeed(&mut cargo("build --release --package xswarm"))?;
    succeed(&mut cargo("build --release --package xtask --example bench"))?;
    succeed(&mut cargo("build --release --package bridge --example moshi_server"))?;
    let release = target().join("release");
    let (xswarm, folder) = (release.join("xswarm"), target().join("bench"));
    let measure = release.join("examples/bench").to_string_lossy().into_owned();
    for part in parts {
        let words = [part.name().as_ref(), xswarm.as_os_str(), folder.as_os_str()];
        succeed(&mut program(&measure, words))?;
    }
    Ok(())
}
