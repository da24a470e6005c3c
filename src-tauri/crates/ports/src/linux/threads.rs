//! The threads of a process. Its first one, which gives the process its number, may end before the others, and any of them
//! may have descriptors of its own, which the process's folder in `/proc` doesn't show.

/// The threads besides the first. None of a process that has ended.
pub(super) fn others(pid: u32) -> impl Iterator<Item = u32> {
    let entries = std::fs::read_dir(format!("/proc/{pid}/task")).into_iter().flatten().flatten();
    let numbers = entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok());
    numbers.filter(move |thread| *thread != pid)
}
