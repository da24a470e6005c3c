//! The record of the processes that were ended, mostly for a port: when, which, how, and by whose order.
//!
//! A line of JSON for each, in a file that keeps the last two hundred.

use std::borrow::Cow;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::Path;
use std::time::SystemTime;

use serde::{Deserialize, Serialize};
use tracing::warn;
use wire::{Ended, Failure, Force, Identity, Outcome, Timestamp};

use crate::{installation::folders, installation::private};

const FILE: &str = "ended.jsonl";
const MOST: usize = 200;
/// Longer than a file with so many lines.
const LONGEST: u64 = 1 << 20;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum By {
    /// In the window or the tray.
    App,
    /// By a client of port 9999.
    Supervisor,
    /// With `xswarm free`.
    Terminal,
    /// By the start of another xSwarm Voice that was told to take over.
    Successor,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Record {
    pub(crate) at: Timestamp,
    pub(crate) identity: Identity,
    pub(crate) name: String,
    pub(crate) force: Force,
    pub(crate) port: Option<u16>,
    pub(crate) by: By,
}

/// The last records, the latest last. None if there are none, or they can't be read.
pub(crate) fn last(most: usize) -> Vec<Record> {
    let text = folders::data().and_then(|data| private::read(&data.join(FILE)).ok());
    let mut records = read(&text.unwrap_or_default());
    records.split_off(records.len().saturating_sub(most))
}

/// Writes down whom an order has ended, whatever else came of it.
pub(crate) async fn note(result: &Result<Outcome, Failure>, port: u16, by: By) {
    let ended = match result {
        Ok(Outcome::Freed { ended, .. }) => ended,
        Ok(Outcome::Done { .. }) => return,
        Err(failure) => failure.ended(),
    };
    note_all(ended, Some(port), by).await;
}

/// Writes down whom a terminal or an order has ended. Those that had gone already were not.
pub(crate) async fn note_all(ended: &[Ended], port: Option<u16>, by: By) {
    let at = SystemTime::now().into();
    let records: Vec<Record> = ended
        .iter()
        .filter(|one| one.force != Force::None)
        .cloned()
        .map(|Ended { identity, name, force }| Record { at, identity, name, force, port, by })
        .collect();
    let Some(folder) = folders::data().filter(|_| !records.is_empty()) else { return };
    let writing = tokio::task::spawn_blocking(move || write(&folder, &records));
    if let Err(error) = writing.await.unwrap_or_else(|error| Err(error.into())) {
        warn!(%error, "whom we ended was not written down");
    }
}

/// Adds to the file. Several programs may do so at once: the file is locked meanwhile.
fn write(folder: &Path, records: &[Record]) -> io::Result<()> {
    private::folder(folder)?;
    let mut file = private::open(&folder.join(FILE))?;
    file.lock()?;
    let mut bytes = Vec::new();
    (&file).take(LONGEST).read_to_end(&mut bytes)?;
    let text = String::from_utf8_lossy(&bytes);
    let added: Vec<String> = records.iter().map(serde_json::to_string).collect::<Result<_, _>>()?;
    let mut lines: Vec<&str> = added.iter().map(String::as_str).collect();
    let before: Vec<&str> = text.lines().collect();
    let is_ours = file.metadata()?.len() < LONGEST && matches!(text, Cow::Borrowed(_));
    if is_ours && before.len() + lines.len() <= MOST {
        file.seek(SeekFrom::End(0))?;
    } else {
        // Of what is no record of ours nothing is kept.
        lines.splice(..0, before.into_iter().filter(|_| is_ours));
        lines.drain(..lines.len().saturating_sub(MOST));
        file.set_len(0)?;
        file.rewind()?;
    }
    file.write_all((lines.join("\n") + "\n").as_bytes())
}

/// The records of a file. A line that was cut off, or is of another version, is passed over.
fn read(text: &str) -> Vec<Record> {
    text.lines().filter_map(|line| serde_json::from_str(line).ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(pid: u32) -> Record {
        let identity = Identity {
            pid,
            began: "1".to_owned(),
            executable: None,
            uid: Some(1000),
            command_digest: None,
        };
        Record {
            at: Timestamp(1),
            identity,
            name: "python3".to_owned(),
            force: Force::Polite,
            port: Some(9998),
            by: By::Terminal,
        }
    }

    fn pids(folder: &Path) -> Vec<u32> {
        let text = std::fs::read_to_string(folder.join(FILE)).expect("it is there");
        assert!(text.ends_with('\n'));
        read(&text).iter().map(|record| record.identity.pid).collect()
    }

    #[test]
    fn each_process_has_a_line_in_the_order_in_which_they_ended() {
        let folder = tempfile::tempdir().expect("a folder");
        write(folder.path(), &[record(1), record(2)]).expect("written");
        write(folder.path(), &[record(3)]).expect("written");
        assert_eq!(pids(folder.path()), [1, 2, 3]);
        let text = std::fs::read_to_string(folder.path().join(FILE)).expect("it is there");
        let first = text.lines().next().expect("a line");
        assert!(first.contains(r#""force":"polite","port":9998,"by":"terminal""#), "{first}");
    }

    #[test]
    fn the_oldest_are_forgotten() {
        let folder = tempfile::tempdir().expect("a folder");
        let many: Vec<Record> = (1..=199).map(record).collect();
        write(folder.path(), &many).expect("written");
        for pid in 200..=203 {
            write(folder.path(), &[record(pid)]).expect("written");
        }
        let pids = pids(folder.path());
        assert_eq!((pids.len(), pids[0], pids[199]), (MOST, 4, 203));
    }

    #[test]
    fn what_is_no_record_gives_way_to_one() {
        let folder = tempfile::tempdir().expect("a folder");
        for junk in [vec![0xff; 100], vec![b'a'; 2 << 20], vec![0xff; 2 << 20]] {
            std::fs::write(folder.path().join(FILE), junk).expect("room");
            write(folder.path(), &[record(1), record(2)]).expect("written");
            assert_eq!(pids(folder.path()), [1, 2]);
        }
    }

    #[test]
    fn a_line_that_was_cut_off_spoils_no_other() {
        let line = serde_json::to_string(&record(7)).expect("plain data");
        let text = format!("{line}\n{}\n{line}\n", &line[..20]);
        assert_eq!(read(&text).len(), 2);
    }

    #[test]
    fn two_that_write_at_once_lose_nothing() {
        let folder = tempfile::tempdir().expect("a folder");
        std::thread::scope(|scope| {
            for first in [0, 50] {
                let folder = folder.path();
                scope.spawn(move || {
                    for pid in first..first + 50 {
                        write(folder, &[record(pid)]).expect("written");
                    }
                });
            }
        });
        let mut pids = pids(folder.path());
        pids.sort_unstable();
        assert_eq!(pids, (0..100).collect::<Vec<u32>>());
    }
}
