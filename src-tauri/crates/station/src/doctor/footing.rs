//! What the app itself stands on: its folders, the files in them, and the room on their disk.

use std::collections::BTreeSet;
use std::path::Path;

use wire::Note;

use crate::{installation::private, words};

/// Below this much room on the disk the log, a recording or the settings may be cut off.
const LITTLE: u64 = 10 << 20;

/// What has to be a file, if it is there.
const FILES: [&str; 9] = [
    "lock",
    "turn",
    "running.json",
    "token",
    "token-observe",
    "stream-secret",
    "ended.jsonl",
    "desktop.json",
    "welcomed",
];

/// What has to be a folder, if it is there.
const FOLDERS: [&str; 2] = ["logs", "recordings"];

/// How many files in each of them are looked at.
const MANY: usize = 1000;

const SOCKETS: [&str; 3] = ["handover", "status.sock", "window.sock"];

/// A sentence or two for each thing that needs to be done. Each names the path and the cure.
pub(super) fn findings(config: &Path, data: &Path, notes: &[Note]) -> Vec<String> {
    let mut findings = Vec::new();
    for folder in BTreeSet::from([config, data]) {
        findings.extend(about_a_folder(folder));
    }
    for name in FILES {
        let path = data.join(name);
        if path.symlink_metadata().is_ok() {
            findings.extend(private::reason_against(&path).map(sentence));
        }
    }
    for path in FOLDERS.map(|name| data.join(name)) {
        match path.read_dir() {
            Ok(entries) => {
                let reasons = entries
                    .flatten()
                    .take(MANY)
                    .filter_map(|entry| private::reason_against(&entry.path()));
                findings.extend(reasons.map(sentence));
            }
            Err(_) if path.symlink_metadata().is_err() => {}
            Err(error) => {
                let path = path.display();
                findings.push(format!("{path} cannot be used as a folder: {error}. Move it away."));
            }
        }
    }
    findings.extend(about_the_sockets(data));
    findings.extend(notes.iter().filter(|note| is_urgent(note)).map(words::note));
    findings
}

/// Whether it says what can't be seen from outside.
fn is_urgent(note: &Note) -> bool {
    match note {
        Note::ShortToken
        | Note::PublishedToken
        | Note::EngineNotKept { .. }
        | Note::RestartNeeded { .. } => true,
        Note::SettingsUnreadable { .. } | Note::SecretReplaced { .. } | Note::NotKept { .. } => {
            false
        }
    }
}

fn about_a_folder(folder: &Path) -> Option<String> {
    if let Err(error) = private::guard(folder) {
        return Some(sentence(error.to_string()));
    }
    let path = folder.display();
    if !folder.is_dir() {
        return Some(match private::reason_against(folder) {
            Some(reason) => sentence(reason),
            None => format!(
                "{path} is not there, so nothing can be kept. Start xSwarm Voice, which makes it, or make it yourself."
            ),
        });
    }
    if let Err(error) = private::try_out(folder) {
        return Some(format!(
            "Nothing can be written in {path}: {}. Make it writable, or let XSWARM_HOME name another folder.",
            error.kind()
        ));
    }
    let free = private::free_space(folder).unwrap_or(u64::MAX);
    (free < LITTLE).then(|| {
        format!(
            "The disk of {path} is nearly full: {:.1} MB are left. Make room there.",
            free as f64 / 1e6
        )
    })
}

/// Where they would have nowhere to be.
fn about_the_sockets(data: &Path) -> Option<String> {
    let fits = |name| private::fits(&data.join(name));
    if SOCKETS.into_iter().all(fits) {
        return None;
    }
    let cause = private::nook(data).err()?;
    Some(format!(
        "The path {} is too long for sockets, and there is no shorter place for them ({cause}). \
         Let XSWARM_HOME name a folder with a shorter path.",
        data.display()
    ))
}

/// A reason may end with a stop already.
fn sentence(reason: String) -> String {
    words::sentence(reason.trim_end_matches('.'))
}
