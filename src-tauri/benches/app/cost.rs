//! What `/proc` tells of a process and of all that it has started.

use std::fs;
use std::time::Duration;

/// The process and its descendants.
pub(crate) fn family(pid: u32) -> Vec<u32> {
    let mut all = vec![pid];
    let mut next = 0;
    while let Some(&pid) = all.get(next) {
        all.extend(children(pid));
        next += 1;
    }
    all
}

/// What a process is called, as far as the system keeps that.
pub(crate) fn name(pid: u32) -> String {
    fs::read_to_string(format!("/proc/{pid}/comm")).unwrap_or_default()
}

/// The memory that would be free again without them, in MiB.
pub(crate) fn private_mebibytes(pid: u32) -> f64 {
    let of_one = |pid: u32| -> f64 {
        // A child may end meanwhile; then it has none.
        let text = fs::read_to_string(format!("/proc/{pid}/smaps_rollup")).unwrap_or_default();
        text.lines().filter(|line| line.starts_with("Private_")).filter_map(kibibytes).sum()
    };
    family(pid).into_iter().map(of_one).sum::<f64>() / 1024.0
}

/// How long they have used a core.
pub(crate) fn cpu_time(pid: u32) -> Duration {
    let of_one = |pid: u32| -> u64 {
        let text = fs::read_to_string(format!("/proc/{pid}/schedstat")).unwrap_or_default();
        text.split(' ').next().and_then(|nanoseconds| nanoseconds.parse().ok()).unwrap_or(0)
    };
    let tasks = |pid: u32| {
        let entries = fs::read_dir(format!("/proc/{pid}/task")).into_iter().flatten().flatten();
        entries.filter_map(|task| task.file_name().to_string_lossy().parse::<u32>().ok())
    };
    Duration::from_nanos(family(pid).into_iter().flat_map(tasks).map(of_one).sum())
}

fn children(pid: u32) -> Vec<u32> {
    let tasks = fs::read_dir(format!("/proc/{pid}/task")).into_iter().flatten().flatten();
    let lists = tasks.filter_map(|task| fs::read_to_string(task.path().join("children")).ok());
    lists
        .flat_map(|list| {
            list.split_whitespace().filter_map(|pid| pid.parse().ok()).collect::<Vec<u32>>()
        })
        .collect()
}

/// The number of a line such as `Private_Dirty:  1234 kB`.
fn kibibytes(line: &str) -> Option<f64> {
    line.split_whitespace().nth(1)?.parse().ok()
}
