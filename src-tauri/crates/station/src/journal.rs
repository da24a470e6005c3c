//! The last lines of the log, kept in memory for whoever asks on port 9999.

use std::collections::VecDeque;
use std::io::{self, Write};
use std::sync::{Mutex, PoisonError};

/// How many lines are kept.
const LINES: usize = 500;
/// How much of a line is kept, in bytes.
const LENGTH: usize = 1000;

static LAST: Mutex<VecDeque<String>> = Mutex::new(VecDeque::new());

/// Where a log writes its lines, one at a time, to have the last of them kept.
#[derive(Clone, Copy, Debug, Default)]
pub struct Journal;

impl Write for Journal {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        let kept = &line[..line.len().min(LENGTH)];
        let text = String::from_utf8_lossy(kept).trim_end().to_owned();
        let mut last = LAST.lock().unwrap_or_else(PoisonError::into_inner);
        if last.len() == LINES {
            last.pop_front();
        }
        last.push_back(text);
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// So many of the last lines, the latest last.
pub(crate) fn last(most: usize) -> Vec<String> {
    let last = LAST.lock().unwrap_or_else(PoisonError::into_inner);
    last.iter().skip(last.len().saturating_sub(most)).cloned().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_lines_are_kept_and_none_grows_without_end() {
        for number in 1..=LINES + 2 {
            Journal.write_all(format!("line {number}\n").as_bytes()).expect("there is always room");
        }
        assert_eq!(last(2), [format!("line {}", LINES + 1), format!("line {}", LINES + 2)]);
        assert_eq!(last(usize::MAX).len(), LINES);
        Journal.write_all("é".repeat(LENGTH).as_bytes()).expect("there is always room");
        assert!(last(1)[0].len() <= LENGTH + '\u{fffd}'.len_utf8());
    }
}
