//! The lines of the log on their way: the last are kept in memory for whoever asks on port 9999, and none goes anywhere with
//! something in it that hides or reorders what is shown.

use std::collections::VecDeque;
use std::io::{self, Write};
use std::sync::{Mutex, PoisonError};

use wire::plain;

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
        let text = plain(String::from_utf8_lossy(kept).trim_end());
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

/// Where a log writes its lines to have them written there, with whatever came into them from outside made plain. The colours
/// of terminals are the log's own, which lets nobody else's through.
#[derive(Clone, Debug)]
pub struct PlainLines<W>(pub W);

impl<W: Write> Write for PlainLines<W> {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        let is_own = |byte: &u8| matches!(byte, b'\n' | 0x1b);
        if line.iter().all(|byte| matches!(byte, b' '..=b'~') || is_own(byte)) {
            self.0.write_all(line)?;
            return Ok(line.len());
        }
        let mut written = Vec::with_capacity(line.len());
        for part in line.split_inclusive(is_own) {
            let ends = usize::from(part.last().is_some_and(is_own));
            let (text, own) = part.split_at(part.len() - ends);
            written.extend(plain(&String::from_utf8_lossy(text)).as_bytes());
            written.extend(own);
        }
        // In one piece, for others write there as well.
        self.0.write_all(&written)?;
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
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
    fn what_came_into_a_line_from_outside_is_plain_and_the_logs_own_colours_stay() {
        let mut written = PlainLines(Vec::new());
        for line in
            ["\u{1b}[32m INFO\u{1b}[0m a\u{202e}b\u{200b}\u{9b}c\u{200d}\n", "d \u{fc}\n", "e\n"]
        {
            written.write_all(line.as_bytes()).expect("memory");
        }
        assert_eq!(
            String::from_utf8(written.0).expect("text"),
            "\u{1b}[32m INFO\u{1b}[0m a\u{fffd}b\u{fffd}\u{fffd}c\nd \u{fc}\ne\n"
        );
    }

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
