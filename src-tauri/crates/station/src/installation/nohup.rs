//! Whether a program outlives the terminal that it was started from, as `nohup` has it.

/// Whether the signal that a terminal sends when it closes is ignored since the start, and so is to be ignored on. Only Linux
/// tells.
pub fn is_hang_up_ignored() -> bool {
    std::fs::read_to_string("/proc/self/status").is_ok_and(|status| is_first_ignored(&status))
}

/// Whether the mask of ignored signals has the first, `SIGHUP`, in it.
fn is_first_ignored(status: &str) -> bool {
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok())
        .is_some_and(|mask| mask & 1 == 1)
}

#[cfg(test)]
mod tests {
    use super::is_first_ignored;

    #[test]
    fn the_first_signal_is_the_lowest_bit() {
        let status =
            |mask: &str| format!("Name:\txswarm\nSigBlk:\t0000000000000001\nSigIgn:\t{mask}\n");
        assert!(is_first_ignored(&status("0000000000001001")));
        assert!(!is_first_ignored(&status("0000000000001000")));
        assert!(!is_first_ignored(""));
    }
}
