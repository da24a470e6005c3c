//! What a process and all that it has started cost, as `/proc` tells it.

use std::fs;
use std::time::Duration;

use super::family::family;

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

/// The number of a line such as `Private_Dirty:  1234 kB`.
fn kibibytes(line: &str) -> Option<f64> {
    line.split_whitespace().nth(1)?.parse().ok()
}
