//! Where a run takes place: what is measured, on which machine, and where its figures go.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};
use serde_json::{Value, json};

use crate::figures::Table;

pub(crate) struct Place {
    /// The program that is measured.
    pub(crate) xswarm: PathBuf,
    /// For the figures, and meanwhile for the homes of stations.
    pub(crate) folder: PathBuf,
}

impl Place {
    pub(crate) fn new(xswarm: &str, folder: &str) -> Result<Self> {
        fs::create_dir_all(folder).with_context(|| format!("cannot make {folder}"))?;
        Ok(Self { xswarm: xswarm.into(), folder: folder.into() })
    }

    /// Writes what was measured, with all that is needed to measure it again, to `NAME.json`.
    pub(crate) fn keep(&self, name: &str, tables: &[Table]) -> Result<PathBuf> {
        let all = json!({
            "date": said("date", &["-u", "+%Y-%m-%dT%H:%M:%SZ"]),
            "commit": said("git", &["rev-parse", "HEAD"]),
            "has_uncommitted_changes": !said("git", &["status", "--porcelain"]).is_empty(),
            "machine": machine(),
            "tables": tables.iter().map(Table::as_json).collect::<Vec<_>>(),
        });
        let path = self.folder.join(name).with_extension("json");
        fs::write(&path, serde_json::to_string_pretty(&all)?)
            .with_context(|| format!("cannot write {}", path.display()))?;
        Ok(path)
    }
}

/// How many processes there are.
pub(crate) fn processes() -> usize {
    let Ok(entries) = fs::read_dir("/proc") else { return 0 };
    let names = entries.flatten().map(|entry| entry.file_name());
    names.filter(|name| name.to_string_lossy().parse::<u32>().is_ok()).count()
}

/// How many TCP sockets there are.
pub(crate) fn tcp_sockets() -> usize {
    let of = |file: &str, protocol: &str| -> Option<usize> {
        let text = fs::read_to_string(Path::new("/proc/net").join(file)).ok()?;
        let line =
            text.lines().find_map(|line| line.strip_prefix(protocol)?.strip_prefix(": inuse "))?;
        line.split(' ').next()?.parse().ok()
    };
    of("sockstat", "TCP").unwrap_or(0) + of("sockstat6", "TCP6").unwrap_or(0)
}

fn machine() -> Value {
    let first = |file: &str, key: &str| {
        let text = fs::read_to_string(file).unwrap_or_default();
        let line = text.lines().find_map(|line| line.strip_prefix(key)).unwrap_or_default();
        line.trim_start_matches([':', ' ', '\t']).trim().to_owned()
    };
    json!({
        "cores": std::thread::available_parallelism().map_or(0, usize::from),
        "processor": first("/proc/cpuinfo", "model name"),
        "kernel": first("/proc/sys/kernel/osrelease", ""),
        "memory": first("/proc/meminfo", "MemTotal"),
        "load_at_the_end": first("/proc/loadavg", ""),
    })
}

/// What a program says, or nothing where it isn't there.
fn said(program: &str, words: &[&str]) -> String {
    let output = Command::new(program).args(words).output();
    let said = output.map(|output| String::from_utf8_lossy(&output.stdout).trim().to_owned());
    said.unwrap_or_default()
}
